"""A company that takes only the CRM: two wheels in an empty environment, and nobody has heard of sales."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from tools.environment import ROOT
from tools.wheels import build

SALES = ("erp_sales", "sales order", "quote", "credit limit", "credit_limit")

DAY = '''
import json, re
from sqlalchemy import inspect, select
from kernel.config import load_config
from kernel.entities.work import SYSTEM, unit_of_work
from kernel.identity.models import User
from kernel.registry import open_installation
from kernel.api.tokens import create_token
from kernel.web.app import create_app
import kernel, plugins.crm

config = load_config()
database = open_installation(config)
with unit_of_work(SYSTEM) as system:
    tokens = {user.login: create_token(user.id, "test") for user in system.scalars(select(User))}
app = create_app(config)
client = app.test_client()

def api(method, path, body=None, who="anna"):
    answer = client.open("/api/v1" + path, method=method, json=body, headers={"Authorization": "Bearer " + tokens[who]})
    assert answer.status_code < 300, (path, answer.status_code, answer.text)
    return answer.json

lead = api("POST", "/crm/leads", {"name": "Quayside Rentals", "contact_name": "Petra Holm", "budget": "4000"})["id"]
api("POST", f"/crm/leads/{lead}/contact")
api("POST", f"/crm/leads/{lead}/convert")
[deal] = api("GET", "/crm/opportunities")["data"]
api("PATCH", f"/crm/opportunities/{deal['id']}", {"closes_on": "2026-12-24"})
won = api("POST", f"/crm/opportunities/{deal['id']}/win")
[party] = api("GET", "/kernel/parties")["data"]
sheet = api("GET", "/openapi.json", who="admin")

def browse(login, password):
    browser = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/sign-in").text)[1]
    entered = browser.post("/sign-in", data={"login": login, "password": password, "csrf_token": token})
    assert entered.status_code == 302, entered.text
    pages, queue = {}, ["/", "/crm/lead", "/crm/lead/new", "/crm/opportunity", "/crm/opportunity/board",
                        "/kernel/party", f"/kernel/party/{party['id']}", f"/crm/opportunity/{deal['id']}"]
    while queue and len(pages) < 60:
        path = queue.pop(0)
        if path in pages:
            continue
        answer = browser.get(path)
        assert answer.status_code == 200, (login, path, answer.status_code)
        pages[path] = answer.text if answer.mimetype == "text/html" else ""  # a printed page has no text
        for href in re.findall(r'<a[^>]+href="(/[^"#?]*)"', pages[path]):
            if not href.startswith(("/static", "/assets", "/sign-out")):
                queue.append(href)
    return pages

print(json.dumps({
    "from": [kernel.__file__, plugins.crm.__file__], "stage": won["stage"], "party": party["name"],
    "tables": sorted(inspect(database.engine).get_table_names()), "openapi": sheet,
    "routes": sorted(str(rule) for rule in app.url_map.iter_rules()),
    "pages": {login: browse(login, login + " long password") for login in ("anna", "admin")}}))
'''


class Alone:
    """An environment with the wheels of kernel and crm, and the packages they need from the one the tests run in."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "company"
        self.home.mkdir()
        wheels = [build(ROOT, folder / "wheels"), build(ROOT / "plugins" / "crm", folder / "wheels")]
        uv = [sys.executable, "-m", "uv"]
        self.python = folder / "environment" / "bin" / "python"
        _run([*uv, "venv", "--quiet", "--python", sys.executable, str(folder / "environment")], folder)
        _run([*uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", str(self.python),
              *map(str, wheels)], folder)
        own = Path(_run([str(self.python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
                        folder).stdout.strip())
        _lend(Path(sysconfig.get_path("purelib")), own)

    def run(self, *words: str) -> str:
        return _run([str(self.python), *words], self.home).stdout


def _lend(theirs: Path, own: Path) -> None:
    """Link the third parties' packages in, but nothing of this tree: neither its distributions nor its paths."""
    for package in theirs.iterdir():
        ours = package.name.startswith(("trellis", "__editable__")) or package.suffix == ".pth"
        if not ours and package.name != "__pycache__" and not (own / package.name).exists():
            (own / package.name).symlink_to(package)


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items()
                   if not key.startswith("TRELLIS_") and key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Alone:
    return Alone(tmp_path_factory.mktemp("alone"))


@pytest.mark.slow
def test_two_wheels_are_a_working_crm_that_shows_nothing_of_sales(alone: Alone) -> None:
    trellis = str(alone.python.with_name("trellis"))
    assert shutil.which(trellis), "the kernel's wheel brings the command"
    alone.run("-m", "kernel.cli", "init", "--plugins", "crm", "--password", "admin long password")
    plugins = json.loads(_run([trellis, "plugin", "list", "--json"], alone.home).stdout)
    assert [(each["name"], each["state"]) for each in plugins] == [("crm", "installed")]
    alone.run("-m", "kernel.cli", "user", "add", "anna", "--roles", "crm.agent", "--password", "anna long password")
    (alone.home / "day.py").write_text(DAY)

    day: dict[str, Any] = json.loads(alone.run("day.py").splitlines()[-1])

    assert not any(str(ROOT) + os.sep in path for path in day["from"])
    assert (day["stage"], day["party"]) == ("won", "Quayside Rentals")
    assert [name for name in day["tables"] if name.startswith("erp")] == []
    assert [route for route in day["routes"] if "erp_" in route] == []
    assert {path.split("/")[1] for path in day["openapi"]["paths"] if path.count("/") > 1} & {"erp_sales"} == set()
    assert said_of_sales(json.dumps(day["openapi"])) == []
    for login, pages in day["pages"].items():
        assert len(pages) > 5
        assert {path: found for path, page in pages.items() if (found := said_of_sales(page))} == {}, login
    assert "All is well" in _run([trellis, "check"], alone.home).stdout


def said_of_sales(text: str) -> list[str]:
    """Give the words of sales that a text uses."""
    return [word for word in SALES if word in text.lower()]
