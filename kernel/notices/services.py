"""Tell people: the one function through which every notification is written, in the unit of work of its cause.

    notify(lead_assigned, [Notice([lead.owner_id], lead)])

Who did it isn't told. Whether somebody may read the record is asked when it is shown and when it is mailed.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Table, insert, update

from kernel.entities.base import Entity
from kernel.entities.fields import AnyRef
from kernel.entities.work import UnitOfWork, actor, session
from kernel.errors import UsageError
from kernel.notices.choices import wanted_by
from kernel.notices.collecting import collect
from kernel.notices.declare import Kind
from kernel.notices.mailing import mail_later
from kernel.notices.models import Notification

__all__ = ["Notice", "notify", "on_told", "see_about_comments", "see_about_record", "see_all", "see_notifications"]

AT_ONCE = 2000

_bells: list[Callable[[Collection[int]], None]] = []


@dataclass(frozen=True, slots=True)
class Notice:
    """Whom to tell of which record, with the facts that the kind's sentence is filled with."""

    user_ids: Collection[int]
    record: Entity | AnyRef | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    comment_id: int | None = None
    by: int | None = field(default_factory=lambda: actor().user_id)
    """Who did it: whoever does the current work, where nobody is named."""


def notify(kind: Kind, notices: Sequence[Notice]) -> int:
    """Tell people of things of a kind that happened, all at once; gives how many notifications were written.

    Nobody is told of what they did themselves unless the kind says so, nor in a way that they don't want. Raises
    UsageError in reading work.
    """
    work = session().work
    if work.reading:
        raise UsageError("READING", "reading work must not notify anybody")
    pairs = [(user_id, each) for each in notices for user_id in dict.fromkeys(each.user_ids)
             if kind.oneself or user_id != each.by]
    if not pairs:
        return 0
    wanted = wanted_by(kind, {user_id for user_id, _each in pairs})
    rows = [
        {**_row(kind, each), "user_id": user_id, "by_id": each.by, "company_id": actor().company_id, "at": work.now,
         "in_app": wanted[user_id].in_app, "mail": wanted[user_id].mail}
        for user_id, each in pairs if user_id in wanted and wanted[user_id].anyhow]
    for row, id_ in zip(rows, work.take_ids(len(rows)) if rows else (), strict=True):
        row["id"] = int(id_)
    for start in range(0, len(rows), AT_ONCE):
        work.connection.execute(insert(cast(Table, Notification.__table__)), rows[start:start + AT_ONCE])
    _ring_after(work, {row["user_id"] for row in rows if row["in_app"]})
    if any(row["mail"] == "now" for row in rows):
        collect(mail_later, None)
    return len(rows)


def _row(kind: Kind, notice: Notice) -> dict[str, Any]:
    record = notice.record
    name = record.__entity__ if isinstance(record, Entity) else record.entity if record is not None else None
    return {
        "kind": kind.name, "plugin": kind.plugin, "entity": name,
        "record_id": record.id if record is not None else None, "comment_id": notice.comment_id,
        "facts": dict(notice.facts)}


def on_told(ring: Callable[[Collection[int]], None]) -> Callable[[], None]:
    """Have a function called after each commit by which the count of some people's notifications changed.

    It gets their ids. Gives what takes it back.
    """
    _bells.append(ring)
    return lambda: _bells.remove(ring)


def _ring_after(work: UnitOfWork, user_ids: Collection[int]) -> None:
    def ring() -> None:
        for each in list(_bells):
            each(user_ids)

    if user_ids and _bells:
        work.after_commit.append(ring)


def see_notifications(ids: Sequence[int]) -> None:
    """Say that one has seen notifications of one's own."""
    _see(Notification.__table__.c.id.in_(ids))


def see_about_record(cls: type[Entity], id_: int) -> None:
    """Say that one has seen what there is to know of a record: its page was opened."""
    table = Notification.__table__.c
    _see((table.record_id == id_) & (table.entity == cls.__entity__))


def see_about_comments(comment_ids: Sequence[int]) -> None:
    """Say that one has seen comments that one was told of."""
    _see(Notification.__table__.c.comment_id.in_(comment_ids))


def see_all() -> None:
    """Say that one has seen all of one's notifications."""
    _see(None)


def _see(condition: Any) -> None:
    work, table, me = session().work, Notification.__table__.c, actor().user_id
    statement = update(Notification).where(table.user_id == me, table.seen_at.is_(None)).values(seen_at=work.now)
    seen = work.connection.execute(statement if condition is None else statement.where(condition))
    if seen.rowcount and me is not None:
        _ring_after(work, [me])
