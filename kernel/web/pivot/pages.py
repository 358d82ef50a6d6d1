"""The pivot of any entity: its records counted and summed by rows and columns, as a table, a chart or a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, flash, make_response, redirect, request

from kernel.entities.base import Entity
from kernel.errors import Invalid, NotFound, Refusal
from kernel.exchange.buckets import BUCKETS
from kernel.exchange.listing import Query
from kernel.exchange.paths import document_of
from kernel.exchange.savedviews import may_share
from kernel.i18n import _, format_number
from kernel.permissions.rights import rights
from kernel.web.arranging import HOME
from kernel.web.asked import Asked, conditions_of
from kernel.web.declare import ListView, views
from kernel.web.frame import plugin_label, shell
from kernel.web.layout import columns_of
from kernel.web.listing.bar import filter_fields
from kernel.web.listing.filling import chips, in_sentence, is_searchable, switch_views
from kernel.web.listing.pages import crumbs_of, entity_asked, table_file
from kernel.web.pivot.asked import (
    AXES,
    BUCKET_LABELS,
    MOST_FIELDS,
    MOST_VALUES,
    Axis,
    Known,
    PivotAsked,
    field_label,
    fields_of,
    usual,
    value_label,
    values_of,
)
from kernel.web.pivot.files import table_lines
from kernel.web.pivot.layout import chart_of, table_of
from kernel.web.pivot.sums import pivot
from kernel.web.savedcards import save_card
from kernel.web.screen.dashboard import Chart
from kernel.web.screen.pivot import Chip, Offers, PivotPage, Saving, Shape, Table, Zone
from kernel.web.screen.shown import Action, Choice
from kernel.web.serving import Answer, render, served
from kernel.web.show import address, refused

__all__ = ["blueprint"]

blueprint = Blueprint("pivots", __name__)


@dataclass(frozen=True, slots=True)
class _Question:
    """What the page's address asks for, and the addresses that are made of it."""

    cls: type[Entity]
    asked: Asked
    pivot: PivotAsked

    @property
    def base(self) -> str:
        return address(self.cls, None, "/pivot")

    @property
    def query(self) -> Query:
        return Query(self.cls, filter=conditions_of(self.cls, self.asked.filters), search=self.asked.search)

    def to(self, other: PivotAsked) -> str:
        return self.asked.address(self.base, also=other.pairs())

    def tail(self) -> str:
        return self.to(self.pivot).partition("?")[2]

    def label(self, axis: Axis, token: str) -> str:
        return (value_label if axis == "values" else field_label)(self.cls, token)


def _question(plugin: str, name: str) -> _Question:
    cls = entity_asked(plugin, name, lines=True)
    asked = PivotAsked.from_args(request.args).kept(cls)
    if asked.empty:
        first = usual(cls)
        asked = replace(asked, rows=first.rows, values=first.values)
    listed = Asked.from_args(request.args)
    return _Question(cls, Asked(listed.filters, listed.search, also=asked.pairs()), asked)


@blueprint.get("/<plugin>/<name>/pivot")
@served()
def show(plugin: str, name: str) -> Answer:
    """Show the pivot that the address asks for; without anything asked, what is worth asking first."""
    return _page(_question(plugin, name))


def _page(question: _Question, refusal: Refusal | None = None, saving: Saving | None = None) -> str:
    cls, asked = question.cls, question.pivot
    table, chart, note, says, summary = _worked_out(question)
    view = views.lists.get(cls.__entity__) or ListView.default(cls.__entity__)
    exports = tuple(
        Action(label, f"{question.base}/{kind}?{question.tail()}", icon)
        for kind, label, icon in (
            ("csv", str(_("As CSV")), "file-text"), ("xlsx", str(_("As XLSX")), "file-spreadsheet"))
        if rights().may("export", document_of(cls).__entity__))
    bare = replace(asked, rows=(), cols=(), values=(), folded=(), folded_cols=())
    return render("pivot.html", PivotPage(
        str(cls.__plural__), question.base, tuple(_zones(question)),
        tuple(_shapes(question)),
        question.to(asked.swapped()), question.to(bare),
        exports if table or chart else (), (saving or _saving(question)) if table or chart else None,
        table, chart, note, says, summary,
        hidden=tuple(question.asked.pairs(without=("q",))), search=question.asked.search,
        search_label=str(_("Search {what}", what=in_sentence(str(cls.__plural__)))),
        searchable=is_searchable(cls), views=switch_views(cls, "pivot", question.asked),
        filters=chips(cls, question.asked, question.base),
        clear_href=replace(question.asked, filters={}).address(question.base),
        filter_fields=filter_fields(cls, view, columns_of(cls)),
        refused=refused(refusal),
    ), shell=shell(crumbs_of(cls)))


