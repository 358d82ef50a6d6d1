"""Ask for many at once: which records somebody may read, and who may read a record."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import String, cast, literal, null, select, true, union_all

from kernel.entities.base import Entity, entities
from kernel.entities.work import actor, current_work, session
from kernel.permissions.actors import actors_of
from kernel.permissions.rights import Rights, rights, rights_of
from kernel.permissions.scopes import ActorParameters, scope_clause

__all__ = ["actions_on", "readable", "readers"]

TITLED = ("text", "serial", "choice")
"""The kinds of field whose column names a record by itself."""


def readable(named: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Give the titles of those records, given as (entity, id), that the current person may read: one statement."""
    ids: dict[str, set[int]] = {}
    for entity, id_ in named:
        ids.setdefault(entity, set()).add(id_)
    granted, parameters = rights(), ActorParameters(actor())
    parts = [_titles(cls, some, granted, parameters) for name, some in sorted(ids.items())
             if (cls := entities().get(name)) is not None and granted.may("read", name)]
    if not parts:
        return {}
    return {
        (row.entity, row.id): row.title or f"{entities()[row.entity].__label__} {row.id}"
        for row in session().work.connection.execute(union_all(*parts))}


def _titles(cls: type[Entity], ids: set[int], granted: Rights, parameters: ActorParameters) -> Any:
    columns = cls.__table__.c
    field = next((each for each in granted.visible(cls) if each.name == cls.__title__), None)
    title = cast(columns[field.column], String) if field is not None and field.kind in TITLED else cast(null(), String)
    clause = scope_clause(cls, lambda name: columns[name], "read", granted, parameters)
    return select(literal(cls.__entity__, String).label("entity"), columns.id.label("id"), title.label("title")).where(
        columns.id.in_(ids), clause)


def actions_on(record: Entity, actions: Iterable[str]) -> set[str]:
    """Say which actions the current person may do with a record that they may read.

    Takes a statement only where an action reaches less far than reading does.
    """
    cls, granted, parameters = type(record), rights(), ActorParameters(actor())
    if granted.system:
        return set(actions)
    columns, name = cls.__table__.c, cls.__entity__
    found: set[str] = set()
    unsure: list[Any] = []
    reading = granted.reaches("read", name)
    # What they could read lies within what an action reaches as far; a share opens a record beyond that.
    alike = name not in granted.shared or any(reach.scope == "company" for reach in reading)
    for action in actions:
        if alike and reading and reading <= granted.reaches(action, name):
            found.add(action)
            continue
        clause = scope_clause(cls, lambda name: columns[name], action, granted, parameters)
        if clause is true() or str(clause) == "true":
            found.add(action)
        elif granted.may(action, name):
            unsure.append(select(literal(action, String)).where(columns.id == record.id, clause))
    if unsure:
        found.update(session().work.connection.scalars(union_all(*unsure)))
    return found


def readers(cls: type[Entity], id_: int, user_ids: Sequence[int]) -> set[int]:
    """Say who of these people may read a record: two statements, and what isn't remembered of their rights.

    Somebody with a right in all companies can work in the current one, anybody else in their own.
    """
    work, here = current_work(), actor().company_id
    found: set[int] = set()
    unsure: list[Any] = []
    columns = cls.__table__.c
    for at, who in enumerate(actors_of(user_ids)):
        granted = rights_of(who, work)
        if who.user_id is None or not granted.may("read", cls.__entity__):
            continue
        parameters = ActorParameters(replace(who, company_id=here) if granted.wide else who, f"_{at}")
        clause = scope_clause(cls, lambda name: columns[name], "read", granted, parameters)
        if clause is true() or str(clause) == "true":
            found.add(who.user_id)
        else:
            unsure.append(select(literal(who.user_id)).where(columns.id == id_, clause))
    if unsure:
        found.update(work.connection.scalars(union_all(*unsure)))
    return found
