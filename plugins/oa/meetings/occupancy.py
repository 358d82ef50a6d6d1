"""When a room is taken: who was first, and which other rooms are free then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select

from kernel import Text, _, actor, entity, session
from plugins.oa.documents import linked_id

if TYPE_CHECKING:
    from plugins.oa.meetings.models import Booking

MOST_ROOMS = 3
"""How many free rooms are named at most."""


def local(moment: dt.datetime) -> dt.datetime:
    """Give a moment in the company's zone: rooms stand there, wherever their guests sit."""
    return moment.astimezone(ZoneInfo(actor().zone))


def clashes(bookings: Sequence[Booking]) -> Iterable[tuple[Booking, Text]]:
    """Find bookings whose room is taken then, by others in the database or among themselves; says what is free.

    Locks the rooms first, so that of many who want one at the same time the first has it. Three statements where
    nothing clashes. A flush can't open the system's session, and others' bookings lie beyond one's own: hence the
    connection.
    """
    if not bookings:
        return
    connection = session().work.connection
    room, booking = _table("oa.meeting_room"), _table("oa.booking")
    rooms = {linked_id(each, "room") for each in bookings}
    names: dict[int, str] = dict(connection.execute(
        select(room.c.id, room.c.name).where(room.c.id.in_(rooms)).order_by(room.c.id)
        .with_for_update(key_share=True)).all())
    rows = connection.execute(
        select(booking.c.id, booking.c.room_id, booking.c.starts_at, booking.c.ends_at)
        .where(booking.c.room_id.in_(rooms), booking.c.state == "booked", booking.c.archived.is_(False),
               booking.c.starts_at < max(each.ends_at for each in bookings),
               booking.c.ends_at > min(each.starts_at for each in bookings))).all()
    written = {each.id for each in bookings}
    taken: dict[int | None, list[tuple[dt.datetime, dt.datetime]]] = {}
    for row in rows:
        if row.id not in written:
            taken.setdefault(row.room_id, []).append((row.starts_at, row.ends_at))
    for each in sorted(bookings, key=lambda each: each.id):
        spans = taken.setdefault(linked_id(each, "room"), [])
        hit = next((span for span in spans if span[0] < each.ends_at and each.starts_at < span[1]), None)
        if hit is not None:
            yield each, _taken_sentence(names.get(linked_id(each, "room") or 0, ""), hit, free_rooms(each))
        spans.append((each.starts_at, each.ends_at))


def _taken_sentence(room: str, span: tuple[dt.datetime, dt.datetime], free: Sequence[str]) -> Text:
    begins, ends = (local(each) for each in span)
    values = {"room": room, "day": begins.date(), "begins": f"{begins:%H:%M}", "ends": f"{ends:%H:%M}"}
    if free:
        return _("{room} is taken on {day} from {begins} to {ends}; free then: {rooms}",
                 **values, rooms=", ".join(free))
    return _("{room} is taken on {day} from {begins} to {ends}, and no other room with enough seats is free",
             **values)


def free_rooms(wanted: Booking) -> Sequence[str]:
    """Name a few rooms with enough seats that are free for the whole of a booking, the smallest first."""
    room, booking = _table("oa.meeting_room"), _table("oa.booking")
    busy = select(booking.c.room_id).where(
        booking.c.state == "booked", booking.c.archived.is_(False), booking.c.starts_at < wanted.ends_at,
        booking.c.ends_at > wanted.starts_at)
    return session().work.connection.scalars(
        select(room.c.name)
        .where(room.c.archived.is_(False), room.c.seats >= len(wanted.attendees) + 1, room.c.id.not_in(busy),
               room.c.id != linked_id(wanted, "room"),
               or_(room.c.company_id.is_(None), room.c.company_id == actor().company_id))
        .order_by(room.c.seats, room.c.name).limit(MOST_ROOMS)).all()


def taken_spans(
    room_id: int, first: dt.datetime, last: dt.datetime
) -> Sequence[tuple[int | None, dt.datetime, dt.datetime]]:
    """Give the bookings of a room that touch a span, as (series or own id, begin, end)."""
    booking = _table("oa.booking")
    rows = session().work.connection.execute(
        select(booking.c.id, booking.c.series_id, booking.c.starts_at, booking.c.ends_at)
        .where(and_(booking.c.room_id == room_id, booking.c.state == "booked", booking.c.archived.is_(False),
                    booking.c.starts_at < last, booking.c.ends_at > first)))
    return [(row.series_id or row.id, row.starts_at, row.ends_at) for row in rows]


def _table(name: str) -> Any:
    return entity(name).__table__
