"""Search across plugins: records, pages and actions, as a page and inside the palette."""

from collections.abc import Iterator

from flask import Blueprint, request

from kernel.entities.base import Entity, entities
from kernel.exchange.listing import Query
from kernel.i18n import _
from kernel.permissions.rights import rights
from kernel.web.declare import views
from kernel.web.frame import crumb, item_address, may_see, plugin_label, shell
from kernel.web.screen.shell import Found, FoundEntry, FoundGroup
from kernel.web.serving import Answer, render, served
from kernel.web.show import address

__all__ = ["blueprint"]

blueprint = Blueprint("search", __name__)
PER_ENTITY = 4
MOST_ENTITIES = 8
MOST_PAGES = 8


@blueprint.get("/search")
@served()
def search() -> Answer:
    """Show the search page."""
    return render("search.html", _found(), shell=shell([crumb(_("Search"))], here="find"))


@blueprint.get("/search/found")
@served()
def found() -> Answer:
    """Answer the palette with what it lists."""
    return render("_found.html", _found())


def _found() -> Found:
    query = request.args.get("q", "").strip()[:100]
    groups = []
    if query:
        entries = tuple(_records(query))
        if entries:
            groups.append(FoundGroup(str(_("Records")), entries))
    word = query.casefold()
    actions = tuple(each for each in _actions() if word in each.label.casefold())[:MOST_PAGES]
    pages = tuple(each for each in _pages() if word in each.label.casefold())[:MOST_PAGES]
    if pages:
        groups.append(FoundGroup(str(_("Pages")), pages))
    if actions:
        groups.append(FoundGroup(str(_("Actions")), actions))
    return Found(query, tuple(groups))


def _searchable() -> list[type[Entity]]:
    """List the entities in the menus that one may read and that have something to search in."""
    granted = rights()
    names = dict.fromkeys(
        item.to.split("/")[0] for menu in sorted(views.menus.values(), key=lambda each: each.order)
        for item in menu.items if not item.to.startswith("/"))
    return [
        cls for name in names if (cls := entities().get(name)) is not None
        and any(field.searchable for field in granted.visible(cls))][:MOST_ENTITIES]


def _records(query: str) -> Iterator[FoundEntry]:
    for cls in _searchable():
        for row in Query(cls, search=query, limit=PER_ENTITY, fields=_second(cls)).page().rows:
            note = next((str(row.values[name]) for name in _second(cls) if row.values[name]), "")
            yield FoundEntry(
                row.title, address(cls, row.id), cls.__icon__,
                f"{cls.__label__} · {note}" if note and note != row.title else str(cls.__label__),
                plugin_label(cls.__plugin__))


def _second(cls: type[Entity]) -> list[str]:
    return [field.name for field in rights().visible(cls)
            if field.searchable and not field.hidden and field.name != cls.__title__][:1]


def _pages() -> Iterator[FoundEntry]:
    for menu in views.menus.values():
        for item in menu.items:
            if may_see(item.to):
                icon = item.icon or menu.icon or "file"
                yield FoundEntry(str(item.label), item_address(item.to), icon, "", plugin_label(menu.plugin))
    for name, report in views.reports.items():
        if may_see(f"/reports/{name}"):
            yield FoundEntry(str(report.label), f"/reports/{name}", report.icon, str(_("Report")),
                             plugin_label(report.plugin))
    yield FoundEntry(str(_("Inbox")), "/inbox", "inbox")


def _actions() -> Iterator[FoundEntry]:
    granted = rights()
    for cls in _searchable():
        if granted.may("create", cls.__entity__):
            yield FoundEntry(
                str(_("New {what}", what=cls.__label__)), address(cls, None, "/new"), "plus", "",
                plugin_label(cls.__plugin__))
