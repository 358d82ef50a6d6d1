"""The quote and its lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from kernel import (
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
    date,
    lines,
    link,
    money,
    note,
    percent,
    quantity,
    serial,
    session,
    setting,
    state,
    text,
)
from plugins.erp_sales.documents import changes_after_draft, check_lines, documents_of, settle


class Quote(Document, label=_("Quote"), plural=_("Quotes"), icon="file-text", title="number", tagged=True):
    """An offer to a customer, valid until a day. Accepting it drafts an order."""

    number: Mapped[str] = serial("QU-{year}-{n:05}", label=_("Number"))
    customer: Mapped[Party] = link(label=_("Customer"), among={"is_customer": "1"})
    customer_id: Mapped[int]
    contact: Mapped[Contact | None] = link(label=_("Contact"), index=False)
    contact_id: Mapped[int | None]
    state: Mapped[str] = state("draft", label=_("State"))
    owner: Mapped[User | None] = link(label=_("Owner"), present=True)
    owner_id: Mapped[int | None]
    quote_date: Mapped[dt.date | None] = date(label=_("Quoted"), required=False, present=True)
    valid_until: Mapped[dt.date | None] = date(label=_("Valid until"))
    currency: Mapped[Currency | None] = link(label=_("Currency"), help=_("The company's where empty"), index=False)
    currency_id: Mapped[int | None]
    subtotal: Mapped[Money] = money(label=_("Subtotal"), default=0, readonly=True, currency="currency")
    tax_amount: Mapped[Money] = money(label=_("Tax"), default=0, readonly=True, currency="currency")
    freight: Mapped[Money] = money(label=_("Freight"), default=0, currency="currency")
    total: Mapped[Money] = money(label=_("Total"), default=0, readonly=True, currency="currency")
    largest_discount: Mapped[Decimal] = percent(label=_("Largest discount"), default=0, readonly=True)
    comment: Mapped[str | None] = note(label=_("Note"))
    decline_reason: Mapped[str | None] = text(200, label=_("Why it was declined"))
    lines: Mapped[list[QuoteLine]] = lines("quote", label=_("Lines"))

    @property
    def day(self) -> dt.date:
        """Give the day prices are asked for."""
        return self.quote_date or session().today

    @classmethod
    def prepare(cls, records: Sequence[Quote]) -> None:
        days = int(str(setting("erp_sales.quote_days")))
        for record in records:
            record.valid_until = record.valid_until or record.day + dt.timedelta(days=days)
        settle(QuoteLine, records)

    @classmethod
    def check(cls, records: Sequence[Quote]) -> Iterable[Problem]:
        for record in records:
            if record.valid_until and record.valid_until < record.day:
                yield Problem("valid_until", _("This lies before the day of the quote"), "DATES", record)
            for name in changes_after_draft(record, record, ("customer_id", "currency_id", "freight", "lines")):
                yield Problem(name, _("{number} was sent: make it a draft again to change it", number=record.number),
                              "APPROVED", record)


class QuoteLine(Entity, label=_("Quote line"), plural=_("Quote lines"), icon="list", title="description"):
    """A product on a quote, with its price, discount and tax."""

    quote: Mapped[Quote] = link(parent=True, label=_("Quote"))
    quote_id: Mapped[int]
    product: Mapped[Product] = link(label=_("Product"))
    product_id: Mapped[int]
    description: Mapped[str | None] = text(200, label=_("Description"))
    quantity: Mapped[Quantity] = quantity(label=_("Quantity"), default=1, unit="unit", decimals=2)
    unit: Mapped[Unit] = link(label=_("Unit"), required=False, index=False)
    unit_id: Mapped[int]
    unit_price: Mapped[Money | None] = money(label=_("Price"), decimals=4, currency="quote.currency")
    discount: Mapped[Decimal] = percent(label=_("Discount %"), default=0)
    tax: Mapped[Tax | None] = link(label=_("Tax"), index=False)
    tax_id: Mapped[int | None]
    tax_rate: Mapped[Decimal] = percent(label=_("Tax rate"), default=0, readonly=True)
    tax_amount: Mapped[Money] = money(label=_("Tax amount"), default=0, readonly=True, currency="quote.currency")
    line_total: Mapped[Money] = money(label=_("Amount"), default=0, readonly=True, currency="quote.currency")
    price_source: Mapped[str | None] = text(200, label=_("Why this price"), readonly=True)

    @classmethod
    def prepare(cls, records: Sequence[QuoteLine]) -> None:
        settle(QuoteLine, documents_of(Quote, records))

    @classmethod
    def check(cls, records: Sequence[QuoteLine]) -> Iterable[Problem]:
        yield from check_lines(records)
        for record in records:
            for name in changes_after_draft(record, record.quote, LINE_FIXED):
                yield Problem(name, _("{number} was sent: make it a draft again to change it",
                                      number=record.quote.number), "APPROVED", record)


LINE_FIXED = ("product_id", "quantity", "unit_id", "unit_price", "discount", "tax_id")
