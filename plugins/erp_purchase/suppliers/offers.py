"""Which supplier's price applies: by product, quantity and day, the preferred supplier first."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from sqlalchemy import select

from kernel import Currency, Party, Product, Unit, session
from plugins.erp_purchase.suppliers.extends import SupplierTerms
from plugins.erp_purchase.suppliers.models import ProductSupplier

RANKS = {"preferred": 0, "qualified": 1, "potential": 2}


@dataclass(frozen=True, slots=True)
class Want:
    """A product to buy: quantity in a unit, on a day, from anybody unless a supplier is named."""

    product_id: int
    quantity: Decimal
    unit_id: int
    day: dt.date
    supplier_id: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a supplier asks for one unit of what is wanted, in the offer's currency."""

    supplier_id: int
    supplier: str
    price: Fraction
    currency_id: int | None
    currency: str | None
    """ISO 4217 code; None for the company's."""
    minimum: Fraction
    """In the wanted unit."""
    lead_days: int
    enough: bool
    """Whether the wanted quantity reaches the minimum."""


class Known(NamedTuple):
    """A supplier's price as it is stored, with what is known of product, supplier and currency."""

    row: ProductSupplier
    product_unit: int
    supplier: str
    standing: str
    lead_days: int
    currency: str | None


def best_offers(wants: Sequence[Want]) -> list[Offer | None]:
    """Give for each want the offer that applies, None where there is none.

    Of the valid offers those that the quantity reaches come first, then the lowest priority, the supplier's standing,
    the highest minimum (a price break) and the lowest price. Suspended suppliers are left out unless named. A few
    statements, however many wants.
    """
    rows = session().execute(
        select(ProductSupplier, Product.unit_id, Party.name, SupplierTerms.standing, SupplierTerms.lead_days,
               Currency.code)
        .join(Product, Product.id == ProductSupplier.product_id)
        .join(Party, Party.id == ProductSupplier.supplier_id)
        .join(SupplierTerms, SupplierTerms.row_id == Party.id)
        .outerjoin(Currency, Currency.id == ProductSupplier.currency_id)
        .where(ProductSupplier.product_id.in_({each.product_id for each in wants}),
               ProductSupplier.archived.is_(False), Party.archived.is_(False))).all()
    by_product: dict[int, list[Known]] = {}
    for row in rows:
        by_product.setdefault(row[0].product_id, []).append(Known(*row))
    factors = unit_factors(
        {each.unit_id for each in wants} | {row[1] for row in rows} | {row[0].unit_id for row in rows})
    return [_best(each, by_product.get(each.product_id, ()), factors) for each in wants]


def _best(want: Want, known: Iterable[Known], factors: Mapping[int, Fraction]) -> Offer | None:
    found: list[tuple[tuple[bool, int, int, Fraction, Fraction, int], Offer]] = []
    for row, product_unit, name, standing, lead_days, code in known:
        if want.supplier_id not in (None, row.supplier_id) or (want.supplier_id is None and standing == "suspended"):
            continue
        if (row.valid_from and want.day < row.valid_from) or (row.valid_until and row.valid_until < want.day):
            continue
        per = factors.get(want.unit_id, Fraction(1)) / factors.get(row.unit_id or product_unit, Fraction(1))
        asked = Fraction(want.quantity) * per
        if row.maximum is not None and asked > Fraction(row.maximum):
            continue
        enough = asked >= Fraction(row.minimum)
        price = Fraction(row.price) * per
        minimum = Fraction(row.minimum) / per
        rank = (not enough, row.priority, RANKS.get(standing, 3), -minimum if enough else minimum, price, row.id)
        found.append((rank, Offer(
            row.supplier_id, name, price, row.currency_id, code, minimum,
            lead_days if row.lead_days is None else row.lead_days, enough)))
    return min(found, key=lambda each: each[0])[1] if found else None


def unit_factors(units: Iterable[int | None]) -> dict[int, Fraction]:
    """Give how many base units one of each unit is."""
    rows = session().execute(
        select(Unit.id, Unit.numerator, Unit.denominator).where(Unit.id.in_({each for each in units if each})))
    return {id_: Fraction(numerator, denominator) for id_, numerator, denominator in rows}


def exact(value: Fraction, places: int = 4) -> Decimal:
    """Write a fraction as a decimal, rounded to so many places."""
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal(1).scaleb(-places))
