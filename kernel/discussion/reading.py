"""Read what was said of a record and put with it, and what of all that waits for somebody.

Functions that take a record's id leave it to the caller to have read the record itself; the others ask for the
person's rights, so that whoever lost a record sees nothing of it in their inbox or sidebar either.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

from sqlalchemy import and_, select

from kernel.discussion.models import Attachment, Comment, FollowUp, Mention
from kernel.entities.base import Entity
from kernel.entities.work import actor, session
from kernel.errors import NotFound
from kernel.files import files
from kernel.i18n import _
from kernel.identity.models import User
from kernel.permissions.reach import readable

__all__ = [
    "MOST_WAITING", "Reminder", "attachment_of", "attachments_of", "comments_of", "content_of", "follow_ups_of",
    "my_activities_between", "my_follow_ups", "my_mentions",
]

MOST_SHOWN = 200
MOST_WAITING = 100
"""Mentions, and likewise activities, that are looked at to count those which wait."""


MOST_IN_A_MONTH = 500


@dataclass(frozen=True, slots=True)
class Reminder:
    """A mention or an activity of the current person's, with its record's title."""

    row: Any
    title: str


def comments_of(cls: type[Entity], id_: int, limit: int = MOST_SHOWN) -> Sequence[Any]:
    """Give a record's comments, newest first, with who said them and whether they still call the current person."""
    table, users, mine = Comment.__table__, User.__table__.c, Mention.__table__
    return session().work.connection.execute(
        select(table, users.name.label("who"), and_(
            mine.c.comment_id.is_not(None), mine.c.seen_at.is_(None)).label("calls_me"))
        .select_from(table).outerjoin(User.__table__, users.id == table.c.user_id)
        .outerjoin(mine, and_(mine.c.comment_id == table.c.id, mine.c.user_id == actor().user_id))
        .where(table.c.record_id == id_, table.c.entity == cls.__entity__)
        .order_by(table.c.id.desc()).limit(limit)).all()


def attachments_of(cls: type[Entity], id_: int, limit: int = MOST_SHOWN) -> Sequence[Any]:
    """Give the files put with a record, newest first, with who did."""
    table, users = Attachment.__table__, User.__table__.c
    return session().work.connection.execute(
        select(table, users.name.label("who")).select_from(table)
        .outerjoin(User.__table__, users.id == table.c.user_id)
        .where(table.c.record_id == id_, table.c.entity == cls.__entity__)
        .order_by(table.c.id.desc()).limit(limit)).all()


def attachment_of(cls: type[Entity], id_: int, attachment_id: int) -> Any:
    """Give one file of a record; raises NotFound where the record has none of that id."""
    table = Attachment.__table__
    found = session().work.connection.execute(select(table).where(
        table.c.id == attachment_id, table.c.record_id == id_, table.c.entity == cls.__entity__)).first()
    if found is None:
        raise NotFound("NO_SUCH_FILE", _("There is no such file, or it isn't open to you"))
    return found


def content_of(attachment: Any) -> IO[bytes]:
    """Open a file's content; raises NotFound where it is lost, which `trellis check` would have said."""
    try:
        return files().open(attachment.sha256)
    except FileNotFoundError:
        raise NotFound("FILE_LOST", _("The content of this file is missing; tell whoever runs Trellis")) from None


def follow_ups_of(cls: type[Entity], id_: int, limit: int = MOST_SHOWN) -> Sequence[Any]:
    """Give a record's activities that aren't done, the next one first, with whom they remind."""
    table, users = FollowUp.__table__, User.__table__.c
    return session().work.connection.execute(
        select(table, users.name.label("who")).select_from(table).join(User.__table__, users.id == table.c.user_id)
        .where(table.c.record_id == id_, table.c.entity == cls.__entity__, table.c.done_at.is_(None))
        .order_by(table.c.due_on, table.c.id).limit(limit)).all()


def my_mentions() -> list[Reminder]:
    """Give the comments that call the current person and that they haven't seen, newest first."""
    table, users, mine = Comment.__table__, User.__table__.c, Mention.__table__.c
    return _with_titles(session().work.connection.execute(
        select(table, users.name.label("who")).select_from(table).join(Mention.__table__, mine.comment_id == table.c.id)
        .outerjoin(User.__table__, users.id == table.c.user_id)
        .where(mine.user_id == actor().user_id, mine.seen_at.is_(None))
        .order_by(table.c.id.desc()).limit(MOST_WAITING)).all())


def my_follow_ups() -> list[Reminder]:
    """Give the current person's activities that aren't done, the first due first, with who asked for them."""
    table, users = FollowUp.__table__, User.__table__.c
    return _with_titles(session().work.connection.execute(
        select(table, users.name.label("who")).select_from(table)
        .outerjoin(User.__table__, users.id == table.c.asked_by_id)
        .where(table.c.user_id == actor().user_id, table.c.done_at.is_(None))
        .order_by(table.c.due_on, table.c.id).limit(MOST_WAITING)).all())


def my_activities_between(first: dt.date, last: dt.date) -> list[Reminder]:
    """Give the current person's activities of some days that aren't done, the first due first."""
    table, users = FollowUp.__table__, User.__table__.c
    return _with_titles(session().work.connection.execute(
        select(table, users.name.label("who")).select_from(table)
        .outerjoin(User.__table__, users.id == table.c.asked_by_id)
        .where(table.c.user_id == actor().user_id, table.c.done_at.is_(None), table.c.due_on.between(first, last))
        .order_by(table.c.due_on, table.c.id).limit(MOST_IN_A_MONTH)).all())


def _with_titles(rows: Sequence[Any]) -> list[Reminder]:
    titles = readable((row.entity, row.record_id) for row in rows)
    return [
        Reminder(row, titles[row.entity, row.record_id]) for row in rows if (row.entity, row.record_id) in titles]
