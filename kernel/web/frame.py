"""Fill the shell for the person looking: their apps, what waits for them, what they may create."""

from collections.abc import Sequence
from typing import cast
from urllib.parse import parse_qsl

from flask import get_flashed_messages, request
from sqlalchemy import select

from kernel.entities.base import Entity, entities, entity
from kernel.entities.custom.models import CustomField
from kernel.entities.fields import Field
from kernel.entities.work import actor, session
from kernel.exchange.paths import document_of
from kernel.i18n import LOCALES, Text, _
from kernel.identity.models import Company
from kernel.notices.attention import attention
from kernel.permissions.rights import rights
from kernel.registry.loading import loaded_plugins
from kernel.web.declare import Menu, MenuItem, views
from kernel.web.once import SAVED
from kernel.web.screen.shell import AppMenu, Crumb, MenuEntry, Notice, Shell
from kernel.web.screen.shown import Choice, Person
from kernel.web.screen.walk import Pointer
from kernel.web.serving import visitor
from kernel.web.show import address

__all__ = [
    "access_address", "app_address", "companies", "company_names", "crumb", "item_address", "items_seen", "may_make",
    "may_see", "may_see_settings", "plugin_label", "settings_pages", "shell", "watches",
]

SHARED = "kernel"
SETTINGS = (
    ("kernel.user", "users"), ("kernel.company", "building"),
    ("kernel.department", "sitemap"), ("kernel.employee", "id-badge-2"), ("kernel.working_hours", "clock"),
    ("kernel.holiday", "calendar-event"), ("kernel.activity_type", "checklist"),
    ("kernel.activity_plan", "list-check"),
)
"""The kernel's own lists under Settings, for whoever may change them."""
ACCESS = "/settings/access"
SETTINGS_PAGES = (
    # label, path, icon, what one must be allowed one of, what else in a path is under it
    (_("Access"), ACCESS, "key", [("change", "kernel.role")], ""),
    (_("Approvals"), "/settings/approvals", "checks", [("change", "kernel.approval_definition")], ""),
    (_("Plugins"), "/settings/plugins", "puzzle", [("install", "kernel.plugin")], ""),
    (_("Mail"), "/settings/mail", "mail", [("change", "kernel.mail_server")], ""),
    (_("Mailboxes"), "/settings/mailboxes", "mailbox", [("read", "kernel.mailbox")], ""),
    (_("Webhooks"), "/settings/webhooks", "webhook", [("read", "kernel.webhook")], ""),
    (_("Custom fields"), "/settings/fields", "forms", [("change", CustomField.__entity__)], "/customise"),
    (_("Jobs and deliveries"), "/settings/jobs", "refresh-alert",
     [("read", "kernel.outbox"), ("read", "kernel.job")], ""),
)
"""The pages under Settings that are no lists."""
WORKINGS = (
    (_("Map of signals"), "/settings/signals", "affiliate"),
    (_("Hooks"), "/settings/hooks", "arrows-exchange"),
    (_("Components"), "/settings/components", "components"),
)
"""How the installation works, for everybody who sees anything of Settings."""


def access_address(user_id: int) -> str:
    """Give the page where a user's roles are given and what comes of them is seen."""
    return f"{ACCESS}/users/{user_id}"


def crumb(label: Text, href: str = "") -> Crumb:
    """Make a step of the path at the top."""
    return Crumb(str(label), href)


def shell(crumbs: Sequence[Crumb], *, here: str = "", rail: bool = False) -> Shell:
    """Fill the frame around a page."""
    me = visitor()
    open_to_me = companies()
    current = next((name for id_, name in open_to_me if id_ == actor().company_id), "Trellis")
    settings = settings_pages()
    told = cast("list[tuple[str, str]]", get_flashed_messages(with_categories=True))
    in_settings = here == "settings" or any(each.current for each in settings)
    return Shell(
        company=current, user=Person(me.name), apps=_apps(), crumbs=tuple(crumbs),
        here="settings" if in_settings else here, inbox_count=attention().waiting,
        news_count=attention().news, starred=_starred(),
        companies=tuple(Choice(str(id_), name, id_ == actor().company_id) for id_, name in open_to_me),
        settings=settings, create=_creatable(), notices=_notices(told), locale=me.locale,
        locales=tuple(Choice(code, label, code == me.locale) for code, label in LOCALES.items()),
        theme=me.theme, rail=rail, security_href="/me/security", seeing=me.seeing, board=watches(),
        user_key=str(me.user_id), saved=tuple(text for tone, text in told if tone == SAVED), pointer=_pointer(),
    )


