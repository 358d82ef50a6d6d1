"""The outbox: listeners that hear after the commit, each event once, again where it failed.

What a listener does and the removal of its row from the outbox are one transaction. So its effect in the database is
there exactly once, also where the process is killed in between.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import structlog
from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.exc import DBAPIError
from structlog.contextvars import bound_contextvars

from kernel.entities.database import Database, is_transient
from kernel.entities.work import SYSTEM, Actor, current_database, in_sibling, session, unit_of_work
from kernel.hooks.events import book
from kernel.hooks.listeners import listener, listeners
from kernel.hooks.models import Event, Outbox
from kernel.hooks.signals import decode
from kernel.identity.models import Company, User
from kernel.watching import happened, spanned

__all__ = ["ATTEMPTS", "Delivery", "deliver_outbox", "retry_after", "told_error"]

BATCH = 200
ATTEMPTS = 8
"""How often a delivery or job is tried before it is left to a person: over some 20 minutes."""

log = structlog.get_logger("trellis.outbox")


@dataclass(slots=True)
class Delivery:
    """What one round of deliveries came to; `next_due` is when another one is worthwhile."""

    delivered: int = 0
    failed: int = 0
    died: int = 0
    next_due: dt.datetime | None = None


def retry_after(attempts: int) -> dt.timedelta:
    """Give the pause after so many failures: 10 s, doubling, at most half an hour."""
    return dt.timedelta(seconds=min(10 * 2 ** max(attempts - 1, 0), 1800))


def told_error(error: BaseException) -> str:
    """Put an error into the words that a person will find beside what failed."""
    return f"{type(error).__name__}: {error}"[:2000]


def deliver_outbox(limit: int = 1000, *, database: Database | None = None) -> Delivery:
    """Let listeners hear what is due, at most `limit` events each: in batches, failed ones alone.

    Runs outside of any unit of work. Several processes may do it at once: on PostgreSQL each takes rows that no
    other has, on SQLite one writes at a time. A listener's failure is noted with its row and does not raise.
    """
    chosen = database or current_database()
    outcome = Delivery()
    for name in _due(chosen):
        left = limit
        for batch in (BATCH, 1):
            while left > 0:
                taken = _deliver(chosen, name, min(batch, left), outcome, alone=batch == 1)
                left -= taken
                if not taken:
                    break
    outcome.next_due = _next_due(chosen)
    return outcome


def _active() -> set[str]:
    return {each.name for each in listeners() if each.later and each.active}


def _due(database: Database) -> Sequence[str]:
    with unit_of_work(SYSTEM, reading=True, database=database) as system:
        return system.scalars(
            select(Outbox.listener).distinct().where(
                Outbox.dead.is_(False), Outbox.due_at <= system.now, Outbox.listener.in_(_active()))
            .order_by(Outbox.listener)).all()


def _next_due(database: Database) -> dt.datetime | None:
    with unit_of_work(SYSTEM, reading=True, database=database) as system:
        return system.scalar(
            select(func.min(Outbox.due_at)).where(Outbox.dead.is_(False), Outbox.listener.in_(_active())))


def _deliver(database: Database, name: str, count: int, outcome: Delivery, *, alone: bool) -> int:
    """Deliver one batch in one transaction; gives how many rows it took."""
    rows: Sequence[Row[Any]] = ()
    try:
        with unit_of_work(SYSTEM, database=database) as system:
            rows = system.work.connection.execute(_take(name, system.now, count, alone)).all()
            for _, group in groupby(rows, key=lambda row: (row.name, row.company_id, row.user_id)):
                _hear(name, list(group))
            if rows:
                system.work.connection.execute(delete(Outbox).where(Outbox.id.in_([row.id for row in rows])))
        outcome.delivered += len(rows)
        if rows:
            happened("delivery", len(rows), listener=name, outcome="done")
    except Exception as error:  # whatever a plugin's code raises is kept with its row
        if not rows:
            raise
        if isinstance(error, DBAPIError) and is_transient(error):
            log.info("outbox.gave_way", listener=name, reason=str(error.orig))
            return 0
        _note_failure(database, name, rows, error, outcome)
    return len(rows)


def _take(name: str, now: dt.datetime, count: int, alone: bool) -> Any:
    tried = Outbox.attempts > 0 if alone else Outbox.attempts == 0
    return (
        select(
            Outbox.id, Outbox.attempts, Outbox.event_id, Outbox.mended, Outbox.mended_version, Event.name,
            Event.version, Event.payload,
            Event.company_id, Event.user_id, Event.request_id, User.name.label("person"), Company.timezone)
        .join(Event, Event.id == Outbox.event_id)
        .outerjoin(User, User.id == Event.user_id).outerjoin(Company, Company.id == Event.company_id)
        .where(Outbox.listener == name, Outbox.dead.is_(False), Outbox.due_at <= now, tried)
        .order_by(Outbox.event_id).limit(count)
        .with_for_update(skip_locked=True, of=Outbox))


def _hear(name: str, rows: list[Row[Any]]) -> None:
    first, work = rows[0], session().work
    hearing = listener(first.name, name)
    if hearing is None or not hearing.active:
        raise LookupError(f"{name} no longer listens to {first.name}")
    requests = {row.request_id for row in rows}
    work.request_id = requests.pop() if len(requests) == 1 else None
    payloads = [
        decode(row.name, row.version, row.payload) if row.mended is None
        else decode(row.name, row.mended_version, row.mended) for row in rows]
    ids = [row.event_id for row in rows]
    book(work).know(payloads, ids)
    person = Actor(
        user_id=first.user_id, company_id=first.company_id, name=first.person or SYSTEM.name, system=True,
        zone=first.timezone or SYSTEM.zone)
    with (
        spanned("delivery", name, work.request_id) as note, in_sibling(person),
        bound_contextvars(request_id=work.request_id, listener=name),
    ):
        note(signal=first.name, events=len(ids))
        hearing.hear(payloads, ids)


def _note_failure(
    database: Database, name: str, rows: Sequence[Row[Any]], error: Exception, outcome: Delivery
) -> None:
    """Keep a failure with its row; a batch that failed is tried again one by one, to find whose fault it is."""
    ids = [row.id for row in rows]
    with unit_of_work(SYSTEM, database=database) as system:
        connection = system.work.connection
        if rows[0].attempts == 0 and len(rows) > 1:
            connection.execute(update(Outbox).where(Outbox.id.in_(ids)).values(attempts=1))
            return
        attempts = max(rows[0].attempts, 0) + 1
        dead = attempts >= ATTEMPTS
        connection.execute(update(Outbox).where(Outbox.id.in_(ids)).values(
            attempts=attempts, dead=dead, error=told_error(error), due_at=system.now + retry_after(attempts)))
    outcome.failed += 1
    outcome.died += dead
    happened("delivery", listener=name, outcome="dead" if dead else "failed")
    log.warning(
        "outbox.failed", listener=name, event_id=rows[0].event_id, attempts=attempts, dead=dead,
        request_id=rows[0].request_id, exc_info=error)
