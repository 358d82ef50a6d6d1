"""The generated gantt of an entity whose plugin declares one: bars over time, moved and stretched by who may."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from flask import Blueprint, jsonify, make_response, redirect, request

from kernel.clock import moment
from kernel.entities.base import Entity
from kernel.entities.fields import Field
from kernel.errors import Forbidden, NotFound, Refusal
from kernel.exchange import records
from kernel.exchange.listing import LARGEST_PAGE, Query
from kernel.exchange.rows import Linked
from kernel.exchange.rows import Row as Found
from kernel.i18n import _, current_timezone, format_date, format_instant, format_number
from kernel.web.asked import Asked, conditions_of
from kernel.web.days import about, bound, day_of, local, may_set, named_paths, today
from kernel.web.declare import GanttView, views
from kernel.web.errors import wants_json
from kernel.web.frame import shell
from kernel.web.layout import field_at
from kernel.web.listing.filling import chips, in_sentence, new_action, switch_views
from kernel.web.listing.pages import crumbs_of, entity_asked
from kernel.web.listing.tabs import ViewTabs
from kernel.web.screen.gantt import Bar, GanttPage, Row, Wait
from kernel.web.screen.shown import Choice
from kernel.web.serving import Answer, render, served
from kernel.web.show import address, refused, shown, typed
from kernel.web.timescale import SCALES, Span, span_of
from kernel.workflows.machine import workflow_of

__all__ = ["blueprint"]

blueprint = Blueprint("gantts", __name__)
LANE, BAR, ABOVE = 30, 24, 10
"""Pixels from lane to lane of a row, of a bar, and above the first; as in gantt.css."""
LEAST_ROW = 52
LEAST_WIDTH = 0.8
"""Percent that the shortest bar is wide: it can be pressed."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What an address asks of a gantt."""

    cls: type[Entity]
    view: GanttView
    start: Field
    end: Field
    by: Field | None
    span: Span
    asked: Asked

    def address(self, **changes: str) -> str:
        """Write the address of this view with some of its own parts changed."""
        also = {**dict(self.asked.also), **changes}
        return self.asked.address(address(self.cls, None, "/gantt"), also=tuple(also.items()))


@blueprint.get("/<plugin>/<name>/gantt")
@served()
def gantt(plugin: str, name: str) -> Answer:
    """Show bars over time: `scale=week`, `from=2026-11-23`, `by=owner`, filtered as a list is."""
    return _show(entity_asked(plugin, name))


def _asking(cls: type[Entity], values: Mapping[str, str]) -> Asking:
    view = views.gantts.get(cls.__entity__)
    start, end = (field_at(cls, view.start), field_at(cls, view.end)) if view else (None, None)
    if view is None or start is None or end is None:
        raise NotFound("PAGE", _("{what} have no gantt", what=cls.__plural__))
    groups = [field for path in view.by if (field := field_at(cls, path)) is not None]
    by = next((each for each in groups if each.name == values.get("by")), groups[0] if groups else None)
    scale = values.get("scale", "")
    usual = "hours" if end.kind == "instant" else "week"
    span = span_of(scale if scale in _scales(end) else usual, values.get("from", ""))
    also = [("scale", span.scale), ("from", span.first.isoformat())]
    if by is not None:
        also.append(("by", by.name))
    if values.get("as") == "list":
        also.append(("as", "list"))
    return Asking(cls, view, start, end, by, span, replace(Asked.from_args(request.args), also=tuple(also)))


def _scales(end: Field) -> list[str]:
    return [name for name in SCALES if name != "hours" or end.kind == "instant"]


