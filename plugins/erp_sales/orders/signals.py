"""What orders tell."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from kernel import signal


@dataclass(frozen=True)
class OrderedLine:
    """A line of a confirmed order: quantity in its unit, price and amount in the order's currency, before tax."""

    line_id: int
    product_id: int
    quantity: Decimal
    unit_id: int
    unit_price: Decimal
    line_total: Decimal
    promised_on: dt.date | None = None


@dataclass(frozen=True)
class OrderConfirmed:
    """An order was confirmed: what was sold to whom, and for how much in its currency."""

    order_id: int
    number: str
    customer_id: int
    owner_id: int | None
    order_date: dt.date
    currency_id: int | None
    """None for the company's own currency."""
    subtotal: Decimal
    tax_amount: Decimal
    total: Decimal
    lines: tuple[OrderedLine, ...]
    promised_on: dt.date | None = None


@dataclass(frozen=True)
class OrderCancelled:
    """A confirmed order was cancelled; what followed from it should be undone."""

    order_id: int
    number: str
    customer_id: int
    reason: str | None


order_confirmed = signal(
    "erp_sales.order_confirmed", OrderConfirmed, version=1, about=("erp_sales.order", "order_id"))
order_cancelled = signal(
    "erp_sales.order_cancelled", OrderCancelled, version=1, about=("erp_sales.order", "order_id"))
