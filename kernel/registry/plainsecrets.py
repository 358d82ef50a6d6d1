"""Seal what lies plain in columns of secrets: rows of an earlier version, or of a backup that one wrote."""

import structlog
from sqlalchemy import Column, Connection, String, Table, select, type_coerce, update

from kernel.entities.base import Base
from kernel.entities.database import Database
from kernel.entities.types import Sealed
from kernel.sealing import SEALED, Secret

__all__ = ["seal_plain_secrets"]

log = structlog.get_logger("trellis.registry")


def seal_plain_secrets(database: Database) -> int:
    """Seal every secret of the database that isn't yet; gives how many there were. Two processes may do it at once."""
    columns = [(table, column) for table in Base.metadata.sorted_tables for column in table.columns
               if isinstance(column.type, Sealed)]
    with database.connect(reading=True) as connection:
        plain = [each for each in columns if _plain_in(connection, *each)]
    if not plain:
        return 0
    with database.connect() as connection:
        sealed = sum(_seal(connection, table, column) for table, column in plain)
        connection.commit()
    log.info("secrets.sealed", count=sealed)
    return sealed


def _plain_in(connection: Connection, table: Table, column: Column[Secret]) -> list[str]:
    text = type_coerce(column, String())
    return list(connection.scalars(
        select(text).select_from(table).where(text != "", ~text.startswith(SEALED)).distinct()))


def _seal(connection: Connection, table: Table, column: Column[Secret]) -> int:
    text = type_coerce(column, String())
    return sum(
        connection.execute(update(table).where(text == plain).values({column.name: Secret.of(plain)})).rowcount
        for plain in _plain_in(connection, table, column))
