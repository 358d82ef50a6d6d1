"""The purchase order, its lines, and the requests they came of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy import inspect

from kernel import (
    Contact,
    Currency,
    Document,
    Entity,
    Mapped,
    Money,
    Party,
    Pricing,
    Problem,
    Product,
    Quantity,
    Tax,
    Unit,
    User,
    _,
    changes_after_draft,
    check_priced_lines,
    date,
    documents_of,
    instant,
    integer,
    link,
    money,
    note,
    percent,
    serial,
    session,
    setting,
    settle_documents,
    state,
    text,
    within,
)
from kernel import lines as rows  # `lines` and `quantity` are fields here
from kernel import quantity as measure
from plugins.erp_purchase.orders.terms import take_terms, value_in_own_currency
from plugins.erp_purchase.requests.models import Request, RequestLine

PURCHASES = Pricing("purchase", "supplier", lambda: setting("erp_purchase.tax_rounding") != "document")


class Order(
    Document, label=_("Purchase order"), plural=_("Purchase orders"), icon="shopping-bag", title="number", tagged=True,
):
    """What was ordered from a supplier. Prices, tax and totals follow from the lines until the order is approved.

    What arrived, was billed and paid is kept by whoever tells of it. An order brought in as history keeps the amounts
    it came with.
    """

    number: Mapped[str] = serial("PO-{year}-{n:05}", label=_("Number"))
    supplier: Mapped[Party] = link(label=_("Supplier"), among={"is_supplier": "1"})
    supplier_id: Mapped[int]
    contact: Mapped[Contact | None] = link(label=_("Contact"), index=False)
    contact_id: Mapped[int | None]
    supplier_order: Mapped[str | None] = text(60, label=_("Supplier's order number"), searchable=True)
    state: Mapped[str] = state("draft", label=_("State"))
    owner: Mapped[User | None] = link(label=_("Buyer"), present=True)
    owner_id: Mapped[int | None]
    order_date: Mapped[dt.date | None] = date(label=_("Ordered"), required=False, index=True, present=True)
    expected_on: Mapped[dt.date | None] = date(label=_("Expected"), index=True, kept_by="received_percent")
    shipped_on: Mapped[dt.date | None] = date(label=_("Shipped"))
    payment_days: Mapped[int | None] = integer(label=_("Days to pay"), help=_("The supplier's terms where empty"))
    over_percent: Mapped[Decimal | None] = percent(
        label=_("Over-delivery %"), help=_("How much more than ordered may arrive; the supplier's terms where empty"))
    currency: Mapped[Currency | None] = link(label=_("Currency"), help=_("The supplier's where empty"), index=False)
    currency_id: Mapped[int | None]
    exchange_rate: Mapped[Quantity] = measure(
        label=_("Exchange rate"), default=1, help=_("One unit of it in the company's currency"))
    subtotal: Mapped[Money] = money(label=_("Subtotal"), default=0, readonly=True, currency="currency")
    tax_amount: Mapped[Money] = money(label=_("Tax"), default=0, readonly=True, currency="currency")
    freight: Mapped[Money] = money(label=_("Freight"), default=0, currency="currency")
    total: Mapped[Money] = money(label=_("Total"), default=0, readonly=True, currency="currency")
    own_total: Mapped[Money] = money(
        label=_("Total in own currency"), default=0, readonly=True, help=_("What approvals look at"))
    received_percent: Mapped[Decimal] = percent(label=_("Received"), default=0, readonly=True, meter=True)
    billed_percent: Mapped[Decimal] = percent(label=_("Billed"), default=0, readonly=True, meter=True)
    billed_amount: Mapped[Money] = money(label=_("Billed amount"), default=0, readonly=True, currency="currency")
    billed_freight: Mapped[Money] = money(default=0, readonly=True, hidden=True, currency="currency")
    paid_amount: Mapped[Money] = money(label=_("Paid"), default=0, readonly=True, currency="currency")
    supplier_reference: Mapped[str | None] = text(60, label=_("Supplier's invoice number"), searchable=True)
    bill_day: Mapped[dt.date | None] = date(label=_("Invoice date"))
    billed_as: Mapped[str | None] = text(200, label=_("Supplier's invoices"), readonly=True, searchable=True)
    comment: Mapped[str | None] = note(label=_("Note"))
    cancel_reason: Mapped[str | None] = text(200, label=_("Reason for cancelling"))
    approved_at: Mapped[dt.datetime | None] = instant(label=_("Approved"), readonly=True)
    lines: Mapped[list[OrderLine]] = rows("order", label=_("Lines"))
    origins: Mapped[list[OrderOrigin]] = rows("order", label=_("Requested by"))

    @property
    def day(self) -> dt.date:
        """Give the day prices are asked for."""
        return self.order_date or session().today

    @classmethod
    def prepare(cls, records: Sequence[Order]) -> None:
        take_terms([record for record in records if inspect(record).pending and not record.historical])
        _settle(records)

    @classmethod
    def check(cls, records: Sequence[Order]) -> Iterable[Problem]:
        for record in records:
            if not within(record.freight, 0):
                yield Problem("freight", _("Freight can't be less than zero"), "NEGATIVE", record)
            if not within(record.exchange_rate, Decimal("0.000001")):
                yield Problem("exchange_rate", _("A rate is greater than zero"), "RATE", record)
            if not within(record.over_percent or 0, 0, 100):
                yield Problem("over_percent", _("A tolerance lies between 0 and 100 %"), "TOLERANCE", record)
            for name in changes_after_draft(record, record, FIXED):
                yield Problem(
                    name, _("{number} is no draft any more: this stays as it is", number=record.number),
                    "APPROVED", record)
            removed = inspect(record).attrs["lines"].history.deleted
            if removed and any(origin.order_line in removed for origin in record.origins):
                yield Problem(
                    "lines", _("A line that was requested can't be taken out: cancel {number}, and the request can be "
                               "ordered anew", number=record.number), "REQUESTED", record)


FIXED = ("supplier_id", "order_date", "currency_id", "exchange_rate", "freight", "over_percent", "lines")
"""What nobody changes once an order is approved or being approved."""


class OrderLine(
    Entity, label=_("Purchase order line"), plural=_("Purchase order lines"), icon="list", title="description"
):
    """A product on an order with its price, and what of it arrived and was billed, in the line's unit."""

    order: Mapped[Order] = link(parent=True, label=_("Order"))
    order_id: Mapped[int]
    product: Mapped[Product] = link(label=_("Product"))
    product_id: Mapped[int]
    description: Mapped[str | None] = text(200, label=_("Description"))
    quantity: Mapped[Quantity] = measure(label=_("Quantity"), default=1, unit="unit", decimals=2)
    unit: Mapped[Unit] = link(label=_("Unit"), required=False, index=False)
    unit_id: Mapped[int]
    unit_price: Mapped[Money | None] = money(label=_("Price"), decimals=4, currency="order.currency")
    discount: Mapped[Decimal] = percent(label=_("Discount %"), default=0)
    tax: Mapped[Tax | None] = link(label=_("Tax"), index=False)
    tax_id: Mapped[int | None]
    tax_rate: Mapped[Decimal] = percent(label=_("Tax rate"), default=0, readonly=True)
    tax_amount: Mapped[Money] = money(label=_("Tax amount"), default=0, readonly=True, currency="order.currency")
    line_total: Mapped[Money] = money(label=_("Amount"), default=0, readonly=True, currency="order.currency")
    expected_on: Mapped[dt.date | None] = date(label=_("Expected"))
    price_source: Mapped[str | None] = text(200, label=_("Why this price"), readonly=True)
    received: Mapped[Quantity] = measure(label=_("Received"), default=0, readonly=True, unit="unit", decimals=2)
    rejected: Mapped[Quantity] = measure(label=_("Rejected"), default=0, readonly=True, unit="unit", decimals=2)
    billed: Mapped[Quantity] = measure(label=_("Billed"), default=0, readonly=True, unit="unit", decimals=2)
    arriving: Mapped[Quantity | None] = measure(
        label=_("Arrived now"), unit="unit", decimals=2, instead_of="erp_inventory",
        help=_("Everything open where no line says anything"))
    bill_quantity: Mapped[Quantity | None] = measure(
        label=_("On the invoice"), unit="unit", decimals=2, help=_("Everything received where no line says anything"))
    bill_price: Mapped[Money | None] = money(
        label=_("Price on the invoice"), decimals=4, help=_("As ordered where empty"), currency="order.currency")

    @classmethod
    def prepare(cls, records: Sequence[OrderLine]) -> None:
        _settle(documents_of(Order, records))

    @classmethod
    def check(cls, records: Sequence[OrderLine]) -> Iterable[Problem]:
        yield from check_priced_lines(records)
        for record in records:
            for name in ("arriving", "bill_quantity", "bill_price"):
                if not within(getattr(record, name), 0):
                    yield Problem(name, _("This can't be less than zero"), "NEGATIVE", record)
            for name in changes_after_draft(record, record.order, LINE_FIXED):
                yield Problem(
                    name, _("{number} is no draft any more: its lines stay as they are", number=record.order.number),
                    "APPROVED", record)


LINE_FIXED = ("product_id", "quantity", "unit_id", "unit_price", "discount", "tax_id")


class OrderOrigin(Entity, label=_("Origin"), plural=_("Origins"), icon="arrow-guide", title="wanted_for"):
    """A line of a request that an order's line was made for, and how much of it."""

    order: Mapped[Order] = link(parent=True, label=_("Order"))
    order_id: Mapped[int]
    order_line: Mapped[OrderLine | None] = link(label=_("Order line"), readonly=True, hidden=True)
    order_line_id: Mapped[int | None]
    request: Mapped[Request | None] = link(label=_("Request"), readonly=True, follows=True)
    request_id: Mapped[int | None]
    request_line: Mapped[RequestLine | None] = link(label=_("Requested"), readonly=True, follows=True)
    request_line_id: Mapped[int | None]
    quantity: Mapped[Quantity] = measure(label=_("Quantity"), default=0, readonly=True, decimals=2)
    wanted_for: Mapped[str | None] = text(200, label=_("Wanted for"), readonly=True)


def _settle(orders: Sequence[Order]) -> None:
    settled = settle_documents(OrderLine, orders, PURCHASES)
    value_in_own_currency([order for order in orders if order.id in settled])
