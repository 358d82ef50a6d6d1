"""An administrator adds fields to leads, an agent fills them at once, on a phone and without a script too."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import Enter, Visit


def add_line(page: Any, table: str, **texts: str) -> None:
    page.locator(f'[data-lines="{table}"] [data-add]').click()
    row = page.locator(f'[data-lines="{table}"] tbody tr:not(.spare)').last
    for name, text in texts.items():
        control = row.locator(f'[name$=".{name}"]').last
        if control.evaluate("each => each.tagName") == "SELECT":
            control.select_option(text)
        elif control.get_attribute("type") == "checkbox":
            control.check()
        else:
            control.fill(text)


def begin(admin: Visit, kind: str, label: str) -> Any:
    admin.page.goto(f"{admin.base}/crm/lead/customise")
    admin.page.locator(f'.cf-kinds a[href$="kind={kind}"]').click()
    admin.page.locator("#f-label").fill(label)
    return admin.page


def test_fields_are_added_by_hand_and_filled_by_somebody_else_at_once(enter: Enter) -> None:
    admin = enter("admin")
    page = begin(admin, "choice", "Terrain")
    add_line(page, "options", label="Road", label_zh_hant="公路")
    add_line(page, "options", label="Gravel", colour="green")
    assert admin.violations() == []
    assert "Terrain was added" in admin.save()
    page = begin(admin, "table", "Wishes")
    add_line(page, "columns", label="What", kind="text", required="1")
    add_line(page, "columns", label="Pieces", kind="number", decimals="0")
    add_line(page, "columns", label="Price", kind="money")
    add_line(page, "columns", label="Amount", kind="formula", more="x_pieces * x_price", result="money", sum="1")
    assert admin.violations() == []
    assert "Wishes was added" in admin.save()
    page = begin(admin, "formula", "Worth")
    page.locator("#f-formula").fill("sum(x_wishes.x_amount) / x_nothing")
    page.locator("#f-result").select_option("money")
    assert "There is no field x_nothing" in admin.save()
    assert admin.violations() == []
    page.locator("#f-formula").fill("sum(x_wishes.x_amount)")
    assert "Worth was added" in admin.save()
    assert admin.violations() == []

    agent = enter("agent", width=390)
    page = agent.page
    page.goto(f"{agent.base}/crm/lead/new")
    page.locator("#f-name").fill("Radhaus Graz")
    page.locator("#f-x_terrain").select_option(label="Gravel")
    add_line(page, "x_wishes", x_what="Cargo bike", x_pieces="3", x_price="1,200.10")
    assert (agent.violations(), agent.sideways()) == ([], 0)
    assert "created" in agent.save()
    assert "3,600.3" in page.locator("#f-x_worth").inner_text()
    assert [each for each in admin.complaints if "422" not in each] == agent.complaints == []


@pytest.mark.parametrize("dark", [False, True])
def test_the_pages_fit_a_phone_and_open_to_everybody(enter: Enter, dark: bool) -> None:
    admin = enter("admin", width=390, dark=dark)
    for path in ("/settings/fields", "/crm/lead/customise", "/crm/lead/customise/new?kind=link",
                 "/crm/lead/customise/new?kind=formula", "/crm/lead/customise/new?kind=table"):
        admin.page.goto(admin.base + path)
        assert (admin.violations(), admin.sideways()) == ([], 0), path
    assert admin.complaints == []


def test_a_field_is_added_removed_and_brought_back_without_a_script(enter: Enter) -> None:
    admin = enter("admin", scripts=False)
    page = begin(admin, "text", "Motto")
    assert "Motto was added" in admin.save()
    page.locator(".cf-list a", has_text="Motto").click()
    page.locator("a", has_text="Remove").click()
    with page.expect_navigation():
        page.locator(".btn-danger-solid").click()
    assert "Motto is gone from all pages" in admin.told()
    with page.expect_navigation():
        page.locator("button", has_text="Bring back: Motto").click()
    assert "Motto is back, with its values" in admin.told()
