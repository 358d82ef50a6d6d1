"""Which fields of an entity go into one row of the index: those that the same roles hide, or none does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import select

from kernel.entities.base import Entity, fields_of
from kernel.entities.custom.definitions import customised
from kernel.entities.fields import Field
from kernel.entities.remembered import ReadOnce, Remembered
from kernel.entities.work import current_work
from kernel.hooks.participation import taking_part
from kernel.permissions.models import FieldRule
from kernel.search.words import folded

__all__ = ["Indexed", "Part", "indexed", "indexed_kinds"]

Hidden = Mapping[tuple[str, str], frozenset[int]]
_remembered: Remembered[None, Hidden] = Remembered("search", FieldRule)
_once: ReadOnce[None, Hidden] = ReadOnce(FieldRule)


@dataclass(frozen=True, slots=True)
class Part:
    """Fields of an entity whose words stand in one row, the one that names the record first."""

    fields: tuple[Field, ...]

    @property
    def name(self) -> str:
        """Give the names of the fields: what a row says it was made of."""
        return " ".join(field.name for field in self.fields)

    def words(self, values: Mapping[str, Any]) -> str:
        """Give the words of a record whose column values, or attributes, these are."""
        custom = values.get("custom") or {}
        held = ((custom if field.custom else values).get(field.column) for field in self.fields)
        return " ".join(filter(None, (folded(str(value)) for value in held if value not in (None, ""))))


@dataclass(frozen=True)
class Indexed:
    """How the records of an entity stand in the index."""

    cls: type[Entity]
    parts: tuple[Part, ...]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Name the columns that its words come from."""
        fields = [field for part in self.parts for field in part.fields]
        own = [field.column for field in fields if not field.custom]
        return (*own, "custom") if len(own) < len(fields) else tuple(own)

    @cached_property
    def state(self) -> str:
        """Say in one text how it stands: where that changes, all records are to be indexed anew."""
        return "\n".join(part.name for part in self.parts)

    def rows(self, id_: int, values: Mapping[str, Any]) -> Iterable[tuple[str, int, str, str]]:
        """Give entity, record, part and words for each part that says anything."""
        for part in self.parts:
            if words := part.words(values):
                yield self.cls.__entity__, id_, part.name, words


def indexed(cls: type[Entity]) -> Indexed | None:
    """Say how the records of an entity stand in the index; None for lines, and where nothing can be searched for."""
    hidden = _hiding()
    kept = customised().kept
    known: tuple[Hidden, Indexed | None] | None = kept.get(("search", cls))
    if known is None or known[0] is not hidden:
        known = kept["search", cls] = (hidden, _indexed(cls, hidden))
    return known[1]


def indexed_kinds() -> dict[str, Indexed]:
    """Give the entities of installed plugins that are in the index, by name."""
    return {name: found for name, cls in taking_part().items() if (found := indexed(cls)) is not None}


def _indexed(cls: type[Entity], hidden: Hidden) -> Indexed | None:
    fields = [field for field in fields_of(cls).values() if field.searchable and not field.secret]
    if cls.__parent__ or not fields:
        return None
    fields.sort(key=lambda field: field.name != cls.__title__)
    by_roles: dict[frozenset[int], list[Field]] = {}
    for field in fields:
        by_roles.setdefault(hidden.get((cls.__entity__, field.name), frozenset()), []).append(field)
    return Indexed(cls, tuple(Part(tuple(some)) for some in by_roles.values()))


def _hiding() -> Hidden:
    """Give the roles that hide a field, by entity and field."""
    known: Mapping[None, Hidden] | None = current_work().read.get(_once)
    if known is None:
        known = _once.get((None,), lambda keys: {None: _remembered.get(None, _load)})
    return known[None]


def _load() -> Hidden:
    table = FieldRule.__table__.c
    found: dict[tuple[str, str], set[int]] = {}
    rows: Sequence[Any] = current_work().connection.execute(
        select(table.entity, table.field, table.role_id).where(table.mode == "hidden", table.archived.is_(False))).all()
    for entity, field, role in rows:
        found.setdefault((entity, field), set()).add(role)
    return {key: frozenset(roles) for key, roles in found.items()}
