"""A browser without a screen: sign in, follow links, send forms with their tokens."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from kernel.config import Config
from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import models as exchange_models  # noqa: F401  # its tables are made with the others
from kernel.identity.models import User
from kernel.identity.signing.passwords import set_password
from kernel.permissions.roles import sync_roles
from kernel.testing.browser import Browser, words
from kernel.web import views as kernel_views  # noqa: F401  # the registry loads them in an installation
from kernel.web.app import create_app
from kernel.webhooks import listeners as webhook_listeners  # noqa: F401  # as the registry does
from kernel.workflows.approvals import APPROVAL_ROLES, sync_approvals
from tests.conftest import MakeUser
from tests.kernel.web.garage import COSTLY, MECHANIC

__all__ = ["Browser", "SignIn", "inputs", "words"]

PASSWORD = "a long enough password"


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
