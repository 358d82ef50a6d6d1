"""How the value of a custom field is kept in its record's JSON, and read back in Python and in SQL.

Decimals are text with all six places ("1250.500000"), dates and instants ISO text in UTC, links ids: so they compare
as what they are on SQLite and PostgreSQL alike, and nothing passes through a float.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import Boolean, ColumnElement, Date, String, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import type_coerce
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from kernel.entities.fields import Field
from kernel.entities.types import DECIMALS, Exact, Id, Instant, Json

__all__ = ["MOST_LINES", "code_of", "column_of", "from_json", "to_json"]

LARGEST = Decimal(10) ** 12
MOST_LINES = 500
"""How many lines a sub-table may have: they are kept with their record, and read with it."""
_STEP = Decimal(1).scaleb(-DECIMALS)


def code_of(field: Field) -> str:
    """Give the key of a custom field in the JSON: its name."""
    return field.name


def _exact(value: object) -> str:
    number = Exact().coerce(value)
    if abs(number) >= LARGEST:
        raise ValueError(f"{value} is too large to be stored")
    return format(number.quantize(_STEP), "f")


def _text(value: object) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError(f"a text is wanted, not {type(value).__name__}")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"yes or no is wanted, not {value!r}")
    return value


def _date(value: object) -> str:
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise ValueError(f"a date is wanted, not {value!r}")
    return value.isoformat()


def _instant(value: object) -> str:
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        raise ValueError(f"a moment with its time zone is wanted, not {value!r}")
    return value.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00:00")


def _id(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**53:
        raise ValueError(f"an id is wanted, not {value!r}")
    return value


class _Read(FunctionElement[Any]):
    """The value of a key of a JSON column; its class says as what."""

    inherit_cache = True
    name = "custom_value"
    sqlite: ClassVar[str] = "json_extract({column}, '$.{code}')"
    postgresql: ClassVar[str] = "({column} ->> '{code}')"


class _ReadText(_Read):
    inherit_cache = True


class _ReadExact(_Read):
    """The point taken out of a text of six places leaves the whole number that an exact column has on SQLite."""

    inherit_cache = True
    sqlite = "CAST(replace(json_extract({column}, '$.{code}'), '.', '') AS INTEGER)"
    postgresql = f"({{column}} ->> '{{code}}')::numeric(24, {DECIMALS})"


class _ReadFlag(_Read):
    inherit_cache = True
    sqlite = "coalesce(json_extract({column}, '$.{code}'), 0)"
    postgresql = "coalesce(({column} ->> '{code}')::boolean, false)"


class _ReadDate(_Read):
    inherit_cache = True
    # Made of its parts: a cast of text goes by the session's settings, so no index could be over it.
    postgresql = ("make_date(substr({column} ->> '{code}', 1, 4)::int, substr({column} ->> '{code}', 6, 2)::int, "
                  "substr({column} ->> '{code}', 9, 2)::int)")


class _ReadInstant(_Read):
    inherit_cache = True
    sqlite = "substr(json_extract({column}, '$.{code}'), 1, 26)"
    postgresql = ("timezone('UTC', make_timestamp(substr({column} ->> '{code}', 1, 4)::int, "
                  "substr({column} ->> '{code}', 6, 2)::int, substr({column} ->> '{code}', 9, 2)::int, "
                  "substr({column} ->> '{code}', 12, 2)::int, substr({column} ->> '{code}', 15, 2)::int, "
                  "substr({column} ->> '{code}', 18, 9)::float8))")


class _ReadTable(_Read):
    inherit_cache = True
    postgresql = "({column} -> '{code}')"


class _ReadId(_Read):
    inherit_cache = True
    postgresql = "({column} ->> '{code}')::bigint"


@compiles(_Read)
def _render(element: _Read, compiler: SQLCompiler, **kwargs: Any) -> str:
    column, code = (compiler.process(clause, **kwargs) for clause in element.clauses)
    form = element.sqlite if compiler.dialect.name == "sqlite" else element.postgresql
    return form.format(column=column, code=code)


@dataclass(frozen=True, slots=True)
class _Storage:
    write: Callable[[object], Any]
    read: Callable[[Any], Any]
    kind: TypeEngine[Any]
    sql: type[_Read]


def _as_it_is(value: Any) -> Any:
    return value


_TEXT = _Storage(_text, str, String(), _ReadText)
_EXACT = _Storage(_exact, Decimal, Exact(), _ReadExact)
_STORED: dict[str, _Storage] = {
    "text": _TEXT, "note": _TEXT, "choice": _TEXT, "quantity": _EXACT, "money": _EXACT, "percent": _EXACT,
    "boolean": _Storage(_flag, bool, Boolean(), _ReadFlag),
    "date": _Storage(_date, dt.date.fromisoformat, Date(), _ReadDate),
    "instant": _Storage(_instant, dt.datetime.fromisoformat, Instant(), _ReadInstant),
    "link": _Storage(_id, int, Id, _ReadId),
}


def to_json(field: Field, value: object) -> Any:
    """Write a value as the JSON keeps it; raises ValueError for one that is not of the field's kind."""
    if field.kind == "table":
        return _write_lines(field, value)
    return None if value is None else _STORED[field.kind].write(value)


def from_json(field: Field, stored: Any) -> Any:
    """Read a value that the JSON keeps; raises ValueError for what no field of the kind could have written."""
    if field.kind == "table":
        return _read_lines(field, stored)
    if stored is None:
        return None
    try:
        value = _STORED[field.kind].read(stored)
        if _STORED[field.kind].write(value) != stored:
            raise ValueError(stored)
    except (TypeError, ArithmeticError) as error:
        raise ValueError(stored) from error
    return value


def _write_lines(field: Field, value: object) -> Any:
    if value is None:
        return None
    if not isinstance(value, list | tuple) or len(value) > MOST_LINES:
        raise ValueError(f"a list of at most {MOST_LINES} lines is wanted")
    written = []
    for line in value:
        if not isinstance(line, dict) or not isinstance(line.get("id"), int):
            raise ValueError("a line is a mapping with an id")
        cells = {each.name: to_json(each, line.get(each.name)) for each in field.columns}
        written.append({"id": line["id"], **{name: cell for name, cell in cells.items() if cell is not None}})
    return written or None


def _read_lines(field: Field, stored: Any) -> list[dict[str, Any]]:
    """Read the lines of a sub-table: each its id and the values of the columns there are now."""
    if not isinstance(stored, list | None) or any(
            not isinstance(line, dict) or not isinstance(line.get("id"), int) for line in stored or ()):
        raise ValueError(stored)
    return [{"id": line["id"], **{each.name: _cell(each, line.get(each.name)) for each in field.columns}}
            for line in stored or ()]


def _cell(column: Field, stored: Any) -> Any:
    value = from_json(column, stored)
    return False if value is None and column.kind == "boolean" else value


def column_of(row: Any, field: Field) -> Any:
    """Give the SQL of a field's value, of an entity, a component or an alias: its column, or what reads its JSON.

    Of tags it is the id of the record that has them.
    """
    if field.kind == "tags":
        return row.id  # whose they are: they lie in a table of their own
    if not field.custom:
        return getattr(row, field.column)
    if field.kind == "table":
        lines: ColumnElement[Any] = _ReadTable(row.custom, literal_column(code_of(field)))
        return type_coerce(lines, Json())
    storage = _STORED[field.kind]
    value: ColumnElement[Any] = storage.sql(row.custom, literal_column(code_of(field)))
    return type_coerce(value, storage.kind)
