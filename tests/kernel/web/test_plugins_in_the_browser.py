"""An administrator installs and uninstalls plugins in the browser, after seeing what would happen."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from kernel.config import Config
from kernel.entities.work import Actor, set_database, unit_of_work
from kernel.registry.start import initialise, open_installation
from kernel.registry.state import installed
from kernel.web.app import create_app
from tests.kernel.web.conftest import Browser, words

PASSWORD = "administrator-1"


@pytest.fixture
def house(tmp_path: Path) -> tuple[Flask, list[str]]:
    """An installation with CRM alone, and what its process was asked to do."""
    config = Config(
        database_url=f"sqlite:///{tmp_path / 'trellis.db'}", data_dir=str(tmp_path), secret_key="not a secret")
    initialise(config, company="Formosa", plugins=("crm",), password=PASSWORD).database.dispose()
    open_installation(config)
    app = create_app(config)
    asked: list[str] = []
    app.config["TRELLIS_RESTART"] = lambda: asked.append("restart")
    return app, asked


@pytest.mark.slow
def test_a_plugin_is_previewed_uninstalled_and_installed_again(house: tuple[Flask, list[str]], tmp_path: Path) -> None:
    app, _asked = house
    try:
        admin = Browser(app.test_client())
        admin.post("/sign-in", {"login": "admin", "password": PASSWORD}, token_from="/sign-in")
        assert "CRM Installed" in words(admin.page("/settings/plugins"))
        preview = words(admin.page("/settings/plugins/crm/uninstall"))
        assert "crm_lead" in preview
        assert "Its data goes into an archive first" in preview
        gone = admin.post("/settings/plugins/crm/uninstall")
        assert gone.status_code == 503
        assert gone.headers["Refresh"] == "6; url=/settings/plugins"
        with unit_of_work(Actor(system=True), reading=True):
            assert "crm" not in installed()
        assert list((tmp_path / "archives").glob("crm*"))
        stale = admin.get("/kernel/party")
        assert stale.status_code == 503
        assert "The plugins have changed" in words(stale.text)
    finally:
        set_database(None)


@pytest.mark.slow
def test_only_administrators_see_and_change_plugins(house: tuple[Flask, list[str]]) -> None:
    app, _asked = house
    try:
        stranger = Browser(app.test_client())
        assert stranger.get("/settings/plugins").status_code == 302
        assert stranger.post("/settings/plugins/crm/uninstall", token_from="/sign-in").status_code == 302
        with unit_of_work(Actor(system=True), reading=True):
            assert "crm" in installed()
    finally:
        set_database(None)
