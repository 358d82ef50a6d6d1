"""What a plugin's wheel would hold, worked out from what its papers say, without building it."""

from collections.abc import Iterator
from pathlib import Path

from kernel.authoring.distribution import Distribution
from kernel.authoring.faults import Finding

__all__ = ["read_packing"]

PAPERS = frozenset({"setup.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE", "MANIFEST.in"})


def read_packing(plugin: Distribution) -> Iterator[Finding]:
    """Find packages and files that the wheel would lack: both work in the author's folder and are missed elsewhere."""
    if plugin.packages is None:
        return
    packed = {package: _folder(plugin, package) for package in plugin.packages}
    for init in (path for path in plugin.files() if path.name == "__init__.py"):
        name = ".".join([plugin.package, *init.parent.relative_to(plugin.package_folder).parts])
        if name not in packed:
            yield Finding(plugin.shown(init), 1, "WHEEL_PACKAGE", f"package {name} is not among the wheel's packages")
    data = {path for package, folder in packed.items() for path in _data(plugin, package, folder)}
    folders = set(packed.values())
    for path in plugin.files():
        inner = path.relative_to(plugin.package_folder)
        owed = not (len(inner.parts) == 1 and path.name in PAPERS) and path.name != "__init__.py"
        if owed and not (path.suffix == ".py" and path.parent in folders) and path not in data:
            if path.suffix == ".py" and _is_package(plugin, path.parent):
                continue  # the package itself is named
            yield Finding(plugin.shown(path), 1, "WHEEL_FILE", f"{inner.as_posix()} is not in the wheel")


def _folder(plugin: Distribution, package: str) -> Path:
    inner = package.removeprefix(plugin.package).strip(".")
    return plugin.package_folder.joinpath(*inner.split(".")) if inner else plugin.package_folder


def _data(plugin: Distribution, package: str, folder: Path) -> Iterator[Path]:
    for name in ("", "*", package):
        for pattern in plugin.package_data.get(name, ()):
            yield from folder.glob(pattern if not pattern.endswith("**") else f"{pattern}/*")


def _is_package(plugin: Distribution, folder: Path) -> bool:
    return folder != plugin.package_folder and (folder / "__init__.py").exists()
