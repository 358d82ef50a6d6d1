"""What orders tell."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from kernel import _, signal


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
    exchange_rate: Decimal = Decimal(1)
    ship_to_id: int | None = None


@dataclass(frozen=True)
class OrderCancelled:
    """A confirmed order was cancelled; what followed from it should be undone."""

    order_id: int
    number: str
    customer_id: int
    reason: str | None


@dataclass(frozen=True)
class OrderClosed:
    """Nothing is expected of an order any more: what of it is still under way should end."""

    order_id: int
    number: str
    customer_id: int


@dataclass(frozen=True)
class OrderReopened:
    """A closed order goes on: `lines` say what of it hasn't been delivered, in the lines' units."""

    order_id: int
    number: str
    customer_id: int
    order_date: dt.date
    lines: tuple[OrderedLine, ...]
    promised_on: dt.date | None = None
    ship_to_id: int | None = None


@dataclass(frozen=True)
class LineToInvoice:
    """A line to invoice: quantity in its unit; price, net amount and tax in the order's currency."""

    line_id: int
    product_id: int
    description: str | None
    quantity: Decimal
    unit_id: int
    unit_price: Decimal
    discount: Decimal
    net: Decimal
    tax_id: int | None = None
    tax_rate: Decimal = Decimal(0)
    tax_amount: Decimal = Decimal(0)


@dataclass(frozen=True)
class InvoiceRequested:
    """A customer is to be invoiced for what an order delivered, or for all of it in advance."""

    order_id: int
    number: str
    customer_id: int
    day: dt.date
    lines: tuple[LineToInvoice, ...]
    freight: Decimal = Decimal(0)
    owner_id: int | None = None
    currency_id: int | None = None
    """None for the company's own currency."""
    exchange_rate: Decimal = Decimal(1)
    payment_days: int | None = None
    customer_reference: str | None = None
    bill_to_id: int | None = None


order_confirmed = signal(
    "erp_sales.order_confirmed", OrderConfirmed, version=1, about=("erp_sales.order", "order_id"),
    label=_("Order confirmed"))
order_cancelled = signal(
    "erp_sales.order_cancelled", OrderCancelled, version=1, about=("erp_sales.order", "order_id"),
    label=_("Order cancelled"))
order_closed = signal(
    "erp_sales.order_closed", OrderClosed, version=1, about=("erp_sales.order", "order_id"), label=_("Order closed"))
order_reopened = signal(
    "erp_sales.order_reopened", OrderReopened, version=1, about=("erp_sales.order", "order_id"),
    label=_("Order reopened"))
invoice_requested = signal(
    "erp_sales.invoice_requested", InvoiceRequested, version=1, about=("erp_sales.order", "order_id"),
    label=_("Invoice requested"))
