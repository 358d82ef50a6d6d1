"""What deliveries react to: orders that were confirmed, cancelled, closed or reopened."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from sqlalchemy import func, select

from kernel import AnyRef, _, as_system, in_own_units, on, session
from plugins.erp_inventory.deliveries.models import Delivery, DeliveryLine
from plugins.erp_inventory.deliveries.services import Draft, DraftLine, cancel_deliveries, open_deliveries
from plugins.erp_inventory.documents import ZERO

ORDER, ORDER_LINE = "erp_sales.order", "erp_sales.order_line"


class Ordered(Protocol):
    """A line of an order, as far as a delivery needs it."""

    @property
    def line_id(self) -> int: ...
    @property
    def product_id(self) -> int: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def unit_id(self) -> int: ...
    @property
    def promised_on(self) -> dt.date | None: ...


class Confirmed(Protocol):
    """An order that was confirmed, as far as a delivery needs it."""

    @property
    def order_id(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def customer_id(self) -> int: ...
    @property
    def order_date(self) -> dt.date: ...
    @property
    def promised_on(self) -> dt.date | None: ...
    @property
    def ship_to_id(self) -> int | None: ...
    @property
    def lines(self) -> Sequence[Ordered]: ...


class Closed(Protocol):
    """An order that was closed."""

    @property
    def order_id(self) -> int: ...
    @property
    def number(self) -> str: ...


class Cancelled(Closed, Protocol):
    """An order that was cancelled."""

    @property
    def reason(self) -> str | None: ...


@on("erp_sales.order_confirmed")
def deliver_orders(events: Sequence[Confirmed]) -> None:
    """Make an open delivery of each order's goods and reserve what is free of them."""
    _deliver(events, {})


@on("erp_sales.order_reopened")
def deliver_what_is_left(events: Sequence[Confirmed]) -> None:
    """Make an open delivery of what a reopened order lacks and no open delivery has."""
    with as_system("what is on its way to customers") as system:
        under_way = dict(system.execute(
            select(DeliveryLine.source_line_id, func.sum(DeliveryLine.quantity))
            .join(Delivery, Delivery.id == DeliveryLine.delivery_id)
            .where(Delivery.source_entity == ORDER, Delivery.source_id.in_([event.order_id for event in list(events)]),
                   Delivery.state == "open")
            .group_by(DeliveryLine.source_line_id)).all())
    _deliver(events, under_way)


def _deliver(events: Sequence[Confirmed], under_way: Mapping[int | None, Decimal]) -> None:
    wanted = iter(in_own_units([line for event in list(events) for line in event.lines]))

    def drafts() -> Iterator[Draft]:
        for event in events:
            lines = [
                DraftLine(line.product_id, left, line.promised_on or event.promised_on or event.order_date,
                          AnyRef(ORDER_LINE, line.line_id, event.number))
                for line in event.lines
                if (own := next(wanted)) and (left := own.quantity - under_way.get(line.line_id, ZERO)) > 0]
            if lines:
                yield Draft(
                    event.customer_id, lines, AnyRef(ORDER, event.order_id, event.number), event.ship_to_id,
                    event.promised_on or min(line.needed_on or event.order_date for line in lines), event=event)

    open_deliveries(drafts())


@on("erp_sales.order_cancelled")
def cancel_deliveries_of_orders(events: Sequence[Cancelled]) -> None:
    """Cancel what is still open of the orders' deliveries; their goods are free again."""
    _cancel({event.order_id: event.reason or event.number for event in list(events)})


@on("erp_sales.order_closed")
def cancel_deliveries_of_closed_orders(events: Sequence[Closed]) -> None:
    """Cancel what is still open of the orders' deliveries: nobody expects it any more."""
    _cancel({event.order_id: str(_("{number} was closed", number=event.number)) for event in list(events)})


def _cancel(reasons: Mapping[int, str]) -> None:
    found = session().scalars(
        select(Delivery).where(Delivery.source_entity == ORDER, Delivery.source_id.in_(reasons),
                               Delivery.state == "open")).all()
    for delivery in found:
        delivery.cancel_reason = reasons[delivery.source_id or 0]
    cancel_deliveries(found)
