"""The gantt of an entity whose plugin declares one: bars over time, what waits for what, moving and stretching."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.permissions.declare import grant
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import Bay, Hire, Rider

JSON = {"Accept": "application/json"}
DECEMBER = "/tests/hire/gantt?scale=day&from=2026-12-07"
"""The two weeks from Monday, 7 December."""


@pytest.fixture
def riders(system: Actor) -> list[int]:
    with unit_of_work(system):
        return [each.id for each in records.create(Rider, [{"name": "Ada"}, {"name": "Ben"}])]


def hire(system: Actor, rider: int, out: str | None, back: str, **more: object) -> int:
    with unit_of_work(system):
        return records.create(Hire, [{"rider": rider, "out_on": out, "back_on": back, **more}])[0].id


def bar(html: str, id_: int) -> dict[str, str]:
    """Give what a bar says and where it lies."""
    found = re.search(
        rf'<a class="gb (\w+)"[^>]*data-bar="{id_}"[^>]*aria-label="([^"]*)">.*?<svg x="([^"]+)%" y="(\d+)" '
        rf'width="([^"]+)%"', html, re.DOTALL)
    assert found, id_
    return dict(zip(("tone", "says", "x", "y", "width"), found.groups(), strict=True))


def test_bars_lie_where_their_days_are_in_rows_by_a_link(anna: Browser, system: Actor, riders: list[int]) -> None:
    ada, ben = riders
    first = hire(system, ada, "2026-12-07", "2026-12-13")
    beside = hire(system, ada, "2026-12-10", "2026-12-14")
    below = hire(system, ada, "2026-12-14", "2026-12-14")
    open_start = hire(system, ben, None, "2026-12-20")
    across = hire(system, ben, "2026-11-01", "2027-01-31")
    outside = hire(system, ben, "2026-12-21", "2026-12-22")
    html = anna.page(DECEMBER)
    assert bar(html, first) | {"says": ""} == {"tone": "blue", "says": "", "x": "0.0", "y": "10", "width": "50.0"}
    assert float(bar(html, beside)["x"]) == pytest.approx(100 * 3 / 14, abs=0.01)
    assert bar(html, beside)["y"] == "40"
    assert bar(html, below)["y"] == "10"
    assert (bar(html, across)["x"], bar(html, across)["width"]) == ("0.0", "100.0")
    assert float(bar(html, open_start)["x"]) == pytest.approx(100 * 13 / 14, abs=0.01)
    assert f'data-bar="{outside}"' not in html
    assert re.findall(r'<section class="g-r" aria-label="(\w+)"', html) == ["Ada", "Ben"]
    assert "H-0001, Dec 7, 2026 – Dec 13, 2026, Out" in bar(html, first)["says"]
    by_state = anna.page(f"{DECEMBER}&by=state")
    assert re.findall(r'<section class="g-r" aria-label="(\w+)"', by_state) == ["Out"]
    assert 'href="/tests/hire/gantt"' in anna.page("/tests/hire")


def test_what_is_late_and_what_begins_too_soon_says_why(anna: Browser, system: Actor, riders: list[int]) -> None:
    late = hire(system, riders[0], "2020-06-01", "2020-06-04")
    first = hire(system, riders[0], "2026-12-07", "2026-12-10")
    soon = hire(system, riders[1], "2026-12-10", "2026-12-12", earlier=first)
    then = hire(system, riders[1], "2026-12-11", "2026-12-12", earlier=first)
    assert bar(anna.page("/tests/hire/gantt?scale=day&from=2020-06-01"), late)["says"].endswith(
        "Out: was due on Jun 4, 2020")
    html = anna.page(DECEMBER)
    assert bar(html, soon)["tone"] == "red"
    assert bar(html, soon)["says"].endswith("waits for H-0002, which ends on Dec 10, 2026")
    assert bar(html, then)["tone"] == "blue"
    assert html.count('<g class="late">') == 1
    assert html.count('<g class="">') == 1
    assert "1 late or in conflict" in words(html)


def test_filters_and_search_of_a_list_hold_here_too(anna: Browser, system: Actor, riders: list[int]) -> None:
    one, two = (hire(system, rider, "2026-12-07", "2026-12-08") for rider in riders)
    html = anna.page(f"{DECEMBER}&f.rider={riders[0]}")
    assert (f'data-bar="{one}"' in html, f'data-bar="{two}"' in html) == (True, False)
    without = re.search(r'class="chip-x" href="([^"]+)"', html)
    assert without
    assert f'data-bar="{two}"' in anna.page(without[1].replace("&amp;", "&"))
    html = anna.page(f"{DECEMBER}&q=H-0002")
    assert (f'data-bar="{one}"' in html, f'data-bar="{two}"' in html) == (False, True)
    for name, value in (("scale", "day"), ("from", "2026-12-07"), ("by", "rider")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in html


def test_a_bar_is_moved_and_stretched_by_steps_or_by_typed_dates(
    anna: Browser, system: Actor, riders: list[int]
) -> None:
    one = hire(system, riders[0], "2026-12-07", "2026-12-08")
    asked = {"id": one, "version": 1, "start_by": 2, "end_by": 2}
    moved = anna.post(DECEMBER, asked, headers=JSON)
    assert (moved.status_code, moved.json) == (200, {"version": 2})
    assert "Dec 9, 2026 – Dec 10, 2026" in bar(anna.page(DECEMBER), one)["says"]
    assert anna.post(DECEMBER, asked, headers=JSON).status_code == 409
    stretched = anna.post(DECEMBER, {**asked, "version": 2, "start_by": -1, "end_by": 0}, headers=JSON)
    assert stretched.status_code == 200
    assert "Dec 8, 2026 – Dec 10, 2026" in bar(anna.page(DECEMBER), one)["says"]
    wrong = anna.post(DECEMBER, {**asked, "version": 3, "start_by": 0, "end_by": -5}, headers=JSON)
    assert (wrong.status_code, wrong.json and "before it was out" in str(wrong.json)) == (422, True)
    typed = {"id": one, "version": 3, "start": "2026-12-15", "end": "2026-12-16", "scale": "day", "from": "2026-12-07"}
    plain = anna.post("/tests/hire/gantt", typed)
    assert plain.location == "/tests/hire/gantt?scale=day&from=2026-12-07&by=rider"
    assert "Dec 15, 2026 – Dec 16, 2026" in bar(anna.page(DECEMBER), one)["says"]
    refused = anna.post("/tests/hire/gantt", {**typed, "version": 4, "end": "2026-12-01"})
    assert (refused.status_code, "before it was out" in words(refused.text)) == (422, True)
    for bad in ("2026-13-01", "soon", ""):
        assert anna.post("/tests/hire/gantt", {**typed, "version": 4, "end": bad}).status_code == 422, bad
    assert anna.post(DECEMBER, {**asked, "id": "x"}, headers=JSON).status_code == 404
    assert anna.post(DECEMBER, {**asked, "id": "999999"}, headers=JSON).status_code == 404


def test_whoever_may_not_change_the_dates_sees_bars_that_stay(
    sign_in: SignIn, system: Actor, riders: list[int]
) -> None:
    one = hire(system, riders[0], "2026-12-07", "2026-12-08")
    rita = sign_in("rita", grant("tests.hire", "read", scope="company"), grant("tests.rider", "read"))
    html = rita.page(DECEMBER)
    assert f'data-bar="{one}"' in html
    assert "data-move" not in html
    assert rita.post(DECEMBER, {"id": one, "start_by": 1, "end_by": 1}, headers=JSON).status_code == 403
    stranger = sign_in("sten", grant("tests.rider", "read"))
    assert stranger.get(DECEMBER).status_code == 403


def test_moments_have_a_scale_of_hours_and_overlaps_in_a_row_are_told(anna: Browser, system: Actor) -> None:
    with unit_of_work(system):
        made = records.create(Bay, [
            {"place": place, "begins": f"2026-12-07T{begins}:00+00:00", "ends": f"2026-12-07T{ends}:00+00:00"}
            for place, begins, ends in (("left", "06:00", "12:00"), ("left", "11:00", "13:00"),
                                        ("right", "11:00", "12:00"))])
    ids = [each.id for each in made]
    page = "/tests/bay/gantt?from=2026-12-07"
    html = anna.page(page)
    assert (bar(html, ids[0])["x"], bar(html, ids[0])["width"]) == ("25.0", "25.0")
    assert [bar(html, id_)["tone"] for id_ in ids] == ["red", "red", "gray"]
    assert "overlaps B-0002" in bar(html, ids[0])["says"]
    assert anna.post(page, {"id": ids[1], "version": 1, "start_by": 2, "end_by": 2}, headers=JSON).status_code == 200
    html = anna.page(page)
    assert [bar(html, id_)["tone"] for id_ in ids] == ["gray"] * 3
    assert bar(html, ids[1])["x"] == "50.0"
    typed = {"id": ids[2], "start": "2026-12-08T09:00", "end": "2026-12-08T10:30", "from": "2026-12-08"}
    assert anna.post("/tests/bay/gantt", typed).status_code == 302
    assert bar(anna.page("/tests/bay/gantt?from=2026-12-08"), ids[2])["x"] == "37.5"


def test_what_declares_no_gantt_has_none_and_a_wrong_time_is_now(anna: Browser, riders: list[int]) -> None:
    assert anna.get("/tests/rider/gantt").status_code == 404
    assert "/tests/rider/gantt" not in anna.page("/tests/rider")
    year = str(dt.datetime.now(dt.UTC).year)
    for start in ("x", "", "0001-01-01", "9999-12-31", "2026-02-30"):
        for scale in ("day", "week", "month", "hours", "nonesuch"):
            assert year in words(anna.page(f"/tests/hire/gantt?scale={scale}&from={start}&by=nonesuch"))


def test_a_gantt_takes_as_many_statements_full_as_empty(
    anna: Browser, system: Actor, riders: list[int], count_statements: Callable[[], Any]
) -> None:
    counts = []
    hire(system, riders[0], "2026-12-07", "2026-12-08")
    anna.page(DECEMBER)
    for _turn in range(2):
        with count_statements() as counter:
            anna.page(DECEMBER)
        counts.append(len(counter))
        for day in range(7, 20):
            hire(system, riders[day % 2], f"2026-12-{day:02}", "2026-12-20")
    assert counts[0] == counts[1] <= 12
