"""The audit trail: one row per record and flush with old and new values; a bulk verb writes one row for its batch."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Index, String, Table, inspect
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from kernel.entities.base import Base, Entity, fields_of
from kernel.entities.columns import ColumnInsert
from kernel.entities.extension import Extension
from kernel.entities.types import Id, Instant, Json

__all__ = ["AuditEntry", "AuditTrail", "Origin"]

HOUSEKEEPING = frozenset({
    "id", "row_id", "version", "created_at", "created_by_id", "changed_at", "changed_by_id", "company_id",
})
"""Columns whose changes say nothing that the audit row's own columns don't."""

CUSTOM = "custom"
"""The column of the custom fields, told of one by one."""


class AuditEntry(Base):
    """What happened to one record in one flush: who, when, why, and each field's old and new value."""

    __tablename__ = "kernel_audit"
    __table_args__ = (Index("ix_kernel_audit_record", "record_id", "entity"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime] = mapped_column(Instant, nullable=False)
    entity: Mapped[str] = mapped_column(String(120), nullable=False)
    record_id: Mapped[int | None] = mapped_column(Id)
    """None for a bulk verb's row, whose `changes` say how many records it wrote."""
    company_id: Mapped[int | None] = mapped_column(Id)
    action: Mapped[str] = mapped_column(String(20), nullable=False)
    """create, change, delete or bulk; for what is no entity the word for what was done to it."""
    user_id: Mapped[int | None] = mapped_column(Id)
    plugin: Mapped[str | None] = mapped_column(String(60))
    """The plugin whose listener did it; None where the person did it themselves."""
    event_id: Mapped[int | None] = mapped_column(Id, index=True)
    """The signal that caused it, if any."""
    request_id: Mapped[str | None] = mapped_column(String(40))
    changes: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False)
    """`{"name": [old, new]}`; for a creation `{"name": new}`."""


_entries = cast(Table, AuditEntry.__table__)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a piece of work comes from, as the audit trail and events record it."""

    user_id: int | None
    plugin: str | None
    event_id: int | None
    request_id: str | None


class AuditTrail:
    """Collects what flushes change and writes it in one statement at the end of the unit of work."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []

    def note(self, action: str, record: object, changes: dict[str, Any], at: dt.datetime, origin: Origin) -> None:
        """Add one record's change; `record` is an entity's or component's instance."""
        if isinstance(record, Extension):
            base = type(record).__base_entity__
            prefix = f"{type(record).__slot__}."
            self._add(
                "change", base.__entity__, record.row_id, getattr(record, "company_id", None),
                {prefix + name: value if action == "change" else [None, value] for name, value in changes.items()},
                at, origin)
        elif isinstance(record, Entity):
            self._add(action, record.__entity__, record.id, record.company_id, changes, at, origin)

    def note_bulk(
        self, entity: str, company: int | None, changes: dict[str, Any], at: dt.datetime, origin: Origin
    ) -> None:
        """Add the one row of a bulk verb; `changes` has its count and what it did."""
        self._add("bulk", entity, None, company, changes, at, origin)

    def note_change(
        self, entity: str, record: int, company: int | None, changes: dict[str, Any], at: dt.datetime, origin: Origin
    ) -> None:
        """Add one record's change, given as `{"name": [old, new]}`, that no flush saw."""
        self._add("change", entity, record, company, changes, at, origin)

    def note_act(
        self, action: str, entity: str, record: int | None, company: int | None, facts: dict[str, Any],
        at: dt.datetime, origin: Origin,
    ) -> None:
        """Add what somebody did to something that is no entity: a delivery replayed, a job put away."""
        self._add(action, entity, record, company, facts, at, origin)

    @property
    def length(self) -> int:
        """Say how many rows wait to be written."""
        return len(self._rows)

    def cut(self, length: int) -> None:
        """Forget all but the first rows: a savepoint took what they tell of back."""
        del self._rows[length:]

    def attribute(self, created: Mapping[tuple[str, int], int]) -> None:
        """Name the events by which records, given as (entity, id), came about, where no listener made them."""
        for row in self._rows:
            if row["event_id"] is None and row["action"] == "create":
                row["event_id"] = created.get((row["entity"], row["record_id"]))

    def _add(
        self, action: str, entity: str, record_id: int | None, company: int | None, changes: dict[str, Any],
        at: dt.datetime, origin: Origin,
    ) -> None:
        self._rows.append({
            "at": at, "entity": entity, "record_id": record_id, "company_id": company, "action": action,
            "user_id": origin.user_id, "plugin": origin.plugin, "event_id": origin.event_id,
            "request_id": origin.request_id, "changes": changes,
        })

    def write(self, connection: Connection, ids: Any) -> None:
        """Write the collected rows; `ids(count)` gives their ids."""
        if not self._rows:
            return
        rows, self._rows = self._rows, []
        for row, id_ in zip(rows, ids(len(rows)), strict=True):
            row["id"] = id_
        ColumnInsert(connection, _entries).write_rows(rows)


def created_values(record: object) -> dict[str, Any]:
    """Give a new record's values, housekeeping and empty ones left out."""
    values = record.__dict__
    told = {name: values[name] for name in told_names(type(record)) if values.get(name) is not None}
    return told if CUSTOM not in told else told | _renamed(type(record), told.pop(CUSTOM))


def changed_values(record: object) -> dict[str, Any]:
    """Give a changed record's `{name: [old, new]}` before its flush ends."""
    state: Any = inspect(record)
    committed: Mapping[str, Any] = state.committed_state
    values = state.dict
    names = told_names(type(record))
    return field_by_field(type(record), {
        name: [old if _is_plain(old) else None, values.get(name)]
        for name, old in committed.items()
        if name in names and old != values.get(name)
    })


def field_by_field(cls: type, changes: dict[str, Any]) -> dict[str, Any]:
    """Give changes with each custom field by itself: a right to see one says nothing of the others."""
    if CUSTOM not in changes or not issubclass(cls, Entity):
        return changes
    before, after = (each or {} for each in changes.pop(CUSTOM))
    differing = {
        code: [before.get(code), after.get(code)] for code in (*before, *(code for code in after if code not in before))
        if before.get(code) != after.get(code)}
    return changes | _renamed(cls, differing)


def _renamed(cls: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Name the values of custom fields by what their attributes are called, as those of columns are."""
    known = fields_of(cls)
    return {known[code].column if code in known else code: value for code, value in values.items()}


def is_changed(record: object) -> bool:
    """Say whether anything of a record differs from what was loaded: values, links, or what its collections hold.

    The session's own `is_modified` asks every attribute for its history, which takes longer than the UPDATE.
    """
    state: Any = inspect(record)
    values = state.dict
    for name, old in state.committed_state.items():
        new = values.get(name)
        if new is not old and (hasattr(new, "__clause_element__") or not _is_plain(old) or new != old):
            return True
    return bool(state._pending_mutations)


def _is_plain(value: object) -> bool:
    return not hasattr(value, "__clause_element__") and type(value).__name__ != "LoaderCallableStatus"


_names: dict[type, frozenset[str]] = {}


def told_names(cls: type) -> frozenset[str]:
    """Give the names of a mapped class's columns whose values the trail keeps: neither housekeeping nor secret."""
    if cls not in _names:
        mapper: Mapper[Any] = inspect(cls)
        secret = {field.column for field in getattr(cls, "__fields__", {}).values() if field.secret}
        _names[cls] = frozenset(attribute.key for attribute in mapper.column_attrs) - HOUSEKEEPING - secret
    return _names[cls]
