"""Definitions and their versions: drafts that are edited, published and put back; nobody's changes get lost."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select

from kernel.entities.base import Declared, Entity, components_of, entities, fields_of
from kernel.entities.work import actor, as_system, session
from kernel.errors import Conflict, Invalid, NotFound, Problem, Refusal
from kernel.i18n import _, format_instant
from kernel.identity.models import User
from kernel.permissions.rights import rights
from kernel.workflows.flows.graph import Node, Nodes, check_nodes, walk
from kernel.workflows.machine import workflow_of
from kernel.workflows.models import ApprovalDefinition, ApprovalRun

__all__ = [
    "Flow", "change_draft", "discard_draft", "draft_of", "flow_of", "flows", "new_flow", "problems_of", "publish",
    "running_counts", "switch_off", "versions_of",
]


@dataclass(frozen=True, slots=True)
class Flow:
    """An approval by its code: the version in use, the draft, and the latest of all where neither is there."""

    code: str
    active: ApprovalDefinition | None
    draft: ApprovalDefinition | None
    latest: ApprovalDefinition

    @property
    def shown(self) -> ApprovalDefinition:
        """Give the version that a list shows."""
        return self.active or self.draft or self.latest


def demand() -> None:
    """Demand the right to edit approvals; raises Forbidden."""
    rights().demand("change", "kernel.approval_definition")


def flows() -> list[Flow]:
    """List the approvals of the current company, by name."""
    demand()
    by_code: dict[str, list[ApprovalDefinition]] = {}
    for each in session().scalars(select(ApprovalDefinition).where(_here()).order_by(ApprovalDefinition.revision)):
        by_code.setdefault(each.code, []).append(each)
    found = [_flow(code, some) for code, some in by_code.items()]
    return sorted(found, key=lambda flow: (flow.shown.entity, flow.shown.rank, flow.shown.id))


def flow_of(code: str) -> Flow:
    """Find an approval by its code; raises NotFound."""
    demand()
    return _flow(code, versions_of(code))


def versions_of(code: str) -> Sequence[ApprovalDefinition]:
    """List an approval's versions, the first one first; raises NotFound where there is none."""
    demand()
    found = session().scalars(
        select(ApprovalDefinition).where(ApprovalDefinition.code == code, _here())
        .order_by(ApprovalDefinition.revision, ApprovalDefinition.id)).all()
    if not found:
        raise NotFound("APPROVAL", _("There is no such approval"))
    return found


def _here() -> Any:
    return or_(ApprovalDefinition.company_id.is_(None), ApprovalDefinition.company_id == actor().company_id)


def _flow(code: str, versions: Sequence[ApprovalDefinition]) -> Flow:
    return Flow(code, next((each for each in versions if each.stage == "active" and not each.archived), None),
                next((each for each in versions if each.stage == "draft"), None), versions[-1])


def running_counts(ids: Sequence[int]) -> Mapping[int, int]:
    """Count the documents that run on versions, by the version's id."""
    with as_system("count running approvals") as system:
        return {row.definition_id: row.running for row in system.execute(
            select(ApprovalRun.definition_id, func.count().label("running"))
            .where(ApprovalRun.definition_id.in_(ids), ApprovalRun.outcome == "running")
            .group_by(ApprovalRun.definition_id))}


def new_flow(name: str, entity_name: str, transition: str) -> ApprovalDefinition:
    """Begin an approval of an action: a draft with one step that asks the initiator's manager."""
    demand()
    problems = []
    name = name.strip()
    if not name or len(name) > 120:
        problems.append(Problem("name", _("Give it a name of at most 120 characters"), "REQUIRED"))
    cls = entities().get(entity_name)
    flow = workflow_of(cls) if cls is not None else None
    if flow is None or transition not in flow.transitions:
        problems.append(Problem("action", _("Choose what is to be approved"), "REQUIRED"))
    elif flow.transitions[transition].parked not in flow.states:
        problems.append(Problem("action", _("“{action}” can't wait for approval: its documents have no such state",
                                            action=flow.transitions[transition].label), "PARKED"))
    if problems:
        raise Invalid(problems)
    made = ApprovalDefinition(
        code=_free_code(name), name=name, entity=entity_name, transition=transition, stage="draft", nodes=[{
            "key": "n1", "type": "approve", "name": str(_("Manager agrees")), "mode": "any", "nobody": "admin",
            "approvers": [{"by": "manager", "value": 1}], "initiator": "skip", "same": "ask", "limits": []}])
    session().add(made)
    session().flush()
    return made


def _free_code(name: str) -> str:
    base = "own." + (re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40] or "approval")
    taken = set(session().scalars(select(ApprovalDefinition.code).where(ApprovalDefinition.code.startswith(base))))
    return next(code for number in range(1, len(taken) + 2)
                if (code := base if number == 1 else f"{base}_{number}") not in taken)


def draft_of(code: str, revision: int | None = None) -> ApprovalDefinition:
    """Give an approval's draft, begun as a copy of the version in use, or of the one named, where there is none.

    Raises Refusal DRAFT_THERE where another version is named while there is a draft.
    """
    flow = flow_of(code)
    if flow.draft is not None:
        if revision is not None:
            raise Refusal("DRAFT_THERE", _("There is a draft already"), fix=_("Publish it or throw it away first"))
        return flow.draft
    source = flow.active or flow.latest
    if revision is not None:
        source = next((each for each in versions_of(code) if each.revision == revision), source)
    made = ApprovalDefinition(
        code=code, revision=flow.latest.revision + 1, name=source.name, plugin=source.plugin, entity=source.entity,
        transition=source.transition, conditions=source.conditions, nodes=source.nodes, rank=source.rank,
        stage="draft", company_id=source.company_id)
    session().add(made)
    session().flush()
    return made


