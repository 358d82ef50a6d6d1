"""Quantities of products on days, as columns: what is needed, and what is to come."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plugins.erp_mrp.micro import Whole

SAFETY, DEMAND, WORK_ORDER, ORDER = range(4)
"""What needs something, in the order in which it is served on one day."""
MADE, BOUGHT = range(2)
"""What is to come: by a work order, or from outside."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Rows of product (by its place), day (since 1970), quantity (millionths), kind and what it is of that kind."""

    place: Whole
    day: Whole
    quantity: Whole
    kind: Whole
    ref: Whole

    def __len__(self) -> int:
        return len(self.place)

    def at(self, chosen: Whole) -> "Flow":
        """Give some of the rows."""
        return Flow(self.place[chosen], self.day[chosen], self.quantity[chosen], self.kind[chosen], self.ref[chosen])

    def sorted(self) -> "Flow":
        """Give the rows by product, day, kind and what they are."""
        return self.at(np.lexsort((self.ref, self.kind, self.day, self.place)))

    @classmethod
    def of(cls, place: Whole, day: Whole, quantity: Whole, kind: int, ref: Whole) -> "Flow":
        """Make rows of one kind."""
        return cls(place, day, quantity, np.full(len(place), kind, dtype=np.int64), ref)

    @classmethod
    def joined(cls, flows: Sequence["Flow"]) -> "Flow":
        """Put flows one after the other."""
        if len(flows) == 1:
            return flows[0]
        empty = np.zeros(0, dtype=np.int64)
        if not flows:
            return cls(empty, empty, empty, empty, empty)
        return cls(*(np.concatenate([getattr(each, name) for each in flows]) for name in cls.__slots__))
