"""Collect what a unit of work writes that can be searched for, and write the index once, at the work's end.

What a savepoint takes back is forgotten with it. More than some hundred records of a kind would keep whoever writes
them waiting: these become due, a job sees to them right after the commit, and until then they are searched themselves.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Table, event, insert, inspect, select
from sqlalchemy.orm import SessionTransaction

from kernel.entities.base import Entity
from kernel.entities.work import Session, UnitOfWork
from kernel.entities.written import watch_changed, watch_rows
from kernel.search.models import SearchDue
from kernel.search.parts import Indexed, indexed
from kernel.search.words import grams

__all__ = ["LAST", "MOST_AT_ONCE", "become_due", "later", "put_rows", "read_values", "take_away"]

MOST_AT_ONCE = 300
"""So many written records of a kind are indexed before the commit; more become due."""
LAST = 2**53
"""Larger than any id."""
later: list[Callable[[], None]] = []
"""Has what became due seen to after the commit; the floor that has jobs adds itself."""

Values = Mapping[str, Any]
STALE: Values = {"id": "stale"}
"""Stands for values to be read again: only some were loaded, or a bulk verb wrote them."""
GONE: Values = {"id": "gone"}

_INSERT = "INSERT INTO kernel_search (id, entity, record_id, part, words, grams) VALUES ({})"
_UPDATE = "UPDATE kernel_search SET words = ?, grams = ? WHERE record_id = ? AND part = ?"
_DELETE = "DELETE FROM kernel_search WHERE record_id {}"
"""Said as the drivers take it: a statement of SQLAlchemy's costs as much again as the row that it writes."""
_due = cast(Table, SearchDue.__table__)


class Collected:
    """What a unit of work wrote so far: entity, id, and the values it was written with."""

    def __init__(self, work: UnitOfWork) -> None:
        self._noted: list[tuple[type[Entity], int, Values]] = []
        self._marks: dict[int, int] = {}
        work.closing.append(lambda: self._write(work))

    def note(self, cls: type[Entity], id_: int, values: Values) -> None:
        """Take in a written record."""
        self._noted.append((cls, id_, values))

    def mark(self, savepoint: int) -> None:
        """Remember what was written before a savepoint."""
        self._marks[savepoint] = len(self._noted)

    def rewind(self, savepoint: int) -> None:
        """Forget what was written after a savepoint that was rolled back."""
        if savepoint in self._marks:
            del self._noted[self._marks[savepoint]:]

    def _write(self, work: UnitOfWork) -> None:
        """Write the rows of all records at once, those of too many later."""
        by_class: dict[type[Entity], dict[int, Values]] = {}
        for cls, id_, values in self._noted:
            by_class.setdefault(cls, {})[id_] = values
        known: list[int] = []
        rows: list[tuple[str, int, str, str]] = []
        due: dict[str, tuple[int, int]] = {}
        whole = True
        for cls, records in by_class.items():
            how = indexed(cls)
            if how is None:
                continue
            if len(records) > MOST_AT_ONCE:
                due[cls.__entity__] = (min(records), max(records))
                continue
            whole = whole and len(how.parts) == 1
            known += [id_ for id_ in records if id_ not in work.fresh]
            stale = [id_ for id_, values in records.items() if values is STALE]
            current = {**records, **read_values(work, how, stale)} if stale else records
            for id_, values in current.items():
                if values is not GONE and values is not STALE:
                    rows += how.rows(id_, values)
        if len(rows) == len(known) == 1 and whole and _change_row(work, rows[0]):
            rows = []
        else:
            take_away(work, known)
        put_rows(work, rows)
        if due:
            become_due(work, due)


_collected: WeakKeyDictionary[UnitOfWork, Collected] = WeakKeyDictionary()


def _of(work: UnitOfWork) -> Collected:
    found = _collected.get(work)
    if found is None:
        found = _collected[work] = Collected(work)
    return found


def _change_row(work: UnitOfWork, row: tuple[str, int, str, str]) -> bool:
    """Change the one row of the one record that was changed, where it has one: half of what taking it away costs."""
    _entity, record, part, words = row
    statement = _UPDATE if work.database.is_sqlite else _UPDATE.replace("?", "%s")
    return work.connection.exec_driver_sql(statement, (words, grams(words), record, part)).rowcount == 1


