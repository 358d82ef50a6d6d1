"""Standing facts that every document asks for: tax rates, currencies, units. Remembered by the process, all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from kernel.entities.remembered import Remembered
from kernel.entities.work import actor, current_work
from kernel.identity.models import Company
from kernel.shared.models.currencies import Currency
from kernel.shared.models.products import Tax
from kernel.shared.models.units import Unit

__all__ = ["CurrencyFacts", "UnitFacts", "company_currency", "currency_facts", "decimals_of", "tax_rates", "unit_facts"]


@dataclass(frozen=True, slots=True)
class CurrencyFacts:
    """A currency: its ISO 4217 code and how many decimals amounts in it have."""

    code: str
    decimals: int

    @property
    def step(self) -> Decimal:
        """Give the smallest amount, which a document rounds to."""
        return Decimal(1).scaleb(-self.decimals)


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """A unit: how many of its base unit it is, exactly, and the decimals its quantities are rounded to."""

    factor: Fraction
    decimals: int
    base_id: int


_taxes: Remembered[None, Mapping[int, Decimal]] = Remembered("taxes", Tax)
_currencies: Remembered[None, Mapping[int, CurrencyFacts]] = Remembered("currencies", Currency)
_decimals: Remembered[None, Mapping[str, int]] = Remembered("currencies", Currency)
_own: Remembered[int | None, CurrencyFacts] = Remembered("companies", Company, Currency)
_units: Remembered[None, Mapping[int, UnitFacts]] = Remembered("units", Unit)


def tax_rates() -> Mapping[int, Decimal]:
    """Give the rate in percent of every tax by its id."""
    table = Tax.__table__.c
    return _taxes.get(None, lambda: dict(_rows(select(table.id, table.rate))))


def currency_facts() -> Mapping[int, CurrencyFacts]:
    """Give every currency by its id."""
    table = Currency.__table__.c
    return _currencies.get(None, lambda: {
        id_: CurrencyFacts(code, decimals)
        for id_, code, decimals in _rows(select(table.id, table.code, table.decimals))})


def decimals_of(code: str) -> int:
    """Give how many decimals amounts in a currency have, the company's where empty; two in one that isn't known."""
    if not code:
        return company_currency().decimals
    return _decimals.get(None, lambda: {each.code: each.decimals for each in currency_facts().values()}).get(code, 2)


def company_currency() -> CurrencyFacts:
    """Give the currency the current company keeps its books in."""
    return _own.get(actor().company_id, _load_own)


def unit_facts() -> Mapping[int, UnitFacts]:
    """Give every unit by its id."""
    table = Unit.__table__.c
    return _units.get(None, lambda: {
        id_: UnitFacts(Fraction(up, down), decimals, base or id_)
        for id_, base, up, down, decimals in _rows(select(
            table.id, table.base_id, table.numerator, table.denominator, table.decimals))})


def _load_own() -> CurrencyFacts:
    company, currency = Company.__table__.c, Currency.__table__.c
    for code, decimals in _rows(
        select(company.currency, currency.decimals).select_from(Company.__table__)
        .outerjoin(Currency.__table__, currency.code == company.currency).where(company.id == actor().company_id)
    ):
        return CurrencyFacts(code, 2 if decimals is None else decimals)
    return CurrencyFacts("USD", 2)


def _rows(statement: Any) -> Any:
    return current_work().connection.execute(statement).all()
