"""A record that is deleted takes its comments, files, follow-ups and stars with it, whoever deletes it and how."""

from sqlalchemy import delete, event

from kernel.discussion.models import ABOUT_RECORDS
from kernel.entities.base import Entity
from kernel.entities.work import Session

__all__: list[str] = []

AT_ONCE = 5000


@event.listens_for(Session, "after_flush")
def _take_along(session: Session, context: object) -> None:
    gone: dict[str, list[int]] = {}
    for record in session.deleted:
        if isinstance(record, Entity) and not record.__parent__:
            gone.setdefault(record.__entity__, []).append(record.id)
    for entity, ids in gone.items():
        for model in ABOUT_RECORDS:
            table = model.__table__.c
            for start in range(0, len(ids), AT_ONCE):
                session.work.connection.execute(delete(model).where(
                    table.record_id.in_(ids[start:start + AT_ONCE]), table.entity == entity))
