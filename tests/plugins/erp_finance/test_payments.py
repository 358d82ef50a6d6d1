"""Payments: allocated to invoices and never to more than there is, advances, undone, in other currencies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.fields import AnyRef
from kernel.entities.work import Session
from kernel.errors import Invalid, Refusal
from kernel.exchange.records import create
from kernel.identity.models import Employee
from kernel.shared.models import Currency, Party
from kernel.workflows.machine import workflow_of
from plugins.erp_finance.invoices.checks import open_items, outstanding
from plugins.erp_finance.invoices.hooks import owed_on
from plugins.erp_finance.invoices.models import Invoice
from plugins.erp_finance.invoices.reports import receivables_ageing
from plugins.erp_finance.invoices.services import reverse_invoices
from plugins.erp_finance.ledger.models import Entry
from plugins.erp_finance.payments.checks import allocated
from plugins.erp_finance.payments.models import Allocation, Payment
from plugins.erp_finance.payments.services import (
    allocate_rest,
    post_payments,
    suggest_allocations,
    undo_payments,
)
from plugins.erp_finance.payments.signals import payment_allocated
from plugins.erp_sales.orders.signals import invoice_requested
from tests.plugins.conftest import Goods
from tests.plugins.erp_finance.ledger import accounts, balance, billed, invoice, pay, requested
from tests.plugins.erp_finance.test_vouchers import code_of


def all_well() -> None:
    assert list(open_items()) == list(outstanding()) == list(allocated()) == []


def test_a_payment_settles_invoices_in_part_and_in_full_and_tells(work: Session, goods: Goods) -> None:
    first, second = invoice(goods, 1, 1, 1000), invoice(goods, 2, 1, 500)
    payment = pay(goods, 1200, (first, 1000), (second, 200))
    assert (payment.state, payment.number, first.outstanding) == ("draft", f"PAY-{work.today.year}-00001", 1000)
    with payment_allocated.overheard() as told:
        post_payments([payment])
    assert (payment.state, payment.unallocated, first.outstanding, first.settled_on, second.outstanding) == (
        "posted", 0, 0, work.today, 300)
    assert [balance(role) for role in ("bank", "receivable")] == [1200, 300]
    [event] = told
    assert (event.payment_id, event.direction, event.party_id) == (payment.id, "in", goods.customer)
    assert [(each.invoice_id, each.amount, each.outstanding, each.source) for each in event.settled] == [
        (first.id, 1000, 0, AnyRef("erp_sales.order", 10, "SO-1")),
        (second.id, 200, 300, AnyRef("erp_sales.order", 20, "SO-2"))]
    entry = work.scalars(select(Entry).where(Entry.source_id == payment.id)).one()
    assert (entry.number, entry.total) == (f"BNK-{work.today.year}-000001", 1200)
    all_well()


def test_nobody_allocates_more_than_there_is(work: Session, goods: Goods) -> None:
    made = invoice(goods, 1, 1, 1000)
    for payment in (pay(goods, 500, (made, 501)), pay(goods, 2000, (made, 1001)), pay(goods, 2000, (made, 600),
                                                                                      (made, 600))):
        with pytest.raises(Refusal) as refused:
            post_payments([payment])
        assert refused.value.code == "OVER_ALLOCATED"
        work.expire_all()
    both = [pay(goods, 600, (made, 600)), pay(goods, 600, (made, 600))]
    assert code_of(lambda: post_payments(both)) == "OVER_ALLOCATED"
    post_payments(both[:1])
    assert code_of(lambda: post_payments(both[1:])) == "OVER_ALLOCATED"
    assert made.outstanding == 400
    all_well()


def test_what_does_not_fit_is_refused(work: Session, goods: Goods) -> None:
    made = invoice(goods, 1, 1, 1000)
    other = Party(name="Somebody else")
    euro = Currency(code="EUR", name="Euro")
    work.add_all([other, euro])
    work.flush()
    [rent] = accounts("6100")
    cases: list[tuple[Payment, str]] = [
        (pay(goods, 10, (made, 10), party_id=other.id), "OTHER_PARTY"),
        (pay(goods, 10, (made, 10), direction="out"), "DIRECTION"),
        (pay(goods, 10, (made, 10), currency_id=euro.id), "CURRENCY"),
        (pay(goods, 10, (made, 10), account_id=rent), "ACCOUNT")]
    for payment, code in cases:
        assert code_of(lambda payment=payment: post_payments([payment])) == code
    reverse_invoices([made])
    late = pay(goods, 10, (made, 10))
    assert code_of(lambda: post_payments([late])) == "NOT_OPEN"
    with pytest.raises(Invalid) as refused, work.begin_nested():
        pay(goods, -5, (made, 0), party_id=None)
    assert {problem.field for problem in refused.value.problems} == {"amount", "party"}


def test_a_posted_payment_never_changes(work: Session, goods: Goods) -> None:
    made = invoice(goods, 1, 1, 1000)
    payment = pay(goods, 500, (made, 400))
    post_payments([payment])

    def change() -> None:
        payment.amount = Decimal(700)
        work.flush()

    def add() -> None:
        payment.allocations.append(Allocation(invoice_id=made.id, amount=Decimal(1)))
        work.flush()

    def remove() -> None:
        work.delete(payment.allocations[0])
        work.flush()

    for each in (change, add, remove):
        assert code_of(each) == "POSTED"


def test_it_is_suggested_to_pay_what_is_due_first(work: Session, goods: Goods) -> None:
    late = invoice(goods, 1, 1, 300, payment_days=60)
    soon = invoice(goods, 2, 1, 500, payment_days=5)
    payment = pay(goods, 600)
    suggest_allocations([payment])
    assert [(each.invoice_id, each.amount) for each in payment.allocations] == [(soon.id, 500), (late.id, 100)]
    suggest_allocations([payment])
    assert len(payment.allocations) == 2
    post_payments([payment])
    assert (late.outstanding, soon.outstanding) == (200, 0)


def test_an_advance_waits_and_is_allocated_later(work: Session, goods: Goods) -> None:
    payment = pay(goods, 800)
    with payment_allocated.overheard() as told:
        post_payments([payment])
        assert told == []
        assert (payment.unallocated, balance("receivable")) == (800, -800)
        made = invoice(goods, 1, 1, 500)
        allocate_rest([payment])
    assert (payment.unallocated, made.outstanding, balance("receivable")) == (300, 0, -300)
    assert [(each.amount, each.outstanding) for each in told[0].settled] == [(500, 0)]
    all_well()
    invoice(goods, 2, 1, 300)
    allocate_rest([payment])
    assert code_of(lambda: allocate_rest([payment])) == "OVER_ALLOCATED"
    all_well()


def test_undoing_opens_what_was_settled_and_tells_it_once(work: Session, goods: Goods) -> None:
    made = invoice(goods, 1, 1, 500)
    payment = pay(goods, 800, (made, 500))
    post_payments([payment])
    with payment_allocated.overheard() as told:
        undo_payments([payment])
    assert (payment.state, payment.undone_on, made.outstanding, made.settled_on) == (
        "undone", work.today, 500, None)
    assert [(each.amount, each.outstanding) for each in told[0].settled] == [(-500, 500)]
    assert [balance(role) for role in ("bank", "receivable")] == [0, 500]
    entries = work.scalars(select(Entry).where(Entry.source_id == payment.id).order_by(Entry.id)).all()
    assert (entries[0].reversed_by_id, entries[0].state) == (entries[1].id, "reversed")
    assert code_of(lambda: undo_payments([payment])) == "ALREADY_UNDONE"
    reverse_invoices([made])
    all_well()


def test_suppliers_and_employees_are_paid(work: Session, goods: Goods) -> None:
    bill = billed(goods, 2, 1, 700)
    tom = Employee(number="9", name="Tom")
    work.add(tom)
    work.flush()
    payments = [pay(goods, 700, (bill, 700), direction="out"),
                pay(goods, 50, party_id=None, employee_id=tom.id, direction="out")]
    post_payments(payments)
    assert [balance(role) for role in ("bank", "payable", "employee_payable")] == [-750, 0, 50]
    all_well()


def test_an_invoice_is_paid_in_full_by_one_step(work: Session, goods: Goods) -> None:
    made = invoice(goods, 1, 1, 500)
    flow = workflow_of(Invoice)
    assert flow is not None
    flow.run("pay", [made])
    payment = work.scalars(select(Payment)).one()
    assert (made.outstanding, payment.state, payment.reference) == (0, "posted", made.number)
    assert code_of(lambda: flow.run("pay", [made])) == "ALREADY_PAID"


def test_a_payment_typed_in_by_the_api_is_posted(work: Session, goods: Goods) -> None:
    made = invoice(goods, 1, 1, 500)
    [payment] = create(Payment, [{
        "party": goods.customer, "amount": "500", "allocations": [{"invoice": made.number, "amount": "500"}]}])
    post_payments([payment])
    assert made.outstanding == 0


def test_a_rate_that_changed_meanwhile_is_a_realised_difference(work: Session, goods: Goods) -> None:
    euro = Currency(code="EUR", name="Euro")
    work.add(euro)
    work.flush()
    made = invoice(goods, 1, 1, 100, currency_id=euro.id, exchange_rate=Decimal(34))
    part = pay(goods, 30, (made, 30), currency_id=euro.id, exchange_rate=Decimal("35.55"))
    post_payments([part])
    assert [balance(role) for role in ("bank", "receivable", "exchange")] == [1067, 2380, -47]
    rest = pay(goods, 80, (made, 70), currency_id=euro.id, exchange_rate=Decimal(33))
    post_payments([rest])
    assert [balance(role) for role in ("bank", "receivable", "exchange")] == [3707, -330, 23]
    all_well()
    other = invoice(goods, 2, 1, 10, currency_id=euro.id, exchange_rate=Decimal(34))
    allocate_rest([rest])
    assert (other.outstanding, balance("receivable"), balance("exchange")) == (0, 0, 33)
    all_well()
    undo_payments([rest])
    assert [balance(role) for role in ("bank", "receivable", "exchange")] == [1067, 2720, -47]
    all_well()


def test_payments_of_many_invoices_take_as_many_statements_as_of_one(
    work: Session, goods: Goods, count_statements: Callable[[], Any]
) -> None:
    counts = []
    for start, number in ((1, 2), (100, 60)):
        invoice_requested.tell([requested(goods, start + each, 1, 100) for each in range(number)])
        invoices = work.scalars(select(Invoice).order_by(Invoice.id.desc()).limit(number)).all()
        payments = [pay(goods, 100, (each, 100)) for each in invoices]
        with count_statements() as counter:
            post_payments(payments)
        counts.append(sum(statement.startswith(("SELECT", "INSERT")) for statement in counter.statements))
    assert counts[1] <= counts[0] + 2
    assert balance("receivable") == 0


def test_what_was_open_on_a_past_day_stays_what_it_was(work: Session, goods: Goods) -> None:
    day = [work.today - dt.timedelta(days=ago) for ago in range(100)]
    first = invoice(goods, 1, 1, 1000, day=day[95], payment_days=10)
    invoice(goods, 2, 1, 400, day=day[40], payment_days=30)
    payment = pay(goods, 700, (first, 600), day=day[50])
    post_payments([payment])
    expected = {95: 1000, 51: 1000, 50: 300, 40: 700, 0: 700}
    for ago, owed in expected.items():
        assert owed_on(day[ago], [goods.customer]) == {goods.customer: owed}
        assert receivables_ageing(day[ago]).totals["total"] == owed
    assert receivables_ageing(day[0]).rows == [("Nordrad GmbH", 0, 400, 0, 400, 0, -100, 700)]
    undo_payments([payment])
    expected[0] = 1400
    for ago, owed in expected.items():
        assert receivables_ageing(day[ago]).totals["total"] == owed
