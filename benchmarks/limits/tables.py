"""Copy a table of Trellis into plain types: same columns, keys and indexes, without the kernel."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator, TypeEngine

from kernel.entities.types import Instant, Json

PRAGMAS = ("foreign_keys=ON", "journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536", "temp_store=MEMORY")


def plain_copy(table: sa.Table, metadata: sa.MetaData, *, own_ids: bool) -> sa.Table:
    """Return an equal table without foreign keys, since what they point to is not there.

    `own_ids` lets the database give the ids, as a plain application would; else they come with the rows.
    """
    columns = [
        sa.Column(
            column.name,
            _plain_type(column.type),
            primary_key=column.primary_key,
            nullable=column.nullable,
            autoincrement=own_ids if column.primary_key else False,
        )
        for column in table.columns
    ]
    copy = sa.Table(table.name, metadata, *columns)
    for index in table.indexes:
        names = [column.name for column in index.columns]
        sa.Index(f"plain_{index.name}"[:60], *(copy.c[name] for name in names))
    return copy


def plain_engine(url: str) -> sa.Engine:
    """Open a database the way a careful plain application does: WAL on SQLite, psycopg on PostgreSQL."""
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":

        @sa.event.listens_for(engine, "connect")
        def _set_up(connection: sa.engine.interfaces.DBAPIConnection, record: object) -> None:
            cursor = connection.cursor()
            for pragma in PRAGMAS:
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

    return engine


def _plain_type(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Take the database's own type for moments and JSON; exact numbers stay exact: equal rows."""
    if isinstance(kind, Instant):
        return sa.DateTime(timezone=True)
    if isinstance(kind, Json):
        return sa.JSON()
    return kind.copy() if isinstance(kind, TypeDecorator) else kind
