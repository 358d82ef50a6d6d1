"""API tokens on their pages: made with scopes and an end, shown once, used, revoked; everybody's for administrators."""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import select, update

from kernel.api.models import ApiToken
from kernel.entities.work import Actor, unit_of_work
from tests.kernel.web.conftest import Browser, words

OWN, ALL = "/me/tokens", "/settings/access/tokens"


def make(browser: Browser, **form: str) -> str:
    answer = browser.post(OWN, {"label": "Webshop", "reach": "read", "days": "90", **form})
    assert answer.status_code == 200, words(answer.text)
    found = re.search(r"trellis_[\w-]{40,}", answer.text)
    assert found
    return found[0]


def use(browser: Browser, token: str, method: str = "GET", path: str = "/tests/riders") -> int:
    body = {"json": {"name": "Ada"}} if method == "POST" else {}
    client = browser.client.application.test_client()
    headers = {"Authorization": f"Bearer {token}"}
    return client.open(f"/api/v1{path}", method=method, headers=headers, **body).status_code


def test_a_token_is_shown_once_and_does_what_its_scopes_say(anna: Browser, system: Actor) -> None:
    token = make(anna)
    assert token not in anna.page(OWN)
    assert use(anna, token) == 200
    assert use(anna, token, "POST") == 403
    page = words(anna.page(OWN))
    assert "Webshop *:read" in page
    assert "from 127.0.0.1" in page
    with unit_of_work(system, reading=True) as opened:
        kept = opened.scalars(select(ApiToken)).one()
        assert token not in (kept.hash, kept.label)
        assert kept.expires_at is not None
        assert 89 <= (kept.expires_at - opened.now).days <= 90


def test_reach_is_all_or_some_apps_or_single_scopes(anna: Browser) -> None:
    assert use(anna, make(anna, reach="all"), "POST") == 201
    assert use(anna, make(anna, reach="apps", scopes="tests.rider:read tests.rider:create"), "POST") == 201
    assert use(anna, make(anna, reach="apps", scopes="kernel.*:read")) == 403
    refused = anna.post(OWN, {"label": "x", "reach": "apps", "days": "90", "scopes": "everything please"})
    assert refused.status_code == 422
    assert "everything is no scope; write it as crm.lead:read" in words(refused.text)
    nothing = anna.post(OWN, {"label": "x", "reach": "apps", "days": "90"})
    assert "Choose at least one app, or write a scope" in words(nothing.text)
    nameless = anna.post(OWN, {"label": "", "reach": "all", "days": "90"})
    assert "A token needs a label" in words(nameless.text)


def test_a_revoked_or_expired_token_is_refused(anna: Browser, system: Actor) -> None:
    first, second = make(anna), make(anna, days="")
    revoke = re.findall(rf'action="({OWN}/\d+/revoke)"', anna.page(OWN))
    assert len(revoke) == 2
    assert anna.post(revoke[1]).status_code == 302
    assert (use(anna, first), use(anna, second)) == (401, 200)
    with unit_of_work(system) as opened:
        opened.connection().execute(update(ApiToken).values(expires_at=opened.now - dt.timedelta(minutes=1)))
    assert use(anna, second) == 401


def test_administrators_see_and_revoke_everybodys(anna: Browser, admin: Browser) -> None:
    token = make(anna)
    assert "Webshop Anna *:read" in words(admin.page(ALL))
    assert anna.get(ALL).status_code == 403
    [revoke] = re.findall(rf'action="({ALL}/\d+/\d+/revoke)"', admin.page(ALL))
    assert anna.post(revoke).status_code in (302, 403)
    assert admin.post(revoke).status_code == 302
    assert use(anna, token) == 401
    log = words(admin.page("/settings/access/log"))
    assert "API token made Anna" in log


def test_nobody_revokes_anothers_token(anna: Browser, admin: Browser, system: Actor) -> None:
    token = make(admin)
    with unit_of_work(system, reading=True) as opened:
        kept = opened.scalars(select(ApiToken)).one()
    assert anna.post(f"{OWN}/{kept.id}/revoke").status_code == 404
    assert anna.post(f"{ALL}/{kept.user_id}/{kept.id}/revoke").status_code == 403
    assert use(admin, token) == 200


def test_the_last_use_is_not_written_with_every_request(anna: Browser, system: Actor) -> None:
    token = make(anna)
    use(anna, token)
    with unit_of_work(system, reading=True) as opened:
        first = opened.scalars(select(ApiToken.used_at)).one()
    use(anna, token)
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalars(select(ApiToken.used_at)).one() == first
