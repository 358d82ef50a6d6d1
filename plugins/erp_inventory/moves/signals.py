"""What stock tells."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from kernel import AnyRef, _, signal

MoveKind = Literal["receipt", "delivery", "issue", "production", "adjustment", "opening"]


@dataclass(frozen=True)
class MovedLine:
    """One product of a posting, in its own unit; both figures are positive where goods came in, negative where out."""

    move_id: int
    product_id: int
    quantity: Decimal
    unit_id: int
    value: Decimal
    """What the stock gained or lost in value, in the company's currency, rounded to it."""
    source_line: AnyRef | None = None
    """The line the goods were moved for: an order's, a purchase's, a work order's."""


@dataclass(frozen=True)
class MovePosted:
    """Goods were moved by one document, all of it at once; moves inside one's own warehouses aren't told."""

    document: AnyRef
    """What moved them: a delivery, a receipt, a count, another plugin's work order."""
    kind: MoveKind
    day: dt.date
    lines: tuple[MovedLine, ...]
    party_id: int | None = None
    source: AnyRef | None = None
    """What the document was made for: the sales order of a delivery, the purchase order of a receipt."""
    reversal: bool = False
    """These lines take back what the same document moved before."""


@dataclass(frozen=True)
class ShortLine:
    """What one line lacks, in the product's unit."""

    source_line: AnyRef
    product_id: int
    quantity: Decimal
    unit_id: int
    needed_on: dt.date | None = None


@dataclass(frozen=True)
class StockShort:
    """An order was to be reserved, and there wasn't enough of these."""

    source: AnyRef
    lines: tuple[ShortLine, ...]


move_posted = signal(
    "erp_inventory.move_posted", MovePosted, version=1, about="document", label=_("Goods moved"))
stock_short = signal(
    "erp_inventory.stock_short", StockShort, version=1, about="source", label=_("Stock short"))