def _worked_out(question: _Question) -> tuple[Table | None, Chart | None, str, str, str]:
    """Give the table or the chart with its note, or the words in its place; and how many records it is made of."""
    asked = question.pivot
    try:
        found = pivot(question.query, asked)
        summary = str(_("1 record") if found.count == 1 else _("{count} records", count=format_number(found.count)))
        if len(found.values) == 1 and found.values[0].field is not None:
            summary = f"{summary} · {found.values[0].label}"
        if not found.count:
            return None, None, "", str(_("No records fall into what you asked for.")), summary
        if asked.shape == "table":
            return table_of(found, question.asked, question.base), None, "", "", summary
        chart, note = chart_of(found, asked.shape, str(question.cls.__plural__))
        return table_of(found, question.asked, question.base), chart, note, "", summary
    except Refusal as refusal:
        return None, None, "", _words(refusal), ""


def _words(refusal: Refusal) -> str:
    """Give what a refusal says, without the names that a form would find its fields by."""
    problems = refusal.problems if isinstance(refusal, Invalid) else ()
    return " ".join(str(problem.message) for problem in problems) or str(refusal)


def _shapes(question: _Question) -> Iterator[Shape]:
    shown = (
        Shape("table", str(_("Table")), icon="table"), Shape("bar", str(_("Bars")), icon="chart-bar"),
        Shape("stacked", str(_("Stacked bars")), icon="chart-bar-popular"),
        Shape("line", str(_("Lines")), icon="chart-line"), Shape("area", str(_("Areas")), icon="chart-area-line"),
        Shape("pie", str(_("Pie")), icon="chart-pie"))
    for shape in shown:
        yield replace(shape, selected=shape.name == question.pivot.shape,
                      href=question.to(replace(question.pivot, shape=shape.name)))


def _zones(question: _Question) -> Iterator[Zone]:
    known: dict[Axis, list[Known]] = {"values": values_of(question.cls)}
    known["rows"] = known["cols"] = fields_of(question.cls)
    labels = {"rows": _("Rows"), "cols": _("Columns"), "values": _("Values")}
    used = {token.partition(":")[0] for token in (*question.pivot.rows, *question.pivot.cols)}
    for axis in AXES:
        on = question.pivot.on(axis)
        free = [each for each in known[axis] if (
            each.token not in on if axis == "values" else each.token.partition(":")[0] not in used)]
        full = len(on) >= (MOST_VALUES if axis == "values" else MOST_FIELDS)
        yield Zone(
            axis, str(labels[axis]), tuple(_chip(question, axis, at) for at in range(len(on))),
            () if full else tuple(_offers(question.cls, free)), tuple(question.asked.pairs()))


def _offers(cls: type[Entity], known: Sequence[Known]) -> Iterator[Offers]:
    for source in dict.fromkeys(each.source for each in known):
        choices = tuple(Choice(each.token, each.label) for each in known if each.source == source)
        yield Offers(source or str(cls.__label__), choices)


