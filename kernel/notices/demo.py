"""The demo company's people have read what they were told, but for the last of it."""

from sqlalchemy import func, select, update

from kernel.entities.work import session
from kernel.notices.models import Notification

__all__ = ["settle"]

UNREAD = 5


def settle() -> None:
    """Mark all as seen that was told during two years, but for the last few that each person was told."""
    current, table = session(), Notification.__table__.c
    place = func.row_number().over(partition_by=table.user_id, order_by=table.id.desc()).label("place")
    ranked = select(table.id, place).where(table.seen_at.is_(None)).subquery()
    current.work.connection.execute(
        update(Notification).where(table.id.in_(select(ranked.c.id).where(ranked.c.place > UNREAD)))
        .values(seen_at=current.now))
