"""Convert quantities between units by exact fractions, and round them as their unit says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Protocol

from sqlalchemy import bindparam, select

from kernel.entities.remembered import ReadOnce
from kernel.entities.work import as_system, current_work
from kernel.errors import Refusal
from kernel.i18n import _
from kernel.shared.models.products import Product
from kernel.shared.models.units import Unit

__all__ = ["OwnQuantity", "QuantityLine", "convert", "in_own_units", "round_quantity"]


class QuantityLine(Protocol):
    """A line of somebody's document: a quantity of a product, in a unit or in the product's own."""

    @property
    def product_id(self) -> int | None: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def unit_id(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class OwnQuantity:
    """A quantity in the product's own unit."""

    quantity: Decimal
    unit_id: int


_kinds: ReadOnce[int, tuple[str, int]] = ReadOnce(Product)
_product = Product.__table__.c
_KINDS = select(_product.id, _product.kind, _product.unit_id).where(_product.id.in_(bindparam("ids", expanding=True)))


def in_own_units(lines: Sequence[QuantityLine]) -> list[OwnQuantity | None]:
    """Give each line's quantity in its product's unit; None for services, of which there is nothing to move or plan.

    At most two statements, the second where units differ. Raises Refusal UNIT_MISMATCH.
    """
    products = _kinds.get({line.product_id for line in lines if line.product_id}, _read_kinds)
    goods = [
        (line, own[1]) if (own := products.get(line.product_id or 0)) and own[0] != "service" else None
        for line in lines]
    units = _units({
        unit for each in goods if each and each[0].unit_id not in (None, each[1])
        for unit in (each[0].unit_id or 0, each[1])})
    return [
        None if each is None else OwnQuantity(
            each[0].quantity if each[0].unit_id in (None, each[1])
            else convert(each[0].quantity, units[each[0].unit_id or 0], units[each[1]]), each[1])
        for each in goods]


def _read_kinds(ids: Iterable[int]) -> dict[int, tuple[str, int]]:
    rows: Any = current_work().connection.execute(_KINDS, {"ids": list(ids)})
    return {id_: (kind, unit) for id_, kind, unit in rows}


def _units(ids: set[int]) -> dict[int, Unit]:
    if not ids:
        return {}
    with as_system("units are everybody's") as system:
        return {unit.id: unit for unit in system.scalars(select(Unit).where(Unit.id.in_(ids)))}


def convert(value: Decimal, unit: Unit, to: Unit) -> Decimal:
    """Convert a quantity exactly, then round it once to the target's decimals.

    Raises Refusal UNIT_MISMATCH where the two have no base unit in common.
    """
    if unit.id == to.id:
        return round_quantity(value, to)
    if _base(unit) != _base(to):
        raise Refusal(
            "UNIT_MISMATCH", _("{unit} can't be converted to {to}: they have no base unit in common",
                               unit=unit.code, to=to.code), actual=unit.code, allowed=to.code)
    exact = Fraction(value) * Fraction(unit.numerator, unit.denominator) / Fraction(to.numerator, to.denominator)
    scaled = exact * 10**to.decimals
    whole, rest = divmod(abs(scaled.numerator), scaled.denominator)
    if rest * 2 >= scaled.denominator:
        whole += 1
    return Decimal(whole if scaled >= 0 else -whole).scaleb(-to.decimals)


def round_quantity(value: Decimal, unit: Unit) -> Decimal:
    """Round a quantity to its unit's decimals, halves away from zero."""
    return value.quantize(Decimal(1).scaleb(-unit.decimals), ROUND_HALF_UP)


def _base(unit: Unit) -> int:
    return unit.base_id or unit.id
