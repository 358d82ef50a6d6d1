"""Take an import back: delete what it made, give what it changed its old values, and say what can't be undone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
from sqlalchemy import Table, delete, func, select

from kernel.entities.base import Entity, entity
from kernel.entities.types import plain
from kernel.entities.work import actor, session
from kernel.errors import Conflict
from kernel.exchange import records
from kernel.exchange.models import ImportedRecord
from kernel.exchange.removal import referred_ids
from kernel.exchange.rows import Linked, rows_of
from kernel.exchange.sheets.columns import fields_by_path
from kernel.exchange.sheets.opened import OpenImport
from kernel.exchange.sheets.running import audited_as
from kernel.i18n import Text, _
from kernel.permissions.rights import rights

__all__ = ["UndoPlan", "may_undo", "plan_undo", "undo_import", "undo_size"]

PART = 1000


@dataclass(slots=True)
class UndoPlan:
    """What undoing an import would do, and what it can't."""

    delete: list[int] = field(default_factory=list)
    """Records to be deleted, or archived where something refers to them by then."""
    archive: int = 0
    """How many of these something refers to that the import did not make."""
    restore: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    """Records to be changed back, with their old values."""
    blocked: list[tuple[int, str, Text]] = field(default_factory=list)
    """Records left as they are: id, title, reason."""
    gone: int = 0
    """How many were deleted since."""

    @property
    def count(self) -> int:
        """Count the records that would be touched."""
        return len(self.delete) + len(self.restore)


def may_undo(found: OpenImport) -> bool:
    """Say whether the person may undo an import: their own, or anybody's with the right to."""
    mine = found.user_id == actor().user_id
    return found.state == "done" and (mine or rights().may("undo", "kernel.file_import"))


def undo_size(found: OpenImport) -> int:
    """Count the records an import made or changed, as far as that is still known."""
    return session().work.connection.scalar(
        select(func.count()).select_from(ImportedRecord).where(ImportedRecord.import_id == found.id)) or 0


def plan_undo(found: OpenImport) -> UndoPlan:
    """Work out what undoing would do; a few statements for each thousand records."""
    cls = entity(found.entity)
    plan = UndoPlan()
    for part in _parts(found.id):
        _plan_part(cls, part, plan)
    plan.archive = sum(
        len(referred_ids(cls, plan.delete[start:start + PART])) for start in range(0, len(plan.delete), PART))
    return plan


def undo_import(found: OpenImport, *, whole: bool) -> UndoPlan:
    """Undo what can be undone, in the transaction at hand; `whole` refuses where anything can't be.

    Everything goes through the rights and rules of whoever undoes it.
    """
    cls = entity(found.entity)
    plan = plan_undo(found)
    if whole and plan.blocked:
        raise Conflict(
            "UNDO_BLOCKED", _("{count} records can't be undone, so nothing was", count=len(plan.blocked)),
            fix=_("Undo only what can be undone"))
    with audited_as(found.id):
        deleted, archived = _delete(cls, plan.delete)
        _restore(cls, plan.restore)
    found.report = {**found.report, "undone": {
        "deleted": deleted, "archived": archived, "restored": len(plan.restore), "left": len(plan.blocked),
        "by": actor().user_id}}
    found.save("undone")
    session().work.connection.execute(delete(ImportedRecord).where(ImportedRecord.import_id == found.id))
    return plan


def _parts(import_id: int) -> Iterator[Sequence[Any]]:
    """Give what an import made and changed, some at a time: id, version, changes."""
    table = cast(Table, ImportedRecord.__table__).c
    last = 0
    while rows := session().work.connection.execute(
        select(table.record_id, table.version, table.changes)
        .where(table.import_id == import_id, table.record_id > last).order_by(table.record_id).limit(PART)
    ).all():
        yield rows
        last = rows[-1].record_id


def _plan_part(cls: type[Entity], part: Sequence[Any], plan: UndoPlan) -> None:
    names = sorted({name for row in part for name in row.changes or ()})
    readable = fields_by_path(cls)
    shown = [name for name in names if name in readable]
    state = next((each.name for each in cls.__fields__.values() if each.kind == "state"), None)
    found = {row.id: row for row in rows_of(cls, [row.record_id for row in part], [
        "archived", *shown, *([state] if state else [])])[1]}
    for row in part:
        now = found.get(row.record_id)
        if now is None or (row.changes is None and now.values["archived"]):
            plan.gone += 1
        elif row.changes is None:
            reason = _why_not_deleted(cls, now.values, state, changed=now.version != row.version)
            if reason is None:
                plan.delete.append(row.record_id)
            else:
                plan.blocked.append((row.record_id, now.title, reason))
        else:
            changed = [name for name, (_old, new) in row.changes.items()
                       if name not in shown or _plain(readable[name].field, now.values[name]) != new]
            if changed:
                plan.blocked.append((row.record_id, now.title, _(
                    "{field} was changed since", field=readable[changed[0]].field.label
                    if changed[0] in readable else changed[0])))
            else:
                plan.restore[row.record_id] = {name: old for name, (old, _new) in row.changes.items()}


def _why_not_deleted(
    cls: type[Entity], values: Mapping[str, Any], state: str | None, *, changed: bool
) -> Text | None:
    if state is not None and values[state] != cls.__fields__[state].default:
        return _("its state is {state}", state=cls.__fields__[state].choice(str(values[state])).label)
    return _("it was changed since") if changed else None


def _plain(field_: Any, value: Any) -> Any:
    """Give a value as the change was stored: as JSON, a link by its id."""
    if isinstance(value, Linked):
        return value.id
    if field_.kind == "tags":
        return sorted(each.id for each in value)
    return orjson.loads(orjson.dumps(value, default=plain)) if value is not None else None


def _delete(cls: type[Entity], ids: Sequence[int]) -> tuple[int, int]:
    """Delete records, those first that nothing refers to; what then is still referred to is archived."""
    if not ids:
        return 0, 0
    rights().demand("delete", cls.__entity__)
    left, deleted = list(ids), 0
    while left:
        held = {id_ for start in range(0, len(left), PART) for id_ in referred_ids(cls, left[start:start + PART])}
        free = [id_ for id_ in left if id_ not in held]
        if not free:
            break
        for start in range(0, len(free), PART):
            records.delete(cls, free[start:start + PART])
        deleted += len(free)
        left = [id_ for id_ in left if id_ in held]
    for start in range(0, len(left), PART):
        records.archive(cls, left[start:start + PART])
    return deleted, len(left)


def _restore(cls: type[Entity], old: Mapping[int, Mapping[str, Any]]) -> None:
    ids = list(old)
    for start in range(0, len(ids), PART):
        records.change(cls, [(id_, None, _nested(old[id_])) for id_ in ids[start:start + PART]])


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, value in values.items():
        slot, dot, name = path.rpartition(".")
        if dot:
            nested.setdefault(slot, {})[name] = value
        else:
            nested[path] = value
    return nested
