"""Which days count: weekends, holidays and made-up working days, halves at noon."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from kernel import session, setting
from plugins.oa.calendar.models import Holiday

ONE, HALF = Decimal(1), Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days off of a span: weekdays off by ISO number, holidays, and days worked to make up for others."""

    weekend: frozenset[int]
    off: frozenset[dt.date]
    made_up: frozenset[dt.date]

    def works(self, day: dt.date) -> bool:
        """Say whether a day is worked."""
        return day in self.made_up or (day.isoweekday() not in self.weekend and day not in self.off)


def load_calendar(first: dt.date, last: dt.date) -> Calendar:
    """Load the company's calendar for a span: two statements."""
    found = session().execute(
        select(Holiday.day, Holiday.working).where(Holiday.day.between(first, last), Holiday.archived.is_(False))).all()
    weekend = frozenset(int(each) for each in str(setting("oa.weekend")).split() if each.isdecimal())
    return Calendar(weekend, frozenset(day for day, working in found if not working),
                    frozenset(day for day, working in found if working))


def counted_days(
    counts: str, calendar: Calendar, first: dt.date, last: dt.date, *, from_noon: bool = False, to_noon: bool = False
) -> list[tuple[dt.date, Decimal]]:
    """Give the days of a leave that count, each with 1 or 0.5; `counts` is "working" or "calendar"."""
    found = []
    for number in range((last - first).days + 1):
        day = first + dt.timedelta(days=number)
        if counts != "calendar" and not calendar.works(day):
            continue
        part = ONE - (HALF if from_noon and day == first else 0) - (HALF if to_noon and day == last else 0)
        if part > 0:
            found.append((day, part))
    return found
