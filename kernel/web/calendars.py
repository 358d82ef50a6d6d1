"""The generated calendar of any entity with a date: a month by one of its dates; an entry dragged changes its day."""

import calendar
import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from babel.dates import format_date as babel_date
from babel.dates import get_day_names
from flask import Blueprint, jsonify, make_response, redirect, request

from kernel.entities.base import Entity
from kernel.entities.fields import Field
from kernel.errors import Forbidden, NotFound, Refusal
from kernel.exchange import records
from kernel.exchange.listing import LARGEST_PAGE, Query
from kernel.exchange.rows import Linked, Row
from kernel.i18n import _, current_locale, format_date, format_number
from kernel.permissions.rights import rights
from kernel.web.asked import Asked, conditions_of
from kernel.web.days import about, bound, day_of, local, may_set, named_paths, today
from kernel.web.errors import wants_json
from kernel.web.frame import shell
from kernel.web.listing.filling import calendar_fields, chips, in_sentence, new_action, switch_views
from kernel.web.listing.pages import crumbs_of, entity_asked
from kernel.web.listing.tabs import ViewTabs
from kernel.web.screen.calendar import CalendarPage, Day, Entry
from kernel.web.screen.shown import Choice
from kernel.web.serving import Answer, render, served
from kernel.web.show import address, refused, shown
from kernel.workflows.machine import workflow_of

__all__ = ["around", "blueprint", "month_asked", "month_name", "weekdays"]

blueprint = Blueprint("calendars", __name__)
YEARS = range(1900, 3000)
SHOWN = 4
"""Entries shown on a day; a link leads to all of them as a list."""


@blueprint.get("/<plugin>/<name>/calendar")
@served()
def month(plugin: str, name: str) -> Answer:
    """Show a month: `month=2026-11`, by one of the entity's dates (`by=promised_on`), filtered as a list is."""
    return _show(entity_asked(plugin, name))


def _show(cls: type[Entity], refusal: Refusal | None = None) -> str:
    by = _field_of(cls, request.args.get("by", ""))
    first = month_asked(request.args.get("month", ""))
    asked = replace(Asked.from_args(request.args), also=_also(by, first))
    tabs = ViewTabs(cls, asked, "calendar", bare=not request.args)
    asked = replace(tabs.asked, also=asked.also)
    days = [day for week in calendar.Calendar().monthdatescalendar(first.year, first.month) for day in week]
    page = Query(
        cls, filter=[*conditions_of(cls, asked.filters), *_between(by, days[0], days[-1])], search=asked.search,
        sort=(by.name,), limit=LARGEST_PAGE, fields=named_paths(cls, by.name)).page()
    on: dict[dt.date, list[Row]] = defaultdict(list)
    for row in page.rows:
        on[day_of(row.values[by.name])].append(row)
    moves = _may_move(cls, by)
    shown_days = [_day(cls, by, day, on[day], outside=day.month != first.month) for day in days]
    base = address(cls, None, "/calendar")
    count = sum(len(rows) for day, rows in on.items() if day.month == first.month)
    summary = str(_("1 record") if count == 1 else _("{count} records", count=format_number(count)))
    if page.next_cursor:
        summary = str(_("More than {count} records in these weeks: filter them to see all",
                        count=format_number(LARGEST_PAGE)))
    before, after = (asked.address(base, also=_also(by, other)) for other in around(first))
    return render("calendar.html", CalendarPage(
        str(cls.__plural__), base, month_name(first), weekdays(),
        tuple(tuple(shown_days[at:at + 7]) for at in range(0, len(shown_days), 7)), before, after,
        today_href=asked.address(base, also=_also(by)), hidden=tuple(asked.pairs(without=("q",))),
        fields=tuple(
            Choice(each.name, str(each.label), each is by, asked.address(base, also=_also(each, first)))
            for each in calendar_fields(cls)),
        move_url=address(cls, None, "/day") if moves else "", by=by.name, summary=summary,
        nothing="" if count else str(_("Nothing falls on a day of this month")), search=asked.search,
        search_label=str(_("Search {what}", what=in_sentence(str(cls.__plural__)))),
        tabs=tabs.tabs(), view_menu=tabs.menu(),
        views=switch_views(cls, "calendar", asked), filters=chips(cls, asked, base), new=new_action(cls, asked),
        refused=refused(refusal),
    ), shell=shell(crumbs_of(cls)))


