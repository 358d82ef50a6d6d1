"""An agent takes a lead to a confirmed order, the manager approves a discount, and every page is open to everybody."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Enter

PAGES = (
    "/", "/crm/lead", "/crm/lead/new", "/crm/opportunity/board", "/kernel/party", "/erp_sales/order",
    "/erp_sales/order/new", "/reports/crm.pipeline", "/inbox", "/search?q=nord", "/no-such-page",
)


def test_a_lead_becomes_a_won_opportunity_by_dragging_its_card(enter: Enter) -> None:
    agent = enter("agent")
    page = agent.page
    agent.go("/crm/lead")
    page.keyboard.press("n")
    page.wait_for_url("**/crm/lead/new")
    page.fill("#f-name", "Quayside Rentals")
    page.fill("#f-contact_name", "Petra Holm")
    page.fill("#f-budget", "250,000")
    page.keyboard.press("Control+s")
    page.wait_for_url(re.compile(r"/crm/lead/\d+$"))
    assert "Quayside Rentals was created." in agent.told()
    agent.step("Contacted")
    agent.step("Convert")
    assert "Converted" in agent.told()
    agent.go("/crm/opportunity/board?q=Quayside")
    card = page.locator(".kc", has_text="Quayside")
    goal = page.locator('[data-lane="qualified"]').bounding_box()
    with page.expect_response("**/move") as moved:
        card.hover(position={"x": 100, "y": 60})
        page.mouse.down()
        page.mouse.move(goal["x"] + 60, goal["y"] + 20, steps=8)
        page.mouse.move(goal["x"] + 80, goal["y"] + 40, steps=4)
        page.mouse.up()
    assert moved.value.ok
    agent.go("/crm/opportunity/board?q=Quayside")
    expect(page.locator('[data-lane="qualified"] .kc', has_text="Quayside")).to_have_count(1)
    assert agent.complaints == []


def test_an_order_with_a_discount_waits_for_the_manager(enter: Enter) -> None:
    agent = enter("agent")
    page = agent.page
    agent.go("/erp_sales/order/new")
    agent.choose("Customer", "Nordrad")
    agent.choose("Product", "Pebble 20")
    row = page.locator(".lines tbody tr").first
    row.locator('[data-column="quantity"] input').fill("2")
    row.locator('[data-column="unit_price"] input').fill("10,000")
    row.locator('[data-column="discount"] input').fill("8")
    assert row.locator('[data-column="line_total"]').inner_text() == "18,400"
    page.locator(".savebar .btn-primary").click()
    page.wait_for_url(re.compile(r"/erp_sales/order/\d+$"))
    number = page.locator("h1").inner_text()
    agent.step("Confirm")
    assert "waits for approval" in agent.told()
    manager = enter("manager")
    manager.go("/inbox")
    manager.page.locator(".api", has_text=number).click()
    manager.page.fill("#op", "A good customer")
    manager.page.locator(".apf .btn-primary").click()
    manager.page.wait_for_load_state()
    assert "Approved." in manager.told()
    page.reload()
    assert "Approved" in page.locator(".t-head .st").inner_text()
    assert agent.complaints == manager.complaints == []


def test_the_palette_finds_a_customer_from_anywhere(enter: Enter) -> None:
    agent = enter("agent")
    agent.page.keyboard.press("Control+k")
    agent.page.locator("#palette input[type=search]").fill("nordrad")
    agent.page.locator("#pal-found a", has_text="Nordrad GmbH").first.wait_for()
    agent.page.keyboard.press("ArrowDown")
    agent.page.keyboard.press("Enter")
    agent.page.wait_for_url(re.compile(r"/\d+$"))


def test_a_record_can_be_made_before_any_script_ran(enter: Enter) -> None:
    agent = enter("agent", scripts=False)
    agent.go("/crm/lead/new")
    agent.page.fill("#f-name", "No scripts at all")
    agent.page.locator(".savebar .btn-primary").click()
    assert "No scripts at all was created." in agent.told()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("dark", [False, True])
def test_every_page_is_accessible_and_fits_the_window(enter: Enter, width: int, dark: bool) -> None:
    manager = enter("manager", width=width, dark=dark)
    found = {}
    for path in PAGES:
        manager.go(path)
        if wrong := manager.violations():
            found[path] = wrong
        assert manager.sideways() == 0, path
    assert found == {}


WORKER_OF = """(language) => navigator.serviceWorker.getRegistration().then((found) =>
    !found.installing && !found.waiting && found.active.state === "activated" &&
    found.active.scriptURL.includes(language))"""


def test_the_pages_speak_chinese(enter: Enter) -> None:
    manager = enter("director")
    page = manager.page
    page.locator(".user-menu summary").click()
    page.locator("button", has_text="繁體中文").click()
    page.wait_for_load_state()
    assert page.locator("html").get_attribute("lang") == "zh-Hant"
    assert "Inbox" not in page.locator("nav.t-nav a").first.inner_text()
    page.wait_for_function(WORKER_OF, arg="zh_Hant")  # it takes over once, and not in the middle of a page
    for path in PAGES:
        manager.go(path)
        assert manager.violations() == [], path
    page.locator(".user-menu summary").click()
    page.locator("button", has_text="English").click()  # other tests are this person, too
    page.wait_for_load_state()
    assert page.locator("html").get_attribute("lang") == "en"


def test_an_opportunity_dragged_on_the_calendar_closes_on_another_day(enter: Enter) -> None:
    manager = enter("manager")
    page = manager.page
    manager.go("/crm/opportunity")
    page.get_by_role("link", name="Calendar").click()
    page.wait_for_url("**/crm/opportunity/calendar")
    page.get_by_role("link", name="Month after").click()
    entry = page.locator(".cal-d:not(.outside) .cal-e").first
    name = entry.locator("a").inner_text()
    was = entry.locator("xpath=..").get_attribute("data-lane") or ""
    day = page.locator(".cal-d.none:not(.outside) ul").last.get_attribute("data-lane") or ""
    with page.expect_response("**/crm/opportunity/day") as answer:
        entry.drag_to(page.locator(f'ul[data-lane="{day}"]'))
    assert answer.value.ok
    page.reload()
    assert page.locator(f'ul[data-lane="{day}"]').inner_text().startswith(name)
    assert name not in page.locator(f'ul[data-lane="{was}"]').inner_text()
    assert manager.violations() == manager.complaints == []


def test_a_list_is_walked_by_keys_and_a_sheet_names_them(enter: Enter) -> None:
    manager = enter("manager", dark=True)
    page = manager.page
    manager.go("/erp_sales/order")
    page.keyboard.press("?")
    sheet = page.locator("#keys")
    assert sheet.get_by_text("New sales order").is_visible()
    assert manager.violations() == []
    page.keyboard.press("Escape")
    assert not sheet.is_visible()
    numbers = page.locator("tr[data-href] .id a").all_inner_texts()
    for key in "jjjk":
        page.keyboard.press(key)
        page.wait_for_timeout(100)  # as quick as people are, not as scanners
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/erp_sales/order/\d+$"))
    assert page.locator("h1").inner_text() == numbers[1]
    page.keyboard.press("?")
    assert sheet.get_by_text("Trace").is_visible()
    page.keyboard.press("Escape")
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    assert sheet.is_visible()
    assert manager.complaints == []
