"""Expense claims: exact totals, limits and invoice numbers, approval by amount, and payment with or without finance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from kernel.entities.fields import AnyRef
from kernel.entities.work import Actor, Session, unit_of_work
from kernel.errors import Forbidden, Invalid, Refusal
from kernel.hooks.participation import switch_off
from kernel.identity.models import Employee
from kernel.workflows.approvals import approve, my_tasks
from plugins.erp_finance.invoices.signals import InvoicePosted, invoice_posted
from plugins.erp_finance.payments.signals import PaymentAllocated, SettledInvoice, payment_allocated
from plugins.oa.expenses.checks import claim_totals, invoice_numbers
from plugins.oa.expenses.models import ExpenseClaim, ExpenseLine, ExpenseType
from plugins.oa.expenses.reports import expenses_by_type
from plugins.oa.expenses.services import (
    cancel_claims,
    mark_paid,
    mark_unpaid,
    revoke_claims,
    submit_claims,
)
from plugins.oa.expenses.signals import expense_approved, expense_revoked
from plugins.oa.expenses.views import claims_to_pay, expenses_of_employee
from tests.plugins.oa.conftest import Office


@pytest.fixture
def types(office: Office, system: Actor) -> dict[str, int]:
    """Meals up to 800, train fares, hotels that need an invoice number."""
    with unit_of_work(system) as opened:
        made = [ExpenseType(code="MEAL", name="Meals", limit=Decimal(800)), ExpenseType(code="RAIL", name="Train"),
                ExpenseType(code="HOTEL", name="Hotel", needs_invoice=True)]
        opened.add_all(made)
        opened.flush()
        return {each.code: each.id for each in made}


@pytest.fixture
def work(types: dict[str, int], system: Actor) -> Any:
    """A unit of work of the system, with the office and the types in place."""
    with unit_of_work(system) as opened:
        yield opened


def claim(opened: Session, types: dict[str, int], *lines: dict[str, Any], **values: object) -> ExpenseClaim:
    made = ExpenseClaim(**{"purpose": "Fair in Taipei", **values})
    made.lines = [
        ExpenseLine(expense_type_id=types[each.pop("type", "RAIL")], **{"amount": Decimal(700), **each})
        for each in map(dict, lines or ({},))]
    opened.add(made)
    opened.flush()
    return made


def annas(office: Office) -> dict[str, object]:
    return {"employee_id": office.employees["anna"]}


def codes(refused: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(each.field, each.code) for each in refused.value.problems]


def test_a_claim_adds_up_its_lines_in_the_currency_of_the_company(
    work: Session, office: Office, types: dict[str, int]
) -> None:
    made = claim(work, types, {"amount": Decimal("1040.5"), "tax_amount": Decimal("49.5")}, {"type": "MEAL"},
                 **annas(office))
    assert (made.total, made.tax_amount) == (1741, 50)
    assert made.number.startswith("EX-")
    assert (made.day, made.lines[0].spent_on, made.department_id is not None) == (work.today, work.today, True)
    made.lines.pop()
    work.flush()
    assert made.total == 1041
    id_ = made.lines[0].id
    work.expunge_all()
    work.get_one(ExpenseLine, id_).amount = Decimal(900)
    work.flush()
    assert work.scalar(select(ExpenseClaim.total)) == 900
    assert list(claim_totals()) == []


WRONG: tuple[tuple[dict[str, Any], tuple[str, str]], ...] = (
    ({"amount": Decimal(0)}, ("amount", "AMOUNT")), ({"amount": Decimal(-5)}, ("amount", "AMOUNT")),
    ({"tax_amount": Decimal(701)}, ("tax_amount", "TAX")), ({"tax_amount": Decimal(-1)}, ("tax_amount", "TAX")),
    ({"spent_on": dt.date(2999, 1, 1)}, ("spent_on", "SPENT_ON")), ({"amount": None}, ("amount", "REQUIRED")),
    ({"type": "MEAL", "amount": Decimal(801)}, ("amount", "EXPENSE_LIMIT")),
)


def test_an_expense_that_makes_no_sense_is_refused_at_its_field(
    work: Session, office: Office, types: dict[str, int]
) -> None:
    for line, problem in WRONG:
        with pytest.raises(Invalid) as refused, work.begin_nested():
            claim(work, types, line, **annas(office))
        assert codes(refused) == [problem], line
    claim(work, types, {"type": "MEAL", "amount": Decimal(800)}, **annas(office))


def test_a_limit_says_what_it_is(work: Session, office: Office, types: dict[str, int]) -> None:
    with pytest.raises(Invalid, match="Meals is paid up to 800 a line, and this is 1200"), work.begin_nested():
        claim(work, types, {"type": "MEAL", "amount": Decimal(1200)}, **annas(office))
    made = claim(work, types, {"type": "MEAL", "amount": Decimal(700)}, **annas(office))
    work.get_one(ExpenseType, types["MEAL"]).limit = Decimal(600)
    with pytest.raises(Refusal) as refused:
        submit_claims([made])
    assert (refused.value.code, refused.value.actual, refused.value.allowed) == ("EXPENSE_LIMIT", 700, 600)


def test_a_claim_is_ones_own(office: Office, types: dict[str, int]) -> None:
    with unit_of_work(office.anna) as hers:
        made = claim(hers, types)
        assert (made.employee_id, made.owner_id) == (office.employees["anna"], office.anna.user_id)
    with pytest.raises(Forbidden), unit_of_work(office.tom) as his:
        claim(his, types, **annas(office))
    with unit_of_work(office.tom, reading=True) as his:
        assert his.scalars(select(ExpenseLine)).all() == []
    with unit_of_work(office.meihua, reading=True) as head:
        assert head.get(ExpenseClaim, made.id) is not None
    with pytest.raises(Forbidden), unit_of_work(office.anna) as hers:
        mark_paid([hers.get_one(ExpenseClaim, made.id)])


def test_a_claim_is_submitted_complete(work: Session, office: Office, types: dict[str, int]) -> None:
    empty, hotel = claim(work, types, **annas(office)), claim(work, types, {"type": "HOTEL"}, **annas(office))
    empty.lines.clear()
    for made, code in ((empty, "NO_LINES"), (hotel, "INVOICE_MISSING")):
        with pytest.raises(Refusal) as refused:
            submit_claims([made])
        assert refused.value.code == code
    hotel.lines[0].invoice_number = "H-1"
    submit_claims([hotel])


def test_an_invoice_is_claimed_once_however_it_is_written(office: Office, types: dict[str, int]) -> None:
    with unit_of_work(office.anna) as hers:
        first = claim(hers, types, {"invoice_number": "AB-1234 5678"}, {"invoice_number": "ab12345678"})
    with pytest.raises(Invalid) as refused, unit_of_work(office.anna) as hers:
        claim(hers, types, {"invoice_number": "ab 12345678"})
    assert codes(refused) == [("invoice_number", "INVOICE_REUSED")]
    assert f"is on {first.number} already" in str(refused.value)
    with pytest.raises(Invalid, match="on somebody else's claim already"), unit_of_work(office.tom) as his:
        claim(his, types, {"invoice_number": "AB12345678"})
    with unit_of_work(office.anna) as hers:
        hers.get_one(ExpenseClaim, first.id).archived = True
    with pytest.raises(Invalid), unit_of_work(office.tom) as his:
        claim(his, types, {"invoice_number": "AB12345678"})
    with unit_of_work(office.anna) as hers:
        cancel_claims([hers.get_one(ExpenseClaim, first.id)])
    with unit_of_work(office.tom) as his:
        claim(his, types, {"invoice_number": "AB12345678"})


def test_of_two_drafts_with_one_invoice_the_second_is_not_submitted(
    work: Session, office: Office, types: dict[str, int]
) -> None:
    one, two = claim(work, types, **annas(office)), claim(work, types, **annas(office))
    ids = ", ".join(str(each.lines[0].id) for each in (one, two))
    work.connection().exec_driver_sql(
        f"UPDATE oa_expense_line SET invoice_number = 'X1', invoice_key = 'X1' WHERE id IN ({ids})")
    work.expire_all()
    submit_claims([one])
    with pytest.raises(Refusal) as refused:
        submit_claims([two])
    assert (refused.value.code, one.number in str(refused.value)) == ("INVOICE_REUSED", True)


def test_claims_entered_together_share_no_invoice(work: Session, office: Office, types: dict[str, int]) -> None:
    with pytest.raises(Invalid) as refused, work.begin_nested():
        made = [ExpenseClaim(purpose="Twice", employee_id=office.employees["anna"]) for _each in range(2)]
        for each in made:
            each.lines = [ExpenseLine(expense_type_id=types["RAIL"], amount=Decimal(5), invoice_number="Z9")]
        work.add_all(made)
        work.flush()
    assert codes(refused) == [("invoice_number", "INVOICE_REUSED")]


def test_a_large_claim_needs_the_director_too(office: Office, types: dict[str, int]) -> None:
    for amount, steps in ((20_000, ["meihua"]), (20_001, ["meihua", "director"])):
        with unit_of_work(office.anna) as hers:
            made = claim(hers, types, {"amount": Decimal(amount), "tax_amount": Decimal(5)})
            submit_claims([made])
            assert made.state == "submitted"
        with expense_approved.overheard() as told:
            for each in steps:
                assert told == []
                with unit_of_work(getattr(office, each)):
                    [task] = my_tasks()
                    approve([task.id])
        [event] = told
        assert (event.number, event.total, event.department_id) == (made.number, amount, made.department_id)
        assert [(each.category, each.amount, each.tax_amount, each.description) for each in event.lines] == [
            ("RAIL", amount, 5, "Fair in Taipei")]
        with unit_of_work(office.anna, reading=True) as hers:
            found = hers.get_one(ExpenseClaim, made.id)
            assert (found.state, found.outstanding) == ("approved", amount)


def test_without_finance_the_cashier_marks_claims_as_paid(office: Office, types: dict[str, int], system: Actor) -> None:
    switch_off("erp_finance")
    with unit_of_work(system) as opened:
        made = claim(opened, types, **annas(office))
        id_ = made.id
        submit_claims([made])
    with unit_of_work(office.cashier) as theirs:
        assert claims_to_pay().value == 700
        mark_paid([theirs.get_one(ExpenseClaim, id_)])
    with unit_of_work(office.cashier) as theirs:
        found = theirs.get_one(ExpenseClaim, id_)
        assert (found.state, found.outstanding, found.paid_on) == ("paid", 0, theirs.today)
        mark_unpaid([found])
    with unit_of_work(system, reading=True) as opened:
        found = opened.get_one(ExpenseClaim, id_)
        assert (found.state, found.outstanding, found.paid_on) == ("approved", 700, None)
        assert list(claim_totals()) == []


def post(made: ExpenseClaim, *, reversal: bool = False) -> None:
    invoice_posted.tell([InvoicePosted(
        invoice_id=77, number="BILL-77", kind="claim", day=dt.date(2026, 12, 1), due_on=dt.date(2026, 12, 1),
        total=made.total, lines=(), employee_id=made.employee_id, source=AnyRef.to(made), reversal=reversal)])


def pay(made: ExpenseClaim, amount: int, outstanding: int) -> None:
    payment_allocated.tell([PaymentAllocated(
        payment_id=5, number="PAY-5", direction="out", day=dt.date(2026, 12, 1), settled=(
            SettledInvoice(invoice_id=77, kind="claim", amount=Decimal(amount), outstanding=Decimal(outstanding),
                           source=AnyRef("oa.expense_claim", made.id)),
            SettledInvoice(invoice_id=78, kind="sale", amount=Decimal(1), outstanding=Decimal(0),
                           source=AnyRef("erp_sales.order", made.id))))])


def test_with_finance_a_claim_is_paid_when_nothing_is_left_to_pay(
    work: Session, office: Office, types: dict[str, int]
) -> None:
    made = claim(work, types, **annas(office))
    submit_claims([made])
    post(made)
    work.expire_all()
    assert made.invoice == AnyRef("erp_finance.invoice", 77, "BILL-77")
    with pytest.raises(Refusal) as refused:
        mark_paid([made])
    assert (refused.value.code, refused.value.actual) == ("IN_LEDGER", 700)
    pay(made, 300, 400)
    work.expire_all()
    assert (made.state, made.outstanding) == ("approved", 400)
    with pytest.raises(Refusal) as refused:
        revoke_claims([made], "Wrong")
    assert refused.value.code == "PARTLY_PAID"
    pay(made, 400, 0)
    work.expire_all()
    assert (made.state, made.outstanding, made.paid_on) == ("paid", 0, work.today)
    with pytest.raises(Refusal) as refused:
        mark_unpaid([made])
    assert refused.value.code == "IN_LEDGER"
    pay(made, -700, 700)
    work.expire_all()
    assert (made.state, made.outstanding, made.paid_on) == ("approved", 700, None)
    with expense_revoked.overheard() as told:
        revoke_claims([made], "Paid by the host")
    assert [(each.number, each.reason) for each in told] == [(made.number, "Paid by the host")]
    post(made, reversal=True)
    work.expire_all()
    assert (made.state, made.invoice, made.outstanding) == ("cancelled", None, 0)
    assert [*claim_totals(), *invoice_numbers()] == []


def test_a_submitted_claim_stays_as_it_is(work: Session, office: Office, types: dict[str, int]) -> None:
    made = claim(work, types, **annas(office))
    submit_claims([made])
    for change in (lambda: setattr(made.lines[0], "amount", Decimal(9)), lambda: setattr(made, "purpose", "Other"),
                   lambda: setattr(made, "lines", [])):
        with pytest.raises(Invalid) as refused, work.begin_nested():
            change()
            work.flush()
        assert refused.value.problems[0].code == "APPROVED"
        work.expire_all()
    made.comment = "Receipts are in the blue folder"
    work.flush()
    with pytest.raises(Refusal) as again:
        submit_claims([made])
    assert again.value.code == "STATE"


def test_an_employee_shows_what_is_still_to_pay(work: Session, office: Office, types: dict[str, int]) -> None:
    submit_claims([claim(work, types, **annas(office)), claim(work, types, **annas(office))])
    [shown, nothing] = expenses_of_employee(
        [work.get_one(Employee, office.employees[name]) for name in ("anna", "tom")])
    assert nothing is None
    assert shown is not None
    assert [value for _label, value in shown.rows] == [2, "1,400"]


def test_the_report_adds_up_approved_expenses_by_type_and_month(
    work: Session, office: Office, types: dict[str, int]
) -> None:
    lines = ({"type": "MEAL", "spent_on": dt.date(2026, 2, 3)}, {"spent_on": dt.date(2026, 3, 1)},
             {"type": "MEAL", "spent_on": dt.date(2026, 3, 31)}, {"spent_on": dt.date(2025, 12, 31)})
    submit_claims([claim(work, types, *lines, **annas(office))])
    claim(work, types, *lines, **annas(office))
    table = expenses_by_type(2026)
    assert [(row[0], row[2], row[3], row[13]) for row in table.rows] == [
        ("Meals", 700, 700, 1400), ("Train", 0, 700, 700)]
    assert table.totals["amount"] == 2100
    assert len(expenses_by_type(2025).rows) == 1


def test_many_claims_are_approved_and_paid_with_as_many_queries_as_few(
    work: Session, office: Office, types: dict[str, int], count_statements: Callable[[], Any]
) -> None:
    counts = []
    for first in "AB":  # neighbours open their books, and then read once what doesn't change in this work
        submit_claims([claim(work, types, {"invoice_number": first}, **annas(office))])
    for number in (3, 40):
        made = [claim(work, types, {"invoice_number": f"{number}/{each}/A"}, **annas(office)) for each in range(number)]
        with count_statements() as submitting:
            submit_claims(made)
        event = PaymentAllocated(
            payment_id=number, number="PAY", direction="out", day=work.today, settled=tuple(
                SettledInvoice(invoice_id=each.id, kind="claim", amount=each.total, outstanding=Decimal(0),
                               source=AnyRef("oa.expense_claim", each.id)) for each in made))
        with count_statements() as paying:
            payment_allocated.tell([event])
        counts.append([sum(s.startswith("SELECT") for s in each.statements) for each in (submitting, paying)])
    assert counts[0] == counts[1]
    assert work.scalar(select(func.count()).where(ExpenseClaim.state == "paid")) == 43


def test_checks_name_claims_that_were_tampered_with(work: Session, office: Office, types: dict[str, int]) -> None:
    one = claim(work, types, {"invoice_number": "A1"}, **annas(office))
    two = claim(work, types, {"invoice_number": "A2"}, **annas(office))
    submit_claims([one, two])
    assert [*claim_totals(), *invoice_numbers()] == []
    tamper = work.connection().exec_driver_sql
    tamper("UPDATE oa_expense_line SET invoice_key = 'A1'")
    assert [each.entity for each in invoice_numbers()] == ["oa.expense_claim"]
    tamper(f"UPDATE oa_expense_claim SET total = 1 WHERE id = {one.id}")
    tamper(f"UPDATE oa_expense_claim SET outstanding = outstanding + 1 WHERE id = {two.id}")
    assert sorted(each.record for each in claim_totals()) == [one.number, two.number]
