"""Begin approvals: take the documents that one applies to out of their transition, and find what runs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.orm import joinedload

from kernel.entities.base import Entity
from kernel.entities.remembered import Remembered
from kernel.entities.work import actor, as_system, current_work, session
from kernel.errors import Refusal
from kernel.i18n import _
from kernel.workflows.approvals.asking import advance, choices_of, path_for
from kernel.workflows.approvals.delegation import waits_for
from kernel.workflows.conditions import holds
from kernel.workflows.flows.graph import Nodes, expanded, on_the_way
from kernel.workflows.machine import Transition, Workflow, install_interceptor
from kernel.workflows.models import ApprovalDefinition, ApprovalRun, ApprovalTask

__all__ = ["ChoiceNeeded", "active_nodes", "choosing", "my_copies", "my_tasks", "running_approval"]

_chosen: ContextVar[Mapping[str, Sequence[int]] | None] = ContextVar("chosen_approvers", default=None)


class ChoiceNeeded(Refusal):
    """The initiator has to choose who approves some steps: `nodes` are their keys and names."""

    def __init__(self, nodes: tuple[tuple[str, str], ...]) -> None:
        super().__init__(
            "APPROVER_CHOICE", _("Choose who approves the step “{step}”", step=nodes[0][1]), field=nodes[0][0],
            fix=_("Whoever submits the document chooses somebody for this step"))
        self.nodes = nodes


@contextmanager
def choosing(approvers: Mapping[str, Sequence[int]]) -> Iterator[None]:
    """Name the approvers that the initiator chooses, by node, for the documents submitted in the block."""
    token = _chosen.set(approvers)
    try:
        yield
    finally:
        _chosen.reset(token)


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
                   ApprovalDefinition.archived.is_(False), ApprovalDefinition.stage == "active",
                   ApprovalDefinition.company_id.is_(None) | (ApprovalDefinition.company_id == who.company_id))
            .order_by(ApprovalDefinition.rank, ApprovalDefinition.id)).all()
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
            definition = chosen[record.id]
            nodes = expanded(definition.nodes, lambda code: active_nodes(code, name), (definition.code,))
            _demand_choices(nodes, record)
            run = ApprovalRun(
                definition_id=definition.id, flow=definition.code, entity=name, record_id=record.id,
                record_title=record.title[:200], transition=transition.code, came_from=before[record.id],
                initiator_id=who.user_id, company_id=record.company_id or who.company_id,
                nodes=nodes, progress={}, chosen=choices_of(_chosen.get()) or None)
            system.add(run)
            advance(run)
        system.flush()
    return [record for record in records if record.id not in chosen]


install_interceptor(_park)


def _demand_choices(nodes: Nodes, record: Entity) -> None:
    """Demand that the initiator has chosen somebody wherever the document's way asks for it."""
    chosen = _chosen.get() or {}
    missing = tuple(
        (node["key"], str(_(node["name"]))) for node in on_the_way(nodes, lambda node: path_for(node, record))
        if any(rule["by"] == "choice" for rule in node.get("approvers", ())) and not chosen.get(node["key"]))
    if missing:
        raise ChoiceNeeded(missing)

_conditions: Remembered[tuple[str, str, int | None], Sequence[Any]] = Remembered("approvals", ApprovalDefinition)


def _load_conditions(entity_name: str, transition: str, company: int | None) -> Sequence[Any]:
    """Give the conditions of a step's approvals in a company: most documents meet none and wait for nobody."""
    table = ApprovalDefinition.__table__.c
    return current_work().connection.scalars(
        select(table.conditions).where(
            table.entity == entity_name, table.transition == transition, table.archived.is_(False),
            table.stage == "active", table.company_id.is_(None) | (table.company_id == company))).all()


def active_nodes(code: str, entity_name: str) -> Nodes:
    """Give the nodes of a flow's active version, for a sub-flow; none where there is none for the entity."""
    found = session().scalars(
        select(ApprovalDefinition).where(
            ApprovalDefinition.code == code, ApprovalDefinition.entity == entity_name,
            ApprovalDefinition.stage == "active", ApprovalDefinition.archived.is_(False))
        .order_by(ApprovalDefinition.id)).first()
    return found.nodes if found is not None else []


def my_tasks() -> Sequence[ApprovalTask]:
    """List the tasks that wait for the current person or whom they stand in for, with their runs.

    What is due first comes first, then the oldest.
    """
    found = session().scalars(
        select(ApprovalTask).where(waits_for(actor().user_id, session().today), ApprovalTask.outcome == "waiting")
        .options(joinedload(ApprovalTask.run).joinedload(ApprovalRun.initiator))
        .order_by(case((ApprovalTask.due_at.is_(None), 1), else_=0), ApprovalTask.due_at, ApprovalTask.id)).all()
    return list(found)


def my_copies(limit: int = 50) -> Sequence[ApprovalTask]:
    """List the copies that the current person got, the latest first."""
    return session().scalars(
        select(ApprovalTask).where(ApprovalTask.approver_id == actor().user_id, ApprovalTask.kind == "copy")
        .options(joinedload(ApprovalTask.run).joinedload(ApprovalRun.initiator))
        .order_by(ApprovalTask.id.desc()).limit(limit)).all()


def running_approval(record: Entity) -> ApprovalRun | None:
    """Give the approval that a document is in, or None."""
    return session().scalars(
        select(ApprovalRun).where(ApprovalRun.entity == record.__entity__, ApprovalRun.record_id == record.id,
                                  ApprovalRun.outcome == "running")).first()
