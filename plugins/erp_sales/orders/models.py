"""The sales order and its lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy import Index

from kernel import (
    Address,
    AnyRef,
    Contact,
    Currency,
    Document,
    Entity,
    Mapped,
    Money,
    Party,
    Problem,
    Product,
    Quantity,
    Tax,
    Unit,
    User,
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
    state,
    text,
    within,
)
from plugins.erp_sales.documents import changes_after_draft, check_lines, documents_of, settle
from plugins.erp_sales.quotes.models import Quote, QuoteLine


class Order(
    Document, label=_("Sales order"), plural=_("Sales orders"), icon="shopping-cart", title="number", tagged=True,
):
    """What a customer has bought. Prices, tax and totals follow from the lines until the order is confirmed.

    An order brought in as history keeps the amounts it came with.
    """

    number: Mapped[str] = serial("SO-{year}-{n:05}", label=_("Number"))
    customer: Mapped[Party] = link(label=_("Customer"), among={"is_customer": "1"})
    customer_id: Mapped[int]
    contact: Mapped[Contact | None] = link(label=_("Contact"), index=False)
    contact_id: Mapped[int | None]
    customer_reference: Mapped[str | None] = text(60, label=_("Customer's reference"), searchable=True)
    state: Mapped[str] = state("draft", label=_("State"))
    owner: Mapped[User | None] = link(label=_("Owner"), present=True)
    owner_id: Mapped[int | None]
    order_date: Mapped[dt.date | None] = date(label=_("Ordered"), required=False, index=True, present=True)
    promised_on: Mapped[dt.date | None] = date(label=_("Promised"), kept_by="delivered_percent")
    shipped_on: Mapped[dt.date | None] = date(label=_("Shipped"))
    payment_days: Mapped[int | None] = integer(label=_("Days to pay"), help=_("The customer's terms where empty"))
    channel: Mapped[str] = choice(
        ("direct", _("Direct")), ("online", _("Online")), ("dealer", _("Dealer")), label=_("Channel"), default="direct")
    ship_to: Mapped[Address | None] = link(label=_("Deliver to"), index=False)
    ship_to_id: Mapped[int | None]
    bill_to: Mapped[Address | None] = link(label=_("Bill to"), index=False)
    bill_to_id: Mapped[int | None]
    currency: Mapped[Currency | None] = link(label=_("Currency"), help=_("The company's where empty"), index=False)
    currency_id: Mapped[int | None]
    exchange_rate: Mapped[Quantity] = quantity(
        label=_("Exchange rate"), default=1, help=_("One unit of it in the company's currency"))
    subtotal: Mapped[Money] = money(label=_("Subtotal"), default=0, readonly=True, currency="currency")
    tax_amount: Mapped[Money] = money(label=_("Tax"), default=0, readonly=True, currency="currency")
    freight: Mapped[Money] = money(label=_("Freight"), default=0, currency="currency")
    total: Mapped[Money] = money(label=_("Total"), default=0, readonly=True, currency="currency")
    largest_discount: Mapped[Decimal] = percent(label=_("Largest discount"), default=0, readonly=True)
    comment: Mapped[str | None] = note(label=_("Note"))
    cancel_reason: Mapped[str | None] = text(200, label=_("Reason for cancelling"))
    confirmed_at: Mapped[dt.datetime | None] = instant(label=_("Confirmed"), readonly=True)
    origin: Mapped[str | None] = text(200, label=_("Made from"), readonly=True)
    quote: Mapped[Quote | None] = link(label=_("Quote"), readonly=True, follows=True)
    quote_id: Mapped[int | None]
    source: Mapped[AnyRef | None] = ref(label=_("Source"), help=_("The deal this order came of"))
    source_entity: Mapped[str | None]
    source_id: Mapped[int | None]
    source_title: Mapped[str | None]
    delivered_percent: Mapped[Decimal] = percent(label=_("Delivered"), default=0, readonly=True, meter=True)
    invoiced_percent: Mapped[Decimal] = percent(label=_("Invoiced"), default=0, readonly=True, meter=True)
    paid_percent: Mapped[Decimal] = percent(label=_("Paid"), default=0, readonly=True, meter=True)
    invoiced_amount: Mapped[Money] = money(label=_("Invoiced amount"), default=0, readonly=True, currency="currency")
    invoiced_freight: Mapped[Money] = money(
        label=_("Invoiced freight"), default=0, readonly=True, hidden=True, currency="currency")
    paid_amount: Mapped[Money] = money(label=_("Paid amount"), default=0, readonly=True, currency="currency")
    lines: Mapped[list[OrderLine]] = lines("order", label=_("Lines"))

    @property
    def day(self) -> dt.date:
        """Give the day prices are asked for."""
        return self.order_date or session().today

    @classmethod
    def prepare(cls, records: Sequence[Order]) -> None:
        settle(OrderLine, records)

    @classmethod
    def check(cls, records: Sequence[Order]) -> Iterable[Problem]:
        for record in records:
            if not within(record.freight, 0):
                yield Problem("freight", _("Freight can't be less than zero"), "NEGATIVE", record)
            if not within(record.exchange_rate, Decimal("0.000001")):
                yield Problem("exchange_rate", _("A rate is greater than zero"), "RATE", record)
            for name in changes_after_draft(record, record, FIXED):
                yield Problem(
                    name, _("{number} is no draft any more: this stays as it is", number=record.number),
                    "APPROVED", record)


count = quantity
"""The same function, for a class that has a field of that name."""

FIXED = ("customer_id", "order_date", "currency_id", "exchange_rate", "freight", "lines")
"""What nobody changes once an order is confirmed or being approved."""


class OrderLine(Entity, label=_("Order line"), plural=_("Order lines"), icon="list", title="description"):
    """A product on an order, with its price, discount and tax; the rest of the values follow from the product."""

    order: Mapped[Order] = link(parent=True, label=_("Order"))
    order_id: Mapped[int]
    product: Mapped[Product] = link(label=_("Product"))
    product_id: Mapped[int]
    description: Mapped[str | None] = text(200, label=_("Description"))
    quantity: Mapped[Quantity] = quantity(label=_("Quantity"), default=1, unit="unit", decimals=2)
    unit: Mapped[Unit] = link(label=_("Unit"), required=False, index=False)
    unit_id: Mapped[int]
    unit_price: Mapped[Money | None] = money(label=_("Price"), decimals=4, currency="order.currency")
    discount: Mapped[Decimal] = percent(label=_("Discount %"), default=0)
    tax: Mapped[Tax | None] = link(label=_("Tax"), index=False)
    tax_id: Mapped[int | None]
    tax_rate: Mapped[Decimal] = percent(label=_("Tax rate"), default=0, readonly=True)
    tax_amount: Mapped[Money] = money(label=_("Tax amount"), default=0, readonly=True, currency="order.currency")
    line_total: Mapped[Money] = money(label=_("Amount"), default=0, readonly=True, currency="order.currency")
    promised_on: Mapped[dt.date | None] = date(label=_("Promised"))
    price_source: Mapped[str | None] = text(200, label=_("Why this price"), readonly=True)
    tracking: Mapped[str | None] = text(60, label=_("Tracking number"))
    delivered: Mapped[Quantity] = count(
        label=_("Delivered"), default=0, readonly=True, unit="unit", decimals=2)
    shipped: Mapped[Quantity] = count(label=_("Delivered in stock units"), default=0, readonly=True, hidden=True)
    invoiced: Mapped[Quantity] = count(label=_("Invoiced"), default=0, readonly=True, unit="unit", decimals=2)
    invoiced_net: Mapped[Money] = money(
        label=_("Invoiced amount"), default=0, readonly=True, hidden=True, currency="order.currency")
    quote_line: Mapped[QuoteLine | None] = link(label=_("Quote line"), readonly=True, hidden=True)
    quote_line_id: Mapped[int | None]

    @classmethod
    def prepare(cls, records: Sequence[OrderLine]) -> None:
        settle(OrderLine, documents_of(Order, records))

    @classmethod
    def check(cls, records: Sequence[OrderLine]) -> Iterable[Problem]:
        yield from check_lines(records)
        for record in records:
            for name in changes_after_draft(record, record.order, LINE_FIXED):
                yield Problem(
                    name, _("{number} is no draft any more: its lines stay as they are", number=record.order.number),
                    "APPROVED", record)


LINE_FIXED = ("product_id", "quantity", "unit_id", "unit_price", "discount", "tax_id")


Index("ix_erp_sales_order_credit", Order.company_id, Order.customer_id, Order.state)
