"""How meeting rooms and their bookings look."""

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from kernel import (
    Employee,
    FormView,
    GanttView,
    LinesView,
    ListView,
    Panel,
    Rows,
    Section,
    Tab,
    _,
    as_system,
    card,
    format_date,
    page,
    panel,
    rights,
    session,
)
from plugins.oa.leave.services import away_between
from plugins.oa.meetings.models import Attendee, Booking, MeetingRoom
from plugins.oa.meetings.occupancy import local
from plugins.oa.meetings.timetable import timetable

ListView("oa.meeting_room", "name place seats equipment", filters="seats place", sort="name",
         phone="name seats place equipment")
FormView("oa.meeting_room", Section("", "name place seats equipment"), subtitle="place seats")

ListView(
    "oa.booking", "subject number room starts_at ends_at organiser repeats state", filters="room state organiser",
    sort="-starts_at", tabs=(Tab(_("Mine"), "owner=me"), Tab(_("Booked"), "state=booked")),
    phone="subject state room starts_at organiser ends_at")
FormView(
    "oa.booking", Section("", "subject room organiser starts_at ends_at"),
    Section(_("Repeat"), "repeats repeats_until skip_busy series"), Section("", "comment"),
    lines=(LinesView("attendees", "employee"),), subtitle="number room starts_at")
GanttView("oa.booking", start="starts_at", end="ends_at", by="room organiser", label="organiser", alone=True,
          hide="cancelled")


@panel("oa.booking", _("Who can't come"), icon="user-x", priority=20, needs="oa.booking")
def clashing_attendees(bookings: Sequence[Booking]) -> list[Panel | None]:
    """Warn of people who are away, or in another meeting, while a booking lasts; and of too few seats."""
    people = _people_of(bookings)
    everybody = {employee: name for some in people.values() for employee, name in some.items()}
    if not everybody:
        return [None] * len(bookings)
    first, last = min(each.starts_at for each in bookings), max(each.ends_at for each in bookings)
    away = away_between(local(first).date(), local(last).date(), list(everybody))
    others = _meetings_of(list(everybody), first, last)
    rooms = dict(session().execute(
        select(MeetingRoom.id, MeetingRoom.seats).where(MeetingRoom.id.in_({each.room_id for each in bookings})))
        .all())
    found: list[Panel | None] = []
    for each in bookings:
        rows: list[tuple[str, object]] = []
        for employee, name in people[each.id].items():
            begins, ends = local(each.starts_at).date(), local(each.ends_at).date()
            if any(a.employee_id == employee and a.first_day <= ends and a.last_day >= begins for a in away):
                rows.append((name, _("on leave")))
            rows += [
                (name, _("in {room} from {begins} to {ends}", room=room, begins=f"{local(start):%H:%M}",
                         ends=f"{local(end):%H:%M}"))
                for booking, who, room, start, end in others
                if who == employee and booking != each.id and start < each.ends_at and each.starts_at < end]
        seats = rooms.get(each.room_id, 0)
        if len(people[each.id]) > seats:
            rows.append((str(_("Seats")), _("{seats} for {people} people", seats=seats, people=len(people[each.id]))))
        found.append(Panel(rows=rows) if rows and each.state == "booked" else None)
    return found


def _people_of(bookings: Sequence[Booking]) -> dict[int, dict[int, str]]:
    """Give the organiser and the attendees of bookings, by booking: id to name."""
    ids = [each.id for each in bookings]
    with as_system("see who is asked to a meeting") as system:
        rows = [
            *system.execute(select(Booking.id, Employee.id, Employee.name)
                            .join(Employee, Employee.id == Booking.organiser_id).where(Booking.id.in_(ids))),
            *system.execute(select(Attendee.booking_id, Employee.id, Employee.name)
                            .join(Employee, Employee.id == Attendee.employee_id)
                            .where(Attendee.booking_id.in_(ids)).order_by(Attendee.id))]
    found: dict[int, dict[int, str]] = {id_: {} for id_ in ids}
    for booking, employee, name in rows:
        found[booking][employee] = name
    return found


def _meetings_of(
    employees: Sequence[int], first: dt.datetime, last: dt.datetime
) -> list[tuple[int, int, str, dt.datetime, dt.datetime]]:
    """List the meetings of employees that touch a span, as (booking, employee, room, begin, end)."""
    touching = (Booking.state == "booked", Booking.archived.is_(False), Booking.starts_at < last,
                Booking.ends_at > first)
    with as_system("see who is in a meeting") as system:
        organised = system.execute(
            select(Booking.id, Booking.organiser_id, MeetingRoom.name, Booking.starts_at, Booking.ends_at)
            .join(MeetingRoom, MeetingRoom.id == Booking.room_id)
            .where(Booking.organiser_id.in_(employees), *touching)).all()
        attended = system.execute(
            select(Booking.id, Attendee.employee_id, MeetingRoom.name, Booking.starts_at, Booking.ends_at)
            .join(MeetingRoom, MeetingRoom.id == Booking.room_id)
            .join(Attendee, Attendee.booking_id == Booking.id)
            .where(Attendee.employee_id.in_(employees), *touching)).all()
    return sorted({*organised, *attended}, key=lambda row: (row[3], row[0]))


@card(_("Rooms now"), width=4, href="/pages/oa/rooms", needs="oa.meeting_room",
    shows="oa.meeting_room.place oa.meeting_room.seats", order=63, home=False)
def rooms_now() -> Rows:
    """List the rooms with who has them now, and until when."""
    rooms = timetable(local(session().now).date()).rooms
    return Rows(
        columns=((_("Room"), "text"), (_("Now"), "text"), (_("Until"), "text")),
        rows=[
            ("/pages/oa/rooms", (room.name, room.now.organiser, room.now.ends) if room.now
             else (room.name, _("free"), next((slot.begins for slot in room.slots if not _over(slot.begins)), "")))
            for room in list(rooms)[:6]])


def _over(clock: str) -> bool:
    return clock <= f"{local(session().now):%H:%M}"


@page("rooms", _("Rooms today"), icon="door", needs="oa.meeting_room",
      shows="oa.meeting_room.place oa.meeting_room.seats")
def rooms_of_a_day(query: Mapping[str, str]) -> tuple[str, Mapping[str, object]]:
    """Show the timetable of a day: today's, or that of the day asked for."""
    today = local(session().now).date()
    day = _day(query.get("day", ""), today)
    return "oa/rooms.html", {
        "table": timetable(day), "day": format_date(day), "today": today, "before": day - dt.timedelta(days=1),
        "after": day + dt.timedelta(days=1), "may_book": rights().may("create", "oa.booking")}


def _day(text: str, today: dt.date) -> dt.date:
    """Read the day asked for; what makes no sense means today."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return today
    return day if 1900 <= day.year <= 2999 else today
