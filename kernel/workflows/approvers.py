"""Who approves a step: by role, by person, by the initiator's manager or department head, and why that person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from kernel.entities.work import session
from kernel.errors import Refusal, UsageError
from kernel.i18n import _
from kernel.identity.models import Department, Employee, User
from kernel.permissions.models import Role, RoleMember

__all__ = ["Approver", "approvers_of"]


@dataclass(frozen=True, slots=True)
class Approver:
    """Somebody who is asked, and the rule that chose them."""

    user_id: int
    reason: str


def approvers_of(step: Mapping[str, Any], initiator_id: int) -> Sequence[Approver]:
    """Find who a step asks. Nobody approves their own document; where nobody is found, administrators are asked.

    Runs as the system. Raises Refusal APPROVER_NONE where there is no administrator either.
    """
    by, value = step["by"], step.get("value")
    if by == "role":
        found = [Approver(id_, str(_("has the role {role}", role=value))) for id_ in _with_role(str(value))]
    elif by == "user":
        found = [Approver(id_, str(_("is named in the approval"))) for id_ in _with_login(str(value))]
    elif by == "manager":
        found = _managers(initiator_id, int(value or 1))
    elif by == "department_head":
        found = _heads(initiator_id)
    else:
        raise UsageError("APPROVER", _("An approver is found by role, user, manager or department_head, not by {by}",
                                       by=by))
    found = [each for each in found if each.user_id != initiator_id]
    if not found:
        reason = str(_("is an administrator: the step found nobody else"))
        found = [Approver(id_, reason) for id_ in _with_role("kernel.admin") if id_ != initiator_id]
    if not found:
        raise Refusal(
            "APPROVER_NONE", _("Nobody can approve the step “{step}”", step=step["label"]),
            fix=_("Ask an administrator to name an approver"))
    return found


def _active(ids: Any) -> list[int]:
    return list(session().scalars(
        select(User.id).where(User.id.in_(ids), User.active.is_(True), User.archived.is_(False)).order_by(User.id)))


def _with_role(code: str) -> list[int]:
    return _active(
        select(RoleMember.user_id).join(Role, Role.id == RoleMember.role_id)
        .where(Role.code == code, RoleMember.archived.is_(False)))


def _with_login(login: str) -> list[int]:
    return _active(select(User.id).where(User.login == login))


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
        if employee is not None and climbed >= levels and employee.user_id and _active([employee.user_id]):
            return [Approver(employee.user_id, str(_("is the initiator's manager")))]
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
        if active := _active(heads):
            return [Approver(id_, str(_("heads the initiator's department"))) for id_ in active]
        department = session().get(Department, department_id)
        department_id = department.parent_id if department else None
    return []
