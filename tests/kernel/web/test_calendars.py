"""The calendar of any entity with a date: a month, what falls on its days, and bringing a record to another day."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.permissions.declare import grant
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import Repair, Rider

JSON = {"Accept": "application/json"}


@pytest.fixture
def rider(system: Actor) -> int:
    with unit_of_work(system):
        return records.create(Rider, [{"name": "Ada", "city": "Taipei"}])[0].id


def repairs(system: Actor, rider: int, *days: str) -> list[int]:
    with unit_of_work(system):
        return [each.id for each in records.create(Repair, [
            {"rider": rider, "due": day, "parts": [{"what": "Spoke", "price": "2"}]} for day in days])]


def on(html: str, day: str) -> str:
    """Give the words of a day's entries."""
    found = re.search(rf'<ul data-lane="{day}">(.*?)</section>', html, re.DOTALL)
    assert found, day
    return words(found[1])


def test_a_month_shows_what_falls_on_its_days_and_the_weeks_around_it(
    anna: Browser, system: Actor, rider: int
) -> None:
    repairs(system, rider, "2026-12-01", "2026-11-30", "2026-12-24", "2027-02-01")
    html = anna.page("/tests/repair/calendar?month=2026-12")
    assert "December 2026" in words(html)
    assert "Repairs 2 records" in words(html)
    assert on(html, "2026-12-01") == "R-0001 Ada , Draft"
    assert on(html, "2026-11-30") == "R-0002 Ada , Draft"
    assert on(html, "2026-12-02") == ""
    assert 'data-lane="2027-01-03"' in html
    assert 'data-lane="2027-01-04"' not in html
    assert 'href="/tests/repair/new?due=2026-12-02"' in html
    for month in ("2026-11", "2027-01"):
        assert f"by=due&amp;month={month}" in html
    lists = anna.page("/tests/repair")
    assert 'href="/tests/repair/calendar"' in lists


def test_a_full_day_leads_to_the_list_of_all_that_falls_on_it(anna: Browser, system: Actor, rider: int) -> None:
    repairs(system, rider, *["2026-12-24"] * 7)
    html = anna.page("/tests/repair/calendar?month=2026-12")
    assert on(html, "2026-12-24").endswith("R-0004 Ada , Draft 3 more")
    rest = re.search(r'class="cal-more[^"]*" href="([^"]+)"', html)
    assert rest
    assert "7 records" in words(anna.page(rest[1].replace("&amp;", "&")))


def test_filters_and_search_of_a_list_hold_here_too(anna: Browser, system: Actor, rider: int) -> None:
    repairs(system, rider, "2026-12-01", "2026-12-02")
    html = anna.page("/tests/repair/calendar?month=2026-12&f.due=2026-12-02")
    assert (on(html, "2026-12-01"), on(html, "2026-12-02")) == ("", "R-0002 Ada , Draft")
    html = anna.page("/tests/repair/calendar?month=2026-12&q=R-0001")
    assert (on(html, "2026-12-01"), on(html, "2026-12-02")) == ("R-0001 Ada , Draft", "")
    for name, value in (("by", "due"), ("month", "2026-12")):  # a search stays in the month
        assert f'<input type="hidden" name="{name}" value="{value}">' in html
    html = anna.page("/tests/repair/calendar?month=2026-12&f.kind=wheel")
    without = re.search(r'class="chip-x" href="([^"]+)"', html)
    assert without
    assert "December 2026" in words(anna.page(without[1].replace("&amp;", "&")))


def test_a_record_dragged_to_another_day_is_moved_there_or_refused(
    anna: Browser, sign_in: SignIn, system: Actor, rider: int
) -> None:
    [repair] = repairs(system, rider, "2026-12-01")
    asked = {"id": repair, "by": "due", "to": "2026-12-24", "version": 1}
    moved = anna.post("/tests/repair/day", asked, headers=JSON)
    assert (moved.status_code, moved.json) == (200, {"version": 2})
    assert on(anna.page("/tests/repair/calendar?month=2026-12"), "2026-12-24") == "R-0001 Ada , Draft"
    late = anna.post("/tests/repair/day", asked, headers=JSON)
    assert late.status_code == 409
    wrong = anna.post("/tests/repair/day", {**asked, "version": 2, "to": "2026-13-01"}, headers=JSON)
    assert wrong.status_code == 422
    plain = anna.post("/tests/repair/day", {**asked, "version": 2, "to": "2027-01-02"})
    assert plain.location == "/tests/repair/calendar?by=due&month=2027-01"

    reader = sign_in("rita", grant("tests.repair", "read", scope="company"), grant("tests.rider", "read"))
    html = reader.page("/tests/repair/calendar?month=2027-01")
    assert "R-0001" in on(html, "2027-01-02")
    assert "data-board=" not in html
    assert "/tests/repair/new" not in html
    assert reader.post("/tests/repair/day", {**asked, "version": 3}, headers=JSON).status_code == 403


def test_what_has_no_date_has_no_calendar_and_a_wrong_month_is_this_one(anna: Browser, rider: int) -> None:
    assert anna.get("/tests/rider/calendar").status_code == 404
    assert "/tests/rider/calendar" not in anna.page("/tests/rider")
    for month in ("2026-13", "x", "99999-01", "", "0001-01", "9999-12"):
        assert 'aria-current="date"' in anna.page(f"/tests/repair/calendar?month={month}")
    for month in ("1900-01", "2999-12"):
        assert 'aria-current="date"' not in anna.page(f"/tests/repair/calendar?month={month}")


def test_a_month_takes_as_many_statements_full_as_empty(
    anna: Browser, system: Actor, rider: int, count_statements: Callable[[], Any]
) -> None:
    counts = []
    anna.page("/tests/repair/calendar?month=2026-12")
    for days in ((), ["2026-12-01"] * 30):
        repairs(system, rider, *days)
        with count_statements() as counter:
            anna.page("/tests/repair/calendar?month=2026-12")
        counts.append(len(counter))
    assert counts[0] == counts[1] <= 12


def test_archived_records_are_on_no_day(anna: Browser, system: Actor, rider: int) -> None:
    repairs(system, rider, "2026-12-01")
    with unit_of_work(system) as opened:
        opened.connection().execute(update(Repair.__table__).values(archived=True))
    assert on(anna.page("/tests/repair/calendar?month=2026-12"), "2026-12-01") == ""
