"""What needs a script: bars dragged and moved by keys, the pointer of the first walk, every component for axe."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Enter, Visit

WEEKS = "/erp_mrp/work_order/gantt?scale=week"


def days_of(visit: Visit, id_: str) -> str:
    """Give what a bar says of its days."""
    said: str = visit.page.locator(f'[data-bar="{id_}"]').get_attribute("aria-label")
    found = re.search(r"\w{3} \d+, \d{4} – \w{3} \d+, \d{4}", said)
    assert found, said
    return found[0]


def first_draft(visit: Visit) -> Any:
    """Find a bar that begins on another day than it ends."""
    bars = visit.page.locator(".gb.gray, .gb.blue")
    return next(bar for bar in bars.all() if " – " in bar.get_attribute("aria-label"))


def moved(visit: Visit, act: Any) -> None:
    """Do what moves a bar, and wait until the server has answered and the chart is drawn anew."""
    with visit.page.expect_response(lambda answer: answer.request.method == "GET" and "/gantt" in answer.url):
        act()
    visit.page.wait_for_function("() => document.querySelector('[data-gantt-says]').textContent !== ''")


@pytest.mark.parametrize("dark", [False, True])
def test_a_bar_is_dragged_stretched_and_moved_by_keys(enter: Enter, dark: bool) -> None:
    planner = enter("planner", dark=dark)
    page = planner.page
    planner.go(WEEKS)
    assert planner.violations() == []
    bar = first_draft(planner)
    id_ = bar.get_attribute("data-bar")
    before = days_of(planner, id_)
    at = bar.locator("rect").bounding_box()
    week = page.locator(".g-row").first.bounding_box()["width"] / 8
    middle = (at["x"] + at["width"] / 2, at["y"] + 12)

    def drag() -> None:
        page.mouse.move(*middle)
        page.mouse.down()
        page.mouse.move(middle[0] + week, middle[1], steps=5)
        page.mouse.up()

    moved(planner, drag)
    assert page.url.endswith(WEEKS)  # a drag is no click
    after = days_of(planner, id_)
    assert after != before
    again = page.locator(f'[data-bar="{id_}"]')
    again.focus()
    page.evaluate("document.querySelector('[data-gantt-says]').textContent = ''")
    moved(planner, lambda: [page.keyboard.press("Alt+ArrowLeft") for _turn in range(7)])
    assert days_of(planner, id_) == before
    assert page.evaluate("document.activeElement.dataset.bar") == id_
    page.evaluate("document.querySelector('[data-gantt-says]').textContent = ''")
    moved(planner, lambda: page.keyboard.press("Shift+ArrowRight"))
    assert days_of(planner, id_).split(" – ")[0] == before.split(" – ")[0]
    assert days_of(planner, id_) != before
    assert planner.complaints == []


def test_on_a_phone_it_is_a_list_with_dates_to_type(enter: Enter) -> None:
    planner = enter("planner", width=390)
    planner.go(WEEKS)
    assert planner.sideways() == 0
    assert planner.violations() == []
    entry = planner.page.locator(".gl-e").first
    assert not planner.page.locator(".g").first.is_visible()
    entry.locator("summary").click()
    with planner.page.expect_navigation():
        entry.locator(".pop-f button").click()
    assert "/gantt" in planner.page.url


def test_the_first_walk_points_at_what_to_press(enter: Enter) -> None:
    agent = enter("agent")
    assert agent.violations() == []
    agent.page.locator(".walk-l button").first.click()
    agent.page.wait_for_selector(".point.placed")
    note, target = agent.page.locator(".point").bounding_box(), agent.page.locator(".pointed").bounding_box()
    assert abs(note["x"] - target["x"]) < 20
    assert note["y"] >= target["y"] + target["height"] or note["y"] + note["height"] <= target["y"]
    assert agent.violations() == []
    agent.page.keyboard.press("Escape")
    expect(agent.page.locator(".point")).to_have_count(0)
    assert "first-step" not in agent.page.url
    agent.go("/")
    agent.page.get_by_role("button", name="Put away").click()
    expect(agent.page.locator(".walk")).to_have_count(0)
    assert agent.complaints == []


def test_axe_finds_nothing_in_any_component_in_light_or_dark(enter: Enter) -> None:
    admin = enter("admin")
    admin.go("/settings/components")
    assert admin.violations() == []
    admin.page.evaluate(
        "for (const each of document.querySelectorAll('.smp-t')) { const shown = !each.inert; each.inert = shown;"
        "if (shown) each.setAttribute('aria-hidden', 'true'); else each.removeAttribute('aria-hidden'); }")
    assert admin.violations() == []
    assert admin.sideways() == 0
    assert admin.complaints == []