def _pointer() -> Pointer | None:
    """Point at what the step of the first walk is about that led to this page."""
    step = views.first_steps.get(request.args.get("first-step", ""))
    return Pointer(str(step.label), str(step.hint), step.point) if step else None


def watches() -> bool:
    """Say whether the control board tells the person of more than one plugin."""
    granted = rights()
    return len({card.plugin for card in views.cards.values()
                if card.board and (not card.needs or granted.may("read", card.needs)) and granted.sees(card.shows)}) > 1


def _starred() -> tuple[MenuEntry, ...]:
    found = []
    for each in attention().starred:
        cls = entities()[each.entity]
        there = address(cls, each.id)
        found.append(MenuEntry(each.title, there, cls.__icon__, current=request.path == there))
    return tuple(found)


def companies() -> list[tuple[int, str]]:
    """List the companies one may work in: all where a role reaches beyond one's own, else one's own."""
    table = Company.__table__.c
    statement = select(table.id, table.name).where(table.archived.is_(False)).order_by(table.name).limit(30)
    if not rights().wide:
        statement = statement.where(table.id == actor().company_id)
    return [(row.id, row.name) for row in session().work.connection.execute(statement)]


def company_names() -> dict[int, str]:
    """Name every company of the installation, for whoever sets up what belongs to one of them."""
    table = Company.__table__.c
    rows = session().work.connection.execute(
        select(table.id, table.name).where(table.archived.is_(False)).order_by(table.name))
    return {row.id: row.name for row in rows}


def may_see(item: MenuItem) -> bool:
    """Say whether the current person may read what a menu item leads to."""
    to = item.to
    if to.startswith("/reports/"):
        found = views.reports.get(to.removeprefix("/reports/"))
        return found is not None and (not found.needs or rights().may("read", found.needs)) and rights().sees(
            found.shows)
    if to.startswith("/pages/"):
        there = views.pages.get(to.removeprefix("/pages/"))
        return there is not None and (not there.needs or rights().may("read", there.needs)) and rights().sees(
            there.shows)
    if not item.entity:
        return True
    cls = entities().get(item.entity)
    return cls is not None and rights().may("read", document_of(cls).__entity__)


def items_seen(menu: Menu) -> list[MenuItem]:
    """List what the current person sees of an app; nothing where all of it is the records that apps share."""
    found = [item for item in menu.items if may_see(item)]
    return found if any(item.entity.partition(".")[0] != SHARED or menu.plugin == SHARED for item in found) else []


def item_address(item: MenuItem) -> str:
    """Turn a menu item's target into an address."""
    if not item.entity:
        return item.to
    tail = item.to.removeprefix(item.entity)
    tabs = views.lists[item.entity].tabs if item.entity in views.lists else ()
    tab = next((number for number, each in enumerate(tabs, start=1) if tail == f"?{each.filter}"), 0)
    return address(entity(item.entity), None, f"?tab={tab}" if tab else tail)


def plugin_label(plugin: str) -> str:
    """Name a plugin as its menu does."""
    menu = views.menus.get(plugin)
    if menu and menu.label:
        return str(menu.label)
    manifest = loaded_plugins().get(plugin)
    return str(manifest.label) if manifest else plugin.replace("_", " ").capitalize()


