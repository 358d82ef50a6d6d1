"""What may be done: comment, attach a file, star. Plugins call these for their own records.

    comment(order, "The customer agreed by phone. @Mei-Hua please confirm.")

Whoever may read a record and has the right "comment" on it may take part; whoever loses the record loses it all.
"""

import re
from collections.abc import Sequence
from typing import IO, Any

from sqlalchemy import delete, func, insert, select, update

from kernel.discussion.following import join
from kernel.discussion.mentions import Called, called_in, demand_readers
from kernel.discussion.models import Attachment, Comment, Mention, Star
from kernel.discussion.signals import (
    Attached,
    CommentChanged,
    Commented,
    attached,
    comment_changed,
    commented,
)
from kernel.entities.base import Entity, entity
from kernel.entities.fields import AnyRef
from kernel.entities.work import actor, session
from kernel.errors import Forbidden, NotFound, Refusal
from kernel.files import files
from kernel.i18n import _
from kernel.permissions.guard import demand_rows

__all__ = [
    "MOST_STARS", "SHOWABLE", "attach", "comment", "delete_comment", "demand_part", "detach", "edit_comment",
    "open_record", "put_file", "see_mentions", "star", "unstar",
]

LONGEST = 10_000
LONGEST_NAME = 200
MOST_STARS = 30
SHOWABLE = {
    "image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8", "application/pdf": b"%PDF-",
}
"""What a browser may show by itself, by how its content begins: nothing that can hold a script of a page."""
OTHER = "application/octet-stream"


def open_record(cls: type[Entity], id_: int) -> Entity:
    """Give a record that the current person may read; raises NotFound where it isn't there for them."""
    record = session().get(cls, id_) if not cls.__parent__ else None
    if record is None:
        raise NotFound("NO_SUCH_RECORD", _("There is no such {what}, or it isn't open to you", what=cls.__label__))
    return record


def demand_part(record: Entity) -> Entity:
    """Demand that the current person may read a record and take part in the talk about it."""
    open_record(type(record), record.id)
    demand_rows(session(), "comment", type(record), [record.id])
    return record


def comment(record: Entity, text: str) -> int:
    """Comment on a record and call whoever is named after an @; gives the comment's id.

    Raises Refusal where nothing is said, too much, or somebody is called who may not read the record.
    """
    current = session()
    current.flush()
    demand_part(record)
    said = _said(text)
    people = _called(record, said)
    work, who = current.work, current.actor
    id_ = int(work.take_ids()[0])
    work.connection.execute(insert(Comment).values(
        id=id_, entity=record.__entity__, record_id=record.id, user_id=who.user_id, by_plugin=who.plugin, at=work.now,
        text=said, mentioned=[each.written for each in people]))
    called = [each.user_id for each in people]
    _call(id_, called)
    join(record, commented=[who.user_id] if who.user_id else (), called=called)
    commented.tell([Commented(
        id_, AnyRef(record.__entity__, record.id, record.title), who.user_id, tuple(called))])
    return id_


def edit_comment(id_: int, text: str) -> None:
    """Change what one said oneself; it is marked as changed. Who is newly called is told, who no longer is, is not."""
    found = _own(id_)
    record = demand_part(open_record(entity(found.entity), found.record_id))
    said = _said(text)
    people = _called(record, said)
    connection, mentions = session().work.connection, Mention.__table__.c
    connection.execute(update(Comment).where(Comment.__table__.c.id == id_).values(
        text=said, mentioned=[each.written for each in people], changed_at=session().now))
    called = {each.user_id for each in people}
    known = set(connection.scalars(select(mentions.user_id).where(mentions.comment_id == id_)))
    connection.execute(delete(Mention).where(mentions.comment_id == id_, mentions.user_id.in_(known - called)))
    fresh = sorted(called - known)
    _call(id_, fresh)
    join(record, called=fresh)
    comment_changed.tell([CommentChanged(
        id_, AnyRef(record.__entity__, record.id, record.title), actor().user_id, tuple(fresh))])


def delete_comment(id_: int) -> None:
    """Take back what one said oneself: that there was something stays to be seen, what it was does not."""
    _own(id_)
    connection = session().work.connection
    connection.execute(update(Comment).where(Comment.__table__.c.id == id_).values(
        text="", mentioned=[], deleted_at=session().now))
    connection.execute(delete(Mention).where(Mention.__table__.c.comment_id == id_))


def _own(id_: int) -> Any:
    """Give one's own comment; another's is refused, and one of a record that isn't open is not there."""
    table = Comment.__table__
    found = session().work.connection.execute(
        select(table).where(table.c.id == id_, table.c.deleted_at.is_(None))).first()
    if found is None:
        raise NotFound("NO_SUCH_COMMENT", _("There is no such comment, or it isn't open to you"))
    open_record(entity(found.entity), found.record_id)
    if found.user_id is None or found.user_id != actor().user_id:
        raise Forbidden("NOT_YOURS", _("Only who wrote a comment may change or delete it"))
    return found


