"""Report work: good and scrapped pieces and the hours, whose cost becomes part of the work order's."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy import select

from kernel import Employee, Refusal, _, as_system, format_number, session, update_rows, workflow_of
from plugins.erp_mrp.amounts import own_rounding
from plugins.erp_mrp.work_centres.models import WorkCentre
from plugins.erp_mrp.work_orders.models import OperationReport, WorkOrder, WorkOrderOperation
from plugins.erp_mrp.work_orders.signals import OperationReported, operation_reported

ZERO = Decimal(0)
RUNNING = ("released", "in_progress")
"""The states in which work is done on an order."""


def running(reports: Sequence[OperationReport]) -> Iterable[Refusal]:
    """Refuse reports about orders that aren't running: a guard of posting and taking back."""
    orders = _orders_of(reports)
    for report in reports:
        order = orders[report.work_order_id]
        if order.state not in RUNNING:
            yield Refusal(
                "NOT_RUNNING", _("{number} isn't running: work is reported on released orders, until they are complete",
                                 number=order.number),
                record=report, field="work_order", actual=order.state, allowed="released, in_progress",
                fix=_("Release the work order first"))


def not_over_reported(reports: Sequence[OperationReport]) -> Iterable[Refusal]:
    """Refuse more pieces than the step before has given: a guard of posting. Reports given together add up."""
    orders, steps = _orders_of(reports), _operations_of(reports)
    adding: dict[int, Decimal] = defaultdict(Decimal)
    good: dict[int, Decimal] = defaultdict(Decimal)
    for report in reports:
        order, all_steps = orders[report.work_order_id], steps[report.work_order_id]
        if order.state not in RUNNING:
            continue  # `running` says so
        step = next((each for each in all_steps if each.sequence == report.sequence), None)
        if step is None:
            yield Refusal(
                "UNKNOWN_STEP", _("{number} has no step {step}", number=order.number, step=report.sequence),
                record=report, field="sequence", actual=report.sequence,
                allowed=", ".join(str(each.sequence) for each in all_steps) or "-",
                fix=_("Enter a step of the work order"))
            continue
        if report.good + report.scrap + report.hours == 0:
            yield Refusal("EMPTY", _("{number} reports nothing", number=report.number), record=report, field="good",
                          fix=_("Enter good or scrapped pieces, or hours"))
        before = [each for each in all_steps if each.sequence < report.sequence]
        allowed = before[-1].good + good[before[-1].id] if before else order.quantity
        after = step.good + step.scrap + adding[step.id] + report.good + report.scrap
        if after > allowed:
            yield Refusal(
                "OVER_REPORT", _("{number}, step {step}: {after} pieces reported, the step before gave {allowed}",
                                 number=order.number, step=report.sequence, after=format_number(after),
                                 allowed=format_number(allowed))
                if before else
                _("{number}, step {step}: {after} pieces reported, the order is for {allowed}", number=order.number,
                  step=report.sequence, after=format_number(after), allowed=format_number(allowed)),
                record=report, field="good", actual=after, allowed=allowed,
                fix=_("Report the step before first, or correct the pieces"))
        adding[step.id] += report.good + report.scrap
        good[step.id] += report.good


def post_reports(reports: Sequence[OperationReport]) -> None:
    """Add pieces, hours and cost to the steps and orders, and tell: the effect of posting reports."""
    orders, steps = _orders_of(reports), _operations_of(reports)
    centres = {each.work_centre_id for some in steps.values() for each in some if each.work_centre_id}
    rates = dict(session().execute(
        select(WorkCentre.id, WorkCentre.cost_per_hour).where(WorkCentre.id.in_(centres))).all())
    people = _own_employee(reports)
    money = own_rounding()
    for report in reports:
        step = next(each for each in steps[report.work_order_id] if each.sequence == report.sequence)
        report.operation_id = step.id
        report.employee_id = report.employee_id or people
        report.cost = money.amount(report.hours * rates.get(step.work_centre_id or 0, ZERO))
    _add(reports, orders, 1)
    starting = [order for order in orders.values() if order.state == "released"]
    for order in orders.values():
        order.started_on = order.started_on or session().today
    flow = workflow_of(WorkOrder)
    if starting and flow is not None:
        flow.put(starting, "in_progress")
    session().flush()
    _tell(reports, orders, 1)


def take_back(reports: Sequence[OperationReport]) -> None:
    """Take pieces, hours and cost away again, and tell with negative figures: the effect of taking reports back."""
    orders = _orders_of(reports)
    _add(reports, orders, -1)
    session().flush()
    _tell(reports, orders, -1)


def _add(reports: Sequence[OperationReport], orders: dict[int, WorkOrder], sign: int) -> None:
    steps = {each.id: each for some in _operations_of(reports).values() for each in some}
    rows: dict[int, dict[str, object]] = {}
    sums: dict[int, list[Decimal]] = {}
    for report in reports:
        step = steps[report.operation_id or 0]
        so_far = sums.setdefault(step.id, [step.good, step.scrap, step.hours, step.cost])
        for at, value in enumerate((report.good, report.scrap, report.hours, report.cost)):
            so_far[at] += sign * value
        good, scrap, hours, cost = so_far
        rows[step.id] = {
            "id": step.id, "version": step.version, "good": good, "scrap": scrap, "hours": hours, "cost": cost,
            "started_on": step.started_on or report.day}
        order = orders[report.work_order_id]
        order.labour_cost += sign * report.cost
        order.scrapped += sign * report.scrap
    with as_system("add up what was reported"):
        update_rows(WorkOrderOperation, list(rows.values()))


def _tell(reports: Sequence[OperationReport], orders: dict[int, WorkOrder], sign: int) -> None:
    operation_reported.tell([
        OperationReported(
            report_id=report.id, order_id=report.work_order_id, number=orders[report.work_order_id].number,
            day=(report.day or session().today) if sign > 0 else session().today, employee_id=report.employee_id,
            hours=sign * report.hours, good=sign * report.good, scrap=sign * report.scrap, cost=sign * report.cost)
        for report in reports])


def _orders_of(reports: Sequence[OperationReport]) -> dict[int, WorkOrder]:
    ids = {report.work_order_id for report in reports}
    return {order.id: order for order in session().scalars(select(WorkOrder).where(WorkOrder.id.in_(ids)))}


def _operations_of(reports: Sequence[OperationReport]) -> dict[int, list[WorkOrderOperation]]:
    found: dict[int, list[WorkOrderOperation]] = {report.work_order_id: [] for report in reports}
    for each in session().scalars(
            select(WorkOrderOperation).where(WorkOrderOperation.work_order_id.in_(found))
            .order_by(WorkOrderOperation.sequence, WorkOrderOperation.id)):
        found[each.work_order_id].append(each)
    return found


def _own_employee(reports: Sequence[OperationReport]) -> int | None:
    """Give the person who reports as an employee, where a report names nobody."""
    if all(report.employee_id for report in reports):
        return None
    return session().scalar(
        select(Employee.id).where(Employee.user_id == session().actor.user_id, Employee.archived.is_(False)))
