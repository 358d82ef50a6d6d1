"""Carry a run on: ask people at the nodes it reaches, count their answers, and end it. Always as the system."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from kernel.entities.base import Entity, entity
from kernel.entities.fields import AnyRef
from kernel.entities.work import Actor, actor, in_sibling, session
from kernel.errors import NotFound, Refusal
from kernel.i18n import _
from kernel.permissions.actors import actor_of
from kernel.workflows.approvals.delegation import deputies_of, let_read
from kernel.workflows.approvals.signals import (
    ApprovalAsked,
    ApprovalDecided,
    ApprovalReminded,
    approval_asked,
    approval_decided,
    approval_reminded,
)
from kernel.workflows.approvals.timing import due_from, waits_until
from kernel.workflows.approvers import Approver, Asking, approvers_of
from kernel.workflows.conditions import holds
from kernel.workflows.flows.engine import Vote, advanced, verdict
from kernel.workflows.flows.graph import Node, find
from kernel.workflows.machine import workflow_of
from kernel.workflows.models import ApprovalRun, ApprovalTask
from kernel.workflows.reasons import reason_as_kept

__all__ = [
    "ADDED", "OPEN", "Decided", "add_task", "advance", "at_node", "choices_of", "copy_to", "decide", "end", "let_go",
    "lock", "path_for", "record_of", "remind", "settle",
]

ADDED = ("before", "after", "beside")
OPEN = ("waiting", "later")


@dataclass(frozen=True, slots=True)
class Decided:
    """An answer to a task: its outcome, the comment, who gave it, and whether a rule did."""

    outcome: str
    comment: str | None = None
    by: int | None = None
    automatic: bool = False


def lock(run_id: int) -> ApprovalRun:
    """Load a run anew and keep others from acting on it until the transaction ends."""
    return session().scalars(
        select(ApprovalRun).where(ApprovalRun.id == run_id)
        .with_for_update().execution_options(populate_existing=True)).one()


def record_of(run: ApprovalRun) -> Entity:
    """Give the document of a run; raises Refusal DOCUMENT_GONE where it is no longer there."""
    found: Entity | None = session().get(entity(run.entity), run.record_id)
    if found is None:
        raise Refusal("DOCUMENT_GONE", _("{document} is no longer there", document=run.record_title))
    return found


def at_node(run: ApprovalRun, key: str) -> list[ApprovalTask]:
    """Give the tasks of a node as it stands: those of its latest round, in their order; no copies."""
    tasks = [task for task in run.tasks if task.node == key and task.kind != "copy"]
    latest = max((task.round for task in tasks), default=0)
    return sorted((task for task in tasks if task.round == latest), key=lambda task: (task.position, task.id or 0))


def path_for(node: Node, record: Entity) -> str:
    """Give the path that a branch takes for a document: the first whose conditions hold, else the last."""
    return str(next((path["key"] for path in node["paths"] if holds(record, path.get("conditions"))),
                    node["paths"][-1]["key"]))


def advance(run: ApprovalRun, record: Entity | None = None) -> None:
    """Carry a run on to the nodes that wait for people, or to its end."""
    document = record or record_of(run)

    while True:
        run.progress, reached, ended = advanced(
            run.nodes, run.progress or {}, lambda node: path_for(node, document))
        if ended:
            end(run, "approved")
            return
        if not reached:
            break
        for node in reached:
            if node["type"] == "wait":
                run.progress = {**run.progress, node["key"]: _wait(run, node, document)}
                continue
            waits = _open(run, node, document)
            run.progress = {**run.progress, node["key"]: {"at": "open" if waits else "done"}}
    run.wakes_at = min((dt.datetime.fromisoformat(entry["until"]) for entry in run.progress.values()
                        if entry["at"] == "open" and "until" in entry), default=None)
    session().flush()


def _wait(run: ApprovalRun, node: Node, document: Entity) -> dict[str, str]:
    """Begin a wait; what is over already, or has no day to wait for, is passed."""
    now = session().now
    until = waits_until(run.company_id, node, document, now)
    return {"at": "open", "until": until.isoformat()} if until is not None and until > now else {"at": "done"}


def _open(run: ApprovalRun, node: Node, document: Entity) -> bool:
    """Ask at a node: gives whether it waits for anybody."""
    asked = approvers_of(node, Asking(run.initiator_id, document, run.chosen or {}))
    if node["type"] == "cc":
        for each in asked:
            copy_to(run, node["key"], node["name"], each)
        return False
    before = max((task.round for task in run.tasks if task.node == node["key"]), default=0)
    agreed = {task.approver_id for task in run.tasks if task.outcome == "approved" and node.get("same") == "pass"}
    for position, each in enumerate(asked):
        later = node.get("mode") == "order" and position > 0
        task = ApprovalTask(
            node=node["key"], round=before + 1, position=position, label=node["name"], kind=node["type"],
            approver_id=each.user_id, **reason_as_kept(each.reason), outcome="later" if later else "waiting")
        run.tasks.append(task)
        if not later:
            _begin(run, node, task)
    let_read(run, [each.user_id for each in asked])
    for task in at_node(run, node["key"]) if asked else ():
        if task.approver_id in agreed:
            _close(task, Decided("approved", str(_("Approved an earlier step.")), automatic=True))
    if not asked or _verdict(run, node) is not None:
        return False
    _ask_next(run, node)  # in order, whoever comes first may have passed by rule
    return True


def _begin(run: ApprovalRun, node: Node, task: ApprovalTask) -> None:
    """Ask somebody from now on: the time that is measured and the limit start here; deputies see it too."""
    system = session()
    task.outcome, task.asked_at, task.stage = "waiting", system.now, 0
    task.due_at = due_from(run.company_id, node, 0, system.now)
    let_read(run, deputies_of(task.approver_id, run.flow, system.today), as_deputies=True)
    approval_asked.tell([ApprovalAsked(
        task.id, run.id, run.flow, AnyRef(run.entity, run.record_id, run.record_title), task.label, task.approver_id)])


def remind(run: ApprovalRun, tasks: Sequence[ApprovalTask], *, overdue: bool) -> None:
    """Remind those who are asked: their time limit was reached, or the initiator urges them."""
    for task in tasks:
        task.reminded_at = session().now
    about = AnyRef(run.entity, run.record_id, run.record_title)
    approval_reminded.tell([
        ApprovalReminded(task.id, run.id, run.flow, about, task.label, task.approver_id, overdue) for task in tasks])


def copy_to(run: ApprovalRun, node: str, label: str, to: Approver) -> None:
    """Let somebody know of a run, read only; once is enough."""
    if any(task.kind == "copy" and task.approver_id == to.user_id for task in run.tasks):
        return
    run.tasks.append(ApprovalTask(
        node=node, label=label, kind="copy", approver_id=to.user_id, **reason_as_kept(to.reason), outcome="copied",
        asked_at=session().now, asked_by_id=actor().user_id))
    let_read(run, [to.user_id])


def add_task(
    run: ApprovalRun, beside: ApprovalTask, to: Approver, *, kind: str, before: ApprovalTask | None = None,
    stage: int | None = None, due_at: dt.datetime | None = None,
) -> ApprovalTask:
    """Ask one more person at a node, next to a task there; `stage` and `due_at` carry a limit on."""
    node = find(run.nodes, beside.node)
    task = ApprovalTask(
        node=beside.node, round=beside.round, position=beside.position, label=beside.label, kind=kind,
        approver_id=to.user_id, asked_by_id=actor().user_id, **reason_as_kept(to.reason), before=before)
    run.tasks.append(task)
    if node is not None:
        _begin(run, node, task)
    if stage is not None:
        task.stage, task.due_at = stage, due_at
    let_read(run, [to.user_id])
    return task


def _close(task: ApprovalTask, decided: Decided) -> None:
    system = session()
    task.outcome, task.comment, task.decided_at = decided.outcome, decided.comment, system.now
    task.automatic, task.due_at = decided.automatic, None
    task.decided_by_id = decided.by if decided.by != task.approver_id else None
    task.dwell = int((system.now - (task.asked_at or system.now)).total_seconds())


def let_go(task: ApprovalTask, outcome: str, comment: str | None) -> None:
    """Take a task from its approver, because somebody else has it now or nobody needs to."""
    _close(task, Decided(outcome, comment, actor().user_id))


def decide(run: ApprovalRun, task: ApprovalTask, decided: Decided) -> None:
    """Close a task with its answer and carry the run on."""
    _close(task, decided)
    if task.before is not None and decided.outcome == "approved":
        node = find(run.nodes, task.node)
        if task.before.outcome == "later" and node is not None:
            _begin(run, node, task.before)
    session().flush()
    settle(run, task.node)


def settle(run: ApprovalRun, key: str) -> None:
    """See what the answers at a node amount to: still open, passed, or turned down."""
    node = find(run.nodes, key)
    if node is None or (run.progress or {}).get(key, {}).get("at") != "open":
        return
    found = _verdict(run, node)
    if found is None:
        _ask_next(run, node)
    elif found == "rejected":
        end(run, "rejected")
    else:
        run.progress = {**run.progress, key: {"at": "done"}}
        session().flush()
        advance(run)


def _verdict(run: ApprovalRun, node: Node) -> str | None:
    """Count the answers; once the node's own decide, whoever else it asked need not answer any more."""
    tasks = at_node(run, node["key"])
    mode, ratio = node.get("mode") or "any", int(node.get("ratio") or 100)
    if verdict(mode, ratio, [Vote(task.outcome) for task in tasks if task.kind not in ADDED]) == "approved":
        _skip([task for task in tasks if task.kind not in ADDED])
        _skip([task for task in tasks if task.before is not None and task.before.outcome == "skipped"])
    found = verdict(mode, ratio, [Vote(task.outcome, task.kind in ADDED) for task in tasks])
    if found is not None:
        _skip(tasks)
    return found


