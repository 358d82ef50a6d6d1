"""What must hold of expense claims in a live database."""

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import func, select

from kernel import Finding, _, invariant, session
from plugins.oa.expenses.models import ExpenseClaim, ExpenseLine

ZERO = Decimal(0)


@invariant("oa.claim_totals", _("A claim's totals are the sums of its lines', and a paid one has nothing left to pay"))
def claim_totals() -> Iterable[Finding]:
    """Find claims whose total, tax or rest isn't what their lines and state say; history keeps its own figures."""
    sums = (
        select(ExpenseLine.claim_id, func.sum(ExpenseLine.amount).label("total"),
               func.sum(ExpenseLine.tax_amount).label("tax")).group_by(ExpenseLine.claim_id).subquery())
    rows = session().execute(
        select(ExpenseClaim.number, ExpenseClaim.state, ExpenseClaim.total, ExpenseClaim.tax_amount,
               ExpenseClaim.outstanding, sums.c.total, sums.c.tax)
        .outerjoin(sums, sums.c.claim_id == ExpenseClaim.id).where(ExpenseClaim.historical.is_(False)))
    for number, state, total, tax, outstanding, total_of_lines, tax_of_lines in rows:
        if total != (total_of_lines or ZERO):
            yield Finding("oa.expense_claim", number, _("total {actual}, its lines come to {right}",
                                                        actual=total, right=total_of_lines or ZERO))
        elif tax != (tax_of_lines or ZERO):
            yield Finding("oa.expense_claim", number, _("tax {actual}, that of its lines is {right}",
                                                        actual=tax, right=tax_of_lines or ZERO))
        elif not ZERO <= outstanding <= total or (state == "paid" and outstanding != 0):
            yield Finding("oa.expense_claim", number, _("{rest} of {total} left to pay while it is “{state}”",
                                                        rest=outstanding, total=total, state=state))


@invariant("oa.invoice_numbers", _("An invoice is claimed once"))
def invoice_numbers() -> Iterable[Finding]:
    """Find invoices that two claims on their way, or paid, have."""
    active = (
        select(ExpenseLine.company_id, ExpenseLine.invoice_key, ExpenseClaim.id, ExpenseClaim.number)
        .join(ExpenseClaim, ExpenseClaim.id == ExpenseLine.claim_id)
        .where(ExpenseLine.invoice_key.is_not(None), ExpenseClaim.historical.is_(False),
               ExpenseClaim.state.not_in(("draft", "cancelled"))).subquery())
    rows = session().execute(
        select(active.c.invoice_key, func.max(active.c.number), func.count(active.c.id.distinct()))
        .group_by(active.c.company_id, active.c.invoice_key).having(func.count(active.c.id.distinct()) > 1))
    for key, number, count in rows:
        yield Finding("oa.expense_claim", number, _("invoice {invoice} is on {count} claims",
                                                    invoice=key, count=count))
