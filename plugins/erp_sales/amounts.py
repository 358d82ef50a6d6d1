"""The arithmetic of quotes and orders: what a line comes to, the tax on it, and the totals of the document."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from kernel import company_currency, currency_facts, setting

ZERO = Decimal(0)
FINEST = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a document rounds: the smallest step of its currency, and whether each line's tax is rounded by itself."""

    step: Decimal
    per_line: bool


class PricedLine(Protocol):
    """A line of a quote or order, as far as its amounts go."""

    quantity: Decimal
    unit_price: Decimal | None
    discount: Decimal
    tax_rate: Decimal
    tax_amount: Decimal
    line_total: Decimal


class PricedDocument(Protocol):
    """A quote or order, as far as its amounts go."""

    subtotal: Decimal
    tax_amount: Decimal
    freight: Decimal
    total: Decimal
    largest_discount: Decimal


def total_up(document: PricedDocument, lines: Sequence[PricedLine], rounding: Rounding) -> None:
    """Set the amounts of a document's lines and its totals.

    A line is quantity × price less its discount, rounded to the currency. Tax is rounded line by line or, where the
    company says so, once per document: then the lines keep it to 6 decimals.
    """
    for line in lines:
        gross = (line.quantity or ZERO) * (line.unit_price or ZERO)
        line.line_total = (gross * (100 - (line.discount or ZERO)) / 100).quantize(rounding.step, ROUND_HALF_UP)
        tax = line.line_total * (line.tax_rate or ZERO) / 100
        line.tax_amount = tax.quantize(rounding.step if rounding.per_line else FINEST, ROUND_HALF_UP)
    document.subtotal = sum((line.line_total for line in lines), ZERO)
    document.tax_amount = sum((line.tax_amount for line in lines), ZERO).quantize(rounding.step, ROUND_HALF_UP)
    document.total = document.subtotal + document.tax_amount + (document.freight or ZERO)
    document.largest_discount = max((line.discount or ZERO for line in lines), default=ZERO)


def roundings(currencies: Iterable[int | None]) -> Mapping[int | None, Rounding]:
    """Give how documents in these currencies round (None stands for the company's own)."""
    per_line = setting("erp_sales.tax_rounding") != "document"
    known = currency_facts()
    return {
        id_: Rounding((company_currency() if id_ is None else known[id_]).step, per_line) for id_ in set(currencies)}
