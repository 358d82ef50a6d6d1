"""Write changed records in one statement per kind of change, versions checked, where SQLAlchemy would send one each.

Relies on private methods of SQLAlchemy's that a flush itself ends with (`_commit_all`, `_register_altered`); its
version is pinned, and tests/kernel/entities/test_changes.py proves what they are for.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Update, bindparam, inspect, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from kernel.entities.base import Entity

__all__ = ["write_changes"]


def write_changes(
    current: Session, connection: Connection, dirty: Sequence[Entity]
) -> list[tuple[Entity, Mapping[str, list[Any]]]]:
    """Write what changed of records; gives those written, with `{name: [old, new]}`. The others are the flush's.

    Only records of which nothing but columns changed, by plain values. Raises StaleDataError where somebody else
    changed one meanwhile.
    """
    groups: dict[tuple[type[Entity], tuple[str, ...]], list[tuple[Entity, Mapping[str, list[Any]]]]] = {}
    for record in dirty:
        changes = _plain_changes(record)
        if changes:
            groups.setdefault((type(record), tuple(sorted(changes))), []).append((record, changes))
    states: list[Any] = []
    for (cls, names), group in groups.items():
        rows = [
            {"b_id": record.id, "b_version": record.version, "version": record.version + 1,
             **{name: changes[name][1] for name in names}} for record, changes in group]
        result = connection.execute(_statement(cls, names), rows if len(rows) > 1 else rows[0])
        if result.rowcount != len(rows):
            raise StaleDataError(f"{len(rows)} {cls.__entity__} were to be changed, {result.rowcount} were as loaded")
        for record, _changes in group:
            state: Any = inspect(record)
            state.dict["version"] += 1
            state._commit_all(state.dict, current.identity_map)
            states.append(state)
    current._register_altered(states)  # so that a savepoint's rollback loads them anew
    return [each for group in groups.values() for each in group]


def _plain_changes(record: Entity) -> Mapping[str, list[Any]] | None:
    """Give a record's changes as `{name: [old, new]}`; None where they are more than columns with plain values."""
    state: Any = inspect(record)
    if state._pending_mutations:
        return None
    columns, values = _columns(type(record)), state.dict
    changes = {}
    for name, old in state.committed_state.items():
        new = values.get(name)
        if name not in columns or hasattr(new, "__clause_element__"):
            return None
        unset = type(old).__name__ == "LoaderCallableStatus"
        if unset or (new is not old and new != old):
            changes[name] = [None if unset else old, new]
    return changes


@lru_cache(maxsize=500)
def _columns(cls: type[Entity]) -> frozenset[str]:
    return frozenset(attribute.key for attribute in inspect(cls).column_attrs) - {"id", "version"}


@lru_cache(maxsize=2000)
def _statement(cls: type[Entity], names: tuple[str, ...]) -> Update:
    table: Any = cls.__table__
    return update(table).where(
        table.c.id == bindparam("b_id"), table.c.version == bindparam("b_version"),
    ).values({name: bindparam(name, type_=table.c[name].type) for name in (*names, "version")})
