"""What one does with room bookings."""

import datetime as dt
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kernel import Refusal, _, actor, session
from plugins.oa.calendar.services import load_calendar
from plugins.oa.documents import take
from plugins.oa.meetings.models import Attendee, Booking
from plugins.oa.meetings.occupancy import local, taken_spans

MOST_DATES = 200
"""How many dates a series has at most."""
STEP = {"daily": 1, "workdays": 1, "weekly": 7}


def cancel_bookings(bookings: Sequence[Booking]) -> None:
    """Cancel bookings: their rooms are free again."""
    take(Booking, "cancel", bookings)


def repeat_bookings(bookings: Sequence[Booking]) -> None:
    """Book the rooms on the further dates that the bookings say, at the same time of the day.

    Raises Refusal REPEAT where a booking doesn't say how and until when, ROOM_BUSY naming the dates on which its
    room is taken (unless those are to be left out): then nothing is booked.
    """
    take(Booking, "repeat", bookings)


def says_how(bookings: Sequence[Booking]) -> Iterable[Refusal]:
    """Refuse REPEAT where a booking doesn't say how it repeats: a guard of repeating."""
    for each in bookings:
        first = local(each.starts_at).date()
        if each.repeats is None or each.repeats_until is None or each.repeats_until <= first:
            yield Refusal(
                "REPEAT", _("{number} doesn't say how it repeats and until when", number=each.number), record=each,
                field="repeats_until", actual=each.repeats_until, allowed=_("after {day}", day=first),
                fix=_("Choose how it repeats, and a later day until which"))
        elif (each.repeats_until - first).days // STEP[each.repeats] > MOST_DATES:
            yield Refusal(
                "REPEAT", _("{number} would be booked more than {most} times", number=each.number, most=MOST_DATES),
                record=each, field="repeats_until", actual=each.repeats_until, allowed=MOST_DATES,
                fix=_("Choose an earlier day"))


def book_dates(bookings: Sequence[Booking]) -> None:
    """Book the further dates of bookings that repeat: the effect of repeating. Dates booked already stay."""
    made = []
    for each in bookings:
        spans = _spans(each)
        root = each.series_id or each.id
        taken = taken_spans(each.room_id, each.starts_at, each.ends_at if not spans else spans[-1][1])
        own = {begin for series, begin, _end in taken if series == root}
        wanted = [span for span in spans if span[0] not in own]
        busy = {span for span in wanted if any(span[0] < end and begin < span[1] for _series, begin, end in taken)}
        if busy and not each.skip_busy:
            dates = ", ".join(str(local(span[0]).date()) for span in sorted(busy))
            raise Refusal(
                "ROOM_BUSY", _("{room} is taken on {dates}", room=each.room.name, dates=dates), record=each,
                field="room", actual=dates, fix=_("Choose another room, or leave these dates out"))
        made += [_again(each, root, begin, end) for begin, end in wanted if (begin, end) not in busy]
    session().add_all(made)
    session().flush()


def _spans(booking: Booking) -> list[tuple[dt.datetime, dt.datetime]]:
    """Give the further spans of a booking: the same time of the day in the company's zone, also across its seasons."""
    zone, begin = ZoneInfo(actor().zone), local(booking.starts_at)
    length = local(booking.ends_at).replace(tzinfo=None) - begin.replace(tzinfo=None)
    until = booking.repeats_until or begin.date()
    calendar = load_calendar(begin.date(), until) if booking.repeats == "workdays" else None
    found = []
    day = begin.date()
    while (day := day + dt.timedelta(days=STEP[booking.repeats or "daily"])) <= until:
        if calendar is None or calendar.works(day):
            start = dt.datetime.combine(day, begin.time())
            found.append((start.replace(tzinfo=zone).astimezone(dt.UTC),
                          (start + length).replace(tzinfo=zone).astimezone(dt.UTC)))
    return found


def _again(booking: Booking, root: int, begin: dt.datetime, end: dt.datetime) -> Booking:
    again = Booking(
        subject=booking.subject, room_id=booking.room_id, starts_at=begin, ends_at=end,
        organiser_id=booking.organiser_id, comment=booking.comment, company_id=booking.company_id, series_id=root)
    again.attendees = [Attendee(employee_id=each.employee_id) for each in booking.attendees]
    return again


def cancel_later(bookings: Sequence[Booking]) -> None:
    """Cancel the later dates of series as well: the effect of cancelling a booking and those that follow."""
    roots = {each.series_id or each.id: each for each in bookings}
    later = session().scalars(
        select(Booking).where(Booking.series_id.in_(roots), Booking.state == "booked").order_by(Booking.id)).all()
    cancel_bookings([each for each in later if each.starts_at > roots[each.series_id or 0].starts_at])
