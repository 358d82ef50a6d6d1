"""Make the page of a list: columns, filters, tabs, order, sums, what may be done with what is selected."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import request

from kernel.entities.base import Entity
from kernel.entities.fields import Field
from kernel.errors import Refusal
from kernel.exchange.listing import MOST_COUNTED, Page, Query
from kernel.exchange.rows import Row
from kernel.i18n import _, current_locale, format_money, format_number
from kernel.permissions.rights import rights
from kernel.web.asked import Asked, conditions_of, filter_words, parse_filter
from kernel.web.declare import ListView, views
from kernel.web.frame import may_make, plugin_label
from kernel.web.layout import columns_of, field_at
from kernel.web.screen.listing import Column, ColumnChoice, Filtered, FilterField, ListPage, Tab
from kernel.web.screen.listing import Row as ShownRow
from kernel.web.screen.shown import Action, Choice, Empty, Refused
from kernel.web.show import address, currency_of, decimals_of, places, shown
from kernel.workflows.machine import workflow_of

__all__ = [
    "LARGEST", "calendar_fields", "chips", "in_sentence", "list_page", "new_action", "nothing_yet", "switch_views",
]

PAGE = 50
LARGEST = 500


def switch_views(cls: type[Entity], current: str) -> tuple[Choice, ...]:
    """Offer the ways an entity can be shown."""
    found = [Choice("list", str(_("List")), current == "list", address(cls))]
    if cls.__entity__ in views.boards:
        found.append(Choice("layout-kanban", str(_("Board")), current == "board", address(cls, None, "/board")))
    if (gantt := views.gantts.get(cls.__entity__)) and field_at(cls, gantt.start) and field_at(cls, gantt.end):
        found.append(Choice("chart-arrows", str(_("Gantt")), current == "gantt", address(cls, None, "/gantt")))
    if calendar_fields(cls):
        found.append(Choice("calendar", str(_("Calendar")), current == "calendar", address(cls, None, "/calendar")))
    return tuple(found)


def calendar_fields(cls: type[Entity]) -> list[Field]:
    """Give the dates by which a calendar of the entity can be drawn, those of its list first."""
    dated = [field for field in rights().visible(cls) if field.kind in ("date", "instant") and not field.hidden]
    view = views.lists.get(cls.__entity__)
    wanted = list(view.columns if view else ())
    return sorted(dated, key=lambda field: wanted.index(field.name) if field.name in wanted else len(wanted))


def list_page(cls: type[Entity], view: ListView, asked: Asked, refusal: Refusal | None = None) -> ListPage:
    """Make the page of a list as its address asks for it, with the refusal of what was tried on it."""
    base = address(cls)
    declared = columns_of(cls)
    columns = _chosen(cls, declared, asked)
    chosen = _tab(view, asked)
    filters = {**(parse_filter(chosen.filter) if chosen else {}), **asked.filters}
    sort = asked.sort or view.sort or "-id"
    sums = [name for name in view.totals if (field := field_at(cls, name)) is not None and (
        field.exact or field.kind == "integer")]
    found = Query(
        cls, filter=conditions_of(cls, filters), sort=(sort,), search=asked.search, cursor=asked.cursor or None,
        limit=_limit(), fields=_needed(columns), sums=sums, count=True, counted=MOST_COUNTED).page()
    places = _phone_places(view, columns)
    may_bulk = _bulk(cls)
    return ListPage(
        title=str(cls.__plural__), url=base,
        columns=tuple(_column(path, field, sort, asked, base, places) for path, field in columns),
        rows=tuple(_row(cls, row, columns) for row in found.rows),
        search_label=str(_("Search {what}", what=in_sentence(str(cls.__plural__)))), search=asked.search,
        searchable=any(field.searchable for field in rights().visible(cls)),
        hidden=tuple(asked.pairs(without=("q",))),
        tabs=_tabs(view, asked, base), views=switch_views(cls, "list"), filters=chips(cls, asked, base),
        clear_href=asked.address(base, filters={}, cursor=""), filter_fields=_filter_fields(cls, view, columns),
        column_choices=_column_choices(cls, columns, declared),
        reset_columns_href=asked.address(base, columns=(), cursor=""),
        sort_label=_sort_label(cls, sort), sorts=_sorts(columns, sort, asked, base),
        new=new_action(cls), bulk=may_bulk, bulk_url=f"{base}/bulk", summary=_summary(cls, found),
        totals=_totals(cls, found),
        previous_href=asked.address(base, cursor=found.previous_cursor) if found.previous_cursor else "",
        next_href=asked.address(base, cursor=found.next_cursor) if found.next_cursor else "",
        empty=_empty(cls, filtered=bool(asked.filters or asked.search or chosen)),
        refused=Refused(str(refusal), fix=str(refusal.fix or "")) if refusal else None)


def _limit() -> int:
    text = request.args.get("rows", "")
    return min(max(int(text), 1), LARGEST) if text.isdecimal() and len(text) < 5 else PAGE


def _chosen(cls: type[Entity], declared: list[tuple[str, Field]], asked: Asked) -> list[tuple[str, Field]]:
    if not asked.columns:
        return declared
    picked = [(path, field) for path in asked.columns if (field := field_at(cls, path)) and field.kind != "lines"]
    return picked[:12] or declared


def _needed(columns: Sequence[tuple[str, Field]]) -> list[str]:
    """The columns and, for their amounts, the fields that name the currency."""
    paths = [path for path, _field in columns]
    for path, field in columns:
        if field.kind == "money" and field.currency:
            prefix, _dot, _name = path.rpartition(".")
            paths.append(f"{prefix}.{field.currency}" if prefix else field.currency)
    return list(dict.fromkeys(paths))


def _row(cls: type[Entity], row: Row, columns: Sequence[tuple[str, Field]]) -> ShownRow:
    cells = []
    for path, field in columns:
        value = row.values[path]
        currency = currency_of(field, row.values) if field.currency and field.kind == "money" else ""
        cells.append(shown(field, value, currency=currency))
    return ShownRow(row.id, address(cls, row.id), row.title, tuple(cells))


def _phone_places(view: ListView, columns: Sequence[tuple[str, Field]]) -> dict[str, str]:
    """Say where on a phone's card each column stands: as declared, else by what kind of value it is."""
    slots = ("title", "right", "under", "below", "foot", "end")
    if view.phone:
        return dict(zip(view.phone, slots, strict=False))
    found: dict[str, str] = {}

    def take(slot: str, fits: Any) -> None:
        for path, field in columns:
            if path not in found and fits(path, field):
                found[path] = slot
                return

    take("title", lambda path, field: field.kind in ("text", "link") and path not in ("number", "code"))
    take("title" if not found else "under", lambda path, field: field.kind in ("serial", "text", "choice"))
    take("right", lambda path, field: field.kind == "money")
    take("below", lambda path, field: field.kind in ("date", "instant", "quantity"))
    take("foot", lambda path, field: field.kind in ("state", "choice"))
    take("end", lambda path, field: field.kind == "link")
    return found


