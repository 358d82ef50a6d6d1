"""The generated board of any entity: a column per state or choice; a card dragged across runs the transition."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, jsonify, make_response, redirect, request

from kernel.entities.base import Entity
from kernel.entities.fields import Choice as FieldChoice
from kernel.entities.fields import Field
from kernel.errors import Forbidden, NotFound, Refusal
from kernel.exchange import records
from kernel.exchange.grouping import Grouping, Lane
from kernel.exchange.grouping import lanes as lanes_of
from kernel.exchange.listing import Query
from kernel.exchange.rows import Row
from kernel.i18n import _, format_number
from kernel.permissions.rights import rights
from kernel.web.asked import Asked, conditions_of, parse_filter
from kernel.web.declare import BoardView, views
from kernel.web.errors import wants_json
from kernel.web.figures import short
from kernel.web.frame import may_make, shell
from kernel.web.layout import field_at
from kernel.web.listing.filling import in_sentence, new_action, switch_views
from kernel.web.listing.pages import crumbs_of, entity_asked
from kernel.web.listing.tabs import ViewTabs
from kernel.web.screen.board import BoardPage, Card
from kernel.web.screen.board import Lane as ShownLane
from kernel.web.screen.shown import Choice, Shown
from kernel.web.serving import Answer, page_behind, render, served
from kernel.web.show import PEOPLE, address, refused, shown
from kernel.workflows.machine import Workflow, workflow_of

__all__ = ["blueprint"]

blueprint = Blueprint("boards", __name__)
CARDS = 30
"""Cards shown per column; a link leads to the rest as a list."""


@blueprint.get("/<plugin>/<name>/board")
@served()
def board(plugin: str, name: str) -> Answer:
    """Show a board."""
    return _show(entity_asked(plugin, name))


def _view_of(cls: type[Entity]) -> tuple[BoardView, Field]:
    view = views.boards.get(cls.__entity__)
    field = field_at(cls, view.by) if view else None
    if view is None or field is None:
        raise NotFound("PAGE", _("{what} have no board", what=cls.__plural__))
    return view, field


def _show(cls: type[Entity], refusal: Refusal | None = None) -> str:
    view, by = _view_of(cls)
    given = Asked(search=request.args.get("q", "").strip(), view=request.args.get("view", ""))
    tabs = ViewTabs(cls, given, "board", bare=not request.args)
    search = tabs.asked.search
    fields = [path for path in view.card if field_at(cls, path) is not None]
    total = view.total if view.total and field_at(cls, view.total) is not None else ""
    needed = list(dict.fromkeys([*fields, *([total] if total else []), view.by]))
    asked = Query(
        cls, filter=conditions_of(cls, parse_filter(view.filter)), search=search, limit=CARDS, fields=needed)
    found = lanes_of(asked, view.by, [total] if total else ())
    by_value = {lane.group.value: lane for lane in found}
    workflow = workflow_of(cls)
    moves = _moves(cls, by, workflow)
    values = [each for each in by.choices if each.value not in view.hide]
    extra = [lane.group.value for lane in found if lane.group.value not in {each.value for each in by.choices}
             and lane.group.value is not None]
    lanes = tuple(
        _lane(cls, view, each, by_value.get(each.value), fields, total, moves)
        for each in [*values, *(FieldChoice(value, value) for value in extra)])
    count = sum(lane.group.count for lane in found if lane.group.value not in view.hide)
    page = BoardPage(
        str(cls.__plural__), address(cls, None, "/board"), lanes, address(cls, None, "/move"),
        summary=_summary(count, total, found, view), by=str(by.label), search=search,
        search_label=str(_("Search {what}", what=in_sentence(str(cls.__plural__)))), views=switch_views(cls, "board"),
        tabs=tabs.tabs(), view_menu=tabs.menu(),
        new=new_action(cls), refused=refused(refusal))
    return render("board.html", page, shell=shell(crumbs_of(cls)))


def _summary(count: int, total: str, lanes: Sequence[Lane], view: BoardView) -> str:
    words = str(_("1 record") if count == 1 else _("{count} records", count=format_number(count)))
    if not total:
        return words
    amount = sum((Decimal(lane.group.measures.get(total) or 0) for lane in lanes if lane.group.value not in view.hide),
                 Decimal(0))
    figure, unit = short(amount)
    return f"{words} · {figure} {unit}".strip()


def _moves(cls: type[Entity], by: Field, workflow: Workflow[Any] | None) -> Mapping[str, tuple[Choice, ...]]:
    """Say where a card of each column may go: along transitions one is granted, else to any other value."""
    granted = rights()
    if workflow is not None and workflow.field == by.name:
        found: dict[str, list[Choice]] = {}
        for each in workflow.steps():
            for source in each.source:
                if source != each.target:
                    found.setdefault(source, []).append(
                        Choice(each.target, f"{each.label} → {by.choice(each.target).label}"))
        return {source: tuple(choices) for source, choices in found.items()}
    if not granted.may("change", cls.__entity__) or by not in granted.writable(cls):
        return {}
    return {
        each.value: tuple(Choice(other.value, str(other.label)) for other in by.choices if other.value != each.value)
        for each in by.choices}


def _lane(
    cls: type[Entity], view: BoardView, value: FieldChoice, lane: Lane | None, fields: Sequence[str], total: str,
    moves: Mapping[str, tuple[Choice, ...]],
) -> ShownLane:
    count = lane.group.count if lane else 0
    figure, unit = short(Decimal(lane.group.measures.get(total) or 0)) if lane and total else ("", "")
    more = count - len(lane.rows) if lane else 0
    there = f"{address(cls)}?f.{view.by}={value.value}"
    may_add = may_make(cls) and workflow_of(cls) is None
    return ShownLane(
        value.value, str(value.label),
        tuple(_card(cls, row, fields, total, moves.get(value.value, ())) for row in (lane.rows if lane else ())),
        format_number(count), f"{figure} {unit}".strip(),
        new_href=f"{address(cls, None, '/new')}?{view.by}={value.value}" if may_add else "", more_href=there,
        more=str(_("{count} more in the list", count=format_number(more))) if more > 0 else "")


def _card(
    cls: type[Entity], row: Row, fields: Sequence[str], total: str, moves: tuple[Choice, ...]
) -> Card:
    """Lay a record out on a card by the kinds of its fields: amount, day, person, and the rest as words."""
    second, aside, figure = "", "", ""
    tags: list[Shown] = []
    person: Shown | None = None
    foot: Shown | None = None
    for path in fields:
        field = field_at(cls, path)
        if field is None or path == cls.__title__:
            continue
        value = shown(field, row.values[path])
        if not value.text:
            continue
        if field.kind == "link" and field.target.__entity__ in PEOPLE:
            person = person or value
        elif field.exact and not figure:
            figure = value.text
        elif field.kind in ("date", "instant") and not aside:
            aside = value.text
        elif not second and field.kind in ("link", "text", "serial"):
            second = value.text
        elif field.kind in ("choice", "state"):
            tags.append(Shown(value.text, tone=value.tone if value.tone != "gray" else ""))
        else:
            foot = foot or Shown(value.text)
    if not figure and total and row.values.get(total) is not None:
        figure = format_number(row.values[total])
    return Card(row.id, address(cls, row.id), row.title, row.version, second, figure, aside, tuple(tags), foot, person,
                moves)


def _lane_totals(cls: type[Entity]) -> dict[str, dict[str, str]]:
    """Give each column's count and total, for the page to show after a card has moved."""
    view, _by = _view_of(cls)
    total = view.total if view.total and field_at(cls, view.total) is not None else ""
    everything = Query(cls, filter=conditions_of(cls, parse_filter(view.filter)))
    groups = Grouping(everything, (view.by,), [total] if total else ()).answer().groups
    found = {}
    for group in groups:
        figure, unit = short(Decimal(group.measures.get(total) or 0)) if total else ("", "")
        found[str(group.value)] = {"count": format_number(group.count), "total": f"{figure} {unit}".strip()}
    return found


