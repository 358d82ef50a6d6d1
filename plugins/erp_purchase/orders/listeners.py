"""What orders react to: goods that arrived, invoices that were posted, payments."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Protocol

from sqlalchemy import select

from kernel import AnyRef, Product, Unit, as_system, on
from plugins.erp_purchase.orders.models import OrderLine
from plugins.erp_purchase.orders.progress import advance
from plugins.erp_purchase.suppliers.offers import exact, unit_factors

ORDER, LINE = "erp_purchase.order", "erp_purchase.order_line"
ZERO = Decimal(0)


class Moved(Protocol):
    """A product that was moved, in its own unit."""

    @property
    def quantity(self) -> Decimal: ...
    @property
    def source_line(self) -> AnyRef | None: ...


class Posted(Protocol):
    """Goods that were moved."""

    @property
    def kind(self) -> str: ...
    @property
    def lines(self) -> Sequence[Moved]: ...


class Billed(Protocol):
    """A line of an invoice, in the unit of the order's line."""

    @property
    def quantity(self) -> Decimal: ...
    @property
    def source_line(self) -> AnyRef | None: ...


class Invoiced(Protocol):
    """An invoice that was posted, or taken back."""

    @property
    def kind(self) -> str: ...
    @property
    def total(self) -> Decimal: ...
    @property
    def lines(self) -> Sequence[Billed]: ...
    @property
    def source(self) -> AnyRef | None: ...
    @property
    def reversal(self) -> bool: ...


class Settled(Protocol):
    """How much of an invoice was paid."""

    @property
    def kind(self) -> str: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def source(self) -> AnyRef | None: ...


class Allocated(Protocol):
    """Money that was allocated to invoices."""

    @property
    def settled(self) -> Sequence[Settled]: ...


@on("erp_inventory.move_posted")
def note_received(events: Sequence[Posted]) -> None:
    """Add what was received, or take back what was reversed."""
    moved: dict[int, Decimal] = {}
    for event in events:
        if event.kind == "receipt":
            for line in event.lines:
                if line.source_line is not None and line.source_line.entity == LINE:
                    moved[line.source_line.id] = moved.get(line.source_line.id, ZERO) + line.quantity
    if moved:
        advance(received=_in_lines_unit(moved))


@on("erp_finance.invoice_posted")
def note_billed(events: Sequence[Invoiced]) -> None:
    """Add what was billed, or take back what was reversed."""
    quantities: dict[int, Decimal] = {}
    amounts: dict[int, Decimal] = {}
    for event in events:
        if event.kind != "purchase" or event.source is None or event.source.entity != ORDER:
            continue
        total = -abs(event.total) if event.reversal else event.total
        amounts[event.source.id] = amounts.get(event.source.id, ZERO) + total
        for line in event.lines:
            if line.source_line is not None and line.source_line.entity == LINE:
                quantities[line.source_line.id] = quantities.get(line.source_line.id, ZERO) + line.quantity
    if amounts:
        advance(billed=quantities, billed_amounts=amounts)


@on("erp_finance.payment_allocated")
def note_paid(events: Sequence[Allocated]) -> None:
    """Add what was paid, or take back what was undone."""
    amounts: dict[int, Decimal] = {}
    for event in events:
        for each in event.settled:
            if each.kind == "purchase" and each.source is not None and each.source.entity == ORDER:
                amounts[each.source.id] = amounts.get(each.source.id, ZERO) + each.amount
    if amounts:
        advance(paid_amounts=amounts)


def _in_lines_unit(moved: dict[int, Decimal]) -> dict[int, Decimal]:
    """Turn quantities in the products' units into those of the order's lines.

    What the line has so far is first brought back to the product's unit, whole again, so that thirds of a dozen add
    up to one.
    """
    with as_system("convert what arrived to the units of the orders") as system:
        rows = system.execute(
            select(OrderLine.id, OrderLine.received, OrderLine.unit_id, Product.unit_id, Unit.decimals)
            .join(Product, Product.id == OrderLine.product_id).join(Unit, Unit.id == Product.unit_id)
            .where(OrderLine.id.in_(moved))).all()
        factors = unit_factors({unit for row in rows for unit in (row[2], row[3])})
    found: dict[int, Decimal] = {}
    for id_, received, unit, own, decimals in rows:
        per = factors.get(unit, Fraction(1)) / factors.get(own, Fraction(1))
        before = exact(Fraction(received) * per, 12).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        found[id_] = exact(Fraction(before + moved[id_]) / per, 6) - received
    return found
