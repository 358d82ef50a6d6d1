"""Which supply is for which need: first come, first served, product by product."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from kernel import Refusal, _
from plugins.erp_mrp.micro import LARGEST, Whole
from plugins.erp_mrp.planning.flows import Flow

Flags: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class Pegged:
    """Parts of supplies that go to needs, both by position."""

    supply: Whole
    need: Whole
    quantity: Whole


def peg(supplies: Flow, needs: Flow, products: int) -> Pegged:
    """Join supplies to needs of the same product in the order they come in, each sorted by product.

    Both are laid end to end on one line, product after product; a peg is where a supply and a need overlap.
    """
    given = np.zeros(products, dtype=np.int64)
    wanted = np.zeros(products, dtype=np.int64)
    np.add.at(given, supplies.place, supplies.quantity)
    np.add.at(wanted, needs.place, needs.quantity)
    width = np.maximum(given, wanted)
    if float(width.sum(dtype=np.float64)) >= LARGEST:
        raise Refusal("TOO_LARGE", _("The quantities of this plan are too large to be added up"),
                      fix=_("Look for a demand or stock with a wrong quantity"))
    base = np.cumsum(width) - width
    supply_end = _ends(supplies, base, given)
    need_end = _ends(needs, base, wanted)
    ends = np.unique(np.concatenate([supply_end, need_end]))
    begins = np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1]])
    supply, supplied = _covering(supply_end, supplies.quantity, begins, ends)
    need, needed = _covering(need_end, needs.quantity, begins, ends)
    both = np.flatnonzero(supplied & needed)
    return Pegged(supply[both], need[both], (ends - begins)[both])


def _ends(flow: Flow, base: Whole, total: Whole) -> Whole:
    """Give where each row ends on the line."""
    before = np.cumsum(total) - total
    return np.cumsum(flow.quantity) - before[flow.place] + base[flow.place]


def _covering(end: Whole, quantity: Whole, begins: Whole, ends: Whole) -> tuple[Whole, Flags]:
    """Find the row that covers each stretch, and say whether there is one."""
    if not len(end):
        return np.zeros(len(ends), dtype=np.int64), np.zeros(len(ends), dtype=bool)
    at = np.minimum(np.searchsorted(end, ends, side="left"), len(end) - 1)
    return at, (end[at] - quantity[at] <= begins) & (end[at] >= ends)
