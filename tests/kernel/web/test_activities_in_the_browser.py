"""Activities on a record's page, in lists, in the inbox, as a calendar and for programs."""

from __future__ import annotations

import re

import pytest

from kernel.discussion import first_records
from kernel.discussion.activities.models import ActivityPlan, ActivityStep
from kernel.discussion.activities.reading import CONDITION, activity_types
from kernel.entities.work import Actor, unit_of_work
from kernel.permissions.declare import grant
from kernel.web.asked import Asked
from kernel.web.declare import ListView, views
from kernel.web.listing.tabs import fitting
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import Repair, Rider


@pytest.fixture
def kinds(system: Actor) -> dict[str, int]:
    with unit_of_work(system):
        first_records.make()
    with unit_of_work(system, reading=True):
        return {each.label: each.id for each in activity_types()}


@pytest.fixture
def repair(system: Actor) -> str:
    with unit_of_work(system) as opened:
        opened.add(rider := Rider(name="Ada"))
        opened.flush()
        opened.add(made := Repair(rider_id=rider.id))
        opened.flush()
        return f"/tests/repair/{made.id}"


def test_an_activity_is_planned_done_with_its_result_and_followed_by_the_next(
    anna: Browser, repair: str, kinds: dict[str, int]
) -> None:
    page = anna.page(repair)
    assert 'data-note=""' in page
    assert "Meeting" in words(page)
    anna.post(f"{repair}/follow-ups", {"kind": str(kinds["Visit"]), "due_on": "", "note": "See <the> shop"})
    page = anna.page(repair)
    assert "Visit" in words(page)
    assert "See &lt;the&gt; shop" in page
    assert "Then: Call" in words(page)
    done = re.search(r'action="(/tests/repair/\d+/follow-ups/\d+)/done"', page)
    assert done
    refused = anna.post(f"{done[1]}/done", {"result": "x" * 5001, "activity": done[1].rpartition("/")[2]})
    assert refused.status_code == 422
    assert "x" * 5001 in refused.text
    assert anna.post(f"{done[1]}/nonsense").status_code == 404
    anna.post(f"{done[1]}/done", {"result": "Went well", "next": "1", "then": str(kinds["Call"]), "then_on": ""})
    page = words(anna.page(repair))
    assert "Visit done: See <the> shop" in page
    assert "Went well" in page
    again = re.search(r'action="(/tests/repair/\d+/follow-ups/\d+)/done"', anna.page(repair))
    assert again
    assert again[1] != done[1]
    anna.post(f"{again[1]}/cancel")
    assert "/follow-ups/" not in re.sub(r'action="[^"]*/follow-ups"', "", anna.page(repair))


def test_a_plan_is_started_from_the_record(anna: Browser, system: Actor, repair: str, kinds: dict[str, int]) -> None:
    assert "start a plan" not in words(anna.page(repair))
    with unit_of_work(system) as opened:
        opened.add(made := ActivityPlan(name="Onboarding", steps=[
            ActivityStep(kind_id=kinds["Call"], note="Welcome"), ActivityStep(kind_id=kinds["Visit"], days=5)]))
        opened.flush()
        plan = made.id
    assert "Onboarding" in words(anna.page(repair))
    assert "no such plan" in words(anna.post(f"{repair}/plans", {"plan": "7"}).text)
    assert "Choose a plan" in words(anna.post(f"{repair}/plans", {"plan": "x"}).text)
    anna.post(f"{repair}/plans", {"plan": str(plan)})
    assert "Welcome" in words(anna.page(repair))
    assert "Welcome" in words(anna.page("/inbox/follow-ups"))
    assert "Call: Welcome" in words(anna.page("/inbox/activities"))
    for month in ("2020-01", "nonsense", "9999-99"):
        assert anna.get(f"/inbox/activities?month={month}").status_code == 200


def test_a_list_shows_and_filters_how_its_records_stand(
    anna: Browser, sign_in: SignIn, repair: str, kinds: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = views.lists["tests.repair"]
    try:
        ListView("tests.repair", " ".join(before.columns), sort=before.sort, activities=True)
        assert "due today" not in words(anna.page("/tests/repair")).replace("mine overdue due today planned none", "")
        anna.post(f"{repair}/follow-ups", {"kind": str(kinds["To-do"]), "due_on": "2100-01-01"})
        assert "Jan 1, 2100" in words(anna.page("/tests/repair"))
        assert "R-" in words(anna.page("/tests/repair?f.@activity=mine"))
        assert "Nothing matches" in words(anna.page("/tests/repair?f.@activity=overdue"))
        assert "Activity is planned" in words(anna.page("/tests/repair?f.@activity=planned"))
        other = sign_in("ben", grant("tests.repair", "read"), grant("tests.rider", "read"))
        assert "Nothing matches" in words(other.page("/tests/repair?f.@activity=mine"))
        with unit_of_work(reading=True):
            assert fitting(Repair, Asked(filters={CONDITION: "mine"}))[1] == 0  # a saved view keeps it
        assert anna.get("/tests/repair?f.@activity=nonsense").status_code in (400, 422)
    finally:
        views.lists["tests.repair"] = before


def test_the_types_are_a_list_that_only_administrators_change(
    admin: Browser, anna: Browser, kinds: dict[str, int]
) -> None:
    assert "Meeting" in words(admin.page("/kernel/activity_type"))
    assert "New activity plan" in words(admin.page("/kernel/activity_plan"))
    assert "/kernel/activity_type" in admin.page("/settings/mail")
    made = admin.post("/kernel/activity_type/new", {"name": "Site survey", "icon": "tool", "days": "5"})
    assert made.status_code == 302
    assert anna.post("/kernel/activity_type/new", {"name": "x"}, token_from="/").status_code == 403
