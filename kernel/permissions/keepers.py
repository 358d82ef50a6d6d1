"""Who keeps the keys: somebody who may change roles always remains, and nobody rises above what they have."""

from typing import Any

from sqlalchemy import event, inspect, select

from kernel.entities.work import Actor, Session, as_system, current_work, session
from kernel.errors import Forbidden, NotFound, Refusal
from kernel.i18n import _
from kernel.identity.models import User
from kernel.permissions.actors import actor_of
from kernel.permissions.models import Grant, Role, RoleMember
from kernel.permissions.rights import Reach, Rights, rights, rights_of

__all__ = ["covers", "demand_covered", "rights_of_user"]

WIDTH = {"own": 0, "department": 1, "subtree": 2, "company": 3, "all": 4}
"""The scopes that lie within one another; a rule lies within the company."""
KEEPING = ("kernel.role", "kernel.*", "*")


def rights_of_user(user: User) -> Rights:
    """Give what a user may do; nothing for somebody who may not sign in."""
    try:
        who = actor_of(user.id)
    except NotFound:
        who = Actor(user.id, user.home_company_id, user.name)
    return rights_of(who, current_work())


def covers(mine: Rights, theirs: Rights) -> bool:
    """Say whether rights have all of others': each grant in as wide a scope, and no field hidden that isn't there."""
    if mine.system:
        return True
    return mine.hidden <= theirs.hidden and all(
        any(_within(reach, wider) for wider in mine.reaches(action, entity))
        for entity, action, reach in theirs.grants)


def _within(reach: Reach, wider: Reach) -> bool:
    if reach == wider or wider.scope == "all":
        return True
    if reach.scope == "rule":
        return wider.scope == "company"
    return wider.scope in WIDTH and WIDTH[reach.scope] <= WIDTH[wider.scope]


def demand_covered(user: User) -> None:
    """Raise Forbidden where a user may do more than whoever asks: to act on their sign-in would be to rise to it."""
    with as_system("compare rights"):
        theirs = rights_of_user(user)
    if not covers(rights(), theirs):
        raise Forbidden(
            "ABOVE", _("{name} may do things that you may not", name=user.name),
            fix=_("Ask somebody whose roles give at least as much"))


def _taken(record: Any, *, deleted: bool) -> tuple[str, int] | None:
    """Say what a change takes from whom: a grant of a role, a role of a user, or a user from all of them."""
    if not isinstance(record, Grant | RoleMember | Role | User):
        return None
    state: Any = inspect(record)
    gone = deleted or (record.archived and state.attrs.archived.history.has_changes())
    if isinstance(record, Grant):
        was = [(state.attrs[name].history.deleted or [getattr(record, name)])[0] for name in ("entity", "action")]
        changed = gone or was != [record.entity, record.action]
        return ("grant", record.role_id) if changed and was[0] in KEEPING and was[1] in ("change", "*") else None
    if isinstance(record, RoleMember | Role):
        return ("role", record.role_id if isinstance(record, RoleMember) else record.id) if gone else None
    shut = not record.active and state.attrs.active.history.has_changes()
    return ("user", record.id) if gone or shut else None


@event.listens_for(Session, "before_flush", insert=True)  # before what is plain is written past the session
def _watch_keepers(flushed: Session, context: object, instances: object) -> None:
    taken = {
        *(_taken(each, deleted=False) for each in flushed.dirty),
        *(_taken(each, deleted=True) for each in flushed.deleted)}
    taken.discard(None)
    if not taken:
        return
    known: set[Any] = flushed.work.read.setdefault(_watch_keepers, {}).setdefault("taken", set())
    if not known:
        flushed.work.before_commit.append(lambda: _demand_keeper(known))
    known |= taken


def _demand_keeper(taken: set[tuple[str, int]]) -> None:
    """Refuse to take from the last ones who may change roles what lets them."""
    role, grants, member, user = (each.__table__.c for each in (Role, Grant, RoleMember, User))
    connection = session().work.connection
    allowing = set(connection.scalars(select(grants.role_id).where(
        grants.entity.in_(KEEPING), grants.action.in_(("change", "*")), grants.archived.is_(False))))
    keeping = set(connection.scalars(select(role.id).where(role.id.in_(allowing), role.archived.is_(False))))
    holders = select(member.user_id).where(member.role_id.in_(keeping), member.archived.is_(False))
    if connection.scalar(
        select(user.id).where(user.id.in_(holders), user.archived.is_(False), user.active.is_(True)).limit(1)
    ) is not None or connection.scalar(
        select(role.id).where(role.everyone.is_(True), role.id.in_(keeping)).limit(1)
    ) is not None:
        return
    kept, held = set(connection.scalars(holders)), set(connection.scalars(select(member.role_id)))
    lost = {"grant": held, "role": allowing, "user": kept}
    if not any(id_ in lost[what] for what, id_ in taken):
        return  # nobody had it
    raise Refusal(
        "LAST_KEEPER", _("After this, nobody could change roles and users any more"),
        fix=_("Give the role “Administrator” to somebody else first"))