def _show(cls: type[Entity], refusal: Refusal | None = None) -> str:
    asking = _asking(cls, request.values)
    tabs = ViewTabs(cls, asking.asked, "gantt", bare=not request.args)
    if tabs.asked is not asking.asked:
        asking = _asking(cls, dict(tabs.asked.also))
        asking = replace(asking, asked=replace(tabs.asked, also=asking.asked.also))
    found, more = _found(asking)
    late = _late(asking, found)
    waits = list(asking.view.after([row.id for row in found])) if asking.view.after and found else []
    late |= _too_soon(asking, found, waits)
    rows = _rows(asking, found, late)
    before, after = asking.span.around()
    step, _time = asking.span.snap(moments=asking.end.kind == "instant")
    count = len(found)
    summary = str(_("1 record") if count == 1 else _("{count} records", count=format_number(count)))
    if more:
        summary = str(_("More than {count} records in this time: filter them to see all",
                        count=format_number(LARGEST_PAGE)))
    now = asking.span.at(moment().astimezone(current_timezone()))
    return render("gantt.html", GanttPage(
        str(cls.__plural__), address(cls, None, "/gantt"), rows, asking.span.ticks(), _lines(rows, waits),
        sum(row.height for row in rows), asking.span.name(), asking.address(**{"from": before.isoformat()}),
        asking.address(**{"from": after.isoformat()}), asking.address(**{"from": today().isoformat()}),
        tuple(Choice(each, str(SCALES[each]), each == asking.span.scale, asking.address(scale=each))
              for each in _scales(asking.end)),
        groups=tuple(Choice(field.name, str(field.label), field is asking.by, asking.address(by=field.name))
                     for path in asking.view.by if (field := field_at(cls, path)) is not None),
        now=now if 0 <= now <= 100 else None, step=round(step, 4), kind=asking.end.kind,
        hidden=tuple(asking.asked.pairs(without=("q",))),
        move_url=address(cls, None, "/gantt") if may_set(cls, asking.start, asking.end) else "", summary=summary,
        late=len(late), nothing="" if found else str(_("Nothing falls into this time")),
        as_list=("as", "list") in asking.asked.also, list_href=_list_address(asking), search=asking.asked.search,
        search_label=str(_("Search {what}", what=in_sentence(str(cls.__plural__)))),
        tabs=tabs.tabs(), view_menu=tabs.menu(), views=switch_views(cls, "gantt", asking.asked),
        filters=chips(cls, asking.asked, address(cls, None, "/gantt")),
        new=new_action(cls, asking.asked), refused=refused(refusal),
    ), shell=shell(crumbs_of(cls)))


def _list_address(asking: Asking) -> str:
    other = tuple(pair for pair in asking.asked.also if pair[0] != "as")
    if len(other) == len(asking.asked.also):
        other = (*other, ("as", "list"))
    return asking.asked.address(address(asking.cls, None, "/gantt"), also=other)


def _found(asking: Asking) -> tuple[list[Found], bool]:
    """Find the records that touch the time shown, those without a start by their end."""
    cls, start, end, span = asking.cls, asking.start, asking.end, asking.span
    by = asking.by.name if asking.by else None
    label = asking.view.label or None
    fields = named_paths(cls, start.name, end.name, by, label)
    wanted = conditions_of(cls, asking.asked.filters)
    before = [end.name, "ge", bound(end, span.first)]
    found: list[Found] = []
    more = False
    for parts in (
        [[start.name, "lt", bound(start, span.last)]],
        [[start.name, "is_null", True], [end.name, "lt", bound(end, span.last)]] if not start.required else [],
    ):
        if parts:
            page = Query(cls, filter=[*wanted, before, *parts], search=asking.asked.search, sort=(end.name,),
                         limit=LARGEST_PAGE, fields=fields).page()
            found += page.rows
            more = more or page.next_cursor is not None
    hidden = _hidden(asking)
    return [row for row in found if not hidden or row.values.get(hidden) not in asking.view.hide], more


def _hidden(asking: Asking) -> str:
    workflow = workflow_of(asking.cls)
    return workflow.field if workflow is not None and asking.view.hide else ""


def _begin(asking: Asking, row: Found) -> dt.datetime:
    """Give where a bar begins: where it has no start, with the day it ends on."""
    end = row.values[asking.end.name]
    return local(row.values.get(asking.start.name) or day_of(end))


def _end(asking: Asking, row: Found) -> dt.datetime:
    """Give where a bar ends: a date is meant to its last minute."""
    end = row.values[asking.end.name]
    return local(end) if isinstance(end, dt.datetime) else local(end + dt.timedelta(days=1))


