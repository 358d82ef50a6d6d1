"""How much to order when: what is short on each day, by the lot rules of the products."""

from dataclasses import dataclass

import numpy as np

from plugins.erp_mrp.micro import Whole, ceil_to
from plugins.erp_mrp.planning.flows import Flow

LOT_FOR_LOT, FIXED, MULTIPLE, PERIOD = range(4)
RULES = {"lot_for_lot": LOT_FOR_LOT, "fixed": FIXED, "multiple": MULTIPLE, "period": PERIOD}


@dataclass(frozen=True, slots=True)
class Lots:
    """The lot rules of all products, by place; `step` is the smallest part of a product's unit."""

    rule: Whole
    size: Whole
    minimum: Whole
    period: Whole
    step: Whole


@dataclass(frozen=True, slots=True)
class Days:
    """What is needed of each product on each day, by product and day."""

    place: Whole
    day: Whole
    quantity: Whole
    so_far: Whole
    """All that is needed of the product up to the day, this one included."""
    first: Whole
    """Where each product's days begin."""
    count: Whole
    """How many days each product has."""


def by_day(needs: Flow) -> Days:
    """Sum up needs, sorted by product and day."""
    new_product = np.ones(len(needs), dtype=bool)
    new_product[1:] = needs.place[1:] != needs.place[:-1]
    new_day = new_product.copy()
    new_day[1:] |= needs.day[1:] != needs.day[:-1]
    starts = np.flatnonzero(new_day)
    quantity = np.add.reduceat(needs.quantity, starts)
    place = needs.place[starts]
    first = np.flatnonzero(new_product[starts])
    count = np.diff(np.append(first, len(starts)))
    total = np.cumsum(quantity)
    before = np.where(first > 0, total[first - 1], 0)
    return Days(place, needs.day[starts], quantity, total - np.repeat(before, count), first, count)


def order_lots(days: Days, available: Whole, lots: Lots) -> tuple[Whole, Whole]:
    """Say how much to order for which day (its position): what is short beyond what is available of the product.

    A day may have several orders, where lots are fixed.
    """
    product = days.place[days.first]
    simple = (lots.rule[product] == LOT_FOR_LOT) & (lots.minimum[product] <= 0)
    short = np.maximum(days.so_far - available[days.place], 0)
    ordered = ceil_to(short, lots.step[days.place])
    ordered[1:] -= np.where(days.place[1:] == days.place[:-1], ordered[:-1], 0)
    ordered[~np.repeat(simple, days.count)] = 0
    at = np.flatnonzero(ordered)
    quantity = ordered[at]
    if simple.all():
        return at, quantity
    others_at, others = _by_rule(days, np.flatnonzero(~simple), available, lots)
    at, quantity = np.concatenate([at, others_at]), np.concatenate([quantity, others])
    order = np.argsort(at, kind="stable")
    return at[order], quantity[order]


def _by_rule(days: Days, products: Whole, available: Whole, lots: Lots) -> tuple[Whole, Whole]:
    """Go through the days of products whose lots depend on what was ordered before, all products at once."""
    first, count = days.first[products], days.count[products]
    place = days.place[first]
    left = available[place].copy()
    rule, minimum, period, step = lots.rule[place], lots.minimum[place], lots.period[place], lots.step[place]
    size = np.where(lots.size[place] > 0, ceil_to(lots.size[place], step), step)
    found: list[tuple[Whole, Whole]] = []
    for rank in range(int(count.max())):
        here = np.flatnonzero(count > rank)
        at = first[here] + rank
        left[here] -= days.quantity[at]
        short = np.flatnonzero(left[here] < 0)
        if not len(short):
            continue
        here, at = here[short], at[short]
        ahead = np.where(rule[here] == PERIOD, _within(days, at, first[here] + count[here], period[here]), 0)
        least = np.maximum(-left[here] + ahead, minimum[here])
        lot = ceil_to(least, step[here])
        whole = rule[here] == MULTIPLE
        lot[whole] = ceil_to(least[whole], size[here][whole])
        times = np.ones(len(here), dtype=np.int64)
        fixed = rule[here] == FIXED
        lot[fixed] = size[here][fixed]
        times[fixed] = -(-least[fixed] // size[here][fixed])
        left[here] += lot * times
        found.append((np.repeat(at, times), np.repeat(lot, times)))
    if not found:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty
    return np.concatenate([at for at, _lot in found]), np.concatenate([lot for _at, lot in found])


def _within(days: Days, at: Whole, end: Whole, period: Whole) -> Whole:
    """Give what is needed after a day and within the period that begins with it."""
    last = at.copy()
    for _round in range(int(period.max())):
        further = np.minimum(last + 1, end - 1)
        last = np.where(days.day[further] < days.day[at] + period, further, last)
    return days.so_far[last] - days.so_far[at]
