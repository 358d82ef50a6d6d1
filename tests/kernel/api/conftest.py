"""A client of the API alone: a Flask application with nothing else, signed in by token."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask import Flask

from kernel.api import create_api
from kernel.api.tokens import create_token
from kernel.entities.work import Actor, unit_of_work
from kernel.files import FileStore, set_files
from tests.conftest import MakeUser
from tests.kernel.exchange.studio import EVERYTHING


@pytest.fixture
def app(database: object, tmp_path: Path) -> Flask:
    set_files(FileStore(tmp_path / "files", 100_000))
    made = Flask("test")
    made.config.update(SECRET_KEY="for tests", TESTING=False, PROPAGATE_EXCEPTIONS=False)
    create_api(made)
    return made


class Client:
    """Sends JSON with a token and reads JSON back."""

    def __init__(self, app: Flask, token: str | None) -> None:
        self._client = app.test_client()
        self.token = token

    def __call__(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        headers = dict(more.pop("headers", {}))
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            more |= {"data": orjson.dumps(body), "content_type": "application/json"}
        return self._client.open(f"/api/v1{path}", method=method, headers=headers, **more)


@pytest.fixture
def client_of(app: Flask, system: Actor) -> Callable[..., Client]:
    """Give a client for a user: `client_of(anna, scopes=["*:read"])`."""

    def make(who: Actor, **token: Any) -> Client:
        assert who.user_id is not None
        with unit_of_work(system):
            return Client(app, create_token(who.user_id, "test", **token))

    return make


@pytest.fixture
def anna(make_user: MakeUser) -> Actor:
    return make_user("anna", *EVERYTHING)


@pytest.fixture
def client(client_of: Callable[..., Client], anna: Actor) -> Client:
    """Anna's client: she may do everything in the studio."""
    return client_of(anna)