def _field_of(cls: type[Entity], name: str) -> Field:
    found = calendar_fields(cls)
    if not found:
        raise NotFound("PAGE", _("{what} have no calendar: there is no date in them", what=cls.__plural__))
    return next((each for each in found if each.name == name), found[0])


def _also(by: Field, month: dt.date | None = None) -> tuple[tuple[str, str], ...]:
    """Give the parts of an address that say by which date the calendar is, and which month it shows."""
    return ("by", by.name), *([("month", f"{month:%Y-%m}")] if month else [])


def month_asked(text: str) -> dt.date:
    """Read the month that an address asks for; this one where it asks for none."""
    try:
        asked = dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        asked = dt.date.min
    return asked if asked.year in YEARS else today().replace(day=1)


def around(first: dt.date) -> tuple[dt.date, dt.date]:
    """Give a day of the month before, and one of the month after."""
    return (first - dt.timedelta(days=1)).replace(day=1), (first + dt.timedelta(days=31)).replace(day=1)


def _between(by: Field, first: dt.date, last: dt.date) -> list[list[str]]:
    """Ask for the days from first to last."""
    return [[by.name, "ge", bound(by, first)], [by.name, "lt", bound(by, last + dt.timedelta(days=1))]]


def _may_move(cls: type[Entity], by: Field) -> bool:
    return by.kind == "date" and may_set(cls, by)


def _day(cls: type[Entity], by: Field, day: dt.date, rows: Sequence[Row], *, outside: bool) -> Day:
    text = day.isoformat()
    more = len(rows) - SHOWN
    there = urlencode([(f"f.{by.name}.from", text), (f"f.{by.name}.to", text)])
    new = f"{address(cls, None, '/new')}?{by.name}={text}" if _may_add(cls, by) else ""
    return Day(
        text, str(day.day), format_date(day), tuple(_entry(cls, by, row) for row in rows[:SHOWN]), outside,
        day == today(), str(_("{count} more", count=format_number(more))) if more > 0 else "",
        f"{address(cls)}?{there}" if more > 0 else "", new)


def _may_add(cls: type[Entity], by: Field) -> bool:
    return new_action(cls) is not None and by.kind == "date" and by in rights().writable(cls)


def _entry(cls: type[Entity], by: Field, row: Row) -> Entry:
    workflow = workflow_of(cls)
    at, named_by = row.values[by.name], about(cls)
    state = shown(cls.__fields__[workflow.field], row.values.get(workflow.field)) if workflow is not None else None
    named = row.values.get(named_by) if named_by else None
    return Entry(
        row.id, address(cls, row.id), row.title, row.version, state.tone if state else "", state.text if state else "",
        f"{local(at):%H:%M}" if isinstance(at, dt.datetime) else "",
        (named.title or "") if isinstance(named, Linked) else "")


def month_name(first: dt.date) -> str:
    """Name a month."""
    pattern = "y年M月" if current_locale().startswith("zh") else "MMMM y"
    return babel_date(first, pattern, locale=current_locale())


def weekdays() -> tuple[str, ...]:
    """Name the days of a week."""
    names = get_day_names("abbreviated", locale=current_locale())
    return tuple(names[at] for at in range(7))


def _move_refused(refusal: Refusal, plugin: str, name: str) -> Answer:
    if wants_json():
        raise refusal
    return _show(entity_asked(plugin, name), refusal), refusal.status


@blueprint.post("/<plugin>/<name>/day")
@served(refused=_move_refused)
def move(plugin: str, name: str) -> Answer:
    """Bring a record to another day."""
    cls = entity_asked(plugin, name)
    by = _field_of(cls, request.form.get("by", ""))
    id_, version, day = (request.form.get(part, "") for part in ("id", "version", "to"))
    if not id_.isdecimal():
        raise NotFound("NO_SUCH_RECORD", _("There is no such record"))
    if not _may_move(cls, by):
        raise Forbidden("NO_WAY", _("{field} can't be changed here", field=by.label))
    record = records.change(cls, [(int(id_), int(version) if version.isdecimal() else None, {by.name: day})])[0]
    if wants_json():
        return jsonify(version=record.version)
    there = Asked(also=_also(by, dt.date.fromisoformat(day))).address(address(cls, None, "/calendar"))
    return make_response(redirect(there))
