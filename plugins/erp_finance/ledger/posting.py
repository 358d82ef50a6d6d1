"""Post vouchers: one or a hundred thousand at once, in a fixed number of statements.

The only writer of posted vouchers. Amounts are signed, a debit positive; a voucher's amounts come to nothing.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, select

from kernel import (
    AnyRef,
    ReadOnce,
    Refusal,
    Same,
    _,
    actor,
    as_system,
    format_number,
    give_numbers,
    insert_columns,
    session,
    update_rows,
)
from plugins.erp_finance.amounts import ZERO
from plugins.erp_finance.ledger.books import JournalKey
from plugins.erp_finance.ledger.chart import books, ensure_periods
from plugins.erp_finance.ledger.models import Entry, EntryLine, Period

_months: ReadOnce[tuple[int, dt.date], str | None] = ReadOnce(Period)
_period = Period.__table__.c
_MONTHS = (
    select(_period.name, _period.state, _period.first_day)
    .where(_period.company_id == bindparam("company"), _period.first_day.in_(bindparam("firsts", expanding=True)),
           _period.archived.is_(False))
    .order_by(_period.first_day).with_for_update(read=True))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a voucher to post, in the company's currency; a debit is positive."""

    account_id: int
    amount: Decimal
    party_id: int | None = None
    employee_id: int | None = None
    department_id: int | None = None
    currency_id: int | None = None
    amount_currency: Decimal | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Voucher:
    """A voucher to post; `event` names what is posted, of what record, and is never posted twice."""

    day: dt.date
    journal: JournalKey
    lines: Sequence[Line]
    description: str = ""
    event: str | None = None
    source: AnyRef | None = None
    reversal_of: int | None = None


def post_vouchers(vouchers: Sequence[Voucher]) -> Sequence[int]:
    """Post vouchers in the current company and give their ids; lines of nothing are left out.

    Raises Refusal UNBALANCED or PERIOD_CLOSED, Conflict where an event was posted before: none is posted then. Who may
    post was asked by whoever calls.
    """
    if not vouchers:
        return []
    for voucher in vouchers:
        demand_balance(voucher.description, (line.amount for line in voucher.lines))
    company = books().company_id
    demand_open(company, {voucher.day for voucher in vouchers})
    numbered: list[dict[str, Any]] = [
        {"company_id": company, "journal_code": each.journal.code, "day": each.day} for each in vouchers]
    user = Same(actor().user_id)
    with as_system("post to the ledger"):
        give_numbers(Entry, numbered, dated="day")
        ids = insert_columns(Entry, {
            "company_id": Same(company), "number": [row["number"] for row in numbered],
            "journal_id": [each.journal.id for each in vouchers],
            "journal_code": [each.journal.code for each in vouchers], "day": [each.day for each in vouchers],
            "description": [each.description[:200] or None for each in vouchers], "state": Same("posted"),
            "total": [sum((line.amount for line in each.lines if line.amount > 0), ZERO) for each in vouchers],
            "source_entity": [each.source and each.source.entity for each in vouchers],
            "source_id": [each.source and each.source.id for each in vouchers],
            "source_title": [each.source and each.source.title for each in vouchers],
            "event": [each.event for each in vouchers], "reversal_of_id": [each.reversal_of for each in vouchers],
            "prepared_by_id": user, "posted_by_id": user, "posted_at": Same(session().now),
        }, len(vouchers))
        pairs = [(id_, voucher.day, line) for id_, voucher in zip(ids, vouchers, strict=True)
                 for line in voucher.lines if line.amount]
        lines = [line for _id, _day, line in pairs]
        insert_columns(EntryLine, {
            "company_id": Same(company), "entry_id": [id_ for id_, _day, _line in pairs],
            "account_id": [line.account_id for line in lines], "description": [line.description for line in lines],
            "debit": [line.amount if line.amount > 0 else ZERO for line in lines],
            "credit": [-line.amount if line.amount < 0 else ZERO for line in lines],
            "party_id": [line.party_id for line in lines], "employee_id": [line.employee_id for line in lines],
            "department_id": [line.department_id for line in lines],
            "currency_id": [line.currency_id for line in lines],
            "amount_currency": [line.amount_currency for line in lines],
            "posted_on": [day for _id, day, _line in pairs],
        }, len(pairs))
        _note_reversals(vouchers, ids)
    return ids


