"""Search across plugins: records, pages and actions, as a page and inside the palette."""

from collections.abc import Iterator, Mapping, Sequence

from flask import Blueprint, request

from kernel.entities.base import Entity, entities
from kernel.entities.work import session
from kernel.exchange.rows import Row, rows_of, titles_of
from kernel.exchange.scans.finding import find
from kernel.hooks.participation import taking_part
from kernel.i18n import _
from kernel.permissions.reach import readable
from kernel.permissions.rights import rights
from kernel.search.asking import Hit, find_words, note_field
from kernel.shared.gs1 import read_code
from kernel.web.declare import MenuItem, views
from kernel.web.frame import (
    app_address,
    crumb,
    item_address,
    may_make,
    may_see,
    plugin_label,
    settings_pages,
    shell,
    watches,
)
from kernel.web.screen.shell import Found, FoundEntry, FoundGroup
from kernel.web.serving import Answer, render, served
from kernel.web.show import address

__all__ = ["blueprint", "entry_of", "load_found", "searchable"]

blueprint = Blueprint("search", __name__)
PER_ENTITY = 4
PER_PLUGIN = 8
"""What the palette shows of a plugin; the page shows all that was found."""
MOST_ENTITIES = 60
MOST_PAGES = 8
MOST_SEEN = 20


@blueprint.get("/search")
@served()
def search() -> Answer:
    """Show the search page."""
    return render("search.html", _found(PER_ENTITY * MOST_ENTITIES), shell=shell([crumb(_("Search"))], here="find"))


@blueprint.get("/search/found")
@served()
def found() -> Answer:
    """Answer the palette with what it lists."""
    return render("_found.html", _found(PER_PLUGIN))


def _found(per_plugin: int) -> Found:
    query = request.args.get("q", "").strip()[:100]
    groups = _records(query, per_plugin) if query else _seen(request.args.get("seen", ""))
    word = query.casefold()
    actions = tuple(each for each in _actions() if word in each.label.casefold())[:MOST_PAGES]
    pages = tuple(each for each in _pages() if word in each.label.casefold())[:MOST_PAGES]
    if pages:
        groups.append(FoundGroup(str(_("Pages")), pages))
    if actions:
        groups.append(FoundGroup(str(_("Actions")), actions))
    return Found(query, tuple(groups))


def _seen(text: str) -> list[FoundGroup]:
    """Give the records that the browser remembers to have shown (`crm.lead/17,...`), as far as one may read them."""
    named = [(entity, int(id_)) for each in text[:4000].split(",") for entity, _slash, id_ in [each.partition("/")]
             if entity in entities() and id_.isascii() and id_.isdecimal() and len(id_) < 16][:MOST_SEEN]
    titles = readable(named)
    found = tuple(
        FoundEntry(titles[entity, id_], address(entities()[entity], id_), entities()[entity].__icon__,
                   str(entities()[entity].__label__))
        for entity, id_ in dict.fromkeys(named) if (entity, id_) in titles)
    return [FoundGroup(str(_("Recently seen")), found)] if found else []


def searchable() -> list[type[Entity]]:
    """List the kinds of record that one may read and that have something to search in, in the order of the menus."""
    granted = rights()
    in_menus = [
        item.entity for menu in sorted(views.menus.values(), key=lambda each: each.order)
        for item in menu.items if item.entity]
    order = {name: at for at, name in enumerate(dict.fromkeys([*in_menus, *sorted(taking_part())]))}
    plugins = list(dict.fromkeys(name.split(".")[0] for name in order))
    found = [
        cls for cls in taking_part().values()
        if not cls.__parent__ and any(field.searchable for field in granted.visible(cls))]
    found.sort(key=lambda cls: (plugins.index(cls.__plugin__), order[cls.__entity__]))
    return found[:MOST_ENTITIES]


