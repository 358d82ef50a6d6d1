"""Orders move on by what neighbours tell: goods that arrived, invoices that were posted, payments; and back again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from kernel.entities.fields import AnyRef
from kernel.entities.work import Session
from kernel.errors import Refusal
from kernel.hooks.participation import switch_on
from kernel.registry.checks import Finding
from kernel.web.layout import lines_of
from plugins.erp_finance.invoices.signals import InvoicedLine, InvoicePosted, invoice_posted
from plugins.erp_finance.payments.signals import PaymentAllocated, SettledInvoice, payment_allocated
from plugins.erp_inventory.moves.signals import MovedLine, MovePosted, move_posted
from plugins.erp_purchase.orders.checks import nothing_before_approval, order_totals, sensible_progress
from plugins.erp_purchase.orders.hooks import held_up
from plugins.erp_purchase.orders.models import Order, OrderLine
from plugins.erp_purchase.orders.services import approve_orders, bill_orders, receive_orders
from plugins.erp_purchase.orders.signals import order_ended
from plugins.erp_purchase.requests.checks import ordered_requests_have_orders
from plugins.erp_purchase.requests.models import Request, RequestLine
from plugins.erp_purchase.suppliers.checks import sensible_prices, sensible_terms
from plugins.erp_purchase.suppliers.extends import SupplierTerms
from plugins.erp_purchase.suppliers.models import ProductSupplier
from tests.plugins.erp_purchase.conftest import MakeOrder, Market

DAY = dt.date(2026, 11, 20)


def receipt(order: Order, pieces: int, kind: Any = "receipt", reversal: bool = False) -> MovePosted:
    [line] = order.lines
    return MovePosted(
        document=AnyRef("erp_inventory.receipt", 1), kind=kind, day=DAY, source=AnyRef.to(order), reversal=reversal,
        lines=(MovedLine(1, line.product_id, Decimal(pieces), line.unit_id, Decimal(0), AnyRef.to(line)),))


def invoice(
    order: Order, count: Decimal, total: Decimal, kind: Any = "purchase", reversal: bool = False
) -> InvoicePosted:
    [line] = order.lines
    return InvoicePosted(
        invoice_id=1, number="BILL-1", kind=kind, day=DAY, due_on=DAY, total=total, source=AnyRef.to(order),
        lines=(InvoicedLine(count, total, line.product_id, AnyRef.to(line)),), reversal=reversal)


def approved(draft: MakeOrder, *lines: OrderLine) -> Order:
    order = draft(*lines)
    approve_orders([order])
    return order


def test_an_order_says_how_much_its_supplier_has_delivered(work: Session, draft: MakeOrder, market: Market) -> None:
    order = approved(draft, OrderLine(product_id=market.fork, quantity=Decimal(8)))
    waiting = draft(OrderLine(product_id=market.fork, quantity=Decimal(1)))
    move_posted.tell([receipt(order, 2)])
    name = order.supplier.name
    assert [str(each) for each in held_up("erp_purchase.order", [order.id, waiting.id])] == [
        f"{name} has delivered 25%", "None"]


def test_receipts_add_up_in_the_lines_unit(work: Session, draft: MakeOrder, market: Market) -> None:
    order = approved(draft, OrderLine(product_id=market.fork, quantity=Decimal(1), unit_id=market.dozen))
    received = []
    for _third in range(3):
        move_posted.tell([receipt(order, 4)])
        received.append(order.lines[0].received)
    assert received == [Decimal("0.333333"), Decimal("0.666667"), 1]
    assert order.received_percent == 100
    move_posted.tell([receipt(order, -4, reversal=True)])
    assert order.lines[0].received == Decimal("0.666667")


def test_goods_of_others_and_other_moves_count_for_nothing(work: Session, draft: MakeOrder) -> None:
    order = approved(draft)
    move_posted.tell([receipt(order, 5, kind="adjustment")])
    invoice_posted.tell([invoice(order, Decimal(5), Decimal(100), kind="sale")])
    assert (order.lines[0].received, order.lines[0].billed, order.billed_amount) == (0, 0, 0)


def test_an_order_closes_when_all_came_and_is_billed_and_opens_when_something_is_taken_back(
    work: Session, draft: MakeOrder
) -> None:
    order = approved(draft)
    with order_ended.overheard() as told:
        move_posted.tell([receipt(order, 10)])
        assert order.state == "approved"
        invoice_posted.tell([invoice(order, Decimal(10), Decimal(92_400))])
    assert (order.state, order.billed_percent, order.billed_amount, told) == ("done", 100, 92_400, [])
    invoice_posted.tell([invoice(order, Decimal(-10), Decimal(-92_400), reversal=True)])
    assert (order.state, order.billed_percent, order.billed_amount) == ("approved", 0, 0)
    invoice_posted.tell([invoice(order, Decimal(10), Decimal(92_400))])
    assert order.state == "done"
    move_posted.tell([receipt(order, -10, reversal=True)])
    assert (order.state, order.received_percent) == ("approved", 0)


def test_payments_are_noted_and_taken_back(work: Session, draft: MakeOrder) -> None:
    order = approved(draft)
    for amount in (50_000, 42_400, -42_400):
        payment_allocated.tell([PaymentAllocated(
            payment_id=1, number="PAY-1", direction="out", day=DAY,
            settled=(SettledInvoice(1, "purchase", Decimal(amount), Decimal(0), AnyRef.to(order)),
                     SettledInvoice(2, "sale", Decimal(7), Decimal(0), AnyRef("erp_sales.order", order.id))))])
    assert order.paid_amount == 50_000


def test_with_inventory_nobody_receives_by_hand(work: Session, draft: MakeOrder) -> None:
    order = approved(draft)
    assert "arriving" in [column.path for column in lines_of(Order)[0].columns]
    switch_on("erp_inventory")
    assert "arriving" not in [column.path for column in lines_of(Order)[0].columns]
    with pytest.raises(Refusal) as refused:
        receive_orders([order])
    assert (refused.value.code, refused.value.allowed) == ("DONE_BY_PLUGIN", "erp_inventory")


def test_with_finance_an_invoice_counts_when_it_is_posted(work: Session, draft: MakeOrder) -> None:
    order = approved(draft)
    receive_orders([order])
    switch_on("erp_finance")
    bill_orders([order], "SC-1", DAY)
    billed = [line for line in order.lines if line.billed]
    invoice_posted.tell([invoice(order, Decimal(10 - 10 * len(billed)), Decimal(92_400 - 92_400 * len(billed)))])
    assert (order.lines[0].billed, order.state) == (10, "done")  # told by finance itself, or by this test


@pytest.mark.parametrize("count", [1, 60])
def test_any_number_of_receipts_and_invoices_takes_the_same_number_of_statements(
    work: Session, draft: MakeOrder, count: int, count_statements: Callable[[], Any]
) -> None:
    orders = [draft() for _number in range(count)]
    approve_orders(orders)
    receipts, invoices = [receipt(each, 10) for each in orders], [
        invoice(each, Decimal(10), Decimal(92_400)) for each in orders]
    with count_statements() as receiving:
        move_posted.tell(receipts)
    with count_statements() as billing:
        invoice_posted.tell(invoices)
    work.expire_all()
    assert set(work.scalars(select(Order.state))) == {"done"}
    counts = [
        len([each for each in counted.statements if not each.startswith("UPDATE erp_purchase_order SET state")])
        for counted in (receiving, billing)]
    assert all(each <= most for each, most in zip(counts, (14, 20), strict=True)), counts


def find(check: Callable[[], Any]) -> list[Finding]:
    return list(check())


def test_a_clean_database_is_clean_and_planted_corruptions_are_named(
    work: Session, draft: MakeOrder, market: Market
) -> None:
    request = Request()
    request.lines = [RequestLine(product_id=market.battery, quantity=Decimal(1))]
    order, waiting = approved(draft), draft()
    work.add(request)
    move_posted.tell([receipt(order, 4)])
    checks = (order_totals, sensible_progress, nothing_before_approval, ordered_requests_have_orders, sensible_prices,
              sensible_terms)
    assert [find(check) for check in checks] == [[]] * len(checks)
    connection = work.work.connection
    offers, terms = ProductSupplier.__table__, SupplierTerms.__table__
    lines, orders, requests = OrderLine.__table__, Order.__table__, Request.__table__
    planted = (
        (order_totals, update(orders).where(orders.c.id == order.id).values(subtotal=Decimal(5)), order.number),
        (order_totals, update(orders).where(orders.c.id == waiting.id).values(total=Decimal(5)), waiting.number),
        (order_totals, update(orders).where(orders.c.id == waiting.id).values(tax_amount=Decimal(5)), waiting.number),
        (sensible_progress, update(lines).where(lines.c.order_id == order.id).values(received=Decimal(11)),
         order.number),
        (sensible_progress, update(lines).where(lines.c.order_id == order.id).values(billed=Decimal(-1)), order.number),
        (nothing_before_approval, update(lines).where(lines.c.order_id == waiting.id).values(received=Decimal(1)),
         waiting.number),
        (ordered_requests_have_orders, update(requests).where(requests.c.id == request.id).values(state="ordered"),
         request.number),
        (sensible_prices, update(offers).where(offers.c.product_id == market.fork).values(price=Decimal(-1)), None),
        (sensible_terms, update(terms).where(terms.c.row_id == market.suntek).values(lead_days=-1), None),
    )
    for check, corruption, number in planted:
        savepoint = connection.begin_nested()
        connection.execute(corruption)
        found = find(check)
        savepoint.rollback()
        assert [number or each.record for each in found] == [each.record for each in found] != []
    assert [find(check) for check in checks] == [[]] * len(checks)


def test_history_stays_outside_of_everything(work: Session, market: Market) -> None:
    order = Order(supplier_id=market.suntek, historical=True, subtotal=Decimal("201.04"), total=Decimal("222.1492"),
                  freight=Decimal("5.026"), tax_amount=Decimal("16.0832"), order_date=dt.date(2011, 4, 16))
    order.lines = [OrderLine(product_id=market.fork, quantity=Decimal(4), unit_id=market.piece,
                             unit_price=Decimal("50.26"), line_total=Decimal("201.04"))]
    work.add(order)
    work.flush()
    move_posted.tell([receipt(order, 4)])
    assert (order.subtotal, order.total, order.lines[0].received) == (Decimal("201.04"), Decimal("222.1492"), 0)
    assert order_totals() is not None
    assert [find(check) for check in (order_totals, sensible_progress)] == [[], []]
