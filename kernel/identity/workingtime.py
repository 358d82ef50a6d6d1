"""The company's working time: hours by weekday and holidays, and when so many working hours are over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Mapped

from kernel.entities.base import Entity
from kernel.entities.fields import boolean, choice, date, text
from kernel.errors import Problem
from kernel.i18n import _

__all__ = ["USUAL_WEEK", "WEEKDAYS", "Holiday", "Span", "WorkingHours", "WorkingTime", "time_of"]

WEEKDAYS = (
    ("1", _("Monday")), ("2", _("Tuesday")), ("3", _("Wednesday")), ("4", _("Thursday")), ("5", _("Friday")),
    ("6", _("Saturday")), ("7", _("Sunday")),
)
"""By ISO number."""


class WorkingHours(
    Entity, label=_("Working hours"), plural=_("Working hours"), icon="clock", company="optional", title="weekday"
):
    """A span of a weekday in which people work; a break at noon makes two of them."""

    weekday: Mapped[str] = choice(*WEEKDAYS, label=_("Day of the week"))
    starts: Mapped[str] = text(5, label=_("From"), default="09:00", help=_("Such as 09:00"))
    ends: Mapped[str] = text(5, label=_("To"), default="18:00", help=_("Such as 18:00; 24:00 for midnight"))

    @classmethod
    def check(cls, records: Sequence[WorkingHours]) -> Iterable[Problem]:
        for record in records:
            starts, ends = time_of(record.starts), time_of(record.ends)
            if starts is None:
                yield Problem("starts", _("Write a time such as 09:00"), "TIME", record)
            if ends is None:
                yield Problem("ends", _("Write a time such as 18:00"), "TIME", record)
            if starts is not None and ends is not None and ends <= starts:
                yield Problem("ends", _("Work ends after it starts"), "TIME", record)


class Holiday(
    Entity, label=_("Holiday"), plural=_("Holidays"), icon="calendar-event", company="optional", unique=[("day",)]
):
    """A day that nobody works, or one of the weekend that is worked to make up for another."""

    day: Mapped[dt.date] = date(label=_("Day"), index=True)
    name: Mapped[str] = text(80, label=_("Name"), searchable=True)
    working: Mapped[bool] = boolean(label=_("Is worked"), help=_("Made up for another day off"))


Span = tuple[int, int]
"""Minutes since midnight, from and to."""

USUAL_WEEK: Mapping[int, Sequence[Span]] = dict.fromkeys(range(1, 6), ((9 * 60, 18 * 60),))
"""Monday to Friday, nine to six: where a company has written down nothing else."""
FURTHEST = 3660
"""Days looked ahead at most: a calendar without any working day must not be searched for ever."""


def time_of(written: str | None) -> int | None:
    """Read "09:30" as minutes since midnight, "24:00" as the end of the day; None for anything else."""
    hours, colon, minutes = (written or "").strip().partition(":")
    if not (colon and hours.isascii() and hours.isdigit() and minutes.isascii() and minutes.isdigit()):
        return None
    if len(hours) > 2 or len(minutes) != 2 or int(minutes) > 59:
        return None
    found = int(hours) * 60 + int(minutes)
    return found if found <= 24 * 60 else None


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """When a company works: spans by ISO weekday, days off, days made up for, and the zone that its clocks show."""

    week: Mapping[int, Sequence[Span]] = field(default_factory=lambda: USUAL_WEEK)
    days: Mapping[dt.date, bool] = field(default_factory=dict)
    """Days that differ from their weekday, with whether they are worked."""
    zone: str = "UTC"

    def spans(self, day: dt.date) -> Sequence[Span]:
        """Give the spans worked on a day; a made-up day has the hours of the week's first working day."""
        usual = self.week.get(day.isoweekday(), ())
        worked = self.days.get(day)
        if worked is None:
            return usual
        return (usual or next((self.week[each] for each in sorted(self.week) if self.week[each]), ())) if worked else ()

    def after(self, start: dt.datetime, hours: int) -> dt.datetime:
        """Give the moment at which so many working hours since `start` are over, in UTC.

        Where there is no working time for ten years, the hours are counted by the clock.
        """
        zone = ZoneInfo(self.zone)
        left = dt.timedelta(hours=hours)
        first = start.astimezone(zone).date()
        for number in range(FURTHEST):
            day = first + dt.timedelta(days=number)
            for begins, ends in sorted(self.spans(day)):
                opens, closes = _moment(day, begins, zone), _moment(day, ends, zone)
                begun = max(opens, start)
                if begun >= closes:
                    continue
                if begun + left <= closes:
                    return begun + left
                left -= closes - begun
        return start + dt.timedelta(hours=hours)


def _moment(day: dt.date, minutes: int, zone: ZoneInfo) -> dt.datetime:
    there = dt.datetime.combine(day + dt.timedelta(days=minutes // 1440), dt.time(minutes % 1440 // 60, minutes % 60))
    return there.replace(tzinfo=zone).astimezone(dt.UTC)