def _late(asking: Asking, rows: Sequence[Found]) -> dict[int, str]:
    """Say of what is over by its dates, but not by its state, since when it is late; of what overlaps, with what."""
    workflow = workflow_of(asking.cls)
    found: dict[int, str] = {}
    if workflow is not None and asking.view.open:
        for row in rows:
            end = day_of(row.values[asking.end.name])
            if row.values.get(workflow.field) in asking.view.open and end < today():
                found[row.id] = str(_("was due on {day}", day=format_date(end)))
    if asking.view.alone:
        for group in _grouped(asking, rows).values():
            for one, other in pairwise(group):
                if _begin(asking, other) < _end(asking, one):
                    found[one.id] = str(_("overlaps {title}", title=other.title))
                    found[other.id] = str(_("overlaps {title}", title=one.title))
    return found


def _too_soon(asking: Asking, rows: Sequence[Found], waits: Iterable[tuple[int, int]]) -> dict[int, str]:
    """Say of bars that begin before what they wait for ends, what that is."""
    known = {row.id: row for row in rows}
    return {
        then: str(_("waits for {title}, which ends on {day}", title=known[first].title,
                    day=format_date(day_of(known[first].values[asking.end.name]))))
        for first, then in waits
        if first in known and then in known and _begin(asking, known[then]) < _end(asking, known[first])}


def _grouped(asking: Asking, rows: Sequence[Found]) -> dict[str, list[Found]]:
    """Put rows together that share a value, in the order of their names; each by when it begins."""
    groups: dict[str, list[Found]] = defaultdict(list)
    for row in sorted(rows, key=lambda each: (_begin(asking, each), each.id)):
        groups[_group_name(asking, row)].append(row)
    order = {str(each.label): at for at, each in enumerate(asking.by.choices)} if asking.by else {}
    return dict(sorted(groups.items(), key=lambda each: (each[0] == "", order.get(each[0], 0), each[0])))


def _group_name(asking: Asking, row: Found) -> str:
    return shown(asking.by, row.values.get(asking.by.name)).text if asking.by else row.title


def _rows(asking: Asking, rows: Sequence[Found], late: Mapping[int, str]) -> tuple[Row, ...]:
    made = []
    for name, group in _grouped(asking, rows).items():
        lanes: list[dt.datetime] = []
        places = []
        for row in group:
            begin, end = _begin(asking, row), _end(asking, row)
            lane = next((at for at, until in enumerate(lanes) if until <= begin), len(lanes))
            lanes[lane:lane + 1] = [max(end, begin)]
            places.append(lane)
        bars = _with_room([
            _bar(asking, row, lane, late.get(row.id, "")) for row, lane in zip(group, places, strict=True)])
        value = group[0].values.get(asking.by.name) if asking.by else None
        linked = shown(asking.by, value).href if asking.by else address(asking.cls, group[0].id)
        label = name or str(_("Without {what}", what=in_sentence(str(asking.by.label)) if asking.by else ""))
        made.append(Row(
            label, bars, max(2 * ABOVE + LANE * len(lanes) - (LANE - BAR), LEAST_ROW), linked,
            str(_("1 record") if len(group) == 1 else _("{count} records", count=format_number(len(group))))))
    return tuple(made)


def _with_room(bars: Sequence[Bar]) -> tuple[Bar, ...]:
    """Say of each bar how much is free to its right, up to the next one of its lane."""
    following: dict[int, float] = {}
    found = []
    for bar in reversed(bars):
        found.append(replace(bar, room=round(max(following.get(bar.y, 100.0) - bar.after, 0), 3)))
        following[bar.y] = bar.x
    return tuple(reversed(found))


def _bar(asking: Asking, row: Found, lane: int, late: str) -> Bar:
    cls = asking.cls
    workflow = workflow_of(cls)
    state = shown(cls.__fields__[workflow.field], row.values.get(workflow.field)) if workflow is not None else None
    label = asking.view.label or about(cls) or ""
    named = None if asking.by and label == asking.by.name else row.values.get(label)
    x = max(asking.span.at(_begin(asking, row)), 0.0)
    after = min(asking.span.at(_end(asking, row)), 100.0)
    width = round(max(after - x, LEAST_WIDTH), 3)
    start, end = (typed(field, row.values.get(field.name)) for field in (asking.start, asking.end))
    return Bar(
        row.id, row.version, address(cls, row.id), row.title,
        (named.title or "") if isinstance(named, Linked) else "" if named is None else str(named),
        state.text if state else "", state.tone if state else "", _days(asking, row), x, width,
        ABOVE + LANE * lane, start, end, late)


