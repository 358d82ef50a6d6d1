"""Read a company's books, and make the default chart where it has none yet."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from sqlalchemy import select

from kernel import (
    Company,
    Conflict,
    Currency,
    Remembered,
    actor,
    as_system,
    company_currency,
    insert_rows,
    session,
    use_locale,
)
from plugins.erp_finance.ledger.accounts import CHART, CONTROLLED, EXPENSE_TYPES, JOURNALS, RULES
from plugins.erp_finance.ledger.books import Books, JournalKey
from plugins.erp_finance.ledger.models import Account, Journal, Period, PostingRule

_books: Remembered[int, Books] = Remembered("erp_finance.books", Account, Journal, PostingRule, Company, Currency)


def books() -> Books:
    """Give the books of the company being worked in; a company without accounts gets a chart."""
    company = actor().company_id or 0
    found = _books.get(company, lambda: _read(company))
    if not found.roles:
        make_chart(company)
        return _read(company)  # others may remember that there is nothing, until this is committed
    return found


def make_chart(company_id: int) -> None:
    """Give a company the default accounts, journals and rules, named in its language; once."""
    with as_system("make a chart of accounts") as system:
        locale = system.scalar(select(Company.locale).where(Company.id == company_id)) or "en"
        with use_locale(locale):
            _once(lambda: _write_chart(company_id))


def ensure_periods(company_id: int, days: Iterable[date]) -> None:
    """Make the months of the years that days fall into, where they aren't there yet."""
    years = {day.year for day in days}
    with as_system("the months of the books") as system:
        there = {day.year for day in system.scalars(
            select(Period.first_day).where(
                Period.company_id == company_id, Period.first_day.in_([date(year, 1, 1) for year in years])))}
        if missing := sorted(years - there):
            _once(lambda: insert_rows(Period, [
                {"company_id": company_id, "name": f"{year}-{month:02}", "first_day": date(year, month, 1),
                 "last_day": (date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1),
                 "state": "open"}
                for year in missing for month in range(1, 13)]))


def _read(company: int) -> Books:
    with as_system("read the books") as system:
        accounts = system.execute(
            select(Account.id, Account.role, Account.expense_type)
            .where(Account.company_id == company, Account.role.is_not(None), Account.archived.is_(False))
            .order_by(Account.code.desc())).all()
        journals = {row.id: (row.kind, JournalKey(row.id, row.code)) for row in system.execute(
            select(Journal.id, Journal.kind, Journal.code)
            .where(Journal.company_id == company, Journal.archived.is_(False)).order_by(Journal.code.desc()))}
        rules = system.execute(
            select(PostingRule.event, PostingRule.debit, PostingRule.credit, PostingRule.journal_id)
            .where(PostingRule.company_id == company, PostingRule.archived.is_(False))).all()
    return Books(
        company, company_currency(),
        roles={role: id_ for id_, role, expense_type in accounts if role and not expense_type},
        expenses={expense_type.upper(): id_ for id_, _role, expense_type in accounts if expense_type},
        journals=dict(journals.values()),
        pairs={event: (debit, credit, journals[journal][1])
               for event, debit, credit, journal in rules if journal in journals})


def _write_chart(company: int) -> None:
    insert_rows(Account, [
        {"company_id": company, "code": code, "name": str(name), "kind": kind, "role": role,
         "controlled": role in CONTROLLED, "expense_type": EXPENSE_TYPES.get(code)}
        for code, name, kind, role in CHART])
    ids = insert_rows(Journal, [
        {"company_id": company, "code": code, "name": str(name), "kind": kind} for code, name, kind in JOURNALS])
    by_kind = {kind: id_ for id_, (_code, _name, kind) in zip(ids, JOURNALS, strict=True)}
    insert_rows(PostingRule, [
        {"company_id": company, "event": event, "debit": debit, "credit": credit, "journal_id": by_kind[journal]}
        for event, _name, debit, credit, journal in RULES])


def _once(write: Callable[[], object]) -> None:
    """Write what everybody would write alike; whoever is second takes what is there."""
    current = session()
    try:
        with current.begin_nested():
            write()
    except Conflict as conflict:
        if conflict.code != "DUPLICATE":
            raise
