"""One order from lead to money in the browser: each step in the window of the person whose work it is."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Enter, Visit

pytestmark = pytest.mark.parametrize("demo", ["sqlite", "postgresql"], indirect=True)

BIKE = "CC8-L"
NAME = "Harbour Bike Hire"
TODAY = dt.datetime.now(ZoneInfo("Asia/Taipei")).date()
"""As the demo company has it."""


def number_in(text: str) -> Decimal:
    return Decimal(re.sub(r"[^\d.-]", "", text.replace("−", "-")))


def panel(visit: Visit, name: str) -> dict[str, str]:
    """Give what a panel of the record says, by label."""
    found = visit.page.locator("section.slot").filter(
        has=visit.page.get_by_role("heading", name=name, exact=True))
    return dict(zip(found.locator("dt").all_inner_texts(), found.locator("dd").all_inner_texts(), strict=True))


def cell(visit: Visit, column: str, line: int = 0) -> Any:
    return visit.page.locator(".lines tbody tr").nth(line).locator(f'[data-column="{column}"]')


def open_related(visit: Visit, text: str) -> None:
    """Follow a counted button of a record to the only record behind it."""
    visit.page.locator(".smart a", has_text=text).click()
    visit.page.locator("tr[data-href] .id a").click()
    visit.page.wait_for_url(re.compile(r"/\d+$"))


def follow_trace(visit: Visit, text: str, nth: int = 0) -> None:
    """Go from a record by its trace to a card that holds a text."""
    visit.page.keyboard.press("t")
    visit.page.wait_for_url(re.compile("/trace$"))
    visit.page.locator("a.ca", has_text=text).nth(nth).click()
    visit.page.wait_for_url(re.compile(r"/\d+$"))


def sell(agent: Visit, pieces: int, promised: dt.date) -> str:
    """Take a lead to a confirmed order; gives the order's number."""
    page = agent.page
    agent.go("/crm/lead")
    page.keyboard.press("n")
    page.wait_for_url("**/crm/lead/new")
    page.fill("#f-name", NAME)
    page.fill("#f-contact_name", "Petra Holm")
    page.fill("#f-budget", "5,000,000")
    assert f"{NAME} was created." in agent.save()
    agent.step("Contacted")
    assert "Converted" in agent.step("Convert")
    open_related(agent, "1 Opportunity")
    page.fill("#f-closes_on", str(promised))
    page.get_by_role("button", name="Add a line").click()
    agent.choose("Product", BIKE)
    cell(agent, "quantity").locator("input").fill(str(pieces))
    assert "Won" in agent.step("Won")
    follow_trace(agent, "SO-")
    page.fill("#f-promised_on", str(promised))
    assert "Approved" in agent.step("Confirm")
    return page.locator("h1").inner_text()


def record_in_list(visit: Visit, path: str, text: str) -> None:
    """Open the record whose row in a list holds a text."""
    visit.go(path)
    visit.page.locator("tr[data-href]", has_text=text).first.locator(".id a").click()
    visit.page.wait_for_url(re.compile(r"/\d+$"))


def plan(planner: Visit) -> None:
    """Run a new plan and make all of it firm."""
    planner.go("/pages/erp_mrp/plan")
    planner.page.get_by_role("link", name="New plan").click()
    planner.save()
    assert "Planned" in planner.step("Run the plan")
    assert "Firmed" in planner.step("Firm all")


def buy(buyer: Visit, director: Visit) -> str:
    """Order what the plan requested, with the director's approval; gives the purchase order's number."""
    buyer.go("/erp_purchase/request")
    buyer.page.locator("tr[data-href] .id a").first.click()
    buyer.page.wait_for_url(re.compile(r"/\d+$"))
    assert "Ordered" in buyer.step("Order")
    follow_trace(buyer, "PO-")
    number = buyer.page.locator("h1").inner_text()
    assert "waits for approval" in buyer.step("Approve")
    director.go("/inbox")
    director.page.locator(".api", has_text=number).click()
    director.page.fill("#op", "We need it")
    with director.page.expect_navigation():
        director.page.locator(".apf .btn-primary").click()
    assert "Approved." in director.told()
    buyer.page.reload()
    return number


