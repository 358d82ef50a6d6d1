"""A browser without a screen: sign in, follow links, send forms with their tokens."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from kernel.config import Config
from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import models as exchange_models  # noqa: F401  # its tables are made with the others
from kernel.identity.models import User
from kernel.identity.signing.passwords import set_password
from kernel.permissions.roles import sync_roles
from kernel.web import views as kernel_views  # noqa: F401  # the registry loads them in an installation
from kernel.web.app import create_app
from kernel.workflows.approvals import APPROVAL_ROLES, sync_approvals
from tests.conftest import MakeUser
from tests.kernel.web.garage import COSTLY, MECHANIC

PASSWORD = "a long enough password"


@dataclass
class Browser:
    """One person's browser."""

    client: FlaskClient

    def get(self, path: str, **more: object) -> TestResponse:
        return self.client.get(path, **more)  # type: ignore[arg-type]

    def page(self, path: str) -> str:
        """Give a page's text; it must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, words(answer.text)[:300])
        return answer.text

    def token(self, page: str = "/") -> str:
        """Give the token that a page's forms carry."""
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.get(page).text)
        assert found
        return found[1]

    def post(self, path: str, data: object = (), *, token_from: str = "/", **more: object) -> TestResponse:
        """Send a form as a page of this person's would: with the token of one."""
        token = self.token(token_from)
        pairs = [*dict(data).items()] if not isinstance(data, list) else data  # type: ignore[call-overload]
        form: dict[str, list[str]] = {}
        for name, value in [*pairs, ("csrf_token", token)]:
            form.setdefault(name, []).append(str(value))
        return self.client.post(path, data=form, **more)  # type: ignore[arg-type]


def words(html: str) -> str:
    """Give the text of a page without its markup."""
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(text).split()).replace(" :", ":")


def inputs(html: str) -> dict[str, str]:
    """Give the text inputs of a page with their values."""
    found = re.findall(r'<input type="(?:text|date|hidden)"[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', html)
    return {name: unescape(value) for name, value in found}


@pytest.fixture
def app(system: Actor, tmp_path: Path) -> Flask:
    with unit_of_work(system):
        sync_roles("kernel", APPROVAL_ROLES)
        sync_approvals("tests", [COSTLY])
    made = create_app(Config(secret_key="not a secret", data_dir=str(tmp_path)))
    made.config.update(TESTING=False, TRELLIS_RESTART=lambda: None)
    return made


SignIn = Callable[..., Browser]


@pytest.fixture
def sign_in(app: Flask, make_user: MakeUser, system: Actor) -> SignIn:
    """Make a user with grants and sign them in: `sign_in("anna", grant(...))`."""

    def enter(login: str, *rules: object, roles: tuple[str, ...] = ()) -> Browser:
        who = make_user(login, *rules, roles=roles)  # type: ignore[arg-type]
        with unit_of_work(system) as opened:
            user = opened.scalars(select(User).where(User.id == who.user_id)).one()
            set_password(user, PASSWORD)
        browser = Browser(app.test_client())
        answer = browser.post("/sign-in", {"login": login, "password": PASSWORD}, token_from="/sign-in")
        assert answer.status_code == 302, words(answer.text)
        return browser

    return enter


@pytest.fixture
def anna(sign_in: SignIn) -> Browser:
    """A mechanic's browser."""
    return sign_in("anna", *MECHANIC)


@pytest.fixture
def admin(sign_in: SignIn) -> Browser:
    """An administrator's browser."""
    return sign_in("root", roles=("kernel.admin",))
