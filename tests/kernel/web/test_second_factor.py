"""The second factor: set up with an app, asked for at the door, each code good once, demanded by a role."""

from __future__ import annotations

import datetime as dt
import re

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.identity.models import User
from kernel.identity.signing.models import SecondFactor, SignInEvent
from kernel.identity.signing.passwords import FREE_FAILURES
from kernel.identity.signing.second_factor import passes_factor
from kernel.permissions.models import Role
from kernel.sealing import set_secret
from tests.kernel.web.conftest import PASSWORD, Browser, words

FACTOR = "/me/second-factor"


def secret_on(page: str) -> str:
    found = re.search(r"<code>((?:[A-Z2-7]{4} ?)+)</code>", page)
    assert found
    return found[1].replace(" ", "")


def code(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30 * steps))


def set_up(browser: Browser, *, token_from: str = "/") -> tuple[str, list[str]]:
    """Set a factor up and give its secret and recovery codes; the code used is that of the step before."""
    secret = secret_on(browser.post(f"{FACTOR}/begin", token_from=token_from).text)
    answer = browser.post(FACTOR, {"code": code(secret, -1)}, token_from=FACTOR)
    assert answer.status_code == 200, words(answer.text)
    return secret, re.findall(r"<code>(\w{5}-\w{5})</code>", answer.text)


def at_the_door(app: Flask, login: str = "anna") -> Browser:
    browser = Browser(app.test_client())
    answer = browser.post("/sign-in", {"login": login, "password": PASSWORD}, token_from="/sign-in")
    assert answer.location == "/sign-in/code", answer.location
    return browser


def enter(browser: Browser, given: str) -> tuple[int, str]:
    answer = browser.post("/sign-in/code", {"code": given}, token_from="/sign-in/code")
    return answer.status_code, answer.location or words(answer.text)


def test_it_is_set_up_with_a_right_code_only_and_gives_recovery_codes(anna: Browser, system: Actor) -> None:
    page = anna.post(f"{FACTOR}/begin").text
    secret = secret_on(page)
    assert "data:image/svg+xml" in page
    wrong = anna.post(FACTOR, {"code": "000000"})
    assert wrong.status_code == 422
    assert "That is not the code the app shows now" in words(wrong.text)
    assert secret_on(wrong.text) == secret, "the code scanned already stays good"
    assert "A password alone opens your account" in words(anna.page("/me/security"))
    answer = anna.post(FACTOR, {"code": code(secret)})
    codes = re.findall(r"<code>(\w{5}-\w{5})</code>", answer.text)
    assert len(set(codes)) == 10
    assert anna.get("/").status_code == 200, "the session goes on, under a new key"
    shown_later = anna.page(FACTOR)
    assert secret not in shown_later.replace(" ", "")
    assert codes[0] not in shown_later
    with unit_of_work(system, reading=True) as opened:
        kept = opened.scalars(select(SecondFactor)).one()
        assert codes[0].replace("-", "") not in str(kept.recovery), "only hashes are kept"


def test_the_door_asks_for_the_code_after_the_password(app: Flask, anna: Browser) -> None:
    secret, _codes = set_up(anna)
    browser = at_the_door(app)
    assert browser.get("/").status_code == 302, "not in yet"
    status, text = enter(browser, "123456")
    assert status == 403
    assert "That is not the code the app shows now" in text
    assert enter(browser, code(secret)) == (302, "/")
    assert browser.get("/").status_code == 200


def test_a_code_is_good_once(app: Flask, anna: Browser) -> None:
    secret, _codes = set_up(anna)
    shown = code(secret)
    assert enter(at_the_door(app), shown)[0] == 302
    assert enter(at_the_door(app), shown)[0] == 403


def test_a_recovery_code_is_good_once_and_written_down(app: Flask, anna: Browser, system: Actor) -> None:
    _secret, codes = set_up(anna)
    assert enter(at_the_door(app), codes[3].upper().replace("-", " "))[0] == 302
    assert enter(at_the_door(app), codes[3])[0] == 403
    assert "9 recovery codes are left" in words(anna.page("/me/security"))
    with unit_of_work(system, reading=True) as opened:
        assert "recovery" in opened.scalars(select(SignInEvent.what)).all()


