"""A wheel holds what its folder holds: nothing forgotten, nothing strange."""

from __future__ import annotations

import configparser
import zipfile
from pathlib import Path

import pytest

from tools.environment import ROOT, distributions
from tools.wheels import build

FOLDERS = distributions()
PAPERS = {"setup.cfg", "pyproject.toml", "README.md", "LICENSE"}


def settings(folder: Path) -> configparser.ConfigParser:
    config = configparser.ConfigParser(interpolation=None)
    config.read(folder / "setup.cfg", encoding="utf-8")
    return config


def name_of(folder: Path) -> str:
    return settings(folder)["metadata"]["name"]


def in_folder(folder: Path) -> set[str]:
    """Return what a wheel of this folder owes, as paths inside the wheel."""
    package = ROOT / "kernel" if folder == ROOT else folder
    owed = set()
    for path in package.rglob("*"):
        inner = path.relative_to(package)
        made = any(part == "__pycache__" or part.startswith(".") or part.endswith(".egg-info") for part in inner.parts)
        if path.is_file() and not made and not (folder != ROOT and str(inner) in PAPERS):
            owed.add(str(path.relative_to(ROOT)))
    return owed


@pytest.fixture(scope="module", params=FOLDERS, ids=name_of)
def wheel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, zipfile.ZipFile]:
    folder: Path = request.param
    return folder, zipfile.ZipFile(build(folder, tmp_path_factory.mktemp("wheel")))


@pytest.mark.slow
def test_a_wheel_holds_every_file_of_its_folder(wheel: tuple[Path, zipfile.ZipFile]) -> None:
    folder, archive = wheel
    forgotten = sorted(in_folder(folder) - set(archive.namelist()))
    assert not forgotten, (
        f"give their folders an __init__.py, or name them in {folder.relative_to(ROOT)}/setup.cfg: {forgotten}"
    )


@pytest.mark.slow
def test_a_wheel_holds_nothing_else(wheel: tuple[Path, zipfile.ZipFile]) -> None:
    folder, archive = wheel
    strange = {name for name in archive.namelist() if ".dist-info/" not in name} - in_folder(folder)
    assert not strange


@pytest.mark.slow
def test_the_kernels_wheel_brings_the_front_end_assets(tmp_path: Path) -> None:
    names = zipfile.ZipFile(build(ROOT, tmp_path)).namelist()
    for asset in ("tabler.min.css", "icons.css", "tabler-icons.woff2", "htmx.min.js", "echarts.min.js", "LICENSES.txt"):
        assert f"kernel/web/static/vendor/{asset}" in names, "run make assets before the tests"


def test_every_folder_of_a_plugin_with_code_is_one_of_its_packages() -> None:
    for folder in FOLDERS[1:]:
        named = set(settings(folder)["options"]["packages"].split())
        own = f"plugins.{folder.name}"
        there = {".".join([own, *init.parent.relative_to(folder).parts]) for init in folder.rglob("__init__.py")}
        assert there <= named, f"add to packages in plugins/{folder.name}/setup.cfg: {sorted(there - named)}"


def test_a_plugin_announces_itself_by_its_entry_point_and_needs_the_kernel() -> None:
    for folder in FOLDERS[1:]:
        config = settings(folder)
        points = config["options.entry_points"]["trellis.plugins"].split("\n")
        assert f"{folder.name} = plugins.{folder.name}:plugin" in points
        assert "trellis-kernel" in config["options"]["install_requires"]


def test_plugins_is_a_namespace_that_others_can_add_to() -> None:
    assert not (ROOT / "plugins" / "__init__.py").exists()