def _column(
    path: str, field: Field, sort: str, asked: Asked, base: str, places: dict[str, str]
) -> Column:
    now = sort.lstrip("-") == path
    direction = ("desc" if sort.startswith("-") else "asc") if now else ""
    sortable = field.kind not in ("json", "lines", "note", "ref")
    target = f"-{path}" if direction == "asc" else path
    return Column(
        path, str(field.label), field.exact or field.kind == "integer", direction,
        asked.address(base, sort=target, cursor="") if sortable else "", places.get(path, "none"),
        _source(path))


def _source(path: str) -> str:
    slot, dot, _name = path.partition(".")
    return plugin_label(slot) if dot and slot in views.menus else ""


def _tab(view: ListView, asked: Asked) -> Any:
    number = int(asked.tab) if asked.tab.isdecimal() else 0
    return view.tabs[number - 1] if 0 < number <= len(view.tabs) else None


def _tabs(view: ListView, asked: Asked, base: str) -> tuple[Tab, ...]:
    if not view.tabs:
        return ()
    first = Tab(str(_("All")), base, current=not asked.tab)
    rest = [
        Tab(str(each.label), f"{base}?tab={number}", current=asked.tab == str(number))
        for number, each in enumerate(view.tabs, start=1)]
    return (first, *rest)


def chips(cls: type[Entity], asked: Asked, base: str) -> tuple[Filtered, ...]:
    """Give the filters in force, each with the address without it."""
    return tuple(
        Filtered(*filter_words(cls, name, value), asked.address(
            base, filters={key: kept for key, kept in asked.filters.items() if key != name}, cursor=""))
        for name, value in asked.filters.items())


def _filter_fields(
    cls: type[Entity], view: ListView, columns: Sequence[tuple[str, Field]]
) -> tuple[FilterField, ...]:
    wanted = view.filters or tuple(path for path, field in columns if field.kind not in ("note", "json", "ref"))
    found = []
    for path in wanted:
        field = field_at(cls, path)
        if field is None:
            continue
        choices = tuple(Choice(each.value, str(each.label)) for each in field.choices)
        if field.kind == "boolean":
            choices = (Choice("1", str(_("yes"))), Choice("0", str(_("no"))))
        elif field.kind == "link" and field.target.__entity__ == "kernel.user":
            choices = (Choice("me", str(_("me"))),)
        found.append(FilterField(path, str(field.label), field.kind, choices))
    return tuple(found)


