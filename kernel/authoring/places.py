"""Where something of a loaded plugin stands in its author's folder: file and line."""

import ast
import inspect
from collections.abc import Callable
from pathlib import Path

__all__ = ["Places"]


class Places:
    """Finds places in a package; paths are given relative to the folder that is checked."""

    def __init__(self, package: Path, folder: Path) -> None:
        self._package = package.resolve()
        self._folder = folder.resolve()

    def shown(self, path: str | Path) -> str:
        """Give a path as it is shown."""
        try:
            return Path(path).resolve().relative_to(self._folder).as_posix()
        except ValueError:
            return str(path)

    @property
    def manifest(self) -> tuple[str, int]:
        """The package itself, for what has no better place."""
        return self.shown(self._package / "__init__.py"), 1

    def of_class(self, cls: type) -> tuple[str, int]:
        """Say where a class is."""
        try:
            return self.shown(inspect.getsourcefile(cls) or ""), inspect.getsourcelines(cls)[1]
        except (OSError, TypeError):
            return self.manifest

    def of_function(self, function: Callable[..., object]) -> tuple[str, int]:
        """Say where a function is."""
        code = inspect.unwrap(function).__code__
        return self.shown(code.co_filename), code.co_firstlineno

    def of_text(self, text: str) -> tuple[str, int]:
        """Say where a text stands first."""
        for path in sorted(self._package.rglob("*.py")):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if text in line:
                    return self.shown(path), number
        return self.manifest

    def of_call(self, function: str, first: str) -> tuple[str, int]:
        """Say where a function is called with a text as its first argument."""
        for path in sorted(self._package.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=value), *_], lineno=line) \
                            if name == function and value == first:
                        return self.shown(path), line
        return self.of_text(f'"{first}"')

    def remarks(self, cls: type) -> dict[str, int]:
        """Give the fields of a class that have a string below them; and, as "line of x", where each field stands."""
        try:
            lines, first = inspect.getsourcelines(cls)
            body = ast.parse(inspect.cleandoc("\n" + "".join(lines))).body[0]
        except (OSError, TypeError, SyntaxError, IndexError):
            return {}
        found: dict[str, int] = {}
        members = body.body if isinstance(body, ast.ClassDef) else []
        for member, below in zip(members, [*members[1:], None], strict=False):
            if isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
                found[f"line of {member.target.id}"] = first + member.lineno - 1
                if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                    found[member.target.id] = first + member.lineno - 1
        return found
