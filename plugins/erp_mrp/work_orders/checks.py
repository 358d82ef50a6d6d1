"""What must hold of work orders in a live database; history keeps its own figures."""

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import func, select

from kernel import Finding, _, amount, invariant, session
from plugins.erp_mrp.work_orders.models import OperationReport, WorkOrder, WorkOrderComponent, WorkOrderOperation

ZERO = Decimal(0)


@invariant("erp_mrp.work_order_cost", _("A work order's cost is what was issued and worked for it"))
def cost_gathered() -> Iterable[Finding]:
    """Find orders whose cost isn't the sum of their components' and reports' values."""
    issued = (
        select(WorkOrderComponent.work_order_id, func.sum(WorkOrderComponent.issued_value).label("value"))
        .group_by(WorkOrderComponent.work_order_id).subquery())
    worked = (
        select(OperationReport.work_order_id, func.sum(OperationReport.cost).label("value"))
        .where(OperationReport.state == "posted").group_by(OperationReport.work_order_id).subquery())
    for number, material, labour, of_material, of_labour in session().execute(
            select(WorkOrder.number, WorkOrder.material_cost, WorkOrder.labour_cost,
                   func.coalesce(issued.c.value, amount(0)), func.coalesce(worked.c.value, amount(0)))
            .outerjoin(issued, issued.c.work_order_id == WorkOrder.id)
            .outerjoin(worked, worked.c.work_order_id == WorkOrder.id)
            .where(WorkOrder.historical.is_(False),
                   (WorkOrder.material_cost != func.coalesce(issued.c.value, amount(0)))
                   | (WorkOrder.labour_cost != func.coalesce(worked.c.value, amount(0))))):
        yield Finding("erp_mrp.work_order", number, _(
            "cost {material} + {labour}, issued and worked {of_material} + {of_labour}", material=material,
            labour=labour, of_material=of_material, of_labour=of_labour))


@invariant("erp_mrp.work_order_received", _("No more is received than ordered, and finished orders keep no cost"))
def received_within_order() -> Iterable[Finding]:
    """Find orders that gave more than they were for, or that are finished with cost left."""
    left = WorkOrder.material_cost + WorkOrder.labour_cost - WorkOrder.received_value - WorkOrder.variance
    for number, state, quantity, received, rest in session().execute(
            select(WorkOrder.number, WorkOrder.state, WorkOrder.quantity, WorkOrder.received, left)
            .where(WorkOrder.historical.is_(False),
                   (WorkOrder.received > WorkOrder.quantity) | (WorkOrder.received < 0)
                   | (WorkOrder.state.in_(("closed", "cancelled")) & (left != amount(0))))):
        if received > quantity or received < ZERO:
            yield Finding("erp_mrp.work_order", number, _(
                "{received} of {quantity} received", received=received, quantity=quantity))
        else:
            yield Finding("erp_mrp.work_order", number, _("“{state}” with {left} of cost left", state=state, left=rest))


@invariant("erp_mrp.operation_figures", _("What a step gave is what was reported of it"))
def steps_follow_reports() -> Iterable[Finding]:
    """Find steps whose pieces or hours aren't the sum of their posted reports'."""
    told = (
        select(OperationReport.operation_id, func.sum(OperationReport.good).label("good"),
               func.sum(OperationReport.scrap).label("scrap"), func.sum(OperationReport.hours).label("hours"))
        .where(OperationReport.state == "posted").group_by(OperationReport.operation_id).subquery())
    good, scrap, hours = (func.coalesce(told.c[name], amount(0)) for name in ("good", "scrap", "hours"))
    for number, step, has, right in session().execute(
            select(WorkOrder.number, WorkOrderOperation.sequence, WorkOrderOperation.good, good)
            .join(WorkOrder, WorkOrder.id == WorkOrderOperation.work_order_id)
            .outerjoin(told, told.c.operation_id == WorkOrderOperation.id)
            .where(WorkOrder.historical.is_(False),
                   (WorkOrderOperation.good != good) | (WorkOrderOperation.scrap != scrap)
                   | (WorkOrderOperation.hours != hours))):
        yield Finding("erp_mrp.work_order", number, _(
            "step {step}: {has} good, reported {right}", step=step, has=has, right=right))
