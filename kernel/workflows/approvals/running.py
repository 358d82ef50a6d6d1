"""Begin approvals: take the documents that one applies to out of their transition, and find what runs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.orm import joinedload

from kernel.entities.base import Entity
from kernel.entities.remembered import Remembered
from kernel.entities.work import actor, as_system, current_work, session
from kernel.errors import Problem, Refusal
from kernel.i18n import _
from kernel.workflows.approvals.asking import advance, choices_of, path_for
from kernel.workflows.approvals.delegation import waits_for
from kernel.workflows.approvers import active_users
from kernel.workflows.conditions import holds
from kernel.workflows.flows.graph import Node, Nodes, expanded, on_the_way
from kernel.workflows.machine import Transition, Workflow, install_interceptor
from kernel.workflows.models import ApprovalDefinition, ApprovalRun, ApprovalTask

__all__ = [
    "ChoiceNeeded", "OpenChoice", "active_nodes", "choosing", "my_copies", "my_tasks", "running_approval",
]

_chosen: ContextVar[Mapping[str, Sequence[int]] | None] = ContextVar("chosen_approvers", default=None)


@dataclass(frozen=True, slots=True)
class OpenChoice:
    """A step whose approvers the initiator chooses: `key` names it in `choosing`, `users` are those chosen so far."""

    key: str
    label: str
    users: tuple[int, ...] = ()
    missing: bool = True


class ChoiceNeeded(Refusal):
    """The initiator has to choose who approves some steps of the `documents`, which are named by their titles.

    `choices` holds every step that asks for it, also those for which somebody was chosen already.
    """

    def __init__(self, choices: Sequence[OpenChoice], documents: Sequence[str]) -> None:
        missing = [each for each in choices if each.missing]
        super().__init__(
            "APPROVER_CHOICE", _("Choose who approves the step “{step}”", step=missing[0].label),
            fix=_("Whoever submits the document chooses somebody for this step"),
            allowed=json.dumps({"approvers": {each.key: ["id of a user"] for each in missing}}, ensure_ascii=False))
        self.choices = tuple(choices)
        self.documents = tuple(documents)

    @property
    def problems(self) -> list[Problem]:
        """Name each step that is without anybody, by where a program sends whom it chooses."""
        return [
            Problem(f"approvers.{each.key}", _("Choose who approves the step “{step}”", step=each.label), self.code)
            for each in self.choices if each.missing]


@contextmanager
def choosing(approvers: Mapping[str, Sequence[int]]) -> Iterator[None]:
    """Name the approvers that the initiator chooses, by node, for the documents submitted in the block.

    A node is named by its key; `flow/key` means the node of one flow only, where documents of several flows are
    submitted at once.
    """
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
        flows = {definition: expanded(
            definition.nodes, lambda code: active_nodes(code, name), (definition.code,))
            for definition in dict.fromkeys(chosen[record.id] for record in waiting)}
        _demand_choices([
            (definition.code, nodes, [record for record in waiting if chosen[record.id] is definition])
            for definition, nodes in flows.items()])
        for record in waiting:
            definition = chosen[record.id]
            nodes = flows[definition]
            run = ApprovalRun(
                definition_id=definition.id, flow=definition.code, entity=name, record_id=record.id,
                record_title=record.title[:200], transition=transition.code, came_from=before[record.id],
                initiator_id=who.user_id, company_id=record.company_id or who.company_id,
                nodes=nodes, progress={}, chosen=_chosen_for(definition.code) or None)
            system.add(run)
            advance(run)
        system.flush()
    return [record for record in records if record.id not in chosen]


install_interceptor(_park)


def _demand_choices(flows: Sequence[tuple[str, Nodes, Sequence[Entity]]]) -> None:
    """Demand that the initiator has chosen somebody wherever the documents' ways ask for it, all at once.

    `flows` gives each flow's code, its nodes and the documents that go through it. Raises ChoiceNeeded where a step
    is without anybody who may sign in.
    """
    asked: list[tuple[str, Node]] = []
    documents: list[str] = []
    for code, nodes, records in flows:
        for record in records:
            own = [(code, node) for node in on_the_way(nodes, partial(path_for, record=record))
                   if any(rule["by"] == "choice" for rule in node.get("approvers", ()))]
            asked += [each for each in own if each not in asked]
            documents += [record.title] if own else []
    several = len({code for code, _node in asked}) > 1
    given = {code: _chosen_for(code) for code, _node in asked}
    active = set(active_users({id_ for chosen in given.values() for ids in chosen.values() for id_ in ids}))
    choices = []
    for code, node in asked:
        users = tuple(id_ for id_ in given[code].get(node["key"], ()) if id_ in active)
        unknown = len(users) < len(given[code].get(node["key"], ()))
        choices.append(OpenChoice(
            f"{code}/{node['key']}" if several else node["key"], str(_(node["name"])), users, unknown or not users))
    if any(each.missing for each in choices):
        raise ChoiceNeeded(choices, documents)


def _chosen_for(flow: str) -> dict[str, list[int]]:
    """Give whom the initiator chose for a flow's nodes; what names the flow comes before what names only a node."""
    chosen = choices_of(_chosen.get())
    return {key: ids for key, ids in chosen.items() if "/" not in key} | {
        key.removeprefix(f"{flow}/"): ids for key, ids in chosen.items() if key.startswith(f"{flow}/")}


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
