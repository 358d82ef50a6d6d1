"""The demo company on SQLite: made once in a run of tests, whichever worker is first, and copied for the others."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from kernel.config import Config
from kernel.registry.start import initialise

__all__ = ["PASSWORD", "PLUGINS", "SHARED", "DemoCompany", "demo_company", "make_demo"]

SHARED = "TRELLIS_TEST_SHARED"
"""Names the folder that all workers of a run see."""
PLUGINS = ("crm", "erp_sales", "erp_inventory", "erp_finance", "erp_purchase", "erp_mrp", "oa")
PASSWORD = "administrator-1"


@dataclass(frozen=True)
class DemoCompany:
    """An installation with everybody's password by name."""

    config: Config
    passwords: dict[str, str]


def demo_company(folder: Path) -> DemoCompany:
    """Give a demo company of one's own in a folder."""
    shared = Path(os.environ[SHARED])
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "demo").exists():
            shutil.rmtree(shared / "making", ignore_errors=True)
            (shared / "making").mkdir()
            made = make_demo(f"sqlite:///{shared / 'making' / 'trellis.db'}", shared / "making")
            (shared / "making" / "passwords.json").write_text(json.dumps(made.passwords))
            (shared / "making").rename(shared / "demo")
    shutil.copytree(shared / "demo", folder, dirs_exist_ok=True)
    return DemoCompany(
        _config(f"sqlite:///{folder / 'trellis.db'}", folder), json.loads((folder / "passwords.json").read_text()))


def make_demo(url: str, folder: Path) -> DemoCompany:
    """Make the demo company with all plugins at a database's URL."""
    config = _config(url, folder)
    made = initialise(
        config, company="Formosa Cycle Works", currency="TWD", timezone="Asia/Taipei", plugins=PLUGINS, demo=True,
        password=PASSWORD)
    made.database.dispose()
    return DemoCompany(config, {name: password for name, password, _what in made.sign_ins} | {made.login: PASSWORD})


def _config(url: str, folder: Path) -> Config:
    return Config(database_url=url, data_dir=str(folder), secret_key="for the tests only")
