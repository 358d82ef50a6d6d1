"""Run contestants in turns and compare them: medians, least and greatest, ratios round by round."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.figure import Work

Costs = Mapping[str, Sequence[float]]
"""The cost of each round, by contestant."""


@dataclass(frozen=True)
class Spread:
    """Give a median with the least and the greatest value it was taken from."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Summarise values; refuses an empty sequence with ValueError."""
        if not values:
            raise ValueError("nothing was measured")
        return cls(statistics.median(values), min(values), max(values))

    def through(self, change: Callable[[float], float]) -> Spread:
        """Return the spread in another unit, least and greatest in order again."""
        least, greatest = sorted((change(self.least), change(self.greatest)))
        return Spread(change(self.median), least, greatest)


def take_turns(works: Mapping[str, Work], rounds: int) -> dict[str, list[float]]:
    """Run each work once to warm up, then `rounds` times, all of them in every round.

    The order turns round each time, so that a slow moment of the machine does not always meet the same one.
    """
    for work in works.values():
        work()
    costs: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds):
        order = list(works.items())
        for name, work in order if turn % 2 == 0 else reversed(order):
            gc.collect()
            costs[name].append(work())
    return costs


def ratios(over: Sequence[float], under: Sequence[float]) -> Spread:
    """Divide two contestants' costs round by round: what they met together cancels out."""
    return Spread.of([a / b for a, b in zip(over, under, strict=True)])