def _apps() -> tuple[AppMenu, ...]:
    menus = sorted(views.menus.values(), key=lambda menu: (menu.order, menu.plugin))
    shown = {menu.plugin: items for menu in menus if (items := items_seen(menu))}
    nearest = _nearest([item for items in shown.values() for item in items])
    here = next((plugin for plugin, items in shown.items() if nearest in map(item_address, items)), "")
    parts = [part for part in request.path.split("/") if part != "apps"]
    if not here and len(parts) > 1 and parts[1] in shown:
        here = parts[1]
    return tuple(_app(views.menus[plugin], items, nearest, here == plugin) for plugin, items in shown.items())


def _app(menu: Menu, items: Sequence[MenuItem], nearest: str, here: bool) -> AppMenu:
    """Show an app; a page that two apps have in their menus is current in the first of them only."""
    entries = tuple(
        MenuEntry(str(item.label), item_address(item), item.icon, current=here and item_address(item) == nearest)
        for item in items)
    dashboard = app_address(menu.plugin)
    return AppMenu(
        plugin_label(menu.plugin), menu.icon or "apps", dashboard or entries[0].href, entries, open=here,
        current=request.path == dashboard)


def app_address(plugin: str) -> str:
    """Give the address of a plugin's dashboard, for whoever sees a card on it; empty otherwise."""
    granted = rights()
    seen = any(card.plugin == plugin and (not card.needs or granted.may("read", card.needs))
               and granted.sees(card.shows)
               for card in views.cards.values())
    return f"/apps/{plugin}" if seen else ""


def _nearest(items: Sequence[MenuItem]) -> str:
    """Find the menu address that the current page lies under: the longest of which all is asked for."""
    path, asked = request.path, set(request.args.items(multi=True))
    matches = []
    for there in map(item_address, items):
        place, _mark, query = there.partition("?")
        below = path.startswith(f"{place.removesuffix('/board')}/")
        if (path == place or below) and set(parse_qsl(query)) <= asked:
            matches.append((path == place, len(there), there))
    return max(matches)[2] if matches else ""


def settings_pages() -> tuple[MenuEntry, ...]:
    """List the pages under Settings that the current person may see."""
    granted = rights()
    entries = [
        MenuEntry(str(cls.__plural__), address(cls), icon, current=request.path.startswith(address(cls)))
        for name, icon in SETTINGS
        if (cls := entities().get(name)) is not None and granted.may("change", name)]
    pages = [
        MenuEntry(str(label), path, icon,
                  current=f"{request.path}/".startswith(f"{path}/") or bool(also and also in request.path))
        for label, path, icon, needed, also in SETTINGS_PAGES
        if any(granted.may(*each) for each in needed)]
    entries[1:1] = [each for each in pages if each.href == ACCESS]
    entries += [each for each in pages if each.href != ACCESS]
    if entries:
        entries += [
            MenuEntry(str(label), path, icon, current=request.path.startswith(path))
            for label, path, icon in WORKINGS]
    return tuple(entries)


def may_see_settings() -> bool:
    """Say whether anything stands under Settings for the current person."""
    return bool(settings_pages())


def may_make(cls: type[Entity]) -> bool:
    """Say whether the current person makes records of an entity on its form: no lines, nor what only services write."""
    may = not cls.__parent__ and rights().may("create", cls.__entity__)
    return may and any(_typed_in(field) for field in cls.__fields__.values())


def _typed_in(field: Field) -> bool:
    if field.readonly or field.hidden or field.kind in ("serial", "state", "tags"):
        return False
    if field.kind == "lines":
        inside = field.target.__fields__.values()
        return any(each.kind != "lines" and not each.parent and _typed_in(each) for each in inside)
    return True


def _creatable() -> tuple[MenuEntry, ...]:
    seen: dict[str, type[Entity]] = {}
    for menu in sorted(views.menus.values(), key=lambda each: each.order):
        for item in menu.items:
            if (cls := entities().get(item.entity)) is not None and may_make(cls):
                seen.setdefault(item.entity, cls)
    return tuple(MenuEntry(str(cls.__label__), address(cls, None, "/new"), cls.__icon__) for cls in seen.values())


def _notices(told: Sequence[tuple[str, str]]) -> tuple[Notice, ...]:
    return tuple(Notice(text, tone if tone in ("green", "amber", "red") else "green")
                 for tone, text in told if tone != SAVED)
