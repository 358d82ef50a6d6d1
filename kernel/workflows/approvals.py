"""Run approvals: park documents, ask approvers, decide, and let the approved step happen as its initiator's."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from kernel.entities.base import Entity, entity
from kernel.entities.remembered import Remembered
from kernel.entities.work import actor, as_system, current_work, in_sibling, session
from kernel.errors import Forbidden, Invalid, Problem, Refusal
from kernel.i18n import Text, _
from kernel.permissions.actors import actor_of
from kernel.permissions.declare import RoleDeclaration, grant, role, row_rule
from kernel.permissions.models import Share
from kernel.workflows.approvers import approvers_of
from kernel.workflows.conditions import holds
from kernel.workflows.machine import Transition, Workflow, install_interceptor, workflow_of
from kernel.workflows.models import ApprovalDefinition, ApprovalRun, ApprovalTask

__all__ = [
    "APPROVAL_ROLES", "ApprovalDeclaration", "Step", "approval", "approve", "my_tasks", "reject", "running_approval",
    "sync_approvals", "withdraw",
]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: who is asked (`by` role, user, manager, department_head) and how many must agree.

    `mode` is "any" (the first answer decides), "all", or "ratio" with `ratio` percent of those asked. `value` is the
    role's code, the user's sign-in name, or how many managers up.
    """

    label: Text
    by: str
    value: str | int | None = None
    mode: str = "any"
    ratio: int = 100


@dataclass(frozen=True, slots=True)
class ApprovalDeclaration:
    """An approval as a plugin ships it; from installation on it is data that administrators edit."""

    code: str
    name: Text
    entity: str
    transition: str
    conditions: tuple[dict[str, Any], ...]
    steps: tuple[Step, ...]


def approval(
    code: str, name: Text, *, entity: str, transition: str, steps: Sequence[Step],
    conditions: Sequence[dict[str, Any]] = (),
) -> ApprovalDeclaration:
    """Declare an approval that a plugin ships."""
    return ApprovalDeclaration(code, name, entity, transition, tuple(conditions), tuple(steps))


row_rule("kernel.my_approvals", lambda rows, context: rows.initiator_id.__eq__(context.user) | rows.id.in_(
    select(ApprovalTask.__table__.c.run_id).where(ApprovalTask.__table__.c.approver_id == context.user)))

APPROVAL_ROLES: tuple[RoleDeclaration, ...] = (
    role("kernel.approvals", _("Approvals"),
         grant("kernel.approval_run", "read", scope="rule", rule="kernel.my_approvals"),
         grant("kernel.approval_definition", "read"), everyone=True),
)


def sync_approvals(plugin: str, declared: Sequence[ApprovalDeclaration]) -> None:
    """Write the shipped approvals that aren't there yet; one that is keeps what an administrator made of it."""
    system = session()
    known = set(system.scalars(select(ApprovalDefinition.code).where(ApprovalDefinition.plugin == plugin)))
    for each in declared:
        if each.code not in known:
            system.add(ApprovalDefinition(
                code=each.code, name=str(each.name), plugin=plugin, entity=each.entity, transition=each.transition,
                conditions=list(each.conditions),
                steps=[{"label": str(step.label), "by": step.by, "value": step.value, "mode": step.mode,
                        "ratio": step.ratio} for step in each.steps]))
    system.flush()


def _park(workflow: Workflow[Any], transition: Transition, records: Sequence[Entity]) -> Sequence[Entity]:
    """Take the records an approval applies to out of a transition; what is returned passes at once."""
    who = actor()
    if who.user_id is None:
        return records
    name = workflow.entity.__entity__
    known = _conditions.get(
        (name, transition.code, who.company_id), lambda: _load_conditions(name, transition.code, who.company_id))
    if not any(holds(record, each) for record in records for each in known):
        return records
    with as_system("find the approvals of a transition") as system:
        definitions = system.scalars(
            select(ApprovalDefinition)
            .where(ApprovalDefinition.entity == name, ApprovalDefinition.transition == transition.code,
                   ApprovalDefinition.archived.is_(False),
                   ApprovalDefinition.company_id.is_(None) | (ApprovalDefinition.company_id == who.company_id))
            .order_by(ApprovalDefinition.id)).all()
    if not definitions:
        return records
    chosen = {
        record.id: definition for record in records
        if (definition := next((each for each in definitions if holds(record, each.conditions)), None))}
    waiting = [record for record in records if record.id in chosen]
    if not waiting:
        return records
    before = {record.id: getattr(record, workflow.field) for record in waiting}
    workflow.put(waiting, transition.parked)
    with as_system("ask for approval") as system:
        for record in waiting:
            run = ApprovalRun(
                definition_id=chosen[record.id].id, entity=name, record_id=record.id, record_title=record.title,
                transition=transition.code, came_from=before[record.id], initiator_id=who.user_id,
                company_id=record.company_id or who.company_id)
            system.add(run)
            _open_step(run, chosen[record.id], 0)
        system.flush()
    return [record for record in records if record.id not in chosen]


install_interceptor(_park)

_conditions: Remembered[tuple[str, str, int | None], Sequence[Any]] = Remembered("approvals", ApprovalDefinition)


def _load_conditions(entity_name: str, transition: str, company: int | None) -> Sequence[Any]:
    """Give the conditions of a step's approvals in a company: most documents meet none and wait for nobody."""
    table = ApprovalDefinition.__table__.c
    return current_work().connection.scalars(
        select(table.conditions).where(
            table.entity == entity_name, table.transition == transition, table.archived.is_(False),
            table.company_id.is_(None) | (table.company_id == company))).all()


