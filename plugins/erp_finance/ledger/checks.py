"""What must hold of the ledger in a live database."""

from collections.abc import Collection, Iterable
from decimal import Decimal

from sqlalchemy import and_, func, or_, select

from kernel import Company, Finding, _, ask, invariant, session, summed
from plugins.erp_finance.amounts import ZERO
from plugins.erp_finance.ledger.models import Account, Entry, EntryLine, Period


def role_balances(role: str) -> dict[int, Decimal]:
    """Give what the accounts of a role hold, a debit positive, by company."""
    rows = session().execute(
        select(EntryLine.company_id, func.sum(EntryLine.debit - EntryLine.credit))
        .join(Account, Account.id == EntryLine.account_id)
        .where(Account.role == role, EntryLine.posted_on.is_not(None)).group_by(EntryLine.company_id))
    return {company: total for company, total in rows if company is not None}


def company_names() -> dict[int, str]:
    """Give the companies' names, to say whose books are off."""
    return dict(session().execute(select(Company.id, Company.name)).all())


def differences(
    entity: str, role: str, right: dict[int, Decimal], companies: Collection[int] | None = None
) -> Iterable[Finding]:
    """Say where the accounts of a role don't hold what they should, by company (all of them where none is named)."""
    actual = role_balances(role)
    names = company_names()
    for company in sorted({*actual, *right} if companies is None else companies):
        has, should = actual.get(company, ZERO), right.get(company, ZERO)
        if has != should:
            yield Finding(entity, names.get(company, str(company)), _(
                "the accounts of the role {role} hold {actual}, it should be {right}", role=role, actual=has,
                right=should))


@invariant("erp_finance.balanced", _("Every posted voucher balances, and its total is its debits"))
def balanced() -> Iterable[Finding]:
    """Find posted vouchers whose debits and credits differ."""
    sums = select(
        EntryLine.entry_id, func.sum(EntryLine.debit).label("debit"), func.sum(EntryLine.credit).label("credit"),
    ).group_by(EntryLine.entry_id).subquery()
    rows = session().execute(
        select(Entry.number, Entry.total, sums.c.debit, sums.c.credit).outerjoin(sums, sums.c.entry_id == Entry.id)
        .where(Entry.state != "draft", Entry.historical.is_(False),
               or_(sums.c.debit.is_(None), sums.c.debit != sums.c.credit, sums.c.debit != Entry.total)))
    for number, total, debit, credit in rows:
        yield Finding("erp_finance.entry", number or "-", _(
            "total {total}, debit {debit}, credit {credit}", total=total, debit=debit or ZERO, credit=credit or ZERO))


@invariant("erp_finance.posted_lines", _("The lines of a voucher count from its day on, if it is posted"))
def posted_lines() -> Iterable[Finding]:
    """Find lines that count on another day than their voucher's, for another company, or of a draft."""
    rows = session().execute(
        select(Entry.number, Entry.id, func.count()).join(EntryLine, EntryLine.entry_id == Entry.id)
        .where(Entry.historical.is_(False), or_(
            EntryLine.company_id != Entry.company_id,
            and_(Entry.state == "draft", EntryLine.posted_on.is_not(None)),
            and_(Entry.state != "draft", or_(EntryLine.posted_on.is_(None), EntryLine.posted_on != Entry.day))))
        .group_by(Entry.number, Entry.id))
    for number, id_, count in rows:
        yield Finding("erp_finance.entry", number or str(id_), _(
            "{count} of its lines count on another day, or in another company", count=count))


@invariant("erp_finance.numbered", _("Every posted voucher has a number, and no draft"))
def numbered() -> Iterable[Finding]:
    """Find vouchers whose number doesn't go with their state; that none is missing is the kernel's to check."""
    rows = session().scalars(select(Entry).where(Entry.historical.is_(False), or_(
        and_(Entry.state == "draft", Entry.number.is_not(None)),
        and_(Entry.state != "draft", Entry.number.is_(None)))))
    for entry in rows:
        yield Finding("erp_finance.entry", entry.title, _("“{state}” doesn't go with its number", state=entry.state))


@invariant("erp_finance.closed_periods", _("Nothing was posted into a month after it was closed"))
def closed_periods() -> Iterable[Finding]:
    """Find vouchers of closed months that were posted later than the month was closed."""
    rows = session().execute(
        select(Entry.number, Period.name).join(Period, and_(
            Period.company_id == Entry.company_id, Entry.day >= Period.first_day, Entry.day <= Period.last_day))
        .where(Entry.state != "draft", Period.state == "closed", Entry.posted_at > Period.closed_at,
               Entry.historical.is_(False)))
    for number, period in rows:
        yield Finding("erp_finance.entry", number or "-", _("posted after {period} was closed", period=period))


@invariant("erp_finance.reversals", _("A reversed voucher and the one that reverses it name each other"))
def reversals() -> Iterable[Finding]:
    """Find reversals that only one of the two vouchers knows of."""
    reversed_ids = dict(session().execute(
        select(Entry.id, Entry.reversed_by_id).where(Entry.reversed_by_id.is_not(None))).all())
    mirrors = {row.reversal_of_id: row.id for row in session().execute(
        select(Entry.id, Entry.reversal_of_id).where(Entry.reversal_of_id.is_not(None)))}
    odd = {id_ for id_, by in reversed_ids.items() if mirrors.get(id_) != by}
    odd |= {id_ for id_, by in mirrors.items() if id_ is not None and reversed_ids.get(id_) != by}
    states = session().scalars(select(Entry).where(or_(
        Entry.id.in_(odd), and_(Entry.state == "reversed", Entry.reversed_by_id.is_(None)))))
    for entry in states:
        yield Finding("erp_finance.entry", entry.title, _("its reversal isn't there, or doesn't name it"))


@invariant("erp_finance.stock_equals_ledger", _("The stock accounts hold what the stock is worth"))
def stock_equals_ledger() -> Iterable[Finding]:
    """Compare the stock accounts of each company with the value of its stock, where somebody keeps stock."""
    companies = sorted(company_names())
    answers = ask.stock_value(companies=companies)
    known = {company for answer in answers for company, value in zip(companies, answer, strict=True)
             if value is not None}
    worth = dict(zip(companies, summed(answers, len(companies)), strict=True))
    yield from differences("erp_finance.account", "stock", {each: worth[each] for each in known}, known)
