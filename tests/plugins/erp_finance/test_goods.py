"""Goods in the ledger: what stock tells is posted once, and what isn't invoiced waits line by line to the last cent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.work import Session
from kernel.errors import Conflict
from kernel.hooks.specifications import temporary_hooks
from plugins.erp_finance.goods.checks import cleared_goods, goods_equal_ledger
from plugins.erp_finance.goods.models import UnbilledGoods
from plugins.erp_finance.invoices.services import reverse_invoices
from plugins.erp_finance.ledger.checks import balanced
from plugins.erp_finance.ledger.models import Entry, PostingRule
from plugins.erp_inventory.moves.signals import move_posted
from plugins.erp_mrp.work_orders.signals import OperationReported, OrderClosed, operation_reported, order_closed
from tests.plugins.conftest import Goods
from tests.plugins.erp_finance.ledger import balance, billed, invoice, move, moved


def balances(*roles: str) -> list[Decimal]:
    return [balance(role) for role in roles]


@pytest.mark.parametrize(("kind", "quantity", "value", "other", "stock", "held"), [
    ("receipt", 10, 1000, "grni", 1000, -1000), ("delivery", -4, -400, "shipped", -400, 400),
    ("issue", -4, -400, "wip", -400, 400), ("production", 2, 700, "wip", 700, -700),
    ("adjustment", 1, 90, "stock_gain", 90, -90), ("adjustment", -1, -90, "stock_loss", -90, 90),
    ("opening", 5, 500, "opening", 500, -500),
])
def test_each_kind_of_move_is_posted_by_its_rule_and_taken_back_by_a_reversal(
    work: Session, goods: Goods, kind: str, quantity: int, value: int, other: str, stock: int, held: int
) -> None:
    move(goods, kind, quantity, value, 3 if kind in ("receipt", "delivery") else 0)
    assert balances("stock", other) == [stock, held]
    move(goods, kind, -quantity, -value, 3 if kind in ("receipt", "delivery") else 0, reversal=True)
    assert balances("stock", other) == [0, 0]
    assert list(goods_equal_ledger()) == list(balanced()) == []


@pytest.mark.parametrize(("kind", "quantity", "value", "other", "stock", "held"), [
    ("receipt", 10, 1000, "purchases", 1000, -1000), ("delivery", -4, -400, "cogs", -400, 400),
])
def test_goods_that_no_order_stands_behind_wait_for_no_invoice(
    work: Session, goods: Goods, kind: str, quantity: int, value: int, other: str, stock: int, held: int
) -> None:
    move(goods, kind, quantity, value)
    assert balances("stock", other, "grni", "shipped") == [stock, held, 0, 0]
    move(goods, kind, -quantity, -value, reversal=True)
    assert balances("stock", other) == [0, 0]
    assert list(goods_equal_ledger()) == list(balanced()) == []


def test_a_voucher_names_the_document_and_the_day(work: Session, goods: Goods) -> None:
    event = moved(goods, "receipt", 10, 1000, 3, day=dt.date(2026, 3, 4))
    move_posted.tell([event])
    entry = work.scalars(select(Entry)).one()
    assert (entry.source, entry.day, entry.number, entry.total) == (
        event.document, dt.date(2026, 3, 4), "STK-2026-000001", 1000)
    assert [(line.debit, line.credit, line.party_id) for line in entry.lines] == [
        (1000, 0, None), (0, 1000, goods.customer)]


def test_a_move_told_twice_is_refused(work: Session, goods: Goods) -> None:
    event = moved(goods, "receipt", 10, 1000)
    move_posted.tell([event])
    with pytest.raises(Conflict), work.begin_nested():
        move_posted.tell([event])
    assert balance("stock") == 1000


def test_a_rule_an_accountant_changed_is_followed(work: Session, goods: Goods) -> None:
    move(goods, "opening", 1, 5)
    rule = work.scalars(select(PostingRule).where(PostingRule.event == "gain")).one()
    rule.credit = "rounding"
    work.flush()
    move(goods, "adjustment", 1, 90)
    assert balances("rounding", "stock_gain") == [-90, 0]


def test_revenue_and_cost_of_sales_come_together_at_the_invoice(work: Session, goods: Goods) -> None:
    move(goods, "delivery", -3, -100, 1)
    assert balances("shipped", "cogs", "revenue") == [100, 0, 0]
    for left in (67, 33, 0):
        invoice(goods, 1, 1, 500)
        assert balance("shipped") == left
    assert balances("cogs", "revenue", "receivable") == [100, -1500, 1500]
    assert list(goods_equal_ledger()) == []


def test_what_was_invoiced_ahead_costs_when_it_is_delivered(work: Session, goods: Goods) -> None:
    move(goods, "delivery", -1, -30, 1)
    invoice(goods, 1, 4, 800)
    assert balances("shipped", "cogs") == [0, 30]
    move(goods, "delivery", -2, -70, 1)
    assert balances("shipped", "cogs") == [0, 100]
    move(goods, "delivery", -5, -200, 1)
    assert balances("shipped", "cogs") == [160, 140]
    row = work.scalars(select(UnbilledGoods)).one()
    assert (row.moved_quantity, row.invoiced_quantity, row.cleared_quantity) == (8, 4, 4)
    assert list(goods_equal_ledger()) == list(cleared_goods()) == []


def test_an_invoice_in_dozens_clears_pieces(work: Session, goods: Goods) -> None:
    move(goods, "delivery", -24, -240, 1)
    invoice(goods, 1, 1, 900, unit=goods.dozen)
    assert balances("shipped", "cogs") == [120, 120]


def test_reversals_of_invoice_and_delivery_leave_nothing(work: Session, goods: Goods) -> None:
    move(goods, "delivery", -3, -100, 1)
    first, second = invoice(goods, 1, 1, 500), invoice(goods, 1, 2, 1000)
    reverse_invoices([second])
    assert balances("shipped", "cogs", "revenue") == [67, 33, -500]
    reverse_invoices([first])
    move(goods, "delivery", 3, 100, 1, reversal=True)
    assert balances("shipped", "cogs", "revenue", "receivable", "stock") == [0] * 5
    assert list(goods_equal_ledger()) == list(cleared_goods()) == []


def test_goods_that_come_back_after_the_invoice_take_their_cost_back(work: Session, goods: Goods) -> None:
    move(goods, "delivery", -4, -100, 1)
    invoice(goods, 1, 4, 2000)
    move(goods, "delivery", 1, 25, 1)
    assert balances("shipped", "cogs", "stock") == [0, 75, -75]
    assert list(goods_equal_ledger()) == list(cleared_goods()) == []


def test_services_have_no_cost_of_sales(work: Session, goods: Goods) -> None:
    invoice(goods, 1, 4, 2000, product=goods.service)
    assert balances("cogs", "shipped", "revenue") == [0, 0, -2000]
    assert work.scalars(select(UnbilledGoods)).all() == []


def test_without_stock_nothing_waits(work: Session, goods: Goods) -> None:
    with temporary_hooks():
        invoice(goods, 1, 4, 2000)
        billed(goods, 2, 4, 1000)
    assert balances("cogs", "shipped", "purchases", "grni") == [0, 0, 1000, 0]
    assert work.scalars(select(UnbilledGoods)).all() == []


def test_a_suppliers_price_difference_goes_to_its_own_account(work: Session, goods: Goods) -> None:
    move(goods, "receipt", 10, 1000, 2)
    billed(goods, 2, 4, 430, 20)
    assert balances("grni", "price_variance", "input_tax", "payable") == [-600, 30, 20, -450]
    billed(goods, 2, 6, 600)
    assert balances("grni", "price_variance") == [0, 30]
    assert list(goods_equal_ledger()) == []


def test_a_supplier_who_invoices_before_the_goods_come(work: Session, goods: Goods) -> None:
    move(goods, "receipt", 4, 400, 2)
    billed(goods, 2, 10, 1000)
    assert balances("grni", "price_variance") == [600, 0]
    move(goods, "receipt", 6, 630, 2)
    assert balances("grni", "price_variance") == [0, -30]
    assert list(goods_equal_ledger()) == list(cleared_goods()) == []


def test_a_reversed_supplier_invoice_and_receipt_leave_nothing(work: Session, goods: Goods) -> None:
    move(goods, "receipt", 4, 400, 2)
    bill = billed(goods, 2, 4, 440)
    reverse_invoices([bill])
    assert balances("grni", "price_variance", "payable") == [-400, 0, 0]
    move(goods, "receipt", -4, -400, 2, reversal=True)
    assert balances("grni", "stock") == [0, 0]
    assert list(goods_equal_ledger()) == []


def test_goods_sent_back_after_the_bill_wait_for_the_credit(work: Session, goods: Goods) -> None:
    move(goods, "receipt", 4, 400, 2)
    bill = billed(goods, 2, 4, 400)
    move(goods, "receipt", -4, -400, 2, reversal=True)
    assert balances("grni", "stock") == [400, 0]
    reverse_invoices([bill])
    assert balances("grni", "payable", "price_variance") == [0, 0, 0]
    assert list(goods_equal_ledger()) == list(cleared_goods()) == []


def test_work_and_variances_are_posted_and_taken_back(work: Session, goods: Goods) -> None:
    def report(cost: int) -> OperationReported:
        return OperationReported(report_id=5, order_id=9, number="WO-9", day=work.today, employee_id=None,
                                 hours=Decimal(1), good=Decimal(1), scrap=Decimal(0), cost=Decimal(cost))
    move(goods, "issue", -4, -400)
    operation_reported.tell([report(120)])
    move(goods, "production", 2, 500)
    order_closed.tell([OrderClosed(order_id=9, number="WO-9", day=work.today, variance=Decimal(20))])
    assert balances("wip", "labour_absorbed", "variance", "stock") == [0, -120, 20, 100]
    operation_reported.tell([report(-120)])
    assert balances("wip", "labour_absorbed") == [-120, 0]


def test_two_hundred_moves_are_posted_with_as_many_statements_as_one(
    work: Session, goods: Goods, count_statements: Callable[[], Any]
) -> None:
    move(goods, "opening", 1, 1)
    counts = []
    for start, number in ((1, 1), (10, 200)):
        events = [moved(goods, "delivery", -1, -10, start + each) for each in range(number)]
        with count_statements() as counter:
            move_posted.tell(events)
        counts.append(len(counter))
    assert counts[1] <= counts[0] + 1
    assert balance("shipped") == 2010
