"""The plan itself, on arrays: level by level, what is short is ordered, and what orders take is needed below.

Net = max(0, gross + safety stock − on hand − scheduled receipts). Goods reserved for an order are on hand, and the
order is in the gross: they count once. Scheduled receipts count from the first day on, since they can be brought
forward more easily than new ones be ordered; where they must be, the plan says so.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from plugins.erp_mrp.boms.structure import HUNDRED, Structure
from plugins.erp_mrp.micro import Whole, ceil_to, product_of
from plugins.erp_mrp.planning.flows import ORDER, SAFETY, Flow
from plugins.erp_mrp.planning.lots import Lots, by_day, order_lots
from plugins.erp_mrp.planning.pegging import peg

NONE = np.zeros(0, dtype=np.int64)
FAR = 2**40
"""A day that never comes."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a plan starts from; everything by the product's place in `structure.products`."""

    today: int
    structure: Structure
    made: "np.ndarray[Any, np.dtype[np.bool_]]"
    lead: Whole
    safety: Whole
    good: Whole
    """The yield, in millionths of a percent."""
    lots: Lots
    on_hand: Whole
    needs: Flow
    receipts: Flow
    workdays: bool
    """Whether lead times are counted in days from Monday to Friday."""


@dataclass(slots=True)
class Outcome:
    """What a plan found: orders, what they are for, and how the scheduled receipts are used."""

    place: Whole = field(default_factory=lambda: NONE)
    make: Whole = field(default_factory=lambda: NONE)
    quantity: Whole = field(default_factory=lambda: NONE)
    expected: Whole = field(default_factory=lambda: NONE)
    release: Whole = field(default_factory=lambda: NONE)
    due: Whole = field(default_factory=lambda: NONE)
    late: Whole = field(default_factory=lambda: NONE)
    """How many days too late the order starts."""
    peg_order: Whole = field(default_factory=lambda: NONE)
    peg_kind: Whole = field(default_factory=lambda: NONE)
    peg_ref: Whole = field(default_factory=lambda: NONE)
    peg_quantity: Whole = field(default_factory=lambda: NONE)
    used: Whole = field(default_factory=lambda: NONE)
    """How much of each scheduled receipt somebody needs."""
    wanted: Whole = field(default_factory=lambda: NONE)
    """The first day on which it is needed; FAR where it isn't, or for the safety stock alone."""


def net(grounds: Grounds) -> Outcome:
    """Make the plan; the same for the same grounds."""
    structure = grounds.structure
    size = len(structure.products)
    levels = structure.levels()
    waiting: dict[int, list[Flow]] = {}
    reserve = np.flatnonzero(grounds.safety)
    today = np.full(len(reserve), grounds.today, dtype=np.int64)
    _await(waiting, levels, grounds.needs)
    _await(waiting, levels, Flow.of(reserve, today, grounds.safety[reserve], SAFETY, reserve))
    receipts = grounds.receipts
    available = grounds.on_hand.copy()
    np.add.at(available, receipts.place, receipts.quantity)
    used = np.zeros(len(receipts), dtype=np.int64)
    wanted = np.full(len(receipts), FAR, dtype=np.int64)
    parts: list[Outcome] = []
    count = 0
    for level in range(int(levels.max(initial=0)) + 1):
        if level not in waiting:
            continue
        needs = Flow.joined(waiting.pop(level)).sorted()
        part = _order(grounds, needs, available)
        supplies, kind = _supplies(grounds, levels == level, part)
        pegged = peg(supplies, needs, size)
        _use(pegged, supplies, kind, needs, used, wanted)
        mine = np.flatnonzero(kind[pegged.supply] == PLANNED)
        part.peg_order = supplies.ref[pegged.supply[mine]] + count
        part.peg_kind = needs.kind[pegged.need[mine]]
        part.peg_ref = needs.ref[pegged.need[mine]]
        part.peg_quantity = pegged.quantity[mine]
        makes = np.flatnonzero(part.make)
        lines, at, quantity = structure.taken(part.place[makes], part.quantity[makes], grounds.lots.step)
        _await(waiting, levels, Flow.of(
            structure.component[lines], part.release[makes][at], quantity, ORDER, makes[at] + count))
        count += len(part.place)
        parts.append(part)
    return _joined(parts, used, wanted)


