"""The bell and its list: what one was told, what leads where, and how one chooses to be told."""

from __future__ import annotations

import re

import pytest

import kernel.notices.listeners
from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.notices.jobs import tell_of_follow_ups
from kernel.permissions.declare import grant
from tests.kernel.web.conftest import Browser, SignIn, inputs, words
from tests.kernel.web.garage import Repair, Rider

assert kernel.notices.listeners.tell_followers  # an installation loads the listeners by their files


@pytest.fixture
def boss(sign_in: SignIn) -> Browser:
    return sign_in("boss", grant("tests.repair", "read", scope="own"), grant("tests.rider", "read"))


@pytest.fixture
def repair(system: Actor, anna: Browser) -> str:
    """The address of a repair that anna made, too dear to be agreed to by herself."""
    with unit_of_work(system):
        rider = records.create(Rider, [{"name": "Ada"}])[0].id
    made = anna.post("/tests/repair/new", {
        "rider": rider, "parts[0].what": "Frame", "parts[0].quantity": "1", "parts[0].price": "900"})
    assert made.status_code == 302, words(made.text)
    return str(made.location).split("?")[0].removeprefix("http://localhost")


def submit(anna: Browser, repair: str) -> None:
    version = inputs(anna.page(repair))["version"]
    asked = anna.post(f"{repair}/do/agree", {"version": version}, follow_redirects=True)
    assert "waits for approval" in words(asked.text)


def news(browser: Browser) -> str:
    return words(browser.page("/inbox/notifications"))


def bell(browser: Browser) -> int:
    count = browser.get("/inbox/count").json
    assert count
    return int(count["news"])


def test_an_approver_is_told_and_so_is_who_submitted_what_was_decided(
    anna: Browser, boss: Browser, repair: str
) -> None:
    submit(anna, repair)
    assert bell(boss) == 1
    assert "R-0001 waits for your approval" in news(boss)
    found = re.search(r'href="(/inbox/notifications/\d+)"', boss.page("/inbox/notifications"))
    assert found
    led = boss.get(found[1])
    assert re.fullmatch(r"/inbox/\d+", led.location)
    assert bell(boss) == 0, "it was looked at"
    boss.post(f"{led.location}/approve", {"comment": "fine"})
    said = news(anna)
    assert "R-0001 approval: Approved" in said


def test_opening_the_document_in_the_inbox_is_seeing_it(anna: Browser, boss: Browser, repair: str) -> None:
    submit(anna, repair)
    task = re.search(r'action="/inbox/(\d+)/approve"', boss.page("/inbox"))
    assert task
    assert bell(boss) == 0


def test_whom_their_initiator_urges_is_told_so(anna: Browser, boss: Browser, repair: str) -> None:
    submit(anna, repair)
    task = re.search(r'action="/inbox/(\d+)/urge"', anna.page(re.findall(
        r'href="(/inbox/\d+\?which=mine)"', anna.page("/inbox?which=mine"))[0]).replace("formaction", "action"))
    assert task
    anna.post(f"/inbox/{task[1]}/urge", {"which": "mine"})
    assert "you are urged to decide" in news(boss)


def test_the_bell_counts_until_all_was_seen(anna: Browser, sign_in: SignIn, repair: str) -> None:
    ben = sign_in("ben", grant("tests.repair", "read"), grant("tests.rider", "read"))
    for text in ("one", "two"):
        ben.post(f"{repair}/comments", {"text": text})
    page = anna.page("/")
    assert re.search(r'data-news[^>]*>.*?<span class="cnt">2<', page)
    assert "All seen" in news(anna)
    anna.post("/inbox/notifications/seen")
    assert bell(anna) == 0
    assert "All seen" not in news(anna)
    assert "R-0001 two" in news(anna), "it stays listed"


def test_opening_a_record_sees_what_was_told_of_it(anna: Browser, sign_in: SignIn, repair: str) -> None:
    ben = sign_in("ben", grant("tests.repair", "read"), grant("tests.rider", "read"))
    ben.post(f"{repair}/comments", {"text": "look"})
    assert "data-unseen" in anna.page(repair)
    anna.post(f"{repair}/seen")
    assert bell(anna) == 0
    assert "data-unseen" not in anna.page(repair)


def test_a_record_is_followed_and_unfollowed_beside_its_comments(anna: Browser, boss: Browser, repair: str) -> None:
    assert "Followed by Anna Unfollow" in words(anna.page(repair))
    anna.post(f"{repair}/follow", {"follow": "off"})
    assert "Nobody follows this yet Follow" in words(anna.page(repair))
    assert boss.post(f"{repair}/follow", {"follow": "on"}).status_code == 404, "it isn't open to them"


def test_each_chooses_what_they_are_told_and_how(anna: Browser, sign_in: SignIn, repair: str) -> None:
    ben = sign_in("ben", grant("tests.repair", "read"), grant("tests.rider", "read"))
    page = anna.page("/me/notifications")
    assert "Nothing is mailed yet" in words(page)
    assert 'name="app.kernel.commented_on" value="1" checked' in page
    saved = anna.post("/me/notifications", {"mail.kernel.commented_on": "daily", "following": "made"},
                      follow_redirects=True)
    assert "Saved." in words(saved.text)
    assert 'name="app.kernel.commented_on" value="1" aria' in saved.text
    assert re.search(r'name="mail.kernel.commented_on".*?value="daily" selected', saved.text)
    assert re.search(r'name="following" value="made" checked', saved.text)
    assert not re.search(r'name="following" value="owned" checked', saved.text)
    ben.post(f"{repair}/comments", {"text": "look"})
    assert bell(anna) == 0
    refused = anna.post("/me/notifications", {"mail.kernel.commented_on": "hourly"})
    assert refused.status_code == 422
    assert "Choose how to be told by mail" in words(refused.text)


def test_who_looks_through_anothers_eyes_sees_nothing_for_them(
    admin: Browser, anna: Browser, sign_in: SignIn, repair: str, system: Actor
) -> None:
    ben = sign_in("ben", grant("tests.repair", "read"), grant("tests.rider", "read"))
    ben.post(f"{repair}/comments", {"text": "look"})
    with unit_of_work(system, reading=True) as opened:
        owner = opened.get_one(Repair, int(repair.rpartition("/")[2])).created_by_id
    assert admin.post(f"/settings/access/users/{owner}/see").status_code in (302, 303)
    found = re.search(r'href="(/inbox/notifications/\d+)"', admin.page("/inbox/notifications"))
    assert found
    admin.get(found[1])
    assert bell(anna) == 1


def test_a_follow_up_that_is_due_is_in_the_news(anna: Browser, repair: str, system: Actor) -> None:
    with unit_of_work(system, reading=True) as opened:
        today = opened.today
    anna.post(f"{repair}/follow-ups", {"due_on": f"{today:%Y-%m-%d}", "note": "Call Ada"})
    with unit_of_work(system):
        tell_of_follow_ups()
    assert "R-0001 Call Ada" in news(anna)
