"""The invoice of a customer, a supplier or an employee, and its lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, event, inspect, select
from sqlalchemy.orm import selectinload

from kernel import (
    AnyRef,
    Currency,
    Department,
    Document,
    Employee,
    Entity,
    Mapped,
    Money,
    Party,
    Problem,
    Product,
    Quantity,
    Refusal,
    Tax,
    Unit,
    _,
    choice,
    date,
    instant,
    integer,
    lines,
    link,
    money,
    note,
    percent,
    quantity,
    ref,
    serial,
    session,
    setting,
    state,
    tax_rates,
    text,
    within,
)
from plugins.erp_finance.amounts import ZERO, document_roundings, price_lines
from plugins.erp_finance.ledger.models import Account

SERIES = {"sale": "INV", "purchase": "BILL", "claim": "CLM"}


class Invoice(Document, label=_("Invoice"), plural=_("Invoices"), icon="file-invoice", title="number", tagged=True):
    """What a customer owes us, or we a supplier or an employee.

    `outstanding` is what is left to pay: total − payments allocated − reversals, written by one function. A posted
    invoice never changes; a reversing one takes it back.
    """

    number: Mapped[str | None] = serial("{series}-{year}-{n:05}", gapless=True, label=_("Number"))
    series: Mapped[str | None] = text(10, label=_("Series"), readonly=True, hidden=True)
    kind: Mapped[str] = choice(
        ("sale", _("Customer invoice"), "green"), ("purchase", _("Supplier invoice"), "amber"),
        ("claim", _("Expense claim"), "violet"), label=_("Kind"), default="sale")
    state: Mapped[str] = state("draft", label=_("State"))
    party: Mapped[Party | None] = link(label=_("Party"), help=_("The customer or supplier"))
    party_id: Mapped[int | None]
    employee: Mapped[Employee | None] = link(label=_("Employee"), help=_("For expense claims"))
    employee_id: Mapped[int | None]
    day: Mapped[dt.date] = date(label=_("Invoice date"), required=False, index=True, present=True)
    payment_days: Mapped[int | None] = integer(label=_("Days to pay"))
    due_on: Mapped[dt.date] = date(label=_("Due"), required=False)
    reference: Mapped[str | None] = text(60, label=_("Their reference"), searchable=True)
    source: Mapped[AnyRef | None] = ref(label=_("Source"))
    source_entity: Mapped[str | None]
    source_id: Mapped[int | None]
    source_title: Mapped[str | None]
    currency: Mapped[Currency | None] = link(label=_("Currency"), help=_("The company's where empty"), index=False)
    currency_id: Mapped[int | None]
    exchange_rate: Mapped[Quantity] = quantity(
        label=_("Exchange rate"), default=1, help=_("One unit of it in the company's currency"))
    subtotal: Mapped[Money] = money(label=_("Subtotal"), default=0, readonly=True, currency="currency")
    tax_amount: Mapped[Money] = money(label=_("Tax"), default=0, readonly=True, currency="currency")
    total: Mapped[Money] = money(label=_("Total"), default=0, readonly=True, currency="currency")
    outstanding: Mapped[Money] = money(label=_("Outstanding"), default=0, readonly=True, currency="currency")
    base_total: Mapped[Money] = money(label=_("Total in our currency"), default=0, readonly=True)
    base_outstanding: Mapped[Money] = money(label=_("Outstanding in our currency"), default=0, readonly=True)
    settled_on: Mapped[dt.date | None] = date(label=_("Settled"), readonly=True)
    reversal_of: Mapped[Invoice | None] = link(label=_("Reverses"), readonly=True, follows=True)
    reversal_of_id: Mapped[int | None]
    reversed_on: Mapped[dt.date | None] = date(label=_("Reversed on"), readonly=True)
    posted_at: Mapped[dt.datetime | None] = instant(label=_("Posted"), readonly=True)
    comment: Mapped[str | None] = note(label=_("Note"))
    lines: Mapped[list[InvoiceLine]] = lines("invoice", label=_("Lines"))

    @property
    def title(self) -> str:
        """Name the invoice by its number, a draft by whom it is for."""
        return self.number or f"{_('Draft invoice')} {self.id}"

    @classmethod
    def prepare(cls, records: Sequence[Invoice]) -> None:
        drafts = [record for record in records if record.state in (None, "draft") and not record.historical]
        usual = usual_days() if any(record.payment_days is None for record in drafts) else 0
        for record in drafts:
            record.series = SERIES.get(record.kind or "sale", "INV")
            given = record.__dict__.get("due_on")
            if given is None or (record.payment_days is not None and _has_changed(record, "payment_days")):
                days = record.payment_days
                if days is None:
                    days = 0 if record.kind == "claim" else usual
                record.due_on = record.day + dt.timedelta(days=days)
        settle(drafts)

    @classmethod
    def check(cls, records: Sequence[Invoice]) -> Iterable[Problem]:
        for record in records:
            if record.historical:
                continue
            if record.kind == "claim" and not (record.employee_id or record.__dict__.get("employee")):
                yield Problem("employee", _("An expense claim needs its employee"), "REQUIRED", record)
            if record.kind != "claim" and not (record.party_id or record.__dict__.get("party")):
                yield Problem("party", _("An invoice needs its customer or supplier"), "REQUIRED", record)
            if not within(record.exchange_rate, Decimal("0.000001")):
                yield Problem("exchange_rate", _("A rate is greater than zero"), "RATE", record)
            if record.due_on < record.day:
                yield Problem("due_on", _("This lies before the date of the invoice"), "DATES", record)
            if name := changed_after_posting(record, record, MAY_CHANGE):
                yield Problem(name, _("{number} is posted and stays as it is: reverse it", number=record.title),
                              "POSTED", record)


MAY_CHANGE = frozenset({
    "state", "comment", "outstanding", "base_outstanding", "settled_on", "reversed_on", "archived", "custom"})


class InvoiceLine(Entity, label=_("Invoice line"), plural=_("Invoice lines"), icon="list", title="description"):
    """What is invoiced: a product, or anything described, on the account that follows from it or is named."""

    invoice: Mapped[Invoice] = link(parent=True, label=_("Invoice"))
    invoice_id: Mapped[int]
    product: Mapped[Product | None] = link(label=_("Product"))
    product_id: Mapped[int | None]
    description: Mapped[str | None] = text(200, label=_("Description"))
    quantity: Mapped[Quantity] = quantity(label=_("Quantity"), default=1, unit="unit", decimals=2)
    unit: Mapped[Unit | None] = link(label=_("Unit"), index=False)
    unit_id: Mapped[int | None]
    unit_price: Mapped[Money] = money(label=_("Price"), default=0, decimals=4, currency="invoice.currency")
    discount: Mapped[Decimal] = percent(label=_("Discount %"), default=0)
    tax: Mapped[Tax | None] = link(label=_("Tax"), index=False)
    tax_id: Mapped[int | None]
    tax_rate: Mapped[Decimal] = percent(label=_("Tax rate"), default=0, readonly=True)
    tax_amount: Mapped[Money] = money(label=_("Tax amount"), default=0, readonly=True, currency="invoice.currency")
    net: Mapped[Money] = money(label=_("Amount"), default=0, readonly=True, currency="invoice.currency")
    account: Mapped[Account | None] = link(label=_("Account"), help=_("What it is posted to; follows from the line "
                                                                      "where empty"), index=False)
    account_id: Mapped[int | None]
    expense_type: Mapped[str | None] = text(60, label=_("Expense type"))
    department: Mapped[Department | None] = link(label=_("Department"), index=False)
    department_id: Mapped[int | None]
    source_line: Mapped[AnyRef | None] = ref(label=_("Source line"), hidden=True)
    source_line_entity: Mapped[str | None]
    source_line_id: Mapped[int | None]
    source_line_title: Mapped[str | None]

    @classmethod
    def prepare(cls, records: Sequence[InvoiceLine]) -> None:
        invoices = {id(each): each for line in records if (each := _invoice_of(line)) is not None}
        settle([each for each in invoices.values() if each.state in (None, "draft") and not each.historical])

    @classmethod
    def check(cls, records: Sequence[InvoiceLine]) -> Iterable[Problem]:
        for record in records:
            if changed_after_posting(record, record.invoice, frozenset({"custom"})):
                yield Problem("lines", _("{number} is posted and stays as it is: reverse it",
                                         number=record.invoice.title), "POSTED", record)
            if not within(record.discount, 0, 100):
                yield Problem("discount", _("A discount lies between 0 and 100 %"), "DISCOUNT", record)
            if not record.description and not (record.product_id or record.__dict__.get("product")):
                yield Problem("description", _("Say what is invoiced, or choose a product"), "REQUIRED", record)


Index("ix_erp_finance_invoice_open", Invoice.company_id, Invoice.kind, Invoice.settled_on)
Index("ix_erp_finance_invoice_owed", Invoice.company_id, Invoice.party_id, Invoice.settled_on)


def usual_days() -> int:
    """Give the days to pay where neither an invoice nor its order says."""
    return int(str(setting("erp_finance.payment_days")))


def settle(drafts: Sequence[Invoice]) -> None:
    """Fill in the lines of drafts from their products, and set what lines and drafts come to; few statements."""
    if not drafts:
        return
    if waiting := [each.id for each in drafts if "lines" not in each.__dict__ and not inspect(each).pending]:
        session().scalars(select(Invoice).where(Invoice.id.in_(waiting)).options(selectinload(Invoice.lines))).all()
    rows = {invoice.id: list(invoice.lines) for invoice in drafts}
    everything = [line for lines in rows.values() for line in lines]
    _fill_from_products(everything)
    rules = document_roundings({_id(invoice, "currency") for invoice in drafts})
    for invoice in drafts:
        rounding = rules[_id(invoice, "currency")]
        lines = rows[invoice.id]
        price_lines(lines, rounding)
        invoice.subtotal = sum((line.net for line in lines), ZERO)
        invoice.tax_amount = sum((line.tax_amount for line in lines), ZERO)
        invoice.tax_amount = rounding.amount(invoice.tax_amount)
        invoice.total = invoice.subtotal + invoice.tax_amount


def changed_after_posting(record: Any, invoice: Invoice | None, free: frozenset[str]) -> str:
    """Name a field that was changed although the invoice is posted, or ""."""
    if invoice is None or invoice.historical or invoice.state in (None, "draft"):
        return ""
    if _has_changed(invoice, "state"):
        return ""
    known: Any = inspect(record)
    if known.pending:
        return "lines" if record is not invoice else ""
    return next((name for name in known.committed_state
                 if name not in free and known.attrs[name].history.has_changes()), "")


def _invoice_of(line: Any) -> Invoice | None:
    """Give a line's invoice; a new line may have its id alone."""
    invoice: Invoice | None = line.invoice
    return invoice


