"""Exact quantities as whole millionths, which arrays can hold."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, Numeric, cast, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from kernel import Encoded, Refusal, _, session

__all__ = [
    "LARGEST", "MICRO", "Whole", "ceil_to", "decimal_of", "encoded", "fitting", "micro_of", "millionths", "product_of",
    "spread",
]

MICRO = 10**6
LARGEST = 2**62
"""Where sums in 64 bits are given up."""

Whole: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
"""Whole numbers of 64 bits."""


def millionths(column: InstrumentedAttribute[Any]) -> ColumnElement[int]:
    """Read an exact column as whole millionths."""
    if session().work.connection.dialect.name == "sqlite":
        return type_coerce(column, BigInteger)
    return cast(type_coerce(column, Numeric) * MICRO, BigInteger)


def micro_of(value: Decimal | int) -> int:
    """Turn a quantity into whole millionths."""
    return int(Decimal(value).scaleb(6))


def decimal_of(value: int) -> Decimal:
    """Turn whole millionths into a quantity."""
    return Decimal(int(value)).scaleb(-6)


def encoded(values: Whole) -> Encoded:
    """Give whole millionths as an exact column stores them, for bulk inserts by the system."""
    whole = values.tolist()
    if session().work.connection.dialect.name == "sqlite":
        return Encoded(whole)
    return Encoded([f"{value}e-6" for value in whole])


def ceil_to(values: Whole, step: Whole | int) -> Whole:
    """Round up to whole steps."""
    return -(-values // step) * step


def spread(starts: Whole, counts: Whole) -> Whole:
    """Give the positions start, start + 1, ... of each of several runs, one after the other."""
    total = int(counts.sum())
    ends = np.cumsum(counts)
    return np.arange(total, dtype=np.int64) + np.repeat(starts - ends + counts, counts)


def product_of(left: Whole, right: Whole, divisor: Whole, step: Whole | int) -> Whole:
    """Give left × right ÷ divisor, rounded up to whole steps; exact however large the product grows on the way."""
    if not len(left):
        return left
    if float(np.abs(left).max()) * float(np.abs(right).max()) < LARGEST:
        return ceil_to(-(-(left * right) // divisor), step)
    exact = -(-(left.astype(object) * right.astype(object)) // divisor.astype(object))
    return fitting(-(-exact // step) * step)


def fitting(values: Sequence[int] | np.ndarray[Any, Any]) -> Whole:
    """Give whole numbers as 64 bits; raises Refusal TOO_LARGE for those that need more."""
    try:
        return np.array(values, dtype=np.int64)
    except OverflowError as error:
        raise Refusal(
            "TOO_LARGE", _("A quantity in this calculation has more than twelve digits before the point"),
            fix=_("Look for a wrong quantity in the bills of materials or demands")) from error
