"""One order from lead to money through all seven plugins, by the API: each step by the person whose work it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import pytest

from kernel.entities.work import Actor
from tests.conftest import MakeUser
from tests.kernel.api.conftest import Client
from tests.plugins.conftest import Goods
from tests.scenarios.bicycle_works import Works, found_works

pytestmark = pytest.mark.slow


@pytest.fixture
def works(
    make_user: MakeUser, client_of: Callable[[Actor], Client], goods: Goods, system: Actor
) -> Works:
    return found_works(make_user, client_of, goods, system)


def test_an_order_is_reserved_planned_bought_made_delivered_invoiced_and_paid(works: Works) -> None:
    order = works.sell("10")
    assert order["state"] == "confirmed"
    [delivery] = works.rows("keeper", "/erp_inventory/deliveries")
    assert [(line["quantity"], line["reserved"], line["short"]) for line in delivery["lines"]] == [("10", "4", "6")]
    assert works.on_hand(works.bike) == (4, 4)

    plan = works.plan()
    assert (plan["to_make"], plan["to_buy"]) == (2, 2)
    made = {each["product"]["id"]: each["quantity"] for each in works.rows("planner", "/erp_mrp/work_orders")}
    assert made == {works.bike: "6", works.frame: "6"}
    bought = works.buy()
    assert {line["product"]["id"]: line["quantity"] for line in bought["lines"]} == {
        works.wheel: "12", works.tube: "18"}
    assert Decimal(bought["subtotal"]) == 12 * 1600 + 18 * 750

    works.receive()
    assert (works.on_hand(works.wheel)[0], works.on_hand(works.tube)[0]) == (12, 18)
    works.do("buyer", f"/erp_purchase/orders/{bought['id']}/bill", {
        "values": {"supplier_reference": "SC-7781", "bill_day": bought["order_date"]}})
    [bill] = [each for each in works.rows("clerk", "/erp_finance/invoices") if each["kind"] == "purchase"]
    works.pay(bill)
    assert works.see("buyer", f"/erp_purchase/orders/{bought['id']}")["state"] == "done"

    orders = works.make()
    assert [each["state"] for each in orders] == ["closed", "closed"]
    assert works.on_hand(works.wheel) == (0, 0)
    assert works.on_hand(works.bike) == (10, 10)

    shipped = works.ship()
    assert shipped["state"] == "done"
    assert works.on_hand(works.bike) == (0, 0)
    assert works.see("anna", f"/erp_sales/orders/{order['id']}")["delivered_percent"] == "100"
    invoice = works.invoice(order)
    assert (invoice["total"], invoice["outstanding"]) == (order["total"], order["total"])
    works.pay(invoice)
    ended = works.see("anna", f"/erp_sales/orders/{order['id']}")
    assert (ended["state"], ended["invoiced_percent"], ended["paid_percent"]) == ("done", "100", "100")
    works.agrees()

    rows = works.see("clerk", "/erp_finance/reports/trial_balance")["rows"]
    assert sum(Decimal(row["debit"]) - Decimal(row["credit"]) for row in rows) == 0

    trace = works.see("director", f"/erp_sales/orders/{order['id']}/trace")
    assert trace["hidden"] == 0
    assert trace["complete"]
    chain = Counter(node["entity"] for node in trace["nodes"])
    assert chain == {
        "crm.lead": 1, "crm.opportunity": 1, "erp_sales.order": 1, "erp_inventory.delivery": 1, "erp_mrp.demand": 1,
        "erp_mrp.planned_order": 4, "erp_mrp.work_order": 2, "erp_mrp.operation_report": 1, "erp_mrp.supply": 4,
        "erp_purchase.request": 1, "erp_purchase.order": 1, "erp_inventory.receipt": 1, "erp_finance.invoice": 2,
        "erp_finance.payment": 2, "erp_finance.entry": 11}
    told = {event["signal"] for event in trace["events"]}
    assert told == {
        "crm.lead_converted", "crm.opportunity_won", "erp_sales.order_confirmed", "erp_sales.invoice_requested",
        "erp_sales.order_closed", "erp_inventory.stock_short", "erp_inventory.move_posted",
        "erp_mrp.operation_reported", "erp_mrp.order_received", "erp_mrp.order_closed", "erp_purchase.order_approved",
        "erp_purchase.bill_received", "erp_finance.invoice_posted", "erp_finance.payment_allocated"}
    seller = works.see("anna", f"/erp_sales/orders/{order['id']}/trace")
    assert {node["entity"] for node in seller["nodes"]} == {"crm.lead", "crm.opportunity", "erp_sales.order"}
    assert seller["hidden"] == 31


def test_taken_back_step_by_step_nothing_is_left_of_an_order(works: Works) -> None:
    order = works.sell("4")
    here = f"/erp_sales/orders/{order['id']}"
    delivery = works.ship()
    assert works.refused("anna", f"{here}/cancel", CHANGED_MIND)["code"] == "DELIVERED"
    invoice = works.invoice(order)
    works.pay(invoice)
    works.agrees()

    assert works.refused("clerk", f"/erp_finance/invoices/{invoice['id']}/reverse")["code"] == "ALLOCATED"
    [payment] = works.rows("clerk", "/erp_finance/payments")
    works.do("clerk", f"/erp_finance/payments/{payment['id']}/undo")
    assert works.see("anna", here)["paid_percent"] == "0"
    works.agrees()
    works.do("clerk", f"/erp_finance/invoices/{invoice['id']}/reverse")
    assert works.see("anna", here)["invoiced_percent"] == "0"
    works.agrees()
    works.do("keeper", f"/erp_inventory/deliveries/{delivery['id']}/reverse")
    taken_back = works.see("anna", here)
    assert (taken_back["delivered_percent"], taken_back["state"]) == ("0", "confirmed")
    assert works.on_hand(works.bike) == (4, 4)
    works.agrees()
    works.do("anna", f"{here}/cancel", CHANGED_MIND)
    assert works.on_hand(works.bike) == (4, 0)
    assert {each["state"] for each in works.rows("keeper", "/erp_inventory/deliveries")} == {"reversed", "cancelled"}
    works.agrees()


def test_a_cancelled_order_gives_its_stock_free_and_is_planned_no_more(works: Works) -> None:
    order = works.sell("10")
    works.do("anna", f"/erp_sales/orders/{order['id']}/cancel", CHANGED_MIND)
    assert works.on_hand(works.bike) == (4, 0)
    plan = works.plan()
    assert (plan["to_make"], plan["to_buy"]) == (0, 0)
    works.agrees()


def test_work_and_purchases_under_way_are_taken_back_whole(works: Works) -> None:
    works.sell("10")
    works.plan()
    bought = works.buy()
    receipt = works.receive()
    assert works.refused("buyer", f"/erp_purchase/orders/{bought['id']}/cancel", CHANGED_MIND)["code"] == "RECEIVED"
    frame = next(each for each in works.rows("planner", "/erp_mrp/work_orders")
                 if each["product"]["id"] == works.frame)
    works.do("planner", f"/erp_mrp/work_orders/{frame['id']}/release")
    works.do("planner", f"/erp_mrp/work_orders/{frame['id']}/issue")
    assert works.on_hand(works.tube)[0] == 0
    assert works.refused("keeper", f"/erp_inventory/receipts/{receipt['id']}/reverse")["code"] == "STOCK_NEGATIVE"
    works.agrees()
    works.do("planner", f"/erp_mrp/work_orders/{frame['id']}/cancel", CHANGED_MIND)
    assert works.on_hand(works.tube) == (18, 0)
    works.agrees()
    works.do("keeper", f"/erp_inventory/receipts/{receipt['id']}/reverse")
    assert works.on_hand(works.tube) == (0, 0)
    assert works.see("buyer", f"/erp_purchase/orders/{bought['id']}")["received_percent"] == "0"
    works.do("buyer", f"/erp_purchase/orders/{bought['id']}/cancel", CHANGED_MIND)
    works.agrees()


def test_what_cannot_be_is_refused_in_clear_words_and_leaves_nothing(works: Works) -> None:
    order = works.sell("6")
    again = works.refused("anna", f"/erp_sales/orders/{order['id']}/confirm")
    assert again["code"] == "ALREADY_CONFIRMED"
    [delivery] = works.rows("keeper", "/erp_inventory/deliveries")
    [line] = delivery["lines"]
    works.change("keeper", f"/erp_inventory/deliveries/{delivery['id']}", {
        "lines": [{"id": line["id"], "to_ship": "5"}]})
    more = works.refused("keeper", f"/erp_inventory/deliveries/{delivery['id']}/ship")
    assert more["code"] == "NOT_RESERVED"
    assert "4" in more["title"]
    works.plan()
    works.buy()
    [receipt] = works.rows("keeper", "/erp_inventory/receipts")
    works.change("keeper", f"/erp_inventory/receipts/{receipt['id']}", {
        "lines": [{"id": receipt["lines"][0]["id"], "received": "99"}]})
    assert works.refused("keeper", f"/erp_inventory/receipts/{receipt['id']}/receive")["code"] == "OVER_RECEIPT"
    loop = works.people["planner"]("POST", "/erp_mrp/boms", {
        "product": works.tube, "components": [{"component": works.bike, "quantity": "1"}]})
    assert (loop.status_code, loop.json["errors"][0]["code"]) == (422, "BOM_LOOP")
    assert "CC8-L → FRAME → TUBE → CC8-L" in loop.json["title"] or "TUBE → CC8-L → FRAME → TUBE" in loop.json["title"]
    assert works.refused("worker", f"/erp_sales/orders/{order['id']}/cancel", CHANGED_MIND)["status"] in (403, 404)
    works.agrees()


CHANGED_MIND = {"values": {"cancel_reason": "They changed their mind"}}