def _has_changed(record: Any, name: str) -> bool:
    known: Any = inspect(record)
    return bool(known.attrs[name].history.has_changes())


def _id(record: Any, name: str) -> int | None:
    value: int | None = getattr(record, f"{name}_id")
    return value if value is not None else getattr(record.__dict__.get(name), "id", None)


def _fill_from_products(lines: Sequence[InvoiceLine]) -> None:
    fresh = [line for line in lines if inspect(line).pending and _id(line, "product")]
    if fresh:
        wanted = {_id(line, "product") for line in fresh}
        products = {each.id: each for each in session().scalars(select(Product).where(Product.id.in_(wanted)))}
        for line in fresh:
            if product := products.get(_id(line, "product") or 0):
                line.description = line.description or product.name
                line.unit_id = _id(line, "unit") or product.unit_id
                line.tax_id = _id(line, "tax") or product.tax_id
                invoice = _invoice_of(line)
                if not line.unit_price and invoice is not None and invoice.kind == "sale":
                    line.unit_price = product.list_price
    rates = tax_rates()
    for line in lines:
        line.tax_rate = rates.get(_id(line, "tax") or 0, ZERO)


@event.listens_for(Invoice, "before_delete")
@event.listens_for(InvoiceLine, "before_delete")
def _keep_what_is_posted(mapper: object, connection: object, record: Invoice | InvoiceLine) -> None:
    """Refuse to delete what is posted, by whatever door."""
    invoice = record if isinstance(record, Invoice) else session().get(Invoice, record.invoice_id)
    if invoice is not None and invoice.state not in (None, "draft"):
        raise Refusal("POSTED", _("{number} is posted and stays as it is: reverse it", number=invoice.title),
                      record=invoice, fix=_("Reverse the invoice"))
