"""An approval is drawn by dragging, by keyboard and without a script; its pages break no rule of accessibility."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Enter, Visit

HERE = "/settings/approvals"


def begin(visit: Visit, name: str) -> str:
    """Begin an approval as a draft: nothing waits for it, so that other tests go on as before."""
    visit.go(f"{HERE}/new")
    visit.page.fill("#nf-name", name)
    visit.page.select_option("#nf-action", "oa.leave_request|submit")
    visit.page.click("form.depu .btn-primary")
    visit.page.wait_for_selector(".fl-canvas")
    return visit.page.url.removeprefix(visit.base)


def discard(visit: Visit, path: str) -> None:
    visit.go(path)
    visit.page.get_by_role("button", name="Discard").click()
    if visit.page.locator("#ask[open]").count():
        with visit.page.expect_navigation():
            visit.page.locator("#ask button[value=yes]").click()


def drag(visit: Visit, source: str, target: str) -> None:
    with visit.page.expect_navigation():
        visit.page.locator(source).drag_to(visit.page.locator(target))


def test_a_flow_is_drawn_by_dragging_and_by_keyboard(enter: Enter) -> None:
    admin = enter("admin")
    path = begin(admin, "Drawn by hand")
    plus = admin.page.locator(".fl-add > summary").last
    plus.focus()
    admin.page.keyboard.press("Enter")
    with admin.page.expect_navigation():
        admin.page.locator(".fl-add[open] button", has_text="Branch").press("Enter")
    expect(admin.page.locator(".fl-path")).to_have_count(2)
    drag(admin, "[data-kind=handle]", ".fl-path:first-child .fl-plus >> nth=0")
    expect(admin.page.locator(".fl-path:first-child .fl-node.handle")).to_have_count(1)
    admin.page.locator("select[name=rule]").first.select_option(label="Head of their department")
    with admin.page.expect_navigation():
        admin.page.get_by_role("button", name="Save").click()
    assert "Head of their department" in admin.page.locator(".fl-path:first-child .fl-node").inner_text()
    drag(admin, "#n-n1", ".fl-path:last-child .fl-plus >> nth=0")
    expect(admin.page.locator(".fl-path:last-child .fl-node")).to_have_count(1)
    assert admin.violations() == []
    discard(admin, path)
    assert admin.complaints == []


def test_without_a_script_the_flow_is_drawn_by_forms(enter: Enter) -> None:
    plain = enter("admin", scripts=False)
    path = begin(plain, "Drawn plainly")
    plain.page.locator(".fl-add > summary").last.click()
    plain.page.locator(".fl-add[open] button", has_text="Copy").click()
    plain.page.wait_for_selector(".fl-node.cc")
    plain.page.locator(".fl-more > summary").last.click()
    plain.page.locator(".fl-more[open] button", has_text="Move up").click()
    plain.page.wait_for_selector(".fl-draw > .fl-list > .fl-item >> nth=0 >> .cc")
    discard(plain, path)


def test_the_pages_of_approvals_break_no_rule_on_a_phone_and_in_the_dark(enter: Enter) -> None:
    admin = enter("admin", width=390, dark=True)
    path = begin(admin, "Looked at")
    for page in (path, f"{path}?node=n1", f"{path}?node=start", f"{path}/try", f"{path}/versions", HERE, f"{HERE}/new",
                 "/inbox/deputies"):
        admin.go(page)
        assert (page, admin.violations(), admin.sideways()) == (page, [], 0)
    discard(admin, path)
    manager = enter("manager", width=390)
    manager.go("/inbox")
    manager.page.locator("summary", has_text="Add approver").click()
    assert (manager.violations(), manager.sideways()) == ([], 0)
    assert admin.complaints + manager.complaints == []