def change_draft(
    code: str, version: int, edit: Callable[[Nodes], list[Node]] | None = None, **values: Any
) -> ApprovalDefinition:
    """Change an approval's draft, begun where there is none; `edit` changes its flow, `values` the rest.

    `version` is the one the change is based on, 0 where there was no draft yet: raises Conflict CHANGED_MEANWHILE,
    naming who was first, where that is no longer the latest. The change can then be made again on theirs.
    """
    began = flow_of(code).draft is None
    if began and version:
        raise Conflict(
            "CHANGED_MEANWHILE", _("Somebody else published this draft, or threw it away"),
            fix=_("Look at what it is now; then make your change again, nothing you typed is lost"))
    draft = draft_of(code)
    if not began and draft.version != version:
        with as_system("name who changed a draft") as system:
            name = system.scalar(select(User.name).where(User.id == draft.changed_by_id))
        raise Conflict(
            "CHANGED_MEANWHILE", _("{who} changed this draft {when}", who=name or "Trellis",
                                   when=format_instant(draft.changed_at)),
            fix=_("Look at what it is now; then make your change again, nothing you typed is lost"))
    if edit is not None:
        draft.nodes = edit(draft.nodes)
    for field, value in values.items():
        setattr(draft, field, value)
    session().flush()
    return draft


def discard_draft(code: str) -> bool:
    """Throw an approval's draft away; says whether versions of it remain."""
    flow = flow_of(code)
    if flow.draft is None:
        raise NotFound("DRAFT", _("There is no draft"))
    remains = len(versions_of(code)) > 1
    session().delete(flow.draft)
    session().flush()
    return remains


def problems_of(definition: ApprovalDefinition) -> list[Problem]:
    """Say what keeps a version from being published; a problem's field is the key of its node."""
    return check_nodes(definition.nodes) or [*_lost_days(definition), *_loops(definition)]


def _lost_days(definition: ApprovalDefinition) -> list[Problem]:
    """Say which waits last to a field that the document doesn't have, or that is no day."""
    cls = entities().get(definition.entity)
    return [
        Problem(node["key"], _("“{node}” waits for {field}, which is no day of the document", node=node["name"],
                               field=node["field"]), "UNTIL")
        for node in walk(definition.nodes)
        if node["type"] == "wait" and node["until"] == "field" and cls is not None
        and _kind_at(cls, node["field"]) not in ("date", "instant")]


def _kind_at(cls: type[Declared], path: str) -> str:
    """Name the kind of the field at a path over components and links; empty where there is none."""
    first, _dot, rest = path.partition(".")
    if issubclass(cls, Entity) and rest and first in components_of(cls):
        return _kind_at(components_of(cls)[first], rest)
    field = fields_of(cls).get(first)
    if field is None:
        return ""
    return field.kind if not rest else _kind_at(field.target, rest) if field.kind == "link" else ""


def _loops(definition: ApprovalDefinition) -> list[Problem]:
    """Follow sub-flows: none may be missing, be about something else, or lead back here."""
    known = {each.code: each for each in session().scalars(select(ApprovalDefinition).where(
        ApprovalDefinition.stage == "active", ApprovalDefinition.archived.is_(False), _here()))}
    problems = []
    for node in walk(definition.nodes):
        if node["type"] != "subflow":
            continue
        waiting, seen = [str(node["flow"])], set()
        while waiting:
            code = waiting.pop()
            there = known.get(code)
            if code == definition.code:
                problems.append(Problem(node["key"], _("“{node}” leads back into this approval", node=node["name"]),
                                        "SUBFLOW_LOOP"))
                break
            if there is None or there.entity != definition.entity:
                problems.append(Problem(node["key"], _("“{node}” leads into a flow that isn't in use",
                                                       node=node["name"]), "SUBFLOW"))
                break
            seen.add(code)
            waiting += [str(each["flow"]) for each in walk(there.nodes)
                        if each["type"] == "subflow" and each["flow"] not in seen]
    return problems


def publish(code: str, version: int) -> ApprovalDefinition:
    """Put an approval's draft in use; documents that run stay on the version they started on.

    Raises Invalid with what is wrong with the flow, Conflict where somebody changed the draft meanwhile.
    """
    flow = flow_of(code)
    if flow.draft is None:
        raise NotFound("DRAFT", _("There is no draft to publish"))
    draft = change_draft(code, version)
    if problems := problems_of(draft):
        raise Invalid(problems)
    if flow.active is not None:
        flow.active.stage, flow.active.archived = "retired", True
        session().flush()
    draft.stage, draft.published_at = "active", session().now
    session().flush()
    return draft


def switch_off(code: str) -> None:
    """Take an approval out of use: new documents pass without it, running ones end on it."""
    flow = flow_of(code)
    if flow.active is None:
        raise NotFound("APPROVAL", _("This approval isn't in use"))
    flow.active.stage, flow.active.archived = "retired", True
    session().flush()
