"""Meeting rooms and their bookings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from kernel import (
    Document,
    Employee,
    Entity,
    Mapped,
    Problem,
    RuleContext,
    User,
    _,
    boolean,
    choice,
    date,
    instant,
    integer,
    lines,
    link,
    note,
    row_rule,
    serial,
    state,
    text,
    within,
)
from plugins.oa.documents import belong_to_employees, changed, linked_id
from plugins.oa.meetings.occupancy import clashes


class MeetingRoom(Entity, label=_("Meeting room"), plural=_("Meeting rooms"), icon="door", unique=[("name",)]):
    """A room people meet in."""

    name: Mapped[str] = text(80, label=_("Name"), searchable=True)
    place: Mapped[str | None] = text(120, label=_("Place"), searchable=True)
    seats: Mapped[int] = integer(label=_("Seats"), default=6)
    equipment: Mapped[str | None] = text(200, label=_("Equipment"), searchable=True)

    @classmethod
    def check(cls, records: Sequence[MeetingRoom]) -> Iterable[Problem]:
        for record in records:
            if not within(record.seats, 1, 10_000):
                yield Problem("seats", _("A room has at least one seat"), "SEATS", record)


class Booking(Document, label=_("Room booking"), plural=_("Room bookings"), icon="calendar-event", title="subject"):
    """A room for a span of time: from its beginning up to, and without, its end. No two of a room overlap."""

    number: Mapped[str] = serial("RB-{year}-{n:05}", label=_("Number"))
    subject: Mapped[str] = text(200, label=_("Subject"), searchable=True)
    state: Mapped[str] = state("booked", label=_("State"))
    room: Mapped[MeetingRoom] = link(label=_("Meeting room"))
    room_id: Mapped[int]
    starts_at: Mapped[dt.datetime] = instant(label=_("Begins"))
    ends_at: Mapped[dt.datetime] = instant(label=_("Ends"))
    organiser: Mapped[Employee] = link(label=_("Organiser"), help=_("You, where empty"), required=False)
    organiser_id: Mapped[int]
    owner: Mapped[User | None] = link(label=_("Owner"), readonly=True, hidden=True)
    owner_id: Mapped[int | None]
    comment: Mapped[str | None] = note(label=_("Note"))
    repeats: Mapped[str | None] = choice(
        ("daily", _("Every day")), ("workdays", _("Every working day")), ("weekly", _("Every week")),
        label=_("Repeats"))
    repeats_until: Mapped[dt.date | None] = date(label=_("Repeats until"))
    skip_busy: Mapped[bool] = boolean(label=_("Leave out dates on which the room is taken"))
    series: Mapped[Booking | None] = link(label=_("First of the series"), readonly=True, follows=True)
    series_id: Mapped[int | None]
    attendees: Mapped[list[Attendee]] = lines("booking", label=_("Attendees"))

    @classmethod
    def prepare(cls, records: Sequence[Booking]) -> None:
        belong_to_employees(records, "organiser")

    @classmethod
    def check(cls, records: Sequence[Booking]) -> Iterable[Problem]:
        valid = []
        for record in records:
            yield from _fixed(record)
            if linked_id(record, "organiser") is None:
                yield Problem("organiser", _("You are no employee: say whose booking it is"), "REQUIRED", record)
            if None in (record.starts_at, record.ends_at, linked_id(record, "room")):
                continue
            if record.ends_at <= record.starts_at:
                yield Problem("ends_at", _("A booking ends after it begins"), "BOOKING_TIME", record)
            elif record.ends_at - record.starts_at > dt.timedelta(days=31):
                yield Problem("ends_at", _("A booking covers a month at most"), "BOOKING_TIME", record)
            elif record.state in (None, "booked") and not (record.historical or record.archived):
                valid.append(record)
        for booking, told in clashes(valid):
            yield Problem("room", told, "ROOM_BUSY", booking)


def _fixed(record: Booking) -> Iterable[Problem]:
    for name in changed(record, ("organiser_id",)):
        yield Problem(name.removesuffix("_id"), _("The organiser stays: make a new booking instead"), "FIXED", record)
    if record.state == "cancelled" and not changed(record, ("state",)):
        for name in changed(record, ("room_id", "starts_at", "ends_at", "subject")):
            yield Problem(name.removesuffix("_id"), _("{number} is cancelled: this stays as it is",
                                                      number=record.number), "CANCELLED", record)


class Attendee(Entity, label=_("Attendee"), plural=_("Attendees"), icon="user", title="employee"):
    """Somebody who is asked to a meeting."""

    booking: Mapped[Booking] = link(parent=True, label=_("Room booking"))
    booking_id: Mapped[int]
    employee: Mapped[Employee] = link(label=_("Employee"))
    employee_id: Mapped[int]


def invited(rows: Any, who: RuleContext) -> ColumnElement[bool]:
    """Say which bookings are a person's because they are asked to come."""
    attendee, employee = Attendee.__table__.alias(), Employee.__table__.alias()
    mine: ColumnElement[bool] = rows.id.in_(
        select(attendee.c.booking_id)
        .where(attendee.c.employee_id == employee.c.id, employee.c.user_id == who.user))
    return mine


row_rule("oa.invited", invited)