def _column_choices(
    cls: type[Entity], columns: Sequence[tuple[str, Field]], declared: Sequence[tuple[str, Field]]
) -> tuple[ColumnChoice, ...]:
    on = [path for path, _field in columns]
    own = [field for field in rights().visible(cls) if field.kind not in ("lines", "json") and not field.hidden]
    found = [ColumnChoice(field.name, str(field.label), field.name in on) for field in own]
    for slot, component in cls.__components__.items():
        found += [
            ColumnChoice(f"{slot}.{field.name}", str(field.label), f"{slot}.{field.name}" in on,
                         plugin_label(component.__plugin__))
            for field in rights().visible(component) if not field.hidden]
    known = {choice.name for choice in found}
    found += [
        ColumnChoice(path, str(field.label), path in on) for path, field in declared if path not in known]
    return tuple(found)


def _sort_label(cls: type[Entity], sort: str) -> str:
    field = field_at(cls, sort.lstrip("-"))
    return str(_("Newest first") if sort == "-id" else field.label if field else sort)


def _sorts(columns: Sequence[tuple[str, Field]], sort: str, asked: Asked, base: str) -> tuple[Choice, ...]:
    newest = Choice("-id", str(_("Newest first")), sort == "-id", asked.address(base, sort="-id", cursor=""))
    rest = [
        Choice(target, str(field.label), target == sort, asked.address(base, sort=target, cursor=""),
               str(_("descending") if target.startswith("-") else _("ascending")))
        for path, field in columns if field.kind not in ("json", "lines", "note", "ref")
        for target in (path, f"-{path}")]
    return (newest, *rest)


def new_action(cls: type[Entity]) -> Action | None:
    """Give the button that makes a new record, for whoever may."""
    if not may_make(cls):
        return None
    return Action(
        str(_("New {what}", what=in_sentence(str(cls.__label__)))), address(cls, None, "/new"), "plus",
        primary=True, key="n")


def in_sentence(label: str) -> str:
    """Lower a label's first letter inside a sentence, acronyms left alone."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _bulk(cls: type[Entity]) -> tuple[Action, ...]:
    granted = rights()
    found = []
    workflow = workflow_of(cls)
    if workflow is not None:
        found += [
            Action(str(each.label), "", each.icon, name=f"run:{each.code}",
                   confirm=str(_("“{action}” for all selected records?", action=each.label)) if each.risky else "")
            for each in workflow.steps() if not each.needs]
    if granted.may("change", cls.__entity__):
        found.append(Action(
            str(_("Archive")), "", "archive", name="archive",
            confirm=str(_("Archive the selected records? They leave lists and pickers, not reports."))))
    return tuple(found)


def _summary(cls: type[Entity], found: Page) -> str:
    total = found.total or 0
    if total == 1:
        return str(_("1 record"))
    if not found.exact:
        return str(_("{count}+ records", count=format_number(total)))
    return str(_("{count} records", count=format_number(total)))


def _totals(cls: type[Entity], found: Page) -> tuple[tuple[str, str], ...]:
    shown_sums = []
    for path, value in found.sums.items():
        field = field_at(cls, path)
        if field is None:
            continue
        text = format_number(value) if field.kind != "money" else format_money(
            Decimal(value), None, places(Decimal(value), field.decimals, decimals_of("")))
        shown_sums.append((str(field.label), text))
    return tuple(shown_sums)


def _empty(cls: type[Entity], *, filtered: bool) -> Empty:
    if filtered:
        return Empty("filter-off", str(_("Nothing matches")), str(_("Take away a filter, or search for another word.")),
                     Action(str(_("Show all")), address(cls)))
    return nothing_yet(cls)


def nothing_yet(cls: type[Entity]) -> Empty:
    """Say that there is no record of an entity yet and what one would be, and offer to make the first."""
    return Empty(
        cls.__icon__, str(_("No {what} yet", what=in_sentence(str(cls.__plural__)))), _lead(cls), new_action(cls))


def _lead(cls: type[Entity]) -> str:
    """Give the first line of an entity's docstring; nothing where it names code or isn't in the person's language."""
    lead = (cls.__doc__ or "").strip().split("\n")[0]
    if "`" in lead:
        lead = lead.split(";")[0]
    if not lead or "`" in lead or lead.startswith("A record users work with"):
        return ""
    text = str(_(lead))
    return text if text != lead or current_locale() == "en" else ""
