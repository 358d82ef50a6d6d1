"""Sales by itself: where nobody delivers or invoices, people mark it, and the order still comes to its end."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kernel.entities.work import Session
from kernel.errors import Refusal
from kernel.workflows.machine import workflow_of
from plugins.erp_sales.orders.checks import how_far
from plugins.erp_sales.orders.models import Order, OrderLine
from plugins.erp_sales.orders.services import confirm_orders, request_invoices
from tests.plugins.conftest import Goods
from tests.plugins.erp_sales.conftest import Draft


def do(action: str, *orders: Order) -> None:
    flow = workflow_of(Order)
    assert flow is not None
    flow.run(action, orders)


def offered(order: Order) -> list[str]:
    flow = workflow_of(Order)
    assert flow is not None
    return [step.code for step in flow.available(order)]


@pytest.mark.usefixtures("alone")
def test_an_order_is_delivered_invoiced_and_paid_by_hand_and_closes(
    work: Session, draft: Draft, goods: Goods
) -> None:
    order = draft(OrderLine(product_id=goods.bike, quantity=Decimal(2)),
                  OrderLine(product_id=goods.service, quantity=Decimal(1)))
    confirm_orders([order])
    assert offered(order) == ["deliver", "mark_invoiced", "close", "cancel"]
    do("deliver", order)
    assert (order.delivered_percent, order.lines[0].delivered) == (100, 2)
    with pytest.raises(Refusal) as refused:
        do("mark_paid", order)
    assert refused.value.code == "NOT_INVOICED"
    do("mark_invoiced", order)
    assert (order.invoiced_amount, order.invoiced_percent) == (order.total, 100)
    assert offered(order) == ["mark_paid", "take_back", "close", "cancel"]
    do("mark_paid", order)
    assert (order.state, order.paid_percent) == ("done", 100)
    assert list(how_far()) == []
    do("take_back", order)
    assert (order.state, order.delivered_percent, order.invoiced_percent, order.paid_percent) == ("confirmed", 0, 0, 0)
    assert list(how_far()) == []


@pytest.mark.usefixtures("alone")
def test_nothing_is_marked_twice(work: Session, draft: Draft) -> None:
    order = draft()
    confirm_orders([order])
    with pytest.raises(Refusal) as refused:
        do("take_back", order)
    assert refused.value.code == "NOTHING_BY_HAND"
    do("deliver", order)
    do("mark_invoiced", order)
    for action, code in (("deliver", "NOTHING_TO_DELIVER"), ("mark_invoiced", "NOTHING_TO_INVOICE")):
        with pytest.raises(Refusal) as refused:
            do(action, order)
        assert refused.value.code == code


@pytest.mark.usefixtures("alone")
def test_nobody_to_invoice_is_said_so(work: Session, draft: Draft) -> None:
    order = draft()
    confirm_orders([order])
    with pytest.raises(Refusal) as refused:
        request_invoices([order])
    assert refused.value.code == "NO_FINANCE"


@pytest.mark.usefixtures("played")
def test_what_a_plugin_does_is_not_marked_by_hand(work: Session, draft: Draft) -> None:
    order = draft()
    confirm_orders([order])
    assert offered(order) == ["invoice", "close", "cancel"]
    for action in ("deliver", "mark_invoiced", "mark_paid"):
        with pytest.raises(Refusal) as refused:
            do(action, order)
        assert refused.value.code == "DONE_BY_PLUGIN"
