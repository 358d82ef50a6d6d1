"""The pages that show more than one app: dashboards, the control board, a record's trace, the map of signals."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Enter

APPS = ("crm", "erp_sales", "erp_inventory", "erp_purchase", "erp_mrp", "erp_finance", "oa")


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_every_plugins_main_pages_are_accessible_and_fit_the_window(enter: Enter, width: int, dark: bool) -> None:
    admin = enter("admin", width=width, dark=dark)
    found: dict[str, object] = {}

    def look(path: str) -> None:
        admin.go(path)
        if wrong := admin.violations():
            found[path] = wrong
        if admin.sideways():
            found[f"{path} sideways"] = admin.sideways()

    for path in ("/board", "/settings/signals"):
        look(path)
    for app in APPS:
        look(f"/apps/{app}")
        pages = [link.get_attribute("href") for link in admin.page.locator(".app-nav a").all()]
        documents = [path for path in pages if path and path.startswith(f"/{app}/")]
        for path in [*documents[:2], *[path for path in pages if path and path.startswith("/reports/")][:1]]:
            look(path)
            first = admin.page.locator("tr[data-href]").first
            if first.count():
                look(first.get_attribute("data-href") or "")
    admin.go("/erp_sales/order?f.state=confirmed")
    look(f"{admin.page.locator('tr[data-href]').first.get_attribute('data-href')}/trace")
    assert found == {}
    assert admin.complaints == []


def test_a_key_leads_from_an_order_to_its_trace_and_a_card_to_its_document(enter: Enter) -> None:
    manager = enter("manager")
    page = manager.page
    manager.go("/crm/opportunity?f.stage=won")
    page.locator("tr[data-href] .id a").first.click()
    page.wait_for_url(re.compile(r"/crm/opportunity/\d+$"))
    page.keyboard.press("t")
    page.wait_for_url(re.compile(r"/trace$"))
    expect(page.locator(".ca.here")).to_have_count(1)
    assert manager.violations() == []
    page.locator("a.ca:not(.here)").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/\d+$"))
    assert manager.complaints == []


def test_on_a_phone_the_chain_is_a_list_with_and_without_scripts(enter: Enter) -> None:
    for scripts in (True, False):
        manager = enter("manager", width=390, scripts=scripts)
        manager.go("/crm/opportunity?f.stage=won")
        manager.page.locator("tr[data-href] .id a").first.click()
        manager.page.locator("a[href$='/trace']").click()
        assert manager.page.locator(".chain-o li").first.is_visible()
        assert not manager.page.locator(".chain").is_visible()
        if scripts:
            assert manager.sideways() == 0
            assert manager.violations() == []


def test_the_palette_opens_a_document_by_its_number(enter: Enter) -> None:
    manager = enter("manager")
    manager.go("/erp_sales/order")
    number = manager.page.locator("tr[data-href] .id a").first.inner_text()
    manager.page.keyboard.press("Control+k")
    manager.page.locator("#palette input[type=search]").fill(number.lower())
    manager.page.locator("#pal-found a", has_text=number).first.wait_for()
    manager.page.keyboard.press("Enter")
    manager.page.wait_for_url(re.compile(r"/erp_sales/order/\d+$"))
    assert manager.page.locator("h1").inner_text() == number
