"""Amounts are rounded once, to their currency; a currency is worth what its last rate says."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from kernel.entities.work import Session
from kernel.shared.amounts import ExchangeRates, Rounding, company_currency, line_amounts, roundings
from kernel.shared.models import Currency, CurrencyRate

WHOLE = Decimal(1)


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "rate", "per_line", "expected"), [
        ("3", "14.5", "0", "5", True, ("44", "2")),         # 43.5 and 2.2
        ("1", "14", "0", "5", False, ("14", "0.7")),        # the document rounds the tax
        ("2", "100", "12.5", "0", True, ("175", "0")),
        ("-1", "0.5", "0", "0", True, ("-1", "0")),         # halves away from zero, taken back alike
    ])
def test_a_line_is_rounded_to_the_currency(
    quantity: str, price: str, discount: str, rate: str, per_line: bool, expected: tuple[str, str]
) -> None:
    net, tax = line_amounts(Decimal(quantity), Decimal(price), Decimal(discount), Decimal(rate),
                            Rounding(WHOLE, per_line))
    assert (net, tax) == (Decimal(expected[0]), Decimal(expected[1]))


def test_a_currency_rounds_as_it_says_and_is_worth_what_its_last_rate_says(work: Session) -> None:
    euro = Currency(code="EUR", name="Euro", decimals=2)
    work.add_all([euro, Currency(code="TWD", name="New Taiwan dollar", decimals=0)])
    work.flush()
    work.add_all([
        CurrencyRate(currency_id=euro.id, valid_from=dt.date(2026, 1, 1), rate=Decimal("34.42")),
        CurrencyRate(currency_id=euro.id, valid_from=dt.date(2026, 7, 1), rate=Decimal(35))])
    work.flush()
    assert company_currency().code == "TWD"
    found = roundings([None, euro.id])
    assert (found[None].step, found[euro.id].step) == (1, Decimal("0.01"))
    rates = ExchangeRates(["EUR", "TWD"])
    assert [rates.on("EUR", dt.date(2026, month, 1)) for month in (6, 7)] == [Decimal("34.42"), 35]
    assert rates.on("EUR", dt.date(2025, 12, 31)) is None
    assert rates.on(None, dt.date(2020, 1, 1)) == rates.on("TWD", dt.date(2020, 1, 1)) == 1
