"""Access in the browser: cells chosen and saved by keyboard, a record shared in a dialog, another's view and back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Enter


def test_a_cell_is_reached_chosen_and_saved_by_keyboard(enter: Enter) -> None:
    admin = enter("admin")
    admin.go("/settings/access")
    page = admin.page
    page.get_by_role("link", name="Order clerk").click()
    page.wait_for_load_state("load")  # with it the script that listens to keys
    role = page.url.rsplit("/", 1)[1]
    cell = page.locator(f"select[name='c|{role}|erp_sales.quote|delete']")
    page.locator(f"select[name='c|{role}|erp_sales.quote|change']").focus()
    page.keyboard.press("Alt+ArrowRight")
    assert page.evaluate("document.activeElement.name") == f"c|{role}|erp_sales.quote|delete"
    page.keyboard.press("ArrowDown")
    assert cell.input_value() == "own"
    page.keyboard.press("Control+s")
    page.locator(".notice.green").wait_for()
    assert cell.input_value() == "own"
    assert "Changed here" in page.locator(".t-head").inner_text()
    assert admin.violations() == []
    page.get_by_role("button", name="Restore as shipped").click()
    page.locator("#ask button[value=yes]").click()
    page.locator(".notice.green", has_text="is again as").wait_for()
    assert cell.input_value() == ""
    assert admin.complaints == []


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_the_table_narrows_to_what_is_granted_or_named(enter: Enter, width: int, dark: bool) -> None:
    admin = enter("admin", width=width, dark=dark)
    admin.go("/settings/access")
    page = admin.page
    page.get_by_role("link", name="Order clerk").click()
    page.locator("[data-only]").check()
    shown = page.locator("tr[data-row]:visible")
    assert 3 <= shown.count() <= 8
    page.locator("[data-only]").uncheck()
    page.locator("#mx-find").fill("journal")
    assert shown.count() == page.locator("tr[data-row*='journal']").count() > 0
    assert not page.locator(".savebar").is_visible(), "looking is no change"
    assert admin.violations() == []
    assert admin.sideways() == 0


def test_a_record_is_shared_in_a_dialog_and_taken_back(enter: Enter) -> None:
    agent = enter("agent")
    agent.go("/erp_sales/quote")
    page = agent.page
    page.locator("tr[data-href] .id a").first.click()
    page.locator("summary[aria-label='More']").click()
    page.get_by_role("link", name="Share…").click()
    dialog = page.locator("dialog.dlg-share")
    dialog.wait_for()
    dialog.locator("select[name=whom]").select_option(label="Tom Okafor")
    assert agent.violations() == []
    dialog.get_by_role("button", name="Share", exact=True).click()
    page.locator(".notice.green", has_text="Shared.").wait_for()
    page.goto(f"{page.url}/shares")
    row = page.locator("li", has_text="Tom Okafor")
    assert "May read" in row.inner_text()
    row.get_by_role("button", name=re.compile("Take it back")).click()
    page.locator(".notice.green").wait_for()
    expect(page.locator("li", has_text="Tom Okafor")).to_have_count(0)


def test_an_administrator_sees_as_a_user_and_is_themselves_again_by_one_click(enter: Enter) -> None:
    admin = enter("admin")
    admin.go("/settings/access/users")
    page = admin.page
    page.get_by_role("link", name="Anna Keller").click()
    page.get_by_role("button", name="See as Anna Keller").click()
    bar = page.locator("form.seeing")
    bar.wait_for()
    assert "You see Trellis as Anna Keller does." in bar.inner_text()
    assert admin.violations() == []
    admin.go("/erp_sales/order")
    assert bar.is_visible()
    bar.get_by_role("button", name="Stop").click()
    page.locator(".notice.green", has_text="You are yourself again.").wait_for()
    assert page.get_by_role("heading", name="Anna Keller").is_visible()
