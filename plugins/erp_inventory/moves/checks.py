"""What must hold of stock in a live database: balances and values follow from the moves. History stays outside."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select, union_all
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql import ColumnElement

from kernel import Finding, Product, _, amount, format_number, invariant, session
from plugins.erp_inventory.moves.models import Balance, Move, Valuation
from plugins.erp_inventory.places.models import STOCK, Place

SHOWN = 100


@invariant("erp_inventory.on_hand", _("What is on hand in a place is the sum of its moves"))
def on_hand_is_the_sum_of_moves() -> Iterable[Finding]:
    """Find places whose balance isn't what came in less what went out."""
    lot = func.coalesce(Move.lot_id, 0).label("lot")
    parts = union_all(
        select(Move.product_id, Move.to_place_id.label("place_id"), lot, Move.quantity.label("quantity"))
        .where(Move.historical.is_(False)),
        select(Move.product_id, Move.from_place_id, lot, _less(Move.quantity)).where(Move.historical.is_(False)),
        select(Balance.product_id, Balance.place_id, func.coalesce(Balance.lot_id, 0), _less(Balance.on_hand)),
    ).subquery()
    off = func.sum(parts.c.quantity)
    rows = session().execute(
        select(Product.code, Place.name, off).select_from(parts)
        .join(Place, Place.id == parts.c.place_id).join(Product, Product.id == parts.c.product_id)
        .where(Place.kind == STOCK).group_by(Product.code, Place.name, parts.c.place_id, parts.c.lot)
        .having(off != amount(0)).limit(SHOWN))
    for code, place, quantity in rows:
        yield Finding("erp_inventory.balance", f"{code} · {place}", _(
            "the balance differs from its moves by {quantity}", quantity=format_number(-quantity)))


@invariant("erp_inventory.past", _("No stock was negative at the end of any day"))
def never_negative() -> Iterable[Finding]:
    """Find days on which more had gone out of a place than had come in."""
    lot = func.coalesce(Move.lot_id, 0).label("lot")
    parts = union_all(
        select(Move.product_id, Move.to_place_id.label("place_id"), lot, Move.day, Move.quantity.label("quantity"))
        .where(Move.historical.is_(False)),
        select(Move.product_id, Move.from_place_id, lot, Move.day, _less(Move.quantity))
        .where(Move.historical.is_(False)),
    ).subquery()
    keys = (parts.c.product_id, parts.c.place_id, parts.c.lot)
    days = (
        select(*keys, parts.c.day, func.sum(parts.c.quantity).label("quantity"))
        .join(Place, Place.id == parts.c.place_id).where(Place.kind == STOCK).group_by(*keys, parts.c.day).subquery())
    left_then = func.sum(days.c.quantity).over(
        partition_by=(days.c.product_id, days.c.place_id, days.c.lot), order_by=days.c.day)
    running = select(days.c.product_id, days.c.place_id, days.c.day, left_then.label("left")).subquery()
    rows = session().execute(
        select(Product.code, Place.name, running.c.day, running.c.left).select_from(running)
        .join(Product, Product.id == running.c.product_id).join(Place, Place.id == running.c.place_id)
        .where(running.c.left < amount(0)).order_by(running.c.day).limit(SHOWN))
    for code, place, day, left in rows:
        yield Finding("erp_inventory.move", f"{code} · {place}", _(
            "{left} were left on {day}", left=format_number(left), day=day.isoformat()))


@invariant("erp_inventory.valuation_quantity", _("The quantity that is valued is the quantity on hand"))
def valued_quantity_is_on_hand() -> Iterable[Finding]:
    """Find products of which more or less is valued than there is."""
    yield from _compare(
        union_all(
            select(Valuation.company_id, Valuation.product_id, Valuation.quantity.label("figure")),
            select(Balance.company_id, Balance.product_id, _less(Balance.on_hand))),
        lambda off: _("the valued quantity differs from what is on hand by {difference}", difference=off))


@invariant("erp_inventory.valuation_value", _("What stock is worth is the sum of its moves' values"))
def value_is_the_sum_of_moves() -> Iterable[Finding]:
    """Find products whose value isn't what came in less what went out."""
    moved = select(Move.company_id, Move.product_id).where(Move.historical.is_(False))
    yield from _compare(
        union_all(
            select(Valuation.company_id, Valuation.product_id, Valuation.value.label("figure")),
            moved.add_columns(_less(Move.value)).where(Move.direction == "in"),
            moved.add_columns(Move.value).where(Move.direction == "out")),
        lambda off: _("the value differs from that of its moves by {difference}", difference=off))


def _less(column: ColumnElement[Decimal] | InstrumentedAttribute[Decimal]) -> ColumnElement[Decimal]:
    return amount(0) - column


def _compare(parts: Any, say: Any) -> Iterable[Finding]:
    """Find the products whose figures don't cancel out."""
    figures = parts.subquery()
    off = func.sum(figures.c.figure)
    wanted: Select[Any] = (
        select(Product.code, off).select_from(figures).join(Product, Product.id == figures.c.product_id)
        .group_by(figures.c.company_id, figures.c.product_id, Product.code).having(off != amount(0)).limit(SHOWN))
    for code, difference in session().execute(wanted):
        yield Finding("erp_inventory.valuation", code, say(format_number(difference)))
