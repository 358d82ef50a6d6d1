"""Signing in by OpenID Connect against a provider that runs: PKCE, state and nonce, and whom it vouches for."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.identity.models import User
from kernel.identity.signing.models import LinkedIdentity, SignInEvent, SignInSession
from kernel.identity.signing.providers import ProviderInput, save_provider
from kernel.web.signing import openid
from tests.kernel.web.conftest import Browser, words
from tests.kernel.web.provider import SECRET, Provider, provider

PROVIDERS = "/settings/access/providers"


@pytest.fixture
def house(database: object, system: Actor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The company's own provider, set up."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # the provider of the test speaks plain HTTP
    openid._kept.clear()
    with provider() as running:
        with unit_of_work(system):
            save_provider(ProviderInput("house", "Our house", running.address, "trellis", SECRET))
        yield running


@pytest.fixture
def anna_known(anna: Browser, system: Actor) -> int:
    """Anna, with her e-mail address."""
    with unit_of_work(system) as opened:
        user = opened.scalars(select(User).where(User.login == "anna")).one()
        user.email = "Anna@formosa.example"
        return user.id


def out_and_back(browser: Browser, after: str = "") -> str:
    """Go to the provider and give the address it sends the browser back to."""
    left = browser.get("/sign-in/with/house" + (f"?after={after}" if after else ""))
    assert left.status_code == 302, words(left.text)
    answer = requests.get(left.location, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    assert back.path == "/sign-in/back/house"
    return f"{back.path}?{back.query}"


def said(browser: Browser) -> str:
    return words(browser.page("/sign-in"))


def test_somebody_with_a_verified_email_is_linked_and_signed_in(
    app: Flask, house: Provider, anna_known: int, system: Actor
) -> None:
    browser = Browser(app.test_client())
    assert "Sign in with Our house" in said(browser)
    entered = browser.get(out_and_back(browser, "/tests/rider"))
    assert entered.location == "/tests/rider"
    assert "Anna" in words(browser.page("/"))
    [asked] = house.asked
    assert (asked["code_challenge_method"], asked["response_type"]) == ("S256", "code")
    assert len(asked["state"]) >= 30
    assert len(asked["nonce"]) >= 30
    with unit_of_work(system, reading=True) as opened:
        link = opened.scalars(select(LinkedIdentity)).one()
        assert (link.user_id, link.subject) == (anna_known, "248289761001")
        methods = set(opened.scalars(select(SignInSession.method).where(SignInSession.user_id == anna_known)))
        assert methods == {"password", "house"}


def test_after_that_the_subject_counts_and_not_the_email(app: Flask, house: Provider, anna_known: int) -> None:
    first = Browser(app.test_client())
    first.get(out_and_back(first))
    house.claims |= {"email": "married@formosa.example", "email_verified": False}
    again = Browser(app.test_client())
    assert again.get(out_and_back(again)).location == "/"
    assert "Anna" in words(again.page("/"))


@pytest.mark.parametrize(("claims", "sentence"), [
    ({"email_verified": False}, "Our house has not verified the e-mail address anna@formosa.example"),
    ({"email_verified": "true"}, "Our house has not verified"),
    ({"email": "stranger@elsewhere.example"}, "Nobody here is known as stranger@elsewhere.example"),
    ({"email": ""}, "Nobody here is known as –"),
])
def test_nobody_gets_in_by_an_email_that_is_not_certain(
    app: Flask, house: Provider, anna_known: int, claims: dict[str, object], sentence: str
) -> None:
    house.claims |= claims
    browser = Browser(app.test_client())
    assert browser.get(out_and_back(browser)).location == "/sign-in"
    assert sentence in said(browser)


def test_another_account_with_the_same_email_does_not_take_a_linked_user_over(
    app: Flask, house: Provider, anna_known: int
) -> None:
    first = Browser(app.test_client())
    first.get(out_and_back(first))
    house.claims |= {"sub": "somebody else"}
    thief = Browser(app.test_client())
    thief.get(out_and_back(thief))
    assert "is linked with another account of Our house" in said(thief)


def test_two_users_with_one_email_are_told_apart_by_nobody(
    app: Flask, house: Provider, anna_known: int, system: Actor
) -> None:
    with unit_of_work(system) as opened:
        opened.add(User(login="anna2", name="Anna too", email="anna@formosa.example"))
    browser = Browser(app.test_client())
    browser.get(out_and_back(browser))
    assert "Nobody here is known as" in said(browser)


@pytest.mark.parametrize("wrong", [
    {"nonce": "of another sign-in"}, {"aud": ["another client"]}, {"iss": "https://evil.example"}, {"exp": 1},
])
def test_a_token_for_another_sign_in_client_or_time_is_refused(
    app: Flask, house: Provider, anna_known: int, wrong: dict[str, object], system: Actor
) -> None:
    house.wrong = wrong
    browser = Browser(app.test_client())
    assert browser.get(out_and_back(browser)).location == "/sign-in"
    assert "What Our house answered is not in order" in said(browser)
    with unit_of_work(system, reading=True) as opened:
        failed = select(SignInEvent.method).where(SignInEvent.what == "provider_failure")
        assert opened.scalars(failed).all() == ["house"]


def test_a_token_signed_by_a_foreign_key_is_refused(app: Flask, house: Provider, anna_known: int) -> None:
    house.foreign_key = True
    browser = Browser(app.test_client())
    browser.get(out_and_back(browser))
    assert "What Our house answered is not in order" in said(browser)


def test_an_answer_to_a_sign_in_begun_elsewhere_is_refused(app: Flask, house: Provider, anna_known: int) -> None:
    one, other = Browser(app.test_client()), Browser(app.test_client())
    back = out_and_back(one)
    other.get("/sign-in/with/house")
    assert other.get(back).location == "/sign-in"
    assert "does not belong to a sign-in begun here" in said(other)
    assert one.get(back).location == "/"
    replay = one.get(back)
    assert replay.location == "/sign-in", "it was good once"


def test_a_refusal_of_the_provider_is_told(app: Flask, house: Provider, anna_known: int) -> None:
    browser = Browser(app.test_client())
    state = parse_qs(urlsplit(browser.get("/sign-in/with/house").location).query)["state"][0]
    browser.get(f"/sign-in/back/house?state={state}&error=access_denied&error_description=You+said+no")
    assert "Our house did not sign you in You said no" in said(browser)


def test_an_archived_user_stays_outside(app: Flask, house: Provider, anna_known: int, system: Actor) -> None:
    first = Browser(app.test_client())
    first.get(out_and_back(first))
    with unit_of_work(system) as opened:
        opened.get_one(User, anna_known).active = False
    again = Browser(app.test_client())
    again.get(out_and_back(again))
    assert "This user may not sign in any more" in said(again)


def test_an_address_elsewhere_is_not_followed_afterwards(app: Flask, house: Provider, anna_known: int) -> None:
    browser = Browser(app.test_client())
    assert browser.get(out_and_back(browser, "//evil.example")).location == "/"


def test_an_administrator_sets_a_provider_up_on_a_page_that_tries_it(
    app: Flask, admin: Browser, house: Provider
) -> None:
    form = {"name": "second", "label": "Second", "issuer": house.address, "client_id": "x", "client_secret": "",
            "by_email": "1", "active": "1"}
    wrong = admin.post(f"{PROVIDERS}/new", {**form, "issuer": "http://formosa.example", "name": "Not This"})
    assert wrong.status_code == 422
    assert "The address of the issuer begins with https://" in words(wrong.text)
    gone = admin.post(f"{PROVIDERS}/new", {**form, "issuer": "http://127.0.0.1:9"})
    assert gone.status_code == 503
    assert "Second can't be reached at http://127.0.0.1:9" in words(gone.text)
    assert admin.post(f"{PROVIDERS}/new", form).status_code == 302
    assert "Sign in with Second" in said(Browser(app.test_client()))
    page = admin.page(f"{PROVIDERS}/house")
    assert SECRET not in page
    assert "http://localhost/sign-in/back/house" in page
    assert admin.post(f"{PROVIDERS}/second", {**form, "active": ""}).status_code == 302
    assert "Second" not in said(Browser(app.test_client()))
    assert admin.post(f"{PROVIDERS}/second/delete").status_code == 302
    assert admin.get(f"{PROVIDERS}/second").status_code == 404


def test_one_takes_ones_own_link_away(app: Flask, house: Provider, anna: Browser, anna_known: int) -> None:
    browser = Browser(app.test_client())
    browser.get(out_and_back(browser))
    page = anna.page("/me/security")
    assert "Our house anna@formosa.example" in words(page)
    link = page.partition('action="/me/links/')[2].partition("/")[0]
    assert anna.post(f"/me/links/{link}/remove").status_code == 302
    assert "Our house" not in words(anna.page("/me/security")).partition("What the door saw")[0]