def make(planner: Visit, worker: Visit, order: str) -> None:
    """Make the parts, then what they go into: released, issued, reported, received and closed."""
    record_in_list(planner, "/erp_mrp/work_order?f.state=in_progress", "FRM-CC8")
    work(worker, planner)  # the frames that others wait for
    record_in_list(planner, "/erp_mrp/demand?sort=-id", order)
    planner.page.keyboard.press("t")
    planner.page.wait_for_url(re.compile("/trace$"))
    cards = planner.page.locator("a.ca", has_text="WO-")
    expect(cards).to_have_count(3)
    addresses = {card.locator("b").inner_text(): card.get_attribute("href") or "" for card in cards.all()}
    for _number, address in sorted(addresses.items(), reverse=True):
        planner.go(address)
        assert "Released" in planner.step("Release")
        assert panel(planner, "Missing parts").keys() == {"All there"}
        assert "In progress" in planner.step("Issue material")
        work(worker, planner)


def work(worker: Visit, planner: Visit) -> None:
    """Let the worker, whose pages are Chinese, report what is left of the planner's order; receive and close it."""
    address = planner.page.url.removeprefix(planner.base)
    worker.go(address)
    report = worker.page.get_by_role("link", name="報工：")
    while report.count():
        report.click()
        worker.page.fill("#f-hours", "8")
        assert "已建立" in worker.save()
        assert "已過帳" in worker.step("過帳")
        worker.go(address)
    planner.go(address)
    assert "Completed" in planner.step("Receive")
    assert "Closed" in planner.step("Close")


def table(visit: Visit, report: str) -> tuple[list[list[str]], list[str]]:
    """Read a report as it is shown: its rows, and its foot."""
    visit.go(f"/reports/{report}")
    rows = [each.locator("th, td").all_inner_texts() for each in visit.page.locator("table.tt tbody tr").all()]
    return rows, visit.page.locator("table.tt tfoot td").all_inner_texts()


def test_a_lead_becomes_money_by_everybodys_hands(enter: Enter) -> None:
    agent, keeper, planner, worker = enter("agent"), enter("warehouse"), enter("planner"), enter("worker")
    buyer, director, accountant = enter("buyer"), enter("director"), enter("accountant")

    number = sell(agent, 120, TODAY + dt.timedelta(days=80))
    assert panel(agent, "Deliveries") == {"Reserved": "3", "Short": "117", "Shipped": "0"}
    record_in_list(keeper, "/erp_inventory/delivery", number)
    assert cell(keeper, "reserved").inner_text() == "3"

    plan(planner)
    bought = buy(buyer, director)
    record_in_list(keeper, "/erp_inventory/receipt", bought)
    assert "Received" in keeper.step("Receive")
    record_in_list(accountant, "/erp_purchase/order", bought)
    assert "needs Supplier's invoice number" in accountant.step("Enter invoice")
    accountant.page.fill("#f-supplier_reference", "SC-7781")
    accountant.page.fill("#f-bill_day", str(TODAY))
    assert "Closed" in accountant.step("Enter invoice")
    record_in_list(accountant, "/erp_finance/invoice", bought)
    assert "Posted" in accountant.step("Pay in full")

    make(planner, worker, number)
    record_in_list(keeper, "/erp_inventory/delivery", number)
    assert cell(keeper, "reserved").inner_text() == "120"
    assert "Shipped" in keeper.step("Ship")
    agent.page.reload()
    assert "Approved" in agent.step("Invoice")
    record_in_list(accountant, "/erp_finance/invoice", number)
    assert "Posted" in accountant.step("Pay in full")
    agent.page.reload()
    assert agent.page.locator(".t-head .st").inner_text() == "Closed"

    accounts, sums = table(accountant, "erp_finance.trial_balance")
    assert number_in(sums[3]) == number_in(sums[4]) > 0
    assert number_in(sums[5]) == 0
    inventory = next(number_in(row[-1]) for row in accounts if row[0].startswith("1300 "))
    _products, sums = table(accountant, "erp_inventory.stock_on_hand")
    assert number_in(sums[-1]) == inventory > 0

    director.find(number)
    director.page.keyboard.press("t")
    director.page.wait_for_url(re.compile("/trace$"))
    assert director.page.locator(".chain .ca.here b").inner_text() == number
    director.page.get_by_role("link", name="In order").click()
    director.page.wait_for_url(re.compile("as=order"))
    titles = director.page.locator(".chain-o .t-med").all_inner_texts()
    kinds = {title.split("-")[0] for title in titles if re.fullmatch(r"[A-Z]+-2.*", title)}
    assert kinds >= {"SO", "DN", "WO", "REP", "PR", "PO", "RC", "BILL", "INV", "PAY"}
    assert sum(title.startswith(NAME) for title in titles) == 2
    told = director.page.locator(".told")
    for name in ("Anna Keller", "Chang Ming-Che", "Wu Chih-Hao", "Huang Chun", "Ke Wei-Ting", "Yang Li-Hua"):
        assert told.locator(".who", has_text=name).count(), name
    assert told.locator("tbody td.tn").first.inner_text().startswith(f"{TODAY:%b} {TODAY.day} ")
    told.get_by_role("link", name=bought, exact=True).first.click()
    director.page.wait_for_url(re.compile(r"/erp_purchase/order/\d+$"))
    everybody = (agent, keeper, planner, worker, buyer, director, accountant)
    assert [visit.complaints for visit in everybody if visit is not accountant] == [[]] * 6
    assert all("422" in each for each in accountant.complaints), accountant.complaints


