"""The guided first walk: the steps that fit the person, each ticking itself, put away and taken out again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.permissions.declare import grant
from kernel.web.declare import first_step, views
from kernel.web.made import made
from kernel.web.walk import walk_card  # noqa: F401  # declares the kernel's own steps
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import MECHANIC, Rider


@pytest.fixture(autouse=True)
def steps() -> Iterator[None]:
    """The garage's own steps, and nobody else's but the kernel's."""
    before = dict(views.first_steps)
    for name in [name for name in before if not name.startswith("kernel.")]:
        del views.first_steps[name]
    first_step(
        "tests.rider", "Welcome a rider", why="Repairs are somebody's.", needs="tests.rider", may="create",
        href="/tests/rider/new", point="#f-name", hint="Type a name", done=made("tests.rider"), order=1)
    first_step(
        "tests.agree", "Agree to a repair", why="Then work begins.", needs="tests.repair", may="agree",
        href="/tests/repair?f.state=draft", done=made("tests.repair", past="draft"), order=2)
    first_step("tests.look", "Look at the board", why="It shows all.", needs="tests.repair",
               href="/tests/repair/board", order=3)
    first_step("tests.nowhere", "Nowhere to do it", why="No.", needs="tests.repair", href=lambda: "", order=4)
    yield
    views.first_steps.clear()
    views.first_steps.update(before)


def card(browser: Browser) -> list[tuple[str, str]]:
    """Give the steps on home as (state, label)."""
    found = re.findall(r'<li class="(done|now|)"><span class="sn">.*?<span class="t-semi">([^<]+)', browser.page("/"))
    return [(str(state), str(label)) for state, label in found]


def test_a_new_person_sees_the_steps_that_fit_their_rights(anna: Browser, sign_in: SignIn) -> None:
    assert card(anna) == [("now", "Welcome a rider"), ("", "Agree to a repair"), ("", "Look at the board")]
    assert "First steps 0 of 3 done" in words(anna.page("/"))
    rita = sign_in("rita", grant("tests.repair", "read", scope="company"))
    assert card(rita) == [("now", "Look at the board")]
    nobody = sign_in("nina", grant("kernel.product", "read"))
    assert "First steps" not in words(nobody.page("/"))


def test_steps_tick_themselves_when_the_person_did_them_and_not_when_others_did(
    anna: Browser, sign_in: SignIn, system: Actor
) -> None:
    with unit_of_work(system):
        records.create(Rider, [{"name": "Somebody else's"}])
    assert card(anna)[0] == ("now", "Welcome a rider")
    assert anna.post("/tests/rider/new", {"name": "Ada"}, token_from="/tests/rider/new").status_code == 302
    assert card(anna) == [("done", "Welcome a rider"), ("now", "Agree to a repair"), ("", "Look at the board")]
    with unit_of_work(system):
        rider = records.create(Rider, [{"name": "Ben"}])[0].id
    made_one = anna.post("/tests/repair/new", {
        "rider": rider, "parts[0].what": "Spoke", "parts[0].quantity": "1", "parts[0].price": "2"},
        token_from="/tests/repair/new")
    assert made_one.status_code == 302
    assert card(anna)[1] == ("now", "Agree to a repair")
    there = str(made_one.location).split("?", maxsplit=1)[0]
    anna.post(f"{there}/do/agree", {"version": 1}, token_from=there)
    assert card(anna)[1] == ("done", "Agree to a repair")
    assert card(sign_in("bert", *MECHANIC))[0] == ("now", "Welcome a rider")


def test_a_step_leads_to_its_page_and_points_at_what_to_press(anna: Browser) -> None:
    led = anna.post("/first-steps/tests.rider")
    assert (led.status_code, led.location) == (302, "/tests/rider/new?first-step=tests.rider")
    html = anna.page(led.location)
    assert '<aside class="pop point" data-point="#f-name"' in html
    assert "Type a name" in words(html)
    assert "js/walk.js" in html
    assert 'id="f-name"' in html
    assert card(anna)[0] == ("now", "Welcome a rider")
    looked = anna.post("/first-steps/tests.look")
    assert looked.location == "/tests/repair/board?first-step=tests.look"
    assert card(anna)[2] == ("done", "Look at the board")
    assert anna.post("/first-steps/tests.agree").location == "/tests/repair?f.state=draft&first-step=tests.agree"
    for path in ("/tests/rider/new", "/tests/rider/new?first-step=nonesuch"):
        assert "data-point" not in anna.page(path)
    for name in ("nonesuch", "tests.nowhere"):
        assert anna.post(f"/first-steps/{name}").status_code == 404


def test_the_card_is_put_away_and_taken_out_again_from_the_menu(anna: Browser, sign_in: SignIn) -> None:
    anna.post("/first-steps/tests.look")
    assert anna.post("/first-steps", {"do": "away"}).location == "/"
    assert "First steps" not in words(anna.page("/"))
    assert "Show me around" in words(anna.page("/"))
    assert card(sign_in("bert", *MECHANIC))[0] == ("now", "Welcome a rider")
    anna.post("/first-steps", {"do": "again"})
    assert card(anna)[2] == ("", "Look at the board")


def test_approving_is_a_step_of_whoever_is_asked_to(anna: Browser, sign_in: SignIn, system: Actor) -> None:
    boss = sign_in("boss", *MECHANIC)
    assert "Approve something" not in words(boss.page("/"))
    with unit_of_work(system):
        rider = records.create(Rider, [{"name": "Ben"}])[0].id
    there = str(anna.post("/tests/repair/new", {
        "rider": rider, "parts[0].what": "Frame", "parts[0].quantity": "1", "parts[0].price": "900"},
        token_from="/tests/repair/new").location).split("?", maxsplit=1)[0]
    anna.post(f"{there}/do/agree", {"version": 1}, token_from=there)
    assert ("", "Approve something") in card(boss)
    assert boss.post("/first-steps/kernel.approve").location == "/inbox?first-step=kernel.approve"


def test_every_installed_plugin_has_steps_that_say_why() -> None:
    for step in views.first_steps.values():
        assert str(step.label)
        assert str(step.why).endswith("."), step.name