def reversing(lines: Iterable[Line]) -> list[Line]:
    """Turn lines round."""
    return [
        Line(line.account_id, -line.amount, line.party_id, line.employee_id, line.department_id, line.currency_id,
             None if line.amount_currency is None else -line.amount_currency, line.description)
        for line in lines]


def demand_balance(name: str, amounts: Iterable[Decimal], record: object | None = None) -> None:
    """Raise Refusal UNBALANCED where amounts don't come to nothing."""
    left = sum(amounts, ZERO)
    if left:
        raise Refusal(
            "UNBALANCED", _("{voucher}: debit and credit differ by {difference}", voucher=name,
                            difference=format_number(abs(left))),
            record=record, field="lines", actual=left, allowed=0, fix=_("Add what is missing, or correct an amount"))


def demand_open(company: int, days: Iterable[dt.date]) -> None:
    """Raise Refusal PERIOD_CLOSED naming the first closed month that one of the days falls into."""
    for name in closed_months(company, days).values():
        raise _closed(name)


def in_open_periods(records: Sequence[Any]) -> Iterable[Refusal]:
    """Refuse documents whose day falls into a closed month: a guard."""
    closed: dict[int, dict[dt.date, str]] = {}
    for company in {record.company_id for record in records}:
        closed[company] = closed_months(company, {each.day for each in records if each.company_id == company})
    for record in records:
        if name := closed[record.company_id].get(record.day.replace(day=1)):
            yield _closed(name, record)


def closed_months(company: int, days: Iterable[dt.date]) -> dict[dt.date, str]:
    """Give the closed months that days fall into, by their first day.

    The months stay locked against closing until the transaction ends.
    """
    firsts = {day.replace(day=1) for day in days}
    months = _months.get([(company, first) for first in firsts], _lock_months)
    return {first: name for first in firsts if (name := months.get((company, first)))}


def _lock_months(wanted: Collection[tuple[int, dt.date]]) -> dict[tuple[int, dt.date], str | None]:
    """Keep months of a company from being closed and reopened; gives the names of the closed ones."""
    company = next(iter(wanted))[0]
    firsts = [first for _company, first in wanted]
    with as_system("is the period open") as system:
        connection = system.work.connection
        found = connection.execute(_MONTHS, {"company": company, "firsts": firsts}).all()
        if len(found) < len(firsts):
            ensure_periods(company, firsts)
            found = connection.execute(_MONTHS, {"company": company, "firsts": firsts}).all()
    return {(company, first): name if state == "closed" else None for name, state, first in found}


def _closed(name: str, record: object | None = None) -> Refusal:
    return Refusal(
        "PERIOD_CLOSED", _("The period {period} is closed", period=name), record=record, field="day", actual=name,
        fix=_("Use a day in an open period, or have this one reopened"))


def _note_reversals(vouchers: Sequence[Voucher], ids: Sequence[int]) -> None:
    rows = [
        {"id": voucher.reversal_of, "reversed_by_id": id_, "state": "reversed"}
        for voucher, id_ in zip(vouchers, ids, strict=True) if voucher.reversal_of]
    update_rows(Entry, rows)


def events_of(names: Sequence[str]) -> dict[str, int]:
    """Give the vouchers of events by the event's name, those that were reversed left out."""
    if not names:
        return {}
    with as_system("find the vouchers of events") as system:
        rows = system.execute(
            select(Entry.event, Entry.id)
            .where(Entry.company_id == (actor().company_id or 0), Entry.event.in_(names),
                   Entry.state == "posted"))
        return {event: id_ for event, id_ in rows if event}


def lines_of(entries: Sequence[int]) -> dict[int, list[Line]]:
    """Give the lines of posted vouchers, to be turned round."""
    found: dict[int, list[Line]] = {id_: [] for id_ in entries}
    with as_system("read vouchers to reverse them") as system:
        rows = system.execute(
            select(EntryLine.entry_id, EntryLine.account_id, EntryLine.debit, EntryLine.credit, EntryLine.party_id,
                   EntryLine.employee_id, EntryLine.department_id, EntryLine.currency_id, EntryLine.amount_currency,
                   EntryLine.description)
            .where(EntryLine.entry_id.in_(entries)).order_by(EntryLine.id))
        for entry, account, debit, credit, *rest in rows:
            found[entry].append(Line(account, debit - credit, *rest))
    return found
