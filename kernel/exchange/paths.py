"""Find the field behind a dotted path (`customer.name`, `erp_sales.credit_limit`).

What the actor may not see is refused here, so no filter, sort or column can be built on it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_
from sqlalchemy.orm import aliased

from kernel.entities.base import Declared, Document, Entity, fields_of
from kernel.entities.custom.stored import column_of
from kernel.entities.extension import Extension
from kernel.entities.fields import Field
from kernel.entities.work import session
from kernel.errors import Forbidden, Invalid, Problem
from kernel.i18n import _
from kernel.identity.models import Company, User
from kernel.permissions.rights import rights

__all__ = [
    "Joined", "Path", "Words", "currency_path", "document_of", "document_path", "field_at", "names", "readable_fields",
    "resolve", "standard_fields",
]

DEEPEST = 4
"""Steps a path may take: more is a mistake or an attack, never a list somebody reads."""


Words = str | Sequence[str]
"""Field names, in one string or one by one."""


def names(words: Words) -> tuple[str, ...]:
    """Split field names written in one string."""
    return tuple(words.split()) if isinstance(words, str) else tuple(words)


_standard: dict[type, Mapping[str, Field]] = {}


def standard_fields(cls: type[Declared]) -> Mapping[str, Field]:
    """Describe the columns every entity has beside its declared fields; components have none."""
    if not issubclass(cls, Entity):
        return {}
    if cls not in _standard:
        _standard[cls] = _describe_standard(cls)
    return _standard[cls]


def _describe_standard(cls: type[Entity]) -> Mapping[str, Field]:
    described = [
        Field("id", "integer", _("Id"), readonly=True, column="id"),
        Field("version", "integer", _("Version"), readonly=True, column="version"),
        Field("archived", "boolean", _("Archived"), readonly=True, column="archived", default=False),
        Field("created_at", "instant", _("Created at"), readonly=True, column="created_at"),
        Field("created_by", "link", _("Created by"), readonly=True, column="created_by_id", resolve=lambda: User),
        Field("changed_at", "instant", _("Changed at"), readonly=True, column="changed_at"),
        Field("changed_by", "link", _("Changed by"), readonly=True, column="changed_by_id", resolve=lambda: User),
    ]
    if cls.__company__ != "none":
        described.append(
            Field("company", "link", _("Company"), readonly=True, column="company_id", resolve=lambda: Company))
    if issubclass(cls, Document):
        described.append(
            Field("historical", "boolean", _("Imported history"), readonly=True, column="historical", default=False))
    return {field.name: field for field in described if field.name not in cls.__fields__}


def readable_fields(cls: type[Declared]) -> dict[str, Field]:
    """List what the current actor may read of an entity or component, standard fields first."""
    visible = rights().visible(cls)
    if not visible and not rights().may("read", _owner(cls).__entity__):
        return {}
    return {**standard_fields(cls), **{field.name: field for field in visible}}


def field_at(cls: type[Entity], path: str) -> Field | None:
    """Find a readable field of an entity or its components, or through a link; None where it can't be seen."""
    first, _dot, rest = path.partition(".")
    if not rest:
        return readable_fields(cls).get(first)
    component = cls.__components__.get(first)
    if component is not None:
        return readable_fields(component).get(rest)
    link = readable_fields(cls).get(first)
    return field_at(link.target, rest) if link is not None and link.kind == "link" else None


def document_of(cls: type[Entity]) -> type[Entity]:
    """Give the entity whose records have the pages and rights: the document of a line, else the entity itself."""
    return document_of(cls.__fields__[cls.__parent__].target) if cls.__parent__ else cls


def document_path(cls: type[Entity]) -> str:
    """Give the path from a line to its document ("order"); empty for an entity that is no line."""
    if not cls.__parent__:
        return ""
    above = document_path(cls.__fields__[cls.__parent__].target)
    return f"{cls.__parent__}.{above}" if above else cls.__parent__


def _owner(cls: type[Declared]) -> type[Declared]:
    return document_of(cls) if issubclass(cls, Entity) else cls


@dataclass(frozen=True, slots=True)
class Path:
    """A readable field and the way to it: per step the dotted name so far and what is joined there."""

    name: str
    field: Field
    owner: type[Declared]
    steps: tuple[tuple[str, Field | type[Extension[Any]]], ...] = ()

    @property
    def place(self) -> str:
        """Name where the field's table is joined: "" for the entity itself."""
        return self.steps[-1][0] if self.steps else ""


