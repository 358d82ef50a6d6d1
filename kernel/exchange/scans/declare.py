"""What a plugin says of scanning: by which fields a code finds its records, and which documents are counted by it.

Documents are found by their number and anything else by its `code` without a word. Beyond that:

    ScanView("kernel.product", gtin="barcode")
    ScanView("erp_inventory.lot", lot="number", of="product")
    ScanTask("erp_inventory.delivery", _("Pick"), done="to_ship", wanted="reserved", state="open")
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kernel.i18n import Text

__all__ = ["ScanTask", "ScanView", "ScannedLot", "Spot", "forget_scanning", "scan_tasks", "scan_views"]

scan_views: dict[str, "ScanView"] = {}
scan_tasks: dict[str, "ScanTask"] = {}


class ScanView:
    """By which fields a scanned code finds an entity: `gtin` holds GTINs (EAN, UPC, ITF-14), `lot` lots or serials.

    `of` is the link from a lot to its product: a code that names both finds only that product's lots.
    """

    def __init__(self, entity: str, *, gtin: str = "", lot: str = "", of: str = "") -> None:
        self.entity = entity
        self.gtin = gtin
        self.lot = lot
        self.of = of
        scan_views[entity] = self


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the goods of a line lie, and which lots of them are meant; any lot where none is named."""

    place: str = ""
    lots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScannedLot:
    """A lot or serial number that was scanned on goods that come in."""

    product_id: int
    number: str
    expires_on: dt.date | None


class ScanTask:
    """Goods counted on a document by scanning them: each scan raises what is done of the line with that product.

    What was scanned is kept beside the document until it is finished, and then written to the field `done` of its
    lines, by the rights of whoever finishes. Lines that nothing was scanned for get 0.
    """

    def __init__(
        self, entity: str, label: Text, *, done: str, state: str, wanted: str = "", over: bool = False,
        adds: bool = False, lot: str = "", only: Mapping[str, str] | None = None,
        spots: Callable[[Sequence[int]], Mapping[int, Spot]] | None = None,
        take_lots: Callable[[Sequence[ScannedLot]], Sequence[int]] | None = None, lines: str = "lines",
        icon: str = "scan",
    ) -> None:
        self.entity = entity
        self.label = label
        self.done = done
        self.state = state
        """The document's state in which it can be done."""
        self.wanted = wanted
        """The field of a line that says how many there should be; nothing is aimed at where empty."""
        self.over = over
        """Whether more may be scanned than is wanted."""
        self.adds = adds
        """Whether a product that has no line gets one; lines that nothing was scanned for then stay as they are."""
        self.lot = lot
        """The field of a line that takes the scanned lot: `take_lots` finds or makes the lots, in order, by id."""
        self.only = dict(only or {})
        """Values that the document's fields must have: `{"kind": "count"}`."""
        self.spots = spots
        """Says of lines, by id, where their goods lie."""
        self.take_lots = take_lots
        self.lines = lines
        self.icon = icon
        scan_tasks[entity] = self


def forget_scanning(plugin: str) -> None:
    """Drop what a plugin declared: it was uninstalled while this process runs."""
    for kept in (scan_views, scan_tasks):
        for entity in [name for name in kept if name.startswith(f"{plugin}.")]:
            del kept[entity]