def test_wrong_codes_lock_out_like_wrong_passwords_even_between_right_passwords(app: Flask, anna: Browser) -> None:
    secret, _codes = set_up(anna)
    for _attempt in range(FREE_FAILURES):
        assert enter(at_the_door(app), "000000")[0] == 403
    locked = Browser(app.test_client()).post(
        "/sign-in", {"login": "anna", "password": PASSWORD}, token_from="/sign-in")
    assert locked.status_code == 403
    assert "Too many wrong passwords" in words(locked.text)
    assert secret


def test_the_second_step_waits_five_minutes(app: Flask, anna: Browser) -> None:
    secret, _codes = set_up(anna)
    browser = at_the_door(app)
    with browser.client.session_transaction() as cookie:
        cookie["waiting"] = {**cookie["waiting"], "at": cookie["waiting"]["at"] - 301}
    late = browser.post("/sign-in/code", {"code": code(secret)}, token_from="/sign-in")
    assert late.status_code == 403
    assert "The second step took too long" in words(late.text)
    assert browser.get("/").status_code == 302


def test_a_role_can_demand_it_and_until_then_nothing_else_opens(
    app: Flask, anna: Browser, system: Actor
) -> None:
    with unit_of_work(system) as opened:
        opened.scalars(select(Role).where(Role.code == "test.anna")).one().second_factor = True
    browser = Browser(app.test_client())
    entered = browser.post("/sign-in", {"login": "anna", "password": PASSWORD}, token_from="/sign-in")
    assert entered.location == FACTOR
    for path in ("/", "/tests/repair", "/me/tokens", "/me/security"):
        assert browser.get(path).location == FACTOR, path
    token = browser.token(FACTOR)
    made = browser.client.post("/me/tokens", data={"label": "x", "reach": "all", "csrf_token": token})
    assert made.location == FACTOR
    assert browser.client.get("/api/v1/tests/repairs").status_code == 401
    assert "One of your roles needs a second factor" in words(browser.page(FACTOR))
    set_up(browser, token_from=FACTOR)
    assert browser.get("/tests/repair").status_code == 200


def test_it_is_taken_away_with_a_code_and_by_an_administrator_without(
    app: Flask, anna: Browser, admin: Browser, system: Actor
) -> None:
    secret, codes = set_up(anna)
    refused = anna.post(f"{FACTOR}/remove", {"code": "000000"})
    assert refused.status_code == 422
    assert anna.post(f"{FACTOR}/remove", {"code": code(secret)}).status_code == 302
    assert Browser(app.test_client()).post(
        "/sign-in", {"login": "anna", "password": PASSWORD}, token_from="/sign-in").location == "/"
    set_up(anna)
    with unit_of_work(system, reading=True) as opened:
        id_ = opened.scalars(select(User.id).where(User.login == "anna")).one()
    assert admin.post(f"/settings/access/users/{id_}/remove-factor").status_code == 302
    assert anna.get("/").status_code == 302, "her sessions end with it"
    assert Browser(app.test_client()).post(
        "/sign-in", {"login": "anna", "password": PASSWORD}, token_from="/sign-in").location == "/"
    assert codes


def test_new_recovery_codes_replace_the_old_ones(app: Flask, anna: Browser) -> None:
    secret, old = set_up(anna)
    answer = anna.post(f"{FACTOR}/renew", {"code": code(secret)})
    new = re.findall(r"<code>(\w{5}-\w{5})</code>", answer.text)
    assert len(new) == 10
    assert enter(at_the_door(app), old[0])[0] == 403
    assert enter(at_the_door(app), new[0])[0] == 302


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_clocks_may_differ_by_half_a_minute(anna: Browser, system: Actor, steps: int) -> None:
    """Codes of RFC 6238: those of the neighbouring time steps are taken, others are not."""
    page = anna.post(f"{FACTOR}/begin").text
    secret = secret_on(page)
    anna.post(FACTOR, {"code": code(secret)})
    with unit_of_work(system) as opened:
        factor = opened.scalars(select(SecondFactor)).one()
        factor.last_step = 0
        opened.flush()
        assert passes_factor(factor.user_id, code(secret, 3)) == ""
        assert passes_factor(factor.user_id, code(secret, steps)) == "code"


def test_with_another_secret_key_the_door_says_so_and_takes_a_recovery_code(app: Flask, anna: Browser) -> None:
    secret, codes = set_up(anna)
    set_secret("another secret")
    browser = at_the_door(app)
    status, text = enter(browser, code(secret))
    assert status == 422
    assert "Codes of apps can't be checked: the installation's secret key is another one now" in text
    assert "take your second factor away" in text
    assert enter(browser, codes[0])[0] == 302
