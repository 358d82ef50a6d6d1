"""Kinds of leave, the requests, and the ledger of what everybody has left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy import inspect, select

from kernel import (
    Department,
    Document,
    Employee,
    Entity,
    Mapped,
    Problem,
    Quantity,
    User,
    _,
    boolean,
    choice,
    date,
    integer,
    link,
    note,
    quantity,
    serial,
    session,
    state,
    text,
    within,
)
from plugins.oa.calendar.services import counted_days, load_calendar
from plugins.oa.documents import belong_to_employees, frozen, linked_id

ZERO = Decimal(0)
LONGEST = 366
"""The most days a request or a grant covers."""


class LeaveType(Entity, label=_("Leave type"), plural=_("Leave types"), icon="beach", unique=[("code",)]):
    """A kind of leave and its rules: which days count, whether one must have some left, what a year brings."""

    code: Mapped[str] = text(20, label=_("Code"), searchable=True)
    name: Mapped[str] = text(80, label=_("Name"), searchable=True)
    counts: Mapped[str] = choice(
        ("working", _("Working days")), ("calendar", _("Calendar days")), label=_("Counts"), default="working",
        help=_("Working days leave out weekends and holidays"))
    paid: Mapped[bool] = boolean(label=_("Paid leave"), default=True)
    needs_balance: Mapped[bool] = boolean(
        label=_("Needs a balance"), help=_("Can be taken only while there are days left of it"))
    half_days: Mapped[bool] = boolean(label=_("Half days"), default=True)
    days_a_year: Mapped[Quantity] = quantity(
        label=_("Days a year"), default=0, decimals=1, help=_("Granted each January, pro rata from the day of hiring"))
    carry_over: Mapped[Quantity] = quantity(
        label=_("Carried over"), default=0, decimals=1, help=_("Days at most that go over into the next year"))
    carry_months: Mapped[int] = integer(label=_("Months until carried days expire"), default=3)

    @classmethod
    def check(cls, records: Sequence[LeaveType]) -> Iterable[Problem]:
        for record in records:
            for name in ("days_a_year", "carry_over"):
                if not within(getattr(record, name), 0, LONGEST):
                    yield Problem(name, _("Between 0 and {most} days", most=LONGEST), "DAYS", record)
            if not within(record.carry_months, 1, 24):
                yield Problem("carry_months", _("Between 1 and 24 months"), "MONTHS", record)


class LeaveRequest(Document, label=_("Leave request"), plural=_("Leave requests"), icon="beach", title="number"):
    """Somebody wants to be away. The days follow from the dates, the type and the calendar while it is a draft."""

    number: Mapped[str] = serial("LV-{year}-{n:05}", label=_("Number"))
    employee: Mapped[Employee] = link(label=_("Employee"), help=_("You, where empty"), required=False)
    employee_id: Mapped[int]
    owner: Mapped[User | None] = link(label=_("Owner"), readonly=True, hidden=True)
    owner_id: Mapped[int | None]
    department: Mapped[Department | None] = link(label=_("Department"), readonly=True)
    department_id: Mapped[int | None]
    state: Mapped[str] = state("draft", label=_("State"))
    leave_type: Mapped[LeaveType] = link(label=_("Leave type"))
    leave_type_id: Mapped[int]
    first_day: Mapped[dt.date] = date(label=_("First day"), index=True)
    last_day: Mapped[dt.date] = date(label=_("Last day"), index=True)
    from_noon: Mapped[bool] = boolean(label=_("From noon of the first day"))
    to_noon: Mapped[bool] = boolean(label=_("Until noon of the last day"))
    days: Mapped[Quantity] = quantity(label=_("Days"), default=0, readonly=True, decimals=1)
    charged: Mapped[bool] = boolean(label=_("Taken from the balance"), readonly=True, hidden=True)
    reason: Mapped[str | None] = note(label=_("Reason"))
    revoke_reason: Mapped[str | None] = text(200, label=_("Reason for taking it back"))

    @classmethod
    def prepare(cls, records: Sequence[LeaveRequest]) -> None:
        belong_to_employees(records)
        drafts = [each for each in records if _is_dated_draft(each) and _covers(each)]
        if not drafts:
            return
        types = _types_of(drafts)
        calendar = load_calendar(min(each.first_day for each in drafts), max(each.last_day for each in drafts))
        for each in drafts:
            if chosen := types.get(linked_id(each, "leave_type") or 0):
                each.charged = chosen.needs_balance
                each.days = sum((part for _day, part in counted_days(
                    chosen.counts, calendar, each.first_day, each.last_day, from_noon=bool(each.from_noon),
                    to_noon=bool(each.to_noon))), ZERO)

    @classmethod
    def check(cls, records: Sequence[LeaveRequest]) -> Iterable[Problem]:
        yield from frozen(records, ("employee_id",), DATED)
        drafts = [each for each in records if _is_dated_draft(each)]
        types = _types_of(drafts) if any(each.from_noon or each.to_noon for each in drafts) else {}
        for record in records:
            if linked_id(record, "employee") is None:
                yield Problem("employee", _("You are no employee: say whose leave it is"), "REQUIRED", record)
        for record in drafts:
            chosen = types.get(linked_id(record, "leave_type") or 0)
            if record.last_day < record.first_day:
                yield Problem("last_day", _("The last day comes before the first"), "DATES", record)
            elif not _covers(record):
                yield Problem("last_day", _("A request covers a year at most"), "DATES", record)
            elif record.from_noon and record.to_noon and record.first_day == record.last_day:
                yield Problem("to_noon", _("From noon until noon of one day leaves nothing"), "HALF_DAY", record)
            elif chosen is not None and not chosen.half_days:
                yield Problem("from_noon" if record.from_noon else "to_noon", _(
                    "{type} is taken by whole days only", type=chosen.name), "HALF_DAY", record)
            elif record.days == 0:
                yield Problem("first_day", _("Nobody works on these days anyway"), "NO_DAYS", record)


def _is_dated_draft(request: LeaveRequest) -> bool:
    return request.state in (None, "draft") and not request.historical and None not in (
        request.first_day, request.last_day)


def _covers(request: LeaveRequest) -> bool:
    return 0 <= (request.last_day - request.first_day).days < LONGEST


def _types_of(requests: Sequence[LeaveRequest]) -> dict[int, LeaveType]:
    wanted = {linked_id(each, "leave_type") for each in requests}
    return {each.id: each for each in session().scalars(select(LeaveType).where(LeaveType.id.in_(wanted)))}


DATED = ("leave_type_id", "first_day", "last_day", "from_noon", "to_noon")
"""What nobody changes once a request is submitted."""

KINDS = (
    ("opening", _("Opening balance")), ("yearly", _("Granted for the year")), ("carried", _("Carried over")),
    ("extra", _("Granted extra")),
)


class LeaveGrant(
    Document, label=_("Leave granted"), plural=_("Leave granted"), icon="calendar-plus", title="number",
    unique=[("employee", "leave_type", "year")],
):
    """Days of leave somebody was given, until they expire; `left` is what uses, expiries and returns left of them."""

    number: Mapped[str] = serial("LG-{year}-{n:05}", label=_("Number"))
    employee: Mapped[Employee] = link(label=_("Employee"))
    employee_id: Mapped[int]
    owner: Mapped[User | None] = link(label=_("Owner"), readonly=True, hidden=True)
    owner_id: Mapped[int | None]
    state: Mapped[str] = state("open", label=_("State"))
    leave_type: Mapped[LeaveType] = link(label=_("Leave type"))
    leave_type_id: Mapped[int]
    kind: Mapped[str] = choice(*KINDS, label=_("Kind"), default="extra")
    year: Mapped[int | None] = integer(label=_("Year"), readonly=True, hidden=True, required=False)
    days: Mapped[Quantity] = quantity(label=_("Days"), decimals=1)
    left: Mapped[Quantity] = quantity(label=_("Days left"), default=0, readonly=True, decimals=1)
    valid_from: Mapped[dt.date] = date(label=_("Valid from"))
    expires_on: Mapped[dt.date | None] = date(label=_("Until"), index=True, help=_("The last day; empty for ever"))
    comment: Mapped[str | None] = text(200, label=_("Note"))
    withdraw_reason: Mapped[str | None] = text(200, label=_("Reason for withdrawing"))
    carried_from: Mapped[LeaveGrant | None] = link(label=_("Carried over from"), readonly=True, follows=True)
    carried_from_id: Mapped[int | None]

    @classmethod
    def prepare(cls, records: Sequence[LeaveGrant]) -> None:
        belong_to_employees(records)
        for record in records:
            if inspect(record).pending and not record.historical:
                record.left = record.days or ZERO

    @classmethod
    def check(cls, records: Sequence[LeaveGrant]) -> Iterable[Problem]:
        yield from frozen(records, ("employee_id", "leave_type_id", "kind", "days", "valid_from"), ())
        for record in records:
            if not within(record.days, Decimal("0.5"), LONGEST):
                yield Problem("days", _("Between half a day and {most} days", most=LONGEST), "DAYS", record)
            if None not in (record.valid_from, record.expires_on) and _ends_first(record):
                yield Problem("expires_on", _("It would expire before it begins"), "DATES", record)


def _ends_first(grant: LeaveGrant) -> bool:
    return grant.expires_on is not None and grant.expires_on < grant.valid_from


class LeaveEntry(Document, label=_("Leave ledger entry"), plural=_("Leave ledger"), icon="list", title="kind"):
    """A line of the ledger: days that a request, expiry or withdrawal took of a grant, or that came back to it."""

    grant: Mapped[LeaveGrant] = link(parent=True, label=_("Leave granted"), readonly=True)
    grant_id: Mapped[int]
    request: Mapped[LeaveRequest | None] = link(label=_("Leave request"), readonly=True)
    request_id: Mapped[int | None]
    kind: Mapped[str] = choice(
        ("use", _("Leave taken")), ("reversal", _("Given back")), ("expiry", _("Expired")),
        ("withdrawal", _("Withdrawn")), label=_("Kind"), readonly=True)
    day: Mapped[dt.date] = date(label=_("Day"), readonly=True)
    days: Mapped[Quantity] = quantity(label=_("Days"), readonly=True, decimals=1)


