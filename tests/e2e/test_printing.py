"""Printing in the browser: the menu of a record, and all that is selected in a list, each in a page of its own."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Enter
from tests.kernel.printing.reading import pdf_text


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_the_print_menu_leads_to_each_document_in_each_language(enter: Enter, width: int, dark: bool) -> None:
    manager = enter("manager", width=width, dark=dark)
    manager.go("/erp_sales/order?f.state=confirmed")
    page = manager.page
    page.locator("tr[data-href] .id a").first.click()
    page.locator("summary", has_text="Print").click()
    menu = page.locator(".print-menu")
    assert menu.locator(".mi").all_inner_texts() == [
        "Order confirmation", "Send by mail", "All fields of the form", "Send by mail"]
    inside = menu.bounding_box()
    assert inside is not None
    assert inside["x"] >= 0
    assert inside["x"] + inside["width"] <= width
    assert not [each for each in manager.violations() if "print" in each]  # what the menu covers in part is covered
    assert manager.sideways() == 0
    link = menu.get_by_text("繁體中文").first
    assert link.get_attribute("target") == "_blank"
    answer = page.context.request.get(manager.base + str(link.get_attribute("href")))
    assert "訂單確認書" in pdf_text(answer.body())
    assert manager.complaints == []


def test_what_is_selected_prints_into_one_file(enter: Enter) -> None:
    manager = enter("manager")
    manager.go("/erp_sales/order?f.state=confirmed")
    page = manager.page
    for box in page.locator("input[name=id]").all()[:3]:
        box.check()
    printing = page.locator(".bar-sel").get_by_role("button", name="Print", exact=True)
    assert printing.get_attribute("formtarget") == "_blank"
    with page.context.expect_event("response", lambda answer: answer.url.endswith("/erp_sales/order/print")) as printed:
        printing.click()
    assert printed.value.status == 200
    assert printed.value.headers["content-type"] == "application/pdf"
