"""Where one is signed in: listed, ended one by one or all, known devices told from new ones, old sessions over."""

from __future__ import annotations

import datetime as dt
import re

from flask import Flask
from sqlalchemy import select, update

from kernel.entities.work import Actor, unit_of_work
from kernel.identity.models import User
from kernel.identity.signing.models import SignInEvent, SignInSession
from kernel.identity.signing.sessions import IDLE
from kernel.web.signing.jobs import KEPT_EVENTS, forget_sign_ins
from tests.kernel.web.conftest import PASSWORD, Browser, words


def enter(browser: Browser, login: str = "anna", agent: str = "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0") -> None:
    answer = browser.post(
        "/sign-in", {"login": login, "password": PASSWORD}, token_from="/sign-in", headers={"User-Agent": agent})
    assert answer.status_code == 302


def events(system: Actor) -> list[str]:
    with unit_of_work(system, reading=True) as opened:
        return list(opened.scalars(select(SignInEvent.what).order_by(SignInEvent.id)))


def test_ones_sessions_are_listed_and_ended(app: Flask, anna: Browser) -> None:
    phone = Browser(app.test_client())
    enter(phone)
    page = anna.page("/me/security")
    assert "Firefox, Windows" in words(page)
    assert words(page).count("this one") == 1
    [end] = re.findall(r'action="(/me/sessions/\d+/end)"', page)
    assert anna.post(end).status_code == 302
    assert phone.get("/").status_code == 302
    assert anna.get("/").status_code == 200


def test_all_others_are_ended_at_once(app: Flask, anna: Browser) -> None:
    others = [Browser(app.test_client()) for _at in range(2)]
    for each in others:
        enter(each)
    assert anna.post("/me/sessions/end-others").status_code == 302
    assert [each.get("/").status_code for each in others] == [302, 302]
    assert anna.get("/").status_code == 200


def test_nobody_ends_anothers_session(app: Flask, anna: Browser, admin: Browser) -> None:
    with unit_of_work(reading=True) as opened:
        root = opened.scalars(select(User.id).where(User.login == "root")).one()
        end = opened.scalars(select(SignInSession.id).where(SignInSession.user_id == root)).one()
    assert anna.post(f"/me/sessions/{end}/end").status_code == 404
    assert admin.get("/").status_code == 200


def test_signing_out_ends_the_session_on_the_server_too(anna: Browser) -> None:
    with anna.client.session_transaction() as cookie:
        kept = dict(cookie)
    anna.post("/sign-out")
    with anna.client.session_transaction() as cookie:
        cookie.update(kept)
    assert anna.get("/").status_code == 302, "a copy of the cookie is worth nothing"


def test_a_session_nobody_used_for_long_has_ended(anna: Browser, system: Actor) -> None:
    with unit_of_work(system) as opened:
        opened.connection().execute(update(SignInSession).values(seen_at=opened.now - IDLE - dt.timedelta(minutes=1)))
    assert anna.get("/").status_code == 302


def test_the_last_use_is_written_now_and_then(anna: Browser, system: Actor) -> None:
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(hours=2)
    with unit_of_work(system) as opened:
        opened.connection().execute(update(SignInSession).values(seen_at=long_ago))
    anna.get("/")
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalars(select(SignInSession.seen_at)).one() > long_ago + dt.timedelta(hours=1)


def test_a_new_device_is_told_from_a_known_one(app: Flask, anna: Browser, system: Actor) -> None:
    assert events(system) == ["success"], "the first sign-in of all is on no new device"
    anna.post("/sign-out")
    enter(anna)
    enter(Browser(app.test_client()))
    assert events(system) == ["success", "signed_out", "success", "new_device"]


def test_a_new_password_ends_other_sessions_and_gives_this_one_a_new_key(
    app: Flask, anna: Browser, system: Actor
) -> None:
    other = Browser(app.test_client())
    enter(other)
    with anna.client.session_transaction() as cookie:
        before = dict(cookie)
    anna.post(f"/kernel/user/{before['user']}/password", {"present": PASSWORD, "password": "a brand new one"})
    assert other.get("/").status_code == 302
    assert anna.get("/").status_code == 200
    with anna.client.session_transaction() as cookie:
        assert cookie["key"] != before["key"]
    assert events(system)[-2:] == ["ended", "password"]


def test_guessing_the_present_password_counts_as_guessing_at_the_door(app: Flask, anna: Browser) -> None:
    with anna.client.session_transaction() as cookie:
        user = cookie["user"]
    for _attempt in range(5):
        assert anna.post(f"/kernel/user/{user}/password", {"present": "no", "password": "a brand new one"}
                         ).status_code == 422
    locked = anna.post(f"/kernel/user/{user}/password", {"present": PASSWORD, "password": "a brand new one"})
    assert locked.status_code == 403
    assert "Too many wrong passwords" in words(locked.text)


def test_what_is_long_over_is_forgotten_and_what_is_in_use_is_not(anna: Browser, system: Actor) -> None:
    with unit_of_work(system) as opened:
        long_ago = opened.now - KEPT_EVENTS - dt.timedelta(days=1)
        opened.add(SignInEvent(at=long_ago, what="success", login="", method="", address="", agent=""))
        opened.add(SignInSession(
            user_id=opened.scalars(select(User.id).where(User.login == "anna")).one(), key="old", method="password",
            created_at=long_ago, seen_at=long_ago, ended_at=long_ago))
        opened.flush()
        forget_sign_ins()
        assert opened.scalars(select(SignInEvent.what)).all() == ["success"]
        assert len(opened.scalars(select(SignInSession)).all()) == 1
    assert anna.get("/").status_code == 200


def test_what_failed_is_written_down_with_the_name_that_was_typed(app: Flask, anna: Browser, system: Actor) -> None:
    stranger = Browser(app.test_client())
    for login in ("anna", "nobody"):
        stranger.post("/sign-in", {"login": login, "password": "no"}, token_from="/sign-in")
    with unit_of_work(system, reading=True) as opened:
        rows = opened.scalars(select(SignInEvent).where(SignInEvent.what == "failure").order_by(SignInEvent.id)).all()
        assert [(row.login, row.user_id is not None, row.address) for row in rows] == [
            ("anna", True, "127.0.0.1"), ("nobody", False, "127.0.0.1")]
