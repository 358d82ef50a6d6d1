"""Notice at start when a database's schema is not what the plugins made and want, and mend it on demand."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from alembic.operations import ops
from sqlalchemy import Connection

from kernel.entities.database import Database
from kernel.errors import Refusal
from kernel.i18n import _
from kernel.registry.catalogue import fingerprint, snapshot
from kernel.registry.differences import apply, describe, migration_between, steps_of
from kernel.registry.loading import tables_of
from kernel.registry.migrating import schema_work
from kernel.registry.state import Installed, read_states, reseal, seal
from kernel.search.schema import make_full_text

__all__ = ["Drift", "demand_no_drift", "find_drift", "mend"]

log = structlog.get_logger("trellis.registry")


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference between a table and what its plugin wants."""

    plugin: str
    table: str
    what: str
    harmless: bool
    """Somebody added an index: noted, not refused."""


def find_drift(connection: Connection, names: Mapping[str, Installed]) -> list[Drift]:
    """Compare the tables of loaded plugins with the database, each difference with its plugin."""
    owner = {table: name for name, state in names.items() for table in (*state.tables, *tables_of(name))}
    script = migration_between(connection, set(owner))
    found = []
    for step in steps_of(script.upgrade_ops.ops if script.upgrade_ops else ()):
        table, what = describe(step)
        found.append(Drift(owner.get(table, "kernel"), table, what, isinstance(step, ops.DropIndexOp)))
    return found


def demand_no_drift(database: Database) -> None:
    """Raise Refusal where the schema differs from what was installed, naming plugin, table and the mending command.

    Costs one look at the catalogue; the full comparison runs only where that differs from the last known state.
    """
    with database.connect(reading=True) as connection:
        states = read_states(connection)
        tables = [table for state in states.values() for table in state.tables]
        if fingerprint(snapshot(connection), tables) == states["kernel"].fingerprint:
            return
        found = find_drift(connection, states)
    for each in found:
        if each.harmless:
            log.warning("schema.differs", plugin=each.plugin, table=each.table, what=each.what)
    serious = [each for each in found if not each.harmless]
    if serious:
        names = sorted({each.plugin for each in serious})
        detail = "; ".join(f"{each.table} {each.what}" for each in serious[:6])
        more = f" (+{len(serious) - 6})" if len(serious) > 6 else ""
        raise Refusal(
            "SCHEMA_DRIFT",
            _("The database is not as {plugins} made it: {detail}", plugins=", ".join(names), detail=detail + more),
            fix=_("Mend it with: trellis plugin upgrade {names} --mend", names=" ".join(names)))
    with database.connect() as connection, connection.begin():
        reseal(connection)


def mend(database: Database, names: list[str]) -> list[Drift]:
    """Bring the tables of plugins to what their models want, and say what was different.

    Unknown columns and tables are dropped with what is in them: show `find_drift` to a person first.
    """
    with schema_work(database) as current:
        connection = current.work.connection
        states = {name: state for name, state in read_states(connection).items() if name in names}
        found = [each for each in find_drift(connection, states) if not each.harmless]
        tables = {table for name, state in states.items() for table in (*state.tables, *tables_of(name))}
        script = migration_between(connection, tables)
        if script.upgrade_ops is not None:
            apply(connection, script.upgrade_ops)
        if "kernel" in states:
            make_full_text(connection)
        seal()
    return found
