"""Write the roles that plugins ship, and give or take roles."""

from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select

from kernel.entities.work import session
from kernel.i18n import _
from kernel.identity.models import User
from kernel.permissions.declare import FieldRuleDeclaration, RoleDeclaration, grant, role
from kernel.permissions.models import FieldRule, Grant, Role, RoleMember

__all__ = [
    "KERNEL_ROLES", "Rule", "change_rules", "demands_factor", "give_roles", "rules_of", "shipped_rules", "sync_roles",
]

Rule = tuple[str, ...]
"""A rule of a role: ("grant", entity, action, scope, rule or "") or ("field", entity, field, mode, "")."""

KERNEL_ROLES = (
    role("kernel.admin", _("Administrator"), grant("*", "*", scope="all")),
    role(
        "kernel.operations", _("Operations"),
        grant("kernel.outbox", "read replay mend put_away", scope="all"),
        grant("kernel.job", "read replay mend put_away run", scope="all")),
    role("kernel.mail_clerk", _("Mail clerk"), grant("kernel.incoming_mail", "read file")),
    role(
        "kernel.everyone", _("Everybody"),
        grant("kernel.user", "read", scope="all"), grant("kernel.company", "read", scope="all"),
        grant("kernel.department", "read"), grant("kernel.employee", "read"),
        grant("kernel.activity_type", "read", scope="all"), grant("kernel.activity_plan", "read", scope="all"),
        FieldRuleDeclaration(
            "kernel.user", ("email", "failed_sign_ins", "locked_until", "password_hash"), "hidden"),
        FieldRuleDeclaration("kernel.employee", ("born_on",), "hidden"),
        everyone=True),
)


def sync_roles(plugin: str, declared: Iterable[RoleDeclaration]) -> None:
    """Bring the roles a plugin ships up to date, and leave alone what an administrator made of them.

    A role keeps what it was last shipped with: rules that were added to the declaration since are added, those that
    are gone from it are taken away, everything else stays as it is.
    """
    system = session()
    wanted = {each.code: each for each in declared}
    known = {each.code: each for each in system.scalars(select(Role).where(Role.code.in_(wanted)))}
    for code, each in wanted.items():
        shipped = shipped_rules(each)
        found = known.get(code)
        if found is None:
            found = Role(code=code, name=str(each.name), plugin=plugin, everyone=each.everyone)
            system.add(found)
            before: set[Rule] = set()
        else:
            before = {tuple(rule) for rule in found.shipped} if found.shipped is not None else rules_of(found)
        if found.shipped is not None and before == shipped:
            continue
        change_rules(found, add=shipped - before, remove=before - shipped if found.shipped is not None else ())
        found.shipped = sorted(map(list, shipped))
    system.flush()


def shipped_rules(declared: RoleDeclaration) -> set[Rule]:
    """Give a declaration's rules one by one, as ("grant", entity, action, scope, rule) and ("field", ...)."""
    found: set[Rule] = set()
    for each in declared.rules:
        if isinstance(each, FieldRuleDeclaration):
            found |= {("field", each.entity, name, each.mode, "") for name in each.fields}
        else:
            found |= {("grant", each.entity, action, each.scope, each.rule or "") for action in each.actions}
    return found


def rules_of(found: Role) -> set[Rule]:
    """Give a role's rules as they stand, as `shipped_rules` does."""
    return {
        *(("grant", each.entity, each.action, each.scope, each.rule or "") for each in found.grants
          if not each.archived),
        *(("field", each.entity, each.field, each.mode, "") for each in found.field_rules if not each.archived)}


def change_rules(found: Role, *, add: Iterable[Rule] = (), remove: Iterable[Rule] = ()) -> None:
    """Give a role rules it hasn't, and take rules away; those that are there already, or gone, stay so."""
    gone, had = set(remove), rules_of(found)
    for grants in list(found.grants):
        if ("grant", grants.entity, grants.action, grants.scope, grants.rule or "") in gone:
            found.grants.remove(grants)
    for rules in list(found.field_rules):
        if ("field", rules.entity, rules.field, rules.mode, "") in gone:
            found.field_rules.remove(rules)
    for kind, entity, name, what, rule in sorted(set(add) - (had - gone)):
        if kind == "grant":
            found.grants.append(Grant(entity=entity, action=name, scope=what, rule=rule or None))
        else:
            found.field_rules.append(FieldRule(entity=entity, field=name, mode=what))


def demands_factor(user_id: int) -> bool:
    """Say whether one of a user's roles demands a second factor at sign-in."""
    mine = select(RoleMember.__table__.c.role_id).where(
        RoleMember.__table__.c.user_id == user_id, RoleMember.__table__.c.archived.is_(False))
    table = Role.__table__.c
    return session().work.connection.scalar(
        select(table.id).where(table.second_factor.is_(True), table.archived.is_(False),
                               or_(table.everyone.is_(True), table.id.in_(mine))).limit(1)) is not None


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
