"""Load plugins into the process: their modules by feature, in an order that never surprises."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType, ModuleType

import structlog
from sqlalchemy.orm import configure_mappers

from kernel.entities.base import Base, plugin_of
from kernel.entities.extension import Extension
from kernel.errors import Refusal
from kernel.hooks.participation import join
from kernel.hooks.specifications import add_specifications, register_hooks
from kernel.i18n import _, add_translations
from kernel.permissions.declare import declare_listener_grants
from kernel.registry.discovery import Available, find_plugin
from kernel.registry.kinds import kind_of
from kernel.registry.plugin import KERNEL, Plugin
from kernel.registry.settings import declare_settings

__all__ = [
    "KINDS", "load", "load_kernel", "loaded_plugins", "migrations_folder", "package_folder",
    "plugin_folder", "slots_of", "tables_of",
]

log = structlog.get_logger("trellis.registry")

KINDS = (
    "models", "extends", "workflow", "signals", "notifications", "hooks", "listeners", "jobs", "views", "prints",
    "reports", "checks",
)
"""The files of a feature that are loaded, in this order; `services` come along with whoever uses them."""

LOWER = ("entities", "identity", "permissions", "hooks", "search", "workflows", "shared", "registry")
UPPER = ("jobs", "discussion", "tags", "mail", "webhooks", "notices", "exchange", "printing", "api", "web")
"""The kernel's floors above the registry: their code is loaded by whoever serves, their tables and views always."""

_loaded: dict[str, Plugin] = {}
_packages: dict[str, str] = {"kernel": "kernel"}


def loaded_plugins() -> Mapping[str, Plugin]:
    """Give the manifests of the plugins this process has loaded, in the order of their dependencies."""
    return _loaded


def load_kernel() -> None:
    """Load what the kernel itself brings, by the same means as a plugin's features. Twice is once."""
    if "kernel" in _loaded:
        return
    root = package_folder("kernel")
    _load_features("kernel", "kernel", _folders(root, LOWER, KINDS), KINDS)
    import_module("kernel.registry.invariants")
    kinds = ("models", "signals", "notifications", "listeners", "jobs", "views", "checks")
    _load_features("kernel", "kernel", _folders(root, UPPER, kinds), kinds)
    _loaded["kernel"] = KERNEL
    configure_mappers()


def _folders(root: Path, floors: Sequence[str], kinds: Sequence[str]) -> list[str]:
    """List the folders of some floors, at any depth, that have a file or a package of one of the kinds."""
    def holders(floor: Path) -> set[Path]:
        files = {file.parent for kind in kinds for file in floor.rglob(f"{kind}.py")}
        return files | {package.parents[1] for kind in kinds for package in floor.rglob(f"{kind}/__init__.py")}

    return [
        ".".join(folder.relative_to(root).parts) for floor in floors for folder in sorted(holders(root / floor))]


def load(names: Iterable[str], available: Mapping[str, Available]) -> None:
    """Load plugins given in the order of their dependencies; those already loaded stay as they are.

    Raises Refusal naming the plugin and the file where one can't be imported.
    """
    load_kernel()
    for name in names:
        if name in _loaded:
            continue
        found, plugin = find_plugin(name, available)
        _packages[name] = found.package
        _load_features(name, found.package, plugin.features or ("",), KINDS)
        folder = package_folder(found.package) / "translations"
        if folder.is_dir():
            add_translations(folder)
        declare_listener_grants(name, plugin.listener_grants)
        declare_settings(plugin.settings)
        _loaded[name] = plugin
        join(name)
        log.debug("plugin.loaded", plugin=name, version=plugin.version)
    try:
        configure_mappers()
    except Exception as error:
        raise Refusal(
            "PLUGIN_BROKEN", _("The models of the plugins don't fit together: {error}", error=error)) from error


def _load_features(name: str, package: str, features: Sequence[str], kinds: Sequence[str]) -> None:
    modules = [".".join(part for part in (package, feature) if part) for feature in features]
    for module in modules:
        if module not in sys.modules:
            _load_module(name, module)
    for kind in kinds:
        for module in modules:
            path = f"{module}.{kind}"
            if find_spec(path) is None:
                continue
            loaded = _load_module(name, path)
            if kind == "hooks":
                _register_hooks(name, loaded)


def _register_hooks(name: str, module: ModuleType) -> None:
    # of functions alone: SQLAlchemy's `func` has an attribute of any name
    if any(hasattr(value, "trellis_spec") for value in vars(module).values() if isinstance(value, FunctionType)):
        add_specifications(module)
    register_hooks(name, module)


def _load_module(name: str, path: str) -> ModuleType:
    try:
        return import_module(path)
    except Exception as error:
        file = path.replace(".", "/") + ".py"
        raise Refusal(
            "PLUGIN_BROKEN",
            _("Plugin {name} can't be loaded: {file}: {kind}: {error}", name=name, file=file,
              kind=type(error).__name__, error=error)) from error


def package_folder(package: str) -> Path:
    """Give the folder a package lies in."""
    module = import_module(package)
    if module.__file__ is None:
        raise Refusal("PLUGIN_BROKEN", _("Package {package} has no __init__.py", package=package))
    return Path(module.__file__).parent


def plugin_folder(name: str) -> Path:
    """Give the folder of a loaded plugin."""
    return package_folder(_packages[name])


def migrations_folder(name: str, package: str | None = None) -> Path:
    """Give the folder of a plugin's migrations."""
    return package_folder(package or _packages[name]) / "migrations"


def tables_of(name: str) -> dict[str, dict[str, str]]:
    """Give a loaded plugin's tables with the kind of each column, those that others refer to first."""
    own = {
        str(mapper.class_.__tablename__) for mapper in Base.registry.mappers
        if plugin_of(mapper.class_.__module__) == name}
    return {
        str(table.name): {str(column.name): kind_of(column.type) for column in table.columns}
        for table in Base.metadata.sorted_tables if table.name in own}


def slots_of(name: str) -> dict[str, str]:
    """Give the audit trail's prefixes of a loaded plugin's components by the entity they extend."""
    return {
        mapper.class_.__base_entity__.__entity__: mapper.class_.__slot__ for mapper in Base.registry.mappers
        if issubclass(mapper.class_, Extension) and mapper.class_.__plugin__ == name}
