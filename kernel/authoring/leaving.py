"""Install a plugin, use nothing of it, uninstall it: the database is what it was before, to the letter."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, inspect, select, text
from sqlalchemy import table as quoted

from kernel.authoring.faults import Finding
from kernel.authoring.places import Places
from kernel.entities.database import Database
from kernel.registry.catalogue import snapshot
from kernel.registry.installing import install
from kernel.registry.uninstalling import uninstall
from kernel.search.filling import catch_up
from kernel.search.models import SearchRow
from kernel.search.schema import FULL_TEXT

__all__ = ["State", "find_traces", "state_of"]

MOVING = frozenset({"kernel_id_counter", "kernel_generation"})
"""Tables that only ever count up."""
USED = frozenset({"fingerprint", "changed_at", "version"})
"""Columns of a row that tell it was in use."""

State = dict[str, tuple[str, ...]]


def state_of(database: Database) -> State:
    """Give all that a database holds: each table's definition, and its rows but for what only counts up.

    The search index is brought up to date first; it has the same words under other ids whenever it is made anew.
    """
    catch_up(database)
    with database.connect(reading=True) as connection:
        found: State = {f"table {name}": tuple(sorted(lines)) for name, lines in snapshot(connection).items()}
        for name in inspect(connection).get_table_names():
            if name not in MOVING and not name.startswith(FULL_TEXT):
                found[f"rows of {name}"] = _rows(connection, name)
    return found


def _rows(connection: Connection, table: str) -> tuple[str, ...]:
    rows = connection.execute(select(text("*")).select_from(quoted(table))).mappings()
    left_out = USED | {"id"} if table == SearchRow.__tablename__ else USED
    return tuple(sorted(str({key: value for key, value in row.items() if key not in left_out}) for row in rows))


def find_traces(plugin: str, database: Database, archives: Path, before: State, places: Places) -> Iterator[Finding]:
    """Uninstall a plugin, install it anew, uninstall it again; find what either leaves behind."""
    for again in (False, True):
        if again:
            install([plugin], database=database)
        uninstall([plugin], archives=archives, database=database)
        left = list(_differences(before, state_of(database)))
        if left:
            yield from (Finding(*places.manifest, "UNINSTALL_TRACE", f"uninstalling leaves {words}") for words in left)
            return


def _differences(before: State, after: State) -> Iterator[str]:
    for name in sorted({*before, *after}):
        words = _left(before.get(name, ()), after.get(name, ()))
        if words or (name in before) != (name in after):
            yield f"{name} changed{words}"


def _left(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    more = [line for line in after if line not in before]
    gone = [line for line in before if line not in after]
    parts = ([f"{len(more)} more: {more[0][:160]}"] if more else []) + (
        [f"{len(gone)} gone: {gone[0][:160]}"] if gone else [])
    return f" ({'; '.join(parts)})" if parts else ""
