"""Let everything that points to some records point to another, set by set."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Table,
    Text,
    UniqueConstraint,
    and_,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from kernel.entities.base import Entity
from kernel.entities.bulk import rows_written
from kernel.entities.extension import Extension
from kernel.entities.fields import REF_TITLE
from kernel.entities.types import Id, Json
from kernel.entities.work import session
from kernel.errors import Conflict
from kernel.exchange.merging.models import MergedRecord
from kernel.exchange.merging.pointers import Pointer, pointers_to
from kernel.exchange.models import ImportKey, ImportStep
from kernel.i18n import _

__all__ = ["move_pointers", "refuse_collisions"]

def refuse_collisions(cls: type[Entity], survivor: int, merged: Sequence[int]) -> None:
    """Raise Conflict MERGE_COLLISION where two rows would say the same of the survivor that no two may say.

    Rows of the kernel's own tables that say the same are put together instead: two tags on one record become one.
    """
    group = [survivor, *merged]
    for pointer in pointers_to(cls):
        if pointer.kind == "link" and pointer.entity is not None:
            for keys in _unique_with(pointer):
                _refuse(pointer.entity, pointer, keys, group)


def _refuse(other: type[Entity], pointer: Pointer, keys: "_Keys", group: Sequence[int]) -> None:
    table, column = pointer.table, pointer.sql()
    rows = select(func.min(table.c.id)).where(column.in_(group), *keys.where).group_by(*keys.rest).having(
        func.count() > 1).order_by(func.min(table.c.id)).limit(1)
    first = session().work.connection.execute(rows).scalar()
    if first is None:
        return
    names = ", ".join(str(field.label) for field in other.__fields__.values() if field.column in keys.names)
    raise Conflict(
        "MERGE_COLLISION", _("Two {what} would then be the same in: {fields}", what=other.__plural__, fields=names),
        actual=f"{other.__entity__} {first}",
        fix=_("Archive or change one of the two first, then merge"))


class _Keys:
    """What of a unique key is beside the column that moves, and which rows it holds for."""

    def __init__(self, rest: Sequence[Any], where: Sequence[ColumnElement[bool]], names: Collection[str]) -> None:
        self.rest = rest or (literal(1),)
        self.where = where
        self.names = names


def _unique_with(pointer: Pointer) -> Iterator[_Keys]:
    """Give the unique keys of a table that its pointing column is part of."""
    table, name = pointer.table, pointer.column
    found: list[tuple[Sequence[Any], ColumnElement[bool] | None]] = [
        (list(each.columns), None) for each in table.constraints if isinstance(each, UniqueConstraint)]
    for index in table.indexes:
        if index.unique:
            where = index.dialect_options["postgresql"].get("where")
            found.append((list(index.expressions), where))
    for expressions, where in found:
        names = {each.name for each in expressions if hasattr(each, "name") and each.name in table.c}
        if name in names:
            rest = [each for each in expressions if getattr(each, "name", None) != name]
            filled = [each.is_not(None) for each in rest if str(getattr(each, "name", "")) in table.c]
            yield _Keys(rest, [*filled, *([where] if where is not None else [])], names)


def move_pointers(cls: type[Entity], survivor: int, merged: Sequence[int], title: str) -> dict[str, int]:
    """Let all that points to the merged records point to the survivor; gives how many rows of which entity did.

    A few statements for each column that points, whatever the number of rows. Versions rise, so that whoever has one
    of the rows in a form is told.
    """
    moved: dict[str, int] = {}
    for pointer in pointers_to(cls):
        count = _move(pointer, cls, survivor, merged, title)
        if count:
            name = pointer.entity.__entity__ if pointer.entity is not None else str(pointer.table.name)
            moved[name] = moved.get(name, 0) + count
    _move_import_keys(cls, survivor, merged)
    connection, table = session().work.connection, MergedRecord.__table__.c
    connection.execute(update(MergedRecord).where(
        table.entity == cls.__entity__, table.into_id.in_(merged)).values(into_id=survivor))
    return moved


def _move(pointer: Pointer, cls: type[Entity], survivor: int, merged: Sequence[int], title: str) -> int:
    if pointer.entity is not None and pointer.kind != "about":
        return _move_records(pointer.entity, pointer, cls, survivor, merged, title)
    table, column = pointer.table, pointer.sql()
    where = [column.in_(merged), *pointer.clauses(cls.__entity__)]
    if issubclass(pointer.cls, Extension):
        ids = list(session().work.connection.scalars(select(table.c.row_id).where(*where)))
        _write(table, where, {pointer.column: survivor, "version": table.c.version + 1})
        if ids:
            rows_written(pointer.cls.__base_entity__, ids)
        return len(ids)
    _put_together(table, pointer.column, survivor, merged, pointer.clauses(cls.__entity__))
    return _write(table, where, {pointer.column: survivor})


def _write(table: Table, where: Sequence[ColumnElement[bool]], values: Mapping[str, Any]) -> int:
    return int(session().work.connection.execute(update(table).where(*where).values(values)).rowcount)


def _put_together(
    table: Table, column: str, survivor: int, merged: Sequence[int], clauses: Sequence[ColumnElement[bool]]
) -> None:
    """Take away rows that would be there twice: the survivor's own stays, else that of the oldest record."""
    keys = [each.name for each in table.primary_key.columns]
    if column not in keys:
        return
    other = table.alias("other")
    same = [other.c[name] == table.c[name] for name in keys if name != column]
    earlier = or_(other.c[column] == survivor, and_(
        other.c[column].in_(merged), other.c[column] < table.c[column]))
    session().work.connection.execute(delete(table).where(
        table.c[column].in_(merged), *clauses, select(literal(1)).select_from(other).where(*same, earlier).exists()))


