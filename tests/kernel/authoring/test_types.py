"""mypy and pyright follow a plugin and what it uses of the kernel, and so find its mistakes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from kernel.authoring.skeleton import Skeleton, make_skeleton
from tests.kernel.authoring.shelf import Shelf
from tools.environment import ROOT

pytestmark = pytest.mark.deep

TUTORIAL = ROOT / "docs" / "tutorials" / "your-first-plugin.md"
CHECKERS = {"mypy": ["mypy", "--strict", "src"], "pyright": ["basedpyright", "--pythonpath", sys.executable, "src"]}


def checked(checker: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the types of a plugin as its author would, with the settings of its own folder."""
    return subprocess.run(
        [sys.executable, "-m", *CHECKERS[checker]], cwd=folder, capture_output=True, text=True, check=False)


def tutorial(folder: Path) -> Path:
    """Write the plugin of the tutorial, with the settings of a new one."""
    make_skeleton(Skeleton("warranty"), folder)
    for file in (folder / "src").rglob("*.py"):
        file.unlink()
    for path, text in re.findall(
            r"<!-- file: (\S+\.py) -->\n```\w+\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL):
        (folder / path).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_new_plugin_is_typed_and_a_mistake_in_it_is_found(tmp_path: Path, checker: str) -> None:
    shelf = Shelf(tmp_path / "shelf")
    done = checked(checker, shelf.folder)
    assert done.returncode == 0, done.stdout
    shelf.edit("src/plugins/shelf/services.py", "record.done_on = None", 'record.done_on = "tomorrow"')
    done = checked(checker, shelf.folder)
    assert done.returncode == 1
    assert "done_on" in done.stdout or "date" in done.stdout


@pytest.mark.parametrize("checker", CHECKERS)
def test_the_tutorials_plugin_is_typed(tmp_path: Path, checker: str) -> None:
    done = checked(checker, tutorial(tmp_path / "warranty"))
    assert done.returncode == 0, done.stdout
