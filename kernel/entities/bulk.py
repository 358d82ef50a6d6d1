"""The bulk verbs: thousands of rows in a few statements, with the same rights, audit and versions as a flush."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, insert, update

from kernel.entities.audit import HOUSEKEEPING
from kernel.entities.base import Entity
from kernel.entities.numbering import format_numbers, period_of
from kernel.entities.work import Session, session
from kernel.errors import Conflict, UsageError
from kernel.i18n import _

__all__ = ["insert_rows", "install_bulk_guard", "update_rows"]

BulkGuard = Callable[[Session, type[Entity], str, Sequence[Mapping[str, Any]]], None]
_guards: list[BulkGuard] = []


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
    current = session()
    _judge(current, cls, "create", rows)
    work = current.work
    keys = rows[0].keys()
    ids: Sequence[int] = [row["id"] for row in rows] if "id" in keys else work.take_ids(len(rows))
    stamps: dict[str, Any] = {
        "version": 1, "archived": False, "created_at": work.now, "created_by_id": current.actor.user_id,
        "changed_at": work.now, "changed_by_id": current.actor.user_id,
    }
    if cls.__company__ == "required":
        stamps["company_id"] = current.actor.company_id
    columns = cls.__table__.c
    for column in columns:
        if column.name not in keys and column.default is not None and column.default.is_scalar:
            stamps.setdefault(column.name, column.default.arg)
    stamps = {name: value for name, value in stamps.items() if name not in keys and name in columns}
    complete = [{**stamps, **row, "id": id_} for row, id_ in zip(rows, ids, strict=True)]
    _number(current, cls, complete)
    current.work.connection.execute(insert(cls.__table__), complete)  # type: ignore[arg-type]  # a mapped class's Table
    if audit:
        work.audit.note_bulk(
            cls.__entity__, current.actor.company_id,
            {"created": len(rows), "first": ids[0], "last": ids[-1], "fields": sorted(set(keys) - HOUSEKEEPING)},
            work.now, work.origin(current.actor))
    return ids


def update_rows(cls: type[Entity], rows: Sequence[Mapping[str, Any]], *, audit: bool = True) -> None:
    """Change rows given as `{"id": ..., column: value}`, all with the same keys; raises their versions.

    With a `version` key each row is changed only from that version, else Conflict. Records loaded in the session are
    refreshed. Writes one audit row for the batch. Raises Forbidden where the actor may not change these rows.
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
    statement = update(cls).where(table.c.id == bindparam("b_id")).values(
        {name: bindparam(f"b_{name}") for name in names}
        | {"version": table.c.version + 1, "changed_at": bindparam("b_changed_at"),
           "changed_by_id": bindparam("b_changed_by_id")})
    if "version" in rows[0]:
        statement = statement.where(table.c.version == bindparam("b_version"))
    stamp = {"b_changed_at": current.work.now, "b_changed_by_id": current.actor.user_id}
    parameters = [{**{f"b_{name}": value for name, value in row.items()}, **stamp} for row in rows]
    result = current.work.connection.execute(statement, parameters, execution_options={"synchronize_session": None})
    if "version" in rows[0] and result.rowcount not in (-1, len(rows)):
        raise Conflict("CHANGED_MEANWHILE", _("Somebody else changed one of these records meanwhile"))
    for row in rows:
        known = current.identity_map.get(current.identity_key(cls, row["id"]))
        if known is not None:
            current.expire(known)
        current.touched.append((cls, row["id"]))
    if audit:
        current.work.audit.note_bulk(
            cls.__entity__, current.actor.company_id,
            {"changed": [row["id"] for row in rows], "fields": names},
            current.work.now, current.work.origin(current.actor))


def _judge(current: Session, cls: type[Entity], action: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if current.actor.system:
        return
    if not _guards:
        raise UsageError("NO_GUARD", "the permission floor is not loaded: only the system may write")
    for guard in _guards:
        guard(current, cls, action, rows)


def _number(current: Session, cls: type[Entity], rows: list[dict[str, Any]]) -> None:
    for field in cls.__fields__.values():
        if field.kind != "serial" or not field.required or field.pattern is None or rows[0].get(field.name):
            continue
        by_company: dict[int, list[dict[str, Any]]] = {}
        for row in rows:
            by_company.setdefault(row.get("company_id") or 0, []).append(row)
        day = current.today
        for company, group in by_company.items():
            taken = current.work.database.numbers.take(
                current.work.connection, f"{cls.__entity__}.{field.name}", company,
                period_of(field.pattern, day), len(group))
            for row, number in zip(group, format_numbers(field.pattern, day, taken), strict=True):
                row[field.name] = number
