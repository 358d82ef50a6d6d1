"""The trace of a record: the events that led to it, and everything that followed from it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, and_, case, cast, func, literal, null, or_, select, union_all
from sqlalchemy.orm import aliased

from kernel.entities.audit import AuditEntry
from kernel.entities.base import entities
from kernel.entities.types import Id
from kernel.entities.work import session
from kernel.hooks.models import Event

__all__ = ["Step", "Touched", "trace"]

LIMIT = 2000
"""How many events and records of a chain are followed in each direction."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A record that a listener created, changed or deleted because of an event."""

    entity: str
    id: int
    action: str


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a trace, with what it is about and what its listeners did."""

    id: int
    name: str
    at: dt.datetime
    user_id: int | None
    plugin: str | None
    subject: tuple[str, int] | None
    cause_id: int | None
    """The step it follows from; None where a person, a job or the system told it."""
    led_here: bool
    """Whether it led to the record; otherwise it followed from it, or from something it led to."""
    touched: tuple[Touched, ...]


def trace(entity: str, record_id: int) -> list[Step]:
    """Say why a record is here and what followed from it, in the order in which it happened.

    Goes from event to cause and from record to the event whose listener created it, both ways, however long the
    chain: four statements, and one per entity for what the actor may read. Steps about records that the actor may
    not read are left out, as are such records from the others.
    """
    connection = session().work.connection
    led = set(connection.scalars(_events_in(_walk(entity, record_id, _backwards))))
    followed = set(connection.scalars(_events_in(_walk(entity, record_id, _forwards))))
    events = connection.execute(
        select(
            Event.id, Event.name, Event.at, Event.user_id, Event.plugin, Event.subject_entity, Event.subject_id,
            Event.cause_id)
        .where(Event.id.in_(led | followed)).order_by(Event.at, Event.id)).all()
    touched: dict[int, list[Touched]] = defaultdict(list)
    for row in connection.execute(
        select(AuditEntry.event_id, AuditEntry.entity, AuditEntry.record_id, AuditEntry.action)
        .where(AuditEntry.event_id.in_(led | followed), AuditEntry.record_id.is_not(None)).distinct()
        .order_by(AuditEntry.entity, AuditEntry.record_id)
    ):
        touched[row.event_id].append(Touched(row.entity, row.record_id, row.action))
    subjects = {(row.subject_entity, row.subject_id) for row in events if row.subject_entity}
    open_to_actor = _readable(subjects | {(each.entity, each.id) for some in touched.values() for each in some})
    return [
        Step(
            row.id, row.name, row.at, row.user_id, row.plugin,
            (row.subject_entity, row.subject_id) if row.subject_entity else None, row.cause_id,
            row.id in led and row.id not in followed,
            tuple(each for each in touched[row.id] if (each.entity, each.id) in open_to_actor))
        for row in events
        if row.subject_entity is None or (row.subject_entity, row.subject_id) in open_to_actor
    ]


def _readable(records: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    current, known = session(), entities()
    if current.actor.system:
        return set(records)
    by_entity: Mapping[str, set[int]] = defaultdict(set)
    for name, id_ in records:
        by_entity[name].add(id_)
    return {
        (name, id_) for name, ids in by_entity.items() if (cls := known.get(name))
        for id_ in current.scalars(select(cls.id).where(cls.id.in_(ids)))
    }


# A walk is one recursive query over nodes: records (`is_event` 0) and events (1, with no entity). Each round takes
# every kind of step from every node: `kind` numbers them, and of the joined tables only the kind's own matches.

def _walk(entity: str, record_id: int, direction: Any) -> CTE:
    start = select(
        literal(0).label("is_event"), literal(entity).label("entity"), cast(literal(record_id), Id).label("id"))
    walk = start.cte("walk", recursive=True)
    kinds = union_all(*(select(cast(literal(kind), Integer).label("kind")) for kind in (1, 2, 3))).subquery("kinds")
    return walk.union(direction(walk, kinds.c.kind))


def _events_in(walk: CTE) -> Any:
    return select(walk.c.id).where(walk.c.is_event == 1).limit(LIMIT)


def _forwards(walk: CTE, kind: ColumnElement[int]) -> Any:
    """From a record to the events about it (1), from an event to those it caused (2) and what it created (3)."""
    about, caused, created = aliased(Event), aliased(Event), aliased(AuditEntry)
    return (
        select(
            case((kind == 3, 0), else_=1),
            case((kind == 3, created.entity), else_=null()),
            case((kind == 1, about.id), (kind == 2, caused.id), else_=created.record_id))
        .select_from(walk).join(kind.table, literal(True))
        .outerjoin(about, and_(
            kind == 1, walk.c.is_event == 0, about.subject_id == walk.c.id, about.subject_entity == walk.c.entity))
        .outerjoin(caused, and_(kind == 2, walk.c.is_event == 1, caused.cause_id == walk.c.id))
        .outerjoin(created, and_(kind == 3, walk.c.is_event == 1, created.event_id == walk.c.id,
                                 created.action == "create", created.record_id.is_not(None)))
        .where(or_(about.id.is_not(None), caused.id.is_not(None), created.id.is_not(None))))


def _backwards(walk: CTE, kind: ColumnElement[int]) -> Any:
    """From a record to the event that created it (1), from an event to its cause (2) and what it is about (3)."""
    creation, event = aliased(AuditEntry), aliased(Event)
    return (
        select(
            case((kind == 3, 0), else_=1),
            case((kind == 3, event.subject_entity), else_=null()),
            case((kind == 1, creation.event_id), (kind == 2, event.cause_id), else_=event.subject_id))
        .select_from(walk).join(kind.table, literal(True))
        .outerjoin(creation, and_(
            kind == 1, walk.c.is_event == 0, creation.record_id == walk.c.id, creation.entity == walk.c.entity,
            creation.action == "create"))
        .outerjoin(event, and_(kind != 1, walk.c.is_event == 1, event.id == walk.c.id))
        .where(func.coalesce(creation.event_id, case((kind == 2, event.cause_id), else_=event.subject_id))
               .is_not(None)))
