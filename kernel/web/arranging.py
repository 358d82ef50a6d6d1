"""Dashboards as people arrange them: cards in their own order and width, put away and brought back."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, make_response, redirect, request
from sqlalchemy import delete, insert, select

from kernel.entities.work import actor, current_work
from kernel.errors import Invalid, NotFound, Problem
from kernel.i18n import _
from kernel.web.declare import Card, views
from kernel.web.figures import answered
from kernel.web.models import DashboardArrangement
from kernel.web.savedcards import delete_card
from kernel.web.screen.dashboard import Arranging, Away, CardShown
from kernel.web.serving import Answer, served

__all__ = ["HOME", "Layout", "Offered", "Place", "blueprint", "changed", "laid_out", "offered"]

blueprint = Blueprint("arranging", __name__)
HOME = "home"
WIDTHS = (3, 4, 6, 8, 12)
"""The steps by which a card is widened and narrowed, in twelfths."""
MOST_PLACES = 200


@dataclass(frozen=True, slots=True)
class Offered:
    """A card that may stand on a dashboard; it is asked for its answer only where it does."""

    name: str
    label: str
    width: int
    draw: Callable[[], CardShown]
    mine: bool = False
    """Whether it was saved and the person may delete it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card stands is its place in the order; put away, it keeps that and its width."""

    name: str
    width: int
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Layout:
    """The cards of a dashboard as its page shows them, and what arranging it needs."""

    cards: tuple[CardShown, ...]
    own: bool
    arranging: Arranging | None


def offered(card: Card, *, mine: bool = False) -> Offered:
    """Offer a card that is declared, or was saved."""
    return Offered(card.name, str(card.label), card.width, lambda: answered(card), mine)


def laid_out(
    dashboard: str, cards: Sequence[Offered], usual: Callable[[], tuple[CardShown, ...]], usually: Collection[str],
) -> Layout:
    """Lay a dashboard out as the person arranged it, else as `usual` has it.

    `usually` names the cards that the usual layout shows: of those that came since it was arranged, only they do.
    """
    places = _kept(dashboard)
    own = places is not None
    if places is None:
        shown = usual()
    else:
        known = {card.name: card for card in cards}
        mentioned = {place.name for place in places}
        places += [Place(card.name, card.width) for card in cards
                   if card.name in usually and card.name not in mentioned]
        shown = tuple(replace(known[place.name].draw(), width=place.width)
                      for place in places if place.shown and place.name in known)
    return Layout(shown, own, _arranging(dashboard, cards, shown, own=own) if "arrange" in request.args else None)


def _arranging(dashboard: str, cards: Sequence[Offered], shown: Sequence[CardShown], *, own: bool) -> Arranging:
    standing = {card.name for card in shown}
    return Arranging(
        f"/arrangements/{dashboard}", _home_of(dashboard),
        tuple(Away(card.name, card.label, card.width) for card in cards if card.name not in standing),
        tuple(card.name for card in cards if card.mine), own=own)


def _home_of(dashboard: str) -> str:
    return "/" if dashboard == HOME else f"/apps/{dashboard}"


def changed(places: Sequence[Place], do: str, name: str) -> list[Place]:
    """Give an arrangement after one thing was done to a card: earlier, later, wider, narrower, away, back."""
    at = next((at for at, place in enumerate(places) if place.name == name), None)
    if at is None:
        return list(places)
    if do == "delete":
        return [*places[:at], *places[at + 1:]]
    place, rest = places[at], [*places[:at], *places[at + 1:]]
    if do in ("earlier", "later"):
        order = [at for at, each in enumerate(places) if each.shown]
        near = [other for other in order if (other < at if do == "earlier" else other > at)]
        to = (near[-1] if do == "earlier" else near[0]) if near else at
        return [*rest[:to], place, *rest[to:]]
    if do == "back":
        return [*rest, replace(place, shown=True)]
    if do == "away":
        return [*places[:at], replace(place, shown=False), *places[at + 1:]]
    steps = [width for width in WIDTHS if (width > place.width if do == "wider" else width < place.width)]
    width = (steps[0] if do == "wider" else steps[-1]) if steps else place.width
    return [*places[:at], replace(place, width=width), *places[at + 1:]]


def _kept(dashboard: str) -> list[Place] | None:
    table = DashboardArrangement.__table__.c
    found = current_work().connection.scalar(
        select(table.places).where(table.user_id == actor().user_id, table.dashboard == dashboard))
    return None if found is None else [Place(*place) for place in found]


def _forget(dashboard: str) -> None:
    table = DashboardArrangement.__table__.c
    current_work().connection.execute(
        delete(DashboardArrangement).where(table.user_id == actor().user_id, table.dashboard == dashboard))


def _keep(dashboard: str, places: Sequence[Place]) -> None:
    _forget(dashboard)
    current_work().connection.execute(insert(DashboardArrangement), [{
        "user_id": actor().user_id, "dashboard": dashboard,
        "places": [[place.name, place.width, place.shown] for place in places]}])


def _place(text: str, *, shown: bool) -> Place:
    """Read a card's place as the form sends it: "erp_sales.open_orders:4"."""
    name, _colon, width = text.rpartition(":")
    if not name or len(name) > 200 or not width.isdecimal() or not 1 <= int(width[:4]) <= WIDTHS[-1]:
        raise Invalid([Problem("card", _("That is no place for a card"))])
    return Place(name, int(width), shown)


@blueprint.post("/arrangements/<dashboard>")
@served()
def arrange(dashboard: str) -> Answer:
    """Keep the order that the form has, after what its button does (`do=wider:erp_sales.open_orders`), or forget it."""
    if dashboard != HOME and dashboard not in views.menus:
        raise NotFound("DASHBOARD", _("There is no such dashboard"))
    do, _colon, name = request.form.get("do", "").partition(":")
    back = make_response(redirect(f"{_home_of(dashboard)}?arrange=1"))
    if do == "reset":
        _forget(dashboard)
        return back
    if do == "delete":
        delete_card(name)
    sent = [*((text, True) for text in request.form.getlist("card")),
            *((text, False) for text in request.form.getlist("away"))]
    if len(sent) > MOST_PLACES:
        raise Invalid([Problem("card", _("A dashboard has at most {count} cards", count=MOST_PLACES))])
    places = list({place.name: place for text, shown in sent for place in [_place(text, shown=shown)]}.values())
    _keep(dashboard, changed(places, do, name))
    return back
