"""What waits in the outbox, looked after by people: what is retried, what was given up; replayed, mended, put away."""

import datetime as dt
import typing
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, select, true, update

from kernel.entities.work import actor, session
from kernel.errors import Invalid, NotFound, Problem, Refusal
from kernel.hooks.events import book
from kernel.hooks.facts import facts_typed
from kernel.hooks.models import Event, Outbox
from kernel.hooks.outbox import retry_after
from kernel.hooks.signals import declared_signals, upcast_payload
from kernel.i18n import _
from kernel.permissions.rights import rights

__all__ = [
    "RIGHT", "Letter", "count_letters", "dead_letters", "demand_reason", "facts_heard", "letter", "letters", "mend",
    "put_away", "reach", "replay", "replay_all",
]

RIGHT = "kernel.outbox"
"""What the rights to read, replay, mend and put away are about."""
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """A delivery that has yet to succeed: which listener should hear which event, and how that went so far."""

    id: int
    listener: str
    event_id: int
    event: str
    version: int
    told_at: dt.datetime
    attempts: int
    due_at: dt.datetime
    dead: bool
    error: str
    subject_entity: str | None
    subject_id: int | None
    company_id: int | None
    mended: bool

    @property
    def tried_at(self) -> dt.datetime:
        """Say when it was tried last: what is due next says it."""
        return self.due_at - retry_after(self.attempts)


def reach(action: str, entity: str, company: Any) -> ColumnElement[bool]:
    """Demand a right, and give which rows it covers: those of one's company, or all where a role reaches that far."""
    granted = rights()
    granted.demand(action, entity)
    if granted.system or any(each.scope == "all" for each in granted.reaches(action, entity)):
        return true()
    return typing.cast(ColumnElement[bool], company == actor().company_id)


def _letters(action: str) -> Select[Any]:
    columns: Sequence[Any] = (
        Outbox.id, Outbox.listener, Outbox.event_id, Event.name, Event.version, Event.at, Outbox.attempts,
        Outbox.due_at, Outbox.dead, func.coalesce(Outbox.error, ""), Event.subject_entity, Event.subject_id,
        Event.company_id, Outbox.mended.is_not(None))
    return (
        select(*columns)
        .join(Event, Event.id == Outbox.event_id).where(reach(action, RIGHT, Event.company_id)))


def letters(*, dead: bool, limit: int = SHOWN, listener: str = "") -> list[Letter]:
    """List the deliveries that were given up, latest first; or those that wait, next first. Needs "read".

    Those of one listener where it is named.
    """
    order = Outbox.id.desc() if dead else Outbox.due_at
    chosen = _letters("read").where(Outbox.dead.is_(dead))
    rows = session().work.connection.execute(
        (chosen.where(Outbox.listener == listener) if listener else chosen).order_by(order, Outbox.id).limit(limit))
    return [Letter(*row) for row in rows]


def count_letters() -> tuple[int, int]:
    """Count the deliveries that wait and those that were given up. Needs "read"."""
    counts = dict(session().work.connection.execute(
        select(Outbox.dead, func.count()).join(Event, Event.id == Outbox.event_id)
        .where(reach("read", RIGHT, Event.company_id)).group_by(Outbox.dead)).all())
    return counts.get(False, 0), counts.get(True, 0)


def dead_letters(limit: int = SHOWN) -> list[Letter]:
    """List the deliveries that were given up, latest first. Needs "read" on kernel.outbox."""
    return letters(dead=True, limit=limit)


def letter(id_: int, action: str = "read") -> Letter:
    """Find one delivery. Raises NotFound where it was heard meanwhile, or put away."""
    row = session().work.connection.execute(_letters(action).where(Outbox.id == id_)).first()
    if row is None:
        raise NotFound("DELIVERY", _("This delivery isn't waiting any more"), fix=_("Go back to the list"))
    return Letter(*row)


