"""Try a flow on documents that are there: who would have been asked, and why. Nothing is asked or changed."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from kernel.entities.base import Entity
from kernel.entities.work import as_system
from kernel.errors import Refusal
from kernel.i18n import _, format_date, format_instant
from kernel.identity.models import User
from kernel.workflows.approvals.asking import path_for
from kernel.workflows.approvers import Asking, approvers_of
from kernel.workflows.conditions import holds, value_at
from kernel.workflows.flows.graph import HUMAN, Node, Nodes, on_the_way
from kernel.workflows.models import ApprovalDefinition
from kernel.workflows.reasons import reason_in_words

__all__ = ["Rehearsal", "RehearsedStep", "rehearse"]


@dataclass(frozen=True, slots=True)
class RehearsedStep:
    """A step that a document would have passed: who would have been asked, with the reasons, or why nobody could be."""

    key: str
    name: str
    kind: str
    asked: tuple[tuple[str, str], ...] = ()
    trouble: str = ""
    until: str = ""
    """Of a wait: how long it would last."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A document's way through a flow; `applies` False where it would have passed without approval."""

    record_id: int
    title: str
    initiator: str
    applies: bool
    steps: tuple[RehearsedStep, ...] = ()

    def same_as(self, other: "Rehearsal") -> bool:
        """Say whether the same people would have been asked, in the same order of steps."""
        return self.applies == other.applies and self._people() == other._people()

    def _people(self) -> list[frozenset[str]]:
        return [frozenset(name for name, _why in step.asked) for step in self.steps if step.kind in HUMAN]


def rehearse(
    definition: ApprovalDefinition, records: Sequence[tuple[Entity, int]], flow_nodes: Nodes
) -> list[Rehearsal]:
    """Take documents with their initiators through a flow as if everybody agreed.

    `flow_nodes` are the definition's with sub-flows put in their places.
    """
    with as_system("try an approval on documents") as system:
        ways = []
        for given, initiator_id in records:
            record = system.get(type(given), given.id)
            if record is not None:
                applies, steps = _way(definition, flow_nodes, record, initiator_id)
                ways.append((record.id, record.title, initiator_id, applies, steps))
        asked = {id_ for *_rest, initiator, _applies, steps in ways
                 for id_ in (initiator, *(who for step in steps for who, _why in step.asked))}
        names = {row.id: row.name for row in system.execute(select(User.id, User.name).where(User.id.in_(asked)))}
    return [
        Rehearsal(id_, title, names.get(initiator, "–"), applies, tuple(
            RehearsedStep(step.key, step.name, step.kind, tuple((names.get(who, "–"), why) for who, why in step.asked),
                          step.trouble, step.until) for step in steps))
        for id_, title, initiator, applies, steps in ways]


@dataclass(frozen=True, slots=True)
class _Step:
    key: str
    name: str
    kind: str
    asked: tuple[tuple[int, str], ...] = ()
    trouble: str = ""
    until: str = ""


def _way(
    definition: ApprovalDefinition, nodes: Nodes, record: Entity, initiator_id: int
) -> tuple[bool, list[_Step]]:
    steps: list[_Step] = []
    try:
        if not holds(record, definition.conditions):
            return False, steps
        for node in on_the_way(nodes, lambda branch: path_for(branch, record)):
            if node["type"] in (*HUMAN, "cc"):
                steps.append(_step(node, record, initiator_id))
            elif node["type"] == "wait":
                steps.append(_Step(node["key"], str(_(node["name"])), "wait", until=_until(node, record)))
    except Refusal as refusal:
        steps.append(_Step("", str(_("Conditions")), "branch", (), str(refusal)))
    return True, steps


def _until(node: Node, record: Entity) -> str:
    """Say how long a wait would last: the document's own day, or the time it has."""
    if node["until"] == "hours":
        return str(_("waits for {hours} working hours", hours=node["hours"]))
    value = value_at(record, node["field"])
    if value is None:
        return str(_("waits for no day: the field is empty"))
    when = format_instant(value) if isinstance(value, dt.datetime) else format_date(value)  # type: ignore[arg-type]  # a date: the designer offers no other field
    return str(_("waits until {when}", when=when))


def _step(node: Node, record: Entity, initiator_id: int) -> _Step:
    name, kind = str(_(node["name"])), str(node["type"])
    if any(rule["by"] == "choice" for rule in node.get("approvers", ())):
        return _Step(node["key"], name, kind, (), str(_("the initiator chooses")))
    try:
        found = approvers_of(node, Asking(initiator_id, record))
    except Refusal as refusal:
        return _Step(node["key"], name, kind, (), str(refusal))
    return _Step(node["key"], name, kind, tuple(
        (each.user_id, reason_in_words(each.reason, record.__entity__)) for each in found))
