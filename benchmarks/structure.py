"""Make what P9 plans: products in levels, their components, stock and dated demands, for every contestant alike.

Plain Python with a fixed seed, since the peer's environment has nothing else. A product is its place in the
list; the first level holds what is sold, the last what is bought, and components come from the next level.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass

LEAD_DAYS = 1
"""What it takes to make or buy anything."""
STOCKED, ON_HAND = 10, 30
"""Every so many products there is one with so many pieces in stock."""


@dataclass(frozen=True)
class Structure:
    """Hold the products, their bills, what is in stock and what is wanted; days count from today."""

    levels: list[range]
    """Which products are on which level."""
    components: list[list[tuple[int, int]]]
    """For each product (component, quantity) pairs; none for what is bought."""
    stock: list[int]
    """How many pieces of each product are on hand."""
    demands: list[tuple[int, int, int]]
    """(product, quantity, day) of each demand line."""

    @property
    def made(self) -> range:
        """Name the products that are made."""
        return range(self.levels[-1].start)

    @property
    def bought(self) -> range:
        """Name the products that are bought."""
        return self.levels[-1]


def small() -> Structure:
    """Make P9's first half: 200 products in 5 levels for 100 orders."""
    return structure(200, 5, 100)


def large() -> Structure:
    """Make P9's second half: 100,000 products in 8 levels for 1,000,000 demand lines."""
    return structure(100_000, 8, 1_000_000, pieces=1)


def structure(
    products: int, levels: int, demands: int, *, each: int = 5, pieces: int = 3, dates: int = 4, seed: int = 9
) -> Structure:
    """Make a structure with `each` components a bill and demands on `dates` days, a week between them.

    Of a component up to `pieces` are taken; quantities grow with every level. The first day lies far enough ahead for
    everything to be made in time.
    """
    chance = random.Random(seed)
    size = products // levels
    ends = [*(size * level for level in range(1, levels)), products]
    ranges = [range(end - size if end < products else size * (levels - 1), end) for end in ends]
    bills: list[list[tuple[int, int]]] = []
    for here, below in itertools.pairwise(ranges):
        bills += [[(child, chance.randint(1, pieces)) for child in chance.sample(below, each)] for _ in here]
    bills += [[] for _ in ranges[-1]]
    wanted = [
        (chance.choice(ranges[0]), chance.randint(1, 20), 2 * levels + 7 * chance.randrange(dates))
        for _ in range(demands)
    ]
    return Structure(ranges, bills, [0 if n % STOCKED else ON_HAND for n in range(products)], wanted)