def take_away(work: UnitOfWork, ids: Sequence[int]) -> None:
    """Remove the rows of records from the index."""
    if ids and work.database.is_sqlite:
        work.connection.exec_driver_sql(_DELETE.format("= ?"), [(id_,) for id_ in ids])
    elif ids:
        work.connection.exec_driver_sql(_DELETE.format("= ANY(%s)"), (list(ids),))


def put_rows(work: UnitOfWork, rows: Collection[tuple[str, int, str, str]]) -> None:
    """Add rows, given as entity, record, part and words, to the index."""
    if rows:
        mark = "?" if work.database.is_sqlite else "%s"
        work.connection.exec_driver_sql(_INSERT.format(", ".join([mark] * 6)), [
            (id_, *row, grams(row[3])) for id_, row in zip(work.take_ids(len(rows)), rows, strict=True)])


def become_due(work: UnitOfWork, ranges: Mapping[str, tuple[int, int]], *, soon: bool = True) -> None:
    """Note records, from an id to an id by entity, that are to be indexed; `soon` has a job do it after the commit."""
    ids = work.take_ids(len(ranges))
    work.connection.execute(insert(_due), [
        {"id": id_, "entity": entity, "first": first, "last": last}
        for id_, (entity, (first, last)) in zip(ids, ranges.items(), strict=True)])
    for see_to in later if soon else ():
        see_to()


def read_values(work: UnitOfWork, how: Indexed, ids: Iterable[int]) -> dict[int, Values]:
    """Read what the index needs of records, by id; nobody can change them before this work ends."""
    table = cast(Table, how.cls.__table__)
    rows = work.connection.execute(
        select(table.c.id, *(table.c[name] for name in how.columns)).where(table.c.id.in_(list(ids)))
        .order_by(table.c.id).with_for_update(read=True))
    return {row.id: dict(row._mapping) for row in rows}


def _values(record: Entity, columns: Sequence[str]) -> Values:
    held = record.__dict__
    found = {name: held[name] for name in columns if name in held}
    return found if len(found) == len(columns) else STALE


@event.listens_for(Session, "after_flush")
def _collect(flushed: Session, context: Any) -> None:
    work = flushed.work
    for record in flushed.new:
        if isinstance(record, Entity) and (how := indexed(type(record))) is not None:
            _of(work).note(how.cls, record.id, {name: record.__dict__.get(name) for name in how.columns})
    for record in flushed.dirty:
        if (isinstance(record, Entity) and (how := indexed(type(record))) is not None
                and not inspect(record).committed_state.keys().isdisjoint(how.columns)):
            _of(work).note(how.cls, record.id, _values(record, how.columns))
    for record in flushed.deleted:
        if isinstance(record, Entity) and (how := indexed(type(record))) is not None:
            _of(work).note(how.cls, record.id, GONE)


def _collect_changed(work: UnitOfWork, records: Sequence[tuple[Entity, Mapping[str, Any]]]) -> None:
    for record, changes in records:
        how = indexed(type(record))
        if how is not None and not changes.keys().isdisjoint(how.columns):
            _of(work).note(how.cls, record.id, _values(record, how.columns))


def _collect_rows(work: UnitOfWork, cls: type[Entity], ids: Sequence[int], columns: Collection[str]) -> None:
    how = indexed(cls)
    if how is None or set(columns).isdisjoint(how.columns):
        return
    collected = _of(work)
    if len(ids) > 2 * MOST_AT_ONCE:  # enough to become due, and none of them is remembered one by one
        ids = [*ids[:MOST_AT_ONCE + 1], min(ids), max(ids)]
    for id_ in ids:
        collected.note(cls, id_, STALE)


watch_changed(_collect_changed)
watch_rows(_collect_rows)


@event.listens_for(Session, "after_transaction_create")
def _mark(current: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        _of(current.work).mark(id(transaction))


@event.listens_for(Session, "after_soft_rollback")
def _rewind(current: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        _of(current.work).rewind(id(transaction))
