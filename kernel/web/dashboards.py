"""An app's dashboard, and the control board, where one sees the whole company on one page."""

from collections.abc import Sequence
from itertools import groupby

from flask import Blueprint
from sqlalchemy import select

from kernel.entities.base import entities
from kernel.entities.work import session
from kernel.errors import NotFound
from kernel.i18n import _, format_moment
from kernel.permissions.rights import rights
from kernel.registry.loading import loaded_plugins
from kernel.web.arranging import Layout, laid_out, offered
from kernel.web.declare import Card, Menu, MenuItem, views
from kernel.web.figures import cards_shown, full_rows, visible_cards
from kernel.web.frame import app_address, crumb, item_address, items_seen, plugin_label, shell
from kernel.web.listing.filling import nothing_yet
from kernel.web.savedcards import saved_cards
from kernel.web.screen.dashboard import AppPage, BoardGroup, ControlPage
from kernel.web.screen.shell import MenuEntry
from kernel.web.screen.shown import Empty
from kernel.web.serving import Answer, render, served

__all__ = ["blueprint"]

blueprint = Blueprint("dashboards", __name__)


@blueprint.get("/apps/<plugin>")
@served()
def app(plugin: str) -> Answer:
    """Show an app's dashboard."""
    menu = views.menus.get(plugin)
    items = items_seen(menu) if menu else []
    if menu is None or not items:
        raise NotFound("PAGE", _("There is no such page"))
    manifest = loaded_plugins().get(plugin)
    first = _first_step(plugin, items)
    layout = _layout(plugin) if first is None else None
    page = AppPage(
        plugin_label(plugin), str(manifest.summary) if manifest and plugin != "kernel" else "",
        tuple(MenuEntry(str(item.label), item_address(item), _icon(item, menu)) for item in items),
        layout.cards if layout else (), first, layout.arranging if layout else None,
        f"/apps/{plugin}?arrange=1" if layout and (layout.cards or layout.own) else "")
    return render("app.html", page, shell=shell([crumb(page.title)]))


def _layout(plugin: str) -> Layout:
    cards = [offered(card) for card in visible_cards() if card.plugin == plugin]
    cards += [offered(each.card, mine=each.mine) for each in saved_cards(plugin)]
    return laid_out(plugin, cards, lambda: full_rows([card.draw() for card in cards]), {card.name for card in cards})


def _icon(item: MenuItem, menu: Menu) -> str:
    cls = entities().get(item.entity)
    return item.icon or (cls.__icon__ if cls is not None else menu.icon or "file")


def _first_step(plugin: str, items: Sequence[MenuItem]) -> Empty | None:
    """Say what belongs into an app that holds nothing yet, and offer to begin; mostly one statement."""
    kinds = [cls for item in items if (cls := entities().get(item.entity)) and cls.__plugin__ == plugin]
    if not kinds or any(session().scalar(select(cls.id).limit(1)) is not None for cls in kinds):
        return None
    cls = next((each for each in kinds if rights().may("create", each.__entity__)), kinds[0])
    return nothing_yet(cls)


@blueprint.get("/board")
@served()
def board() -> Answer:
    """Show the control board: what every plugin says of itself in a few figures, each with the list behind it."""
    order = {menu.plugin: (menu.order, menu.plugin) for menu in views.menus.values()}

    def place(card: Card) -> tuple[int, str]:
        return order.get(card.plugin, (99, card.plugin))

    chosen = sorted((card for card in visible_cards() if card.board), key=place)
    groups = tuple(
        BoardGroup(plugin_label(plugin), menu.icon if (menu := views.menus.get(plugin)) else "apps",
                   app_address(plugin), cards_shown(some))
        for plugin, some in ((plugin, list(cards)) for plugin, cards in groupby(chosen, lambda card: card.plugin)))
    empty = None if groups else Empty(
        "layout-dashboard", str(_("Nothing to watch yet")),
        str(_("The figures of the apps that you may see stand here: orders, shortages, running work, cash.")))
    page = ControlPage(groups, str(_("As of {when}", when=format_moment(session().now))), empty)
    return render("control.html", page, shell=shell([crumb(_("Control board"))], here="board"))