def _move_refused(refusal: Refusal, plugin: str, name: str) -> Answer:
    if wants_json():
        raise refusal
    return _show(entity_asked(plugin, name), refusal), refusal.status


@blueprint.post("/<plugin>/<name>/move")
@served(refused=_move_refused)
def move(plugin: str, name: str) -> Answer:
    """Bring a card to another column: run the transition that leads there, or set the field."""
    cls = entity_asked(plugin, name)
    _view, by = _view_of(cls)
    id_, target = request.form.get("id", ""), request.form.get("to", "")
    version = request.form.get("version", "")
    if not id_.isdecimal():
        raise NotFound("NO_SUCH_RECORD", _("There is no such record"))
    workflow = workflow_of(cls)
    waits = False
    if workflow is not None and workflow.field == by.name:
        record: Entity = records.get(cls, int(id_))
        step = workflow.towards(record, target)
        if step is None:
            raise Forbidden(
                "NO_WAY", _("{title} can't go from “{here}” to “{there}”", title=record.title,
                            here=workflow.state_of(record).label, there=by.choice(target).label),
                fix=_("Open it to see which steps it may take"))
        workflow.run(step.code, [record])
        waits = getattr(record, workflow.field) == step.parked != step.target
    else:
        wanted = int(version) if version.isdecimal() else None
        record = records.change(cls, [(int(id_), wanted, {by.name: target})])[0]
    if waits:
        flash(str(_("{title} waits for approval.", title=record.title)), "amber")
    if wants_json():
        return jsonify(version=record.version, reload=waits, lanes=_lane_totals(cls))
    board, behind = address(cls, None, "/board"), page_behind()
    return make_response(redirect(behind if urlsplit(behind).path == board else board))
