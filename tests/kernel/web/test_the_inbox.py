"""A document under approval waits in its approver's inbox, with all they need to decide."""

from __future__ import annotations

import re

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.permissions.declare import grant
from tests.kernel.web.conftest import Browser, SignIn, inputs, words
from tests.kernel.web.garage import Repair, Rider


@pytest.fixture
def boss(sign_in: SignIn) -> Browser:
    return sign_in("boss", grant("tests.repair", "read", scope="own"), grant("tests.rider", "read"))


@pytest.fixture
def costly(system: Actor, anna: Browser, boss: Browser) -> int:
    """A repair that anna has asked to agree on."""
    with unit_of_work(system):
        rider = records.create(Rider, [{"name": "Ada"}])[0].id
        id_ = records.create(Repair, [{"rider": rider, "parts": [{"what": "Frame", "price": "900"}]}])[0].id
    version = inputs(anna.page(f"/tests/repair/{id_}"))["version"]
    asked = anna.post(f"/tests/repair/{id_}/do/agree", {"version": version}, follow_redirects=True)
    assert "R-0001 waits for approval." in words(asked.text)
    return id_


def state_of(system: Actor, id_: int) -> str:
    with unit_of_work(system, reading=True) as opened:
        return opened.get_one(Repair, id_).state


def test_the_figure_that_the_approval_asks_about_stands_first_and_the_way_back_on_a_phone(
    boss: Browser, costly: int
) -> None:
    page = boss.page("/inbox")
    figures = re.search(r'<dl class="amt.*?</dl>|<div class="amt.*?</div></div>', page, re.DOTALL)
    assert figures
    assert words(figures[0]).startswith("Total ")
    assert re.search(r'<a class="ph-back ib-l" href="/inbox\?which=waiting"', page)


def test_the_approver_sees_the_document_and_approves_it(system: Actor, boss: Browser, costly: int) -> None:
    page = boss.page("/inbox")
    said = words(page)
    assert "R-0001" in said
    assert "900.00" in said
    assert "Why you: is named in the approval." in said
    assert "Frame" in said
    task = re.search(r'action="/inbox/(\d+)/approve"', page)
    assert task
    done = boss.post(f"/inbox/{task[1]}/approve", {"comment": "fine"}, follow_redirects=True)
    assert "Approved." in words(done.text)
    assert "Nothing waits for you" in words(done.text)
    assert state_of(system, costly) == "agreed"
    assert "fine" in words(boss.page(f"/inbox/{task[1]}"))
    assert "R-0001" in words(boss.page("/inbox?which=decided"))


def test_a_rejection_needs_its_reason_and_sends_the_document_back(
    system: Actor, anna: Browser, boss: Browser, costly: int
) -> None:
    task = re.search(r'action="/inbox/(\d+)/approve"', boss.page("/inbox"))
    assert task
    refused = boss.post(f"/inbox/{task[1]}/reject", {"comment": ""})
    assert refused.status_code == 422
    assert "a rejection needs a comment" in words(refused.text)
    boss.post(f"/inbox/{task[1]}/reject", {"comment": "too dear"})
    assert state_of(system, costly) == "draft"
    assert "too dear" in words(anna.page(f"/tests/repair/{costly}"))


def test_the_person_who_asked_sees_where_it_stands(anna: Browser, costly: int) -> None:
    assert "R-0001" in words(anna.page("/inbox?which=mine"))
    assert "Nothing waits for you" in words(anna.page("/inbox"))


def test_a_task_of_somebody_else_can_not_be_decided(system: Actor, anna: Browser, boss: Browser, costly: int) -> None:
    task = re.search(r'action="/inbox/(\d+)/approve"', boss.page("/inbox"))
    assert task
    assert anna.post(f"/inbox/{task[1]}/approve").status_code == 403
    assert state_of(system, costly) == "submitted"


def test_the_count_of_what_waits_stands_in_the_sidebar(boss: Browser, costly: int) -> None:
    assert '<span class="cnt hot">1<' in boss.page("/")