def resolve(cls: type[Entity], name: str) -> Path:
    """Find the field behind a path.

    Raises Invalid for a path that leads nowhere and Forbidden for a field that the current actor may not see.
    """
    parts = name.split(".")
    if len(parts) > DEEPEST:
        raise _unknown(name)
    current: type[Declared] = cls
    steps: list[tuple[str, Field | type[Extension[Any]]]] = []
    for depth, part in enumerate(parts, start=1):
        last = depth == len(parts)
        if not last and issubclass(current, Entity) and part in current.__components__:
            current = current.__components__[part]
            steps.append((".".join(parts[:depth]), current))  # type: ignore[arg-type]  # a component class
            continue
        field = _visible(current, part, name)
        if last:
            return Path(name, field, current, tuple(steps))
        if field.kind != "link":
            raise _unknown(name)
        steps.append((".".join(parts[:depth]), field))
        current = field.target
    raise _unknown(name)


def currency_path(cls: type[Entity], name: str) -> str:
    """Name the field that says which currency the amounts at a path are in; empty where it is the company's.

    A field that the actor may not see names nothing.
    """
    path = resolve(cls, name)
    found = ".".join(filter(None, (path.place, path.field.currency)))
    return found if path.field.currency and field_at(cls, found) is not None else ""


def _visible(cls: type[Declared], part: str, name: str) -> Field:
    readable = readable_fields(cls)
    field = readable.get(part)
    if field is not None:
        return field
    declared = fields_of(cls).get(part)
    if declared is None or declared.secret:
        if part in standard_fields(cls):
            rights().demand("read", _owner(cls).__entity__)
        raise _unknown(name)
    raise Forbidden("HIDDEN_FIELD", _("You may not see the field {field}", field=name), field=name)


def _unknown(name: str) -> Invalid:
    return Invalid([Problem(name[:200], _("There is no field {field}", field=name[:200]), "UNKNOWN_FIELD")])


class Joined:
    """The tables a statement over an entity needs: each link or component on a path is joined once, outer."""

    def __init__(self, cls: type[Entity]) -> None:
        self._at: dict[str, Any] = {"": cls}
        self._joins: list[tuple[Any, Any]] = []

    def column(self, path: Path) -> Any:
        """Give the column of a path's field; a component's reads as its default where it has no row."""
        for place, step in path.steps:
            self._join(place, step)
        return column_of(self._at[path.place], path.field)

    def ref_parts(self, path: Path) -> tuple[Any, Any]:
        """Give the columns that hold the entity and the title of a ref."""
        self.column(path)
        row = self._at[path.place]
        return getattr(row, f"{path.field.name}_entity"), getattr(row, f"{path.field.name}_title")

    def title(self, path: Path) -> Any | None:
        """Give the column that names the record a link points to; None where the actor may not read it."""
        self.column(path)
        return self._title(path.name, path.field, 1)

    def joined_id(self, path: Path) -> Any:
        """Give the id of the record a link's title was taken from: NULL where it lies outside the actor's scope."""
        return self._at[path.name].id

    def own_title(self, cls: type[Entity]) -> Any | None:
        """Give the column that names the entity's own records; None where it can't be had from SQL."""
        field = title_field(cls)
        if field is None:
            return None
        return self._title(field.name, field, 1) if field.kind == "link" else column_of(self._at[""], field)

    def _title(self, place: str, link: Field, depth: int) -> Any | None:
        field = title_field(link.target)
        if field is None or depth > DEEPEST:
            return None
        self._join(place, link)
        if field.kind == "link":
            return self._title(f"{place}.{field.name}", field, depth + 1)
        return column_of(self._at[place], field)

    def _join(self, place: str, step: Field | type[Extension[Any]]) -> None:
        if place in self._at:
            return
        parent = self._at[place.rpartition(".")[0]]
        if isinstance(step, Field):
            target = _alias(step.target, place)
            on = target.id == column_of(parent, step)
        else:
            target = _alias(step, place)
            on = target.row_id == parent.id
            if step.__per_company__:
                on = and_(on, target.company_id == session().actor.company_id)
        self._at[place] = target
        self._joins.append((target, on))

    def apply(self, statement: Select[Any], *, beyond: int = 0) -> Select[Any]:
        """Add the joins, those after the first `beyond`, to a statement that selects from the entity."""
        for target, on in self._joins[beyond:]:
            statement = statement.join(target, on, isouter=True)
        return statement

    def __len__(self) -> int:
        """Say how many joins there are."""
        return len(self._joins)

    def branch(self) -> "Joined":
        """Give the same joins to add others to."""
        made = Joined.__new__(Joined)
        made._at, made._joins = dict(self._at), list(self._joins)
        return made


@lru_cache(maxsize=20_000)
def _alias(cls: type[Declared], place: str) -> Any:
    """Give the alias of a joined entity or component; making one anew costs more than the rest of the statement."""
    return aliased(cls)


def title_field(cls: type[Entity]) -> Field | None:
    """Give the field that names records of an entity, where SQL can read it and the actor may see it."""
    if cls.title is not Entity.title:
        return None
    return readable_fields(cls).get(cls.__title__)
