"""Why a plan orders something: up to the demands in the end, and the days on which the product comes and goes."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import select

from kernel import AnyRef, Product, as_system, session
from plugins.erp_inventory.api import stock_of
from plugins.erp_mrp.micro import decimal_of, fitting, micro_of
from plugins.erp_mrp.planning.firming import pegs_above
from plugins.erp_mrp.planning.gathering import OPEN, load_masters
from plugins.erp_mrp.planning.models import Demand, PlannedOrder, Supply
from plugins.erp_mrp.work_orders.models import WorkOrder, WorkOrderComponent

ZERO = Decimal(0)
MOST = 60
"""How many reasons are shown, and how many days."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One step from an order towards a demand: how deep it is, what it is, how much of it, and by when."""

    depth: int
    kind: str
    record: AnyRef | None
    quantity: Decimal
    day: dt.date | None


@dataclass(frozen=True, slots=True)
class Day:
    """What happens to a product on a day, and what is on hand after it."""

    day: dt.date
    needed: Decimal
    arrives: Decimal
    on_hand: Decimal


def reasons_of(order: PlannedOrder) -> Sequence[Reason]:
    """Give what a planned order is for, each reason followed by the reasons for it, up to the demands."""
    rows = session().execute(pegs_above([order])).all()
    pegs: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        pegs[row.planned_order_id].append(row)
    orders = _records(PlannedOrder, {row.parent_order_id for row in rows} | {order.id})
    demands = _records(Demand, {row.demand_id for row in rows})
    work_orders = _records(WorkOrder, {row.work_order_id for row in rows})

    def above(order_id: int, depth: int) -> Iterator[Reason]:
        for row in sorted(pegs[order_id], key=lambda each: (each.kind != "safety", each.id)):
            if row.demand_id in demands:
                demand = demands[row.demand_id]
                yield Reason(depth, "demand", demand.source or AnyRef.to(demand), row.quantity, demand.due_on)
            elif row.work_order_id in work_orders:
                work_order = work_orders[row.work_order_id]
                yield Reason(depth, "work_order", AnyRef.to(work_order), row.quantity, work_order.start_on)
            elif row.parent_order_id in orders:
                parent = orders[row.parent_order_id]
                yield Reason(depth, "order", AnyRef.to(parent), row.quantity, parent.release_on)
                yield from above(parent.id, depth + 1)
            else:
                yield Reason(depth, "safety", None, row.quantity, None)

    found: list[Reason] = []
    for reason in above(order.id, 1):
        found.append(reason)
        if len(found) >= MOST:
            break
    return found


def days_of_product(product_id: int, plan_id: int) -> Sequence[Day]:
    """Give what is needed of a product and what comes, day by day, as things stand now and with the plan's orders."""
    with as_system("show why a plan orders something"):
        today = session().today
        needed: dict[dt.date, Decimal] = defaultdict(Decimal)
        arrives: dict[dt.date, Decimal] = defaultdict(Decimal)
        for day, quantity in _needs(product_id, plan_id):
            needed[max(day or today, today)] += quantity
        for day, quantity in _arrivals(product_id, plan_id):
            arrives[max(day or today, today)] += quantity
        left = stock_of([product_id])[product_id].on_hand
    found = []
    for day in sorted({*needed, *arrives, today})[:MOST]:
        left += arrives[day] - needed[day]
        found.append(Day(day, needed[day], arrives[day], left))
    return found


def _needs(product_id: int, plan_id: int) -> Iterator[tuple[dt.date | None, Decimal]]:
    company = session().actor.company_id
    for demand in session().execute(
            select(Demand.due_on, Demand.quantity, Demand.delivered)
            .where(Demand.product_id == product_id, Demand.state == "open", Demand.company_id == company)):
        yield demand.due_on, demand.quantity - demand.delivered
    for taken in session().execute(
            select(WorkOrder.start_on, WorkOrderComponent.quantity, WorkOrderComponent.issued)
            .join(WorkOrder, WorkOrder.id == WorkOrderComponent.work_order_id)
            .where(WorkOrderComponent.product_id == product_id, WorkOrder.state.in_(OPEN),
                   WorkOrder.company_id == company)):
        yield taken.start_on, max(taken.quantity - taken.issued, ZERO)
    masters = load_masters(session().today)
    structure = masters.structure
    [place] = structure.places([product_id]).tolist()
    parents = np.unique(np.repeat(np.arange(len(structure.products)), structure.count)[structure.component == place])
    orders = session().execute(
        select(PlannedOrder.product_id, PlannedOrder.quantity, PlannedOrder.release_on)
        .where(PlannedOrder.plan_id == plan_id, PlannedOrder.kind == "make", PlannedOrder.state == "planned",
               PlannedOrder.product_id.in_(structure.products[parents].tolist()))).all() if place >= 0 else ()
    lines, at, quantity = structure.taken(
        structure.places([order.product_id for order in orders]),
        fitting([micro_of(order.quantity) for order in orders]), masters.lots.step)
    for line, position, amount in zip(lines.tolist(), at.tolist(), quantity.tolist(), strict=True):
        if structure.component[line] == place:
            yield orders[position].release_on, decimal_of(amount)


def _arrivals(product_id: int, plan_id: int) -> Iterator[tuple[dt.date | None, Decimal]]:
    company = session().actor.company_id
    for made in session().execute(
            select(WorkOrder.due_on, WorkOrder.quantity, WorkOrder.yield_percent, WorkOrder.received)
            .where(WorkOrder.product_id == product_id, WorkOrder.state.in_(OPEN), WorkOrder.company_id == company)):
        yield made.due_on, max(made.quantity * made.yield_percent / 100 - made.received, ZERO)
    for bought in session().execute(
            select(Supply.expected_on, Supply.quantity, Supply.received)
            .where(Supply.product_id == product_id, Supply.state == "open", Supply.company_id == company)):
        yield bought.expected_on, max(bought.quantity - bought.received, ZERO)
    for planned in session().execute(
            select(PlannedOrder.due_on, PlannedOrder.expected)
            .where(PlannedOrder.product_id == product_id, PlannedOrder.plan_id == plan_id,
                   PlannedOrder.state == "planned")):
        yield planned.due_on, planned.expected


def _records(cls: type[Any], ids: set[int | None]) -> Mapping[int, Any]:
    wanted = {id_ for id_ in ids if id_ is not None}
    if not wanted:
        return {}
    found = {each.id: each for each in session().scalars(select(cls).where(cls.id.in_(wanted)))}
    products = {each.product_id for each in found.values()}
    session().scalars(select(Product).where(Product.id.in_(products))).all()  # titles name them
    return found
