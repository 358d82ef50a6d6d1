"""What must hold of leave in a live database."""

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import func, select

from kernel import Finding, _, invariant, session
from plugins.oa.leave.models import LeaveEntry, LeaveGrant, LeaveRequest

ZERO = Decimal(0)


@invariant("oa.leave_balances", _("What is left of granted leave is what the ledger says, and never less than nothing"))
def leave_balances() -> Iterable[Finding]:
    """Find grants whose rest isn't their days and entries summed up, or is negative."""
    sums = (
        select(LeaveEntry.grant_id, func.sum(LeaveEntry.days).label("days")).group_by(LeaveEntry.grant_id).subquery())
    rows = session().execute(
        select(LeaveGrant.number, LeaveGrant.days, LeaveGrant.left, LeaveGrant.state, sums.c.days)
        .outerjoin(sums, sums.c.grant_id == LeaveGrant.id).where(LeaveGrant.historical.is_(False)))
    for number, days, left, state, moved in rows:
        right = days + (moved or ZERO)
        if left != right:
            yield Finding("oa.leave_grant", number, _("{actual} days left, its ledger comes to {right}",
                                                      actual=left, right=right))
        elif left < 0:
            yield Finding("oa.leave_grant", number, _("{actual} days left: less than nothing", actual=left))
        elif state == "withdrawn" and left != 0:
            yield Finding("oa.leave_grant", number, _("withdrawn, and {actual} days are left", actual=left))


@invariant("oa.leave_taken", _("Approved leave has taken its days of the ledger, and other leave none"))
def leave_taken() -> Iterable[Finding]:
    """Find requests whose entries don't come to their days."""
    sums = (
        select(LeaveEntry.request_id, func.sum(LeaveEntry.days).label("days"))
        .where(LeaveEntry.request_id.is_not(None)).group_by(LeaveEntry.request_id).subquery())
    rows = session().execute(
        select(LeaveRequest.number, LeaveRequest.state, LeaveRequest.days, LeaveRequest.charged, sums.c.days)
        .outerjoin(sums, sums.c.request_id == LeaveRequest.id).where(LeaveRequest.historical.is_(False)))
    for number, state, days, charged, moved in rows:
        right = days if state == "approved" and charged else ZERO
        if -(moved or ZERO) != right:
            yield Finding("oa.leave_request", number, _("{right} days to take, the ledger has {actual}",
                                                        right=right, actual=-(moved or ZERO)))


@invariant("oa.leave_overlaps", _("Nobody is away twice at once"))
def leave_overlaps() -> Iterable[Finding]:
    """Find approved leave of one person that shares a whole day with another."""
    rows = session().execute(
        select(LeaveRequest.employee_id, LeaveRequest.number, LeaveRequest.first_day, LeaveRequest.last_day,
               LeaveRequest.from_noon, LeaveRequest.to_noon)
        .where(LeaveRequest.state == "approved", LeaveRequest.historical.is_(False))
        .order_by(LeaveRequest.employee_id, LeaveRequest.first_day, LeaveRequest.from_noon, LeaveRequest.id))
    person, until, held = 0, 0, ""
    for employee, number, first, last, from_noon, to_noon in rows:
        begin, end = first.toordinal() * 2 + from_noon, last.toordinal() * 2 + 2 - to_noon
        if employee == person and begin < until:
            yield Finding("oa.leave_request", number, _("it overlaps {other}", other=held))
        if employee != person or end > until:
            person, until, held = employee, end, number
