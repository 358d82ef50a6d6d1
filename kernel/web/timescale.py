"""The time a gantt shows: its span, its columns, and where a moment lies in it."""

import datetime as dt
from dataclasses import dataclass

from babel.dates import format_date as babel_date
from babel.dates import get_day_names

from kernel.i18n import Text, _, current_locale, format_date
from kernel.web.days import local, today
from kernel.web.screen.gantt import Tick

__all__ = ["SCALES", "Span", "span_of"]

SCALES: dict[str, Text] = {"hours": _("Hours"), "day": _("Day"), "week": _("Week"), "month": _("Month")}
DAYS = {"hours": 1, "day": 14, "week": 56}
MONTHS = 6
SATURDAY = 5
YEARS = range(1900, 3000)


@dataclass(frozen=True, slots=True)
class Span:
    """The days from first up to, and without, last, in columns of a scale."""

    scale: str
    first: dt.date
    last: dt.date

    def at(self, moment: dt.date | dt.datetime) -> float:
        """Give where a moment lies, in percent; outside of the span it is below 0 or above 100."""
        begin, whole = local(self.first), local(self.last) - local(self.first)
        return round(100 * ((local(moment) - begin) / whole), 3)

    def around(self) -> tuple[dt.date, dt.date]:
        """Give the first days of the spans before and after."""
        if self.scale == "month":
            return _months_on(self.first, -MONTHS), self.last
        return self.first - (self.last - self.first), self.last

    def snap(self, *, moments: bool) -> tuple[float, dt.timedelta]:
        """Give by how much a bar moves at once: in percent, and as time."""
        step = dt.timedelta(minutes=30) if moments and self.scale == "hours" else dt.timedelta(days=1)
        return 100 * (step / (self.last - self.first)), step

    def name(self) -> str:
        """Say which days these are."""
        end = self.last - dt.timedelta(days=1)
        return format_date(self.first, "full") if self.scale == "hours" else (
            f"{format_date(self.first)} – {format_date(end)}")

    def ticks(self) -> tuple[Tick, ...]:
        """Give the columns."""
        if self.scale == "hours":
            return tuple(Tick(round(hour / 0.24, 3), round(1 / 0.24, 3), f"{hour:02}") for hour in range(24))
        now, found, day = today(), [], self.first
        while day < self.last:
            after = self._next(day)
            x = self.at(day)
            found.append(Tick(
                x, round(self.at(after) - x, 3), self._label(day), self.scale == "day" and day.weekday() >= SATURDAY,
                day <= now < after))
            day = after
        return tuple(found)

    def _next(self, day: dt.date) -> dt.date:
        if self.scale == "month":
            return _months_on(day, 1)
        return day + dt.timedelta(days=1 if self.scale == "day" else 7)

    def _label(self, day: dt.date) -> str:
        locale = current_locale()
        if self.scale == "month":
            return babel_date(day, "y年M月" if locale.startswith("zh") else "MMM y", locale=locale)
        text = babel_date(day, "M月d日" if locale.startswith("zh") else "d MMM", locale=locale)
        if self.scale == "week":
            return text
        weekday = get_day_names("narrow", locale=locale)[day.weekday()]
        return f"{weekday} {text if day.day == 1 else day.day}"


def span_of(scale: str, start: str) -> Span:
    """Give the span that an address asks for; it begins with a Monday, or the first of a month."""
    try:
        first = dt.date.fromisoformat(start)
    except ValueError:
        first = today()
    if first.year not in YEARS:
        first = today()
    if scale == "month":
        first = first.replace(day=1)
        return Span(scale, first, _months_on(first, MONTHS))
    if scale != "hours":
        first -= dt.timedelta(days=first.weekday())
    return Span(scale, first, first + dt.timedelta(days=DAYS[scale]))


def _months_on(day: dt.date, count: int) -> dt.date:
    months = day.year * 12 + day.month - 1 + count
    return dt.date(months // 12, months % 12 + 1, 1)
