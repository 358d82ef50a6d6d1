"""Find what became of records that were merged into others."""

from collections.abc import Collection, Mapping

from sqlalchemy import select

from kernel.entities.base import Entity
from kernel.entities.work import session
from kernel.exchange.merging.models import MergedRecord

__all__ = ["is_mergeable", "merged_into", "survivors_of"]


def is_mergeable(cls: type[Entity]) -> bool:
    """Say whether records of an entity may become one."""
    return cls.__mergeable__ and not cls.__parent__


def survivors_of(cls: type[Entity], ids: Collection[int]) -> Mapping[int, int]:
    """Give the records that merged ones became part of, by the ids of those that were merged: one statement."""
    if not ids or not is_mergeable(cls):
        return {}
    table = MergedRecord.__table__.c
    return {row.record_id: row.into_id for row in session().work.connection.execute(
        select(table.record_id, table.into_id).where(table.record_id.in_(ids), table.entity == cls.__entity__))}


def merged_into(cls: type[Entity], id_: int) -> int | None:
    """Give the record that one became part of; None where it did not."""
    return survivors_of(cls, [id_]).get(id_)
