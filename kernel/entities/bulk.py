"""The bulk verbs: thousands of rows in a few statements, with the same rights, audit and versions as a flush."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.exc import IntegrityError

from kernel.entities.audit import HOUSEKEEPING
from kernel.entities.base import Entity
from kernel.entities.columns import Column, ColumnInsert, Encoded, Same
from kernel.entities.custom.dependants import note_written
from kernel.entities.numbering import format_numbers, period_of
from kernel.entities.remembered import raise_generations_of
from kernel.entities.types import Exact, Json
from kernel.entities.update_each import STAMPS, UpdateEach
from kernel.entities.work import Session, explain, session
from kernel.entities.written import tell_rows
from kernel.errors import Conflict, UsageError
from kernel.i18n import _

__all__ = ["insert_columns", "insert_rows", "install_bulk_guard", "rows_written", "update_rows"]

BulkGuard = Callable[[Session, type[Entity], str, Sequence[Mapping[str, Any]]], None]
_guards: list[BulkGuard] = []
FEW = 5_000
"""Of larger batches the unit of work doesn't remember the rows: their steps cost a statement more."""


def install_bulk_guard(guard: BulkGuard) -> None:
    """Let the permission floor judge bulk verbs of sessions that aren't the system's."""
    _guards.append(guard)


def insert_rows(cls: type[Entity], rows: Sequence[Mapping[str, Any]], *, audit: bool = True) -> Sequence[int]:
    """Insert rows (column name to value, all with the same keys) and give their ids in order.

    Fills ids, company, stamps, version, defaults and document numbers. Rows are taken as valid: the caller has
    validated them, since `prepare` and `check` see instances only. Writes one audit row for the batch.
    Raises Forbidden where the actor may not create these rows.
    """
    if not rows:
        return []
    _judge(session(), cls, "create", rows)
    return _insert(cls, {name: [row[name] for row in rows] for name in rows[0]}, len(rows), {} if audit else None)


def insert_columns(
    cls: type[Entity], columns: Mapping[str, Column], count: int, *, note: Mapping[str, Any] | None = None
) -> Sequence[int]:
    """Insert `count` rows given as columns, as `insert_rows` does, and give their ids in order.

    Columns may be `Same(value)` for all rows, or `Encoded` by the column's encoder; only the system may use these
    two, since a guard could not judge them. `note` is added to the batch's audit row.
    """
    if not count:
        return []
    current = session()
    if not current.actor.system:
        plain = {name: column for name, column in columns.items() if not isinstance(column, Same | Encoded)}
        if len(plain) < len(columns):
            raise UsageError("NO_GUARD", "rows of a user's session are judged before they are encoded")
        _judge(current, cls, "create", [
            dict(zip(plain, values, strict=True)) for values in zip(*plain.values(), strict=True)])
    return _insert(cls, columns, count, note or {})


def _insert(
    cls: type[Entity], columns: Mapping[str, Column], count: int, note: Mapping[str, Any] | None
) -> Sequence[int]:
    current = session()
    work = current.work
    given = columns.get("id")
    ids: Sequence[int] = work.take_ids(count) if given is None else given  # type: ignore[assignment]  # a plain list
    if given is None and count <= FEW:
        work.fresh.update(ids)
    complete: dict[str, Column] = {**_stamps(current, cls), **columns, "id": ids}
    _number(current, cls, complete, count)
    table: Table = cls.__table__  # type: ignore[assignment]  # a mapped class's Table
    try:
        ColumnInsert(work.connection, table).write(complete, count)
    except IntegrityError as error:
        raise explain(error) from error
    raise_generations_of(cls)
    note_written(cls, ids)
    tell_rows(work, cls, ids, complete)
    if note is not None:
        work.audit.note_bulk(
            cls.__entity__, current.actor.company_id,
            {"created": count, "first": ids[0], "last": ids[-1], "fields": sorted(set(columns) - HOUSEKEEPING), **note},
            work.now, work.origin(current.actor))
    return ids


def _stamps(current: Session, cls: type[Entity]) -> dict[str, Column]:
    """Give what every new row has unless its columns say otherwise."""
    now, user = current.work.now, current.actor.user_id
    stamps: dict[str, Column] = {
        column.name: Same(column.default.arg) for column in cls.__table__.c
        if column.default is not None and column.default.is_scalar}
    stamps |= {
        "version": Same(1), "archived": Same(False), "created_at": Same(now), "created_by_id": Same(user),
        "changed_at": Same(now), "changed_by_id": Same(user),
    }
    if cls.__company__ == "required":
        stamps["company_id"] = Same(current.actor.company_id)
    return stamps


