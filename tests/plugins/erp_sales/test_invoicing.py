"""Invoices of an order: what is due, and that all of them add up to the order, whatever was split or taken back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.entities.work import Session
from kernel.errors import Invalid, Refusal
from kernel.registry.settings import change_setting
from plugins.erp_sales.orders.fulfilment import LineBook, OrderBook
from plugins.erp_sales.orders.invoicing import dues_of
from plugins.erp_sales.orders.models import Order, OrderLine
from plugins.erp_sales.orders.services import confirm_orders, request_invoices
from plugins.erp_sales.orders.signals import InvoiceRequested, invoice_requested
from tests.plugins.conftest import Goods
from tests.plugins.erp_sales.conftest import Draft
from tests.plugins.erp_sales.neighbours import deliver, invoice

pytestmark = pytest.mark.usefixtures("played")


def requested(order: Order) -> InvoiceRequested:
    with invoice_requested.overheard() as told:
        request_invoices([order])
    [one] = told
    return one


def test_what_was_delivered_is_due_and_services_as_ordered(work: Session, draft: Draft, goods: Goods) -> None:
    order = draft(OrderLine(product_id=goods.bike, quantity=Decimal(2)),
                  OrderLine(product_id=goods.service, quantity=Decimal(3)), freight=Decimal(900),
                  customer_reference="77-1")
    confirm_orders([order])
    deliver(order, {order.lines[0].id: 1})
    first = requested(order)
    assert [(line.quantity, line.net, line.tax_amount) for line in first.lines] == [
        (1, 38_900, 1_945), (3, 1_000, 0)]
    assert (first.freight, first.customer_reference, first.payment_days) == (900, "77-1", 30)
    invoice([first])
    deliver(order, {order.lines[0].id: 1})
    second = requested(order)
    assert [(line.quantity, line.net, line.tax_amount) for line in second.lines] == [(1, 38_900, 1_945)]
    assert second.freight == 0
    invoice([second])
    assert (order.invoiced_amount, order.invoiced_percent) == (order.total, 100)


def test_nothing_delivered_is_nothing_to_invoice(work: Session, draft: Draft) -> None:
    order, other = draft(), draft()
    confirm_orders([order, other])
    with pytest.raises(Refusal) as refused:
        request_invoices([order])
    assert refused.value.code == "NOTHING_TO_INVOICE"
    assert str(refused.value) == f"Of {order.number}, nothing is due to be invoiced"
    with pytest.raises(Invalid) as both:
        request_invoices([order, other])
    assert [problem.code for problem in both.value.problems] == ["NOTHING_TO_INVOICE"] * 2
    deliver(order, {order.lines[0].id: 2})
    invoice([requested(order)])
    with pytest.raises(Refusal) as refused:
        request_invoices([order])
    assert refused.value.code == "NOTHING_TO_INVOICE"


def test_a_draft_is_not_invoiced(work: Session, draft: Draft) -> None:
    with pytest.raises(Refusal) as refused:
        request_invoices([draft()])
    assert refused.value.code == "STATE"


@pytest.mark.parametrize("per", ["line", "document"])
def test_an_invoice_that_was_taken_back_is_asked_for_again(
    work: Session, draft: Draft, goods: Goods, per: str
) -> None:
    change_setting("erp_sales.tax_rounding", per)
    order = draft(*[OrderLine(product_id=goods.bike, quantity=Decimal(3), unit_price=Decimal("33.33"))
                    for _ in range(3)], freight=Decimal(70))
    confirm_orders([order])
    lines = [line.id for line in order.lines]
    deliver(order, dict.fromkeys(lines, 1))
    first = requested(order)
    invoice([first])
    deliver(order, dict.fromkeys(lines[:2], 2))
    second = requested(order)
    invoice([second])
    invoice([first], back=True)
    assert order.invoiced_freight == 0
    third = requested(order)
    assert third.freight == 70
    invoice([third])
    deliver(order, {lines[2]: 2})
    invoice([requested(order)])
    assert (order.invoiced_amount, order.invoiced_percent) == (order.total, 100)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_invoices_add_up_to_the_order_however_it_is_delivered(data: st.DataObject) -> None:
    step = data.draw(st.sampled_from([Decimal(1), Decimal("0.01")]))
    counts = data.draw(st.lists(st.integers(1, 40), min_size=1, max_size=4))
    cents = data.draw(st.lists(st.integers(0, 9_999), min_size=len(counts), max_size=len(counts)))
    lines = [
        LineBook(number, Decimal(count), cent * step, (cent * step * 5 / 100).quantize(Decimal("0.000001")),
                 Decimal(0), Decimal(0), Decimal(0), Decimal(0), True, None, 0)  # type: ignore[arg-type]  # one unit
        for number, (count, cent) in enumerate(zip(counts, cents, strict=True))]
    tax = sum(line.tax_amount for line in lines).quantize(step, "ROUND_HALF_UP")
    total = sum(line.line_total for line in lines) + tax + 7
    book = OrderBook(1, "confirmed", total, Decimal(7), Decimal(0), Decimal(0), Decimal(0), lines)
    while any(line.delivered < line.quantity for line in lines):
        for line in lines:
            line.delivered += data.draw(st.integers(0, int(line.quantity - line.delivered)))
        rest = [line for line in lines if line.delivered < line.quantity]
        if not data.draw(st.booleans()):
            for line in rest:
                line.delivered = line.quantity
        dues = dues_of(book, step)
        for due in dues:
            assert due.net >= 0
            assert due.net % step == due.tax % step == 0
            due.line.invoiced, due.line.invoiced_net = due.until, due.line.invoiced_net + due.net
            book.invoiced_amount += due.net + due.tax
        if dues:
            book.invoiced_amount += book.freight - book.invoiced_freight
            book.invoiced_freight = book.freight
    assert book.invoiced_amount == total
