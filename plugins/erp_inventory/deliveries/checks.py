"""What must hold of deliveries in a live database."""

from collections.abc import Iterable

from sqlalchemy import case, func, select, union_all

from kernel import Finding, _, amount, format_number, invariant, session
from plugins.erp_inventory.deliveries.models import Delivery, DeliveryLine
from plugins.erp_inventory.moves.models import Move
from plugins.erp_inventory.reservations.models import Reservation, Wait

SHOWN = 100


@invariant("erp_inventory.delivery_lines", _("What a delivery line has reserved and lacks is what is kept for it"))
def lines_follow_reservations() -> Iterable[Finding]:
    """Find lines whose figures aren't those of the reservations and waits made for them."""
    none = amount(0)
    parts = union_all(
        select(DeliveryLine.id.label("line_id"), DeliveryLine.reserved.label("kept"),
               DeliveryLine.short.label("lacking")),
        select(Reservation.source_line_id, none - Reservation.quantity, none)
        .where(Reservation.source_line_entity == DeliveryLine.__entity__),
        select(Wait.source_line_id, none, none - Wait.quantity)
        .where(Wait.source_line_entity == DeliveryLine.__entity__),
    ).subquery()
    kept, lacking = func.sum(parts.c.kept), func.sum(parts.c.lacking)
    rows = session().execute(
        select(Delivery.number, kept, lacking).select_from(parts)
        .join(DeliveryLine, DeliveryLine.id == parts.c.line_id).join(Delivery, Delivery.id == DeliveryLine.delivery_id)
        .where(Delivery.historical.is_(False)).group_by(Delivery.number, parts.c.line_id)
        .having((kept != none) | (lacking != none)).limit(SHOWN))
    for number, more, less in rows:
        yield Finding("erp_inventory.delivery", number, _(
            "a line says {reserved} more reserved and {short} more short than is kept for it",
            reserved=format_number(more), short=format_number(less)))


@invariant("erp_inventory.deliveries", _("What a delivery shipped has moved, and nothing else has for it"))
def shipped_goods_moved() -> Iterable[Finding]:
    """Find deliveries whose moves aren't what their lines say was shipped; nothing where they were taken back."""
    none = amount(0)
    parts = union_all(
        select(DeliveryLine.delivery_id.label("delivery_id"), DeliveryLine.product_id,
               case((Delivery.state == "done", DeliveryLine.shipped), else_=none).label("quantity"))
        .join(Delivery, Delivery.id == DeliveryLine.delivery_id),
        select(Move.document_id, Move.product_id,
               case((Move.direction == "out", none - Move.quantity), else_=Move.quantity))
        .where(Move.document_entity == Delivery.__entity__, Move.historical.is_(False)),
    ).subquery()
    off = func.sum(parts.c.quantity)
    rows = session().execute(
        select(Delivery.number, off).select_from(parts).join(Delivery, Delivery.id == parts.c.delivery_id)
        .where(Delivery.historical.is_(False)).group_by(Delivery.number, parts.c.product_id)
        .having(off != none).limit(SHOWN))
    for number, quantity in rows:
        yield Finding("erp_inventory.delivery", number, _(
            "its moves differ from what it shipped by {quantity}", quantity=format_number(quantity)))