def _skip(tasks: Sequence[ApprovalTask]) -> None:
    for task in tasks:
        if task.outcome in OPEN:
            task.outcome, task.due_at = "skipped", None


def _ask_next(run: ApprovalRun, node: Node) -> None:
    """In order: ask the next person once nobody is being asked."""
    tasks = at_node(run, node["key"])
    if any(task.outcome == "waiting" for task in tasks):
        return
    following = next((task for task in tasks if task.outcome == "later"), None)
    if following is not None:
        _begin(run, node, following)


def end(run: ApprovalRun, outcome: str) -> None:
    """End a run: let the approved step happen as its initiator's, or give the document back."""
    system = session()
    run.outcome, run.ended_at, run.wakes_at = outcome, system.now, None
    _skip(run.tasks)
    system.flush()
    cls = entity(run.entity)
    workflow = workflow_of(cls)
    record: Any = system.get(cls, run.record_id, populate_existing=True)
    if workflow is None or record is None:
        raise Refusal("DOCUMENT_GONE", _("{document} is no longer there", document=run.record_title))
    if outcome != "approved":
        workflow.put([record], run.came_from)
    else:
        with in_sibling(_initiator(run)) as theirs:
            document = theirs.get(cls, run.record_id)
            if document is None:
                raise Refusal("DOCUMENT_GONE", _("{document} is no longer open to its initiator",
                                                 document=run.record_title))
            workflow.finish_approved(run.transition, [document])
    approval_decided.tell([ApprovalDecided(
        run.id, run.flow, AnyRef(run.entity, run.record_id, run.record_title), run.transition, outcome,
        run.initiator_id)])


def _initiator(run: ApprovalRun) -> Actor:
    """Give who the step is done for; of somebody who left meanwhile the company finishes it."""
    try:
        return actor_of(run.initiator_id, run.company_id)
    except NotFound:
        return Actor(user_id=None, company_id=run.company_id, system=True, zone=actor().zone)


def choices_of(values: Mapping[str, Sequence[int]] | None) -> dict[str, list[int]]:
    """Copy whom an initiator chose, as plain data."""
    return {key: [int(each) for each in ids] for key, ids in (values or {}).items()}
