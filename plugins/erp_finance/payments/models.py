"""The payment and what of it is allocated to which invoice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, event, inspect

from kernel import (
    Currency,
    Document,
    Employee,
    Entity,
    Mapped,
    Money,
    Party,
    Problem,
    Quantity,
    Refusal,
    _,
    choice,
    date,
    instant,
    lines,
    link,
    money,
    note,
    quantity,
    serial,
    session,
    state,
    text,
    within,
)
from plugins.erp_finance.amounts import ZERO
from plugins.erp_finance.invoices.models import Invoice
from plugins.erp_finance.ledger.chart import books
from plugins.erp_finance.ledger.models import Account


class Payment(Document, label=_("Payment"), plural=_("Payments"), icon="cash", title="number", tagged=True):
    """Money that came in or went out, and the invoices it settles. What is left of it is an advance."""

    number: Mapped[str] = serial("PAY-{year}-{n:05}", label=_("Number"))
    direction: Mapped[str] = choice(
        ("in", _("Received"), "green"), ("out", _("Paid"), "amber"), label=_("Direction"), default="in")
    state: Mapped[str] = state("draft", label=_("State"))
    party: Mapped[Party | None] = link(label=_("Party"))
    party_id: Mapped[int | None]
    employee: Mapped[Employee | None] = link(label=_("Employee"))
    employee_id: Mapped[int | None]
    account: Mapped[Account] = link(
        label=_("Bank or cash"), required=False, index=False, help=_("The first bank account where empty"))
    account_id: Mapped[int]
    day: Mapped[dt.date] = date(label=_("Day"), required=False, index=True, present=True)
    amount: Mapped[Money] = money(label=_("Amount"), currency="currency")
    currency: Mapped[Currency | None] = link(label=_("Currency"), help=_("The company's where empty"), index=False)
    currency_id: Mapped[int | None]
    exchange_rate: Mapped[Quantity] = quantity(
        label=_("Exchange rate"), default=1, help=_("One unit of it in the company's currency"))
    reference: Mapped[str | None] = text(60, label=_("Reference"), searchable=True)
    unallocated: Mapped[Money] = money(label=_("Not allocated"), default=0, readonly=True, currency="currency")
    base_unallocated: Mapped[Money] = money(label=_("Not allocated, in our currency"), default=0, readonly=True)
    posted_at: Mapped[dt.datetime | None] = instant(label=_("Posted"), readonly=True)
    undone_on: Mapped[dt.date | None] = date(label=_("Undone on"), readonly=True)
    comment: Mapped[str | None] = note(label=_("Note"))
    allocations: Mapped[list[Allocation]] = lines("payment", label=_("Allocated to"))

    @classmethod
    def prepare(cls, records: Sequence[Payment]) -> None:
        for record in records:
            if record.__dict__.get("account_id") is None and record.__dict__.get("account") is None:
                record.account_id = books().account("bank")

    @classmethod
    def check(cls, records: Sequence[Payment]) -> Iterable[Problem]:
        for record in records:
            if record.historical:
                continue
            if not within(record.amount, Decimal("0.000001")):
                yield Problem("amount", _("An amount paid is greater than zero"), "AMOUNT", record)
            if not within(record.exchange_rate, Decimal("0.000001")):
                yield Problem("exchange_rate", _("A rate is greater than zero"), "RATE", record)
            party = record.party_id or record.__dict__.get("party")
            employee = record.employee_id or record.__dict__.get("employee")
            if bool(party) == bool(employee):
                yield Problem("party", _("A payment has either a party or an employee"), "PARTNER", record)
            if name := _changed_after_posting(record, record, MAY_CHANGE):
                yield Problem(name, _("{number} is posted and stays as it is: undo it", number=record.number),
                              "POSTED", record)


MAY_CHANGE = frozenset({
    "state", "comment", "unallocated", "base_unallocated", "undone_on", "posted_at", "archived", "custom"})


class Allocation(Entity, label=_("Allocation"), plural=_("Allocations"), icon="link"):
    """How much of a payment settles an invoice, in the currency of both. It counts from its day until it is undone."""

    payment: Mapped[Payment] = link(parent=True, label=_("Payment"))
    payment_id: Mapped[int]
    invoice: Mapped[Invoice] = link(label=_("Invoice"), follows=True)
    invoice_id: Mapped[int]
    amount: Mapped[Money] = money(label=_("Amount"), currency="payment.currency")
    base: Mapped[Money] = money(label=_("In our currency"), default=0, readonly=True)
    """What it takes off the invoice in the company's currency, at the invoice's rate."""
    base_paid: Mapped[Money] = money(label=_("Of the payment, in our currency"), default=0, readonly=True)
    """What it takes of the payment, at the payment's rate; the difference is one of exchange."""
    day: Mapped[dt.date | None] = date(label=_("Counts from"), readonly=True)
    undone_on: Mapped[dt.date | None] = date(label=_("Undone on"), readonly=True)

    @property
    def title(self) -> str:
        """Name the allocation by its invoice."""
        return self.invoice.title

    @classmethod
    def check(cls, records: Sequence[Allocation]) -> Iterable[Problem]:
        for record in records:
            if not within(record.amount, Decimal("0.000001")):
                yield Problem("amount", _("An allocation is greater than zero"), "AMOUNT", record)
            if _changed_after_posting(record, record.payment, frozenset({"custom"})):
                yield Problem("allocations", _("{number} is posted and stays as it is: undo it",
                                               number=record.payment.number), "POSTED", record)


Index("ix_erp_finance_payment_open", Payment.company_id, Payment.state, Payment.unallocated)


def _changed_after_posting(record: Any, payment: Payment | None, free: frozenset[str]) -> str:
    """Name a field that was changed although the payment is posted, or ""."""
    if payment is None or payment.historical or payment.state in (None, "draft"):
        return ""
    of_payment: Any = inspect(payment)
    if of_payment.attrs["state"].history.has_changes():
        return ""
    known: Any = inspect(record)
    if known.pending:
        return "allocations" if record is not payment else ""
    return next((name for name in known.committed_state
                 if name not in free and known.attrs[name].history.has_changes()), "")


@event.listens_for(Payment, "before_delete")
@event.listens_for(Allocation, "before_delete")
def _keep_what_is_posted(mapper: object, connection: object, record: Payment | Allocation) -> None:
    """Refuse to delete what is posted, by whatever door."""
    payment = record if isinstance(record, Payment) else session().get(Payment, record.payment_id)
    if payment is not None and payment.state not in (None, "draft"):
        raise Refusal("POSTED", _("{number} is posted and stays as it is: undo it", number=payment.number),
                      record=payment, fix=_("Undo the payment"))


def allocated(payment: Payment) -> Decimal:
    """Sum up what a payment's allocations come to."""
    return sum((each.amount or ZERO for each in payment.allocations), ZERO)
