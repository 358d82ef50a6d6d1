"""Invoices: of orders, bills and claims, and those typed in; numbered without gaps, posted, reversed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.fields import AnyRef
from kernel.entities.work import Actor, Session, unit_of_work
from kernel.errors import Forbidden, Invalid, Refusal
from kernel.exchange.records import create, delete
from kernel.identity.models import Department, Employee
from kernel.registry.settings import change_setting
from kernel.shared.contracts.questions import BalanceQuestion
from kernel.shared.models import Currency, CurrencyRate, Party
from plugins.erp_finance.invoices.hooks import open_balance
from plugins.erp_finance.invoices.models import Invoice, InvoiceLine
from plugins.erp_finance.invoices.services import post_invoices, reverse_invoices
from plugins.erp_finance.invoices.signals import invoice_posted
from plugins.erp_finance.ledger.models import Account, Entry, EntryLine
from plugins.erp_finance.payments.services import post_payments
from plugins.erp_sales.orders.signals import invoice_requested
from plugins.oa.expenses.signals import (
    ClaimedLine,
    ExpenseApproved,
    ExpenseRevoked,
    expense_approved,
    expense_revoked,
)
from tests.conftest import MakeUser
from tests.plugins.conftest import Goods
from tests.plugins.erp_finance.ledger import accounts, balance, billed, invoice, newest, pay, requested, typed
from tests.plugins.erp_finance.test_vouchers import code_of


def test_a_request_becomes_a_posted_invoice_of_exactly_its_amounts(work: Session, goods: Goods) -> None:
    with invoice_posted.overheard() as told:
        made = invoice(goods, 4, 2, 1000, 50, payment_days=14, customer_reference="PO 7", freight=Decimal(30))
    year = work.today.year
    assert (made.number, made.state, made.kind) == (f"INV-{year}-00001", "posted", "sale")
    assert (made.subtotal, made.tax_amount, made.total, made.outstanding) == (1030, 50, 1080, 1080)
    assert (made.due_on, made.reference) == (work.today + dt.timedelta(days=14), "PO 7")
    assert made.source == AnyRef("erp_sales.order", 40, "SO-4")
    assert [line.source_line_id for line in made.lines] == [4, None]
    assert [balance(role) for role in ("receivable", "revenue", "output_tax")] == [1080, -1030, -50]
    [event] = told
    assert (event.invoice_id, event.number, event.kind, event.total, event.source, event.reversal) == (
        made.id, made.number, "sale", 1080, made.source, False)
    assert (event.lines[0].source_line, event.lines[0].quantity) == (AnyRef("erp_sales.order_line", 4, "SO-4"), 2)
    entry = work.scalars(select(Entry)).one()
    assert (entry.source, entry.number) == (AnyRef("erp_finance.invoice", made.id, made.number or ""),
                                            f"SAL-{year}-000001")
    assert {line.party_id for line in entry.lines if line.debit} == {goods.customer}


def test_two_hundred_requests_take_as_many_statements_as_one(
    work: Session, goods: Goods, count_statements: Callable[[], Any]
) -> None:
    invoice(goods, 1, 1, 10)
    counts = []
    for start, number in ((10, 1), (100, 200)):
        events = [requested(goods, start + each, 1, 100, 5) for each in range(number)]
        with count_statements() as counter:
            invoice_requested.tell(events)
        counts.append(len(counter))
    assert counts[1] <= counts[0] + 2
    numbers = work.scalars(select(Invoice.number).order_by(Invoice.id)).all()
    assert numbers == [f"INV-{work.today.year}-{n:05}" for n in range(1, 203)]
    assert balance("receivable") == 10 + 105 * 201


def test_kinds_are_numbered_apart(work: Session, goods: Goods) -> None:
    year = work.today.year
    assert [invoice(goods, 1, 1, 5).number, billed(goods, 2, 1, 5).number, invoice(goods, 3, 1, 5).number] == [
        f"INV-{year}-00001", f"BILL-{year}-00001", f"INV-{year}-00002"]


def test_a_draft_follows_from_its_products_and_is_posted(work: Session, goods: Goods) -> None:
    made = typed(goods)
    assert (made.number, made.series, made.due_on) == (None, "INV", work.today + dt.timedelta(days=30))
    assert (made.subtotal, made.tax_amount, made.total) == (77_800, 3_890, 81_690)
    made.lines[0].quantity = Decimal(1)
    work.flush()
    assert made.total == 40_845
    with invoice_posted.overheard() as told:
        post_invoices([made])
    assert (made.state, made.outstanding, made.base_total) == ("posted", 40_845, 40_845)
    assert made.number == told[0].number
    assert balance("revenue") == -38_900
    assert code_of(lambda: post_invoices([made])) == "ALREADY_POSTED"


def test_it_can_be_typed_in_by_the_api_with_an_account(work: Session, goods: Goods) -> None:
    [rent] = accounts("6100")
    [made] = create(Invoice, [{
        "kind": "purchase", "party": goods.customer, "reference": "R-88", "day": "2026-03-05",
        "lines": [{"description": "Rent, March", "unit_price": "1200", "account": rent}]}])
    post_invoices([made])
    assert (made.number, balance("payable")) == ("BILL-2026-00001", -1200)
    assert work.scalars(select(EntryLine.debit).where(EntryLine.account_id == rent)).all() == [1200]


@pytest.mark.parametrize(("per", "tax"), [("line", 3), ("document", 2)])
def test_tax_is_rounded_per_line_or_per_document(work: Session, goods: Goods, per: str, tax: int) -> None:
    change_setting("erp_finance.tax_rounding", per)
    made = typed(goods, *(
        InvoiceLine(product_id=goods.bike, quantity=Decimal(1), unit_price=Decimal(14)) for _each in range(3)))
    assert (made.tax_amount, made.total) == (tax, 42 + tax)


def test_bad_drafts_are_refused(work: Session, goods: Goods) -> None:
    empty = typed(goods)
    empty.lines = []
    work.flush()
    assert code_of(lambda: post_invoices([empty])) == "NO_LINES"
    negative = typed(goods, InvoiceLine(product_id=goods.bike, quantity=Decimal(-1)))
    assert code_of(lambda: post_invoices([negative])) == "NEGATIVE"
    [stock] = accounts("1300")
    controlled = typed(goods, InvoiceLine(description="x", unit_price=Decimal(1), account_id=stock))
    assert code_of(lambda: post_invoices([controlled])) == "CONTROLLED"
    with pytest.raises(Invalid) as refused, work.begin_nested():
        work.add(Invoice(kind="claim", exchange_rate=Decimal(0), day=dt.date(2026, 2, 1), due_on=dt.date(2026, 1, 1)))
        work.flush()
    assert {problem.field for problem in refused.value.problems} == {"employee", "exchange_rate", "due_on"}
    work.expunge_all()
    with pytest.raises(Invalid), work.begin_nested():
        typed(goods, InvoiceLine(discount=Decimal(120), unit_price=Decimal(1)))


def test_a_posted_invoice_never_changes(work: Session, goods: Goods) -> None:
    made = invoice(goods, 1, 1, 100)

    def change_line() -> None:
        made.lines[0].quantity = Decimal(9)
        work.flush()

    def change_due() -> None:
        made.due_on = dt.date(2030, 1, 1)
        work.flush()

    def remove() -> None:
        work.delete(made)
        work.flush()

    for change in (change_line, change_due, remove):
        assert code_of(change) == "POSTED"
    assert code_of(lambda: delete(Invoice, [made.id])) == "BEGUN"
    made.comment = "Called them"
    work.flush()


def test_a_reversal_takes_it_back_and_tells(work: Session, goods: Goods) -> None:
    made = invoice(goods, 1, 2, 1000, 50)
    with invoice_posted.overheard() as told:
        reverse_invoices([made])
    other = newest()
    assert (made.state, made.outstanding, made.reversed_on) == ("reversed", 0, work.today)
    assert (other.total, other.outstanding, other.reversal_of_id, other.state) == (-1050, 0, made.id, "posted")
    assert [(each.reversal, each.total, each.lines[0].quantity, each.source) for each in told] == [
        (True, -1050, -2, made.source)]
    assert [balance(role) for role in ("receivable", "revenue", "output_tax")] == [0, 0, 0]
    entries = work.scalars(select(Entry).order_by(Entry.id)).all()
    assert (entries[0].reversed_by_id, entries[1].reversal_of_id) == (entries[1].id, entries[0].id)
    assert code_of(lambda: reverse_invoices([made])) == "ALREADY_REVERSED"
    assert code_of(lambda: reverse_invoices([other])) == "REVERSAL"


def test_an_invoice_that_is_paid_is_not_reversed(work: Session, goods: Goods) -> None:
    made = invoice(goods, 1, 2, 1000)
    post_payments([pay(goods, 300, (made, 300))])
    with pytest.raises(Refusal) as refused:
        reverse_invoices([made])
    assert (refused.value.code, refused.value.actual) == ("ALLOCATED", 300)


@pytest.fixture
def employee(work: Session) -> Employee:
    department = Department(name="Sales", company_id=work.actor.company_id)
    work.add(department)
    work.flush()
    found = Employee(number="9", name="Tom", department_id=department.id)
    work.add(found)
    work.flush()
    return found


def claim(work: Session, employee: Employee) -> None:
    expense_approved.tell([ExpenseApproved(
        claim_id=77, number="EXP-1", employee_id=employee.id, day=work.today, total=Decimal(1365),
        department_id=employee.department_id,
        lines=(ClaimedLine(1, "travel", "Train", Decimal(1050), Decimal(50)),
               ClaimedLine(2, "MEAL", "Lunch", Decimal(315), Decimal(15))))])


def test_a_claim_is_posted_by_its_expense_types_and_taken_back(
    work: Session, goods: Goods, employee: Employee
) -> None:
    claim(work, employee)
    made = newest()
    assert (made.number, made.total, made.employee_id, made.source_title) == (
        f"CLM-{work.today.year}-00001", 1365, employee.id, "EXP-1")
    rows = work.execute(
        select(Account.code, EntryLine.debit, EntryLine.credit, EntryLine.department_id, EntryLine.employee_id)
        .join(Account, Account.id == EntryLine.account_id).order_by(Account.code)).all()
    assert rows == [
        ("1400", 65, 0, None, None), ("2100", 0, 1365, None, employee.id),
        ("6200", 1000, 0, employee.department_id, None), ("6210", 300, 0, employee.department_id, None)]
    expense_revoked.tell([ExpenseRevoked(77, "EXP-1", employee.id)])
    work.expire_all()
    assert (made.state, balance("employee_payable"), balance("expense")) == ("reversed", 0, 0)


def test_a_claim_that_is_paid_is_not_taken_back(work: Session, goods: Goods, employee: Employee) -> None:
    claim(work, employee)
    payment = pay(goods, 1365, (newest(), 1365), party_id=None, employee_id=employee.id, direction="out")
    post_payments([payment])
    assert balance("employee_payable") == 0
    with pytest.raises(Refusal) as refused, work.begin_nested():
        expense_revoked.tell([ExpenseRevoked(77, "EXP-1", employee.id)])
    assert refused.value.code == "ALLOCATED"


def test_an_invoice_in_another_currency_is_posted_in_ours(work: Session, goods: Goods) -> None:
    euro = Currency(code="EUR", name="Euro", decimals=2)
    work.add(euro)
    work.flush()
    made = invoice(goods, 1, 1, 1000, 50, currency_id=euro.id, exchange_rate=Decimal("34.423"))
    assert (made.total, made.base_total) == (1050, 36144)
    line = work.scalars(select(EntryLine).where(EntryLine.party_id == goods.customer)).one()
    assert (line.debit, line.currency_id, line.amount_currency) == (36144, euro.id, 1050)
    assert [balance(role) for role in ("revenue", "output_tax", "rounding")] == [-34423, -1721, 0]


def test_what_a_party_owes_is_answered_as_of_a_day_and_in_a_currency(work: Session, goods: Goods) -> None:
    today, before = work.today, work.today - dt.timedelta(days=10)
    made = invoice(goods, 1, 1, 1000, day=before)
    post_payments([pay(goods, 400, (made, 250), day=today - dt.timedelta(days=2))])
    euro = Currency(code="EUR", name="Euro")
    work.add(euro)
    work.flush()
    work.add(CurrencyRate(currency_id=euro.id, valid_from=dt.date(2020, 1, 1), rate=Decimal(32)))
    work.flush()
    stranger = Party(name="Stranger")
    work.add(stranger)
    work.flush()
    asked = [
        BalanceQuestion(goods.customer, today), BalanceQuestion(goods.customer, today - dt.timedelta(days=5)),
        BalanceQuestion(goods.customer, today - dt.timedelta(days=30)), BalanceQuestion(stranger.id, today),
        BalanceQuestion(goods.customer, today, "EUR"), BalanceQuestion(goods.customer, today, "JPY")]
    assert open_balance(asked) == [600, 1000, 0, 0, Decimal("18.75"), None]


def test_a_reader_may_look_but_not_post(goods: Goods, system: Actor, make_user: MakeUser) -> None:
    with unit_of_work(system):
        id_ = typed(goods).id
    with pytest.raises(Forbidden), unit_of_work(make_user("reader", roles=["erp_finance.reader"])) as theirs:
        found = theirs.get(Invoice, id_)
        assert found is not None
        post_invoices([found])
    with unit_of_work(make_user("lihua", roles=["erp_finance.accountant"])) as hers:
        found = hers.get(Invoice, id_)
        assert found is not None
        post_invoices([found])
        assert found.state == "posted"
    with unit_of_work(make_user("tom"), reading=True) as his:
        assert his.scalars(select(Invoice)).all() == []


def test_an_accountant_types_an_invoice_as_the_first_thing_of_the_day(
    make_user: MakeUser, shipped: None, goods: Goods
) -> None:
    with unit_of_work(make_user("anna", roles=["erp_finance.accountant"])):
        [typed_in] = create(Invoice, [{"kind": "sale", "party": goods.customer, "lines": [
            {"description": "Use of the test track", "quantity": "2", "unit_price": "4000"}]}])
    assert typed_in.total == 8000
