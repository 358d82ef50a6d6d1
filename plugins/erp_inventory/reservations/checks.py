"""What must hold of reservations in a live database."""

from collections.abc import Iterable

from sqlalchemy import func, select, union_all

from kernel import Finding, Product, _, amount, format_number, invariant, session
from plugins.erp_inventory.moves.models import Balance
from plugins.erp_inventory.places.models import Place
from plugins.erp_inventory.reservations.models import Reservation

SHOWN = 100


@invariant("erp_inventory.reservations", _("What is reserved in a place is the sum of its reservations"))
def reserved_is_the_sum_of_reservations() -> Iterable[Finding]:
    """Find places where more or less is reserved than is kept for somebody."""
    parts = union_all(
        select(Balance.product_id, Balance.place_id, func.coalesce(Balance.lot_id, 0).label("lot"),
               Balance.reserved.label("quantity")),
        select(Reservation.product_id, Reservation.place_id, func.coalesce(Reservation.lot_id, 0),
               amount(0) - Reservation.quantity),
    ).subquery()
    off = func.sum(parts.c.quantity)
    rows = session().execute(
        select(Product.code, Place.name, off).select_from(parts)
        .join(Place, Place.id == parts.c.place_id).join(Product, Product.id == parts.c.product_id)
        .group_by(Product.code, Place.name, parts.c.place_id, parts.c.lot).having(off != amount(0)).limit(SHOWN))
    for code, place, quantity in rows:
        yield Finding("erp_inventory.balance", f"{code} · {place}", _(
            "the reserved quantity differs from its reservations by {quantity}", quantity=format_number(quantity)))
