"""Quantities of other plugins' lines, in the products' own units."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from sqlalchemy import select

from kernel import Product, Unit, convert, session


class Measured(Protocol):
    """A line with a quantity of a product in some unit."""

    @property
    def product_id(self) -> int: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def unit_id(self) -> int: ...


def in_own_units(lines: Sequence[Measured]) -> list[Decimal | None]:
    """Give each line's quantity in its product's unit; None for services, which nobody plans.

    One statement, one more where units differ. Raises Refusal UNIT_MISMATCH.
    """
    wanted = {line.product_id for line in lines}
    known = {
        id_: (kind, unit) for id_, kind, unit in session().execute(
            select(Product.id, Product.kind, Product.unit_id).where(Product.id.in_(wanted)))}
    foreign = {
        unit for line in lines if line.product_id in known and line.unit_id != known[line.product_id][1]
        for unit in (line.unit_id, known[line.product_id][1])}
    units = {unit.id: unit for unit in session().scalars(select(Unit).where(Unit.id.in_(foreign)))} if foreign else {}
    found: list[Decimal | None] = []
    for line in lines:
        kind, own = known.get(line.product_id, ("service", 0))
        if kind == "service":
            found.append(None)
        elif line.unit_id == own:
            found.append(line.quantity)
        else:
            found.append(convert(line.quantity, units[line.unit_id], units[own]))
    return found
