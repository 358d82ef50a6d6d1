"""A manager asks a pivot by dragging its fields, puts it on home, and arranges home by dragging and by keyboard."""

from __future__ import annotations

import re
from typing import Any

from tests.e2e.conftest import Enter

PIVOT = "/erp_sales/order/pivot?rows=state&rows=channel&values=total"


def drag(page: Any, what: Any, to: Any) -> None:
    """Drag by small steps, as a hand does."""
    goal = to.bounding_box()
    what.hover(position={"x": 8, "y": 8})
    page.mouse.down()
    for part in (12, 4):
        page.mouse.move(goal["x"] + part, goal["y"] + part / 2 + 2, steps=8)
    page.mouse.up()


def test_fields_are_dragged_between_rows_and_columns_and_groups_folded(enter: Enter) -> None:
    manager = enter("manager")
    page = manager.page
    manager.go(PIVOT)
    page.locator("tbody .tgl").first.click()
    page.wait_for_url(re.compile("fold="))
    assert page.locator("tbody .tgl").first.get_attribute("aria-expanded") == "false"
    drag(page, page.locator("[data-zone=rows] [data-token=channel]"), page.locator("[data-zone=cols]"))
    page.wait_for_url(re.compile(r"rows=state&cols=channel"))
    assert page.locator(".pv thead").inner_text().startswith("State")
    page.locator(".pv-add summary").first.press("Enter")
    page.locator(".pv-add select").first.select_option("customer")
    page.locator(".pv-add select").first.press("Enter")
    page.wait_for_url(re.compile(r"rows=state&.*rows=customer"))
    page.get_by_role("link", name="Bars", exact=True).click()
    page.locator(".chart-live svg").wait_for()
    assert manager.violations() == []
    assert manager.complaints == []


def test_a_chart_is_put_on_home_and_home_arranged(enter: Enter) -> None:
    manager = enter("manager")
    page = manager.page
    manager.go(f"{PIVOT}&as=stacked")
    page.locator("summary", has_text="To a dashboard").click()
    page.fill("#card-label", "Sold by state")
    page.locator(".form-pop button", has_text="Save").click()
    assert "It stands on the dashboard “Home” now." in manager.told()
    manager.go("/?arrange=1")

    def order() -> list[str]:
        return [each.get_attribute("aria-label") for each in page.locator(".arr").all()]

    before = order()
    assert before[-1] == "Sold by state"
    with page.expect_response("**/?arrange=1"):
        page.locator(".arr").first.locator("button[value^='later:']").press("Enter")
    page.wait_for_function("() => document.activeElement.value?.startsWith('later:')")
    assert order()[:2] == [before[1], before[0]]
    with page.expect_response("**/?arrange=1"):
        drag(page, page.locator(".arr").nth(1).locator(".arr-n"), page.locator(".arr").first.locator(".arr-n"))
    page.wait_for_timeout(300)
    assert order() == before
    assert manager.violations() == []
    phone = enter("manager", width=390, dark=True)
    for path in (PIVOT, "/?arrange=1", "/"):
        phone.go(path)
        assert phone.sideways() == 0, path
        assert phone.violations() == [], path
    assert manager.complaints == phone.complaints == []


def test_a_pivot_and_an_arrangement_need_no_script(enter: Enter) -> None:
    plain = enter("manager", scripts=False)
    page = plain.page
    plain.go(PIVOT)
    page.locator("tbody .tgl").first.click()
    assert "fold=" in page.url
    page.locator("tbody td a").last.click()
    assert "/erp_sales/order" in page.url
    assert "pivot" not in page.url
    plain.go("/apps/erp_sales?arrange=1")
    first = page.locator(".arr").first.get_attribute("aria-label")
    page.locator(".arr").first.locator("button[value^='away:']").click()
    assert page.locator(".arr-away button").first.inner_text() == first
    page.locator("button[value=reset]").click()
    assert page.locator(".arr").first.get_attribute("aria-label") == first
