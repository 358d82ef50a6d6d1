"""Links that say "this record came of that one": the fields declared `follows=True`, walked both ways in batches.

A field may stand on a document or on one of its lines, and lead to a document or to a line of one: lines count for
the document they belong to. Ids are unique among all records of an installation, so that one list of ids serves all
fields of a question.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    any_,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)

from kernel.entities.base import Entity
from kernel.entities.fields import Field
from kernel.entities.types import Id
from kernel.entities.work import session
from kernel.hooks.participation import taking_part
from kernel.permissions.rights import rights

__all__ = ["Followed", "Key", "among", "came_of", "document_of", "lines_of", "what_came_of"]

Key = tuple[str, int]
"""A record: its entity's name and its id."""


@dataclass(frozen=True, slots=True)
class Followed:
    """One link found: the document that names another, the other (line or document), and the title it has there."""

    follower: Key
    target: Key
    title: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """A field that leads from a record to the one it came of."""

    cls: type[Entity]
    field: Field

    def columns(self) -> tuple[FromClause, ColumnElement[int], ColumnElement[int], ColumnElement[str], object]:
        """Give the tables, and the columns of the follower's id, the target's id, entity and title."""
        table = self.cls.__table__
        source, owner = _lift(self.cls)
        target = table.c[self.field.column]
        if self.field.kind == "ref":
            title = table.c[f"{self.field.name}_title"]
            return source, owner, target, table.c[f"{self.field.name}_entity"], title
        return source, owner, target, literal(self.field.target.__entity__, String), cast(null(), String)


def document_of(cls: type[Entity]) -> type[Entity]:
    """Give the entity that a line belongs to in the end; any other is its own."""
    while cls.__parent__:
        cls = cls.__fields__[cls.__parent__].target
    return cls


def _lift(cls: type[Entity]) -> tuple[FromClause, ColumnElement[int]]:
    """Give what to select from, and the column with the id of the document that a row belongs to."""
    source: FromClause = cls.__table__
    table: FromClause = source
    owner = table.c.id
    while cls.__parent__:
        parent = cls.__fields__[cls.__parent__]
        owner = table.c[parent.column]
        cls = parent.target
        if cls.__parent__:
            table = cls.__table__.alias()
            source = source.join(table, table.c.id == owner)
    return source, owner


def among(column: Any, ids: Collection[int]) -> ColumnElement[bool]:
    """Say that a column's value is one of many ids, in one parameter: no list is too long, and the SQL stays short."""
    if session().work.database.is_sqlite:
        given = func.json_each(literal(orjson.dumps(sorted(ids)).decode(), String)).table_valued("value")
        found: ColumnElement[bool] = column.in_(select(given.c.value))
        return found
    same: ColumnElement[bool] = column == any_(cast(literal(sorted(ids), ARRAY(BigInteger)), ARRAY(BigInteger)))
    return same


def _ways() -> Iterable[Way]:
    """Give the fields that the actor may know of; one hidden from them leads nowhere."""
    hidden = rights().hidden
    for name, cls in sorted(taking_part().items()):
        for field in cls.__fields__.values():
            if field.follows and (name, field.name) not in hidden:
                yield Way(cls, field)


def came_of(documents: Mapping[str, Collection[int]], most: int) -> list[Followed]:
    """Give what documents, ids by entity, came of, at most so many links: one statement, and one for line targets."""
    ids = [id_ for some in documents.values() for id_ in some]
    found = _ask([way for way in _ways() if document_of(way.cls).__entity__ in documents], ids, most, backwards=True)
    known = taking_part()
    inner = {link.target for link in found if (cls := known.get(link.target[0])) is not None and cls.__parent__}
    lifted = _documents_of(inner)
    return [
        Followed(link.follower, lifted.get(link.target, link.target), link.title) for link in found
        if link.target not in inner or link.target in lifted]


def what_came_of(documents: Mapping[str, Collection[int]], most: int) -> list[Followed]:
    """Give what came of documents, ids by entity, at most so many links: one statement, and one for their lines."""
    owners: dict[Key, Key] = {(name, id_): (name, id_) for name, some in documents.items() for id_ in some}
    owners |= lines_of(documents)
    ways = [
        way for way in _ways()
        if way.field.kind == "ref" or document_of(way.field.target).__entity__ in documents]
    return [
        Followed(link.follower, owners[link.target], link.title)
        for link in _ask(ways, [key[1] for key in owners], most, backwards=False) if link.target in owners]


def lines_of(documents: Mapping[str, Collection[int]]) -> dict[Key, Key]:
    """Give the lines of documents with the document each belongs to: one statement."""
    ids = [id_ for some in documents.values() for id_ in some]
    parts: list[Select[Any]] = []
    for name, cls in sorted(taking_part().items()):
        document = document_of(cls).__entity__
        if document != name and document in documents:
            source, owner = _lift(cls)
            parts.append(select(
                literal(name, String), cls.__table__.c.id, literal(document, String), owner)
                .select_from(source).where(among(owner, ids)))
    return _pairs(parts)


def _documents_of(lines: Collection[Key]) -> dict[Key, Key]:
    """Give the documents that lines belong to; a line that is gone is left out. One statement."""
    known = taking_part()
    ids = [id_ for _name, id_ in lines]
    parts: list[Select[Any]] = []
    for name in sorted({name for name, _id in lines}):
        source, owner = _lift(known[name])
        parts.append(select(
            literal(name, String), known[name].__table__.c.id, literal(document_of(known[name]).__entity__, String),
            owner).select_from(source).where(among(known[name].__table__.c.id, ids)))
    return _pairs(parts)


def _pairs(parts: list[Select[Any]]) -> dict[Key, Key]:
    if not parts:
        return {}
    rows = session().work.connection.execute(union_all(*parts))
    return {(line, id_): (document, owner) for line, id_, document, owner in rows}


def _ask(ways: list[Way], ids: Collection[int], most: int, *, backwards: bool) -> list[Followed]:
    if not ways or not ids:
        return []
    parts = []
    for at, way in enumerate(ways):
        source, owner, target, entity, title = way.columns()
        part = select(
            literal(at, Integer), cast(owner, Id), cast(target, Id), entity, title)  # type: ignore[call-overload]  # null
        parts.append(part.select_from(source).where(
            among(owner if backwards else target, ids), target.is_not(None)))
    statement = union_all(*parts).limit(most)
    return [
        Followed((document_of(ways[at].cls).__entity__, owner), (entity, target), title or "")
        for at, owner, target, entity, title in session().work.connection.execute(statement)]
