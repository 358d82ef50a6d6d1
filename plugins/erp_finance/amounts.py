"""The arithmetic of money that finance adds to the kernel's: invoice lines, and shares without a rest."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from kernel import Rounding, line_amounts, roundings, setting

ZERO = Decimal(0)
FINEST = Decimal("0.000001")


class InvoicedLine(Protocol):
    """A line of an invoice, as far as its amounts go."""

    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    tax_rate: Decimal
    net: Decimal
    tax_amount: Decimal


def document_roundings(currencies: Iterable[int | None]) -> Mapping[int | None, Rounding]:
    """Give how invoices in currencies, by id, round; tax per line or per document, as the company wants it."""
    return roundings(currencies, per_line=setting("erp_finance.tax_rounding") != "document")


def steps(currencies: Iterable[int | None]) -> Mapping[int | None, Decimal]:
    """Give the smallest amount of currencies by id (None stands for the company's own)."""
    return {id_: each.step for id_, each in roundings(currencies).items()}


def price_lines(lines: Sequence[InvoicedLine], rounding: Rounding) -> None:
    """Set what lines come to, and the tax on it."""
    for line in lines:
        line.net, line.tax_amount = line_amounts(
            line.quantity or ZERO, line.unit_price or ZERO, line.discount or ZERO, line.tax_rate or ZERO, rounding)


def share(whole: Decimal, part: Decimal, of: Decimal, step: Decimal) -> Decimal:
    """Give the share of an amount that `part` of `of` has, rounded; all of it where the part is the whole or more.

    Shares taken one after another from what is left thus leave no rest.
    """
    if of == 0 or part >= of:
        return whole
    return (whole * part / of).quantize(step, ROUND_HALF_UP)
