"""What finance answers: what a party owes."""

import datetime as dt
from collections.abc import Collection, Sequence
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import Select, func, or_, select

from kernel import BalanceQuestion, ExchangeRates, actor, amount, as_system, hook, session
from plugins.erp_finance.amounts import FINEST, ZERO
from plugins.erp_finance.invoices.models import Invoice
from plugins.erp_finance.invoices.outstanding import open_on, outstanding_sql
from plugins.erp_finance.payments.models import Allocation, Payment


@hook
def open_balance(questions: Sequence[BalanceQuestion]) -> Sequence[Decimal | None]:
    """Answer with the customer's invoices left to pay less receipts not yet allocated; everybody's, by the books."""
    with as_system("what parties owe"):
        owed = {
            day: owed_on(day, {each.party_id for each in questions if each.day == day})
            for day in {each.day for each in questions}}
        rates = ExchangeRates(each.currency for each in questions if each.currency)
    answers: list[Decimal | None] = []
    for each in questions:
        balance = owed[each.day].get(each.party_id, ZERO)
        rate = rates.on(each.currency, each.day)
        answers.append(None if rate is None else (balance / rate).quantize(FINEST, ROUND_HALF_UP)
                       if rate != 1 else balance)
    return answers


def owed_on(day: dt.date, parties: Collection[int]) -> dict[int, Decimal]:
    """Give what parties owe the current company at the end of a day, in its currency; two statements."""
    current = session()
    past = day < current.today
    left = func.sum(outstanding_sql(base=True, day=day) if past else Invoice.base_outstanding)
    invoices = select(Invoice.party_id, left).where(
        Invoice.company_id == actor().company_id, Invoice.kind == "sale", Invoice.party_id.in_(parties),
        *([open_on(day)] if past else [
            Invoice.state == "posted", Invoice.settled_on.is_(None), Invoice.historical.is_(False)]),
    ).group_by(Invoice.party_id)
    found = {party: total for party, total in current.execute(invoices) if party is not None}
    for party, total in current.execute(_receipts(parties, day if past else None)):
        if party is not None:
            found[party] = found.get(party, ZERO) - total
    return found


def _receipts(parties: Collection[int], day: dt.date | None) -> Select[int | None, Decimal]:
    """Ask for the receipts of parties that aren't allocated, in the company's currency."""
    mine = (Payment.company_id == actor().company_id, Payment.direction == "in", Payment.party_id.in_(parties))
    if day is None:
        return select(Payment.party_id, func.sum(Payment.base_unallocated)).where(
            *mine, Payment.state == "posted", Payment.unallocated > 0).group_by(Payment.party_id)
    counted = (Payment.day <= day, or_(Payment.undone_on.is_(None), Payment.undone_on > day))
    since = select(func.coalesce(func.sum(Allocation.base_paid), amount(0))).where(
        Allocation.payment_id == Payment.id, Allocation.day > day,
        or_(Allocation.undone_on.is_(None), Allocation.undone_on > day)).correlate(Payment).scalar_subquery()
    return select(Payment.party_id, func.sum(Payment.base_unallocated + since)).where(
        *mine, Payment.state.in_(("posted", "undone")), *counted).group_by(Payment.party_id)
