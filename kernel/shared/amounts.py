"""The arithmetic of priced documents: what a line comes to, the tax on it, the totals, and what a currency is worth."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from sqlalchemy import select

from kernel.entities.work import session
from kernel.shared.models.currencies import Currency, CurrencyRate
from kernel.shared.standing import company_currency, currency_facts

__all__ = [
    "ExchangeRates", "PricedDocument", "PricedLine", "Rounding", "line_amounts", "roundings", "total_up",
]

ZERO = Decimal(0)
FINEST = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a document rounds: the smallest step of its currency, and whether each line's tax is rounded by itself."""

    step: Decimal
    per_line: bool = True

    def amount(self, value: Decimal) -> Decimal:
        """Round an amount to the currency, halves away from zero."""
        return value.quantize(self.step, ROUND_HALF_UP)


class PricedLine(Protocol):
    """A line of a quote, order or invoice, as far as its amounts go."""

    quantity: Decimal
    unit_price: Decimal | None
    discount: Decimal
    tax_rate: Decimal
    tax_amount: Decimal
    line_total: Decimal


class PricedDocument(Protocol):
    """A quote, order or invoice, as far as its amounts go."""

    subtotal: Decimal
    tax_amount: Decimal
    freight: Decimal
    total: Decimal


def line_amounts(
    quantity: Decimal, unit_price: Decimal, discount: Decimal, tax_rate: Decimal, rounding: Rounding
) -> tuple[Decimal, Decimal]:
    """Give a line's net amount and its tax.

    Net is quantity × price less the discount, rounded to the currency. Tax is rounded too or, where the company
    rounds it once per document, kept to 6 decimals.
    """
    net = rounding.amount(quantity * unit_price * (100 - discount) / 100)
    tax = (net * tax_rate / 100).quantize(rounding.step if rounding.per_line else FINEST, ROUND_HALF_UP)
    return net, tax


def total_up(document: PricedDocument, lines: Sequence[PricedLine], rounding: Rounding) -> None:
    """Set the amounts of a document's lines and its totals.

    A line whose amounts stay is left alone: of ten thousand lines a flush looks only at those that were touched.
    """
    for line in lines:
        amounts = line_amounts(
            line.quantity or ZERO, line.unit_price or ZERO, line.discount or ZERO, line.tax_rate or ZERO, rounding)
        if (line.line_total, line.tax_amount) != amounts:
            line.line_total, line.tax_amount = amounts
    document.subtotal = sum((line.line_total for line in lines), ZERO)
    document.tax_amount = rounding.amount(sum((line.tax_amount for line in lines), ZERO))
    document.total = document.subtotal + document.tax_amount + (document.freight or ZERO)


def roundings(currencies: Iterable[int | None], *, per_line: bool = True) -> Mapping[int | None, Rounding]:
    """Give how documents in these currencies, by id, round (None stands for the company's own)."""
    known = currency_facts()
    return {
        id_: Rounding((company_currency() if id_ is None else known[id_]).step, per_line) for id_ in set(currencies)}


class ExchangeRates:
    """What one unit of some currencies, by their codes, is worth in the company's own on a day."""

    def __init__(self, codes: Iterable[str]) -> None:
        self._own = company_currency().code
        self._rates: dict[str, list[tuple[dt.date, Decimal]]] = {}
        if foreign := set(codes) - {self._own}:
            rows = session().execute(
                select(Currency.code, CurrencyRate.valid_from, CurrencyRate.rate)
                .join(Currency, Currency.id == CurrencyRate.currency_id)
                .where(Currency.code.in_(foreign)).order_by(CurrencyRate.valid_from.desc()))
            for code, day, rate in rows:
                self._rates.setdefault(code, []).append((day, rate))

    def on(self, code: str | None, day: dt.date) -> Decimal | None:
        """Give the rate on a day, 1 for the company's own (or None); None where the currency has none by then."""
        if code in (None, self._own):
            return Decimal(1)
        return next((rate for since, rate in self._rates.get(code or "", ()) if since <= day), None)
