"""What the warehouse did in each half month of the demo company's two years: goods in, goods out."""

import datetime as dt

from sqlalchemy import select

from kernel import Party, session
from plugins.erp_inventory.deliveries.models import Delivery, DeliveryLine
from plugins.erp_inventory.deliveries.services import ship_deliveries
from plugins.erp_inventory.receipts.models import Receipt
from plugins.erp_inventory.receipts.services import receive_goods

LATE_SUPPLIER, LATE_DAYS = "Hsinchu Frame Works", 60
"""Whose goods haven't come since then: the reason why some orders are late today."""
HELD = 17
"""Of so many deliveries one goes out late."""


def take_in(first: dt.date, last: dt.date) -> None:
    """Receive what suppliers had promised by now."""
    current = session()
    late = select(Party.id).where(Party.name == LATE_SUPPLIER)
    begins = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=LATE_DAYS)
    due = select(Receipt).where(Receipt.state == "open", Receipt.expected_on <= last)
    if last >= begins:
        due = due.where(Receipt.supplier_id.not_in(late))
    arrived = current.scalars(due.order_by(Receipt.expected_on, Receipt.id)).all()
    for receipt in arrived:
        receipt.received_on = receipt.expected_on
        receipt.supplier_reference = f"DN-{receipt.id % 90_000 + 10_000}"
    if arrived:
        receive_goods(arrived)


def ship(first: dt.date, last: dt.date) -> None:
    """Ship what is promised by now and all there; some of it goes a little late, as it happens."""
    current = session()
    lacking = select(DeliveryLine.delivery_id).where(DeliveryLine.short > 0)
    ready = current.scalars(select(Delivery).where(
        Delivery.state == "open", Delivery.promised_on <= last, Delivery.id.not_in(lacking))
        .order_by(Delivery.promised_on, Delivery.id)).all()
    going = [each for each in ready if each.id % HELD or (each.promised_on or last) < first]
    for delivery in going:
        early = dt.timedelta(days=delivery.id % 4)
        delivery.shipped_on = min(max((delivery.promised_on or last) - early, first), last)
        delivery.tracking = f"TC-{delivery.id % 9000 + 1000}-{delivery.id % 97:02}"
    if going:
        ship_deliveries(going)


STEPS = {40: take_in, 60: ship}