def _days(asking: Asking, row: Found) -> str:
    """Say from when to when, in words."""
    values = [row.values.get(asking.start.name), row.values[asking.end.name]]
    texts = [format_instant(each) if isinstance(each, dt.datetime) else format_date(each) for each in values if each]
    return " – ".join(dict.fromkeys(texts))


def _lines(rows: Sequence[Row], waits: Iterable[tuple[int, int]]) -> tuple[Wait, ...]:
    """Draw what waits for what, in pixels from the top of the first row."""
    places: dict[int, tuple[Bar, int]] = {}
    top = 0
    for row in rows:
        places |= {bar.id: (bar, top + bar.y + BAR // 2) for bar in row.bars}
        top += row.height
    return tuple(_line(places[first], places[then]) for first, then in waits if first in places and then in places)


def _line(made: tuple[Bar, int], taken: tuple[Bar, int]) -> Wait:
    """Lead from the end of one bar to the beginning of the other; where that is too early, onto it or its end."""
    (first, y), (then, to_y) = made, taken
    if then.x >= first.after:
        return Wait(first.after, y, then.x, to_y)
    if then.after <= first.after:
        return Wait(first.after, y, then.after, to_y, 180, late=True)
    edge = -BAR // 2 if to_y > y else BAR // 2
    return Wait(first.after, y, first.after, to_y + edge, 90 if to_y > y else 270, late=True)


def _move_refused(refusal: Refusal, plugin: str, name: str) -> Answer:
    if wants_json():
        raise refusal
    return _show(entity_asked(plugin, name), refusal), refusal.status


@blueprint.post("/<plugin>/<name>/gantt")
@served(refused=_move_refused)
def move(plugin: str, name: str) -> Answer:
    """Move or stretch a bar: by steps of the scale (`start_by`, `end_by`), or to what was typed (`start`, `end`)."""
    cls = entity_asked(plugin, name)
    asking = _asking(cls, request.values)
    id_, version = request.form.get("id", ""), request.form.get("version", "")
    if not id_.isdecimal():
        raise NotFound("NO_SUCH_RECORD", _("There is no such record"))
    if not may_set(cls, asking.start, asking.end):
        raise Forbidden("NO_WAY", _("{field} can't be changed here", field=asking.end.label))
    values = _steps(asking, int(id_)) if "end_by" in request.form else _typed(asking)
    record = records.change(cls, [(int(id_), int(version) if version.isdecimal() else None, values)])[0]
    if wants_json():
        return jsonify(version=record.version)
    return make_response(redirect(asking.address()))


def _typed(asking: Asking) -> dict[str, Any]:
    """Give what was typed; a moment is meant in the person's zone."""
    def value(field: Field, text: str) -> object:
        if not text:
            return None
        try:
            moment = dt.datetime.fromisoformat(text) if field.kind == "instant" else None
        except ValueError:
            return text  # refused in the field's own words
        return moment.replace(tzinfo=current_timezone()).isoformat() if moment else text

    given = {asking.start: request.form.get("start", ""), asking.end: request.form.get("end", "")}
    return {field.name: value(field, text.strip()) for field, text in given.items()}


def _steps(asking: Asking, id_: int) -> dict[str, Any]:
    """Move a record's start and end by whole steps of the scale; a start that is empty stays so, unless stretched."""
    record: Any = records.get(asking.cls, id_)
    _percent, step = asking.span.snap(moments=asking.end.kind == "instant")
    first, last = (_count(request.form.get(name, "")) for name in ("start_by", "end_by"))
    start, end = getattr(record, asking.start.name), getattr(record, asking.end.name)
    if end is None:
        raise NotFound("NO_SUCH_RECORD", _("There is no such record"))
    changed = {asking.end.name: _shifted(end, last * step)}
    if start is not None or first != last:
        changed[asking.start.name] = _shifted(start or end, first * step)
    return changed


def _count(text: str) -> int:
    try:
        return max(-3660, min(3660, int(text)))
    except ValueError:
        return 0


def _shifted(value: dt.date | dt.datetime, by: dt.timedelta) -> str:
    """Move a date or a moment; the time of day stays where the clocks change."""
    if isinstance(value, dt.datetime):
        return (local(value) + by).isoformat()
    return (value + by).isoformat()
