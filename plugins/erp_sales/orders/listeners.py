"""What sales reacts to."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from kernel import on, session
from plugins.erp_sales.orders.models import Order, OrderLine


class Wanted(Protocol):
    """A product that was sold, as far as a draft needs it."""

    @property
    def product_id(self) -> int: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def unit_price(self) -> Decimal | None: ...


class Won(Protocol):
    """A deal that was won, as far as a draft needs it."""

    @property
    def number(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def customer_id(self) -> int: ...
    @property
    def owner_id(self) -> int | None: ...
    @property
    def lines(self) -> Sequence[Wanted]: ...


@on("crm.opportunity_won")
def draft_orders_of_won_deals(events: Sequence[Won]) -> None:
    """Draft an order for each deal that was won, with the products it was about at the prices that were agreed."""
    current = session()
    for event in events:
        order = Order(
            customer_id=event.customer_id, owner_id=event.owner_id, origin=f"{event.number} {event.name}"[:200])
        order.lines = [
            OrderLine(product_id=line.product_id, quantity=line.quantity, unit_price=line.unit_price)
            for line in event.lines]
        current.add(order)
    current.flush()
