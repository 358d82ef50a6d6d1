"""A customer entered twice is tagged by typing, found by its tags, and merged into one, on a desk and on a phone."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.e2e.conftest import Enter, Visit


def make_party(visit: Visit, name: str) -> str:
    visit.go("/kernel/party/new")
    visit.page.fill("#f-name", name)
    visit.save()
    return re.sub(r".*/", "", str(visit.page.url))


def type_tags(visit: Visit, field: Any, *names: str) -> None:
    """Choose tags as somebody does who never touches the mouse: the first one offered, or a new one."""
    field.click()
    visit.page.locator(".ts-wrapper.multi.focus").wait_for()
    for name in names:
        visit.page.keyboard.type(name)
        visit.page.locator(".ts-dropdown:visible").wait_for()
        visit.page.keyboard.press("Enter")
    visit.page.keyboard.press("Escape")


def press(visit: Visit, button: str) -> None:
    with visit.page.expect_navigation():
        visit.page.locator(button).evaluate("(each) => each.click()")


@pytest.mark.parametrize(("width", "dark", "name"), [(1440, False, "Zwilling"), (390, True, "Gemello")])
def test_a_customer_entered_twice_becomes_one(enter: Enter, width: int, dark: bool, name: str) -> None:
    admin = enter("admin", width=width, dark=dark)
    page = admin.page
    first, second = make_party(admin, f"{name} One"), make_party(admin, f"{name} Two")

    admin.go(f"/kernel/party/{first}")
    picker = page.locator(".fd:has(select[name=tags]) .ts-control")
    type_tags(admin, picker, f"{name} club", f"{name} fair")
    assert picker.locator(".tag").all_inner_texts() == [f"{name} club", f"{name} fair"]
    assert admin.violations() == []
    admin.save()
    page.locator(".fd:has(select[name=tags]) .ts-control").click()
    page.locator(".ts-wrapper.multi.focus").wait_for()
    page.keyboard.press("Backspace")
    page.keyboard.press("Escape")
    admin.save()
    assert page.locator(".fd:has(select[name=tags]) .tag").all_inner_texts() == [f"{name} club"]

    admin.go(f"/kernel/party?q={name}")
    for box in page.locator("input[name=id]").all():
        box.check()
    press(admin, "button[name=do][value=tags]")
    assert admin.violations() == []
    assert admin.sideways() == 0
    type_tags(admin, page.locator(".ts-control").first, f"{name} fair")
    press(admin, "button[name=do][value=save]")
    assert "Tags were changed on 2 records." in admin.told()

    admin.go("/kernel/party")
    page.click(".filter-menu summary")
    type_tags(admin, page.locator(".filter-menu .ts-control").nth(1), f"{name} club", f"{name} fair")
    assert admin.violations() == []
    press(admin, ".filter-menu .pop-f button")
    assert page.locator("tr[data-href]").count() == 1
    assert page.locator("tr[data-href] .tags .tag").all_inner_texts() == [f"{name} club", f"{name} fair"]
    assert admin.sideways() == 0

    admin.go(f"/kernel/party?q={name}&sort=name")
    for box in page.locator("input[name=id]").all():
        box.check()
    press(admin, "button[name=do][value=merge]")
    assert admin.violations() == []
    assert admin.sideways() == 0
    page.check(f"input[name=survivor][value='{second}']")
    page.check(f"input[name='take.name'][value='{first}']")
    press(admin, "button[name=do][value=save]")
    assert page.url.endswith(f"/kernel/party/{second}")
    assert page.locator("h1").inner_text() == f"{name} One"
    admin.go(f"/kernel/party/{first}")
    assert page.url.endswith(f"/kernel/party/{second}")
    assert f"{name} One was merged into this record." in admin.told()
    assert admin.complaints == []


def test_who_may_neither_make_tags_nor_merge_is_offered_neither(enter: Enter) -> None:
    agent = enter("agent")
    agent.go("/crm/lead")
    page = agent.page
    page.locator("input[name=id]").first.check()
    assert page.locator("button[name=do][value=merge]").count() == 0
    assert page.request.get(f"{agent.base}/kernel/tag/new").status == 403