def facts_heard(id_: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the types of what a listener hears, and its facts as they are stored: mended ones where they are.

    Both are raised to the version that the code knows; without types where no plugin declares the signal.
    """
    found = letter(id_)
    row = session().work.connection.execute(
        select(Event.payload, Outbox.mended, Outbox.mended_version)
        .join(Outbox, Outbox.event_id == Event.id).where(Outbox.id == id_)).one()
    payload, version = (row.payload, found.version) if row.mended is None else (row.mended, row.mended_version)
    declared = declared_signals().get(found.event)
    if declared is None or version > declared.version:
        return {}, payload
    return typing.get_type_hints(declared.payload), upcast_payload(found.event, version, payload)


def replay(ids: Sequence[int]) -> int:
    """Have given-up deliveries tried again from now on; gives how many. Needs "replay" on kernel.outbox."""
    return _replay(Outbox.id.in_(ids))


def replay_all(listener: str) -> int:
    """Have everything that was given up of one listener tried again; gives how much. Needs "replay"."""
    return _replay(Outbox.listener == listener)


def _replay(which: ColumnElement[bool]) -> int:
    work = session().work
    chosen = _chosen("replay", which)
    result = work.connection.execute(
        update(Outbox).where(chosen).returning(Outbox.id, Outbox.listener, Outbox.event_id)
        .values(dead=False, attempts=1, due_at=work.now, error=None)).all()
    for row in result:
        _note("replay", row.id, {"listener": row.listener, "event": row.event_id})
    book(work).wake_after(work)
    return len(result)


def _chosen(action: str, which: ColumnElement[bool]) -> ColumnElement[bool]:
    mine = reach(action, RIGHT, Event.company_id)
    return which & Outbox.dead.is_(True) & Outbox.event_id.in_(select(Event.id).where(mine))


def put_away(ids: Sequence[int], reason: str) -> int:
    """Give given-up deliveries up for good, for a reason that is kept; gives how many. Needs "put_away"."""
    told = demand_reason(reason)
    rows = session().work.connection.execute(
        delete(Outbox).where(_chosen("put_away", Outbox.id.in_(ids)))
        .returning(Outbox.id, Outbox.listener, Outbox.event_id, Outbox.error)).all()
    for row in rows:
        _note("put_away", row.id, {
            "reason": told, "listener": row.listener, "event": row.event_id, "error": row.error or ""})
    return len(rows)


def demand_reason(reason: str) -> str:
    """Give a reason without its blanks. Raises Invalid where there is none, or too much of it."""
    told = reason.strip()
    if not told or len(told) > 500:
        raise Invalid([Problem("reason", _("Say why, in at most 500 characters"))])
    return told


def mend(id_: int, texts: dict[str, str]) -> None:
    """Change what a listener will hear of a given-up delivery; the event itself stays as it was told. Needs "mend".

    Raises Invalid naming each fact that is not of its type.
    """
    found = letter(id_, "mend")
    declared = declared_signals().get(found.event)
    if not found.dead or declared is None:
        raise Refusal("NOT_GIVEN_UP", _("Only what was given up, of a signal that is known here, can be mended"),
                      fix=_("Go back to the list"))
    _hints, before = facts_heard(id_)
    given = facts_typed(typing.get_type_hints(declared.payload), texts)
    changes = {name: [before.get(name), value] for name, value in given.items() if before.get(name) != value}
    if not changes:
        raise Refusal("NOTHING_CHANGED", _("Nothing was changed"), fix=_("Change a fact, or replay it as it is"))
    done = session().work.connection.execute(
        update(Outbox).where(_chosen("mend", Outbox.id == id_)).values(mended=given, mended_version=declared.version))
    if done.rowcount:
        _note("mend", id_, {**changes, "listener": found.listener, "event": found.event_id})


def _note(action: str, id_: int, facts: dict[str, Any]) -> None:
    current = session()
    current.work.audit.note_act(
        action, RIGHT, id_, actor().company_id, facts, current.now, current.work.origin(actor()))
