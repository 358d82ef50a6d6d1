"""Read a plugin's folder as its author keeps it: which package is the plugin, what its wheel would hold."""

import ast
import configparser
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from kernel.errors import UsageError
from kernel.i18n import _
from kernel.registry.discovery import GROUP

__all__ = ["Distribution", "Module", "read_distribution"]

MADE = ("__pycache__", "build", "dist")


@dataclass(frozen=True)
class Module:
    """One Python file of the plugin, parsed; `path` is relative to the folder that is checked."""

    path: str
    name: str
    """As it is imported: `plugins.crm.leads.models`."""
    tree: ast.Module


@dataclass(frozen=True)
class Distribution:
    """A folder with a plugin's package and the papers of its wheel."""

    folder: Path
    name: str
    package: str
    package_folder: Path
    packages: Sequence[str] | None
    """The packages that the wheel is told to hold; None where a backend finds them that we can't ask."""
    package_data: Mapping[str, Sequence[str]] = field(default_factory=dict)
    papers: str = "setup.cfg"

    def shown(self, path: Path) -> str:
        """Give a path as it is shown: relative to the folder."""
        try:
            return path.resolve().relative_to(self.folder.resolve()).as_posix()
        except ValueError:
            return str(path)

    def files(self) -> Iterator[Path]:
        """Yield the files of the package, but what machines make of them."""
        for path in sorted(self.package_folder.rglob("*")):
            inner = path.relative_to(self.package_folder)
            made = any(part in MADE or part.startswith(".") or part.endswith(".egg-info") for part in inner.parts)
            tests = inner.parts[0] == "tests" and self.package_folder != self.folder
            if path.is_file() and not made and not tests and path.suffix != ".pyc":
                yield path

    @cached_property
    def modules(self) -> Sequence[Module]:
        """Give the package's modules, migrations aside; those that can't be parsed are left for `broken`."""
        return [module for module in map(self._module, self._sources()) if module is not None]

    @cached_property
    def broken(self) -> Sequence[tuple[str, int, str]]:
        """Give the files that Python can't parse: path, line, what it says."""
        found = []
        for path in [*self._sources(), *self.migrations]:
            try:
                ast.parse(path.read_text(encoding="utf-8"))
            except (SyntaxError, ValueError) as error:
                found.append((self.shown(path), getattr(error, "lineno", None) or 1, str(error)))
        return found

    @cached_property
    def migrations(self) -> Sequence[Path]:
        """Give the files of the migrations."""
        return sorted((self.package_folder / "migrations").glob("[0-9]*.py"))

    def module_of(self, path: Path) -> Module | None:
        """Parse one file."""
        return self._module(path)

    def _sources(self) -> Iterator[Path]:
        for path in self.files():
            if path.suffix == ".py" and "migrations" not in path.relative_to(self.package_folder).parts:
                yield path

    def _module(self, path: Path) -> Module | None:
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError):
            return None
        parts = path.relative_to(self.package_folder).with_suffix("").parts
        return Module(
            self.shown(path), ".".join((self.package, *(part for part in parts if part != "__init__"))), tree)


def read_distribution(folder: Path) -> Distribution:
    """Read a plugin's folder; raises UsageError where there is none or it announces no plugin."""
    if not folder.is_dir():
        raise UsageError("FOLDER", _("There is no folder {folder}", folder=folder))
    points, source = _entry_points(folder)
    if not points:
        raise UsageError(
            "NO_PLUGIN", _("{folder} announces no plugin", folder=folder),
            fix=_("Give its setup.cfg or pyproject.toml an entry point in the group {group}", group=GROUP))
    name, target = next(iter(points.items()))
    package = target.partition(":")[0].strip()
    config = _setup_cfg(folder)
    toml = _pyproject(folder)
    mapping = _mapping(config, toml)
    root = _folder_of(folder, package, mapping)
    if not (root / "__init__.py").is_file():
        raise UsageError("NO_PLUGIN", _("The entry point names {package}, but {file} is not there",
                                        package=package, file=root / "__init__.py"))
    packages = _packages(folder, config, toml, mapping, package, root)
    return Distribution(folder, name, package, root, packages, _package_data(config, toml), source)


def _setup_cfg(folder: Path) -> configparser.ConfigParser:
    config = configparser.ConfigParser(interpolation=None)
    config.read(folder / "setup.cfg", encoding="utf-8")
    return config


def _pyproject(folder: Path) -> dict[str, object]:
    path = folder / "pyproject.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except tomllib.TOMLDecodeError as error:
        raise UsageError("CONFIG", _("{file} is not valid TOML: {error}", file=path, error=error)) from error


def _at(toml: Mapping[str, object], *keys: str) -> object:
    found: object = toml
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _entry_points(folder: Path) -> tuple[dict[str, str], str]:
    config = _setup_cfg(folder)
    if config.has_option("options.entry_points", GROUP):
        return _pairs(config["options.entry_points"][GROUP]), "setup.cfg"
    named = _at(_pyproject(folder), "project", "entry-points", GROUP)
    return ({str(key): str(value) for key, value in named.items()} if isinstance(named, dict) else {}), "pyproject.toml"


def _pairs(text: str) -> dict[str, str]:
    lines = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {key.strip(): value.strip() for key, _sign, value in lines}


def _mapping(config: configparser.ConfigParser, toml: Mapping[str, object]) -> dict[str, str]:
    if config.has_option("options", "package_dir"):
        return _pairs(config["options"]["package_dir"])
    named = _at(toml, "tool", "setuptools", "package-dir")
    return {str(key): str(value) for key, value in named.items()} if isinstance(named, dict) else {}


def _folder_of(folder: Path, package: str, mapping: Mapping[str, str]) -> Path:
    """Find a package's folder as setuptools does: the longest prefix that `package_dir` names, then its parts."""
    parts = package.split(".")
    for length in range(len(parts), 0, -1):
        prefix = ".".join(parts[:length])
        if prefix in mapping:
            return folder.joinpath(mapping[prefix], *parts[length:])
    for lead in (mapping.get("", "."), "src"):
        if folder.joinpath(lead, *parts).is_dir():
            return folder.joinpath(lead, *parts)
    return folder.joinpath(mapping.get("", "."), *parts)


def _packages(
    folder: Path, config: configparser.ConfigParser, toml: Mapping[str, object], mapping: Mapping[str, str],
    package: str, root: Path,
) -> list[str] | None:
    text = config.get("options", "packages", fallback="")
    if text and not text.strip().startswith("find"):
        return text.split()
    named = _at(toml, "tool", "setuptools", "packages")
    if isinstance(named, list):
        return [str(each) for each in named]
    if not text and named is None:
        return None
    spaces = "namespace" in text or (isinstance(named, dict) and "namespaces" not in str(named))
    return [package, *(
        ".".join([package, *path.relative_to(root).parts]) for path in sorted(root.rglob("*"))
        if path.is_dir() and (spaces or (path / "__init__.py").exists()))]


def _package_data(config: configparser.ConfigParser, toml: Mapping[str, object]) -> dict[str, list[str]]:
    if config.has_section("options.package_data"):
        return {key: value.split() for key, value in config["options.package_data"].items()}
    named = _at(toml, "tool", "setuptools", "package-data")
    if isinstance(named, dict):
        return {str(key): [str(each) for each in value] for key, value in named.items() if isinstance(value, list)}
    return {}
