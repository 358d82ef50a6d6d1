"""The timetable of a day: every room with who has it when, as far as the person who asks may know."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kernel import Employee, Text, _, actor, as_system, session, setting
from plugins.oa.meetings.models import Booking, MeetingRoom
from plugins.oa.meetings.occupancy import local


@dataclass(frozen=True, slots=True)
class Slot:
    """A booking on the timetable: its times of the day, its place between 0 and 100 %, and what one may know of it."""

    begins: str
    ends: str
    left: float
    width: float
    organiser: str
    subject: str
    """Empty where the booking isn't open to the person."""
    href: str
    running: bool


@dataclass(frozen=True, slots=True)
class RoomDay:
    """A room and its bookings of the day, in order of time."""

    id: int
    name: str
    facts: Text
    slots: list[Slot] = field(default_factory=list)

    @property
    def now(self) -> Slot | None:
        """Give the booking that is running."""
        return next((each for each in self.slots if each.running), None)


@dataclass(frozen=True, slots=True)
class Timetable:
    """A day's rooms, and the hours their timetable shows."""

    day: dt.date
    first_hour: int
    last_hour: int
    rooms: Sequence[RoomDay]

    @property
    def hours(self) -> list[tuple[str, float]]:
        """Give the hours to mark, with their places between 0 and 100 %."""
        span = self.last_hour - self.first_hour
        return [(f"{hour:02}", round((hour - self.first_hour) / span * 100, 3))
                for hour in range(self.first_hour, self.last_hour)]


def timetable(day: dt.date) -> Timetable:
    """Lay out the rooms of the company on a day, in its zone: three statements.

    That a room is taken and by whom is everybody's to know; the subject only of whoever may read the booking.
    """
    zone = ZoneInfo(actor().zone)
    begin = dt.datetime.combine(day, dt.time.min, zone)
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, zone)
    rooms = session().execute(
        select(MeetingRoom.id, MeetingRoom.name, MeetingRoom.place, MeetingRoom.seats)
        .where(MeetingRoom.archived.is_(False)).order_by(MeetingRoom.name)).all()
    mine = dict(session().execute(
        select(Booking.id, Booking.subject)
        .where(Booking.state == "booked", Booking.starts_at < end, Booking.ends_at > begin)).all())
    with as_system("see which rooms are taken") as system:
        taken = system.execute(
            select(Booking.id, Booking.room_id, Booking.starts_at, Booking.ends_at, Employee.name)
            .join(Employee, Employee.id == Booking.organiser_id)
            .where(Booking.state == "booked", Booking.archived.is_(False), Booking.starts_at < end,
                   Booking.ends_at > begin, Booking.room_id.in_([room.id for room in rooms]))
            .order_by(Booking.starts_at, Booking.id)).all()
    spans = {row.id: (max(local(row.starts_at), begin), min(local(row.ends_at), end)) for row in taken}
    first = min([_hour("oa.day_start", 8), *(span[0].hour for span in spans.values())])
    last = max([_hour("oa.day_end", 20), *(_ceiling(span[1], end) for span in spans.values()), first + 1])
    days = {room.id: RoomDay(room.id, room.name, _facts(room.seats, room.place)) for room in rooms}
    for row in taken:
        starts, ends = spans[row.id]
        left, right = (_place(each, begin, first, last) for each in (starts, ends))
        days[row.room_id].slots.append(Slot(
            f"{starts:%H:%M}", "24:00" if ends == end else f"{ends:%H:%M}", left, round(right - left, 3), row.name,
            mine.get(row.id, ""), f"/oa/booking/{row.id}" if row.id in mine else "",
            row.starts_at <= session().now < row.ends_at))
    return Timetable(day, first, last, list(days.values()))


def _facts(seats: int, place: str | None) -> Text:
    return _("{seats} seats, {place}", seats=seats, place=place) if place else _("{seats} seats", seats=seats)


def _hour(name: str, default: int) -> int:
    value = str(setting(name))
    return min(max(int(value), 0), 24) if value.isdecimal() else default


def _ceiling(moment: dt.datetime, end: dt.datetime) -> int:
    return 24 if moment == end else moment.hour + (1 if moment.minute or moment.second else 0)


def _place(moment: dt.datetime, begin: dt.datetime, first: int, last: int) -> float:
    """Give where a moment lies between the first and the last hour, in percent, by the clock on the wall."""
    clock = moment.replace(tzinfo=None) - begin.replace(tzinfo=None)
    return round((clock.total_seconds() / 3600 - first) / (last - first) * 100, 3)
