"""What is invoiced because others ask for it: orders delivered, suppliers' invoices, expense claims."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from kernel import AnyRef, _, on
from plugins.erp_finance.amounts import ZERO, steps
from plugins.erp_finance.invoices.bills import Bill, BillLine
from plugins.erp_finance.invoices.models import usual_days
from plugins.erp_finance.invoices.services import due_date, invoices_of, issue_invoices, reverse_invoices


class GoodsLine(Protocol):
    """A line to invoice, as far as an invoice needs it."""

    @property
    def line_id(self) -> int: ...
    @property
    def product_id(self) -> int: ...
    @property
    def description(self) -> str | None: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def unit_id(self) -> int: ...
    @property
    def unit_price(self) -> Decimal: ...
    @property
    def net(self) -> Decimal: ...
    @property
    def tax_id(self) -> int | None: ...
    @property
    def tax_amount(self) -> Decimal: ...


class SoldLine(GoodsLine, Protocol):
    """A line to invoice to a customer."""

    @property
    def discount(self) -> Decimal: ...
    @property
    def tax_rate(self) -> Decimal: ...


class Requested(Protocol):
    """A request to invoice a customer."""

    @property
    def order_id(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def customer_id(self) -> int: ...
    @property
    def day(self) -> dt.date: ...
    @property
    def lines(self) -> Sequence[SoldLine]: ...
    @property
    def freight(self) -> Decimal: ...
    @property
    def currency_id(self) -> int | None: ...
    @property
    def exchange_rate(self) -> Decimal: ...
    @property
    def payment_days(self) -> int | None: ...
    @property
    def customer_reference(self) -> str | None: ...


class Received(Protocol):
    """A supplier's invoice that came in."""

    @property
    def order_id(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def supplier_id(self) -> int: ...
    @property
    def supplier_reference(self) -> str: ...
    @property
    def day(self) -> dt.date: ...
    @property
    def lines(self) -> Sequence[GoodsLine]: ...
    @property
    def currency_id(self) -> int | None: ...
    @property
    def exchange_rate(self) -> Decimal: ...
    @property
    def payment_days(self) -> int | None: ...


class ClaimedLine(Protocol):
    """A line of an expense claim."""

    @property
    def line_id(self) -> int: ...
    @property
    def category(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def tax_amount(self) -> Decimal: ...


class Claimed(Protocol):
    """An expense claim that was approved."""

    @property
    def claim_id(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def employee_id(self) -> int: ...
    @property
    def day(self) -> dt.date: ...
    @property
    def lines(self) -> Sequence[ClaimedLine]: ...
    @property
    def department_id(self) -> int | None: ...


class Revoked(Protocol):
    """An approved claim that was taken back."""

    @property
    def claim_id(self) -> int: ...
    @property
    def number(self) -> str: ...


@on("erp_sales.invoice_requested")
def invoice_customers(events: Sequence[Requested]) -> None:
    """Make and post the invoice of each request, for exactly the amounts it names."""
    rules, usual = steps({event.currency_id for event in events}), usual_days()
    issue_invoices([
        Bill(
            "sale", event.day, due_date(event.day, event.payment_days, usual),
            (*(BillLine(
                line.quantity, line.net, line.tax_amount, line.product_id, line.description, line.unit_id,
                line.unit_price, line.discount, line.tax_id, line.tax_rate,
                source_line=AnyRef("erp_sales.order_line", line.line_id, event.number)) for line in event.lines),
             *_freight(event.freight)),
            rules[event.currency_id], party_id=event.customer_id, payment_days=event.payment_days,
            reference=event.customer_reference, source=AnyRef("erp_sales.order", event.order_id, event.number),
            currency_id=event.currency_id, exchange_rate=event.exchange_rate)
        for event in events], because=events)


@on("erp_purchase.bill_received")
def take_suppliers_invoices(events: Sequence[Received]) -> None:
    """Post each supplier's invoice against the goods that were received for it."""
    rules, usual = steps({event.currency_id for event in events}), usual_days()
    issue_invoices([
        Bill(
            "purchase", event.day, due_date(event.day, event.payment_days, usual),
            tuple(BillLine(
                line.quantity, line.net, line.tax_amount, line.product_id, line.description, line.unit_id,
                line.unit_price, tax_id=line.tax_id, source_line=AnyRef(
                    "erp_purchase.order_line", line.line_id, event.number)) for line in event.lines),
            rules[event.currency_id], party_id=event.supplier_id, payment_days=event.payment_days,
            reference=event.supplier_reference[:60], source=AnyRef("erp_purchase.order", event.order_id, event.number),
            currency_id=event.currency_id, exchange_rate=event.exchange_rate)
        for event in events], because=events)


@on("oa.expense_approved")
def owe_employees(events: Sequence[Claimed]) -> None:
    """Post what employees claim to the accounts of its expense types, with their department."""
    rules = steps({None})
    issue_invoices([
        Bill(
            "claim", event.day, event.day,
            tuple(BillLine(
                Decimal(1), line.amount - line.tax_amount, line.tax_amount, description=line.description[:200],
                unit_price=line.amount - line.tax_amount, expense_type=line.category,
                department_id=event.department_id, source_line=AnyRef(
                    "oa.expense_claim_line", line.line_id, event.number)) for line in event.lines),
            rules[None], employee_id=event.employee_id, source=AnyRef("oa.expense_claim", event.claim_id, event.number))
        for event in events], because=events)


@on("oa.expense_revoked")
def take_claims_back(events: Sequence[Revoked]) -> None:
    """Reverse the invoices of claims that were taken back; refuses those paid already."""
    reverse_invoices(invoices_of([AnyRef("oa.expense_claim", event.claim_id, event.number) for event in events]))


def _freight(amount: Decimal) -> list[BillLine]:
    if amount == ZERO:
        return []
    return [BillLine(Decimal(1), amount, description=str(_("Freight")), unit_price=amount)]