def order_by_hand(agent: Visit, product: str, pieces: int) -> str:
    """Make an order in its own form and confirm it; gives its number."""
    agent.go("/erp_sales/order/new")
    agent.choose("Customer", "Nordrad")
    agent.choose("Product", product)
    cell(agent, "quantity").locator("input").fill(str(pieces))
    agent.save()
    assert "Approved" in agent.step("Confirm")
    return str(agent.page.locator("h1").inner_text())


def stock(visit: Visit, product: str) -> list[str]:
    """Read what is on hand, reserved and free of a product."""
    rows, _sums = table(visit, "erp_inventory.stock_on_hand")
    return next((row[2:5] for row in rows if row[0] == product), ["0", "0", "0"])


def state(visit: Visit) -> str:
    return str(visit.page.locator(".t-head .st").inner_text())


def with_reason(visit: Visit, step: str) -> str:
    """Take a step that asks for a reason."""
    visit.page.fill("#f-cancel_reason", "They changed their mind")
    return visit.step(step)


def test_an_order_cancelled_half_way_gives_its_goods_free(enter: Enter) -> None:
    agent, keeper, planner = enter("agent"), enter("warehouse"), enter("planner")
    number = order_by_hand(agent, "G2A-700-54", 9)
    assert panel(agent, "Deliveries") == {"Reserved": "7", "Short": "2", "Shipped": "0"}
    assert "needs Reason for cancelling" in agent.step("Cancel order")
    assert "Cancelled" in with_reason(agent, "Cancel order")
    assert panel(agent, "Deliveries") == {"Reserved": "0", "Short": "0", "Shipped": "0"}
    record_in_list(keeper, "/erp_inventory/delivery", number)
    assert state(keeper) == "Cancelled"
    assert stock(keeper, "G2A-700-54") == ["7", "0", "7"]
    planner.go("/erp_mrp/demand?sort=-id")
    assert "Cancelled" in planner.page.locator("tr[data-href]", has_text=number).inner_text()
    assert planner.complaints == keeper.complaints == []


