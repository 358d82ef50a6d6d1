"""A day with a subset of the plugins: each does its own work to the end, every page opens, the books agree."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient

from kernel.config import Config
from kernel.registry.checks import run_checks
from kernel.web.app import create_app
from kernel.web.declare import views
from kernel.web.frame import item_address
from tests.subsets.threads import work

PAGES = ("/", "/inbox", "/search?q=1", "/settings/plugins", "/kernel/party", "/kernel/product")


def spend(config: Config, plugins: list[str]) -> dict[str, Any]:
    """Spend the day; gives what was seen, for the test to judge."""
    work(plugins)
    client = create_app(config).test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
    assert token
    client.post("/sign-in", data={"login": "admin", "password": "administrator-1", "csrf_token": token[1]})
    failed = {}
    for path in [*PAGES, *menu_pages()]:
        answer = client.get(path)
        wanted = 200 if offered(client, path) else 403
        if answer.status_code != wanted:
            failed[path] = answer.status_code
    described = client.get("/api/v1/openapi.json")
    report = run_checks()
    return {
        "failed": failed, "openapi": described.status_code,
        "found": [f"{each.name}: {finding.record}: {finding.message}" for each, finding in report.found],
        "menus": sorted(views.menus),
    }


def offered(client: FlaskClient, path: str) -> bool:
    """Say whether a page is led to: an empty form is by its list, but where only documents make such records."""
    return not path.endswith("/new") or f'href="{path}"' in client.get(path.removesuffix("/new")).text


def menu_pages() -> list[str]:
    """List the pages in the menus, and the empty form of each entity there."""
    found = []
    for menu in views.menus.values():
        for item in menu.items:
            found.append(item_address(item))
            if item.entity and "/" not in item.to and "?" not in item.to:
                found.append(f"{item_address(item)}/new")
    return found
