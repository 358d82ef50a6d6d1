"""What needs a browser with scripts: groups opened in place, a view saved, a cell edited by keyboard and mouse."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import Enter


def test_groups_open_and_close_where_they_stand_and_become_a_view(enter: Enter) -> None:
    manager = enter("manager")
    page = manager.page
    manager.go("/erp_sales/order?group=state&group=owner")
    expect(page.locator("tr[data-href]")).to_have_count(0)
    page.locator("tr.grp .tgl").last.click()
    page.locator("tr.grp.l2 .tgl").first.click()
    page.locator("tr[data-href]").first.wait_for()
    assert page.url.endswith("group=state&group=owner")
    assert page.locator("tr.grp.l2").count() >= 1
    assert manager.violations() == []
    page.locator("tr.grp:not(.l2) .tgl[aria-expanded=true]").click()
    page.locator("tr.grp.l2").first.wait_for(state="detached")
    page.locator(".view-menu summary").click()
    page.fill("#view-name", "By state and owner")
    page.locator(".view-menu .btn-primary").click()
    page.wait_for_url(re.compile(r"view=\d+"))
    assert page.locator(".tabs-l [aria-current=page]").inner_text() == "By state and owner"
    page.locator(".view-menu summary").click()
    assert manager.violations() == []
    assert manager.complaints == []


def test_a_cell_is_edited_by_mouse_and_keyboard(enter: Enter) -> None:
    manager = enter("manager")
    page = manager.page
    manager.go("/crm/lead?sort=number")
    row = page.locator("tr[data-href]").nth(1)
    address = row.get_attribute("data-href")
    row.locator("td[data-cell=contact_name]").dblclick()
    field = page.locator("td.edit input[name=contact_name]")
    field.fill("Somebody Else")
    page.keyboard.press("Escape")
    expect(page.locator("td.edit")).to_have_count(0)
    assert page.url.endswith("/crm/lead?sort=number")
    row.locator("td[data-cell=contact_name]").press("F2")
    field.fill("Ada Lovelace")
    page.keyboard.press("Enter")
    page.locator("td[data-cell=contact_name]", has_text="Ada Lovelace").wait_for()
    assert page.evaluate("document.activeElement.dataset.cell") == "contact_name"
    row.locator("td[data-cell=budget]").press("F2")
    budget = page.locator("td.edit input[name=budget]")
    budget.fill("much")
    page.keyboard.press("Enter")
    page.locator("td.edit .fe").wait_for()
    assert budget.input_value() == "much"
    assert manager.violations() == []
    budget.fill("12,500")
    page.keyboard.press("Tab")
    page.locator("td.edit input[name=follow_up_on]").wait_for()
    page.keyboard.press("Escape")
    manager.go(f"{address}")
    assert page.locator("#f-budget").input_value() == "12,500"
    assert [said for said in manager.complaints if "422" not in said] == []


def test_a_click_on_a_cell_still_opens_the_record_and_a_phone_edits_none(enter: Enter) -> None:
    manager = enter("manager")
    manager.go("/crm/lead")
    manager.page.locator("tr[data-href] td[data-cell=contact_name]").first.click()
    manager.page.wait_for_url(re.compile(r"/crm/lead/\d+$"))
    phone = enter("manager", width=390, dark=True)
    phone.go("/erp_sales/order?group=state")
    phone.page.locator("tr.grp .tgl").last.click()
    phone.page.locator("tr[data-href]").first.wait_for()
    assert phone.violations() == []
    assert phone.sideways() == 0
