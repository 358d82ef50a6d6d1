"""Carry to recipients outside what is due: taken for a time, carried, struck off. `couriers` says why so."""

import dataclasses
import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from sqlalchemy import Row, delete, func, select, update
from structlog.contextvars import bound_contextvars

from kernel.entities.database import Database
from kernel.entities.work import SYSTEM, current_database, unit_of_work, using_database
from kernel.hooks.couriers import Carried, Courier, Parcel, couriers
from kernel.hooks.models import Event, Outbox
from kernel.hooks.outbox import ATTEMPTS, Delivery, retry_after, told_error
from kernel.hooks.signals import declared_signal, upcast_payload
from kernel.watching import happened, spanned

__all__ = ["LEASE", "SPELL", "carry_parcels"]

LEASE = dt.timedelta(minutes=5)
"""How long somebody who took something to do outside has it alone: longer than any of it may take."""
SPELL = 10.0
"""Seconds after which a round goes on to what else waits, however much more there is of the same."""
AT_ONCE = 4
"""To how many recipients is carried at the same time: one who is slow keeps few waiting."""

log = structlog.get_logger("trellis.outbox")


def carry_parcels(database: Database | None = None) -> Delivery:
    """Carry what is due, for a while at most; runs outside of any unit of work.

    Several processes may do it at once: each takes what no other has. A failure is noted and does not raise.
    """
    chosen = database or current_database()
    outcome = Delivery()
    if not couriers():
        return outcome
    receiving, due = _due(chosen)
    if len(due) > 1:
        with ThreadPoolExecutor(min(AT_ONCE, len(due)), "carrying") as pool:
            done = list(pool.map(lambda each: _carry_to(chosen, *each), due))
    else:
        done = [_carry_to(chosen, *each) for each in due]
    for each in done:
        outcome.delivered += each.delivered
        outcome.failed += each.failed
        outcome.died += each.died
    with unit_of_work(SYSTEM, reading=True, database=chosen) as system:
        outcome.next_due = system.scalar(select(func.min(Outbox.due_at)).where(
            Outbox.dead.is_(False), Outbox.listener.in_(receiving)))
    return outcome


def _due(database: Database) -> tuple[set[str], list[tuple[Courier, str]]]:
    """Give everybody who takes parcels, and to whom some are due, by whom."""
    with unit_of_work(SYSTEM, reading=True, database=database) as system:
        by_whom = {name: courier for courier in couriers() for name in courier.receiving()}
        names = system.scalars(select(Outbox.listener).distinct().where(
            Outbox.dead.is_(False), Outbox.due_at <= system.now, Outbox.listener.in_(by_whom))
            .order_by(Outbox.listener)).all()
        return set(by_whom), [(by_whom[name], name) for name in names]


def _carry_to(database: Database, courier: Courier, recipient: str) -> Delivery:
    """Carry to one recipient, one parcel after the other, until nothing is due, nobody answers or the spell is over."""
    outcome, until = Delivery(), time.monotonic() + SPELL
    with using_database(database):
        while time.monotonic() < until:
            row = _take(database, recipient)
            if row is None:
                break
            if not row.dead and _carry(database, courier, recipient, row, outcome).away:
                break
    return outcome


def _take(database: Database, recipient: str) -> Row[Any] | None:
    """Take the next parcel for a while, those first that were not tried yet; the attempt counts from here on.

    One that was begun as often as may be and never ended kills whoever carries it: it is given up.
    """
    with unit_of_work(SYSTEM, database=database) as system:
        connection = system.work.connection
        row = connection.execute(
            select(
                Outbox.id, Outbox.attempts, Outbox.event_id, Outbox.mended, Outbox.mended_version, Event.name,
                Event.version, Event.payload, Event.at, Event.request_id,
                (Outbox.attempts >= ATTEMPTS).label("dead"))
            .join(Event, Event.id == Outbox.event_id)
            .where(Outbox.listener == recipient, Outbox.dead.is_(False), Outbox.due_at <= system.now)
            .order_by(Outbox.attempts, Outbox.event_id).limit(1)
            .with_for_update(skip_locked=True, of=Outbox)).first()
        if row is not None:
            connection.execute(update(Outbox).where(Outbox.id == row.id).values(
                {"dead": True, "error": "It was begun again and again, and never ended"} if row.dead else
                {"attempts": row.attempts + 1, "due_at": system.now + LEASE}))
        return row


def _carry(database: Database, courier: Courier, recipient: str, row: Row[Any], outcome: Delivery) -> Carried:
    with bound_contextvars(request_id=row.request_id, listener=recipient):
        try:
            with spanned("delivery", recipient, row.request_id) as note:
                note(signal=row.name, events=1)
                carried = courier.carry(_parcel(recipient, row))
        except Exception as error:  # whatever a courier's code raises is kept with the parcel
            log.warning("outbox.carrying", exc_info=error)
            carried = Carried(told_error(error))
        _settle(database, recipient, row, carried, outcome)
    return carried


def _parcel(recipient: str, row: Row[Any]) -> Parcel:
    """Give what goes out: only facts that the signal declares, as its present version has them."""
    declared = declared_signal(row.name)
    payload, version = (row.payload, row.version) if row.mended is None else (row.mended, row.mended_version)
    if version > declared.version:
        raise LookupError(f"{row.name} was told as version {version}; this code knows {declared.version}")
    raised = upcast_payload(row.name, version, payload)
    known = [each.name for each in dataclasses.fields(declared.payload)]
    return Parcel(
        recipient, row.event_id, row.name, declared.version,
        {name: raised[name] for name in known if name in raised}, row.at, row.attempts + 1)


def _settle(database: Database, recipient: str, row: Row[Any], carried: Carried, outcome: Delivery) -> None:
    """Strike a parcel off, or note why it was not taken, together with what its courier keeps of it."""
    attempts, done = row.attempts + 1, not carried.error
    dead = not done and attempts >= ATTEMPTS
    with unit_of_work(SYSTEM, database=database) as system:
        connection = system.work.connection
        if done:
            connection.execute(delete(Outbox).where(Outbox.id == row.id))
        else:
            due_at = system.now + retry_after(attempts)
            connection.execute(update(Outbox).where(Outbox.id == row.id).values(
                dead=dead, error=carried.error[:2000], due_at=due_at))
            if carried.away:
                connection.execute(
                    update(Outbox).where(Outbox.listener == recipient, Outbox.dead.is_(False), Outbox.due_at < due_at)
                    .values(due_at=due_at))
        if carried.note is not None:
            carried.note()
    outcome.delivered += done
    outcome.failed += not done
    outcome.died += dead
    happened("delivery", listener=recipient.rpartition(".")[0],
             outcome="done" if done else "dead" if dead else "failed")
    if not done:
        log.warning("outbox.not_carried", event_id=row.event_id, attempts=attempts, dead=dead, error=carried.error)