def _move_records(
    other: type[Entity], pointer: Pointer, cls: type[Entity], survivor: int, merged: Sequence[int], title: str
) -> int:
    """Let an entity's rows point elsewhere; the merged records themselves stay as they were."""
    table = pointer.table
    where = [*pointer.clauses(cls.__entity__)]
    if pointer.kind == "table":
        return _move_lines(other, pointer, survivor, merged)
    where.append(pointer.sql().in_(merged))
    if other is cls:
        where.append(table.c.id.not_in([survivor, *merged]))
        _let_go(pointer, cls, survivor, merged)
    current = session()
    ids = list(current.work.connection.scalars(select(table.c.id).where(*where).order_by(table.c.id)))
    if not ids:
        return 0
    values: dict[str, Any] = {
        "version": table.c.version + 1, "changed_at": current.now, "changed_by_id": current.actor.user_id}
    if pointer.kind == "custom" and pointer.field is not None:
        values["custom"] = _with_value(table.c.custom, pointer.field.name, survivor)
    else:
        values[pointer.column] = survivor
    if pointer.kind == "ref" and pointer.field is not None:
        values[f"{pointer.field.name}_title"] = title[:REF_TITLE]
    _write(table, where, values)
    _told(other, pointer, ids)
    return len(ids)


def _let_go(pointer: Pointer, cls: type[Entity], survivor: int, merged: Sequence[int]) -> None:
    """A survivor that pointed to what becomes part of it points nowhere: it can't belong to itself."""
    table = pointer.table
    where = [table.c.id == survivor, pointer.sql().in_(merged), *pointer.clauses(cls.__entity__)]
    if pointer.kind == "link" and table.c[pointer.column].nullable:
        _write(table, where, {pointer.column: None})
    elif pointer.kind == "custom" and pointer.field is not None:
        _write(table, where, {"custom": _with_value(table.c.custom, pointer.field.name, survivor)})


def _with_value(column: Any, code: str, id_: int) -> Any:
    """Give the SQL of a record's custom values with another one under a code."""
    if session().work.database.is_sqlite:
        return type_coerce(func.json_set(column, f"$.{code}", literal(id_, Id)), Json())
    put = func.jsonb_set(cast(column, JSONB), literal([code], ARRAY(Text)), func.to_jsonb(literal(id_, Id)))
    return type_coerce(cast(put, column.type), column.type)


def _move_lines(other: type[Entity], pointer: Pointer, survivor: int, merged: Sequence[int]) -> int:
    """Let links in the lines of a custom sub-table point elsewhere: these lie within their records' JSON."""
    table, code = pointer.table, pointer.field.name if pointer.field is not None else ""
    gone, changed = set(merged), []
    rows = session().work.connection.execute(
        select(table.c.id, table.c.custom).where(cast(table.c.custom, Text).like(f'%"{code}"%')))
    for id_, custom in rows:
        lines = (custom or {}).get(code) or []
        fresh = [{name: survivor if name in pointer.line_columns and value in gone else value
                  for name, value in line.items()} for line in lines]
        if fresh != lines:
            changed.append((id_, {**custom, code: fresh}))
    for id_, custom in changed:
        _write(table, [table.c.id == id_], {"custom": custom, "version": table.c.version + 1})
    if changed:
        _told(other, pointer, [id_ for id_, _custom in changed])
    return len(changed)


def _told(other: type[Entity], pointer: Pointer, ids: Sequence[int]) -> None:
    """Tell of rows that were written: formulas, the search index, what sessions hold, and the audit trail."""
    rows_written(other, ids)
    current = session()
    name = pointer.field.name if pointer.field is not None else pointer.column
    current.work.audit.note_bulk(
        other.__entity__, current.actor.company_id, {"changed": list(ids), "fields": [name], "merge": True},
        current.now, current.work.origin(current.actor))


def _move_import_keys(cls: type[Entity], survivor: int, merged: Sequence[int]) -> None:
    """Let rows of another system that became the merged records be the survivor's from now on."""
    steps = select(ImportStep.__table__.c.id).where(ImportStep.__table__.c.entity == cls.__entity__)
    table = ImportKey.__table__.c
    session().work.connection.execute(update(ImportKey).where(
        table.step_id.in_(steps), table.record_id.in_(merged)).values(record_id=survivor))
