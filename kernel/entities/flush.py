"""What happens around each flush: ids, stamps, numbers, derived values, validation, the guard, the audit trail."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, event, inspect
from sqlalchemy.orm import ORMExecuteState, SessionTransaction

from kernel.entities.audit import Origin, changed_values, created_values, field_by_field, is_changed, told_names
from kernel.entities.base import Entity
from kernel.entities.changes import write_changes
from kernel.entities.custom.definitions import definitions_of
from kernel.entities.custom.dependants import note_changed
from kernel.entities.custom.flushing import Definitions, settle_custom
from kernel.entities.extension import Extension, outer_join_components
from kernel.entities.numbering import number_records
from kernel.entities.remembered import raise_generations_of
from kernel.entities.work import Session, Touch
from kernel.entities.written import tell_changed
from kernel.errors import Invalid, Problem, UsageError
from kernel.i18n import _

__all__ = ["install_guard"]

Guard = Callable[[Session, Sequence[Any], Sequence[Any], Sequence[Any]], None]

_guards: list[Guard] = []


def install_guard(guard: Guard) -> None:
    """Let the permission floor judge every flush of a session that isn't the system's."""
    _guards.append(guard)


@event.listens_for(Session, "transient_to_pending")
def _give_id(session: Session, record: Any) -> None:
    if isinstance(record, Extension):
        if record.__per_company__ and record.__dict__.get("company_id") is None:
            record.company_id = session.actor.company_id
        return
    if not isinstance(record, Entity):
        if "id" in type(record).__mapper__.columns and record.__dict__.get("id") is None:
            record.id = session.work.take_ids()[0]
        return
    work, who = session.work, session.actor
    values = record.__dict__
    if values.get("id") is None:
        record.id = work.take_ids()[0]
        work.fresh.add(record.id)
    if work.cause is not None:  # the flush may come when a listener is at its next event, or through
        session.info.setdefault("causes", {})[record.id] = work.cause
    record.created_at = record.changed_at = work.now
    record.created_by_id = record.changed_by_id = who.user_id
    if values.get("company_id") is None and record.__company__ == "required":
        record.company_id = who.company_id


@event.listens_for(Session, "before_flush")
def _before(session: Session, context: object, instances: object) -> None:
    new = [record for record in session.new if isinstance(record, Entity | Extension)]
    dirty = [record for record in session.dirty if isinstance(record, Entity | Extension) and is_changed(record)]
    deleted = [record for record in session.deleted if isinstance(record, Entity | Extension)]
    if not (new or dirty or deleted):
        return
    if session.work.reading:
        raise UsageError("READING", "reading work must not change anything")
    session.derived.clear()
    _derive_and_check(session, new, dirty)
    work, who = session.work, session.actor
    for record in dirty:
        if isinstance(record, Entity):
            record.changed_at = work.now
            record.changed_by_id = who.user_id
    if not who.system:
        if not _guards:
            raise UsageError("NO_GUARD", "the permission floor is not loaded: only the system may write")
        for guard in _guards:
            guard(session, new, dirty, deleted)
    if not new and not deleted:
        _write_plain_changes(session, [record for record in dirty if isinstance(record, Entity)])


def _write_plain_changes(session: Session, dirty: Sequence[Entity]) -> None:
    """Write many changes at once: nothing they could point to waits to be inserted, nothing to be deleted."""
    work = session.work
    origin = work.origin(session.actor)
    written = write_changes(session, work.connection, dirty)
    for record, changes in written:
        told = field_by_field(
            type(record), {name: both for name, both in changes.items() if name in told_names(type(record))})
        if told:
            work.audit.note("change", record, told, work.now, origin)
        session.touched.append(Touch(type(record), record.id))
    note_changed(session, dirty)
    tell_changed(work, written)
    for cls in {type(record) for record in dirty}:
        raise_generations_of(cls)


def derive(session: Session, new: list[Any], dirty: list[Any]) -> None:
    """Work out what new and changed records will hold, as a flush would: without numbers, checks or writing."""
    session.derived.clear()
    fresh = _by_class(new)
    every = {cls: records for cls, records in _by_class([*new, *dirty]).items() if issubclass(cls, Entity)}
    for cls, records in every.items():
        _prepare(session, cls, fresh.get(cls, ()), records)
    for cls, records in every.items():
        if added := definitions_of(cls):
            settle_custom(session, cls, added, fresh.get(cls, ()), records)


def _derive_and_check(session: Session, new: list[Any], dirty: list[Any]) -> None:
    fresh = _by_class(new)
    for records in fresh.values():
        if isinstance(records[0], Entity):
            number_records(session.work.database.numbers, session.work.connection, session.today, records)
    problems: list[Problem] = []
    custom: list[tuple[type[Entity], Definitions, list[Any]]] = []
    for cls, records in _by_class([*new, *dirty]).items():
        if issubclass(cls, Entity):
            _prepare(session, cls, fresh.get(cls, ()), records)
            problems.extend(_missing(cls, fresh.get(cls, ()), records))
            problems.extend(cls.check(records))
            if added := definitions_of(cls):
                custom.append((cls, added, records))
    for cls, added, records in custom:  # formulas read what is derived, of documents and of their lines
        problems.extend(settle_custom(session, cls, added, fresh.get(cls, ()), records))
    if problems:
        raise Invalid(problems)


def _prepare(session: Session, cls: type[Entity], fresh: Sequence[Entity], records: Sequence[Entity]) -> None:
    """Write the person and the day where nothing else is said, a day also where emptied; then derive the rest."""
    for field in cls.__fields__.values():
        if not field.present:
            continue
        value, name = session.present(field.kind), field.name
        unsaid = [record for record in fresh if record.__dict__.get(field.column) is None]
        if field.kind == "link":
            unsaid = [record for record in unsaid if record.__dict__.get(name) is None]
        else:
            unsaid += [record for record in records if record.__dict__.get(name, value) is None]
        for record in unsaid:
            setattr(record, field.column, value)
    cls.prepare(records)


def _missing(cls: type[Entity], fresh: Sequence[Entity], records: Sequence[Entity]) -> Iterable[Problem]:
    """Name the required fields that are empty: of new records all, of changed ones those that were loaded or set."""
    required = [
        field for field in cls.__fields__.values() if field.required and field.kind not in ("lines", "serial")]
    new = {id(record) for record in fresh}
    for record in records:
        values = record.__dict__
        for field in required:
            value = values.get(field.column)
            if value is None and field.name != field.column:
                value = values.get(field.name)
            if value in (None, "") and (id(record) in new or field.column in values):
                yield Problem(field.name, _("{label} is missing", label=field.label), "REQUIRED", record)


def _by_class(records: Iterable[Any]) -> dict[type, list[Any]]:
    grouped: dict[type, list[Any]] = {}
    for record in records:
        grouped.setdefault(type(record), []).append(record)
    return grouped


@event.listens_for(Session, "after_flush")
def _after(session: Session, context: Any) -> None:
    work = session.work
    gone = _deleted(session, context)
    origin = work.origin(session.actor)
    touched = session.touched
    causes: dict[int, int] = session.info.pop("causes", {})
    for record in session.new:
        if isinstance(record, Entity | Extension):
            led_to = origin
            if causes and isinstance(record, Entity):
                led_to = replace(origin, event_id=causes.get(record.id, origin.event_id))
            work.audit.note("create", record, created_values(record), work.now, led_to)
    for record in session.dirty:
        if isinstance(record, Entity | Extension) and record not in gone:
            if changes := changed_values(record):
                work.audit.note("change", record, changes, work.now, origin)
            touched.append(Touch(type(record), _key(record)))
    for record in gone:
        if isinstance(record, Entity | Extension):
            old = {name: [value, None] for name, value in created_values(record).items()}
            work.audit.note("delete" if isinstance(record, Entity) else "change", record, old, work.now, origin)
            touched.append(Touch(type(record), _key(record)))
        if isinstance(record, Entity) and record.__parent__:
            _tell_parent(session, record, gone, origin)


def _deleted(session: Session, context: Any) -> Collection[Any]:
    """Give what a flush deletes: also lines that were taken out of their list, which no session calls deleted."""
    taken = [
        record for state, (is_delete, only_listed) in context.states.items()
        if is_delete and not only_listed and (record := state.obj()) is not None and record not in session.deleted]
    return [*session.deleted, *taken]


def _tell_parent(session: Session, line: Entity, gone: Collection[Any], origin: Origin) -> None:
    """Note with a document what a line held that was taken away: nothing else leads from the one to the other."""
    link = type(line).__fields__[line.__parent__ or ""]
    state: Any = inspect(line)
    before = state.committed_state  # a line taken out of its list names its document no more
    parent_id = line.__dict__.get(link.column) or before.get(link.column) or getattr(before.get(link.name), "id", None)
    parent = session.identity_map.get(session.identity_key(link.target, parent_id)) if parent_id else None
    if parent_id is None or parent in gone:
        return
    values = {name: value for name, value in created_values(line).items() if name != link.column}
    session.work.audit.note_change(
        link.target.__entity__, parent_id, getattr(parent, "company_id", None) or line.company_id,
        {f"{line.__entity__}[{line.id}]": [values, None]}, session.work.now, origin)


@event.listens_for(Session, "after_transaction_create")
def _mark_savepoint(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        session.info.setdefault("before", {})[id(transaction)] = (
            session.work.audit.length, len(session.touched), frozenset(session.work.held))


@event.listens_for(Session, "after_soft_rollback")
def _take_back(session: Session, transaction: SessionTransaction) -> None:
    """What a savepoint took back has not happened: neither the audit trail nor another session may take it over."""
    before = session.info.get("before", {}).get(id(transaction))
    if before is None:
        return
    audited, touched, held = before
    session.work.audit.cut(audited)
    session.work.held = set(held)  # its locks are gone, too
    session.work.read.clear()
    session.touched[touched:] = [Touch(each.cls, each.id) for each in session.touched[touched:]]


def _key(record: Any) -> int:
    return int(record.row_id if isinstance(record, Extension) else record.id)


@event.listens_for(Session, "do_orm_execute")
def _outer_join(state: ORMExecuteState) -> None:
    if isinstance(state.statement, Select) and state.statement._setup_joins:
        state.statement = outer_join_components(state.statement)
