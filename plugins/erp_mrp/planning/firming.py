"""Make planned orders firm: work orders for what is made, and the signal for what is to be bought."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import Select, select

from kernel import AnyRef, Product, Refusal, _, as_system, insert_rows, session, update_rows
from plugins.erp_mrp.planning.models import Demand, Peg, Plan, PlannedOrder
from plugins.erp_mrp.planning.models import Supply as Expected
from plugins.erp_mrp.planning.signals import PlanFirmed, PlannedPurchase, plan_firmed
from plugins.erp_mrp.work_orders.making import Final, Wanted, make_work_orders
from plugins.erp_mrp.work_orders.models import WorkOrderPeg


def still_current(orders: Sequence[PlannedOrder]) -> Iterable[Refusal]:
    """Refuse to firm what a later plan has set aside."""
    ids = {order.plan_id for order in orders}
    plans = {plan.id: plan for plan in session().scalars(select(Plan).where(Plan.id.in_(ids)))}
    for order in orders:
        plan = plans.get(order.plan_id)
        if plan is None or plan.state not in ("planned", "firmed"):
            yield Refusal(
                "SUPERSEDED", _("A later plan has set {number} aside", number=plan.number if plan else order.plan_id),
                record=order, field="plan", fix=_("Firm the orders of the plan that was run last"))


def firm_everything(plans: Sequence[Plan]) -> None:
    """Firm what is left of plans, all at once: the effect of firming a plan."""
    with as_system("a plan is firmed with all its orders"):
        orders = session().execute(
            select(PlannedOrder.id, PlannedOrder.version, PlannedOrder.plan_id, PlannedOrder.product_id,
                   PlannedOrder.kind, PlannedOrder.quantity, PlannedOrder.release_on, PlannedOrder.due_on,
                   PlannedOrder.bom_id)
            .where(PlannedOrder.plan_id.in_([plan.id for plan in plans]), PlannedOrder.state == "planned")
            .order_by(PlannedOrder.id)).all()
        update_rows(PlannedOrder, [{"id": each.id, "version": each.version, "state": "firmed"} for each in orders])
    firm_planned(orders)


class Plannable(Protocol):
    """A planned order, as far as firming it needs it."""

    @property
    def id(self) -> int: ...
    @property
    def plan_id(self) -> int: ...
    @property
    def product_id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def quantity(self) -> Decimal: ...
    @property
    def release_on(self) -> dt.date: ...
    @property
    def due_on(self) -> dt.date: ...
    @property
    def bom_id(self) -> int | None: ...


def firm_planned(orders: Sequence[Plannable]) -> None:
    """Make work orders, expect what is to be bought, and tell: the effect of firming planned orders.

    What is to be bought counts as expected at once, so that the next plan doesn't ask for it again.
    """
    demands = demands_of(orders)
    with as_system("what was planned is made firm"):
        makes = [order for order in orders if order.kind == "make"]
        make_work_orders([
            Wanted(order.product_id, order.quantity, order.release_on, order.due_on, order.bom_id, order.id,
                   tuple(demands.get(order.id, ())))
            for order in makes])
        buys = [order for order in orders if order.kind == "buy"]
        insert_rows(Expected, [
            {"product_id": order.product_id, "quantity": order.quantity, "expected_on": order.due_on,
             "kind": "requested", "state": "open", "planned_order_id": order.id} for order in buys])
        numbers = dict(session().execute(
            select(Plan.id, Plan.number).where(Plan.id.in_({order.plan_id for order in orders}))).all())
        units = dict(session().execute(
            select(Product.id, Product.unit_id).where(Product.id.in_({order.product_id for order in buys}))).all())
    to_buy: dict[int, list[PlannedPurchase]] = {plan_id: [] for plan_id in numbers}
    for order in buys:
        to_buy[order.plan_id].append(PlannedPurchase(
            planned_id=order.id, product_id=order.product_id, quantity=order.quantity, unit_id=units[order.product_id],
            order_on=order.release_on, needed_on=order.due_on,
            demands=tuple(dict.fromkeys(each.source for each in demands.get(order.id, ()) if each.source))))
    plan_firmed.tell([
        PlanFirmed(plan_id=plan_id, number=numbers[plan_id], to_buy=tuple(purchases))
        for plan_id, purchases in to_buy.items()])


def demands_of(orders: Sequence[Plannable]) -> Mapping[int, Sequence[Final]]:
    """Give the demands that planned orders serve in the end, however many levels up: three statements.

    What a work order takes serves what that work order is made for.
    """
    with as_system("know what planned orders are for"):
        rows = session().execute(pegs_above(orders).order_by(Peg.planned_order_id, Peg.id)).all()
        work_orders = {row.work_order_id for row in rows if row.work_order_id}
        made_for: dict[int, list[Final]] = defaultdict(list)
        if work_orders:
            for peg in session().scalars(
                    select(WorkOrderPeg).where(WorkOrderPeg.work_order_id.in_(work_orders)).order_by(WorkOrderPeg.id)):
                made_for[peg.work_order_id].append(Final(peg.demand_id, peg.source, peg.due_on))
        demands = {row.demand_id for row in rows if row.demand_id}
        known = {
            each.id: Final(each.id, AnyRef(each.source_entity, each.source_id, each.source_title or "")
                           if each.source_entity else None, each.due_on)
            for each in session().execute(
                select(Demand.id, Demand.source_entity, Demand.source_id, Demand.source_title, Demand.due_on)
                .where(Demand.id.in_(demands)))} if demands else {}
    found: dict[int, dict[Final, None]] = defaultdict(dict)
    for row in rows:  # a parent's id is lower than those of what it takes: it was planned before
        mine = found[row.planned_order_id]
        if row.demand_id in known:
            mine[known[row.demand_id]] = None
        for each in (*found.get(row.parent_order_id or 0, ()), *made_for.get(row.work_order_id or 0, ())):
            mine[each] = None
    return {order.id: sorted(found.get(order.id, ()), key=lambda each: (each.due_on, each.demand_id or 0))
            for order in orders}


MOST_NAMED = 5000
"""How many orders are named one by one; beyond, all of the plan are read."""


def pegs_above(orders: Sequence[Plannable]) -> Select[*tuple[Any, ...]]:
    """Select the pegs of orders and of all that they are for, however many levels up."""
    pegs = select(Peg.id, Peg.planned_order_id, Peg.kind, Peg.demand_id, Peg.parent_order_id, Peg.work_order_id,
                  Peg.quantity)
    if len(orders) > MOST_NAMED:
        return pegs.join(PlannedOrder, PlannedOrder.id == Peg.planned_order_id).where(
            PlannedOrder.plan_id.in_({order.plan_id for order in orders}))
    above = select(PlannedOrder.id).where(PlannedOrder.id.in_([order.id for order in orders])).cte(
        "above", recursive=True)
    above = above.union(
        select(Peg.parent_order_id).join(above, above.c.id == Peg.planned_order_id)
        .where(Peg.parent_order_id.is_not(None)))
    return pegs.where(Peg.planned_order_id.in_(select(above.c.id)))
