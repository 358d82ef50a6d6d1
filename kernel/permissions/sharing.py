"""Share one record with a person or a team: by whoever may change it, for reading or for changing, until a day."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import or_, select

from kernel.entities.base import Entity
from kernel.entities.work import as_system, session
from kernel.errors import Forbidden, Invalid, NotFound, Problem
from kernel.i18n import _
from kernel.identity.models import Department, Employee, User
from kernel.permissions.guard import demand_rows
from kernel.permissions.keepers import rights_of_user
from kernel.permissions.models import Role, RoleMember, Share
from kernel.permissions.rights import rights

__all__ = ["Shared", "may_share", "share_record", "shares_of", "unshare"]

Kind = Literal["user", "role", "department"]


@dataclass(frozen=True, slots=True)
class Shared:
    """With whom a record is shared, and by whom."""

    id: int
    kind: Kind
    name: str
    mode: str
    until: dt.date | None
    by: str


def may_share(cls: type[Entity]) -> bool:
    """Say whether the current person shares records of an entity: who changes them does, and lines have no shares."""
    return not cls.__parent__ and cls.__company__ != "none" and rights().may("change", cls.__entity__)


def shares_of(cls: type[Entity], id_: int) -> list[Shared]:
    """List with whom a record is shared, for whoever may read it; raises Forbidden for others."""
    demand_rows(session(), "read", cls, [id_])
    with as_system("list the shares of a record") as system:
        found = system.scalars(select(Share).where(
            Share.entity == cls.__entity__, Share.record_id == id_, Share.archived.is_(False)).order_by(Share.id)).all()
        people = dict(system.execute(
            select(User.id, User.name).where(User.id.in_([each.created_by_id for each in found]))).all())
        return [_shared(each, people.get(each.created_by_id or 0, "")) for each in found]


def _shared(share: Share, by: str) -> Shared:
    kind: Kind = "user" if share.user_id else "role" if share.role_id else "department"
    whom = share.user or share.role or share.department
    return Shared(share.id, kind, whom.title if whom else "–", share.mode, share.until, by)


def share_record(
    cls: type[Entity], id_: int, kind: Kind, whom: int, mode: str = "read", until: dt.date | None = None
) -> None:
    """Share a record; whom it was shared with already has the new mode and end.

    Raises Forbidden for somebody who may not change the record themselves, Invalid for a day that is over, for nobody,
    and for a person whose roles don't let them read such records at all: a share opens a record, it grants no action.
    """
    if not may_share(cls):
        rights().demand("change", cls.__entity__)
        raise Forbidden("NOT_SHARED", _("{what} can't be shared one by one", what=cls.__plural__))
    demand_rows(session(), "change", cls, [id_])
    if mode not in ("read", "change"):
        raise Invalid([Problem("mode", _("Choose whether they may read or change it"))])
    if until is not None and until < session().today:
        raise Invalid([Problem("until", _("This day is over"), "PAST")])
    with as_system("share a record") as system:
        _demand_useful(cls, kind, whom, mode)
        column = {"user": Share.user_id, "role": Share.role_id, "department": Share.department_id}[kind]
        known = system.scalars(select(Share).where(
            Share.entity == cls.__entity__, Share.record_id == id_, column == whom, Share.archived.is_(False))).first()
        share = known or Share(entity=cls.__entity__, record_id=id_)
        share.mode, share.until = mode, until
        setattr(share, f"{kind}_id", whom)
        if known is None:
            system.add(share)
        system.flush()


def _demand_useful(cls: type[Entity], kind: Kind, whom: int, mode: str) -> None:
    """Refuse a share that would open nothing to anybody."""
    users = _people(kind, whom)
    action = "read" if mode == "read" else "change"
    if any(rights_of_user(user).may(action, cls.__entity__) for user in users):
        return
    if kind == "user":
        raise Invalid([Problem("whom", _(
            "No role of {name} lets them {action} {what}, so a share would open nothing to them: ask an administrator "
            "for a role first", name=users[0].name if users else "–", what=cls.__plural__,
            action=_("read") if mode == "read" else _("change")), "SHARE_USELESS")])
    raise Invalid([Problem("whom", _("Nobody of them has a role for {what}, so a share would open nothing to them",
                                     what=cls.__plural__), "SHARE_USELESS")])


def _people(kind: Kind, whom: int) -> Sequence[User]:
    """Find whom a share would reach; raises Invalid for nobody such."""
    system = session()
    statement = select(User).where(User.archived.is_(False), User.active.is_(True))
    if kind == "user":
        statement = statement.where(User.id == whom)
    elif kind == "role":
        role = system.get(Role, whom)
        if role is None or role.archived:
            raise Invalid([Problem("whom", _("Choose with whom"), "REQUIRED")])
        if not role.everyone:
            statement = statement.where(User.id.in_(select(RoleMember.user_id).where(
                RoleMember.role_id == whom, RoleMember.archived.is_(False))))
    else:
        path = system.scalar(select(Department.path).where(Department.id == whom))
        below = select(Department.id).where(or_(Department.id == whom, Department.path.startswith(path or "-")))
        statement = statement.where(User.id.in_(select(Employee.user_id).where(
            Employee.department_id.in_(below), Employee.archived.is_(False))))
    found = system.scalars(statement).all()
    if not found and kind == "user":
        raise Invalid([Problem("whom", _("Choose with whom"), "REQUIRED")])
    return found


def unshare(cls: type[Entity], id_: int, share_id: int) -> None:
    """Take a share back at once; for whoever may change the record themselves. Raises NotFound for none such."""
    rights().demand("change", cls.__entity__)
    demand_rows(session(), "change", cls, [id_])
    with as_system("take a share back") as system:
        share = system.get(Share, share_id)
        if share is None or (share.entity, share.record_id) != (cls.__entity__, id_):
            raise NotFound("SHARE", _("It isn't shared with them any more"))
        system.delete(share)
        system.flush()
