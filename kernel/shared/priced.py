"""What quotes, orders and invoices have in common: lines that take their values from products, and totals."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol, TypeVar

from sqlalchemy import inspect, select

from kernel.entities.base import Entity
from kernel.entities.work import session
from kernel.errors import Problem
from kernel.hooks.specifications import ask
from kernel.i18n import _
from kernel.shared.amounts import PricedDocument, PricedLine, roundings, total_up
from kernel.shared.contracts.questions import PriceAnswer, PriceQuestion, first_known
from kernel.shared.models.currencies import Currency
from kernel.shared.models.products import Product, Tax
from kernel.shared.ranges import within
from kernel.shared.standing import company_currency, currency_facts, tax_rates

__all__ = [
    "DraftDocument", "DraftLine", "Pricing", "changes_after_draft", "check_priced_lines", "documents_of",
    "settle_documents", "work_out",
]


class DraftLine(PricedLine, Protocol):
    """A line of a document that is being drafted."""

    description: str | None
    unit_id: int
    tax: Tax | None
    tax_id: int | None
    price_source: str | None


class DraftDocument(PricedDocument, Protocol):
    """A document that is being drafted."""

    id: int
    currency: Currency | None
    currency_id: int | None
    state: str
    historical: bool

    @property
    def day(self) -> dt.date: ...


@dataclass(frozen=True, slots=True)
class Pricing:
    """Where documents take their prices from: which side, the link that names the party, how tax is rounded."""

    side: Literal["sale", "purchase"]
    party: str
    tax_per_line: Callable[[], bool] = lambda: True
    """Asked when there is something to round: usually a setting."""


D = TypeVar("D", bound=Entity)


def settle_documents(
    line_class: type[Any], documents: Iterable[DraftDocument], pricing: Pricing
) -> Mapping[int, Sequence[Any]]:
    """Fill in the lines of drafts from their products and set the documents' totals; history keeps its amounts.

    For the `prepare` of documents and of their lines. Gives the lines of the drafts by the documents' ids. A few
    statements, however many documents and lines.
    """
    derived = session().derived
    drafts = [
        each for each in documents
        if each.state in (None, "draft") and not each.historical and (line_class, each.id) not in derived]
    if not drafts:
        return {}
    derived.update((line_class, each.id) for each in drafts)  # lines and their document ask for the same
    lines = _lines_of(line_class, drafts)
    work_out([(document, lines[document.id]) for document in drafts], pricing, lambda line: inspect(line).pending)
    return lines


def work_out(
    documents: Sequence[tuple[Any, Sequence[Any]]], pricing: Pricing, is_new: Callable[[Any], bool] = lambda line: True
) -> None:
    """Fill in lines from their products, ask for prices that nobody has typed in, and set amounts and totals.

    `is_new` says which lines take unit, description and tax from their product. Works on records and on plain objects
    with the same attributes.
    """
    everything = [(document, line) for document, lines in documents for line in lines]
    _fill_from_products([line for _document, line in everything], is_new)
    _fill_prices(everything, pricing)
    rules = roundings(
        {_id(document, "currency") for document, _lines in documents}, per_line=pricing.tax_per_line())
    for document, lines in documents:
        total_up(document, lines, rules[_id(document, "currency")])


def documents_of(document_class: type[D], lines: Sequence[Entity]) -> list[D]:
    """Give the documents of lines, those not yet loaded in one statement."""
    parent = type(lines[0]).__parent__ or ""
    column = f"{parent}_id"
    missing = {
        id_ for line in lines if (id_ := getattr(line, column)) and line.__dict__.get(parent) is None
        and session().identity_key(document_class, id_) not in session().identity_map}
    held = session().scalars(select(document_class).where(document_class.id.in_(missing))).all() if missing else ()
    found = {id(each): each for line in lines if (each := getattr(line, parent)) is not None}
    del held  # kept alive until the lines point to them
    return list(found.values())


def changes_after_draft(record: Any, document: DraftDocument | None, names: Sequence[str]) -> list[str]:
    """Name the fields of a document or line that were changed though the document is no draft any more."""
    if document is None or document.historical or document.state in (None, "draft"):
        return []
    if inspect(document).attrs["state"].history.has_changes():
        return []
    state: Any = inspect(record)
    return [name for name in names if state.attrs[name].history.has_changes()]


def check_priced_lines(lines: Sequence[DraftLine]) -> Iterable[Problem]:
    """Say what is wrong with the values of lines."""
    for line in lines:
        if not within(line.quantity, Decimal("0.000001")):
            yield Problem("quantity", _("A quantity is greater than zero"), "QUANTITY", line)
        if not within(line.discount, 0, 100):
            yield Problem("discount", _("A discount lies between 0 and 100 %"), "DISCOUNT", line)
        if line.unit_price is None:
            yield Problem("unit_price", _("There is no price for {product}: enter one",
                                          product=line.description or ""), "PRICE", line)
        elif not within(line.unit_price, 0):
            yield Problem("unit_price", _("A price can't be less than zero"), "NEGATIVE", line)


def _id(record: Any, link: str) -> Any:
    """Give a link's id, be it set as an id or as a record."""
    value = getattr(record, f"{link}_id")
    if value is None:
        value = getattr(record.__dict__.get(link), "id", None)
    return value


