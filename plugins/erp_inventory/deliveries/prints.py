"""The papers of a delivery: the note that goes with the goods, and the list by which they are picked."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from kernel import (
    Grid,
    GridColumn,
    GridRow,
    Linked,
    PrintMore,
    Printout,
    PrintTable,
    Product,
    Row,
    Values,
    _,
    format_number,
    rights,
    session,
)
from plugins.erp_inventory.deliveries.models import Delivery
from plugins.erp_inventory.moves.models import Move
from plugins.erp_inventory.places.models import Lot, Place
from plugins.erp_inventory.reservations.models import Reservation

DELIVERY = Delivery.__entity__


def _stands(delivery: Values) -> bool:
    return delivery.get("state") in ("open", "done")


def _open(delivery: Values) -> bool:
    return delivery.get("state") == "open"


def _lots(deliveries: Sequence[Row]) -> list[PrintMore]:
    """Name the lots and serial numbers that went, or are kept, below the lines of their products."""
    found: dict[tuple[int, int], list[str]] = {}
    for model, owner in ((Move, Move.document_id), (Reservation, Reservation.source_id)):
        for id_, product, quantity, lot in _with_lots(model, owner, [each.id for each in deliveries]):
            found.setdefault((id_, product), []).append(
                str(_("Lot {lot}: {quantity}", lot=lot, quantity=format_number(quantity))))
    return [PrintMore(under=_under(each, found)) for each in deliveries]


def _with_lots(model: type[Any], owner: Any, ids: Sequence[int]) -> Sequence[Any]:
    if not rights().may("read", model.__entity__) or not rights().may("read", Lot.__entity__):
        return ()
    entity = Move.document_entity if model is Move else Reservation.source_entity
    return session().execute(
        select(owner, model.product_id, model.quantity, Lot.number).join(Lot, Lot.id == model.lot_id)
        .where(entity == DELIVERY, owner.in_(ids)).order_by(Lot.number)).all()


def _under(delivery: Row, lots: Mapping[tuple[int, int], Sequence[str]]) -> dict[int, Sequence[str]]:
    """Give the remarks of each line; a product's lots stand below its first one."""
    under: dict[int, Sequence[str]] = {}
    told = set()
    for line in delivery.values.get("lines") or ():
        product = line.values.get("product")
        if isinstance(product, Linked) and product.id not in told:
            told.add(product.id)
            under[line.id] = lots.get((delivery.id, product.id), ())
    return under


def _picks(deliveries: Sequence[Row]) -> list[PrintMore]:
    """List what is kept for deliveries in the order one walks through the places."""
    if not rights().may("read", Reservation.__entity__):
        return [PrintMore() for _each in deliveries]
    found: dict[int, list[GridRow]] = {each.id: [] for each in deliveries}
    rows = session().execute(
        select(Reservation.source_id, Place.code, Product.code, Product.name, Lot.number, Reservation.quantity)
        .join(Place, Place.id == Reservation.place_id).join(Product, Product.id == Reservation.product_id)
        .outerjoin(Lot, Lot.id == Reservation.lot_id)
        .where(Reservation.source_entity == DELIVERY, Reservation.source_id.in_(found))
        .order_by(Place.code, Product.code, Lot.number))
    for id_, place, code, name, lot, quantity in rows:
        found[id_].append(GridRow((place, f"{code} {name}", lot or "", format_number(quantity))))
    columns = (
        GridColumn(str(_("Place")), "short"), GridColumn(str(_("Product"))), GridColumn(str(_("Lot")), "short"),
        GridColumn(str(_("Quantity")), "number"))
    return [PrintMore(tables=[Grid(columns, tuple(found[each.id]), name="picks")]) for each in deliveries]


Printout(
    DELIVERY, "note", _("Delivery note"), when=_stands, to="customer", at="ship_to", kinds="shipping main",
    facts="shipped_on promised_on source tracking", tables=(PrintTable("lines", "product quantity shipped to_ship"),),
    notes="comment", words={"received": _("Received in good order: date, name, signature")},
    template="delivery_note.typ", more=_lots)
Printout(
    DELIVERY, "picking_list", _("Picking list"), when=_open, deliver="ship_to", facts="customer promised_on source",
    notes="comment", coded=True, words={"nothing": _("Nothing is kept for this delivery yet.")},
    template="picking_list.typ", more=_picks)
