"""The person's activities as a calendar: a month of what they have to do about records."""

import calendar
import datetime as dt
from collections import defaultdict

from flask import Blueprint, request

from kernel.discussion.activities.reading import standing_of, type_label
from kernel.discussion.reading import Reminder, my_activities_between
from kernel.entities.base import entity
from kernel.entities.work import session
from kernel.i18n import _, format_date, format_number
from kernel.web.calendars import around, month_asked, month_name, weekdays
from kernel.web.frame import crumb, shell
from kernel.web.screen.calendar import CalendarPage, Day, Entry
from kernel.web.serving import Answer, render, served
from kernel.web.show import address

__all__ = ["blueprint"]

blueprint = Blueprint("activities", __name__)
HERE = "/inbox/activities"
TONES = {"overdue": "red", "today": "amber", "planned": "green"}
SHOWN = 4
"""Activities shown on a day; a link leads to all there are."""


@blueprint.get(HERE)
@served()
def month() -> Answer:
    """Show a month: `month=2026-11`."""
    first = month_asked(request.args.get("month", ""))
    days = [day for week in calendar.Calendar().monthdatescalendar(first.year, first.month) for day in week]
    on: dict[dt.date, list[Reminder]] = defaultdict(list)
    for each in my_activities_between(days[0], days[-1]):
        on[each.row.due_on].append(each)
    count = sum(len(some) for day, some in on.items() if day.month == first.month)
    shown = [_day(day, on[day], outside=day.month != first.month) for day in days]
    before, after = (f"{HERE}?month={other:%Y-%m}" for other in around(first))
    page = CalendarPage(
        str(_("Activities")), HERE, month_name(first), weekdays(),
        tuple(tuple(shown[at:at + 7]) for at in range(0, len(shown), 7)), before, after, HERE,
        summary=str(_("1 activity") if count == 1 else _("{count} activities", count=format_number(count))),
        nothing="" if count else str(_("Nothing falls on a day of this month")))
    return render("calendar.html", page, shell=shell([crumb(_("Inbox"), "/inbox/follow-ups"), crumb(page.title)],
                                                     here="inbox"))


def _day(day: dt.date, some: list[Reminder], *, outside: bool) -> Day:
    more = len(some) - SHOWN
    return Day(
        day.isoformat(), str(day.day), format_date(day), tuple(map(_entry, some[:SHOWN])), outside,
        day == session().today, str(_("{count} more", count=format_number(more))) if more > 0 else "",
        "/inbox/follow-ups" if more > 0 else "")


def _entry(each: Reminder) -> Entry:
    row = each.row
    kind = type_label(row.kind_id) or str(_("To do"))
    return Entry(
        row.id, f"{address(entity(row.entity), row.record_id)}#follow-ups", each.title,
        tone=TONES[standing_of(row.due_on)], state=kind, second=": ".join(filter(None, (kind, row.note))))
