"""What can be said of a plugin by reading it: imports, strings, names, icons, statements. Nothing of it is run."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import kernel
from kernel.authoring.distribution import Distribution, Module
from kernel.authoring.faults import Finding

__all__ = ["read_imports", "read_names", "read_statements", "read_syntax"]

PUBLIC = frozenset(kernel.__all__)
SQL_TEXT = frozenset({"text", "literal_column", "TextClause"})
RAW_CALLS = frozenset({"exec_driver_sql", "raw_connection", "executescript"})
ENDINGS = frozenset({"commit", "rollback"})
DECLARING = {
    "signal": "signal", "role": "role", "approval": "approval", "Setting": "setting", "invariant": "invariant",
    "row_rule": "row rule", "first_step": "first step",
}
"""Functions of the kernel whose first argument is a name that others may refer to, and what it names."""
TABLE_STEPS = frozenset({"create_table", "drop_table", "add_column", "drop_column", "alter_column", "rename_table",
                         "batch_alter_table", "bulk_insert", "create_unique_constraint", "drop_constraint"})
INDEX_STEPS = frozenset({"create_index", "drop_index"})
ICONS = Path(kernel.__file__).parent / "web" / "static" / "vendor" / "icons.css"


def read_syntax(plugin: Distribution) -> Iterator[Finding]:
    """Find files that are no Python."""
    for path, line, words in plugin.broken:
        yield Finding(path, line, "SYNTAX", words)


def read_imports(plugin: Distribution, requires: tuple[str, ...]) -> Iterator[Finding]:
    """Find imports of what is private to the kernel, and of other plugins than those required."""
    for module in plugin.modules:
        for node in ast.walk(module.tree):
            for target, name in _imported(node):
                line = getattr(node, "lineno", 1)
                if target == "kernel" or target.startswith("kernel."):
                    yield from _from_kernel(module, line, target, name)
                elif target.startswith("plugins"):
                    yield from _from_plugins(plugin, module, line, target, name, requires)


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        yield from ((each.name, "") for each in node.names)
    elif isinstance(node, ast.ImportFrom) and node.level == 0:
        yield from ((node.module or "", each.name) for each in node.names)


def _from_kernel(module: Module, line: int, target: str, name: str) -> Iterator[Finding]:
    if target != "kernel":
        yield Finding(module.path, line, "IMPORT_PRIVATE", f"imports {target}, which is private to the kernel")
    elif name and name not in PUBLIC:
        yield Finding(module.path, line, "IMPORT_PRIVATE", f"imports {name} from kernel, which doesn't offer it")


def _from_plugins(
    plugin: Distribution, module: Module, line: int, target: str, name: str, requires: tuple[str, ...]
) -> Iterator[Finding]:
    parts = [*target.split("."), name] if name else target.split(".")
    other = parts[1] if len(parts) > 1 else ""
    if not other or other == plugin.name:
        return
    if other not in requires:
        yield Finding(module.path, line, "IMPORT_PLUGIN", f"imports plugin {other}, which the manifest doesn't require")
    elif parts[2:3] != ["api"]:
        yield Finding(
            module.path, line, "IMPORT_PLUGIN", f"imports {target}; of a required plugin only plugins.{other}.api")


def read_statements(plugin: Distribution) -> Iterator[Finding]:
    """Find SQL as text, and modules that end a transaction by themselves."""
    for module in plugin.modules:
        texts = {each.asname or each.name for node in ast.walk(module.tree)
                 if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
                 for each in node.names if each.name in SQL_TEXT}
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                yield from _call(module, node, texts)


def _call(module: Module, node: ast.Call, texts: set[str]) -> Iterator[Finding]:
    if isinstance(node.func, ast.Name) and node.func.id in texts:
        yield Finding(module.path, node.lineno, "RAW_SQL", f"writes SQL as text: {node.func.id}(...)")
        return
    if not isinstance(node.func, ast.Attribute):
        return
    name, holder = node.func.attr, ast.unparse(node.func.value)
    if name in SQL_TEXT and holder in ("sa", "sqlalchemy"):
        yield Finding(module.path, node.lineno, "RAW_SQL", f"writes SQL as text: {holder}.{name}(...)")
    elif name in RAW_CALLS or (name == "connection" and holder == "session()"):
        yield Finding(module.path, node.lineno, "RAW_SQL", f"goes past the session: {holder}.{name}(...)")
    elif name in ("execute", "scalar", "scalars") and node.args and _is_text(node.args[0]):
        yield Finding(module.path, node.lineno, "RAW_SQL", f"sends SQL as text: {holder}.{name}(\"...\")")
    elif name in ENDINGS and not node.args:
        yield Finding(module.path, node.lineno, "COMMIT", f"calls {holder}.{name}()")


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def read_names(plugin: Distribution) -> Iterator[Finding]:
    """Find tables, signals, roles and the like that are named outside the plugin, and icons that aren't there."""
    for path in plugin.migrations:
        module = plugin.module_of(path)
        if module is not None:
            yield from _tables(plugin, module)
    for module in plugin.modules:
        for node in ast.walk(module.tree):
            yield from _declared(plugin, module, node)
            yield from _icons(module, node)


def _declared(plugin: Distribution, module: Module, node: ast.AST) -> Iterator[Finding]:
    if isinstance(node, ast.Assign) and any(getattr(each, "id", "") == "__tablename__" for each in node.targets):
        table = _string(node.value)
        if table is not None and not table.startswith(f"{plugin.name}_"):
            yield Finding(module.path, node.lineno, "NAME_OUTSIDE", f"table {table!r} isn't called {plugin.name}_...")
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return
    what = DECLARING.get(node.func.id)
    name = _string(node.args[0]) if node.args else None
    if what and name is not None and not name.startswith(f"{plugin.name}."):
        yield Finding(module.path, node.lineno, "NAME_OUTSIDE", f"{what} {name!r} isn't called {plugin.name}....")


def _tables(plugin: Distribution, module: Module) -> Iterator[Finding]:
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        table: str | None = None
        if node.func.attr in TABLE_STEPS and node.args:
            at = 1 if node.func.attr in ("create_unique_constraint", "drop_constraint") else 0
            table = _string(node.args[at]) if len(node.args) > at else None
        elif node.func.attr in INDEX_STEPS:
            named = next((each.value for each in node.keywords if each.arg == "table_name"), None)
            table = _string(named) if named else _string(node.args[1]) if len(node.args) > 1 else None
        if table is not None and not table.startswith(f"{plugin.name}_"):
            yield Finding(
                module.path, node.lineno, "NAME_OUTSIDE",
                f"{node.func.attr} of table {table!r}, which isn't called {plugin.name}_...")


def _icons(module: Module, node: ast.AST) -> Iterator[Finding]:
    known = icons()
    if not known or not isinstance(node, ast.Call | ast.ClassDef):
        return
    for keyword in node.keywords:
        name = _string(keyword.value) if keyword.arg == "icon" else None
        if name and name not in known:
            yield Finding(module.path, keyword.value.lineno, "ICON_MISSING", f"there is no icon {name!r}")


@cache
def icons() -> frozenset[str]:
    """Give the icons that the kernel's wheel brings; none where its assets weren't made."""
    text = ICONS.read_text(encoding="utf-8") if ICONS.exists() else ""
    return frozenset(re.findall(r"\.ti-([a-z0-9-]+):before", text))


def _string(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
