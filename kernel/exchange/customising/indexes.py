"""Indexes over custom fields, which whoever runs the installation makes: no request changes the schema.

An index is over the very expression by which filters read a field's value, so it is used without anybody naming it.
Where its entity's table goes, it goes too. None of these functions is called within a unit of work: on PostgreSQL an
index that is made beside the work of others waits for all that is open.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, literal_column
from sqlalchemy.exc import DBAPIError

from kernel.entities.base import Entity, entities
from kernel.entities.custom.definitions import Definition, customised
from kernel.entities.custom.stored import column_of
from kernel.entities.database import Database
from kernel.entities.work import SYSTEM, unit_of_work
from kernel.errors import Invalid, NotFound, Problem
from kernel.i18n import _

__all__ = ["FieldIndex", "drop_index", "field_indexes", "make_index"]

MARK = "cx_"
"""What the names of these indexes begin with."""
UNINDEXED = ("note", "table")
"""Kinds of values that are too long to be compared as a whole."""
LONGEST_NAME = 63


@dataclass(frozen=True, slots=True)
class FieldIndex:
    """An index there is: of which field, in which table; `removed` where the field is no longer in use."""

    name: str
    table: str
    entity: str
    code: str
    removed: bool = False


def make_index(database: Database, cls: type[Entity], code: str) -> str:
    """Make the index of a custom field, while people go on working on PostgreSQL; gives its name.

    One that is there already is left as it is. Raises NotFound without such a field, Invalid for a kind of value that
    no index is made of.
    """
    with unit_of_work(SYSTEM, reading=True, database=database):
        definition = _definition(cls, code)
    if definition.field.kind in UNINDEXED:
        raise Invalid([Problem(code, _("A field of the kind {kind} can't be indexed", kind=definition.kind), "KIND")])
    name, table = _name(cls, code), cls.__tablename__
    with _schema_connection(database) as connection:
        if name in _there(connection):
            return name
        lock = "" if database.is_sqlite else " CONCURRENTLY"
        try:
            connection.exec_driver_sql(f'CREATE INDEX{lock} "{name}" ON "{table}" (({_read(connection, definition)}))')
        except DBAPIError:
            if lock:  # PostgreSQL leaves what it began
                connection.exec_driver_sql(f'DROP INDEX IF EXISTS "{name}"')
            raise
        connection.exec_driver_sql(f'ANALYZE "{table}"')
        connection.commit()
    return name


def drop_index(database: Database, cls: type[Entity], code: str) -> str:
    """Drop the index of a custom field, in use or removed; raises NotFound where there is none."""
    name = _name(cls, code)
    with _schema_connection(database) as connection:
        if name not in _there(connection):
            raise NotFound("NO_INDEX", _("There is no index of {field}", field=f"{cls.__entity__} {code}"),
                           fix=_("See which there are: trellis custom index"))
        lock = "" if database.is_sqlite else " CONCURRENTLY"
        connection.exec_driver_sql(f'DROP INDEX{lock} "{name}"')
        connection.commit()
    return name


def field_indexes(database: Database) -> list[FieldIndex]:
    """List the indexes over custom fields there are."""
    with unit_of_work(SYSTEM, reading=True, database=database):
        known = {
            _name(cls, code): (name, code) for name, some in customised().every.items()
            if (cls := entities().get(name)) is not None for code in some}
        used = {(name, code) for name, some in customised().definitions.items() for code in some}
    with database.connect(reading=True) as connection:
        there = _there(connection)
    return [
        FieldIndex(index, table, *known[index], removed=known[index] not in used) if index in known
        else FieldIndex(index, table, "", "", removed=True) for index, table in sorted(there.items())]


def _definition(cls: type[Entity], code: str) -> Definition:
    found = customised().definitions.get(cls.__entity__, {}).get(code)
    if found is None:
        raise NotFound("NO_SUCH_FIELD", _("There is no custom field {code}", code=code))
    return found


def _name(cls: type[Entity], code: str) -> str:
    """Name an index by its table and field; a name too long for PostgreSQL ends in a hash of the whole."""
    name = f"{MARK}{cls.__tablename__}_{code}"
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[:LONGEST_NAME - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _read(connection: Connection, definition: Definition) -> str:
    """Write the expression by which filters read a field, as the database at hand has it."""
    row: Any = SimpleNamespace(custom=literal_column("custom"))
    return str(column_of(row, definition.field).compile(dialect=connection.dialect))


def _there(connection: Connection) -> Mapping[str, str]:
    """Give the tables of the indexes over custom fields, by name."""
    asked = ("SELECT name, tbl_name FROM sqlite_master WHERE type = 'index' AND substr(name, 1, 3) = 'cx_'"
             if connection.dialect.name == "sqlite" else
             "SELECT indexname, tablename FROM pg_indexes WHERE left(indexname, 3) = 'cx_'"
             " AND schemaname = current_schema()")
    return {name: table for name, table in connection.exec_driver_sql(asked)}  # noqa: C416  # rows are no pairs to mypy


def _schema_connection(database: Database) -> Connection:
    """Open a connection on which an index is made: outside of a transaction where people go on writing meanwhile."""
    connection = database.connect()
    return connection if database.is_sqlite else connection.execution_options(isolation_level="AUTOCOMMIT")
