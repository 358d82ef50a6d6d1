"""Who approves a step: by role, person, manager, department head, field or the initiator's choice, and why they."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from kernel.entities.base import Entity
from kernel.entities.remembered import ReadOnce
from kernel.entities.work import session
from kernel.errors import Refusal, UsageError
from kernel.i18n import Text, _
from kernel.identity.models import Department, Employee, User
from kernel.permissions.models import Role, RoleMember
from kernel.workflows.conditions import entity_at

__all__ = ["Approver", "Asking", "active_users", "administrators", "approvers_of", "manager_of"]


@dataclass(frozen=True, slots=True)
class Approver:
    """Somebody who is asked, and the rule that chose them."""

    user_id: int
    reason: Text


@dataclass(frozen=True, slots=True)
class Asking:
    """Whom a node asks for: the initiator, the document that fields are read from, and whom the initiator chose."""

    initiator_id: int
    record: Entity | None = None
    chosen: Mapping[str, Sequence[int]] | None = None


_found: ReadOnce[tuple[str, object, int], Sequence[Approver]] = ReadOnce(
    User, Employee, Department, Role, RoleMember)


def approvers_of(node: Mapping[str, Any], asking: Asking) -> Sequence[Approver]:
    """Find whom a node asks, each once, in the order of its rules; nobody is asked about their own document.

    Where the initiator would be asked, the node's `initiator` says who is instead; where nobody is found, its
    `nobody`: administrators, none (the node is passed over), or a refusal. Runs as the system. Raises Refusal
    APPROVER_NONE.
    """
    found: list[Approver] = []
    for rule in node.get("approvers", ()):
        found += _by_rule(node, rule, asking)
    own = any(each.user_id == asking.initiator_id for each in found)
    found = [each for each in found if each.user_id != asking.initiator_id]
    if own and node["type"] != "cc":
        found += _instead(str(node.get("initiator") or "skip"), asking.initiator_id)
    unique = list({each.user_id: each for each in reversed(found)}.values())[::-1]
    if unique or node["type"] == "cc":
        return unique
    nobody = node.get("nobody") or "admin"
    if nobody == "skip":
        return []
    admins = administrators(asking.initiator_id, _("is an administrator: the step found nobody else"))
    if nobody == "refuse" or not admins:
        raise Refusal(
            "APPROVER_NONE", _("Nobody can approve the step “{step}”", step=_(node["name"])),
            fix=_("Ask an administrator to name an approver"))
    return admins


def _instead(rule: str, initiator_id: int) -> Sequence[Approver]:
    if rule == "manager":
        return [replace(each, reason=_("is the initiator's manager: nobody approves their own document"))
                for each in _managers(initiator_id, 1) if each.user_id != initiator_id]
    if rule == "admin":
        return administrators(
            initiator_id, _("is an administrator: nobody approves their own document"))
    return []


def administrators(without: int, reason: Text) -> list[Approver]:
    """Give the administrators apart from one person."""
    return [Approver(id_, reason) for id_ in _with_role("kernel.admin") if id_ != without]


def _by_rule(node: Mapping[str, Any], rule: Mapping[str, Any], asking: Asking) -> Sequence[Approver]:
    by, value = str(rule["by"]), rule.get("value")
    if by == "field":
        return _in_field(asking.record, str(value))
    if by == "choice":
        return _chosen(node, asking)
    key = (by, value, 0 if by in ("role", "user") else asking.initiator_id)
    return _found.get([key], _read)[key]


def _read(keys: Collection[tuple[str, object, int]]) -> Mapping[tuple[str, object, int], Sequence[Approver]]:
    return {key: _look_up(*key) for key in keys}


def _look_up(by: str, value: object, initiator_id: int) -> Sequence[Approver]:
    if by == "role":
        return [Approver(id_, _("has the role {role}", role=value)) for id_ in _with_role(str(value))]
    if by == "user":
        return [Approver(id_, _("is named in the approval")) for id_ in _with_login(str(value))]
    if by == "manager":
        return _managers(initiator_id, int(str(value or 1)))
    if by == "department_head":
        return _heads(initiator_id)
    raise UsageError("APPROVER", _(
        "An approver is found by role, user, manager, department_head, field or choice, not by {by}", by=by))


def _in_field(record: Entity | None, path: str) -> list[Approver]:
    """Take the user or employee that a field of the document leads to."""
    found = entity_at(record, path) if record is not None else None
    user_id = found.user_id if isinstance(found, Employee) else found.id if isinstance(found, User) else None
    if user_id is None or not active_users([user_id]):
        return []
    return [Approver(user_id, _("stands in the document's field {field}", field=path))]


def _chosen(node: Mapping[str, Any], asking: Asking) -> list[Approver]:
    """Take whom the initiator chose; of nobody chosen the node's `nobody` decides, as they can't be asked now."""
    ids = (asking.chosen or {}).get(node["key"]) or []
    active = active_users(ids)
    return [Approver(id_, _("was chosen by the initiator")) for id_ in ids if id_ in active]


def active_users(ids: Any) -> list[int]:
    """Give those of some users who may sign in and haven't left."""
    left = (select(Employee.user_id).where(
        Employee.user_id.is_not(None), Employee.archived.is_(False), Employee.left_on < session().today))
    return list(session().scalars(
        select(User.id).where(User.id.in_(ids), User.active.is_(True), User.archived.is_(False), User.id.not_in(left))
        .order_by(User.id)))


def _with_role(code: str) -> list[int]:
    return active_users(
        select(RoleMember.user_id).join(Role, Role.id == RoleMember.role_id)
        .where(Role.code == code, RoleMember.archived.is_(False)))


def _with_login(login: str) -> list[int]:
    return active_users(select(User.id).where(User.login == login))


def manager_of(user_id: int) -> int | None:
    """Give the manager of somebody who signs in too; None where there is none."""
    found = _managers(user_id, 1)
    return found[0].user_id if found else None


def _employee_of(user_id: int) -> Employee | None:
    return session().scalars(
        select(Employee).where(Employee.user_id == user_id, Employee.archived.is_(False))).first()


def _managers(initiator_id: int, levels: int) -> list[Approver]:
    """Climb `levels` managers up from the initiator; a manager without a sign-in passes it further up."""
    employee = _employee_of(initiator_id)
    climbed = 0
    seen: set[int] = set()
    while employee is not None and employee.manager_id is not None and employee.id not in seen:
        seen.add(employee.id)
        employee = session().get(Employee, employee.manager_id)
        climbed += 1
        if employee is not None and climbed >= levels and employee.user_id and active_users([employee.user_id]):
            return [Approver(employee.user_id, _("is the initiator's manager"))]
    return []


def _heads(initiator_id: int) -> list[Approver]:
    """Take the head of the initiator's department, or of the next one above that has another head."""
    employee = _employee_of(initiator_id)
    department_id = employee.department_id if employee else None
    while department_id is not None:
        heads = session().scalars(
            select(Employee.user_id).where(
                Employee.department_id == department_id, Employee.heads_department.is_(True),
                Employee.archived.is_(False), Employee.user_id.is_not(None), Employee.user_id != initiator_id)).all()
        if active := active_users(heads):
            return [Approver(id_, _("heads the initiator's department")) for id_ in active]
        department = session().get(Department, department_id)
        department_id = department.parent_id if department else None
    return []
