"""Put what is due into the index, part by part, and say what is."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Table, delete, insert, inspect, or_, select, update

from kernel.entities.database import Database
from kernel.entities.remembered import Remembered, raise_generation
from kernel.entities.work import UnitOfWork, current_work, unit_of_work
from kernel.search.collecting import LAST, become_due, put_rows, read_values
from kernel.search.models import SearchDue, SearchRow, SearchState
from kernel.search.parts import Indexed, indexed_kinds
from kernel.search.schema import make_full_text

__all__ = ["PART", "Due", "Filled", "all_due", "catch_up", "due", "fill_some", "notice_changed_kinds", "tables_due"]

PART = 1000
"""How many records are indexed in one transaction: so long they are kept from being changed."""

STATES = "search_states"
_states: Remembered[None, dict[str, str]] = Remembered(STATES)
_rows = cast(Table, SearchRow.__table__)
_state = cast(Table, SearchState.__table__)
_due = cast(Table, SearchDue.__table__)


@dataclass(frozen=True, slots=True)
class Due:
    """Records of an entity, from an id to an id, that the index can't be asked about yet."""

    entity: str
    first: int = 0
    last: int = LAST


def due() -> list[Due]:
    """List what is due: ranges of records, and whole entities that stand in the index as they no more should."""
    kinds = indexed_kinds()
    connection = current_work().connection
    ranges = [Due(*row) for row in connection.execute(select(_due.c.entity, _due.c.first, _due.c.last))
              if row.entity in kinds]
    return [*(Due(name) for name in _outdated(kinds)), *ranges]


def _outdated(kinds: Mapping[str, Indexed]) -> list[str]:
    states = _states.get(None, _read_states)
    return [name for name, how in kinds.items() if states.get(name) != how.state]


def _read_states() -> dict[str, str]:
    rows = current_work().connection.execute(select(_state.c.entity, _state.c.parts))
    return {row.entity: row.parts for row in rows}


def catch_up(database: Database | None = None) -> int:
    """Index all that is due, part by part, each in a unit of work of its own; say how many records that were."""
    with unit_of_work(database=database):
        notice_changed_kinds(soon=False)
    count = 0
    while True:
        with unit_of_work(database=database):
            filled = fill_some()
        if filled is None:
            return count
        count += filled.records


def notice_changed_kinds(*, soon: bool = True) -> int:
    """Let all records become due of entities whose searchable fields, or who may see them, changed; say how many.

    `soon` leaves them to a job after the commit.
    """
    kinds = indexed_kinds()
    work = current_work()
    outdated = _outdated(kinds)
    if outdated:
        there = set(inspect(work.connection).get_table_names())  # not those of a plugin that was but loaded
        outdated = [name for name in outdated if kinds[name].cls.__tablename__ in there]
    if outdated:
        work.connection.execute(delete(_state).where(_state.c.entity.in_(outdated)))
        work.connection.execute(insert(_state), [{"entity": name, "parts": kinds[name].state} for name in outdated])
        work.connection.execute(delete(_due).where(_due.c.entity.in_(outdated)))
        raise_generation(STATES)
        become_due(work, dict.fromkeys(outdated, (0, LAST)), soon=soon)
    return len(outdated)


def all_due() -> None:
    """Empty the index and let every record become due."""
    work = current_work()
    if work.database.is_sqlite:
        make_full_text(work.connection)
    for table in (_due, _state, _rows):
        work.connection.execute(delete(table))
    raise_generation(STATES)
    notice_changed_kinds(soon=False)


@dataclass(frozen=True, slots=True)
class Filled:
    """A part of what was due, done: how many records there were in it."""

    records: int


def tables_due(names: Iterable[str]) -> None:
    """Let all records of some tables become due: rows were put into them past the work that sees to the index."""
    kinds = {how.cls.__tablename__: name for name, how in indexed_kinds().items()}
    if found := [kinds[name] for name in names if name in kinds]:
        become_due(current_work(), dict.fromkeys(found, (0, LAST)), soon=False)


def fill_some(most: int = PART) -> Filled | None:
    """Index up to so many records of those that are due; None where nothing is due any more."""
    work = current_work()
    found = work.connection.execute(
        select(_due.c.id, _due.c.entity, _due.c.first, _due.c.last).order_by(_due.c.id).limit(1)
        .with_for_update(skip_locked=True)).first()
    if found is None:
        return None
    how = indexed_kinds().get(found.entity)
    ids: Sequence[int] = []
    if how is not None:
        table = cast(Table, how.cls.__table__)
        ids = work.connection.scalars(
            select(table.c.id).where(table.c.id.between(found.first, found.last)).order_by(table.c.id)
            .limit(most)).all()
    whole = len(ids) < most
    last = found.last if whole else ids[-1]
    if how is not None:
        _index(work, how, found.first, last, ids)
    if whole:
        work.connection.execute(delete(_due).where(_due.c.id == found.id))
    else:
        work.connection.execute(update(_due).where(_due.c.id == found.id).values(first=last + 1))
    return Filled(len(ids))


def _index(work: UnitOfWork, how: Indexed, first: int, last: int, ids: Collection[int]) -> None:
    """Write the rows of an entity's records anew: of those with these ids, and of none that is gone by now.

    What came in meanwhile between the first and the last has been indexed by those who wrote it, and stays.
    """
    table = cast(Table, how.cls.__table__)
    values = read_values(work, how, ids)
    there = select(table.c.id).where(table.c.id.between(first, last))
    work.connection.execute(delete(_rows).where(
        _rows.c.record_id.between(first, last), _rows.c.entity == how.cls.__entity__,
        or_(_rows.c.record_id.in_(list(values)), _rows.c.record_id.not_in(there))))
    put_rows(work, [row for id_, each in values.items() for row in how.rows(id_, each)])
