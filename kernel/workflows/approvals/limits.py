"""Do what time limits of nodes say: remind, pass up, pass or reject what waits too long."""

from collections.abc import Sequence

from sqlalchemy import select

from kernel.entities.work import as_system, session
from kernel.i18n import _
from kernel.workflows.approvals.asking import Decided, add_task, decide, let_go, lock, remind
from kernel.workflows.approvals.timing import due_from
from kernel.workflows.approvers import Approver, administrators, manager_of
from kernel.workflows.flows.graph import find
from kernel.workflows.models import ApprovalRun, ApprovalTask

__all__ = ["apply_limit", "overdue_tasks"]

AT_ONCE = 500


def overdue_tasks() -> Sequence[int]:
    """List the tasks whose limit is reached, the longest overdue first. As the system."""
    system = session()
    return system.scalars(
        select(ApprovalTask.id).where(ApprovalTask.outcome == "waiting", ApprovalTask.due_at <= system.now)
        .order_by(ApprovalTask.due_at, ApprovalTask.id).limit(AT_ONCE)).all()


def apply_limit(task_id: int) -> None:
    """Do what a task's time limit says now that it is reached; nothing where it was decided meanwhile."""
    with as_system("apply the time limit of an approval") as system:
        task = system.get(ApprovalTask, task_id)
        if task is None:
            return
        run = lock(task.run_id)
        system.refresh(task)
        node = find(run.nodes, task.node)
        if run.outcome != "running" or task.outcome != "waiting" or node is None or (
                task.due_at is None or task.due_at > system.now):
            return
        stages = (node.get("limits") or [])[task.stage:]
        if not stages:
            task.due_at = None
            return
        then = stages[0]["then"]
        task.stage += 1
        task.due_at = due_from(run.company_id, node, task.stage, system.now)
        if then == "remind":
            remind(run, [task], overdue=True)
        elif then == "escalate":
            _pass_up(run, task)
        else:
            task.due_at = None
            decide(run, task, Decided(
                "approved" if then == "pass" else "rejected", str(_("The time limit was reached.")), automatic=True))
        system.flush()


def _pass_up(run: ApprovalRun, task: ApprovalTask) -> None:
    """Ask the approver's manager instead, or administrators; somebody who has the task already stays with it."""
    above = manager_of(task.approver_id)
    asked = {each.approver_id for each in run.tasks if each.node == task.node and each.outcome in ("waiting", "later")}
    found: Sequence[Approver]
    if above is not None and above != run.initiator_id and above not in asked:
        found = [Approver(above, _("is the manager of {who}, who didn't answer in time", who=task.approver.name))]
    else:
        found = [each for each in administrators(run.initiator_id, str(_(
            "is an administrator: {who} didn't answer in time", who=task.approver.name))) if each.user_id not in asked]
    if not found:
        remind(run, [task], overdue=True)
        return
    let_go(task, "escalated", None)
    for each in found[:1]:
        add_task(run, task, each, kind=task.kind, stage=task.stage, due_at=task.due_at)
