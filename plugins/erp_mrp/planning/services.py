"""What one does with plans."""

import datetime as dt
from collections.abc import Sequence
from typing import TypeVar

from kernel import Entity, Refusal, Workflow, _, session, workflow_of
from plugins.erp_mrp.planning.models import Plan, PlannedOrder

E = TypeVar("E", bound=Entity)


def run_plan(horizon: dt.date | None = None) -> Plan:
    """Make a plan for all that is needed up to a day (without one, for all), and set the one before aside."""
    plan = Plan(horizon_on=horizon)
    session().add(plan)
    session().flush()
    _flow(Plan).run("run", [plan])
    return plan


def firm_plan(plan: Plan) -> None:
    """Firm all planned orders of a plan that aren't firm yet."""
    _flow(Plan).run("firm", [plan])


def firm_orders(orders: Sequence[PlannedOrder]) -> None:
    """Firm some planned orders: work orders are made, purchases told. Raises Refusal SUPERSEDED, ALREADY_FIRMED."""
    _flow(PlannedOrder).run("firm", orders)


def _flow(cls: type[E]) -> Workflow[E]:
    found = workflow_of(cls)
    if found is None:
        raise Refusal("NO_WORKFLOW", _("{what} have no workflow", what=cls.__plural__))
    return found
