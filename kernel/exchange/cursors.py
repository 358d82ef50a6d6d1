"""Page by key: where a page ends is where the next begins, however many rows come and go meanwhile."""

import base64
import binascii
import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, false, or_

from kernel.entities.fields import Field
from kernel.errors import Invalid, Problem
from kernel.exchange.values import json_value
from kernel.i18n import _

__all__ = ["Key", "Mark", "after", "ordered", "pack", "unpack"]


@dataclass(frozen=True, slots=True)
class Key:
    """One column of a sort order. Empty values come last, whichever the direction and the database."""

    field: Field
    column: Any
    descending: bool = False
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Mark:
    """A place between two rows: the sort values of the row beside it, and the way to read on."""

    values: tuple[Any, ...]
    backwards: bool = False


def ordered(keys: Sequence[Key], *, backwards: bool) -> list[Any]:
    """Give the ORDER BY of keys, or its exact reverse."""
    clauses = []
    for key in keys:
        clause = key.column.desc() if key.descending != backwards else key.column.asc()
        if key.nullable:
            clause = clause.nulls_first() if backwards else clause.nulls_last()
        clauses.append(clause)
    return clauses


def after(keys: Sequence[Key], mark: Mark) -> ColumnElement[bool]:
    """Say which rows lie beyond a mark, in the direction it reads."""
    choices: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for key, value in zip(keys, mark.values, strict=True):
        choices.append(and_(*same, _beyond(key, value, mark.backwards)))
        same.append(key.column.is_(None) if value is None else key.column == value)
    lead = keys[0]
    clause = or_(*choices)
    if not lead.nullable:  # the same said so that an index on the first column can start there
        first = _bound(lead, mark.values[0])
        bound = lead.column <= first if lead.descending != mark.backwards else lead.column >= first
        clause = and_(bound, clause)
    return clause


def _beyond(key: Key, value: Any, backwards: bool) -> ColumnElement[bool]:
    if value is None:
        return key.column.is_not(None) if backwards else false()
    bound = _bound(key, value)
    further = key.column < bound if key.descending != backwards else key.column > bound
    if key.nullable and not backwards:
        return or_(further, key.column.is_(None))
    return further  # type: ignore[no-any-return]  # columns are untyped here


def _bound(key: Key, value: Any) -> BindParameter[Any]:
    return bindparam(None, value, type_=key.column.type, unique=True)


def pack(keys: Sequence[Key], mark: Mark, question: str) -> str:
    """Write a mark as an opaque cursor that fits only the list it came from."""
    values = [
        None if value is None else json_value(key.field, value)
        for key, value in zip(keys, mark.values, strict=True)]
    body = orjson.dumps([int(mark.backwards), *values])
    return base64.urlsafe_b64encode(_seal(body, question) + body).decode().rstrip("=")


def unpack(keys: Sequence[Key], cursor: str, question: str) -> Mark:
    """Read a cursor back. Raises Invalid for one that was changed or belongs to another list."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        seal, body = raw[:6], raw[6:]
        if seal != _seal(body, question):
            raise ValueError(cursor)
        backwards, *values = orjson.loads(body)
        marks = tuple(_stored(key.field, value) for key, value in zip(keys, values, strict=True))
    except (ValueError, TypeError, ArithmeticError, binascii.Error) as error:
        raise Invalid([Problem("cursor", _("This cursor belongs to another list; begin again without one"),
                               "CURSOR")]) from error
    return Mark(marks, bool(backwards))


_PLAIN: dict[str, type] = {"integer": int, "link": int, "boolean": bool}


def _stored(field: Field, value: Any) -> Any:
    """Read a value as it was stored, untrimmed and unrounded. Raises ValueError, TypeError or ArithmeticError."""
    if value is None:
        return None
    match field.kind:
        case "money" | "quantity" | "percent":
            return Decimal(value)
        case "date":
            return dt.date.fromisoformat(value)
        case "instant":
            return dt.datetime.fromisoformat(value).astimezone(dt.UTC)
    if not isinstance(value, _PLAIN.get(field.kind, str)):
        raise TypeError(value)
    return value


def _seal(body: bytes, question: str) -> bytes:
    return hashlib.blake2b(body + question.encode(), digest_size=6).digest()
