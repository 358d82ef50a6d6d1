"""The demo company: what its people's pages cost is measured there, not in a database without records."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from flask.testing import FlaskClient

from kernel.config import Config
from kernel.entities.work import set_database
from kernel.registry import initialise, settle
from kernel.registry.discovery import discover
from kernel.web.app import create_app

LOGIN, PASSWORD = "admin", "only for measuring"
TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


@contextmanager
def demo_company(url: str) -> Iterator[Config]:
    """Make the demo company with all plugins at a URL; yields what a process that serves it is configured with."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config(database_url=url, data_dir=folder, secret_key="benchmarks-only")
        made = initialise(
            config, company="Formosa Cycle Works", currency="TWD", timezone="Asia/Taipei", plugins=list(discover()),
            demo=True, login=LOGIN, password=PASSWORD)
        try:
            settle()
            yield config
        finally:
            set_database(None)
            made.database.dispose()


def signed_in(config: Config, login: str, password: str) -> FlaskClient:
    """Sign somebody in, in a browser without a screen, to an application of this process."""
    client = create_app(config).test_client()
    token = TOKEN.search(client.get("/sign-in").text)
    assert token is not None
    answer = client.post("/sign-in", data={"login": login, "password": password, "csrf_token": token[1]})
    assert answer.status_code == 302, answer.status_code
    return client
