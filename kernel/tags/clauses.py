"""Ask in SQL which records have a tag.

The table of tags on records is the kernel's own, which no user's statement may name. A record's tags have the rights
of the record, and these clauses compare nothing but its id.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Boolean, ColumnElement, String, and_, false, literal, not_, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from kernel.entities.base import Entity
from kernel.entities.types import Id

__all__ = ["has_all", "has_any", "has_none", "is_tagged"]


_WITH_ANY = "({} IN (SELECT record_id FROM kernel_tagging WHERE entity = {}))"
_WITH_TAG = "({} IN (SELECT record_id FROM kernel_tagging WHERE entity = {} AND tag_id = {}))"


class _Tagged(FunctionElement[bool]):
    """True for the id of a record that has a tag, or any at all: clauses are the id, the entity, perhaps the tag."""

    inherit_cache = True
    name = "is_tagged"
    type = Boolean()


@compiles(_Tagged)
def _render(element: _Tagged, compiler: SQLCompiler, **kwargs: Any) -> str:
    record, entity, *tags = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return (_WITH_TAG if tags else _WITH_ANY).format(record, entity, *tags)


def _has(cls: type[Entity], record: Any, *tag: int) -> ColumnElement[bool]:
    return _Tagged(record, literal(cls.__entity__, String), *(literal(id_, Id) for id_ in tag))


def has_any(cls: type[Entity], record: Any, tags: Collection[int]) -> ColumnElement[bool]:
    """Say that a record, by the SQL of its id, has one of these tags at least."""
    return or_(*(_has(cls, record, tag) for tag in tags)) if tags else false()


def has_all(cls: type[Entity], record: Any, tags: Collection[int]) -> ColumnElement[bool]:
    """Say that a record has every one of these tags."""
    return and_(*(_has(cls, record, tag) for tag in tags)) if tags else false()


def has_none(cls: type[Entity], record: Any, tags: Collection[int]) -> ColumnElement[bool]:
    """Say that a record has none of these tags."""
    return not_(has_any(cls, record, tags))


def is_tagged(cls: type[Entity], record: Any) -> ColumnElement[bool]:
    """Say that a record has any tag at all."""
    return _has(cls, record)
