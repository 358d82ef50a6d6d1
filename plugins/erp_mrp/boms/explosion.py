"""What a product is made of, over all levels and paths, exactly."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from plugins.erp_mrp.boms.structure import DEEPEST, Structure, load_structure
from plugins.erp_mrp.micro import LARGEST, MICRO, Whole

FINEST = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Component:
    """Something a product is made of: how much over all paths, its deepest level, and whether it ends there."""

    product_id: int
    quantity: Decimal
    level: int
    leaf: bool


def explode(
    roots: Sequence[int], day: dt.date, structure: Structure | None = None
) -> list[list[Component]]:
    """Give for each product all components of one piece on a day, by level and id, the product itself left out.

    The quantity of a path is the product of its lines' (scrap aside; a fixed line counts once on each level its
    parent is on); totals are rounded once, to six decimals. Raises Refusal BOM_LOOP.
    """
    known = structure or load_structure(day)
    places = known.places(roots)
    totals, levels, scale = _walk(known, places)
    found: list[list[Component]] = [[] for _root in roots]
    size = max(len(known.products), 1)
    leaf = known.count == 0
    for key in sorted(totals, key=lambda each: (levels[each], each)):
        root, place = divmod(key, size)
        found[root].append(Component(
            int(known.products[place]), rounded(Fraction(int(totals[key]), scale)), levels[key], bool(leaf[place])))
    return found


def rounded(exact: Fraction) -> Decimal:
    """Give a fraction as a decimal of at most six places, halves away from zero."""
    whole, rest = divmod(exact.numerator * MICRO, exact.denominator)
    return Decimal(whole + (rest * 2 >= exact.denominator)).scaleb(-6).quantize(FINEST, ROUND_HALF_UP)


def _walk(known: Structure, places: Whole) -> tuple[dict[int, int], dict[int, int], int]:
    """Sum up the quantities of all paths by root and product; gives totals, deepest levels, and the totals' scale.

    All levels at once, as arrays: a step takes every product reached to its components. Quantities are whole
    numbers of 1 / scale, which grows by the lines' common denominator with each step; where 64 bits don't do, by
    Python's own whole numbers.
    """
    size = max(len(known.products), 1)
    roots = np.flatnonzero(places >= 0)
    keys = roots * size + places[roots]
    common = int(np.lcm.reduce(known.denominator.astype(object))) if len(known.denominator) else 1
    per = known.numerator.astype(object) * (common // known.denominator.astype(object))
    small = len(per) == 0 or max(per) < LARGEST
    factor: np.ndarray[Any, Any] = per.astype(np.int64) if small else per
    quantity: np.ndarray[Any, Any] = np.ones(len(keys), dtype=np.int64 if small else object)
    totals: dict[int, int] = {}
    levels: dict[int, int] = {}
    scale = one = 1
    for level in range(1, DEEPEST + 2):
        lines, at = known.lines_of(keys % size)
        if not len(lines):
            return totals, levels, scale
        taken = quantity[at].astype(object) if one >= LARGEST else quantity[at]
        if known.fixed.any():
            taken = np.where(known.fixed[lines], one, taken)
        if taken.dtype != object and float(taken.max()) * float(factor[lines].max()) * len(lines) >= LARGEST:
            taken, factor = taken.astype(object), factor.astype(object)
        scale, one = scale * common, one * common
        reached = (keys[at] // size) * size + known.component[lines]
        keys, where = np.unique(reached, return_inverse=True)
        quantity = np.zeros(len(keys), dtype=factor.dtype)
        np.add.at(quantity, where, taken * factor[lines])
        if common != 1:
            totals = {key: total * common for key, total in totals.items()}
        for key, amount in zip(keys.tolist(), quantity.tolist(), strict=True):
            totals[key] = totals.get(key, 0) + amount
            levels[key] = level
    raise known.loop()
