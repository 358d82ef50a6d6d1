"""What planning answers: whether it cares for a product's supply, and when goods could be there."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select, union

from kernel import PromiseQuestion, as_system, hook, session
from plugins.erp_inventory.api import stock_of
from plugins.erp_mrp.boms.models import Bom, BomLine
from plugins.erp_mrp.boms.structure import Structure
from plugins.erp_mrp.micro import fitting, micro_of
from plugins.erp_mrp.planning.gathering import Masters, load_masters
from plugins.erp_mrp.products.extends import Planning


@hook
def supply_planned(products: Sequence[int]) -> Sequence[bool | None]:
    """Say True for products that are marked as planned, have a bill of materials or are part of one."""
    with as_system("know what plans care for"):
        planned = planned_among(products)
        return [True if id_ in planned else None for id_ in products]


def planned_among(products: Sequence[int]) -> set[int]:
    """Give those of the products that plans care for: one statement."""
    in_use = Bom.active & Bom.archived.is_(False)
    return set(session().scalars(union(
        select(Planning.row_id).where(Planning.row_id.in_(products), Planning.planned),
        select(Bom.product_id).where(Bom.product_id.in_(products), in_use),
        select(BomLine.component_id).join(Bom, Bom.id == BomLine.bom_id)
        .where(BomLine.component_id.in_(products), in_use))))


@hook
def promise_date(questions: Sequence[PromiseQuestion]) -> Sequence[dt.date | None]:
    """Answer with today where free stock does, else with today and the lead times of all that is missing.

    A made product waits for its slowest missing component. Orders under way aren't counted on: the plan says when
    they come.
    """
    with as_system("promise by everybody's stock"):
        masters = load_masters(session().today)
        places = masters.structure.places([each.product_id for each in questions])
        free = _free(masters)
        today = session().today
        answers: list[dt.date | None] = []
        for each, place in zip(questions, places.tolist(), strict=True):
            if place < 0:
                answers.append(None)
            else:
                days = _days_until(masters, free, place, micro_of(each.quantity), {})
                answers.append(max(today + dt.timedelta(days=days), each.wanted or today))
        return answers


def _free(masters: Masters) -> list[int]:
    free = [0] * len(masters.structure.products)
    stocks = stock_of()
    for place, stock in zip(masters.structure.places(list(stocks)).tolist(), stocks.values(), strict=True):
        if place >= 0:
            free[place] = micro_of(stock.free)
    return free


def _days_until(masters: Masters, free: Sequence[int], place: int, wanted: int, known: dict[int, int]) -> int:
    """Give the days until a quantity is there: none where it is free, else the lead time after the slowest part."""
    if wanted <= free[place]:
        return 0
    if place in known:
        return known[place]
    slowest = 0
    structure: Structure = masters.structure
    if masters.made[place]:
        lines, _at, taken = structure.taken(
            fitting([place]), fitting([wanted - max(free[place], 0)]), masters.lots.step)
        for line, quantity in zip(lines.tolist(), taken.tolist(), strict=True):
            slowest = max(slowest, _days_until(masters, free, int(structure.component[line]), quantity, known))
    known[place] = slowest + int(masters.lead[place])
    return known[place]
