"""Rows to try a plugin with: any number of each entity, plausible by their types, linked each to another.

They are written past all rules, so they say nothing of what a plugin would let happen; they are there to count
statements, to open pages on, and to migrate tables that aren't empty. On SQLite alone, with its checks turned off.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Boolean, Connection, Date, String, Table, Text, event, select

from kernel.entities.base import Entity, entities
from kernel.entities.database import Database
from kernel.entities.extension import Extension
from kernel.entities.fields import Field
from kernel.entities.types import Exact, Instant, Json
from kernel.workflows.machine import workflow_of

__all__ = ["Samples", "filler", "unchecked"]

FIRST_ID = 8_000_000
APART = 100_000
"""Ids between the first samples of two entities."""
SPARED = frozenset({"kernel.company", "kernel.role"})
"""Entities of which an installation's own record is linked to: more of them would change what it is."""
DAY = dt.date(2026, 11, 2)
MOMENT = dt.datetime(2026, 11, 2, 8, tzinfo=dt.UTC)


class Samples:
    """The samples of some entities and of what they link to; `grow` makes them more."""

    def __init__(self, database: Database, chosen: Iterable[type[Entity]], company: int, user: int) -> None:
        self.database = database
        self.company = company
        self.user = user
        self.entities = _with_targets(chosen)
        self._count = 0
        self._there: dict[str, list[int]] = {}
        names = sorted(entities())
        self._first = {name: FIRST_ID + APART * place for place, name in enumerate(names)}

    def ids(self, cls: type[Entity]) -> list[int]:
        """Give the ids of an entity's samples."""
        return self._there.get(cls.__entity__, [])

    def grow(self, count: int) -> None:
        """Write samples until there are so many of each entity."""
        with unchecked(self.database) as connection:
            for cls in self.entities:
                rows = [self._row(cls, number) for number in range(self._count, count)]
                if rows:
                    _insert(connection, cast(Table, cls.__table__), rows)
                for component in cls.__components__.values():
                    added = [self._component(cls, component, number) for number in range(self._count, count)]
                    if added:
                        _insert(connection, cast(Table, component.__table__), added)
                key, first = cast(Table, cls.__table__).c.id, self._first[cls.__entity__]
                self._there[cls.__entity__] = list(connection.scalars(
                    select(key).where(key >= first, key < first + APART).order_by(key)))
        self._count = max(count, self._count)

    def _row(self, cls: type[Entity], number: int) -> dict[str, Any]:
        table = cast(Table, cls.__table__)
        shared = table.c.company_id.nullable and (cls.__company__ == "none" or bool(cls.__parent__))
        values = self._values(cls, number) | {
            "id": self._first[cls.__entity__] + number, "version": 1, "archived": False, "created_at": MOMENT,
            "created_by_id": self.user, "changed_at": MOMENT, "changed_by_id": self.user,
            "company_id": None if shared else self.company}
        if cls.__entity__ == "kernel.department":
            values["path"] = f"/{values['id']}/"
        if cls.__entity__ == "kernel.user":
            values["home_company_id"] = self.company
        return _kept(table, values)

    def _component(self, cls: type[Entity], component: type[Extension[Any]], number: int) -> dict[str, Any]:
        values = self._values(component, number) | {"row_id": self._first[cls.__entity__] + number, "version": 1}
        if component.__per_company__:
            values["company_id"] = self.company
        return _kept(cast(Table, component.__table__), values)

    def _values(self, cls: Any, number: int) -> dict[str, Any]:
        flow = workflow_of(cls) if issubclass(cls, Entity) else None
        found: dict[str, Any] = {}
        for each in cls.__fields__.values():
            if each.kind == "link":
                found[each.column] = self._target(cls, each, number)
            elif each.kind == "state":
                found[each.column] = flow.initial if flow else each.default
            elif each.kind == "choice":
                found[each.column] = each.choices[number % len(each.choices)].value if each.choices else each.default
            elif each.kind not in ("lines", "ref", "tags"):
                found[each.column] = _value(each, number)
        return found

    def _target(self, cls: Any, field: Field, number: int) -> int | None:
        """Link each row to another, but the lines all to the first document, so that one form has many."""
        target = field.target.__entity__
        if target == "kernel.company":
            return self.company
        if target in SPARED or field.target not in self.entities:
            return None
        if getattr(cls, "__parent__", None) == field.name:
            return self._first[target]
        if target == getattr(cls, "__entity__", ""):
            return None  # a tree would be a ring
        return self._first[target] + number


def _with_targets(chosen: Iterable[type[Entity]]) -> list[type[Entity]]:
    found: list[type[Entity]] = []
    waiting = list(chosen)
    while waiting:
        cls = waiting.pop()
        if cls in found or cls.__entity__ in SPARED:
            continue
        found.append(cls)
        for holder in (cls, *cls.__components__.values()):
            waiting += [each.target for each in holder.__fields__.values() if each.kind in ("link", "lines")]
    return sorted(found, key=lambda each: each.__entity__)


def _value(field: Field, number: int) -> object:
    if field.kind in ("text", "note", "serial"):
        if field.name in ("locale", "language"):
            return "en"
        if field.name in ("timezone", "zone"):
            return "UTC"
        return _words(field, number)
    if field.kind in ("integer", "money", "quantity", "percent"):
        if field.default is not None:
            return field.default
        return 1 + number % 7 if field.kind == "integer" else Decimal(1 + number % 7)
    if field.kind == "date":
        return DAY + dt.timedelta(days=number)
    if field.kind == "instant":
        return MOMENT + dt.timedelta(hours=number)
    if field.kind == "boolean":
        return bool(field.default)
    return field.default if field.default is not None else None if not field.required else {}


def _words(field: Field, number: int) -> str:
    """Give a text like no other, however short it must be."""
    length = field.length or 60
    if length >= 12:
        return f"{field.name.capitalize()[: length - 6]} {number:04}"
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    word = ""
    for _place in range(min(length, 4)):
        number, digit = divmod(number, len(digits))
        word = digits[digit] + word
    return word


def _kept(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    """Fill what must not be empty and no field says; leave out what the table doesn't have."""
    for column in table.columns:
        if values.get(column.name) is None and not column.nullable and column.server_default is None:
            values[column.name] = filler(column.type)
    return {name: value for name, value in values.items() if name in table.columns}


def filler(kind: object) -> object:
    """Give a value that a column of a type takes."""
    known: Sequence[tuple[type | tuple[type, ...], object]] = (
        (Boolean, False), (Date, DAY), (Instant, MOMENT), (Exact, Decimal(1)), (Json, {}), ((String, Text), "x"))
    return next((value for types, value in known if isinstance(kind, types)), 1)


def _insert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows, but those that a unique key doesn't let in: a table of few choices takes no more than these."""
    connection.execute(table.insert().prefix_with("OR IGNORE", dialect="sqlite"), list(rows))


@contextmanager
def unchecked(database: Database) -> Iterator[Connection]:
    """Write to a SQLite database with foreign keys and checks off; commits at the end."""
    engine = database.engine

    def loosen(connection: Any, record: Any) -> None:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA ignore_check_constraints = ON")

    engine.dispose()
    event.listen(engine, "connect", loosen)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        event.remove(engine, "connect", loosen)
        engine.dispose()