def test_an_order_that_was_paid_is_taken_back_step_by_step(enter: Enter) -> None:
    agent, keeper, accountant = enter("agent"), enter("warehouse"), enter("accountant")
    number = order_by_hand(agent, "G2A-700-54", 4)
    record_in_list(keeper, "/erp_inventory/delivery", number)
    assert "Shipped" in keeper.step("Ship")
    delivered = keeper.page.url
    agent.page.reload()
    agent.page.fill("#f-cancel_reason", "They changed their mind")
    assert f"Some of {number} was delivered" in agent.step("Cancel order")
    agent.page.reload()
    assert "Approved" in agent.step("Invoice")
    record_in_list(accountant, "/erp_finance/invoice", number)
    invoiced = accountant.page.url
    assert "Posted" in accountant.step("Pay in full")
    expect(accountant.page.locator(".wf-do button", has_text="Reverse")).to_have_count(0)  # money was taken for it

    follow_trace(accountant, "PAY-")
    assert "Undone" in accountant.step("Undo")
    accountant.page.goto(invoiced)
    assert "Reversed" in accountant.step("Reverse")
    agent.page.reload()
    assert panel(agent, "Fulfilment")["Paid"] == panel(agent, "Fulfilment")["Invoiced"] == "0"
    keeper.page.goto(delivered)
    assert "Taken back" in keeper.step("Take back")
    assert stock(keeper, "G2A-700-54") == ["7", "4", "3"]
    agent.page.reload()
    assert "Cancelled" in with_reason(agent, "Cancel order")
    assert stock(keeper, "G2A-700-54") == ["7", "0", "7"]
    _rows, sums = table(accountant, "erp_finance.trial_balance")
    assert number_in(sums[3]) == number_in(sums[4]) > 0


def test_a_purchase_that_was_received_is_taken_back_step_by_step(enter: Enter) -> None:
    buyer, keeper, accountant = enter("buyer"), enter("warehouse"), enter("accountant")
    before = stock(keeper, "SDL-C")
    buyer.go("/erp_purchase/order/new")
    buyer.choose("Supplier", "Suntek")
    buyer.choose("Product", "SDL-C")
    cell(buyer, "quantity").locator("input").fill("5")
    buyer.save()
    number = buyer.page.locator("h1").inner_text()
    assert "Approved" in buyer.step("Approve")
    record_in_list(keeper, "/erp_inventory/receipt", number)
    received = keeper.page.url
    assert "Received" in keeper.step("Receive")
    assert stock(keeper, "SDL-C") != before
    record_in_list(accountant, "/erp_purchase/order", number)
    accountant.page.fill("#f-supplier_reference", "SD-1")
    accountant.page.fill("#f-bill_day", str(TODAY))
    assert "Closed" in accountant.step("Enter invoice")
    buyer.page.reload()
    assert state(buyer) == "Closed"

    record_in_list(accountant, "/erp_finance/invoice", number)
    assert "Reversed" in accountant.step("Reverse")
    keeper.page.goto(received)
    assert "Taken back" in keeper.step("Take back")
    assert stock(keeper, "SDL-C") == before
    buyer.page.reload()
    assert "Cancelled" in with_reason(buyer, "Cancel order")


def test_work_under_way_is_taken_back_whole(enter: Enter) -> None:
    planner, worker, keeper = enter("planner"), enter("worker"), enter("warehouse")
    before = stock(keeper, "TUB-CC8")
    planner.go("/erp_mrp/work_order/new")
    planner.choose("Product", "FRM-CC8")
    planner.page.fill("#f-quantity", "1")
    planner.save()
    planner.step("Fill from the bill")
    assert "Released" in planner.step("Release")
    assert "In progress" in planner.step("Issue material")
    assert stock(keeper, "TUB-CC8") != before
    address = planner.page.url.removeprefix(planner.base)
    worker.go(address)
    worker.page.get_by_role("link", name="報工：").click()
    worker.page.fill("#f-hours", "2")
    worker.save()
    assert "已過帳" in worker.step("過帳")
    planner.go(address)
    assert "Cancelled" in with_reason(planner, "Cancel work order")
    assert stock(keeper, "TUB-CC8") == before
