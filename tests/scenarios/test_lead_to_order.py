"""From somebody who asked at a fair to a confirmed order: an agent and her manager, by the API."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.hooks.models import Event
from kernel.hooks.trace import trace
from kernel.workflows.approvals import approve, my_tasks
from tests.kernel.api.conftest import Client
from tests.plugins.conftest import Goods


def done(answer: Any, status: int = 200) -> Any:
    """Give the answer's body; the request must have succeeded."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    return answer.json


def win_a_deal(anna: Client, goods: Goods) -> tuple[int, int]:
    """Take a lead all the way to a won opportunity; gives both ids."""
    lead = done(anna("POST", "/crm/leads", {
        "name": "Quayside Rentals", "contact_name": "Petra Holm", "budget": "400000", "source": "fair"}), 201)["id"]
    done(anna("POST", f"/crm/leads/{lead}/contact"))
    done(anna("POST", f"/crm/leads/{lead}/convert"))
    [deal] = done(anna("GET", "/crm/opportunities"))["data"]
    done(anna("PATCH", f"/crm/opportunities/{deal['id']}", {
        "closes_on": "2026-12-24", "lines": [{"product": goods.bike, "quantity": "10"}]}))
    done(anna("POST", f"/crm/opportunities/{deal['id']}/win"))
    return lead, deal["id"]


def order_of(anna: Client) -> Any:
    [found] = done(anna("GET", "/erp_sales/orders"))["data"]
    return done(anna("GET", f"/erp_sales/orders/{found['id']}"))


def give_a_discount(anna: Client, order: Any, percent: str) -> Any:
    [line] = order["lines"]
    return done(anna("PATCH", f"/erp_sales/orders/{order['id']}", {
        "lines": [{"id": line["id"], "discount": percent}]}))


def test_a_lead_becomes_a_confirmed_order_with_the_managers_consent(
    anna: Client, people: dict[str, Actor], goods: Goods, system: Actor
) -> None:
    lead, deal = win_a_deal(anna, goods)
    order = order_of(anna)
    assert (order["state"], order["subtotal"], order["total"]) == ("draft", "389000.00", "408450.00")
    assert order["customer"]["title"] == "Quayside Rentals"
    assert "Quayside Rentals" in order["origin"]
    assert (order["source"]["entity"], order["source"]["id"]) == ("crm.opportunity", deal)
    order = give_a_discount(anna, order, "8")
    assert (order["subtotal"], order["tax_amount"], order["total"]) == ("357880.00", "17894.00", "375774.00")

    parked = done(anna("POST", f"/erp_sales/orders/{order['id']}/confirm"))
    assert (parked["state"], parked["confirmed_at"]) == ("submitted", None)
    again = anna("POST", f"/erp_sales/orders/{order['id']}/confirm")
    assert again.status_code == 422
    with unit_of_work(people["meihua"]):
        [task] = my_tasks()
        assert task.run.record_title == order["number"]
        approve([task.id], "They rent to the whole harbour")

    confirmed = done(anna("GET", f"/erp_sales/orders/{order['id']}"))
    assert confirmed["state"] == "confirmed"
    assert confirmed["confirmed_at"] is not None
    with unit_of_work(system, reading=True) as opened:
        events = {event.name: event for event in opened.work.connection.execute(select(Event.__table__))}
        assert events.pop("kernel.approval_decided").user_id == people["meihua"].user_id
        assert set(events) == {
            "crm.lead_converted", "crm.opportunity_won", "erp_sales.order_confirmed", "erp_inventory.stock_short",
            "kernel.approval_asked"}
        assert {event.user_id for event in events.values()} == {people["anna"].user_id}
        assert events["crm.opportunity_won"].subject_id == deal
        assert events["erp_sales.order_confirmed"].subject_id == order["id"]
    with unit_of_work(people["anna"], reading=True):
        steps = trace("erp_sales.order", order["id"]).steps
    assert [(step.name, step.subject, step.led_here) for step in steps] == [
        ("crm.lead_converted", ("crm.lead", lead), True),
        ("crm.opportunity_won", ("crm.opportunity", deal), True),
        ("kernel.approval_asked", ("erp_sales.order", order["id"]), False),
        ("erp_sales.order_confirmed", ("erp_sales.order", order["id"]), False),
        ("erp_inventory.stock_short", ("erp_sales.order", order["id"]), False),
        ("kernel.approval_decided", ("erp_sales.order", order["id"]), False)]
    assert ("erp_sales.order", order["id"], "create") in {
        (each.entity, each.id, each.action) for each in steps[1].touched}


def test_an_order_over_the_credit_limit_is_refused_and_stays_a_draft(
    anna: Client, meihua: Client, people: dict[str, Actor], goods: Goods
) -> None:
    win_a_deal(anna, goods)
    order = order_of(anna)
    customer = order["customer"]["id"]
    done(meihua("PATCH", f"/kernel/parties/{customer}", {"erp_sales": {"credit_limit": "400000"}}))

    refused = anna("POST", f"/erp_sales/orders/{order['id']}/confirm")

    assert refused.status_code == 422
    assert refused.mimetype == "application/problem+json"
    assert refused.json["code"] == "CREDIT"
    assert "Quayside Rentals would owe 408,450" in refused.json["title"]
    assert order_of(anna)["state"] == "draft"
    with unit_of_work(people["meihua"], reading=True):
        assert my_tasks() == []
    give_a_discount(anna, order, "5")
    assert done(anna("POST", f"/erp_sales/orders/{order['id']}/confirm"))["state"] == "confirmed"
