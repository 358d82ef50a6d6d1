"""What purchase orders tell."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from kernel import AnyRef, _, signal


@dataclass(frozen=True)
class PurchasedLine:
    """A line of an approved order: quantity in its unit, price and amount in the order's currency, before tax."""

    line_id: int
    product_id: int
    quantity: Decimal
    unit_id: int
    unit_price: Decimal
    net: Decimal
    expected_on: dt.date | None = None
    origins: tuple[AnyRef, ...] = ()
    """What caused the requests that the line was ordered for: planned orders of a plan, sales orders."""


@dataclass(frozen=True)
class OrderApproved:
    """A purchase order was approved: goods are to be expected."""

    order_id: int
    number: str
    supplier_id: int
    order_date: dt.date
    lines: tuple[PurchasedLine, ...]
    currency_id: int | None = None
    """None for the company's own currency."""
    exchange_rate: Decimal = Decimal(1)
    over_percent: Decimal = Decimal(0)
    """How much more than ordered may arrive."""


@dataclass(frozen=True)
class OrderEnded:
    """Nothing more is expected of an approved order: it was cancelled, or closed before all of it came."""

    order_id: int
    number: str
    supplier_id: int
    reason: str | None = None


@dataclass(frozen=True)
class BilledLine:
    """A line of a supplier's invoice: price, net amount and tax in its currency."""

    line_id: int
    product_id: int
    description: str | None
    quantity: Decimal
    unit_id: int
    unit_price: Decimal
    net: Decimal
    tax_id: int | None = None
    tax_amount: Decimal = Decimal(0)


@dataclass(frozen=True)
class BillReceived:
    """A supplier's invoice for an order came in and matches what was received."""

    order_id: int
    number: str
    supplier_id: int
    supplier_reference: str
    """The number the supplier gave it."""
    day: dt.date
    lines: tuple[BilledLine, ...]
    currency_id: int | None = None
    exchange_rate: Decimal = Decimal(1)
    payment_days: int | None = None
    freight: Decimal = Decimal(0)
    """The order's freight, on its first invoice, without tax."""


order_approved = signal(
    "erp_purchase.order_approved", OrderApproved, version=1, about=("erp_purchase.order", "order_id"),
    label=_("Purchase order approved"))
order_ended = signal(
    "erp_purchase.order_ended", OrderEnded, version=1, about=("erp_purchase.order", "order_id"),
    label=_("Purchase order ended"))
bill_received = signal(
    "erp_purchase.bill_received", BillReceived, version=1, about=("erp_purchase.order", "order_id"),
    label=_("Bill received"))
