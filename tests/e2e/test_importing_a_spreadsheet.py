"""A file dropped on the import page: every page of it is accessible, fits a phone, and works without a script."""

from __future__ import annotations

import re

import pytest

from tests.e2e.conftest import Enter

FILE = (
    "Name,Kind,E-mail,Country,Credit limit\n"
    "Radhaus Wien GmbH,Organisation,info@radhaus.at,AT,40000\n,Person,,XX,lots\n")


@pytest.mark.parametrize(("width", "dark", "scripts"), [(1440, False, True), (390, True, False)])
def test_a_file_is_matched_checked_imported_and_undone(enter: Enter, width: int, dark: bool, scripts: bool) -> None:
    admin = enter("admin", width=width, dark=dark, scripts=scripts)
    page = admin.page
    seen: dict[str, object] = {}

    def look(name: str) -> None:
        if scripts and (wrong := admin.violations()):
            seen[name] = wrong
        if scripts and admin.sideways():
            seen[f"{name} sideways"] = admin.sideways()

    admin.go("/kernel/party")
    page.get_by_role("link", name="Import", exact=True).click()
    page.wait_for_url(re.compile("/import$"))
    look("upload")
    file = {"name": "dealers.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    if scripts:
        with page.expect_navigation():
            page.locator("[data-drop]").evaluate("""(zone, text) => {
                const dropped = new DataTransfer();
                dropped.items.add(new File([text], "dealers.csv", { type: "text/csv" }));
                zone.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
            }""", FILE)
    else:
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_role("button", name="Go on").click()
    page.wait_for_url(re.compile(r"/import/\d+$"))
    look("columns")
    assert page.get_by_label("Country becomes").input_value() == "country:code"
    page.get_by_role("button", name="Check the rows").click()
    page.locator("td.er").first.wait_for()
    look("check")
    assert page.locator("td.er .m").all_inner_texts() == [
        "Name is missing", "there is no Country with this Code", "is no number; numbers look like 1,234.50"]
    page.get_by_role("button", name="Import 1 row").click()
    page.get_by_text("Imported").first.wait_for()
    look("done")
    page.get_by_role("link", name="Undo…").click()
    look("undo")
    page.get_by_role("button", name="Undo all of it").click()
    page.get_by_text("Undone").first.wait_for()
    admin.go("/kernel/party/imports")
    look("imports")
    assert "dealers.csv" in page.locator("main").inner_text()
    assert seen == {}
    assert admin.complaints == []
