"""The door: only the right name and password open it, guessing is slowed down, sessions end when they must."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.identity.models import User
from kernel.identity.signing.passwords import FREE_FAILURES
from kernel.identity.signing.sessions import end_sessions
from tests.kernel.web.conftest import PASSWORD, Browser, SignIn, words


def test_a_visitor_is_sent_to_the_door_and_back_to_where_they_wanted(app: Flask, anna: Browser) -> None:
    stranger = Browser(app.test_client())
    answer = stranger.get("/tests/repair?q=x")
    assert answer.status_code == 302
    assert answer.location == "/sign-in?after=%2Ftests%2Frepair%3Fq%3Dx"
    entered = stranger.post(
        "/sign-in", {"login": "Anna", "password": PASSWORD, "after": "/tests/repair?q=x"}, token_from="/sign-in")
    assert entered.location == "/tests/repair?q=x"


def test_an_address_elsewhere_is_not_followed_after_signing_in(app: Flask, anna: Browser) -> None:
    for bad in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        stranger = Browser(app.test_client())
        entered = stranger.post(
            "/sign-in", {"login": "anna", "password": PASSWORD, "after": bad}, token_from="/sign-in")
        assert entered.location == "/"


def test_a_wrong_password_and_an_unknown_name_are_told_the_same(app: Flask, anna: Browser) -> None:
    stranger = Browser(app.test_client())
    wrong = stranger.post("/sign-in", {"login": "anna", "password": "no"}, token_from="/sign-in")
    unknown = stranger.post("/sign-in", {"login": "nobody", "password": "no"}, token_from="/sign-in")
    assert wrong.status_code == unknown.status_code == 403
    sentence = "That user name and password do not fit together."
    assert sentence in words(wrong.text)
    assert sentence in words(unknown.text)


def test_repeated_wrong_passwords_lock_the_user_out_for_a_while(app: Flask, anna: Browser) -> None:
    stranger = Browser(app.test_client())
    for _attempt in range(FREE_FAILURES):
        stranger.post("/sign-in", {"login": "anna", "password": "no"}, token_from="/sign-in")
    locked = stranger.post("/sign-in", {"login": "anna", "password": PASSWORD}, token_from="/sign-in")
    assert locked.status_code == 403
    assert "Too many wrong passwords" in words(locked.text)
    assert "Wait a minute" in words(locked.text)


def test_ending_a_users_sessions_signs_them_out_everywhere(anna: Browser, system: Actor) -> None:
    assert anna.get("/").status_code == 200
    with unit_of_work(system) as opened:
        end_sessions(opened.scalars(select(User).where(User.login == "anna")).one().id)
    assert anna.get("/").status_code == 302


def test_a_person_who_may_no_longer_sign_in_is_signed_out(anna: Browser, system: Actor) -> None:
    with unit_of_work(system) as opened:
        opened.scalars(select(User).where(User.login == "anna")).one().active = False
    assert anna.get("/").status_code == 302


def test_signing_out_ends_the_session(anna: Browser) -> None:
    anna.post("/sign-out")
    assert anna.get("/").status_code == 302


def test_a_form_without_a_token_is_refused(anna: Browser) -> None:
    answer = anna.client.post("/tests/rider/new", data={"name": "Ada"})
    assert answer.status_code == 400
    assert "This form was open for too long" in words(answer.text)


def test_language_and_theme_are_each_persons_own(anna: Browser, system: Actor) -> None:
    anna.post("/preferences", {"locale": "zh_Hant"})
    anna.post("/preferences", {"theme": "dark"})
    page = anna.page("/")
    assert '<html lang="zh-Hant" data-bs-theme="dark"' in page
    with unit_of_work(system, reading=True) as opened:
        user = opened.scalars(select(User).where(User.login == "anna")).one()
        assert (user.locale, user.theme) == ("zh_Hant", "dark")


def test_answers_carry_a_strict_policy_and_no_inline_script(anna: Browser) -> None:
    answer = anna.get("/tests/repair/new")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert " style=" not in answer.text
    assert "onclick" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    cookie = anna.get("/sign-in").headers.get("Set-Cookie", "HttpOnly; SameSite=Lax")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_company_that_is_not_open_to_one_cannot_be_chosen(anna: Browser) -> None:
    assert anna.post("/company", {"company": "999"}).status_code == 404


def test_health_is_told_to_anybody(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"status": "ok"}


def test_a_new_user_may_sign_in(sign_in: SignIn) -> None:
    assert "Good" in words(sign_in("zoe").page("/"))


def test_one_changes_ones_own_password_with_the_present_one(app: Flask, anna: Browser, system: Actor) -> None:
    with unit_of_work(system, reading=True) as opened:
        id_ = opened.scalars(select(User).where(User.login == "anna")).one().id
    wrong = anna.post(f"/kernel/user/{id_}/password", {"present": "no", "password": "a brand new one"})
    assert wrong.status_code == 422
    assert "That is not your present password" in words(wrong.text)
    short = anna.post(f"/kernel/user/{id_}/password", {"present": PASSWORD, "password": "short"})
    assert "A password has at least 10 characters" in words(short.text)
    assert anna.post(f"/kernel/user/{id_}/password", {
        "present": PASSWORD, "password": "a brand new one"}).status_code == 302
    assert anna.get("/").status_code == 200, "one's own session goes on"
    again = Browser(app.test_client())
    entered = again.post("/sign-in", {"login": "anna", "password": "a brand new one"}, token_from="/sign-in")
    assert entered.status_code == 302


def test_only_administrators_set_the_passwords_of_others(
    app: Flask, anna: Browser, admin: Browser, sign_in: SignIn, system: Actor
) -> None:
    sign_in("ben")
    with unit_of_work(system, reading=True) as opened:
        ben = opened.scalars(select(User).where(User.login == "ben")).one().id
    assert anna.post(f"/kernel/user/{ben}/password", {"password": "taken over!"}).status_code == 403
    assert "Roles and signing in" in words(admin.page(f"/kernel/user/{ben}"))
    assert "Set a password" in words(admin.page(f"/settings/access/users/{ben}"))
    assert admin.post(f"/kernel/user/{ben}/password", {"password": "given by root"}).status_code == 302
    entered = Browser(app.test_client()).post(
        "/sign-in", {"login": "ben", "password": "given by root"}, token_from="/sign-in")
    assert entered.status_code == 302
