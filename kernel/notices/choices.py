"""How each person wants to be told of what: in the app, by mail at once or once a day, or not at all."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, insert, select

from kernel.entities.work import actor, session
from kernel.errors import Invalid, Problem
from kernel.i18n import _
from kernel.identity.models import User
from kernel.notices.declare import Kind, kinds
from kernel.notices.models import NotificationChoice

__all__ = ["MAIL_CHOICES", "Wanted", "change_wanted", "wanted_by", "wanted_of"]

MAIL_CHOICES = {"": _("No mail"), "now": _("At once"), "daily": _("Once a day")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """How somebody wants a kind of notification."""

    in_app: bool
    mail: str

    @property
    def anyhow(self) -> bool:
        """Say whether they want it at all."""
        return self.in_app or bool(self.mail)


def wanted_by(kind: Kind, user_ids: Collection[int]) -> dict[int, Wanted]:
    """Say how these people want a kind; without those who may not sign in. One statement."""
    user, choice = User.__table__, NotificationChoice.__table__
    rows = session().work.connection.execute(
        select(user.c.id, choice.c.in_app, choice.c.mail)
        .select_from(user.outerjoin(choice, and_(choice.c.user_id == user.c.id, choice.c.kind == kind.name)))
        .where(user.c.id.in_(user_ids), user.c.active.is_(True), user.c.archived.is_(False)))
    return {row.id: Wanted(kind.in_app, kind.mail) if row.in_app is None else Wanted(row.in_app, row.mail)
            for row in rows}


def wanted_of(user_id: int) -> Mapping[str, Wanted]:
    """Give how somebody wants each kind there is."""
    table = NotificationChoice.__table__
    chosen: dict[str, Any] = {row.kind: row for row in session().work.connection.execute(
        select(table).where(table.c.user_id == user_id))}
    return {each.name: Wanted(chosen[each.name].in_app, chosen[each.name].mail) if each.name in chosen
            else Wanted(each.in_app, each.mail) for each in kinds()}


def change_wanted(wanted: Mapping[str, Wanted]) -> None:
    """Choose how one wants kinds of notification; what equals a declaration is no choice and changes with it.

    Raises Invalid for a way of mailing that isn't there.
    """
    wrong = [name for name, each in wanted.items() if each.mail not in MAIL_CHOICES]
    if wrong:
        raise Invalid([Problem(wrong[0], _("Choose how to be told by mail"), "MAIL")])
    connection, table, me = session().work.connection, NotificationChoice.__table__.c, actor().user_id
    known = {each.name: each for each in kinds() if each.name in wanted}
    connection.execute(delete(NotificationChoice).where(table.user_id == me, table.kind.in_(known)))
    rows = [
        {"user_id": me, "kind": name, "plugin": kind.plugin, "in_app": wanted[name].in_app, "mail": wanted[name].mail}
        for name, kind in known.items() if wanted[name] != Wanted(kind.in_app, kind.mail)]
    if rows:
        connection.execute(insert(NotificationChoice), rows)