def _chip(question: _Question, axis: Axis, at: int) -> Chip:
    asked, on = question.pivot, question.pivot.on(axis)
    token, rest = on[at], [*on[:at], *on[at + 1:]]
    choices = [*_bucket_choices(question, axis, at)]
    place = str(_("Place"))
    if at:
        choices.append(Choice("arrow-up", str(_("Further ahead")), note=place, href=question.to(
            asked.put(axis, [*rest[:at - 1], token, *rest[at - 1:]]))))
    if at < len(rest):
        choices.append(Choice("arrow-down", str(_("Further behind")), note=place, href=question.to(
            asked.put(axis, [*rest[:at + 1], token, *rest[at + 1:]]))))
    if axis != "values":
        other: Axis = "cols" if axis == "rows" else "rows"
        if len(asked.on(other)) < MOST_FIELDS:
            choices.append(Choice(
                "switch-horizontal", str(_("Into the columns") if axis == "rows" else _("Into the rows")), note=place,
                href=question.to(asked.put(axis, rest).put(other, [*asked.on(other), token]))))
    return Chip(token, question.label(axis, token), tuple(choices), question.to(_without(asked, axis, rest)))


def _without(asked: PivotAsked, axis: Axis, rest: Sequence[str]) -> PivotAsked:
    """Take a field away; where it was the last of all, what is left is the number of records."""
    left = asked.put(axis, rest)
    return left.put("values", ("count",)) if left.empty else left


def _bucket_choices(question: _Question, axis: Axis, at: int) -> Iterator[Choice]:
    on = question.pivot.on(axis)
    path, _colon, current = on[at].partition(":")
    if axis == "values" or current not in BUCKETS:
        return
    for bucket in BUCKETS:
        tokens = [*on[:at], f"{path}:{bucket}", *on[at + 1:]]
        yield Choice("calendar", str(BUCKET_LABELS[bucket]), bucket == current,
                     question.to(question.pivot.put(axis, tokens)), str(_("By")))


@blueprint.get("/<plugin>/<name>/pivot/<kind>")
@served()
def export(plugin: str, name: str, kind: str) -> Answer:
    """Give the pivot as a file."""
    question = _question(plugin, name)
    query = replace(question.query, action="export")
    return table_file(kind, lambda: table_lines(pivot(query, question.pivot)), f"{plugin}-{name}",
                      frozen=max(len(question.pivot.rows), 1))


def _saving(question: _Question, label: str | None = None, shared: bool = False, chosen: str = HOME) -> Saving:
    plugin = question.cls.__plugin__
    dashboards = [(HOME, str(_("Home"))), *([(plugin, plugin_label(plugin))] if plugin in views.menus else [])]
    fields = (token.partition(":")[0] for token in (*question.pivot.rows, *question.pivot.cols))
    by = ", ".join(dict.fromkeys(field_label(question.cls, path) for path in fields))
    proposed = str(_("{what} by {fields}", what=question.cls.__plural__, fields=by)) if by else str(
        question.cls.__plural__)
    return Saving(
        f"{question.base}/card?{question.tail()}", proposed[:80] if label is None else label,
        tuple(Choice(value, text, value == chosen) for value, text in dashboards), may_share(), shared)


def _save_refused(refusal: Refusal, plugin: str, name: str) -> Answer:
    question = _question(plugin, name)
    form = request.form
    saving = _saving(question, form.get("label", ""), "shared" in form, form.get("dashboard", ""))
    return _page(question, refusal, replace(saving, error=_words(refusal))), refusal.status


@blueprint.post("/<plugin>/<name>/pivot/card")
@served(refused=_save_refused)
def save(plugin: str, name: str) -> Answer:
    """Put the pivot on a dashboard."""
    question = _question(plugin, name)
    dashboard = request.form.get("dashboard", "")
    allowed = {choice.value: choice.label for choice in _saving(question).dashboards}
    if dashboard not in allowed:
        raise NotFound("DASHBOARD", _("There is no such dashboard"))
    save_card(question.cls, request.form.get("label", ""), dashboard, question.asked, question.pivot,
              shared="shared" in request.form)
    flash(str(_("It stands on the dashboard “{name}” now.", name=allowed[dashboard])), "green")
    return make_response(redirect(question.to(question.pivot)))
