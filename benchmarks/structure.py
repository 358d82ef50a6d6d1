"""Make what P9 plans: products in levels, their components, and dated demands, the same for every contestant.

Plain Python with a fixed seed, since the peer's environment has nothing else. A product is its place in the
list; the first level holds what is sold, the last what is bought, and components come from the next level.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Structure:
    """Hold the products, bills and demands. Days count from today; every level takes one day to make."""

    levels: list[range]
    """Which products are on which level."""
    components: list[list[tuple[int, int]]]
    """For each product (component, quantity) pairs; none for what is bought."""
    demands: list[tuple[int, int, int]]
    """(product, quantity, day) of each demand line."""

    @property
    def products(self) -> int:
        """Tell how many products there are."""
        return len(self.components)

    @property
    def made(self) -> range:
        """Name the products that are made."""
        return range(self.levels[-1].start)

    @property
    def bought(self) -> range:
        """Name the products that are bought."""
        return self.levels[-1]


def structure(products: int, levels: int, demands: int, *, each: int = 5, days: int = 4, seed: int = 9) -> Structure:
    """Make a structure: `each` components a bill, demands spread over `days` days a week apart.

    The first day lies far enough ahead for everything to be made in time.
    """
    chance = random.Random(seed)
    size = products // levels
    ranges = [range(level * size, (level + 1) * size if level + 1 < levels else products) for level in range(levels)]
    bills: list[list[tuple[int, int]]] = []
    for level in range(levels - 1):
        below = ranges[level + 1]
        bills += [[(child, chance.randint(1, 3)) for child in chance.sample(below, each)] for _ in ranges[level]]
    bills += [[] for _ in ranges[-1]]
    sold = ranges[0]
    wanted = [
        (sold.start + chance.randrange(len(sold)), chance.randint(1, 20), 2 * levels + 7 * chance.randrange(days))
        for _ in range(demands)
    ]
    return Structure(ranges, bills, wanted)


def small() -> Structure:
    """Make P9's first half: 200 products in 5 levels for 100 orders."""
    return structure(200, 5, 100)


def large() -> Structure:
    """Make P9's second half: 100,000 products in 8 levels for 1,000,000 demand lines."""
    return structure(100_000, 8, 1_000_000, days=26)