def _open_step(run: ApprovalRun, definition: ApprovalDefinition, number: int) -> None:
    step = definition.steps[number]
    run.step = number
    for each in approvers_of(step, run.initiator_id):
        run.tasks.append(ApprovalTask(
            step=number, label=step["label"], approver_id=each.user_id, reason=each.reason))
        session().add(Share(entity=run.entity, record_id=run.record_id, user_id=each.user_id, mode="read"))


def my_tasks() -> Sequence[ApprovalTask]:
    """List the tasks that wait for the current person, oldest first, with their runs."""
    return session().scalars(
        select(ApprovalTask).where(ApprovalTask.approver_id == actor().user_id, ApprovalTask.outcome == "waiting")
        .options(joinedload(ApprovalTask.run).joinedload(ApprovalRun.initiator)).order_by(ApprovalTask.id)).all()


def running_approval(record: Entity) -> ApprovalRun | None:
    """Give the approval that a document is in, or None."""
    return session().scalars(
        select(ApprovalRun).where(ApprovalRun.entity == record.__entity__, ApprovalRun.record_id == record.id,
                                  ApprovalRun.outcome == "running")).first()


def approve(task_ids: Sequence[int], comment: str | None = None) -> None:
    """Approve tasks of the current person; a run's last step lets its transition happen, as its initiator's.

    Raises Refusal ALREADY_DECIDED where somebody was first, Forbidden for another's task, and what the
    transition's guards refuse with; then nothing is decided.
    """
    _decide(task_ids, "approved", comment)


def reject(task_ids: Sequence[int], comment: str) -> None:
    """Reject tasks of the current person, with a reason; their documents go back to where they came from."""
    if not (comment or "").strip():
        raise Invalid([Problem("comment", _("Say why: a rejection needs a comment"), "REQUIRED")])
    _decide(task_ids, "rejected", comment)


def withdraw(run_id: int) -> None:
    """Take a document out of its approval; only its initiator may, and only while it runs."""
    me = actor().user_id
    with as_system("withdraw from approval") as system:
        run = system.get(ApprovalRun, run_id, with_for_update=True)
        if run is None or run.initiator_id != me:
            raise Forbidden("FORBIDDEN", _("Only the person who submitted a document can withdraw it"))
        _demand_running(run)
        _end(run, "withdrawn")


def _decide(task_ids: Sequence[int], outcome: str, comment: str | None) -> None:
    me = actor().user_id
    with as_system("decide approval tasks") as system:
        tasks = system.scalars(
            select(ApprovalTask).where(ApprovalTask.id.in_(task_ids)).order_by(ApprovalTask.id)).all()
        if len(tasks) != len(set(task_ids)) or any(task.approver_id != me for task in tasks):
            raise Forbidden("FORBIDDEN", _("This task isn't yours to decide"))
        for task in tasks:
            run = system.scalars(
                select(ApprovalRun).where(ApprovalRun.id == task.run_id)
                .with_for_update().execution_options(populate_existing=True)).one()
            system.refresh(task)
            _demand_running(run)
            if task.outcome != "waiting":
                raise Refusal("ALREADY_DECIDED", _("{document} has been decided already", document=run.record_title))
            task.outcome, task.comment, task.decided_at = outcome, comment, system.now
            system.flush()
            _advance(run)


def _demand_running(run: ApprovalRun) -> None:
    if run.outcome != "running":
        raise Refusal("ALREADY_DECIDED", _("{document} has been decided already", document=run.record_title))


def _advance(run: ApprovalRun) -> None:
    """See what the decisions of the current step amount to: still open, passed, or turned down."""
    definition = run.definition
    step = definition.steps[run.step]
    tasks = [task for task in run.tasks if task.step == run.step]
    verdict = _verdict(step, [task.outcome for task in tasks])
    if verdict is None:
        return
    for task in tasks:
        if task.outcome == "waiting":
            task.outcome = "skipped"
    if verdict == "rejected":
        _end(run, "rejected")
    elif run.step + 1 < len(definition.steps):
        _open_step(run, definition, run.step + 1)
    else:
        _end(run, "approved")


def _verdict(step: dict[str, Any], outcomes: Sequence[str]) -> str | None:
    approved, rejected = outcomes.count("approved"), outcomes.count("rejected")
    mode = step.get("mode", "any")
    if mode == "any":
        return "approved" if approved else "rejected" if rejected else None
    needed = Fraction(step.get("ratio", 100) if mode == "ratio" else 100, 100) * len(outcomes)
    if approved >= needed:
        return "approved"
    return "rejected" if len(outcomes) - rejected < needed else None


def _end(run: ApprovalRun, outcome: str) -> None:
    system = session()
    run.outcome, run.ended_at = outcome, system.now
    system.flush()
    cls = entity(run.entity)
    workflow = workflow_of(cls)
    record = system.get(cls, run.record_id, populate_existing=True)
    if workflow is None or record is None:
        raise Refusal("DOCUMENT_GONE", _("{document} is no longer there", document=run.record_title))
    if outcome != "approved":
        for task in run.tasks:
            if task.outcome == "waiting":
                task.outcome = "skipped"
        workflow.put([record], run.came_from)
        return
    with in_sibling(actor_of(run.initiator_id, run.company_id)) as theirs:
        document = theirs.get(cls, run.record_id)
        if document is None:
            raise Refusal("DOCUMENT_GONE", _("{document} is no longer open to its initiator",
                                             document=run.record_title))
        workflow.finish_approved(run.transition, [document])
