"""Read what the current person was told: only what they may still read of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select

from kernel.discussion.models import Comment
from kernel.entities.base import entities
from kernel.entities.work import actor, session
from kernel.identity.models import User
from kernel.notices.declare import Kind, declared_kinds
from kernel.notices.models import Notification
from kernel.permissions.reach import readable

__all__ = ["MOST_SHOWN", "Told", "my_notification", "my_notifications", "notifications_query", "told_of"]

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Told:
    """A notification as it is shown: its row, its kind, the record's title, and what happened in words."""

    row: Any
    kind: Kind
    title: str
    says: str
    """What happened; of a comment what it says now."""


def notifications_query() -> Select[Any]:
    """Ask for notifications with the name of who did it and the text of the comment that each is about."""
    table, users, comments = Notification.__table__, User.__table__, Comment.__table__
    return (
        select(table, users.c.name.label("who"), comments.c.text.label("comment"))
        .select_from(table.outerjoin(users, users.c.id == table.c.by_id).outerjoin(
            comments, and_(comments.c.id == table.c.comment_id, comments.c.deleted_at.is_(None)))))


def my_notifications(before: int | None = None, limit: int = MOST_SHOWN) -> tuple[list[Told], int | None]:
    """Give what the current person was told in the app, newest first; and from which id on there is more."""
    table = Notification.__table__.c
    statement = notifications_query().where(table.user_id == actor().user_id, table.in_app.is_(True))
    if before is not None:
        statement = statement.where(table.id < before)
    rows = session().work.connection.execute(statement.order_by(table.id.desc()).limit(limit + 1)).all()
    shown = rows[:limit]
    return told_of(shown), shown[-1].id if len(rows) > limit else None


def my_notification(notification_id: int) -> Told | None:
    """Give one notification of the current person's, however they were told; None where it isn't open to them."""
    table = Notification.__table__.c
    found = told_of(session().work.connection.execute(notifications_query().where(
        table.user_id == actor().user_id, table.id == notification_id)).all())
    return found[0] if found else None


def told_of(rows: Sequence[Any]) -> list[Told]:
    """Give the words of notifications in the current language, without those whose record isn't open, or is gone."""
    titles = readable(_records(rows))
    found = []
    for row in rows:
        kind = declared_kinds().get(row.kind)
        title = titles.get((row.entity, row.record_id)) if row.record_id is not None else _general(row)
        if kind is None or not kind.active or title is None or (row.comment_id is not None and row.comment is None):
            continue
        found.append(Told(row, kind, title, row.comment or kind.sentence(row.facts)))
    return found


def _records(rows: Iterable[Any]) -> Iterable[tuple[str, int]]:
    return ((row.entity, row.record_id) for row in rows if row.record_id is not None)


def _general(row: Any) -> str:
    """Name what a notification of no single record is about."""
    cls = entities().get(row.facts.get("of", ""))
    return str(cls.__plural__) if cls is not None else str(row.facts.get("title") or "Trellis")
