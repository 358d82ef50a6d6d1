"""A record that is deleted takes what was said of it and put with it along, whoever deletes it and how."""

from sqlalchemy import delete, event

from kernel.discussion.models import ABOUT_RECORDS
from kernel.entities.base import Base, Entity
from kernel.entities.work import Session

__all__ = ["going_along", "take_along"]

AT_ONCE = 5000

_models: list[type[Base]] = [*ABOUT_RECORDS]


def take_along(model: type[Base]) -> None:
    """Let the rows of one more table, with columns `entity` and `record_id`, go with their records."""
    _models.append(model)


def going_along() -> tuple[type[Base], ...]:
    """Give the tables whose rows go with their records."""
    return tuple(_models)


@event.listens_for(Session, "after_flush")
def _take_along(session: Session, context: object) -> None:
    gone: dict[str, list[int]] = {}
    for record in session.deleted:
        if isinstance(record, Entity) and not record.__parent__:
            gone.setdefault(record.__entity__, []).append(record.id)
    for entity, ids in gone.items():
        for model in _models:
            table = model.__table__.c
            for start in range(0, len(ids), AT_ONCE):
                session.work.connection.execute(delete(model).where(
                    table.record_id.in_(ids[start:start + AT_ONCE]), table.entity == entity))
