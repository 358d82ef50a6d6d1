"""Work formulas out for the records there are, part by part, while people go on working."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update

from kernel.entities.base import Entity, entities
from kernel.entities.custom.dependants import MOST_AT_ONCE, later, work_out_anew
from kernel.entities.custom.models import CustomField
from kernel.entities.work import current_work, session
from kernel.jobs.declare import enqueue, job

__all__ = ["work_out_later", "work_out_part", "work_out_some"]

AT_ONCE = 200
"""Of an entity with no more records than this, formulas are worked out with the definition itself."""


def work_out_later(cls: type[Entity], field: CustomField) -> None:
    """Work a new or changed formula out for all records: at once where they are few, else by a job."""
    table: Any = cls.__table__
    count = current_work().connection.scalar(select(func.count()).select_from(table)) or 0
    if count <= AT_ONCE:
        work_out_anew(cls, list(current_work().connection.scalars(select(table.c.id))))
        return
    _note(field.id, [0, count])
    enqueue(work_out_part, cls.__entity__, field.id, 0)


@job("kernel.work_out_formula")
def work_out_part(entity: str, field_id: int, after: int) -> None:
    """Work formulas out for the next records of an entity, and put the rest by."""
    cls = entities().get(entity)
    if cls is None:
        return
    table: Any = cls.__table__
    connection = session().work.connection
    ids = list(connection.scalars(
        select(table.c.id).where(table.c.id > after).order_by(table.c.id).limit(MOST_AT_ONCE)))
    if not ids:
        _note(field_id, None)
        return
    work_out_anew(cls, ids)
    told = CustomField.__table__.c
    progress = connection.scalar(select(told.progress).where(told.id == field_id)) or [0, 0]
    _note(field_id, [progress[0] + len(ids), max(progress[1], progress[0] + len(ids))])
    enqueue(work_out_part, entity, field_id, ids[-1])


@job("kernel.work_out_some")
def work_out_some(entity: str, ids: tuple[int, ...]) -> None:
    """Work formulas out for records of which something they read has changed."""
    cls = entities().get(entity)
    if cls is not None:
        work_out_anew(cls, ids)


def _put_by(entity: str, ids: Sequence[int]) -> None:
    for start in range(0, len(ids), MOST_AT_ONCE):
        enqueue(work_out_some, entity, tuple(ids[start:start + MOST_AT_ONCE]))


later.append(_put_by)


def _note(field_id: int, progress: list[int] | None) -> None:
    """Tell how far it is, past the definition's version: nobody changed that."""
    table: Any = CustomField.__table__
    current_work().connection.execute(
        update(table).where(table.c.id == field_id).values(progress=progress))
