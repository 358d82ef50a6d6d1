"""Find the records that links point to, by id, number, code or name: one statement per entity linked to."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from kernel.entities.base import Entity
from kernel.entities.fields import Field
from kernel.entities.work import session
from kernel.errors import Problem
from kernel.exchange.merging.reading import survivors_of
from kernel.exchange.paths import title_field
from kernel.exchange.values import LinkKey
from kernel.i18n import _

__all__ = ["LinkRequest", "find_links", "key_fields"]


@dataclass(slots=True)
class LinkRequest:
    """A link to be found: where it was given (which record, which path), by what, and afterwards its record."""

    record: int
    path: str
    field: Field
    wanted: int | LinkKey
    found: Entity | None = None


def key_fields(cls: type[Entity]) -> list[Field]:
    """List the fields that name a record for people: numbers and what is unique by itself, else its title."""
    unique = {index.name for index in cls.__table__.indexes if index.unique}  # type: ignore[attr-defined]  # a Table
    table = cls.__tablename__
    fields = [
        field for field in cls.__fields__.values()
        if field.kind in ("serial", "text") and not field.secret and f"ux_{table}_{field.name}" in unique]
    if not fields and (title := title_field(cls)) is not None and title.kind in ("text", "serial"):
        fields = [title]
    return fields


def find_links(requests: Iterable[LinkRequest]) -> list[tuple[int, Problem]]:
    """Load what links point to, within what the actor may read; gives a problem for each that isn't found once.

    Records given by key must be active; those given by id may be archived.
    """
    by_target: dict[type[Entity], list[LinkRequest]] = {}
    for request in requests:
        by_target.setdefault(request.field.target, []).append(request)
    problems: list[tuple[int, Problem]] = []
    for target, group in by_target.items():
        found = _load(target, group)
        _follow_merged(target, found)
        for request in group:
            matches = found.get(request.wanted, [])
            if len(matches) == 1:
                request.found = matches[0]
                continue
            key = request.wanted.text if isinstance(request.wanted, LinkKey) else request.wanted
            problems.append((request.record, Problem(
                request.path,
                _("{label}: {count} records are called {key}; give the id", label=request.field.label,
                  count=len(matches), key=key) if matches else
                _("{label}: there is no record {key}", label=request.field.label, key=key),
                "AMBIGUOUS" if matches else "NO_SUCH_RECORD")))
    return problems


def _follow_merged(target: type[Entity], found: dict[int | LinkKey, list[Entity]]) -> None:
    """Lead from records that were merged, as a form opened before has them, to what they became part of."""
    archived = [key for key, some in found.items() if isinstance(key, int) and some[0].archived]
    for old, new in survivors_of(target, archived).items():
        if (survivor := session().get(target, new)) is not None:
            found[old] = [survivor]


def _load(target: type[Entity], group: Iterable[LinkRequest]) -> dict[int | LinkKey, list[Entity]]:
    ids = {request.wanted for request in group if isinstance(request.wanted, int)}
    texts = {request.wanted.text for request in group if isinstance(request.wanted, LinkKey)}
    keys: list[Any] = [getattr(target, field.column) for field in key_fields(target)] if texts else []
    clauses: list[ColumnElement[bool]] = [target.id.in_(ids)] if ids else []
    if keys:
        clauses.append(or_(*(key.in_(texts) for key in keys)) & target.archived.is_(False))
    found: dict[int | LinkKey, list[Entity]] = {}
    if not clauses:
        return found
    for record in session().scalars(select(target).where(or_(*clauses))):
        found[record.id] = [record]
        names = {getattr(record, key.key) for key in keys} & texts if not record.archived else set()
        for name in names:
            found.setdefault(LinkKey(name), []).append(record)
    return found
