"""The purchase request and its lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import inspect, select

from kernel import (
    AnyRef,
    Document,
    Entity,
    ExchangeRates,
    Json,
    Mapped,
    Money,
    Party,
    Problem,
    Product,
    Quantity,
    Rounding,
    Unit,
    User,
    _,
    changes_after_draft,
    company_currency,
    date,
    documents_of,
    json_data,
    lines,
    link,
    money,
    note,
    quantity,
    ref,
    serial,
    session,
    state,
    text,
    within,
)
from plugins.erp_purchase.suppliers.offers import Want, best_offers


class Request(
    Document, label=_("Purchase request"), plural=_("Purchase requests"), icon="clipboard-list", title="number",
    tagged=True,
):
    """What is to be bought, by when and for what. Once approved it is ordered from the suppliers of its lines."""

    number: Mapped[str] = serial("PR-{year}-{n:05}", label=_("Number"))
    state: Mapped[str] = state("draft", label=_("State"))
    owner: Mapped[User | None] = link(label=_("Requested by"), present=True)
    owner_id: Mapped[int | None]
    requested_on: Mapped[dt.date | None] = date(label=_("Requested"), required=False, index=True, present=True)
    needed_on: Mapped[dt.date | None] = date(label=_("Needed"), help=_("For lines without a day of their own"))
    reason: Mapped[str | None] = text(200, label=_("What for"), searchable=True)
    source: Mapped[AnyRef | None] = ref(label=_("Caused by"))
    source_entity: Mapped[str | None]
    source_id: Mapped[int | None]
    source_title: Mapped[str | None]
    estimate: Mapped[Money] = money(
        label=_("Estimate"), default=0, readonly=True, help=_("At today's prices, in the company's currency"))
    comment: Mapped[str | None] = note(label=_("Note"))
    reject_reason: Mapped[str | None] = text(200, label=_("Reason for sending back"))
    cancel_reason: Mapped[str | None] = text(200, label=_("Reason for cancelling"))
    lines: Mapped[list[RequestLine]] = lines("request", label=_("Lines"))

    @classmethod
    def check(cls, records: Sequence[Request]) -> Iterable[Problem]:
        for record in records:
            for name in changes_after_draft(record, record, ("lines",)):  # type: ignore[arg-type]  # has a state
                yield Problem(name, _("{number} is no draft any more: its lines stay as they are",
                                      number=record.number), "APPROVED", record)


class RequestLine(Entity, label=_("Request line"), plural=_("Request lines"), icon="list", title="description"):
    """A product to be bought, when, for what, and from whom at best."""

    request: Mapped[Request] = link(parent=True, label=_("Request"))
    request_id: Mapped[int]
    product: Mapped[Product] = link(label=_("Product"))
    product_id: Mapped[int]
    description: Mapped[str | None] = text(200, label=_("Description"))
    quantity: Mapped[Quantity] = quantity(label=_("Quantity"), default=1, unit="unit", decimals=2)
    unit: Mapped[Unit] = link(label=_("Unit"), required=False, index=False)
    unit_id: Mapped[int]
    needed_on: Mapped[dt.date | None] = date(label=_("Needed"))
    supplier: Mapped[Party | None] = link(
        label=_("Supplier"), help=_("The one with the best price where empty"), among={"is_supplier": "1"})
    supplier_id: Mapped[int | None]
    estimate: Mapped[Money] = money(label=_("Estimate"), default=0, readonly=True)
    source: Mapped[AnyRef | None] = ref(label=_("Caused by"))
    source_entity: Mapped[str | None]
    source_id: Mapped[int | None]
    source_title: Mapped[str | None]
    wanted_for: Mapped[str | None] = text(200, label=_("Wanted for"), readonly=True)
    demands: Mapped[Json | None] = json_data(label=_("Demands"))

    @classmethod
    def prepare(cls, records: Sequence[RequestLine]) -> None:
        documents_of(Request, records)  # loads them all at once
        drafts = [record for record in records if _is_draft(record)]
        if drafts:
            _fill(drafts)
            _estimate(drafts)

    @classmethod
    def check(cls, records: Sequence[RequestLine]) -> Iterable[Problem]:
        for record in records:
            if not within(record.quantity, Decimal("0.000001")):
                yield Problem("quantity", _("A quantity is greater than zero"), "QUANTITY", record)
            for name in changes_after_draft(record, record.request, FIXED):  # type: ignore[arg-type]  # has a state
                yield Problem(name, _("{number} is no draft any more: its lines stay as they are",
                                      number=record.request.number), "APPROVED", record)


FIXED = ("product_id", "quantity", "unit_id")
"""What nobody changes once a request was submitted; supplier and day may change until it is ordered."""


def _is_draft(line: RequestLine) -> bool:
    request: Request | None = line.request
    return request is None or (request.state in (None, "draft") and not request.historical)


def _fill(lines: Sequence[RequestLine]) -> None:
    """Take from their products what new lines leave open."""
    fresh = [line for line in lines if inspect(line).pending and _id(line, "product")]
    if not fresh:
        return
    wanted = {_id(line, "product") for line in fresh}
    products = {each.id: each for each in session().scalars(select(Product).where(Product.id.in_(wanted)))}
    for line in fresh:
        if product := products.get(_id(line, "product") or 0):
            line.product_id = product.id
            line.description = line.description or product.name
            line.unit_id = _id(line, "unit") or product.unit_id
            if line.needed_on is None and line.request is not None:
                line.needed_on = line.request.needed_on


def _id(line: RequestLine, name: str) -> int | None:
    """Give a link's id, be it set as an id or as a record."""
    value: int | None = getattr(line, f"{name}_id")
    return getattr(line.__dict__.get(name), "id", None) if value is None else value


def _estimate(lines: Sequence[RequestLine]) -> None:
    """Work out what lines would cost at today's best prices, and the sums of their requests."""
    today, current = session().today, session()
    known = [line for line in lines if line.product_id and _id(line, "unit") and line.quantity]
    offers = best_offers([
        Want(line.product_id, line.quantity, _id(line, "unit") or 0, today, _id(line, "supplier")) for line in known])
    rates = ExchangeRates({offer.currency for offer in offers if offer and offer.currency})
    rounding = Rounding(company_currency().step)
    for line, offer in zip(known, offers, strict=True):
        rate = rates.on(offer.currency, today) if offer else None
        value = offer.price * Fraction(line.quantity) * Fraction(rate) if offer and rate else Fraction(0)
        line.estimate = rounding.amount(Decimal(value.numerator) / Decimal(value.denominator))
        if offer and _id(line, "supplier") is None:
            line.supplier_id = offer.supplier_id
    for request in documents_of(Request, lines):
        request.estimate = sum(
            (line.estimate or Decimal(0) for line in request.lines if line not in current.deleted), Decimal(0))
