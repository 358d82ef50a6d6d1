"""What one asks the stock for: postings of goods in and out, and needs to be kept goods for."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kernel import AnyRef
from plugins.erp_inventory.moves.signals import MoveKind

INCOMING: frozenset[str] = frozenset({"receipt", "production", "opening"})
OUTSIDE_OF = {
    "receipt": "supplier", "delivery": "customer", "issue": "production", "production": "production",
    "adjustment": "loss", "opening": "loss",
}
"""The kind of place that goods come from or go to, by the kind of posting."""


@dataclass(frozen=True, slots=True)
class Movement:
    """A product that comes in or goes out, in its own unit; the quantity is greater than zero.

    `value`: what comes in is worth, in the company's currency; None for the moving average, else the standard cost.
    What goes out always goes at the moving average. `place_id`: the place of kind “stock”; None for what goes out:
    where the reservations of `reserved_for` lie, then free goods wherever they are; for what comes in: the default.
    """

    product_id: int
    quantity: Decimal
    value: Decimal | None = None
    place_id: int | None = None
    lot_id: int | None = None
    source_line: AnyRef | None = None
    """The line the goods are moved for, as `move_posted` tells it."""
    reserved_for: AnyRef | None = None
    """The line whose reservations are used up; `source_line` where None."""

    @property
    def holder(self) -> AnyRef | None:
        """Give the line whose reservations are used up."""
        return self.reserved_for or self.source_line


@dataclass(frozen=True, slots=True)
class Posting:
    """All that one document moves at once. `incoming` follows from the kind, but for an adjustment, which says it."""

    document: AnyRef
    kind: MoveKind
    lines: Sequence[Movement]
    source: AnyRef | None = None
    """What the document was made for."""
    party_id: int | None = None
    day: dt.date | None = None
    incoming: bool | None = None

    @property
    def comes_in(self) -> bool:
        """Say whether the stock gains."""
        return self.kind in INCOMING if self.incoming is None else self.incoming


@dataclass(frozen=True, slots=True)
class Need:
    """A quantity of a product, in its own unit, that a line of a document needs on a day."""

    source: AnyRef
    source_line: AnyRef
    product_id: int
    quantity: Decimal
    needed_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Stock:
    """How much of a product there is in the whole company, and how much of it is kept for somebody."""

    on_hand: Decimal
    reserved: Decimal

    @property
    def free(self) -> Decimal:
        """Give what nobody is promised."""
        return self.on_hand - self.reserved
