"""Approvers who leave, are moved, or may no longer sign in: what waits for them is asked of whoever it is now."""

from collections.abc import Iterable

from sqlalchemy import event, or_, select
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm.attributes import get_history

from kernel.entities.work import Session, as_system, session
from kernel.errors import Refusal
from kernel.i18n import _
from kernel.identity.models import Employee, User
from kernel.workflows.approvals.asking import ADDED, OPEN, add_task, at_node, let_go, lock, record_of, settle
from kernel.workflows.approvers import Approver, Asking, active_users, administrators, approvers_of, manager_of
from kernel.workflows.flows.graph import find
from kernel.workflows.models import ApprovalRun, ApprovalTask

__all__ = ["resolve_again", "resolve_those_who_left"]

WATCHED = {User: ("active", "archived"), Employee: ("left_on", "archived", "user_id", "manager_id", "department_id",
                                                   "heads_department")}
"""What says, when it changes, that somebody may not be the one to ask any more."""


def resolve_those_who_left() -> int:
    """Ask others in place of approvers who have left or may not sign in; gives how many tasks moved. As the system."""
    system = session()
    waiting = set(system.scalars(select(ApprovalTask.approver_id).where(ApprovalTask.outcome.in_(OPEN)).distinct()))
    return resolve_again(waiting - set(active_users(waiting))) if waiting else 0


def resolve_again(user_ids: Iterable[int]) -> int:
    """Look up again who is to be asked where these people are asked now, and about what they submitted.

    Gives how many tasks moved. A task stays with somebody who is still here and still whom the node asks, or to whom
    it was handed. Otherwise whoever the node asks now gets it; of those handed over or added, the manager; failing
    all, administrators.
    """
    moved = 0
    with as_system("ask others in place of approvers who left") as system:
        ids = set(user_ids)
        if not ids:
            return 0
        rows = system.scalars(
            select(ApprovalTask).join(ApprovalRun, ApprovalRun.id == ApprovalTask.run_id)
            .where(or_(ApprovalTask.approver_id.in_(ids), ApprovalRun.initiator_id.in_(ids)),
                   ApprovalTask.outcome.in_(OPEN), ApprovalRun.outcome == "running")
            .order_by(ApprovalTask.id)).all()
        here = set(active_users({task.approver_id for task in rows})) if rows else set()
        for task in rows:
            run = lock(task.run_id)
            system.refresh(task)
            if run.outcome == "running" and task.outcome in OPEN:
                moved += _replace(run, task, still_here=task.approver_id in here)
        system.flush()
    return moved


def _replace(run: ApprovalRun, task: ApprovalTask, *, still_here: bool) -> bool:
    node = find(run.nodes, task.node)
    tasks = at_node(run, task.node)
    passed_up = any(each.outcome == "escalated" for each in tasks)
    by_hand = task.kind in ADDED or task.asked_by_id is not None or passed_up
    if node is None or (by_hand and still_here):
        return False
    asked = {each.approver_id for each in tasks if each.outcome in (*OPEN, "approved")}
    wanted = [] if by_hand else _now(run, task)
    if still_here and (task.approver_id in {each.user_id for each in wanted} or not wanted):
        return False
    if by_hand:
        above = manager_of(task.approver_id)
        wanted = [Approver(above, _("is the manager of {who}, who left", who=task.approver.name))] if (
            above is not None and above != run.initiator_id) else []
    found = [each for each in wanted if each.user_id not in asked]
    others = asked - {task.approver_id}
    if not found and not (wanted and others):
        found = [each for each in administrators(
            run.initiator_id, _("is an administrator: {who} left", who=task.approver.name))
            if each.user_id not in asked][:1]
        if not found and not others:
            return False  # there is nobody at all: it stays, and shows in the list of what is overdue
    later = task.outcome == "later"
    let_go(task, "replaced", None)
    for each in found[:1]:
        new = add_task(run, task, each, kind=task.kind, before=task.before)
        new.asked_by_id = None
        if later:
            new.outcome, new.due_at = "later", None
        for other in run.tasks:
            if other.before is task and other.outcome in OPEN:
                other.before = new
    session().flush()
    settle(run, task.node)
    return True


def _now(run: ApprovalRun, task: ApprovalTask) -> list[Approver]:
    node = find(run.nodes, task.node)
    try:
        return list(approvers_of(node or {}, Asking(run.initiator_id, record_of(run), run.chosen or {})))
    except Refusal:
        return []


@event.listens_for(Session, "before_flush", insert=True)  # before plain changes are written, and forgotten
def _watch(flushed: OrmSession, context: object, instances: object) -> None:
    """Note whom a change of users or employees concerns, and look at their tasks before the commit."""
    concerned: set[int] = set()
    for record in flushed.dirty:
        if isinstance(record, User | Employee) and any(
                get_history(record, name).has_changes() for name in WATCHED[type(record)]):
            concerned |= _concerned(record)
    if not concerned or not isinstance(flushed, Session):
        return
    work = flushed.work
    waiting: set[int] = work.read.setdefault(_watch, {}).setdefault("ids", set())
    if not waiting:
        work.before_commit.append(lambda: _settle_changes(waiting))
    waiting |= concerned


def _settle_changes(waiting: set[int]) -> None:
    concerned = set(waiting)
    waiting.clear()
    resolve_again(concerned)


def _concerned(record: User | Employee) -> set[int]:
    """Give the people whose tasks, or whose documents' tasks, may be another's now."""
    if isinstance(record, User):
        return {record.id}
    return {each for each in (record.user_id, *get_history(record, "user_id").deleted) if each}
