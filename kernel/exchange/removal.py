"""Delete what nothing refers to, archive the rest: a link never ends in nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Table, select, union_all

from kernel.entities.base import Base, Entity, entities
from kernel.entities.custom.definitions import customised
from kernel.entities.custom.stored import column_of
from kernel.entities.work import session
from kernel.errors import Refusal
from kernel.exchange.merging.models import MergedRecord
from kernel.exchange.merging.reading import is_mergeable
from kernel.i18n import _

__all__ = ["Removed", "referred_ids", "referred_to", "remove"]


@dataclass(frozen=True, slots=True)
class Removed:
    """Which records are gone and which were archived because something refers to them, by id."""

    deleted: list[int]
    archived: list[int]


def remove(records: Sequence[Entity]) -> Removed:
    """Delete records of one entity, or archive those that are referred to.

    Raises Refusal for a document whose workflow has begun: it is cancelled there, not deleted.
    """
    for record in records:
        _refuse_begun(record)
    held = referred_to(records)
    current = session()
    for record in records:
        if record.id in held:
            record.archived = True
        else:
            current.delete(record)
    current.flush()
    return Removed(
        [record.id for record in records if record.id not in held],
        [record.id for record in records if record.id in held])


def _refuse_begun(record: Entity) -> None:
    for field in type(record).__fields__.values():
        state = getattr(record, field.column, None) if field.kind == "state" else None
        if state is not None and state != field.default:
            raise Refusal(
                "BEGUN", _("{title} can't be deleted: its state is {state}", title=record.title,
                           state=field.choice(state).label),
                record=record, fix=_("Cancel it instead, where its workflow allows"))


def referred_to(records: Sequence[Entity]) -> set[int]:
    """Give the ids of records that others refer to, their own lines and components aside: one statement for all."""
    return referred_ids(type(records[0]), [record.id for record in records]) if records else set()


def referred_ids(cls: type[Entity], ids: Sequence[int]) -> set[int]:
    """Give those of an entity's ids that others refer to, as `referred_to` does."""
    table: Any = cls.__table__
    held: set[int] = set()
    for start in range(0, len(ids), 5000):
        part = ids[start:start + 5000]
        parts = [
            *_references(table, part), *_refs(cls.__entity__, part), *_custom_links(cls, part), *_merges(cls, part)]
        if parts:
            held |= set(session().work.connection.scalars(union_all(*parts)))
    return held


def _refs(name: str, ids: Sequence[int]) -> Iterator[Select[Any]]:
    """Ask each field that refers to records of any entity for those of this one."""
    for other in entities().values():
        for field in other.__fields__.values():
            if field.kind == "ref":
                columns = other.__table__.c
                yield select(columns[field.column]).where(
                    columns[f"{field.name}_entity"] == name, columns[field.column].in_(ids))


def _merges(cls: type[Entity], ids: Sequence[int]) -> Iterator[Select[Any]]:
    """Ask for records that others became part of, and for these: the one's address leads to the other's."""
    table = MergedRecord.__table__.c
    for column in (table.into_id, table.record_id) if is_mergeable(cls) else ():
        yield select(column).where(column.in_(ids), table.entity == cls.__entity__)


def _custom_links(cls: type[Entity], ids: Sequence[int]) -> Iterator[Select[Any]]:
    """Ask each custom link to the entity for the records it holds; one that was removed may come back."""
    for name, definitions in customised().every.items():
        for field in (each.field for each in definitions.values()) if name in entities() else ():
            if field.kind == "link" and field.target is cls:
                table: Any = entities()[name].__table__
                column = column_of(table.c, field)
                inside = select(column).where(column.in_(ids))
                yield inside.where(table.c.id != column) if entities()[name] is cls else inside


def _references(table: Table, ids: Sequence[int]) -> Iterator[Select[Any]]:
    """Ask each column that points to the table, and each that points to its lines, for the records it holds."""
    for other in Base.metadata.tables.values():
        for key in other.foreign_keys:
            if key.column.table is not table:
                continue
            column = key.parent
            if key.ondelete != "CASCADE":
                inside = select(column).where(column.in_(ids))
                # Records that go together may refer to each other only through themselves: a tree's root stays.
                yield inside.where(other.c.id != column) if other is table else inside
            elif "id" in other.c:
                for deeper in Base.metadata.tables.values():
                    for line_key in deeper.foreign_keys:
                        if line_key.column.table is other and line_key.ondelete != "CASCADE":
                            yield (select(column).select_from(other)
                                   .join(deeper, line_key.parent == other.c.id).where(column.in_(ids)))
