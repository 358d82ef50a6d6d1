"""What invoices tell."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from kernel import AnyRef, _, signal

InvoiceKind = Literal["sale", "purchase", "claim"]


@dataclass(frozen=True)
class InvoicedLine:
    """A line of an invoice: quantity in its unit, net amount in the invoice's currency; negative where taken back."""

    quantity: Decimal
    net: Decimal
    product_id: int | None = None
    source_line: AnyRef | None = None
    """The line that was invoiced: a sales order's, a purchase order's, an expense claim's."""


@dataclass(frozen=True)
class InvoicePosted:
    """An invoice was posted to the ledger; with `reversal`, one that takes another back."""

    invoice_id: int
    number: str
    kind: InvoiceKind
    day: dt.date
    due_on: dt.date
    total: Decimal
    lines: tuple[InvoicedLine, ...]
    party_id: int | None = None
    employee_id: int | None = None
    currency_id: int | None = None
    """None for the company's own currency."""
    source: AnyRef | None = None
    """What was invoiced: a sales order, a purchase order, an expense claim."""
    reversal: bool = False


invoice_posted = signal(
    "erp_finance.invoice_posted", InvoicePosted, version=1, about=("erp_finance.invoice", "invoice_id"),
    label=_("Invoice posted"))
