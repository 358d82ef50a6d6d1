"""Columns in a form that outlives the code that declared them: `exact:6`, `instant`, `json`, `integer`, ..."""

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import Boolean, Column, Date, DateTime, Float, Integer, LargeBinary, MetaData, Numeric, String, Table
from sqlalchemy.types import TypeEngine

from kernel.entities.types import Exact, Id, Instant, Json

__all__ = ["from_json", "kind_of", "lean_table", "to_json"]


def kind_of(type_: TypeEngine[Any]) -> str:
    """Name the kind of a column type."""
    if isinstance(type_, Exact):
        return f"exact:{type_.scale}"
    named: tuple[tuple[type, str], ...] = (
        (Instant, "instant"), (Json, "json"), (Boolean, "boolean"), (Integer, "integer"), (DateTime, "datetime"),
        (Date, "date"), (Float, "float"), (Numeric, "numeric"), (LargeBinary, "bytes"))
    return next((kind for cls, kind in named if isinstance(type_, cls)), "text")


def _type_of(kind: str) -> TypeEngine[Any]:
    if kind.startswith("exact:"):
        return Exact(int(kind.removeprefix("exact:")))
    known: dict[str, TypeEngine[Any]] = {
        "instant": Instant(), "json": Json(), "boolean": Boolean(), "integer": Id, "datetime": DateTime(),
        "date": Date(), "float": Float(), "numeric": Numeric(), "bytes": LargeBinary()}
    return known.get(kind, String())


def lean_table(name: str, columns: dict[str, str]) -> Table:
    """Make a table to read and write rows with, from nothing but its columns' kinds."""
    return Table(name, MetaData(), *(Column(column, _type_of(kind)) for column, kind in columns.items()))


def to_json(value: object) -> object:
    """Give a column's value as JSON can hold it."""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.hex() if isinstance(value, bytes) else value


def from_json(value: Any, kind: str) -> object:
    """Give back a column's value from what `to_json` made of it."""
    if value is None or kind in ("json", "boolean", "integer", "float", "text"):
        return value
    if kind.startswith("exact:") or kind == "numeric":
        return Decimal(value)
    if kind in ("instant", "datetime"):
        return dt.datetime.fromisoformat(value)
    return dt.date.fromisoformat(value) if kind == "date" else bytes.fromhex(value)
