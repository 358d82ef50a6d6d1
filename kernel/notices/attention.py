"""What waits for somebody, what they were told of and haven't seen, and the records they keep at hand."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, String, and_, cast, exists, func, literal, null, or_, select, union_all

from kernel.discussion.models import Comment, FollowUp, Mention, Star
from kernel.discussion.reading import MOST_WAITING
from kernel.entities.types import Id
from kernel.entities.work import actor, session
from kernel.notices.models import Notification
from kernel.permissions.reach import readable
from kernel.workflows.approvals.delegation import waits_for
from kernel.workflows.models import ApprovalTask

__all__ = ["Attention", "StarredRecord", "attention"]


@dataclass(frozen=True, slots=True)
class StarredRecord:
    """A record somebody keeps at hand."""

    entity: str
    id: int
    title: str


@dataclass(frozen=True, slots=True)
class Attention:
    """What waits for the current person, and what they keep at hand."""

    approvals: int = 0
    mentions: int = 0
    follow_ups: int = 0
    news: int = 0
    """Notifications that one hasn't seen, of records one may read."""
    starred: tuple[StarredRecord, ...] = ()
    told_of: frozenset[tuple[str, int]] = frozenset()
    """The records that unseen notifications are about."""

    @property
    def waiting(self) -> int:
        """Count all that waits to be done; notifications only tell."""
        return self.approvals + self.mentions + self.follow_ups


def attention() -> Attention:
    """Say what waits for the current person and what they keep at hand; asked once per unit of work.

    One statement, and a second for the records concerned where there are any.
    """
    info = session().info
    if "attention" not in info:
        rows = session().work.connection.execute(_attention_of(actor().user_id, session().today)).all()
        titles = readable((row.entity, row.record_id) for row in rows if row.entity and row.record_id)
        open_rows = [row for row in rows if (row.entity, row.record_id) in titles]
        told = [row for row in open_rows if row.kind == "news"]
        info["attention"] = Attention(
            next((row.record_id for row in rows if row.kind == "approval"), 0),
            sum(row.kind == "mention" for row in open_rows), sum(row.kind == "follow_up" for row in open_rows),
            sum(row.kind == "news" for row in rows if not row.record_id) + len(told),
            tuple(StarredRecord(row.entity, row.record_id, titles[row.entity, row.record_id])
                  for row in open_rows if row.kind == "star"),
            frozenset((row.entity, row.record_id) for row in told))
    found: Attention = info["attention"]
    return found


def _attention_of(user_id: int | None, today: dt.date) -> Any:
    """Ask for everything at once: the kind, and the record concerned (for approvals their number)."""
    mentions, comments = Mention.__table__.c, Comment.__table__.c
    due, stars, news = FollowUp.__table__.c, Star.__table__.c, Notification.__table__.c
    approvals = select(
        literal("approval", String).label("kind"), cast(null(), String).label("entity"),
        cast(func.count(), Id).label("record_id"), literal(0, Integer).label("position"),
    ).select_from(ApprovalTask.__table__).where(
        waits_for(user_id, today), ApprovalTask.outcome == "waiting")
    parts = [approvals]
    for kind, entity, record_id, position, condition in (
        ("mention", comments.entity, comments.record_id, comments.id,
         and_(comments.id == mentions.comment_id, mentions.user_id == user_id, mentions.seen_at.is_(None))),
        ("follow_up", due.entity, due.record_id, due.id,
         and_(due.user_id == user_id, due.done_at.is_(None), due.due_on <= today)),
        ("news", news.entity, news.record_id, news.id,
         and_(news.user_id == user_id, news.in_app.is_(True), news.seen_at.is_(None), or_(
             news.comment_id.is_(None), exists().where(
                 comments.id == news.comment_id, comments.deleted_at.is_(None)).correlate(Notification.__table__)))),
    ):
        inner = select(
            literal(kind, String).label("kind"), entity.label("entity"), record_id.label("record_id"),
            literal(0, Integer).label("position")).where(condition).order_by(position.desc()).limit(MOST_WAITING)
        parts.append(select(inner.subquery()))
    ranked = func.row_number().over(order_by=stars.at)
    parts.append(select(
        literal("star", String), stars.entity, stars.record_id, cast(ranked, Integer)).where(stars.user_id == user_id))
    every = union_all(*parts).subquery()
    return select(every).order_by(every.c.kind, every.c.position)
