"""Sum up posted lines by account: what every report of the ledger is made of."""

import datetime as dt
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import case, func, select

from kernel import actor, amount, session
from plugins.erp_finance.amounts import ZERO
from plugins.erp_finance.ledger.models import Account, EntryLine


class Balance(NamedTuple):
    """An account with what it held before a time, and its debits and credits in it."""

    id: int
    code: str
    name: str
    kind: str
    opening: Decimal
    debit: Decimal
    credit: Decimal

    @property
    def closing(self) -> Decimal:
        """Give what it holds afterwards, a debit positive."""
        return self.opening + self.debit - self.credit


def balances(first: dt.date | None, last: dt.date) -> list[Balance]:
    """Give the accounts of the current company that moved until a day, by code; one scan of the covering index."""
    before = EntryLine.posted_on < first if first else None
    debit = _sum(EntryLine.debit, before)
    credit = _sum(EntryLine.credit, before)
    opening = (
        func.sum(case((before, EntryLine.debit - EntryLine.credit), else_=amount(0))) if before is not None
        else func.sum(amount(0)))
    company = actor().company_id
    sums = {
        account: (had, taken, given) for account, had, taken, given in session().execute(
            select(EntryLine.account_id, opening, debit, credit)
            .where(EntryLine.company_id == company, EntryLine.posted_on <= last)
            .group_by(EntryLine.account_id))}
    found = session().execute(
        select(Account.id, Account.code, Account.name, Account.kind).where(Account.company_id == company)
        .order_by(Account.code, Account.id))
    return [Balance(*row, *(value or ZERO for value in sums[row.id])) for row in found if row.id in sums]


def held(roles: tuple[str, ...], day: dt.date | None = None) -> Decimal:
    """Give what the accounts of some roles hold together in the current company, a debit positive."""
    current = session()
    accounts = current.scalars(
        select(Account.id).where(Account.company_id == actor().company_id, Account.role.in_(roles))).all()
    wanted = select(func.sum(EntryLine.debit - EntryLine.credit)).where(
        EntryLine.company_id == actor().company_id, EntryLine.account_id.in_(accounts),
        EntryLine.posted_on.is_not(None) if day is None else EntryLine.posted_on <= day)
    return current.scalar(wanted) or ZERO


def _sum(column: Any, before: Any) -> Any:
    return func.sum(column) if before is None else func.sum(case((before, amount(0)), else_=column))
