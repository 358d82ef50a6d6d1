"""Expense types and claims."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import inspect, select

from kernel import (
    AnyRef,
    Company,
    Currency,
    Department,
    Document,
    Employee,
    Entity,
    Mapped,
    Money,
    Problem,
    User,
    _,
    actor,
    boolean,
    date,
    lines,
    link,
    money,
    note,
    ref,
    serial,
    session,
    state,
    text,
    within,
)
from plugins.oa.documents import belong_to_employees, changed, frozen, linked_id
from plugins.oa.expenses.invoice_numbers import invoice_key, used_elsewhere

ZERO = Decimal(0)
FINEST = Decimal("0.000001")


class ExpenseType(Entity, label=_("Expense type"), plural=_("Expense types"), icon="receipt", unique=[("code",)]):
    """What employees may spend on; finance chooses the account by its code."""

    code: Mapped[str] = text(20, label=_("Code"), searchable=True)
    name: Mapped[str] = text(80, label=_("Name"), searchable=True)
    limit: Mapped[Money | None] = money(label=_("Limit"), help=_("The most a line may come to; empty for no limit"))
    needs_invoice: Mapped[bool] = boolean(label=_("Needs an invoice number"))

    @classmethod
    def check(cls, records: Sequence[ExpenseType]) -> Iterable[Problem]:
        for record in records:
            if not within(record.limit, FINEST):
                yield Problem("limit", _("A limit is greater than zero"), "AMOUNT", record)


class ExpenseClaim(
    Document, label=_("Expense claim"), plural=_("Expense claims"), icon="receipt", title="number", tagged=True,
):
    """What an employee paid for the company and wants back, in the company's currency; totals follow from the lines."""

    number: Mapped[str] = serial("EX-{year}-{n:05}", label=_("Number"))
    employee: Mapped[Employee] = link(label=_("Employee"), help=_("You, where empty"), required=False)
    employee_id: Mapped[int]
    owner: Mapped[User | None] = link(label=_("Owner"), readonly=True, hidden=True)
    owner_id: Mapped[int | None]
    department: Mapped[Department | None] = link(label=_("Department"), help=_("Who bears it; yours where empty"))
    department_id: Mapped[int | None]
    state: Mapped[str] = state("draft", label=_("State"))
    day: Mapped[dt.date | None] = date(label=_("Day"), required=False, index=True, present=True)
    purpose: Mapped[str] = text(200, label=_("Purpose"), searchable=True)
    total: Mapped[Money] = money(label=_("Total"), default=0, readonly=True)
    tax_amount: Mapped[Money] = money(label=_("Tax in it"), default=0, readonly=True)
    outstanding: Mapped[Money] = money(label=_("Still to pay"), default=0, readonly=True)
    paid_on: Mapped[dt.date | None] = date(label=_("Paid on"), readonly=True)
    invoice: Mapped[AnyRef | None] = ref(label=_("In the ledger as"), follows=False)
    invoice_entity: Mapped[str | None]
    invoice_id: Mapped[int | None]
    invoice_title: Mapped[str | None]
    comment: Mapped[str | None] = note(label=_("Note"))
    revoke_reason: Mapped[str | None] = text(200, label=_("Reason for taking it back"))
    lines: Mapped[list[ExpenseLine]] = lines("claim", label=_("Lines"))

    @classmethod
    def prepare(cls, records: Sequence[ExpenseClaim]) -> None:
        belong_to_employees(records)
        total_up(records)

    @classmethod
    def check(cls, records: Sequence[ExpenseClaim]) -> Iterable[Problem]:
        yield from frozen(records, ("employee_id",), ("day", "department_id", "purpose", "lines"))
        for record in records:
            if linked_id(record, "employee") is None:
                yield Problem("employee", _("You are no employee: say whose claim it is"), "REQUIRED", record)


class ExpenseLine(
    Entity, label=_("Expense"), plural=_("Expenses"), icon="list", title="description", company="required",
):
    """One expense of a claim: what was paid in all and the tax in it."""

    claim: Mapped[ExpenseClaim] = link(parent=True, label=_("Expense claim"))
    claim_id: Mapped[int]
    expense_type: Mapped[ExpenseType] = link(label=_("Expense type"))
    expense_type_id: Mapped[int]
    spent_on: Mapped[dt.date | None] = date(label=_("Spent on"), required=False)
    description: Mapped[str | None] = text(200, label=_("Description"))
    amount: Mapped[Money] = money(label=_("Amount"))
    tax_amount: Mapped[Money] = money(label=_("Tax in it"), default=0)
    invoice_number: Mapped[str | None] = text(60, label=_("Invoice number"), searchable=True)
    invoice_key: Mapped[str | None] = text(60, label=_("Invoice number"), readonly=True, hidden=True, index=True)

    @classmethod
    def prepare(cls, records: Sequence[ExpenseLine]) -> None:
        total_up(_claims_of(records))

    @classmethod
    def check(cls, records: Sequence[ExpenseLine]) -> Iterable[Problem]:
        open_lines = []
        for record in records:
            claim: Any = record.claim
            if claim is None or claim.historical:
                continue
            if claim.state in (None, "draft"):
                open_lines.append(record)
                continue
            for name in changed(record, FIXED):
                yield Problem(name.removesuffix("_id"), _(
                    "{number} is no draft any more: its lines stay as they are", number=claim.number), "APPROVED",
                    record)
        yield from _wrong_amounts(open_lines)
        for record, told in used_elsewhere(open_lines):
            yield Problem("invoice_number", told, "INVOICE_REUSED", record)


