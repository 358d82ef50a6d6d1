"""Make the page of a list: columns, filters, tabs, order, sums, what may be done with what is selected."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from flask import request

from kernel.entities.base import TAGS, Entity
from kernel.entities.custom.definitions import is_removed
from kernel.entities.fields import Field
from kernel.errors import Refusal
from kernel.exchange.listing import MOST_COUNTED, Page, Query
from kernel.exchange.merging.reading import is_mergeable
from kernel.exchange.paths import document_of
from kernel.i18n import _, current_locale, format_number
from kernel.permissions.rights import rights
from kernel.tags.known import offered_tags
from kernel.tags.services import is_tagged_entity
from kernel.web.asked import Asked, conditions_of, filter_words, parse_filter
from kernel.web.declare import ListView, views
from kernel.web.frame import may_make
from kernel.web.layout import columns_of, customise_action, field_at
from kernel.web.listing.bar import column_choices, filter_fields, sort_label, sorts_of
from kernel.web.listing.groups import GroupedList, group_menu, levels_asked
from kernel.web.listing.rows import ListRows, activity_heads, column_head, editable_paths, phone_places, shown_totals
from kernel.web.listing.tabs import ViewTabs, begun_with, one_of, tab_asked
from kernel.web.screen.listing import Filtered, ListPage
from kernel.web.screen.shown import Action, Choice, Empty
from kernel.web.show import address, may_make_tags, refused
from kernel.workflows.machine import workflow_of

__all__ = [
    "LARGEST", "bulk_actions", "calendar_fields", "chips", "columns_asked", "in_sentence", "is_searchable", "list_page",
    "may_tag", "new_action", "nothing_yet", "query_of", "switch_views",
]

PAGE = 50
LARGEST = 500
MOST_COLUMNS = 12


def switch_views(cls: type[Entity], current: str, asked: Asked | None = None) -> tuple[Choice, ...]:
    """Offer the ways an entity can be shown, each of the same filters and search."""
    offered = [("list", "list", _("List"), "")]
    if cls.__entity__ in views.boards:
        offered.append(("layout-kanban", "board", _("Board"), "/board"))
    if (gantt := views.gantts.get(cls.__entity__)) and field_at(cls, gantt.start) and field_at(cls, gantt.end):
        offered.append(("chart-arrows", "gantt", _("Gantt"), "/gantt"))
    if not cls.__parent__ and calendar_fields(cls):
        offered.append(("calendar", "calendar", _("Calendar"), "/calendar"))
    offered.append(("table-options", "pivot", _("Pivot and chart"), "/pivot"))
    kept = Asked(asked.filters, asked.search) if asked is not None else Asked()
    beneath = {field.target: field for field in rights().visible(cls) if field.kind == "lines" and not field.hidden}
    return (*(Choice(icon, str(label), current == name, kept.address(address(cls, None, tail)))
              for icon, name, label, tail in offered),
            *(Choice("list-details", str(line.__plural__), href=address(line)) for line in beneath))


def calendar_fields(cls: type[Entity]) -> list[Field]:
    """Give the dates by which a calendar of the entity can be drawn, those of its list first."""
    dated = [field for field in rights().visible(cls) if field.kind in ("date", "instant") and not field.hidden]
    view = views.lists.get(cls.__entity__)
    wanted = list(view.columns if view else ())
    return sorted(dated, key=lambda field: wanted.index(field.name) if field.name in wanted else len(wanted))


def list_page(
    cls: type[Entity], view: ListView, tabs: ViewTabs, refusal: Refusal | None = None, *, typed: str = ""
) -> ListPage:
    """Make the page of a list as its address asks for it, with the refusal of what was tried on it."""
    base, asked = address(cls), tabs.asked
    declared = columns_of(cls)
    columns = columns_asked(cls, asked)
    drawn = ListRows(cls, columns)
    sums = [name for name in view.totals if (field := field_at(cls, name)) is not None and (
        field.exact or field.kind == "integer")]
    query = replace(
        query_of(cls, view, asked), cursor=asked.cursor or None, limit=_rows_asked() or PAGE, fields=drawn.names,
        sums=sums, count=True, counted=MOST_COUNTED)
    sort = query.sort[0]
    levels = levels_asked(cls, asked)
    groups = _grouped(query, levels, columns, asked) if levels else None
    found = _totals_alone(query) if groups else query.page()
    places = phone_places(view, columns)
    editable = editable_paths(cls)
    return ListPage(
        title=str(cls.__plural__), url=base,
        columns=(*(column_head(path, field, sort, asked, base, places, editable) for path, field in columns),
                 *activity_heads(cls)),
        rows=tuple(drawn.shown(row) for row in drawn.prepare(found.rows)),
        groups=groups.shown() if groups else (), label_span=groups.span if groups else 1,
        group_menu=group_menu(cls, columns, sums, asked),
        search_label=str(_("Search {what}", what=in_sentence(str(cls.__plural__)))), search=asked.search,
        searchable=is_searchable(cls),
        hidden=tuple(asked.pairs(without=("q",))),
        tabs=tabs.tabs(), view_menu=tabs.menu(typed=typed, opened=bool(typed)), note=tabs.note(),
        views=switch_views(cls, "list", asked), filters=chips(cls, asked, base),
        clear_href=asked.address(base, filters={}, cursor=""), filter_fields=filter_fields(cls, view, columns),
        column_choices=column_choices(cls, columns, declared),
        reset_columns_href=asked.address(base, columns=(), cursor=""),
        sort_label=sort_label(cls, sort), sorts=sorts_of(columns, sort, asked, base),
        actions=_bar_actions(cls), exports=_exports(cls, asked, base), new=new_action(cls, asked),
        selectable=not cls.__parent__, bulk=bulk_actions(cls), bulk_url=f"{base}/bulk",
        print_url=f"{base}/print", summary=_summary(found, groups),
        totals=shown_totals(cls, found.sums),
        previous_href=asked.address(base, cursor=found.previous_cursor) if found.previous_cursor else "",
        next_href=asked.address(base, cursor=found.next_cursor) if found.next_cursor else "",
        empty=_empty(cls, filtered=bool(asked.filters or asked.search or tab_asked(view, asked))),
        refused=refused(refusal))


def is_searchable(cls: type[Entity]) -> bool:
    """Say whether words can be searched for in an entity's records."""
    return any(field.searchable for field in rights().visible(cls))


