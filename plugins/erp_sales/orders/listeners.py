"""What sales reacts to: deals that were won, goods that left, invoices and payments of orders."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from kernel import AnyRef, on, session
from plugins.erp_sales.orders.fulfilment import Billed, note_invoiced, note_paid, note_shipped
from plugins.erp_sales.orders.models import Order, OrderLine

ZERO = Decimal(0)

ORDER, LINE = Order.__entity__, OrderLine.__entity__


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
    def opportunity_id(self) -> int: ...
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
        named = f"{event.number} {event.name}"[:200]
        order = Order(
            customer_id=event.customer_id, owner_id=event.owner_id, origin=named,
            source=AnyRef("crm.opportunity", event.opportunity_id, named))
        order.lines = [
            OrderLine(product_id=line.product_id, quantity=line.quantity, unit_price=line.unit_price)
            for line in event.lines]
        current.add(order)
    current.flush()


class MovedLine(Protocol):
    """Goods that were moved, in the product's unit: negative where they left."""

    @property
    def quantity(self) -> Decimal: ...
    @property
    def source_line(self) -> AnyRef | None: ...


class Moved(Protocol):
    """A posting of stock, as far as orders go."""

    @property
    def kind(self) -> str: ...
    @property
    def source(self) -> AnyRef | None: ...
    @property
    def lines(self) -> Sequence[MovedLine]: ...


@on("erp_inventory.move_posted")
def count_deliveries(events: Sequence[Moved]) -> None:
    """Count what was delivered of orders, and what came back."""
    shipped: dict[int, dict[int, Decimal]] = {}
    for event in events:
        if event.kind == "delivery" and event.source is not None and event.source.entity == ORDER:
            counts = shipped.setdefault(event.source.id, {})
            for line in event.lines:
                if line.source_line is not None and line.source_line.entity == LINE:
                    counts[line.source_line.id] = counts.get(line.source_line.id, ZERO) - line.quantity
    note_shipped(shipped)


class InvoicedLine(Protocol):
    """A line of an invoice: negative where it takes another back."""

    @property
    def quantity(self) -> Decimal: ...
    @property
    def net(self) -> Decimal: ...
    @property
    def source_line(self) -> AnyRef | None: ...


class Invoiced(Protocol):
    """An invoice that was posted, as far as orders go."""

    @property
    def kind(self) -> str: ...
    @property
    def total(self) -> Decimal: ...
    @property
    def source(self) -> AnyRef | None: ...
    @property
    def lines(self) -> Sequence[InvoicedLine]: ...


@on("erp_finance.invoice_posted")
def count_invoices(events: Sequence[Invoiced]) -> None:
    """Count what was invoiced of orders, and what was taken back; what is no line of the order's is its freight."""
    billed: dict[int, Billed] = {}
    for event in events:
        if event.kind != "sale" or event.source is None or event.source.entity != ORDER:
            continue
        before = billed.get(event.source.id, Billed(ZERO, ZERO, {}))
        freight, lines = before.freight, dict(before.lines)
        for line in event.lines:
            if line.source_line is None or line.source_line.entity != LINE:
                freight += line.net
                continue
            quantity, net = lines.get(line.source_line.id, (ZERO, ZERO))
            lines[line.source_line.id] = (quantity + line.quantity, net + line.net)
        billed[event.source.id] = Billed(before.total + event.total, freight, lines)
    note_invoiced(billed)


class SettledInvoice(Protocol):
    """What was settled of an invoice: negative where an allocation was undone."""

    @property
    def kind(self) -> str: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def source(self) -> AnyRef | None: ...


class Allocated(Protocol):
    """A payment that was allocated, as far as orders go."""

    @property
    def settled(self) -> Sequence[SettledInvoice]: ...


@on("erp_finance.payment_allocated")
def count_payments(events: Sequence[Allocated]) -> None:
    """Count what was paid of orders, and what was paid back."""
    paid: dict[int, Decimal] = {}
    for event in events:
        for settled in event.settled:
            if settled.kind == "sale" and settled.source is not None and settled.source.entity == ORDER:
                paid[settled.source.id] = paid.get(settled.source.id, ZERO) + settled.amount
    note_paid(paid)
