"""Meeting rooms: one booking at a time, free rooms named, series booked date by date, and who can't come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, Session, unit_of_work
from kernel.errors import Forbidden, Invalid, Refusal
from kernel.identity.models import Company, Employee
from plugins.oa.calendar.models import Holiday
from plugins.oa.documents import take
from plugins.oa.leave.services import submit_requests
from plugins.oa.meetings.checks import room_bookings
from plugins.oa.meetings.models import Attendee, Booking, MeetingRoom
from plugins.oa.meetings.services import cancel_bookings, repeat_bookings
from plugins.oa.meetings.timetable import timetable
from plugins.oa.meetings.views import clashing_attendees, rooms_now
from tests.plugins.oa.conftest import Office, leave

TAIPEI = ZoneInfo("Asia/Taipei")
DAY = dt.date(2027, 3, 1)


@pytest.fixture
def rooms(office: Office, system: Actor) -> dict[str, int]:
    """Three rooms, for 4, 6 and 12."""
    with unit_of_work(system) as opened:
        made = [MeetingRoom(name=name, seats=seats, place="2nd floor") for name, seats in (
            ("Jade", 6), ("Alishan", 12), ("Nook", 4))]
        opened.add_all(made)
        opened.flush()
        return {each.name: each.id for each in made}


@pytest.fixture
def anna(office: Office, rooms: dict[str, int]) -> Any:
    """A unit of work of an employee, with the rooms in place."""
    with unit_of_work(office.anna) as opened:
        yield opened


@pytest.fixture
def work(rooms: dict[str, int], system: Actor) -> Any:
    """A unit of work of the system, with the rooms in place."""
    with unit_of_work(system) as opened:
        yield opened


def at(hour: float, day: dt.date = DAY, zone: ZoneInfo = TAIPEI) -> dt.datetime:
    begin = dt.datetime.combine(day, dt.time(int(hour), int(hour % 1 * 60)), zone)
    return begin.astimezone(dt.UTC)


def book(
    opened: Session, rooms: dict[str, int], begins: float, ends: float, room: str = "Jade", *people: int,
    day: dt.date = DAY, **values: object,
) -> Booking:
    made = Booking(**{
        "subject": "Planning", "room_id": rooms[room], "starts_at": at(begins, day), "ends_at": at(ends, day),
        **values})
    made.attendees = [Attendee(employee_id=each) for each in people]
    opened.add(made)
    opened.flush()
    return made


def test_a_room_is_booked_up_to_the_moment_the_next_begins(anna: Session, rooms: dict[str, int]) -> None:
    first = book(anna, rooms, 9, 10)
    assert (first.state, first.title) == ("booked", "Planning")
    book(anna, rooms, 10, 11)
    book(anna, rooms, 8, 9)
    for begins, ends in ((9.5, 10), (8.5, 9.5), (9, 10), (7, 12)):
        with pytest.raises(Invalid) as refused, anna.begin_nested():
            book(anna, rooms, begins, ends)
        assert [(each.field, each.code) for each in refused.value.problems] == [("room", "ROOM_BUSY")]
    cancel_bookings([first])
    book(anna, rooms, 9, 10)


def test_a_refusal_names_rooms_that_are_free_and_large_enough(
    anna: Session, office: Office, rooms: dict[str, int]
) -> None:
    book(anna, rooms, 9, 10)
    with pytest.raises(Invalid) as refused, anna.begin_nested():
        book(anna, rooms, 9.5, 10.5)
    assert str(refused.value).endswith("Jade is taken on 2027-03-01 from 09:00 to 10:00; free then: Nook, Alishan")
    people = [office.employees[name] for name in ("tom", "meihua", "director", "cashier")]
    with pytest.raises(Invalid, match=r"free then: Alishan$"), anna.begin_nested():
        book(anna, rooms, 9.5, 10.5, "Jade", *people)
    book(anna, rooms, 9, 12, "Alishan")
    with pytest.raises(Invalid, match="no other room with enough seats is free"), anna.begin_nested():
        book(anna, rooms, 9.5, 10.5, "Jade", *people)


def test_bookings_entered_together_may_not_overlap_either(anna: Session, rooms: dict[str, int]) -> None:
    with pytest.raises(Invalid) as refused, anna.begin_nested():
        anna.add_all([Booking(subject="Twice", room_id=rooms["Jade"], starts_at=at(9), ends_at=at(10))
                      for _each in range(2)])
        anna.flush()
    assert [each.code for each in refused.value.problems] == ["ROOM_BUSY"]


def test_a_booking_is_moved_only_where_the_room_is_free(anna: Session, rooms: dict[str, int]) -> None:
    first, second = book(anna, rooms, 9, 10), book(anna, rooms, 10, 11)
    first.ends_at = at(9.75)
    anna.flush()
    second.starts_at = at(9.75)
    anna.flush()
    with pytest.raises(Invalid), anna.begin_nested():
        second.starts_at = at(9.5)
        anna.flush()
    anna.expire_all()
    second.archived = True
    anna.flush()
    book(anna, rooms, 10, 11)
    with pytest.raises(Invalid), anna.begin_nested():
        second.archived = False
        anna.flush()


WRONG: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"ends_at": at(9)}, "ends_at", "BOOKING_TIME"), ({"ends_at": at(8)}, "ends_at", "BOOKING_TIME"),
    ({"ends_at": at(9, DAY + dt.timedelta(days=60))}, "ends_at", "BOOKING_TIME"),
    ({"subject": ""}, "subject", "REQUIRED"), ({"room_id": None}, "room", "REQUIRED"),
    ({"ends_at": None}, "ends_at", "REQUIRED"),
)


def test_a_booking_that_makes_no_sense_is_refused_at_its_field(anna: Session, rooms: dict[str, int]) -> None:
    for values, field, code in WRONG:
        with pytest.raises(Invalid) as refused, anna.begin_nested():
            book(anna, rooms, 9, 10, **values)
        assert [(each.field, each.code) for each in refused.value.problems] == [(field, code)], values


def test_one_sees_ones_own_bookings_and_those_one_is_asked_to(office: Office, rooms: dict[str, int]) -> None:
    with unit_of_work(office.anna) as hers:
        book(hers, rooms, 9, 10, "Jade", office.employees["cashier"])
        mine = book(hers, rooms, 10, 11, subject="Salaries")
    with unit_of_work(office.cashier) as theirs:
        [seen] = theirs.scalars(select(Booking)).all()
        assert seen.subject == "Planning"
        with pytest.raises(Forbidden):
            cancel_bookings([seen])
    with unit_of_work(office.tom) as his:
        assert his.scalars(select(Booking)).all() == []
        assert [(slot.subject, slot.href, slot.organiser) for slot in timetable(DAY).rooms[1].slots] == [
            ("", "", "Anna"), ("", "", "Anna")]
    with pytest.raises(Forbidden), unit_of_work(office.tom) as his:
        book(his, rooms, 12, 13, organiser_id=office.employees["anna"])
    with unit_of_work(office.anna, reading=True):
        assert [(slot.subject, slot.href) for slot in timetable(DAY).rooms[1].slots][1] == (
            "Salaries", f"/oa/booking/{mine.id}")


def test_a_weekly_meeting_is_booked_date_by_date(anna: Session, office: Office, rooms: dict[str, int]) -> None:
    first = book(anna, rooms, 9, 10, "Jade", office.employees["tom"], repeats="weekly",
                 repeats_until=dt.date(2027, 3, 22))
    repeat_bookings([first])
    repeat_bookings([first])
    found = anna.scalars(select(Booking).order_by(Booking.starts_at)).all()
    assert [each.starts_at for each in found] == [at(9, DAY + dt.timedelta(days=7 * week)) for week in range(4)]
    assert {each.series_id for each in found[1:]} == {first.id}
    assert [[each.employee_id for each in booking.attendees] for booking in found] == [[office.employees["tom"]]] * 4
    take(Booking, "cancel_following", [found[2]])
    assert [each.state for each in found] == ["booked", "booked", "cancelled", "cancelled"]
    assert list(room_bookings()) == []


def test_a_series_names_the_dates_that_are_taken_or_leaves_them_out(anna: Session, rooms: dict[str, int]) -> None:
    book(anna, rooms, 9.5, 10, day=dt.date(2027, 3, 3))
    book(anna, rooms, 8, 9.25, day=dt.date(2027, 3, 5))
    first = book(anna, rooms, 9, 10, repeats="daily", repeats_until=dt.date(2027, 3, 6))
    with pytest.raises(Refusal) as refused:
        repeat_bookings([first])
    assert refused.value.code == "ROOM_BUSY"
    assert str(refused.value) == "Jade is taken on 2027-03-03, 2027-03-05"
    assert len(anna.scalars(select(Booking)).all()) == 3
    first.skip_busy = True
    repeat_bookings([first])
    days = anna.scalars(select(Booking.starts_at).where(Booking.series_id == first.id).order_by(Booking.starts_at))
    assert [each.astimezone(TAIPEI).day for each in days] == [2, 4, 6]


def test_every_working_day_leaves_out_weekends_and_holidays(
    system: Actor, office: Office, rooms: dict[str, int]
) -> None:
    with unit_of_work(system) as opened:
        opened.add(Holiday(day=dt.date(2027, 3, 4), name="Flood"))
    with unit_of_work(office.anna) as hers:
        first = book(hers, rooms, 9, 10, repeats="workdays", repeats_until=dt.date(2027, 3, 9))
        repeat_bookings([first])
        found = hers.scalars(select(Booking.starts_at).order_by(Booking.starts_at))
        assert [each.astimezone(TAIPEI).day for each in found] == [1, 2, 3, 5, 8, 9]


def test_a_series_keeps_its_time_of_the_day_across_summer_time(
    system: Actor, office: Office, rooms: dict[str, int]
) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    with unit_of_work(system) as opened:
        opened.get_one(Company, system.company_id).timezone = "Europe/Berlin"
    with unit_of_work(Actor(user_id=office.anna.user_id, company_id=system.company_id, zone="Europe/Berlin")) as hers:
        day = dt.date(2027, 3, 22)
        first = book(hers, rooms, 9, 10, starts_at=at(9, day, berlin), ends_at=at(10, day, berlin), repeats="weekly",
                     repeats_until=dt.date(2027, 4, 1))
        repeat_bookings([first])
        again = hers.scalars(select(Booking.starts_at).where(Booking.series_id == first.id)).one()
        assert again == dt.datetime(2027, 3, 29, 7, tzinfo=dt.UTC)
        assert first.starts_at == dt.datetime(2027, 3, 22, 8, tzinfo=dt.UTC)


def test_a_series_needs_a_rhythm_and_an_end(anna: Session, rooms: dict[str, int]) -> None:
    for hour, values in enumerate((
            {}, {"repeats": "weekly"}, {"repeats": "daily", "repeats_until": DAY},
            {"repeats": "daily", "repeats_until": dt.date(2028, 3, 1)})):
        with pytest.raises(Refusal) as refused:
            repeat_bookings([book(anna, rooms, hour, hour + 1, **values)])
        assert (refused.value.code, refused.value.field) == ("REPEAT", "repeats_until")


def test_a_cancelled_booking_stays_as_it_is(anna: Session, rooms: dict[str, int]) -> None:
    booking = book(anna, rooms, 9, 10)
    cancel_bookings([booking])
    with pytest.raises(Invalid) as refused, anna.begin_nested():
        booking.starts_at = at(8)
        anna.flush()
    assert refused.value.problems[0].code == "CANCELLED"


def test_a_booking_warns_of_people_who_cannot_come(office: Office, rooms: dict[str, int], system: Actor) -> None:
    with unit_of_work(system) as opened:
        submit_requests([leave(opened, office, DAY, 3, employee_id=office.employees["tom"],
                               leave_type_id=office.sick)])
    with unit_of_work(office.meihua) as hers:
        book(hers, rooms, 9, 12, "Alishan", office.employees["cashier"])
    with unit_of_work(office.anna) as hers:
        names = ("tom", "meihua", "cashier", "director")
        booking = book(hers, rooms, 10, 11, "Nook", *(office.employees[name] for name in names))
        alone = book(hers, rooms, 11, 12, "Nook")
        hers.flush()
        warned, nothing = clashing_attendees([booking, alone])
        assert nothing is None
        assert warned is not None
        assert [(str(who), str(why)) for who, why in warned.rows] == [
            ("Tom", "on leave"), ("Meihua", "in Alishan from 09:00 to 12:00"),
            ("Cashier", "in Alishan from 09:00 to 12:00"), ("Seats", "4 for 5 people")]


def test_the_timetable_shows_a_day_in_the_zone_of_the_company(
    system: Actor, office: Office, rooms: dict[str, int]
) -> None:
    with unit_of_work(office.anna) as hers:
        book(hers, rooms, 9, 10.5)
        book(hers, rooms, 22, 23, "Nook")
        book(hers, rooms, 18, 20, "Alishan", ends_at=at(6, DAY + dt.timedelta(days=1)))
    with unit_of_work(office.anna, reading=True):
        table = timetable(DAY)
        assert (table.first_hour, table.last_hour) == (8, 24)
        slots = {room.name: [(slot.begins, slot.ends, slot.left, slot.width) for slot in room.slots]
                 for room in table.rooms}
        assert slots == {"Alishan": [("18:00", "24:00", 62.5, 37.5)], "Jade": [("09:00", "10:30", 6.25, 9.375)],
                         "Nook": [("22:00", "23:00", 87.5, 6.25)]}
        after = timetable(DAY + dt.timedelta(days=1))
        assert [(slot.begins, slot.ends) for room in after.rooms for slot in room.slots] == [("00:00", "06:00")]
        assert after.first_hour == 0


def test_the_card_says_who_has_the_rooms_now(office: Office, rooms: dict[str, int]) -> None:
    with unit_of_work(office.anna) as hers:
        book(hers, rooms, 9, 10, starts_at=hers.now - dt.timedelta(minutes=30),
             ends_at=hers.now + dt.timedelta(minutes=30))
        found = {str(row[1][0]): str(row[1][1]) for row in rooms_now().rows}
        assert found == {"Alishan": "free", "Jade": "Anna", "Nook": "free"}


def test_a_series_takes_as_many_queries_as_a_few_dates(
    anna: Session, rooms: dict[str, int], count_statements: Callable[[], Any]
) -> None:
    counts = []
    for hour, until in ((7, dt.date(2027, 3, 4)), (9, dt.date(2027, 3, 5)), (11, dt.date(2027, 8, 30))):
        first = book(anna, rooms, hour, hour + 1, repeats="daily", repeats_until=until)
        with count_statements() as counter:
            repeat_bookings([first])
        counts.append(sum(s.startswith("SELECT") for s in counter.statements))
    assert counts[1] == counts[2]  # the first remembers what the others needn't ask


def test_the_check_names_bookings_that_overlap(work: Session, rooms: dict[str, int], office: Office) -> None:
    values = {"organiser_id": office.employees["anna"]}
    first, second = book(work, rooms, 9, 10, **values), book(work, rooms, 10, 11, **values)
    third = book(work, rooms, 13, 14, **values)
    assert list(room_bookings()) == []
    work.connection().exec_driver_sql(f"UPDATE oa_booking SET starts_at = '2027-03-01 01:30:00' WHERE id = {second.id}")
    work.connection().exec_driver_sql(f"UPDATE oa_booking SET starts_at = '2027-03-01 09:30:00' WHERE id = {third.id}")
    assert sorted(each.record for each in room_bookings()) == [second.number, third.number]
    assert first.state == "booked"


def test_a_room_has_seats(work: Session) -> None:
    with pytest.raises(Invalid), work.begin_nested():
        work.add(MeetingRoom(name="Cupboard", seats=0))
        work.flush()


def test_an_employee_without_a_sign_in_has_bookings_made_for_them(
    system: Actor, office: Office, rooms: dict[str, int]
) -> None:
    with unit_of_work(system) as opened:
        guest = Employee(number="G", name="Guest", company_id=system.company_id)
        opened.add(guest)
    with unit_of_work(office.personnel) as theirs:
        booking = book(theirs, rooms, 9, 10, organiser_id=guest.id)
        assert booking.owner_id is None
