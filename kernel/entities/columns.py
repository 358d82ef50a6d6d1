"""Write columns of values at the driver's own speed: one executemany on SQLite, COPY on PostgreSQL.

The types of the columns still decide how a value is stored (exact decimals, UTC instants, JSON); what is left out is
the per-row work of a general insert.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import repeat
from typing import Any

import orjson
from sqlalchemy import Connection, Date, Integer, LargeBinary, Table
from sqlalchemy.exc import DBAPIError

from kernel.entities.types import Exact, Json, plain

__all__ = ["ColumnInsert", "Encoded", "Same"]


@dataclass(frozen=True, slots=True)
class Same:
    """One value for all rows."""

    value: object


@dataclass(frozen=True, slots=True)
class Encoded:
    """Values that went through `ColumnInsert.encoder` already."""

    values: Sequence[Any]


Column = Sequence[Any] | Same | Encoded


class ColumnInsert:
    """Insert rows given as columns into one table."""

    def __init__(self, connection: Connection, table: Table) -> None:
        self._connection = connection
        self._table = table
        self._copies = connection.dialect.name == "postgresql"

    def encoder(self, name: str) -> Callable[[Any], Any]:
        """Give the function that turns a column's values into what the driver takes.

        It raises ValueError for a value that the column can't hold.
        """
        type_ = self._table.c[name].type
        dialect = self._connection.dialect
        if self._copies and isinstance(type_, Json):
            return _copied_json
        if isinstance(type_, LargeBinary):
            return _copied if self._copies else _as_it_is
        bind: Any = type_.dialect_impl(dialect).bind_processor(dialect)
        if not self._copies:
            return bind or _as_it_is
        if isinstance(type_, Exact):
            return lambda value: "\\N" if value is None else format(bind(value), "f")
        if bind is None:
            return _copied_whole if isinstance(type_, Integer) else _copied_day if isinstance(type_, Date) else _copied
        return lambda value: _copied(bind(value))

    def write(self, columns: dict[str, Column], count: int) -> None:
        """Insert `count` rows; raises DBAPIError as a plain insert would."""
        ready = [self._ready(name, column, count) for name, column in columns.items()]
        quote = self._connection.dialect.identifier_preparer
        names = ", ".join(quote.quote(name) for name in columns)
        table = quote.format_table(self._table)
        if self._copies:
            self._copy(f"COPY {table} ({names}) FROM STDIN", ready)
        else:
            marks = ", ".join("?" * len(columns))
            self._connection.exec_driver_sql(
                f"INSERT INTO {table} ({names}) VALUES ({marks})", list(zip(*ready, strict=False)))  # noqa: S608  # names of the mapped table, no input

    def write_rows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows given as mappings with the same keys each."""
        self.write({name: [row[name] for row in rows] for name in rows[0]}, len(rows))

    def _ready(self, name: str, column: Column, count: int) -> Iterable[Any]:
        if isinstance(column, Encoded):
            return column.values
        encode = self.encoder(name)
        if isinstance(column, Same):
            return repeat(encode(column.value), count)
        return column if encode is _as_it_is else map(encode, column)

    def _copy(self, statement: str, columns: list[Iterable[str]]) -> None:
        data = "\n".join(map("\t".join, zip(*columns, strict=False)))
        driver: Any = self._connection.connection.driver_connection
        dialect = self._connection.dialect
        try:
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                copy.write(data)
        except dialect.loaded_dbapi.Error as error:
            raise DBAPIError.instance(
                statement, None, error, dialect.loaded_dbapi.Error, dialect=dialect) from error


def _as_it_is(value: Any) -> Any:
    return value


_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _copied(value: Any) -> str:
    """Write a value in the text format of PostgreSQL's COPY."""
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(_ESCAPED)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    return str(value)


def _copied_whole(value: int | None) -> str:
    return "\\N" if value is None else str(value)


def _copied_day(value: dt.date | None) -> str:
    return "\\N" if value is None else value.isoformat()


def _copied_json(value: Any) -> str:
    return "\\N" if value is None else orjson.dumps(value, default=plain).decode().translate(_ESCAPED)
