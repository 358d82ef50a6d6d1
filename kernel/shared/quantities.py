"""Convert quantities between units by exact fractions, and round them as their unit says."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from kernel.errors import Refusal
from kernel.i18n import _
from kernel.shared.models.units import Unit

__all__ = ["convert", "round_quantity"]


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
