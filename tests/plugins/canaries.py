"""One record of each entity, each of its values like no other: where one turns up, it is known whose it is."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from html import unescape
from typing import Any

from sqlalchemy import Boolean, Date, String, Text, event, inspect

from kernel.entities.base import Entity, entities
from kernel.entities.database import Database
from kernel.entities.extension import Extension
from kernel.entities.fields import Field
from kernel.entities.types import Exact, Instant, Json
from kernel.workflows.machine import workflow_of

__all__ = ["Canaries", "plant"]

FIRST = dt.date(2091, 1, 1)
KINDS = ("text", "note", "integer", "money", "quantity", "percent", "date", "instant", "serial")
"""The kinds whose values can be told apart from all others."""


@dataclass
class Canaries:
    """Where each record is, and by what words each value of a field may show up."""

    ids: dict[str, int] = field(default_factory=dict)
    """The id of the record of each entity."""
    words: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """By (entity or component, field)."""
    values: dict[tuple[str, str], str] = field(default_factory=dict)
    """As the API takes them in a filter."""

    def leaked(self, body: str, hidden: frozenset[tuple[str, str]]) -> set[tuple[str, str]]:
        """Give the hidden fields whose values stand in a body."""
        text = unescape(body)
        plain = re.sub(r"(?<=\d)[,\s](?=\d{3})", "", text)
        return {at for at in hidden if any(word in text or word in plain for word in self.words.get(at, ()))}


def plant(database: Database, company: int, user: int) -> Canaries:
    """Write a record of every entity but the kernel's machinery, and a component of each kind, past all rules."""
    found = Canaries()
    numbers = iter(range(1, 100_000))
    chosen = [cls for name, cls in sorted(entities().items()) if _planted(name, cls)]
    for at, cls in enumerate(chosen):
        found.ids[cls.__entity__] = 9_000_000 + at
    rows = [(cls.__table__, _row(cls, found, numbers, company, user)) for cls in chosen]
    for cls in chosen:
        for component in cls.__components__.values():
            values = _values(component, found, numbers, user) | {"row_id": found.ids[cls.__entity__], "version": 1}
            if component.__per_company__:
                values["company_id"] = company
            rows.append((component.__table__, _kept(component.__table__, values)))
    engine = database.engine

    def unchecked(connection: Any, record: Any) -> None:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA ignore_check_constraints = ON")

    engine.dispose()
    event.listen(engine, "connect", unchecked)
    try:
        with engine.begin() as connection:
            for table, values in rows:
                connection.execute(table.insert().values(values))
    finally:
        event.remove(engine, "connect", unchecked)
        engine.dispose()
    return found


def _planted(name: str, cls: type[Entity]) -> bool:
    return not name.startswith(("kernel.", "tests.")) or name in (
        "kernel.party", "kernel.product", "kernel.contact", "kernel.address", "kernel.unit", "kernel.tax",
        "kernel.region", "kernel.product_category", "kernel.country", "kernel.employee", "kernel.department")


def _row(cls: type[Entity], found: Canaries, numbers: Iterator[int], company: int, user: int) -> dict[str, Any]:
    now = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    values = _values(cls, found, numbers, user) | {
        "id": found.ids[cls.__entity__], "version": 1, "archived": False, "created_at": now, "created_by_id": user,
        "changed_at": now, "changed_by_id": user,
        "company_id": company if not cls.__table__.c.company_id.nullable or not (
            cls.__company__ == "none" or cls.__parent__) else None}
    if cls.__entity__ == "kernel.department":
        values["path"] = f"/{values['id']}/"
    return _kept(cls.__table__, values)


def _kept(table: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Fill what must not be empty and no field says."""
    for column in table.columns:
        if column.name in values or column.nullable or column.default is not None or column.server_default is not None:
            continue
        values[column.name] = _filler(column.type)
    return {name: value for name, value in values.items() if name in table.columns}


def _filler(kind: Any) -> Any:
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Date):
        return dt.date(2026, 11, 1)
    if isinstance(kind, Instant):
        return dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    if isinstance(kind, Exact):
        return Decimal(1)
    if isinstance(kind, Json):
        return {}
    if isinstance(kind, String | Text):
        return "x"
    return 1


def _values(
    cls: type[Entity] | type[Extension[Any]], found: Canaries, numbers: Iterator[int], user: int
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    workflow = workflow_of(cls) if issubclass(cls, Entity) else None  # type: ignore[arg-type]  # asked just before
    for each in cls.__fields__.values():
        if each.kind == "lines":
            continue
        if each.kind == "link":
            values[each.column] = user if each.target.__entity__ == "kernel.user" else found.ids.get(
                each.target.__entity__, _existing(each))
            continue
        if each.kind == "ref":
            continue
        if each.kind == "state":
            values[each.column] = workflow.initial if workflow else each.default
            continue
        if each.kind == "choice":
            values[each.column] = each.default or each.choices[0].value
            continue
        if each.kind in KINDS and each.name not in ("path", "currency", "locale", "timezone"):
            values[each.column] = _canary(cls.__entity__, each, found, next(numbers), inspect(cls))
        elif each.default is not None:
            values[each.column] = each.default
    return values


def _existing(each: Field) -> int | None:
    return None if not each.required else 1


def _canary(entity: str, each: Field, found: Canaries, number: int, mapper: Any) -> Any:
    at = (entity, each.name)
    if each.kind in ("text", "note", "serial"):
        length = each.length or 60
        word = f"Zq{number:04}xy" if length >= 8 else f"Q{number:03}"[:length]
        if length >= 5:
            found.words[at] = (word,)
        found.values[at] = word
        return word
    if each.kind in ("date", "instant"):
        day = FIRST + dt.timedelta(days=number)
        found.words[at] = (day.isoformat(), f"{day:%b} {day.day}, {day.year}", f"{day.month}/{day.day}/{day:%y}")
        found.values[at] = day.isoformat() if each.kind == "date" else f"{day.isoformat()}T04:05:06Z"
        return day if each.kind == "date" else dt.datetime(day.year, day.month, day.day, 4, 5, 6, tzinfo=dt.UTC)
    plain = 6_100_000 + 7 * number
    found.words[at] = (str(plain),)
    found.values[at] = str(plain)
    return plain if each.kind == "integer" else Decimal(plain)
