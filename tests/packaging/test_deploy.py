"""What deploy/ offers fits the code: settings that exist, commands that exist, units that systemd understands."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from kernel.cli.main import cli
from kernel.config import Config

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
SETTINGS = {f"TRELLIS_{field.name.upper()}" for field in fields(Config)}


def compose() -> dict[str, Any]:
    found = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def test_every_setting_that_deploy_names_exists() -> None:
    named = {
        name for path in DEPLOY.rglob("*") if path.is_file()
        for name in re.findall(r"TRELLIS_[A-Z_]+", path.read_text(encoding="utf-8"))}
    assert len(named) > 5
    assert named - SETTINGS == set()


def test_the_compose_file_has_all_parts_and_asks_for_its_secrets() -> None:
    services = compose()["services"]
    assert set(services) == {"postgres", "redis", "web", "worker"}
    for name in ("web", "worker"):
        assert set(services[name]["depends_on"]) == {"postgres", "redis"}
        assert ":?" in services[name]["environment"]["TRELLIS_SECRET_KEY"]
        assert services[name]["read_only"] is True
    offered = set(re.findall(r"^(\w+)=", (DEPLOY / "env.example").read_text(encoding="utf-8"), re.MULTILINE))
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
    assert asked == offered
    assert services["worker"]["command"][1] in cli.list_commands(None)  # type: ignore[arg-type]  # it asks no context


def test_the_container_installs_every_distribution() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    names = {
        re.search(r"^name = (\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)[1]  # type: ignore[index]  # each has
        for path in (DEPLOY.parent / "plugins").glob("*/setup.cfg")}
    assert names
    assert {name for name in names if name not in text} == set()


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_systemd_understands_a_unit(unit: Path, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze on this machine")
    text = unit.read_text(encoding="utf-8")
    assert "NoNewPrivileges=yes" in text
    here = tmp_path / unit.name  # its program isn't installed on this machine: any other stands for it
    here.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE), encoding="utf-8")
    done = subprocess.run([program, "verify", str(here)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
