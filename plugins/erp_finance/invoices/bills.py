"""Invoices as plain data, on their way into the tables and the ledger: from drafts, events, and reversals alike."""

import datetime as dt
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal

from kernel import AnyRef
from plugins.erp_finance.amounts import ZERO
from plugins.erp_finance.invoices.signals import InvoiceKind


@dataclass(frozen=True, slots=True)
class BillLine:
    """A line of an invoice to post; amounts in the invoice's currency, before tax."""

    quantity: Decimal
    net: Decimal
    tax_amount: Decimal = ZERO
    product_id: int | None = None
    description: str | None = None
    unit_id: int | None = None
    unit_price: Decimal = ZERO
    discount: Decimal = ZERO
    tax_id: int | None = None
    tax_rate: Decimal = ZERO
    account_id: int | None = None
    expense_type: str | None = None
    department_id: int | None = None
    source_line: AnyRef | None = None


@dataclass(slots=True)
class Bill:
    """An invoice to post. `id` and `number` are there once it has them; a draft's id from the start."""

    kind: InvoiceKind
    day: dt.date
    due_on: dt.date
    lines: tuple[BillLine, ...]
    step: Decimal
    """The smallest amount of its currency."""
    party_id: int | None = None
    employee_id: int | None = None
    payment_days: int | None = None
    reference: str | None = None
    source: AnyRef | None = None
    currency_id: int | None = None
    exchange_rate: Decimal = Decimal(1)
    reversal_of: int | None = None
    id: int = 0
    number: str = ""
    subtotal: Decimal = field(init=False)
    tax_amount: Decimal = field(init=False)

    def __post_init__(self) -> None:
        self.subtotal = sum((line.net for line in self.lines), ZERO)
        tax = sum((line.tax_amount for line in self.lines), ZERO)
        self.tax_amount = tax.quantize(self.step, ROUND_HALF_UP)

    @property
    def total(self) -> Decimal:
        """Give what is to be paid."""
        return self.subtotal + self.tax_amount

    @property
    def ref(self) -> AnyRef:
        """Refer to the invoice."""
        return AnyRef("erp_finance.invoice", self.id, self.number)

    def taken_back(self, day: dt.date) -> "Bill":
        """Give the invoice that takes this one back."""
        lines = tuple(
            replace(line, quantity=-line.quantity, net=-line.net, tax_amount=-line.tax_amount) for line in self.lines)
        return Bill(
            self.kind, day, day, lines, self.step, self.party_id, self.employee_id, None, self.reference, self.source,
            self.currency_id, self.exchange_rate, reversal_of=self.id)
