"""Make work orders: the components and operations a bill of materials asks for, kept as they are that day."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from sqlalchemy import select

from kernel import AnyRef, Product, Unit, as_system, insert_rows, session
from plugins.erp_mrp.amounts import own_rounding
from plugins.erp_mrp.boms.models import BomLine, BomOperation
from plugins.erp_mrp.boms.structure import Structure, load_structure
from plugins.erp_mrp.micro import MICRO, Whole, decimal_of, fitting, micro_of
from plugins.erp_mrp.products.extends import Planning
from plugins.erp_mrp.work_centres.models import WorkCentre
from plugins.erp_mrp.work_orders.models import (
    WorkOrder,
    WorkOrderComponent,
    WorkOrderOperation,
    WorkOrderPeg,
)

FINEST = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Final:
    """A demand that something is made for in the end."""

    demand_id: int | None
    source: AnyRef | None
    due_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A work order to be made."""

    product_id: int
    quantity: Decimal
    start_on: dt.date
    due_on: dt.date
    bom_id: int | None = None
    planned_order_id: int | None = None
    demands: tuple[Final, ...] = ()


@dataclass(frozen=True, slots=True)
class _Blank:
    """A work order without components and operations yet."""

    order_id: int
    product_id: int
    quantity: Decimal
    bom_id: int | None


def make_work_orders(wanted: Sequence[Wanted]) -> Sequence[int]:
    """Make draft work orders with components, operations and what they are for; gives their ids.

    A fixed number of statements for any number of orders; call it as the system.
    """
    if not wanted:
        return []
    good = dict(session().execute(
        select(Product.id, Planning.yield_percent).join(Planning)
        .where(Product.id.in_({each.product_id for each in wanted}))).all())
    ids = insert_rows(WorkOrder, [
        {"product_id": each.product_id, "quantity": each.quantity, "start_on": each.start_on,
         "due_on": max(each.due_on, each.start_on), "bom_id": each.bom_id, "planned_order_id": each.planned_order_id,
         "yield_percent": good.get(each.product_id, Decimal(100)), "owner_id": session().actor.user_id}
        for each in wanted])
    _fill([_Blank(id_, each.product_id, each.quantity, each.bom_id) for id_, each in zip(ids, wanted, strict=True)])
    insert_rows(WorkOrderPeg, [
        {"work_order_id": id_, "demand_id": final.demand_id, "due_on": final.due_on,
         "source_entity": final.source.entity if final.source else None,
         "source_id": final.source.id if final.source else None,
         "source_title": final.source.title if final.source else None}
        for id_, each in zip(ids, wanted, strict=True) for final in each.demands])
    return ids


def fill_orders(orders: Sequence[WorkOrder]) -> None:
    """Give orders that have no components and no operations those of their bills of materials; others stay as is."""
    ids = [order.id for order in orders]
    with as_system("fill work orders from their bills of materials") as system:
        filled = {
            id_ for cls in (WorkOrderComponent, WorkOrderOperation)
            for id_ in system.scalars(select(cls.work_order_id).where(cls.work_order_id.in_(ids)).distinct())}
        blank = [order for order in orders if order.id not in filled]
        chosen = _fill([_Blank(each.id, each.product_id, each.quantity, each.bom_id) for each in blank])
    for order in blank:
        order.bom_id = chosen.get(order.id, order.bom_id)
        session().expire(order, ["components", "operations"])
    session().flush()


def _fill(blanks: Sequence[_Blank]) -> Mapping[int, int]:
    """Write components and operations; gives the bill that each order was filled from."""
    if not blanks:
        return {}
    products = {each.product_id for each in blanks}
    phantoms = set(session().scalars(select(Planning.row_id).where(Planning.supply == "phantom")))
    rounds: list[list[_Blank]] = []
    for each in blanks:  # a product has one bill at a time: those that name others wait for the next round
        named = next((one for one in rounds if all(
            each.bom_id == other.bom_id for other in one if other.product_id == each.product_id)), None)
        if named is None:
            rounds.append([each])
        else:
            named.append(each)
    components: list[dict[str, Any]] = []
    chosen: dict[int, int] = {}
    for some in rounds:
        structure = load_structure(
            session().today, products | phantoms, {each.product_id: each.bom_id for each in some if each.bom_id})
        places = structure.places([each.product_id for each in some])
        chosen |= {
            each.order_id: int(structure.bom[place]) for each, place in zip(some, places.tolist(), strict=True)
            if place >= 0 and structure.bom[place]}
        components += _components(structure.without(_made_phantoms(structure, phantoms)), some, places)
    steps = _steps_of_lines([each["line"] for each in components], set(chosen.values()))
    insert_rows(WorkOrderComponent, [
        {"work_order_id": each["order"], "product_id": each["product"], "quantity": each["quantity"],
         "step": steps.get(each["line"])} for each in components])
    insert_rows(WorkOrderOperation, _operations(blanks, chosen))
    return chosen


def _made_phantoms(structure: Structure, phantoms: set[int]) -> Whole:
    places = structure.places(sorted(phantoms))
    known = places[places >= 0]
    return known[structure.bom[known] > 0]


def _components(structure: Structure, some: Sequence[_Blank], places: Whole) -> list[dict[str, Any]]:
    decimals = dict(session().execute(
        select(Product.id, Unit.decimals).join(Unit, Unit.id == Product.unit_id)
        .where(Product.id.in_(structure.products.tolist()))).all())
    step = fitting([MICRO // 10 ** min(decimals.get(id_, 6), 6) for id_ in structure.products.tolist()])
    known = np.flatnonzero(places >= 0)
    quantity = fitting([micro_of(some[at].quantity) for at in known.tolist()])
    lines, at, taken = structure.taken(places[known], quantity, step)
    return [
        {"order": some[int(known[position])].order_id, "product": int(structure.products[structure.component[line]]),
         "quantity": decimal_of(amount), "line": int(structure.line[line])}
        for line, position, amount in zip(lines.tolist(), at.tolist(), taken.tolist(), strict=True)]


def _steps_of_lines(lines: Sequence[int], boms: set[int]) -> Mapping[int, int]:
    if not lines:
        return {}
    return dict(session().execute(
        select(BomLine.id, BomOperation.sequence).join(BomOperation, BomOperation.id == BomLine.operation_id)
        .where(BomLine.bom_id.in_(boms))).all())


def _operations(blanks: Sequence[_Blank], chosen: Mapping[int, int]) -> list[dict[str, Any]]:
    by_bom: dict[int, list[Any]] = {}
    money = own_rounding()
    for row in session().execute(
            select(BomOperation.bom_id, BomOperation.sequence, BomOperation.name, BomOperation.work_centre_id,
                   BomOperation.setup_hours, BomOperation.run_hours, WorkCentre.cost_per_hour, WorkCentre.efficiency)
            .join(WorkCentre, WorkCentre.id == BomOperation.work_centre_id)
            .where(BomOperation.bom_id.in_(set(chosen.values()))).order_by(BomOperation.sequence, BomOperation.id)):
        by_bom.setdefault(row.bom_id, []).append(row)
    rows = []
    for each in blanks:
        for row in by_bom.get(chosen.get(each.order_id, 0), ()):
            hours = ((row.setup_hours + row.run_hours * each.quantity) * 100 / row.efficiency).quantize(FINEST)
            rows.append({
                "work_order_id": each.order_id, "sequence": row.sequence, "name": row.name,
                "work_centre_id": row.work_centre_id, "planned_hours": hours,
                "planned_cost": money.amount(hours * row.cost_per_hour)})
    return rows
