"""What one does with leave requests."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from kernel import Employee, Refusal, _, as_system, rights, session
from plugins.oa.documents import take
from plugins.oa.leave.accounts import book_uses, give_back, lock_employees
from plugins.oa.leave.models import LeaveRequest
from plugins.oa.leave.signals import LeaveApproved, LeaveRevoked, leave_approved, leave_revoked


def submit_requests(requests: Sequence[LeaveRequest]) -> None:
    """Submit drafts: they wait for their approval, and are approved at once where none applies.

    Raises Refusal OVERLAP, LEAVE_SHORT or STATE, for one request as for all: none is submitted then.
    """
    take(LeaveRequest, "submit", requests)


def cancel_requests(requests: Sequence[LeaveRequest]) -> None:
    """Cancel drafts."""
    take(LeaveRequest, "cancel", requests)


def revoke_requests(requests: Sequence[LeaveRequest], reason: str) -> None:
    """Take approved leave back, and give the days back; raises Refusal LEAVE_BEGUN or STATE."""
    take(LeaveRequest, "revoke", requests, revoke_reason=reason)


def not_overlapping(requests: Sequence[LeaveRequest]) -> Iterable[Refusal]:
    """Refuse OVERLAP where somebody would be away twice at once: a guard of submitting."""
    with as_system("find leave at the same time") as system:
        lock_employees(each.employee_id for each in requests)
        others = system.scalars(
            select(LeaveRequest)
            .where(LeaveRequest.employee_id.in_({each.employee_id for each in requests}),
                   LeaveRequest.state.in_(("submitted", "approved")),
                   LeaveRequest.first_day <= max(each.last_day for each in requests),
                   LeaveRequest.last_day >= min(each.first_day for each in requests))
            .order_by(LeaveRequest.id)).all()
    refusals = []
    for at, each in enumerate(requests):
        begin, end = _half_days(each)
        for other in (*others, *requests[:at]):
            if other.id == each.id or other.employee_id != each.employee_id:
                continue
            starts, stops = _half_days(other)
            if starts < end and begin < stops:
                refusals.append(Refusal(
                    "OVERLAP", _("{number} overlaps {other}, {first} to {last}", number=each.number,
                                 other=other.number, first=other.first_day, last=other.last_day),
                    record=each, field="first_day", actual=f"{each.first_day} – {each.last_day}",
                    fix=_("Choose other days, or take the other request back")))
                break
    return refusals


def _half_days(request: LeaveRequest) -> tuple[int, int]:
    """Give a leave as a half-open span of half days."""
    return (request.first_day.toordinal() * 2 + bool(request.from_noon),
            request.last_day.toordinal() * 2 + 2 - bool(request.to_noon))


def not_begun(requests: Sequence[LeaveRequest]) -> Iterable[Refusal]:
    """Refuse LEAVE_BEGUN to all but personnel, once the first day is past: a guard of revoking."""
    if rights().may("create", "oa.leave_grant"):
        return
    today = session().today
    for each in requests:
        if each.first_day < today:
            yield Refusal(
                "LEAVE_BEGUN", _("{number} began on {day}", number=each.number, day=each.first_day), record=each,
                field="first_day", actual=each.first_day, allowed=today,
                fix=_("Ask personnel to take it back"))


def tell_approved(requests: Sequence[LeaveRequest]) -> None:
    """Book what the leave takes and tell oa.leave_approved once for all: the effect of submitting."""
    booked = book_uses(requests)
    for each in requests:
        if booked.get(each.id, each.days) != each.days:
            each.days = booked[each.id]  # the calendar has changed since the request was written
    session().flush()
    leave_approved.tell([
        LeaveApproved(
            request_id=each.id, number=each.number, employee_id=each.employee_id, first_day=each.first_day,
            last_day=each.last_day, days=each.days)
        for each in requests])


def tell_revoked(requests: Sequence[LeaveRequest]) -> None:
    """Give the days back and tell oa.leave_revoked once for all: the effect of revoking."""
    give_back(requests)
    leave_revoked.tell([
        LeaveRevoked(
            request_id=each.id, number=each.number, employee_id=each.employee_id, first_day=each.first_day,
            last_day=each.last_day)
        for each in requests])


@dataclass(frozen=True, slots=True)
class Away:
    """That somebody is on leave, and nothing about why."""

    employee_id: int
    name: str
    first_day: dt.date
    last_day: dt.date


def away_between(first: dt.date, last: dt.date, employees: Sequence[int] | None = None) -> Sequence[Away]:
    """List who of the company (or of these employees) is on approved leave within a span of days, soonest back first.

    Looks beyond what the asker may read: that a colleague is away is everybody's to know, why isn't.
    """
    with as_system("see who is away") as system:
        wanted = (
            select(LeaveRequest.employee_id, Employee.name, LeaveRequest.first_day, LeaveRequest.last_day)
            .join(Employee, Employee.id == LeaveRequest.employee_id)
            .where(LeaveRequest.state == "approved", LeaveRequest.first_day <= last, LeaveRequest.last_day >= first,
                   LeaveRequest.company_id == system.actor.company_id)
            .order_by(LeaveRequest.last_day, LeaveRequest.id))
        if employees is not None:
            wanted = wanted.where(LeaveRequest.employee_id.in_(employees))
        return [Away(*row) for row in system.execute(wanted)]
