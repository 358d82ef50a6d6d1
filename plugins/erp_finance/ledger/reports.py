"""What the books say: trial balance, the ledger of an account, profit and loss, balance sheet."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy import func, select

from kernel import Parameter, Party, ReportTable, Text, _, actor, fiscal_year_start, report, session
from plugins.erp_finance.amounts import ZERO
from plugins.erp_finance.ledger.accounts import KINDS
from plugins.erp_finance.ledger.balances import Balance, balances
from plugins.erp_finance.ledger.models import Account, Entry, EntryLine

LABELS = {each.value: each.label for each in KINDS}
FROM = Parameter("first", _("From"), "date", usual=lambda: fiscal_year_start(session().today))
UNTIL = Parameter("last", _("To"), "date", usual=lambda: session().today)
AS_OF = Parameter("day", _("As of"), "date", usual=lambda: session().today)
LINES = 1000
"""Lines that one page of an account's ledger shows."""


@report(_("Trial balance"), FROM, UNTIL, needs="erp_finance.entry", icon="scale",
        help=_("What each account held before, its debits and credits, and what it holds now"))
def trial_balance(first: dt.date | None = None, last: dt.date | None = None) -> ReportTable:
    """Give opening balance, movement and closing balance of every account that ever moved; from January by default."""
    last = last or session().today
    first = first or fiscal_year_start(last)
    found = balances(first, last)
    return ReportTable(
        columns=(("account", _("Account"), "text"), ("kind", _("Kind"), "text"), ("opening", _("Opening"), "money"),
                 ("debit", _("Debit"), "money"), ("credit", _("Credit"), "money"), ("closing", _("Closing"), "money")),
        rows=[(f"{each.code} {each.name}", str(LABELS[each.kind]), each.opening, each.debit, each.credit, each.closing)
              for each in found],
        totals={
            "opening": _sum(each.opening for each in found), "debit": _sum(each.debit for each in found),
            "credit": _sum(each.credit for each in found), "closing": _sum(each.closing for each in found)},
        links=[_ledger(each.code, first, last) for each in found])


def _codes() -> Sequence[tuple[str, Text]]:
    rows = session().execute(
        select(Account.code, Account.name).where(Account.company_id == actor().company_id).order_by(Account.code))
    return [(code, f"{code} {name}") for code, name in rows]


@report(_("Ledger of an account"), Parameter("account", _("Account"), "choice", choices=_codes), FROM, UNTIL,
        needs="erp_finance.entry", icon="book-2", help=_("Every posted line with its voucher and what it came of"))
def account_ledger(
    account: str | None = None, first: dt.date | None = None, last: dt.date | None = None
) -> ReportTable:
    """List the lines of an account in a time with their running balance; each leads to its voucher."""
    current = session()
    last = last or current.today
    first = first or fiscal_year_start(last)
    chosen = current.scalars(select(Account.id).where(
        Account.company_id == actor().company_id, Account.code == (account or ""))).first()
    mine = (EntryLine.company_id == actor().company_id, EntryLine.account_id == (chosen or 0))
    opening = current.scalar(select(func.sum(EntryLine.debit - EntryLine.credit)).where(
        *mine, EntryLine.posted_on < first)) or ZERO
    found = current.execute(
        select(EntryLine.posted_on, Entry.id, Entry.number, Entry.description, Entry.source_title, Party.name,
               EntryLine.debit, EntryLine.credit)
        .join(Entry, Entry.id == EntryLine.entry_id).outerjoin(Party, Party.id == EntryLine.party_id)
        .where(*mine, EntryLine.posted_on.between(first, last))
        .order_by(EntryLine.posted_on, EntryLine.id).limit(LINES)).all()
    rows: list[Sequence[object]] = []
    running = opening
    for day, _id, number, description, source, party, debit, credit in found:
        running += debit - credit
        rows.append((day, number, description or "", source or "", party or "", debit, credit, running))
    return ReportTable(
        columns=(("day", _("Day"), "date"), ("voucher", _("Voucher"), "text"), ("about", _("Description"), "text"),
                 ("source", _("Source"), "text"), ("party", _("Party"), "text"), ("debit", _("Debit"), "money"),
                 ("credit", _("Credit"), "money"), ("balance", _("Balance"), "money")),
        rows=rows,
        totals={"debit": _sum(row[6] for row in found), "credit": _sum(row[7] for row in found), "balance": running},
        links=[f"/erp_finance/entry/{row[1]}" for row in found])


@report(_("Profit and loss"), FROM, UNTIL, needs="erp_finance.entry", icon="chart-bar",
        help=_("Income and expenses of a time, and what is left of them"))
def profit_and_loss(first: dt.date | None = None, last: dt.date | None = None) -> ReportTable:
    """Give the income and expenses of a time, this financial year's by default."""
    last = last or session().today
    first = first or fiscal_year_start(last)
    found = [each for each in balances(first, last) if each.kind in ("income", "expense")
             and (each.debit or each.credit)]
    rows = [(str(LABELS[each.kind]), f"{each.code} {each.name}", each.credit - each.debit)
            for each in sorted(found, key=lambda each: (each.kind == "expense", each.code))]
    return ReportTable(
        columns=(("kind", _("Kind"), "text"), ("account", _("Account"), "text"), ("amount", _("Amount"), "money")),
        rows=rows, totals={"amount": _sum(row[2] for row in rows)},
        links=[_ledger(row[1].split()[0], first, last) for row in rows])


@report(_("Balance sheet"), AS_OF, needs="erp_finance.entry", icon="scale",
        help=_("What the company has and what it owes at the end of a day; both sides come to the same"))
def balance_sheet(day: dt.date | None = None) -> ReportTable:
    """Give assets, liabilities and equity at the end of a day, with the result so far as a part of equity."""
    day = day or session().today
    found = balances(None, day)
    assets = [each for each in found if each.kind == "asset" and each.closing]
    owed = [each for each in found if each.kind in ("liability", "equity") and each.closing]
    result = -_sum(each.closing for each in found if each.kind in ("income", "expense"))
    rows: list[tuple[str, str, Decimal, Decimal]] = [
        *((str(LABELS["asset"]), _name(each), each.closing, ZERO) for each in assets),
        *((str(LABELS[each.kind]), _name(each), ZERO, -each.closing) for each in owed)]
    if result:
        rows.append((str(LABELS["equity"]), str(_("Result so far")), ZERO, result))
    start = fiscal_year_start(day)
    return ReportTable(
        columns=(("kind", _("Kind"), "text"), ("account", _("Account"), "text"), ("assets", _("Assets"), "money"),
                 ("owed", _("Liabilities and equity"), "money")),
        rows=rows, totals={"assets": _sum(row[2] for row in rows), "owed": _sum(row[3] for row in rows)},
        links=[*(_ledger(each.code, start, day) for each in (*assets, *owed)),
               *(["/reports/erp_finance.profit_and_loss"] if result else [])])


def _name(account: Balance) -> str:
    return f"{account.code} {account.name}"


def _ledger(code: str, first: dt.date, last: dt.date) -> str:
    return f"/reports/erp_finance.account_ledger?account={code}&first={first}&last={last}"


def _sum(values: Iterable[Decimal]) -> Decimal:
    return sum(values, ZERO)