FIXED = ("expense_type_id", "spent_on", "amount", "tax_amount", "invoice_number")
"""What nobody changes once a claim is submitted."""


def _wrong_amounts(lines: Sequence[ExpenseLine]) -> Iterable[Problem]:
    if not lines:
        return
    today, limits = session().today, limits_of(lines)
    for line in lines:
        if (amount := line.__dict__.get("amount")) is None:
            continue  # told as missing
        if not within(amount, FINEST):
            yield Problem("amount", _("An amount is greater than zero"), "AMOUNT", line)
        elif not within(line.tax_amount, 0, amount):
            yield Problem("tax_amount", _("The tax lies between nothing and the amount it is part of"), "TAX", line)
        if line.spent_on is not None and line.spent_on > today:
            yield Problem("spent_on", _("{day} is still to come", day=line.spent_on), "SPENT_ON", line)
        limited = limits.get(linked_id(line, "expense_type") or 0)
        if limited is not None and amount > (limited.limit or ZERO):
            yield Problem("amount", over_limit(line, limited), "EXPENSE_LIMIT", line)


def over_limit(line: ExpenseLine, limited: ExpenseType) -> Any:
    """Say that a line comes to more than its type allows."""
    return _("{type} is paid up to {limit} a line, and this is {amount}", type=limited.name,
             limit=_plain(limited.limit or ZERO), amount=_plain(line.amount))


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def limits_of(lines: Sequence[ExpenseLine]) -> dict[int, ExpenseType]:
    """Give the types of lines that have a limit."""
    wanted = {linked_id(line, "expense_type") for line in lines}
    return {each.id: each for each in session().scalars(
        select(ExpenseType).where(ExpenseType.id.in_(wanted), ExpenseType.limit.is_not(None)))}


def total_up(claims: Iterable[ExpenseClaim]) -> None:
    """Round the lines of drafts to the company's currency and add them up; history keeps its amounts."""
    drafts = [each for each in claims if each.state in (None, "draft") and not each.historical]
    if not drafts:
        return
    lines, step = _lines_of(drafts), _smallest_step()
    for claim in drafts:
        for line in lines[claim.id]:
            line.spent_on = line.spent_on or claim.day
            line.invoice_key = invoice_key(line.invoice_number)
            for name in ("amount", "tax_amount"):
                if isinstance(value := getattr(line, name), Decimal | int):
                    setattr(line, name, Decimal(value).quantize(step, ROUND_HALF_UP))
        claim.total = sum((line.amount or ZERO for line in lines[claim.id]), ZERO)
        claim.tax_amount = sum((line.tax_amount or ZERO for line in lines[claim.id]), ZERO)


def _smallest_step() -> Decimal:
    decimals = session().scalar(
        select(Currency.decimals).join(Company, Company.currency == Currency.code)
        .where(Company.id == actor().company_id))
    return Decimal(1).scaleb(-(2 if decimals is None else decimals))


def _lines_of(claims: Sequence[ExpenseClaim]) -> dict[int, list[ExpenseLine]]:
    current = session()
    found: dict[int, list[ExpenseLine]] = {claim.id: [] for claim in claims}
    waiting = []
    for claim in claims:
        if "lines" in claim.__dict__ or inspect(claim).pending:
            found[claim.id] = list(claim.lines)
        else:
            waiting.append(claim.id)
    if waiting:
        for line in current.scalars(
                select(ExpenseLine).where(ExpenseLine.claim_id.in_(waiting)).order_by(ExpenseLine.id)):
            if line not in current.deleted:
                found[line.claim_id].append(line)
    for line in current.new:
        if isinstance(line, ExpenseLine):
            lines = found.get(linked_id(line, "claim") or 0)
            if lines is not None and line not in lines:
                lines.append(line)
    return found


def _claims_of(lines: Sequence[Any]) -> list[ExpenseClaim]:
    current = session()
    missing = {
        line.claim_id for line in lines if line.claim_id and line.__dict__.get("claim") is None
        and current.identity_key(ExpenseClaim, line.claim_id) not in current.identity_map}
    held = current.scalars(select(ExpenseClaim).where(ExpenseClaim.id.in_(missing))).all() if missing else ()
    found = {line.claim.id: line.claim for line in lines if line.claim is not None}
    del held  # kept alive until the lines point to them
    return list(found.values())
