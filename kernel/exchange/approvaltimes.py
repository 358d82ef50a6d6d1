"""How long approvals take: per step, per person, and what is overdue; of the runs that the person may read."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from kernel.entities.work import session
from kernel.exchange.reports import Parameter, ReportTable, report
from kernel.i18n import _
from kernel.identity.models import User
from kernel.workflows.models import ApprovalDefinition, ApprovalRun, ApprovalTask

__all__ = ["approval_overdue", "approval_times"]

ANSWERS = ("approved", "rejected", "returned", "handed_over", "escalated")
HOUR = 3600
MOST = 500
NEEDS = "kernel.approval_run"


def _flows() -> Sequence[tuple[str, Any]]:
    rows = session().scalars(
        select(ApprovalDefinition).where(ApprovalDefinition.stage == "active", ApprovalDefinition.archived.is_(False))
        .order_by(ApprovalDefinition.name)).all()
    return [(row.code, _(row.name)) for row in rows]


@report(
    _("Approval times"),
    Parameter("by", _("By"), choices=(("node", _("Step")), ("person", _("Person"))), default="node"),
    Parameter("flow", _("Approval"), choices=_flows), Parameter("since", _("Since"), "date"),
    help=_("How many answers each step or person gave, and how long they took: on average and at most."),
    needs=NEEDS, icon="clock-hour-4")
def approval_times(by: str, flow: str | None, since: dt.date | None) -> ReportTable:
    """Count the answers per step or person, with their mean and longest time in hours of the clock."""
    counted = func.count(ApprovalTask.id)
    spent, longest = func.sum(ApprovalTask.dwell), func.max(ApprovalTask.dwell)
    statement = (
        select(counted.label("answers"), spent.label("spent"), longest.label("longest"))
        .select_from(ApprovalTask).join(ApprovalRun, ApprovalRun.id == ApprovalTask.run_id)
        .where(ApprovalTask.outcome.in_(ANSWERS), ApprovalTask.dwell.is_not(None), ApprovalTask.automatic.is_(False)))
    if flow:
        statement = statement.where(ApprovalRun.flow == flow)
    if since:
        statement = statement.where(ApprovalTask.decided_at >= dt.datetime.combine(since, dt.time(), dt.UTC))
    if by == "person":
        statement = (statement.add_columns(User.name.label("name")).join(User, User.id == ApprovalTask.approver_id)
                     .group_by(User.id, User.name))
        names = [("name", _("Person"), "text")]
    else:
        statement = (statement.add_columns(ApprovalRun.flow.label("flow"), ApprovalTask.label.label("name"))
                     .group_by(ApprovalRun.flow, ApprovalTask.label))
        names = [("name", _("Step"), "text"), ("flow", _("Approval"), "text")]
    labels = {code: str(label) for code, label in _flows()}
    rows = []
    for row in session().execute(statement.order_by(spent.desc()).limit(MOST)):
        head = [row.name] if by == "person" else [str(_(row.name)), labels.get(row.flow, row.flow)]
        rows.append([*head, row.answers, _hours(row.spent / row.answers), _hours(row.longest)])
    columns = [*names, ("count", _("Answers"), "integer"), ("mean", _("Hours on average"), "quantity"),
               ("longest", _("Hours at most"), "quantity")]
    return ReportTable(columns, rows, chart=("bar", "name", ("mean",)) if rows else None)


@report(
    _("Overdue approvals"), Parameter("flow", _("Approval"), choices=_flows),
    help=_("What waits for an answer past its time limit, the longest overdue first."), needs=NEEDS,
    icon="alert-triangle")
def approval_overdue(flow: str | None) -> ReportTable:
    """List the tasks that wait past their limit, or that a limit has already reminded of."""
    current = session()
    statement = (
        select(ApprovalRun.record_title, ApprovalRun.flow, ApprovalTask.label, User.name, ApprovalTask.asked_at,
               ApprovalTask.id)
        .select_from(ApprovalTask).join(ApprovalRun, ApprovalRun.id == ApprovalTask.run_id)
        .join(User, User.id == ApprovalTask.approver_id)
        .where(ApprovalTask.outcome == "waiting", (ApprovalTask.due_at <= current.now) | (ApprovalTask.stage > 0)))
    if flow:
        statement = statement.where(ApprovalRun.flow == flow)
    labels = {code: str(label) for code, label in _flows()}
    found = current.execute(statement.order_by(ApprovalTask.asked_at).limit(MOST)).all()
    rows = [[row.record_title, labels.get(row.flow, row.flow), str(_(row.label)), row.name,
             _hours((current.now - (row.asked_at or current.now)).total_seconds())] for row in found]
    return ReportTable(
        [("document", _("Document"), "text"), ("flow", _("Approval"), "text"), ("step", _("Step"), "text"),
         ("person", _("Waits for"), "text"), ("hours", _("Hours"), "quantity")],
        rows, links=[f"/inbox/{row.id}" for row in found])


def _hours(seconds: float) -> Decimal:
    return Decimal(round(float(seconds) / HOUR * 10)) / 10
