"""Ask in sets: how invariants read tables and name records."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Table, cast, func, inspect, select
from sqlalchemy import Text as LongText

from kernel.entities.base import Base, Entity, entities
from kernel.entities.work import current_work
from kernel.i18n import Text
from kernel.registry.checks import Finding

__all__ = ["SHOWN", "ask", "entity_tables", "findings", "name_column", "name_of", "table_named", "tables"]

SHOWN = 1000
"""Findings told per question; more of the same kind would help nobody."""


def ask(statement: Any) -> Iterator[Any]:
    """Run a SELECT as the kernel."""
    yield from current_work().connection.execute(statement)


def tables() -> list[Table]:
    """List the mapped tables that are there; which ones are missing is the schema's invariant."""
    there = set(inspect(current_work().connection).get_table_names())
    return [table for table in Base.metadata.sorted_tables if table.name in there]


def table_named(name: str) -> Table:
    """Give a mapped table."""
    return Base.metadata.tables[name]


def entity_tables() -> Iterator[tuple[type[Entity], Table]]:
    """Give every entity with its table, where that is there."""
    there = {table.name: table for table in tables()}
    for cls in entities().values():
        if cls.__tablename__ in there:
            yield cls, there[cls.__tablename__]


def name_column(table: Table) -> ColumnElement[str]:
    """Give what names a row for people: its number, else its title, else its key."""
    cls = next((each for each in entities().values() if each.__tablename__ == table.name), None)
    key = next(iter(table.primary_key.columns))
    if cls is None:
        return cast(key, LongText)
    serial = next((field.column for field in cls.__fields__.values() if field.kind == "serial"), None)
    title = cls.__fields__.get(cls.__title__)
    column = serial or (title.column if title and title.kind in ("text", "choice") else None)
    return func.coalesce(cast(table.c[column], LongText), cast(key, LongText)) if column else cast(key, LongText)


def name_of(table: Table) -> str:
    """Name a table as people know it: its entity, else itself."""
    return next((each.__entity__ for each in entities().values() if each.__tablename__ == table.name), table.name)


def findings(table: Table, condition: ColumnElement[bool], message: Text, *joins: Any) -> Iterable[Finding]:
    """Give a finding for each row of a table for which a condition holds."""
    source: Any = table
    for target, on in joins:
        source = source.outerjoin(target, on)
    statement = select(name_column(table)).select_from(source).where(condition).limit(SHOWN)
    for (name,) in ask(statement):
        yield Finding(name_of(table), str(name), message)
