"""The arithmetic of money: currencies and their decimals, what a line and a document come to, shares without a rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from sqlalchemy import select

from kernel import Company, Currency, actor, as_system, setting

ZERO = Decimal(0)
FINEST = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class CompanyCurrency:
    """The currency a company keeps its books in."""

    code: str
    decimals: int

    @property
    def step(self) -> Decimal:
        """Give its smallest amount."""
        return Decimal(1).scaleb(-self.decimals)

    def rounded(self, amount: Decimal) -> Decimal:
        """Round an amount to it."""
        return amount.quantize(self.step, ROUND_HALF_UP)


def company_currency(company_id: int | None = None) -> CompanyCurrency:
    """Give the currency of a company, by default of the one being worked in."""
    with as_system("the currency of the books") as system:
        row = system.execute(
            select(Company.currency, Currency.decimals).outerjoin(Currency, Currency.code == Company.currency)
            .where(Company.id == (company_id or actor().company_id))).first()
    if row is None:
        return CompanyCurrency("USD", 2)
    return CompanyCurrency(row.currency, 2 if row.decimals is None else row.decimals)


class PricedLine(Protocol):
    """A line of an invoice, as far as its amounts go."""

    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    tax_rate: Decimal
    net: Decimal
    tax_amount: Decimal


def price_lines(lines: Sequence[PricedLine], step: Decimal) -> None:
    """Set what lines come to: quantity × price less discount, rounded to the currency, and the tax on it.

    Tax is rounded line by line or, where the company says so, once per document: then lines keep it to 6 decimals.
    """
    finest = step if setting("erp_finance.tax_rounding") != "document" else FINEST
    for line in lines:
        gross = (line.quantity or ZERO) * (line.unit_price or ZERO)
        line.net = (gross * (100 - (line.discount or ZERO)) / 100).quantize(step, ROUND_HALF_UP)
        line.tax_amount = (line.net * (line.tax_rate or ZERO) / 100).quantize(finest, ROUND_HALF_UP)


def share(whole: Decimal, part: Decimal, of: Decimal, step: Decimal) -> Decimal:
    """Give the share of an amount that `part` of `of` has, rounded; all of it where the part is the whole or more.

    Shares taken one after another from what is left thus leave no rest.
    """
    if of == 0 or part >= of:
        return whole
    return (whole * part / of).quantize(step, ROUND_HALF_UP)