def update_rows(cls: type[Entity], rows: Sequence[Mapping[str, Any]], *, audit: bool = True) -> None:
    """Change rows given as `{"id": ..., column: value}`, all with the same keys; raises their versions.

    With a `version` key each row is changed only from that version, else Conflict. Records loaded in the session show
    what was written. Writes one audit row for the batch. Raises Forbidden where the actor may not change these rows.
    """
    if not rows:
        return
    current = session()
    current.flush()
    _judge(current, cls, "change", rows)
    table = cls.__table__
    names = [name for name in rows[0] if name not in ("id", "version")]
    if unknown := [name for name in names if name not in table.c]:
        raise UsageError("UNKNOWN_FIELD", f"{cls.__entity__} has no column {', '.join(unknown)}")
    versioned = "version" in rows[0]
    if len({row["id"] for row in rows}) < len(rows):
        raise UsageError("TWICE", f"update_rows is given a row of {cls.__entity__} twice")
    count = _update(cls, tuple(names), versioned).run(rows)
    if versioned and count != len(rows):
        raise Conflict("CHANGED_MEANWHILE", _("Somebody else changed one of these records meanwhile"))
    raise_generations_of(cls)
    ids = [row["id"] for row in rows]
    note_written(cls, ids)
    tell_rows(current.work, cls, ids, names)
    carried = _carried(cls, tuple(names)) if len(rows) <= FEW else None
    stamps = dict(zip(STAMPS, (current.work.now, current.actor.user_id), strict=True))
    for row in rows:
        current.touch(cls, row["id"], None if carried is None else {
            name: convert(row[name]) for name, convert in carried.items()} | stamps)
    if audit:
        current.work.audit.note_bulk(
            cls.__entity__, current.actor.company_id,
            {"changed": ids, "fields": names},
            current.work.now, current.work.origin(current.actor))


def rows_written(cls: type[Entity], ids: Sequence[int]) -> None:
    """Say which records somebody wrote by a statement of their own, so that what is derived of them follows.

    For rows whose insert the verbs above have no words for (one that leaves out what is there already). Ids of rows
    that were not written after all do no harm.
    """
    raise_generations_of(cls)
    note_written(cls, ids)
    tell_rows(session().work, cls, ids, list(cls.__table__.c.keys()))


@lru_cache(maxsize=2000)
def _update(cls: type[Entity], names: tuple[str, ...], versioned: bool) -> UpdateEach:
    columns = cls.__table__.c
    return UpdateEach(
        cls, {name: columns[name].type for name in (*names, *(["version"] if versioned else ()))},
        lambda given: {name: given[name] for name in names},
        where=lambda given: [columns.version == given["version"]] if versioned else [])


@lru_cache(maxsize=2000)
def _carried(cls: type[Entity], names: tuple[str, ...]) -> Mapping[str, Callable[[Any], Any]] | None:
    """Give what turns values written into those a record would be loaded with; None for links and for JSON."""
    columns = {name: cls.__table__.c[name] for name in names}
    if any(column.foreign_keys or isinstance(column.type, Json) for column in columns.values()):
        return None
    return {
        name: _exact if isinstance(column.type, Exact) else _same for name, column in columns.items()}


def _exact(value: Any) -> Any:
    return None if value is None else Decimal(value)


def _same(value: Any) -> Any:
    return value


def _judge(current: Session, cls: type[Entity], action: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if current.actor.system:
        return
    if not _guards:
        raise UsageError("NO_GUARD", "the permission floor is not loaded: only the system may write")
    for guard in _guards:
        guard(current, cls, action, rows)


def _number(current: Session, cls: type[Entity], columns: dict[str, Column], count: int) -> None:
    """Give numbers to the rows whose serial fields are empty."""
    for field in cls.__fields__.values():
        if field.kind != "serial" or not field.required or field.pattern is None:
            continue
        given = columns.get(field.name)
        if isinstance(given, Encoded):
            continue  # whoever encodes numbers has all of them
        numbers = [None] * count if given is None or isinstance(given, Same) else list(given)
        companies = columns.get("company_id")
        company_of = (
            [companies.value] * count if isinstance(companies, Same) else [None] * count if companies is None
            else companies.values if isinstance(companies, Encoded) else companies)
        by_company: dict[int, list[int]] = {}
        for position, number in enumerate(numbers):
            if not number:
                by_company.setdefault(int(str(company_of[position] or 0)), []).append(position)
        day = current.today
        for company, positions in by_company.items():
            taken = current.work.database.numbers.take(
                current.work.connection, f"{cls.__entity__}.{field.name}", company,
                period_of(field.pattern, day), len(positions))
            for position, number in zip(positions, format_numbers(field.pattern, day, taken), strict=True):
                numbers[position] = number
        columns[field.name] = numbers