def _said(text: str) -> str:
    said = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()
    if not said:
        raise Refusal("EMPTY", _("Write something first"), field="text")
    if len(said) > LONGEST:
        raise Refusal(
            "TOO_LONG", _("A comment has {most} characters at most", most=LONGEST), field="text", actual=len(said),
            fix=_("Put the text into a file and attach it"))
    return said


def _called(record: Entity, text: str) -> list[Called]:
    people = [each for each in called_in(text) if each.user_id != actor().user_id]
    if people:
        demand_readers(type(record), record.id, people)
    return people


def _call(comment_id: int, user_ids: Sequence[int]) -> None:
    if user_ids:
        session().work.connection.execute(
            insert(Mention), [{"comment_id": comment_id, "user_id": user_id} for user_id in user_ids])


def see_mentions(comment_ids: Sequence[int]) -> None:
    """Take mentions of oneself out of the inbox."""
    table = Mention.__table__.c
    session().work.connection.execute(update(Mention).where(
        table.user_id == actor().user_id, table.comment_id.in_(comment_ids), table.seen_at.is_(None)
    ).values(seen_at=session().now))


def attach(record: Entity, name: str, content: IO[bytes]) -> int:
    """Put a file with a record; gives the attachment's id. Raises Refusal for one that is empty or too large."""
    current = session()
    current.flush()
    demand_part(record)
    id_, called, size = put_file(record.__entity__, record.id, name, content)
    user_id = current.actor.user_id
    attached.tell([Attached(id_, AnyRef(record.__entity__, record.id, record.title), user_id, called, size)])
    return id_


def put_file(entity_name: str, record_id: int, name: str, content: IO[bytes]) -> tuple[int, str, int]:
    """Put a file with what is named by entity and id, whoever may; gives its id, its name as kept and its size.

    Raises Refusal for one that is empty or too large. Nobody is told.
    """
    stored = files().put(content)
    work = session().work
    id_, called = int(work.take_ids()[0]), _plain_name(name)
    kind = next((kind for kind, beginning in SHOWABLE.items() if stored.head.startswith(beginning)), OTHER)
    if stored.head[:4] == b"RIFF" and stored.head[8:12] == b"WEBP":
        kind = "image/webp"
    work.connection.execute(insert(Attachment).values(
        id=id_, entity=entity_name, record_id=record_id, name=called, size=stored.size, media_type=kind,
        sha256=stored.digest, user_id=actor().user_id, at=work.now))
    return id_, called, stored.size


def _plain_name(name: str) -> str:
    """Keep of a file's name what is one: no folders, nothing unprintable; the ending stays where it is too long."""
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(char for char in last if char.isprintable()).strip().lstrip(".") or str(_("File"))
    stem, dot, ending = plain.rpartition(".")
    if len(plain) > LONGEST_NAME and dot and len(ending) < 20:
        return f"{stem[:LONGEST_NAME - len(ending) - 1]}.{ending}"
    return plain[:LONGEST_NAME]


def detach(id_: int) -> None:
    """Take a file away from its record: whoever put it there may, and whoever may change the record."""
    table = Attachment.__table__
    found = session().work.connection.execute(select(table).where(table.c.id == id_)).first()
    if found is None:
        raise NotFound("NO_SUCH_FILE", _("There is no such file, or it isn't open to you"))
    record = open_record(entity(found.entity), found.record_id)
    if found.user_id is None or found.user_id != actor().user_id:
        demand_rows(session(), "change", type(record), [record.id])
    session().work.connection.execute(delete(Attachment).where(table.c.id == id_))


def star(record: Entity) -> None:
    """Keep a record at hand in the sidebar."""
    open_record(type(record), record.id)
    connection, table, me = session().work.connection, Star.__table__, actor().user_id
    unstar(type(record), record.id)
    held = connection.scalar(select(func.count()).select_from(table).where(table.c.user_id == me)) or 0
    if held >= MOST_STARS:
        raise Refusal("STARS", _("You have {most} starred records, the most there can be", most=MOST_STARS),
                      fix=_("Take the star from one that you need no more"))
    connection.execute(insert(Star).values(
        user_id=me, entity=record.__entity__, record_id=record.id, at=session().now))


def unstar(cls: type[Entity], id_: int) -> None:
    """Take one's star from a record, also from one that isn't open any more."""
    table = Star.__table__.c
    session().work.connection.execute(delete(Star).where(
        table.user_id == actor().user_id, table.entity == cls.__entity__, table.record_id == id_))
