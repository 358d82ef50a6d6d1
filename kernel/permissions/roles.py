"""Write the roles that plugins ship, and give or take roles."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from kernel.entities.work import session
from kernel.i18n import _
from kernel.identity.models import User
from kernel.permissions.declare import FieldRuleDeclaration, RoleDeclaration, grant, role
from kernel.permissions.models import FieldRule, Grant, Role, RoleMember

__all__ = ["KERNEL_ROLES", "give_roles", "sync_roles"]

KERNEL_ROLES = (
    role("kernel.admin", _("Administrator"), grant("*", "*", scope="all")),
    role(
        "kernel.everyone", _("Everybody"),
        grant("kernel.user", "read", scope="all"), grant("kernel.company", "read", scope="all"),
        grant("kernel.department", "read"), grant("kernel.employee", "read"),
        FieldRuleDeclaration(
            "kernel.user", ("email", "failed_sign_ins", "locked_until", "session_key", "password_hash"), "hidden"),
        FieldRuleDeclaration("kernel.employee", ("born_on",), "hidden"),
        everyone=True),
)


def sync_roles(plugin: str, declared: Iterable[RoleDeclaration]) -> None:
    """Create the shipped roles that don't exist yet; one that does keeps what an administrator made of it."""
    system = session()
    wanted = {each.code: each for each in declared}
    known = set(system.scalars(select(Role.code).where(Role.code.in_(wanted))))
    for code, each in wanted.items():
        if code in known:
            continue
        created = Role(code=code, name=str(each.name), plugin=plugin, everyone=each.everyone)
        for rule in each.rules:
            if isinstance(rule, FieldRuleDeclaration):
                created.field_rules.extend(
                    FieldRule(entity=rule.entity, field=name, mode=rule.mode) for name in rule.fields)
            else:
                created.grants.extend(
                    Grant(entity=rule.entity, action=action, scope=rule.scope, rule=rule.rule)
                    for action in rule.actions)
        system.add(created)
    system.flush()


def give_roles(users: Sequence[User], codes: Sequence[str]) -> None:
    """Give users roles by code; roles they have already stay as they are."""
    current = session()
    roles = current.scalars(select(Role).where(Role.code.in_(codes))).all()
    had = set(current.execute(
        select(RoleMember.role_id, RoleMember.user_id).where(RoleMember.user_id.in_([u.id for u in users]))))
    current.add_all(
        RoleMember(role_id=each.id, user_id=user.id)
        for user in users for each in roles if (each.id, user.id) not in had)
    current.flush()