def _records(query: str, per_plugin: int) -> list[FoundGroup]:
    """Find records: those with just this number first, then by plugin, where a title begins with the words first."""
    kinds = searchable()
    exact = _by_number(query, kinds)
    entries = tuple(entry_of(cls, row, plugin_label(cls.__plugin__)) for cls, row in exact)
    groups = [FoundGroup(str(_("Number")), entries)] if entries else []
    known = {(cls.__entity__, row.id) for cls, row in exact}
    hits = [hit for hit in find_words(query, kinds, PER_ENTITY) if (hit.cls.__entity__, hit.id) not in known]
    titles = _own_titles(hits)
    by_plugin: dict[str, list[FoundEntry]] = {}
    for hit in sorted(hits, key=lambda each: each.rank):
        title = titles.get((hit.cls, hit.id)) or hit.title or f"{hit.cls.__label__} {hit.id}"
        by_plugin.setdefault(hit.cls.__plugin__, []).append(_entry(hit.cls, hit.id, title, hit.note))
    return groups + [FoundGroup(plugin_label(plugin), tuple(some[:per_plugin])) for plugin, some in by_plugin.items()]


def _own_titles(hits: Sequence[Hit]) -> dict[tuple[type[Entity], int], str]:
    """Give the titles that are worked out in Python: a statement for each such kind of record."""
    ids: dict[type[Entity], list[int]] = {}
    for hit in hits:
        if hit.cls.title is not Entity.title:
            ids.setdefault(hit.cls, []).append(hit.id)
    return {(cls, id_): title for cls, some in ids.items() for id_, title in titles_of(cls, some).items()}


def _by_number(query: str, kinds: Sequence[type[Entity]]) -> list[tuple[type[Entity], Row]]:
    """Find the records whose number or code is just this, of the company one works in."""
    if not any(char.isdigit() for char in query):
        return []
    return load_found(find(read_code(query, session().today), kinds))


def load_found(found: Mapping[type[Entity], Sequence[int]]) -> list[tuple[type[Entity], Row]]:
    """Load found records as rows, those one may read: a statement for each kind."""
    return [(cls, row) for cls, ids in found.items() for row in rows_of(cls, ids, _second(cls))[1]]


def entry_of(cls: type[Entity], row: Row, source: str = "") -> FoundEntry:
    """Show a found record by its title, its kind and what tells namesakes apart."""
    note = next((str(row.values[name]) for name in _second(cls) if row.values[name]), "")
    return _entry(cls, row.id, row.title, note, source)


def _entry(cls: type[Entity], id_: int, title: str, note: str, source: str = "") -> FoundEntry:
    return FoundEntry(
        title, address(cls, id_), cls.__icon__,
        f"{cls.__label__} · {note}" if note and note != title else str(cls.__label__), source)


def _second(cls: type[Entity]) -> list[str]:
    field = note_field(cls)
    return [field.name] if field is not None else []


def _pages() -> Iterator[FoundEntry]:
    for menu in views.menus.values():
        if dashboard := app_address(menu.plugin):
            yield FoundEntry(plugin_label(menu.plugin), dashboard, menu.icon or "apps", str(_("App")))
        for item in menu.items:
            if may_see(item):
                icon = item.icon or menu.icon or "file"
                yield FoundEntry(str(item.label), item_address(item), icon, "", plugin_label(menu.plugin))
    for name, report in views.reports.items():
        if may_see(MenuItem(report.label, f"/reports/{name}")):
            yield FoundEntry(str(report.label), f"/reports/{name}", report.icon, str(_("Report")),
                             plugin_label(report.plugin))
    yield FoundEntry(str(_("Inbox")), "/inbox", "inbox")
    yield FoundEntry(str(_("Scan")), "/scan", icon="scan")
    if watches():
        yield FoundEntry(str(_("Control board")), "/board", icon="layout-dashboard")
    for page in settings_pages():
        yield FoundEntry(page.label, page.href, page.icon, str(_("Settings")))


def _actions() -> Iterator[FoundEntry]:
    names = dict.fromkeys(
        item.entity for menu in sorted(views.menus.values(), key=lambda each: each.order)
        for item in menu.items if item.entity)
    for name in names:
        if (cls := entities().get(name)) is not None and may_make(cls):
            yield FoundEntry(
                str(_("New {what}", what=cls.__label__)), address(cls, None, "/new"), "plus", "",
                plugin_label(cls.__plugin__))
