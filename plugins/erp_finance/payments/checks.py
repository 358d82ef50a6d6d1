"""What must hold of payments in a live database."""

from collections.abc import Iterable

from sqlalchemy import func, or_, select

from kernel import Finding, _, amount, invariant, session
from plugins.erp_finance.payments.models import Allocation, Payment


@invariant("erp_finance.allocated", _("A payment is what is allocated of it and what isn't; only posted ones count"))
def allocated() -> Iterable[Finding]:
    """Find payments that allocate more or less than there is, and allocations that count though they shouldn't."""
    used = select(func.coalesce(func.sum(Allocation.amount), amount(0))).where(
        Allocation.payment_id == Payment.id, Allocation.day.is_not(None),
        Allocation.undone_on.is_(None)).correlate(Payment).scalar_subquery()
    rows = session().execute(
        select(Payment.number, Payment.amount, used, Payment.unallocated, Payment.state)
        .where(Payment.historical.is_(False), or_(
            (Payment.state == "posted") & (Payment.amount != used + Payment.unallocated),
            (Payment.state != "posted") & (used != 0), Payment.unallocated < 0)))
    for number, total, taken, left, state in rows:
        yield Finding("erp_finance.payment", number, _(
            "{total} “{state}”, of it {taken} allocated and {left} not", total=total, state=state, taken=taken,
            left=left))