def _lines_of(line_class: type[Any], documents: Sequence[DraftDocument]) -> dict[int, list[Any]]:
    current = session()
    parent = line_class.__parent__
    found: dict[int, list[Any]] = {document.id: [] for document in documents}
    waiting = []
    for document in documents:
        if "lines" in document.__dict__ or inspect(document).pending:
            found[document.id] = list(document.lines)  # type: ignore[attr-defined]
        else:
            waiting.append(document.id)
    if waiting:
        column = getattr(line_class, f"{parent}_id")
        for line in current.scalars(select(line_class).where(column.in_(waiting)).order_by(line_class.id)):
            if line not in current.deleted:
                found[_id(line, parent)].append(line)
    for line in current.new:
        if isinstance(line, line_class) and (lines := found.get(_id(line, parent))) is not None and line not in lines:
            lines.append(line)
    return found


def _fill_from_products(lines: Sequence[DraftLine], is_new: Callable[[Any], bool]) -> None:
    fresh = [line for line in lines if is_new(line) and _id(line, "product")]
    if fresh:
        wanted = {_id(line, "product") for line in fresh}
        products = {each.id: each for each in session().execute(
            select(Product.id, Product.name, Product.unit_id, Product.tax_id).where(Product.id.in_(wanted)))}
        for line in fresh:
            if product := products.get(_id(line, "product")):
                line.description = line.description or product.name
                line.unit_id = _id(line, "unit") or product.unit_id
                line.tax_id = _id(line, "tax") or product.tax_id
    rates = tax_rates()
    for line in lines:
        rate = rates.get(_id(line, "tax"), Decimal(0))
        if line.tax_rate != rate:
            line.tax_rate = rate


def _fill_prices(pairs: Sequence[tuple[DraftDocument, DraftLine]], pricing: Pricing) -> None:
    """Ask for the prices that nobody has typed in."""
    asking = [(document, line) for document, line in pairs if line.unit_price is None and _id(line, "product")]
    if not asking:
        return
    own, known = company_currency().code, currency_facts()
    questions = [
        PriceQuestion(
            product_id=_id(line, "product"), quantity=line.quantity or Decimal(1), unit_id=line.unit_id,
            day=document.day, party_id=_id(document, pricing.party), side=pricing.side,
            currency=own if (currency := _id(document, "currency")) is None else known[currency].code)
        for document, line in asking]
    answers: list[PriceAnswer | None] = first_known(ask.unit_price(questions=questions), len(questions))
    for (_document, line), answer in zip(asking, answers, strict=True):
        if answer is not None:
            line.unit_price = answer.price
            line.discount = line.discount or answer.discount
            line.price_source = str(answer.why)

