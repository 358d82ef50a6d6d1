"""How receipts look, and what they say on a purchase order's page."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from kernel import (
    Figure,
    FormView,
    LinesView,
    ListView,
    Panel,
    ScanTask,
    Section,
    Tab,
    Text,
    _,
    card,
    format_number,
    panel,
    session,
)
from plugins.erp_inventory.places.services import take_lots
from plugins.erp_inventory.receipts.listeners import ORDER
from plugins.erp_inventory.receipts.models import Receipt, ReceiptLine

ZERO = Decimal(0)

ListView(
    "erp_inventory.receipt", "number supplier source expected_on state received_on supplier_reference",
    filters="state supplier expected_on received_on", sort="-number",
    tabs=(Tab(_("Open"), "state=open"), Tab(_("Received"), "state=done"), Tab(_("Taken back"), "state=reversed")),
    phone="supplier state number expected_on source received_on")
ListView("erp_inventory.receipt_line", "receipt product quantity received unit lot unit_value", filters="product",
         sort="-id", phone="product received receipt quantity")

FormView(
    "erp_inventory.receipt",
    Section("", "supplier supplier_reference source expected_on received_on place"),
    Section(_("More"), "over_percent earlier comment cancel_reason"),
    lines=(LinesView("lines", "product quantity received unit lot unit_value"),),
    subtitle="supplier expected_on source")
ScanTask("erp_inventory.receipt", _("Take in"), done="received", wanted="quantity", state="open", over=True, lot="lot",
         take_lots=take_lots)


@panel(ORDER, _("Receipts"), icon="truck-loading", priority=30, needs="erp_inventory.receipt",
    shows="erp_inventory.receipt_line.quantity erp_inventory.receipt_line.received")
def receipts_of_orders(orders: Sequence[Any]) -> list[Panel | None]:
    """Show how much of a purchase order is expected and how much came."""
    rows = session().execute(
        select(Receipt.source_id, Receipt.state, func.sum(ReceiptLine.quantity), func.sum(ReceiptLine.received),
               func.count(Receipt.id.distinct()))
        .join(ReceiptLine, ReceiptLine.receipt_id == Receipt.id)
        .where(Receipt.source_entity == ORDER, Receipt.source_id.in_([order.id for order in orders]))
        .group_by(Receipt.source_id, Receipt.state))
    found: dict[int | None, list[Any]] = {}
    for order, state, expected, received, count in rows:
        figures = found.setdefault(order, [ZERO, ZERO, 0])
        figures[0] += expected if state == "open" else ZERO
        figures[1] += received if state == "done" else ZERO
        figures[2] += count
    return [_panel(order.id, *found[order.id]) if order.id in found else None for order in orders]


def _panel(order: int, expected: Decimal, received: Decimal, count: int) -> Panel:
    rows: list[tuple[Text, object]] = [
        (_("Expected"), format_number(expected)), (_("Received"), format_number(received))]
    return Panel(rows=rows, link=(_("Receipts ({count})", count=count), f"/erp_inventory/receipt?f.source={order}"))


def _expected_href() -> str:
    return f"/erp_inventory/receipt?f.state=open&f.expected_on.to={session().today + dt.timedelta(days=7)}"


@card(_("Receipts expected"), href=_expected_href, needs="erp_inventory.receipt", order=34)
def expected_soon() -> Figure:
    """Count the open receipts expected within a week."""
    count = session().scalar(
        select(func.count(Receipt.id)).where(
            Receipt.state == "open", Receipt.archived.is_(False),
            Receipt.expected_on <= session().today + dt.timedelta(days=7)))
    return Figure(count or 0, note=_("within a week, late ones included"))
