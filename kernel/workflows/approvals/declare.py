"""How plugins ship approvals, and how these become data that administrators edit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from kernel.entities.work import session
from kernel.i18n import Text, _
from kernel.permissions.declare import RoleDeclaration, grant, role, row_rule
from kernel.workflows.flows.graph import Node
from kernel.workflows.models import ApprovalDefinition, ApprovalTask

__all__ = ["APPROVAL_ROLES", "ApprovalDeclaration", "Step", "approval", "nodes_of_steps", "sync_approvals"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: who is asked (`by` role, user, manager, department_head, field, choice) and how many must agree.

    `mode` is "any" (the first answer decides), "all", "order" (all, one after the other), or "ratio" with `ratio`
    percent of those asked. `value` is the role's code, the user's sign-in name, how many managers up, or the path of
    the field that names a user or employee. `conditions` hold for documents that take the step, others pass it by.
    """

    label: Text
    by: str
    value: str | int | None = None
    mode: str = "any"
    ratio: int = 100
    kind: str = "approve"
    """"approve", or "handle" where something is to be done rather than agreed to."""
    nobody: str = "admin"
    """Where nobody is found: ask administrators ("admin"), "skip" the step, or "refuse" with APPROVER_NONE."""
    initiator: str = "skip"
    """Where the initiator would be asked: leave them out ("skip"), ask their "manager", or administrators ("admin")."""
    same: str = "ask"
    """"pass" lets whoever approved an earlier step pass this one without being asked again."""
    limit: int = 0
    """Working hours until whoever is asked is reminded; 0 for no limit."""
    conditions: tuple[dict[str, Any], ...] = field(default=())


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
         grant("kernel.approval_run", "read decide", scope="rule", rule="kernel.my_approvals"),
         grant("kernel.approval_definition", "read"), everyone=True),
)


def nodes_of_steps(steps: Sequence[Step]) -> list[Node]:
    """Turn a plugin's steps into a flow; a step with conditions becomes a branch around it."""
    nodes: list[Node] = []
    for number, step in enumerate(steps, 1):
        node: Node = {
            "key": f"n{number}", "type": step.kind, "name": str(step.label), "mode": step.mode, "ratio": step.ratio,
            "approvers": [{"by": step.by, "value": step.value}], "nobody": step.nobody, "initiator": step.initiator,
            "same": step.same, "limits": [{"hours": step.limit, "then": "remind"}] if step.limit else []}
        if not step.conditions:
            nodes.append(node)
            continue
        nodes.append({"key": f"b{number}", "type": "branch", "name": str(step.label), "paths": [
            {"key": f"b{number}a", "name": str(step.label), "conditions": list(step.conditions), "nodes": [node]},
            {"key": f"b{number}b", "name": str(_("Otherwise")), "conditions": [], "nodes": []}]})
    return nodes


def sync_approvals(plugin: str, declared: Sequence[ApprovalDeclaration]) -> None:
    """Write the shipped approvals that aren't there yet; one that is keeps what an administrator made of it."""
    system = session()
    known = set(system.scalars(select(ApprovalDefinition.code).where(ApprovalDefinition.plugin == plugin)))
    for place, each in enumerate(declared, 1):
        if each.code not in known:
            system.add(ApprovalDefinition(
                code=each.code, name=str(each.name), plugin=plugin, entity=each.entity, transition=each.transition,
                conditions=list(each.conditions), nodes=nodes_of_steps(each.steps), rank=place * 10,
                published_at=system.now))
    system.flush()
