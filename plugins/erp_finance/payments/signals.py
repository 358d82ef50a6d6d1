"""What payments tell."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from kernel import AnyRef, _, signal


@dataclass(frozen=True)
class SettledInvoice:
    """How much of one invoice was settled, in its currency; negative where an allocation was undone."""

    invoice_id: int
    kind: Literal["sale", "purchase", "claim"]
    amount: Decimal
    outstanding: Decimal
    """What is left to pay of the invoice afterwards."""
    source: AnyRef | None = None
    """What had been invoiced: a sales order, a purchase order, an expense claim."""


@dataclass(frozen=True)
class PaymentAllocated:
    """Money was allocated to invoices, or an allocation was undone."""

    payment_id: int
    number: str
    direction: Literal["in", "out"]
    day: dt.date
    settled: tuple[SettledInvoice, ...]
    party_id: int | None = None
    employee_id: int | None = None


payment_allocated = signal(
    "erp_finance.payment_allocated", PaymentAllocated, version=1, about=("erp_finance.payment", "payment_id"),
    label=_("Payment allocated"))
