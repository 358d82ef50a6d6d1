"""What receipts react to: purchase orders that were approved or ended."""

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from sqlalchemy import select

from kernel import AnyRef, OwnQuantity, in_own_units, on, session
from plugins.erp_inventory.receipts.models import Receipt
from plugins.erp_inventory.receipts.services import Draft, DraftLine, cancel_receipts, open_receipts

ORDER, ORDER_LINE = "erp_purchase.order", "erp_purchase.order_line"
FINEST = Decimal("0.000001")


class Purchased(Protocol):
    """A line of a purchase order, as far as a receipt needs it."""

    @property
    def line_id(self) -> int: ...
    @property
    def product_id(self) -> int: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def unit_id(self) -> int: ...
    @property
    def net(self) -> Decimal: ...
    @property
    def expected_on(self) -> dt.date | None: ...


class Approved(Protocol):
    """A purchase order that was approved, as far as a receipt needs it."""

    @property
    def order_id(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def supplier_id(self) -> int: ...
    @property
    def order_date(self) -> dt.date: ...
    @property
    def exchange_rate(self) -> Decimal: ...
    @property
    def over_percent(self) -> Decimal: ...
    @property
    def lines(self) -> Sequence[Purchased]: ...


class Ended(Protocol):
    """A purchase order of which nothing more is expected."""

    @property
    def order_id(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def reason(self) -> str | None: ...


@on("erp_purchase.order_approved")
def expect_goods(events: Sequence[Approved]) -> None:
    """Make an open receipt of each order's goods, worth what they were bought for."""
    wanted = iter(in_own_units([line for event in list(events) for line in event.lines]))

    def drafts() -> Iterator[Draft]:
        for event in events:
            lines = [
                _draft(line, own, event) for line in event.lines if (own := next(wanted)) and own.quantity > 0]
            if lines:
                days = [line.expected_on for line in event.lines if line.expected_on]
                yield Draft(
                    event.supplier_id, lines, AnyRef(ORDER, event.order_id, event.number), min(days, default=None),
                    event.over_percent)

    open_receipts(drafts())


def _draft(line: Purchased, own: OwnQuantity, event: Approved) -> DraftLine:
    unit_value = (line.net * event.exchange_rate / own.quantity).quantize(FINEST, ROUND_HALF_UP)
    return DraftLine(line.product_id, own.unit_id, own.quantity, unit_value,
                     AnyRef(ORDER_LINE, line.line_id, event.number))


@on("erp_purchase.order_ended")
def expect_nothing_more(events: Sequence[Ended]) -> None:
    """Cancel what is still open of the orders' receipts."""
    reasons = {event.order_id: event.reason or event.number for event in list(events)}
    found = session().scalars(
        select(Receipt).where(Receipt.source_entity == ORDER, Receipt.source_id.in_(reasons),
                              Receipt.state == "open")).all()
    for receipt in found:
        receipt.cancel_reason = reasons[receipt.source_id or 0]
    cancel_receipts(found)
