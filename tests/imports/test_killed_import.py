"""An import whose process is killed in the middle leaves nothing, and is simply started again."""

from __future__ import annotations

import signal
import subprocess
import sys

from sqlalchemy import func, select

from kernel import Party
from kernel.entities.database import Database
from kernel.entities.work import unit_of_work
from kernel.exchange.importing import run_import
from kernel.exchange.models import ImportStep
from tests.imports.conftest import EXAMPLES

FOLDER = EXAMPLES / "wide-order-export"
PROGRAM = """
import os, signal, sys
from pathlib import Path
import tests.imports.conftest
import kernel.permissions
from kernel.entities.database import Database
from kernel.entities.work import set_database
from kernel.exchange.importing import run_import

def die(step):
    if step.name == "orders":
        os.kill(os.getpid(), signal.SIGKILL)

set_database(Database(sys.argv[1]))
run_import(Path(sys.argv[2]) / "mapping.toml", Path(sys.argv[2]) / "export", on_progress=die)
"""


def test_a_killed_import_leaves_nothing_and_is_started_again(installation: Database) -> None:
    url = installation.url.render_as_string(hide_password=False)
    killed = subprocess.run(
        [sys.executable, "-c", PROGRAM, url, str(FOLDER)], cwd=EXAMPLES.parent, capture_output=True, text=True,
        check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with unit_of_work(reading=True) as opened:
        assert opened.scalar(select(func.count()).select_from(Party)) == 0
        assert opened.scalar(select(func.count()).select_from(ImportStep)) == 0
    report = run_import(FOLDER / "mapping.toml", FOLDER / "export")
    assert report.step("customers").created == 2
    assert report.step("order lines").created == 4