ON_HAND, SCHEDULED, PLANNED = range(3)


def _await(waiting: dict[int, list[Flow]], levels: Whole, needs: Flow) -> None:
    """Put needs with the levels of their products."""
    level_of = levels[needs.place]
    for level in np.unique(level_of).tolist():
        chosen = np.flatnonzero((level_of == level) & (needs.quantity > 0))
        if len(chosen):
            waiting.setdefault(level, []).append(needs.at(chosen))


def _order(grounds: Grounds, needs: Flow, available: Whole) -> Outcome:
    days = by_day(needs)
    at, expected = order_lots(days, available, grounds.lots)
    place, due = days.place[at], days.day[at]
    step, good = grounds.lots.step[place], grounds.good[place]
    lossy = np.flatnonzero(good != HUNDRED)
    quantity = ceil_to(expected, step)
    quantity[lossy] = product_of(
        expected[lossy], np.full(len(lossy), HUNDRED, dtype=np.int64), good[lossy], step[lossy])
    release = _before(due, grounds.lead[place], workdays=grounds.workdays)
    return Outcome(
        place=place, make=grounds.made[place].astype(np.int64), quantity=quantity, expected=expected,
        release=np.maximum(release, grounds.today), due=due, late=np.maximum(grounds.today - release, 0))


def _before(day: Whole, lead: Whole, *, workdays: bool) -> Whole:
    if not workdays:
        return day - lead
    dates = np.busday_offset(day.astype("datetime64[D]"), -lead, roll="backward")
    return dates.astype(np.int64)


def _supplies(grounds: Grounds, here: Any, part: Outcome) -> tuple[Flow, Whole]:
    """Put on hand, scheduled and planned supply of a level's products in the order in which it is used."""
    stocked = np.flatnonzero(here & (grounds.on_hand > 0))
    coming = np.flatnonzero(here[grounds.receipts.place] & (grounds.receipts.quantity > 0))
    flow = Flow(
        np.concatenate([stocked, grounds.receipts.place[coming], part.place]),
        np.concatenate([np.zeros(len(stocked), dtype=np.int64), grounds.receipts.day[coming], part.due]),
        np.concatenate([grounds.on_hand[stocked], grounds.receipts.quantity[coming], part.expected]),
        np.concatenate([np.full(len(stocked), ON_HAND), np.full(len(coming), SCHEDULED),
                        np.full(len(part.place), PLANNED)]),
        np.concatenate([stocked, coming, np.arange(len(part.place), dtype=np.int64)]))
    flow = flow.at(np.lexsort((flow.ref, flow.day, flow.kind, flow.place)))
    return flow, flow.kind


def _use(pegged: Any, supplies: Flow, kind: Whole, needs: Flow, used: Whole, wanted: Whole) -> None:
    scheduled = np.flatnonzero(kind[pegged.supply] == SCHEDULED)
    receipt = supplies.ref[pegged.supply[scheduled]]
    need = pegged.need[scheduled]
    np.add.at(used, receipt, pegged.quantity[scheduled])
    np.minimum.at(wanted, receipt, np.where(needs.kind[need] == SAFETY, FAR, needs.day[need]))


def _joined(parts: list[Outcome], used: Whole, wanted: Whole) -> Outcome:
    found = Outcome(used=used, wanted=wanted)
    if parts:
        for name in Outcome.__slots__:
            if name not in ("used", "wanted"):
                setattr(found, name, np.concatenate([getattr(part, name) for part in parts]))
    return found
