"""Sum up posted lines by account: what every report of the ledger is made of."""

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select

from kernel import actor, session
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
    """Give the accounts of the current company that moved until a day, by code.

    Plain sums over the covering index, once until `last` and once before `first`: quicker than telling the lines of
    the two apart in one scan.
    """
    company = actor().company_id
    sums = _sums(EntryLine.posted_on <= last)
    before = _sums(EntryLine.posted_on < first) if first else {}
    found = session().execute(
        select(Account.id, Account.code, Account.name, Account.kind).where(Account.company_id == company)
        .order_by(Account.code, Account.id))
    balances = []
    for id_, code, name, kind in found:
        if id_ in sums:
            (debit, credit), (had, owed) = sums[id_], before.get(id_, (ZERO, ZERO))
            balances.append(Balance(id_, code, name, kind, had - owed, debit - had, credit - owed))
    return balances


def held(roles: tuple[str, ...], day: dt.date | None = None) -> Decimal:
    """Give what the accounts of some roles hold together in the current company, a debit positive."""
    current = session()
    accounts = current.scalars(
        select(Account.id).where(Account.company_id == actor().company_id, Account.role.in_(roles))).all()
    wanted = select(func.sum(EntryLine.debit - EntryLine.credit)).where(
        EntryLine.company_id == actor().company_id, EntryLine.account_id.in_(accounts),
        EntryLine.posted_on.is_not(None) if day is None else EntryLine.posted_on <= day)
    return current.scalar(wanted) or ZERO


def _sums(clause: ColumnElement[bool]) -> dict[int, tuple[Decimal, Decimal]]:
    """Sum up the debits and credits of the current company's lines, by account."""
    rows = session().execute(
        select(EntryLine.account_id, func.sum(EntryLine.debit), func.sum(EntryLine.credit))
        .where(EntryLine.company_id == actor().company_id, clause).group_by(EntryLine.account_id))
    return {account: (debit, credit) for account, debit, credit in rows}