def query_of(cls: type[Entity], view: ListView, asked: Asked) -> Query:
    """Ask for the records that an address asks for, in its order; all of them, page by page."""
    chosen = tab_asked(view, asked)
    filters = {**(parse_filter(chosen.filter) if chosen else {}), **asked.filters}
    sort = ("" if is_removed(cls, asked.sort) else asked.sort) or view.sort or "-id"
    return Query(cls, filter=conditions_of(cls, filters), sort=(sort,), search=asked.search)


def _exports(cls: type[Entity], asked: Asked, base: str) -> tuple[Action, ...]:
    """Offer what the list shows as a file, to whoever may export."""
    if not rights().may("export", document_of(cls).__entity__):
        return ()
    labels = {"csv": (_("As CSV"), "file-text"), "xlsx": (_("As XLSX"), "file-spreadsheet")}
    return tuple(Action(str(label), asked.address(f"{base}/export/{kind}", cursor="", open=()), icon)
                 for kind, (label, icon) in labels.items())


def _rows_asked() -> int:
    text = request.args.get("rows", "")
    return min(int(text), LARGEST) if text.isdecimal() and len(text) < 5 else 0


def _grouped(query: Query, levels: Sequence[str], columns: Sequence[tuple[str, Field]], asked: Asked) -> GroupedList:
    plain = replace(query, cursor=None, count=False, sums=())
    return GroupedList(plain, levels, columns, query.sums, asked, _rows_asked())


