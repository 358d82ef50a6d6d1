"""The ledger of leave: what somebody has left, what a leave takes of it and what comes back.

Grants are used oldest-expiring first, each only on days on which it is valid. Whoever writes here holds the lock on
the employees concerned, so that two approvals at once can't spend the same day.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from kernel import Employee, Refusal, _, as_system, insert_rows, session, update_rows
from plugins.oa.calendar.services import counted_days, load_calendar
from plugins.oa.leave.models import LeaveEntry, LeaveGrant, LeaveRequest, LeaveType

ZERO = Decimal(0)
FOR_EVER = dt.date.max


def lock_employees(ids: Iterable[int]) -> None:
    """Let nobody else write the leave of these employees until this transaction ends; as the system."""
    session().execute(
        select(Employee.id).where(Employee.id.in_(set(ids))).order_by(Employee.id).with_for_update(key_share=True))


@dataclass(slots=True)
class Plan:
    """What leaves take of which grants: (request, grant) to days, and how much of each request that covers."""

    uses: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    wanted: dict[int, Decimal] = field(default_factory=dict)
    covered: dict[int, Decimal] = field(default_factory=dict)
    left: dict[int, Decimal] = field(default_factory=dict)
    """What is left of each grant afterwards."""


def plan_uses(requests: Sequence[LeaveRequest]) -> Plan:
    """Lay requests over what their employees have left, in the order given; as the system.

    Four statements, however many requests. A request that isn't covered in full still takes what there is.
    """
    plan = Plan()
    if not requests:
        return plan
    types = {each.leave_type_id for each in requests}
    counts = dict(session().execute(select(LeaveType.id, LeaveType.counts).where(LeaveType.id.in_(types))).all())
    calendar = load_calendar(min(each.first_day for each in requests), max(each.last_day for each in requests))
    grants = _open_grants({each.employee_id for each in requests}, types)
    plan.left = {grant.id: grant.left for some in grants.values() for grant in some}
    for each in requests:
        days = counted_days(
            counts[each.leave_type_id], calendar, each.first_day, each.last_day, from_noon=each.from_noon,
            to_noon=each.to_noon)
        plan.wanted[each.id] = sum((part for _day, part in days), ZERO)
        plan.covered[each.id] = ZERO
        for day, part in days:
            _take(plan, each.id, day, part, grants.get((each.employee_id, each.leave_type_id), ()))
    return plan


def _open_grants(employees: set[int], types: set[int]) -> dict[tuple[int, int], list[Any]]:
    rows = session().execute(
        select(LeaveGrant.id, LeaveGrant.employee_id, LeaveGrant.leave_type_id, LeaveGrant.left, LeaveGrant.valid_from,
               LeaveGrant.expires_on)
        .where(LeaveGrant.employee_id.in_(employees), LeaveGrant.leave_type_id.in_(types), LeaveGrant.left > 0,
               LeaveGrant.archived.is_(False)))
    found: dict[tuple[int, int], list[Any]] = {}
    for row in sorted(rows, key=lambda row: (row.expires_on or FOR_EVER, row.valid_from, row.id)):
        found.setdefault((row.employee_id, row.leave_type_id), []).append(row)
    return found


def _take(plan: Plan, request: int, day: dt.date, part: Decimal, grants: Sequence[Any]) -> None:
    for grant in grants:
        if part <= 0:
            return
        if plan.left[grant.id] <= 0 or not grant.valid_from <= day <= (grant.expires_on or FOR_EVER):
            continue
        taken = min(part, plan.left[grant.id])
        part -= taken
        plan.left[grant.id] -= taken
        plan.covered[request] += taken
        plan.uses[request, grant.id] = plan.uses.get((request, grant.id), ZERO) + taken


def enough_left(requests: Sequence[LeaveRequest]) -> Iterable[Refusal]:
    """Refuse LEAVE_SHORT, naming what is left: a guard of the way of a request.

    While it is being submitted, what others of the same person wait for counts as taken; once it is decided on,
    only what is booked does.
    """
    charged = [each for each in requests if each.charged]
    if not charged:
        return []
    with as_system("see what leave is left"):
        lock_employees(each.employee_id for each in charged)
        plan = plan_uses([*_waiting(charged), *charged])
        names = dict(session().execute(select(LeaveType.id, LeaveType.name)).all())
    return [
        Refusal(
            "LEAVE_SHORT", _("{number} asks for {type}, days: {wanted}; left for these dates: {left}",
                             number=each.number, wanted=_plain(plan.wanted[each.id]),
                             type=names[each.leave_type_id], left=_plain(plan.covered[each.id])),
            record=each, field="last_day", actual=_plain(plan.wanted[each.id]), allowed=_plain(plan.covered[each.id]),
            fix=_("Ask for fewer days, or for another type of leave"))
        for each in charged if plan.covered[each.id] < plan.wanted[each.id]]


def _plain(days: Decimal) -> str:
    return f"{days.normalize():f}"


def _waiting(requests: Sequence[LeaveRequest]) -> Sequence[LeaveRequest]:
    submitting = {each.employee_id for each in requests if each.state == "draft"}
    if not submitting:
        return ()
    return session().scalars(
        select(LeaveRequest)
        .where(LeaveRequest.employee_id.in_(submitting), LeaveRequest.state == "submitted",
               LeaveRequest.charged.is_(True), LeaveRequest.id.not_in([each.id for each in requests]))
        .order_by(LeaveRequest.id)).all()


def book_uses(requests: Sequence[LeaveRequest]) -> Mapping[int, Decimal]:
    """Take approved requests off what their employees have left; gives the days each of them comes to."""
    charged = [each for each in requests if each.charged]
    if not charged:
        return {}
    with as_system("book leave") as system:
        plan = plan_uses(charged)
        companies = {each.id: each.company_id for each in charged}
        insert_rows(LeaveEntry, [
            {"company_id": companies[request], "grant_id": grant, "request_id": request, "kind": "use",
             "day": system.today, "days": -days}
            for (request, grant), days in plan.uses.items()])
        touched = {grant for _request, grant in plan.uses}
        update_rows(LeaveGrant, [{"id": grant, "left": plan.left[grant]} for grant in sorted(touched)])
        return plan.wanted


def give_back(requests: Sequence[LeaveRequest]) -> None:
    """Give back what revoked requests had taken, to the grants it was taken of."""
    with as_system("give leave back") as system:
        lock_employees(each.employee_id for each in requests)
        rows = system.execute(
            select(LeaveEntry.request_id, LeaveEntry.grant_id, LeaveEntry.company_id, func.sum(LeaveEntry.days))
            .where(LeaveEntry.request_id.in_([each.id for each in requests]))
            .group_by(LeaveEntry.request_id, LeaveEntry.grant_id, LeaveEntry.company_id)).all()
        taken = [row for row in rows if row[3] < 0]
        if not taken:
            return
        insert_rows(LeaveEntry, [
            {"company_id": company, "grant_id": grant, "request_id": request, "kind": "reversal",
             "day": system.today, "days": -days}
            for request, grant, company, days in taken])
        back: dict[int, Decimal] = {}
        for _request, grant, _company, days in taken:
            back[grant] = back.get(grant, ZERO) - days
        _add(back)


def _add(days: Mapping[int, Decimal]) -> None:
    had = dict(session().execute(select(LeaveGrant.id, LeaveGrant.left).where(LeaveGrant.id.in_(days))).all())
    update_rows(LeaveGrant, [{"id": grant, "left": had[grant] + days[grant]} for grant in sorted(days)])


def withdraw_left(grants: Sequence[LeaveGrant]) -> None:
    """Take back what is left of grants: the effect of withdrawing them."""
    with as_system("withdraw leave"):
        lock_employees(each.employee_id for each in grants)
        close_grants([each.id for each in grants], "withdrawal")


def close_grants(ids: Sequence[int], kind: str) -> None:
    """Take what is left of grants, as expired or withdrawn; as the system, under the lock of their employees."""
    current = session()
    rows = current.execute(
        select(LeaveGrant.id, LeaveGrant.company_id, LeaveGrant.left)
        .where(LeaveGrant.id.in_(ids), LeaveGrant.left > 0).order_by(LeaveGrant.id)).all()
    insert_rows(LeaveEntry, [
        {"company_id": company, "grant_id": id_, "request_id": None, "kind": kind, "day": current.today, "days": -left}
        for id_, company, left in rows])
    update_rows(LeaveGrant, [{"id": id_, "left": ZERO} for id_, _company, _left in rows])
