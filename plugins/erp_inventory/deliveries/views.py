"""How deliveries look, and what they say on an order's page."""

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
    Party,
    Rows,
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
from plugins.erp_inventory.deliveries.listeners import ORDER
from plugins.erp_inventory.deliveries.models import Delivery, DeliveryLine
from plugins.erp_inventory.deliveries.services import reserved_spots

ZERO = Decimal(0)
OPEN = "/erp_inventory/delivery?f.state=open"
LINES = "/reports/erp_inventory.open_deliveries"

ListView(
    "erp_inventory.delivery", "number customer source promised_on state shipped_on tracking",
    filters="state customer promised_on shipped_on", sort="-number",
    tabs=(Tab(_("Open"), "state=open"), Tab(_("Shipped"), "state=done"), Tab(_("Taken back"), "state=reversed")),
    phone="customer state number promised_on source tracking")
ListView("erp_inventory.delivery_line", "delivery product quantity unit reserved short to_ship shipped",
         filters="product", sort="-id", phone="product quantity delivery reserved short shipped")

FormView(
    "erp_inventory.delivery",
    Section("", "customer ship_to source promised_on shipped_on tracking"),
    Section(_("More"), "earlier comment cancel_reason"),
    lines=(LinesView("lines", "product quantity unit reserved short to_ship shipped"),),
    subtitle="customer promised_on source")
ScanTask("erp_inventory.delivery", _("Pick"), done="to_ship", wanted="reserved", state="open", spots=reserved_spots)


@panel(ORDER, _("Deliveries"), icon="truck-delivery", priority=30, needs="erp_inventory.delivery",
    shows="erp_inventory.delivery_line.reserved erp_inventory.delivery_line.short")
def deliveries_of_orders(orders: Sequence[Any]) -> list[Panel | None]:
    """Show how much of an order is reserved, lacking and shipped."""
    rows = session().execute(
        select(Delivery.source_id, Delivery.state, func.sum(DeliveryLine.reserved), func.sum(DeliveryLine.short),
               func.sum(DeliveryLine.shipped), func.count(Delivery.id.distinct()))
        .join(DeliveryLine, DeliveryLine.delivery_id == Delivery.id)
        .where(Delivery.source_entity == ORDER, Delivery.source_id.in_([order.id for order in orders]))
        .group_by(Delivery.source_id, Delivery.state))
    found: dict[int | None, list[Any]] = {}
    for order, state, reserved, short, shipped, count in rows:
        figures = found.setdefault(order, [ZERO, ZERO, ZERO, 0])
        figures[0] += reserved
        figures[1] += short
        figures[2] += shipped if state == "done" else ZERO
        figures[3] += count
    return [_panel(order.id, *found[order.id]) if order.id in found else None for order in orders]


def _panel(order: int, reserved: Decimal, short: Decimal, shipped: Decimal, count: int) -> Panel:
    rows: list[tuple[Text, object]] = [
        (_("Reserved"), format_number(reserved)), (_("Short"), format_number(short)),
        (_("Shipped"), format_number(shipped))]
    return Panel(rows=rows, link=(_("Deliveries ({count})", count=count), f"/erp_inventory/delivery?f.source={order}"))


def _count(*conditions: Any) -> int:
    return session().scalar(
        select(func.count(Delivery.id.distinct())).join(DeliveryLine, DeliveryLine.delivery_id == Delivery.id)
        .where(Delivery.state == "open", Delivery.archived.is_(False), *conditions)) or 0


@card(_("To ship today"), href=f"{LINES}?show=ready", needs="erp_inventory.delivery", order=31)
def ready_today() -> Figure:
    """Count the deliveries promised for today or before that goods are kept for."""
    return Figure(_count(DeliveryLine.reserved > ZERO, Delivery.promised_on <= session().today),
                  note=_("promised by today, with goods reserved"))


@card(_("Late deliveries"), href=f"{LINES}?show=late", needs="erp_inventory.delivery", order=32, board=True)
def late_deliveries() -> Figure:
    """Count the open deliveries whose promised day has passed."""
    return Figure(_count(Delivery.promised_on < session().today), good="less", note=_("open after their promised day"))


@card(_("Shortages"), href=f"{LINES}?show=short", needs="erp_inventory.delivery", order=33, board=True)
def shortages() -> Figure:
    """Count the lines of open deliveries that lack goods."""
    count = session().scalar(
        select(func.count(DeliveryLine.id)).join(Delivery, Delivery.id == DeliveryLine.delivery_id)
        .where(Delivery.state == "open", Delivery.archived.is_(False), DeliveryLine.short > ZERO))
    return Figure(count or 0, good="less", note=_("delivery lines that lack goods"))


@card(_("Next deliveries"), width=6, href=OPEN, needs="erp_inventory.delivery",
    shows="erp_inventory.delivery.promised_on "
          "erp_inventory.delivery_line.reserved erp_inventory.delivery_line.short", order=38)
def next_deliveries() -> Rows:
    """List the open deliveries that are promised next."""
    found = session().execute(
        select(Delivery.id, Delivery.number, Party.name, Delivery.promised_on, func.sum(DeliveryLine.reserved),
               func.sum(DeliveryLine.short))
        .join(Party, Party.id == Delivery.customer_id).join(DeliveryLine, DeliveryLine.delivery_id == Delivery.id)
        .where(Delivery.state == "open", Delivery.archived.is_(False))
        .group_by(Delivery.id, Delivery.number, Party.name, Delivery.promised_on)
        .order_by(Delivery.promised_on.is_(None), Delivery.promised_on, Delivery.id).limit(6))
    return Rows(
        columns=((_("Delivery"), "text"), (_("Customer"), "text"), (_("Promised"), "date"),
                 (_("Reserved"), "quantity"), (_("Short"), "quantity")),
        rows=[(f"/erp_inventory/delivery/{row[0]}", tuple(row[1:])) for row in found])