def _totals_alone(query: Query) -> Page:
    """Give a page without rows: those of a grouped list stand in its groups."""
    totals = query.totals()
    return Page([], None, None, totals.count, totals.exact, totals.sums)


def columns_asked(cls: type[Entity], asked: Asked) -> list[tuple[str, Field]]:
    """Give the columns that an address asks for, else those of the entity's list."""
    picked = [(path, field) for path in asked.columns if (field := field_at(cls, path)) and field.kind != "lines"]
    return picked[:MOST_COLUMNS] or columns_of(cls)


def chips(cls: type[Entity], asked: Asked, base: str) -> tuple[Filtered, ...]:
    """Give the filters in force, each with the address without it."""
    return tuple(
        Filtered(*filter_words(cls, name, value), asked.address(
            base, filters={key: kept for key, kept in asked.filters.items() if key != name}, cursor=""))
        for name, value in asked.filters.items() if not is_removed(cls, name))


def new_action(cls: type[Entity], asked: Asked | None = None) -> Action | None:
    """Give the button that makes a new record, for whoever may; one like those that are asked for."""
    if not may_make(cls):
        return None
    given = begun_with(cls, asked) if asked is not None else {}
    return Action(
        str(_("New {what}", what=in_sentence(one_of(cls, given)))),
        address(cls, None, f"/new?{urlencode(given)}" if given else "/new"), "plus", primary=True, key="n")


def _bar_actions(cls: type[Entity]) -> tuple[Action, ...]:
    """Offer to bring in a file, to whoever may make records, and to add fields, to whoever may customise."""
    brought = (Action(str(_("Import")), address(cls, None, "/import"), "upload"),) if may_make(cls) else ()
    return (*brought, *customise_action(cls))


def in_sentence(label: str) -> str:
    """Lower a label's first letter inside a sentence, acronyms left alone."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def bulk_actions(cls: type[Entity]) -> tuple[Action, ...]:
    """Give what may be done with all that is selected."""
    if cls.__parent__:
        return ()
    granted = rights()
    found = []
    workflow = workflow_of(cls)
    if workflow is not None:
        found += [
            Action(str(each.label), "", each.icon, name=f"run:{each.code}",
                   confirm=str(_("“{action}” for all selected records?", action=each.label)) if each.risky else "")
            for each in workflow.steps() if not each.needs]
    if may_tag(cls):
        found.append(Action(str(_("Tags…")), "", "tag", name="tags"))
    if is_mergeable(cls) and granted.may("merge", cls.__entity__) and granted.may("change", cls.__entity__):
        found.append(Action(str(_("Merge…")), "", "arrow-merge", name="merge"))
    if granted.may("change", cls.__entity__):
        found.append(Action(
            str(_("Archive")), "", "archive", name="archive",
            confirm=str(_("Archive the selected records? They leave lists and pickers, not reports."))))
    return tuple(found)


def may_tag(cls: type[Entity]) -> bool:
    """Say whether the person may put tags on records: there are some, or they may make one."""
    field = field_at(cls, TAGS) if is_tagged_entity(cls) else None
    return field is not None and rights().may("change", cls.__entity__) and field in rights().writable(cls) and (
        bool(offered_tags(cls)) or may_make_tags())


def _summary(found: Page, groups: GroupedList | None) -> str:
    total = found.total or 0
    counted = _("1 record") if total == 1 else _("{count} records", count=format_number(total))
    if not found.exact:
        counted = _("{count}+ records", count=format_number(total))
    if groups is None or not groups.count:
        return str(counted)
    if groups.more:
        return str(_("{records}; the first {count} groups, filter to see others", records=counted, count=groups.count))
    if groups.count == 1:
        return str(_("{records} in 1 group", records=counted))
    return str(_("{records} in {count} groups", records=counted, count=format_number(groups.count)))


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
