"""Doing what waits: jobs that are due, regular jobs whose time has come, and deliveries of signals."""

import datetime as dt
import math
import time
from typing import Any

import structlog
from sqlalchemy import Row, Select, delete, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from structlog.contextvars import bound_contextvars

from kernel.entities.database import Database, is_transient
from kernel.entities.work import (
    SYSTEM,
    Actor,
    Session,
    current_database,
    in_sibling,
    session,
    unit_of_work,
    using_database,
)
from kernel.hooks.carrying import LEASE, SPELL, carry_parcels
from kernel.hooks.outbox import deliver_outbox, retry_after, told_error
from kernel.identity.models import Company
from kernel.jobs.declare import Job, declared_jobs
from kernel.jobs.models import Schedule, WaitingJob
from kernel.permissions.actors import actor_of
from kernel.watching import happened, spanned

__all__ = ["run_jobs", "start_regular_jobs", "work_off", "work_outside"]

log = structlog.get_logger("trellis.jobs")


def work_off(database: Database | None = None, *, outside: bool = True) -> dt.datetime | None:
    """Do everything that is due, and what comes up meanwhile; gives when there is more to do, None for nothing.

    Without `outside`, what waits for other machines' answers is left to whoever calls `work_outside`.
    """
    chosen = database or current_database()
    start_regular_jobs(chosen)
    while True:
        delivery = deliver_outbox(database=chosen)
        done = run_jobs(database=chosen, outside=False)
        if outside and not (delivery.delivered or done):
            done = _outside_round(chosen)[0]
        if not (delivery.delivered or done):
            break
    return _first(_next_due(chosen, None if outside else False), delivery.next_due)


def work_outside(database: Database | None = None) -> dt.datetime | None:
    """Do what waits for other machines' answers: parcels and jobs declared `outside`, in turns; gives when next."""
    chosen = database or current_database()
    while True:
        done, next_due = _outside_round(chosen)
        if not done:
            return _first(_next_due(chosen, True), next_due)


def _first(*moments: dt.datetime | None) -> dt.datetime | None:
    return min((each for each in moments if each is not None), default=None)


def _outside_round(database: Database) -> tuple[int, dt.datetime | None]:
    carried = carry_parcels(database)
    return carried.delivered + run_jobs(database=database, outside=True, seconds=SPELL), carried.next_due


def _next_due(database: Database, outside: bool | None) -> dt.datetime | None:
    with unit_of_work(SYSTEM, reading=True, database=database) as system:
        return system.scalar(select(func.min(WaitingJob.due_at)).where(
            WaitingJob.dead.is_(False), WaitingJob.name.in_(_active(outside))))


def run_jobs(
    limit: int = 1000, *, database: Database | None = None, outside: bool | None = None, seconds: float = math.inf
) -> int:
    """Do the jobs that are due, each in a transaction of its own; gives how many were done.

    Only those declared `outside`, or only the others, where that is given. Several processes may do it at once: each
    takes jobs that no other has. A job's failure is noted with it and does not raise. Ends early after `seconds`.
    """
    chosen = database or current_database()
    done, until = 0, time.monotonic() + seconds
    kinds = (False, True) if outside is None else (outside,)
    for do in [_run_outside if kind else _run_one for kind in kinds]:
        for _ in range(limit):
            outcome = do(chosen) if time.monotonic() < until else None
            if outcome is None:
                break
            done += outcome
    return done


def _active(outside: bool | None) -> set[str]:
    return {each.name for each in declared_jobs().values() if each.active and outside in (None, each.outside)}


def _run_one(database: Database) -> bool | None:
    """Do one job: gives whether it succeeded, None where none was due."""
    if not _any_due(database, outside=False):  # asked first, since on SQLite taking a job takes the writer's lock
        return None
    row: Any = None
    started = time.monotonic()
    try:
        with unit_of_work(SYSTEM, database=database) as system:
            row = _next_job(system, outside=False)
            if row is None:
                return None
            work = system.work
            work.request_id, work.cause = row.request_id, row.cause_id
            wanted: Job[Any] = declared_jobs()[row.name]
            with (
                spanned("job", row.name, row.request_id), in_sibling(_actor_for(row)),
                bound_contextvars(request_id=row.request_id, job=row.name),
            ):
                wanted(**wanted.decode(row.arguments))
            _strike_off(row, started)
    except Exception as error:  # whatever a plugin's code raises is kept with its job
        if row is None:
            raise
        if isinstance(error, DBAPIError) and is_transient(error):
            log.info("job.gave_way", job=row.name, reason=str(error.orig))
            return False
        _note_failure(database, row, error, started)
        return False
    happened("job", name=row.name, outcome="done")
    return True


def _run_outside(database: Database) -> bool | None:
    """Do one job that waits for another machine, between two short transactions; gives what `_run_one` does."""
    if not _any_due(database, outside=True):
        return None
    row = _take_for_a_while(database)
    if row is None:
        return None
    started = time.monotonic()
    wanted: Job[Any] = declared_jobs()[row.name]
    try:
        with (
            using_database(database), bound_contextvars(request_id=row.request_id, job=row.name),
            spanned("job", row.name, row.request_id),
        ):
            wanted(**wanted.decode(row.arguments))
        with unit_of_work(SYSTEM, database=database):
            _strike_off(row, started)
    except Exception as error:  # noqa: BLE001  # as above; what it was is noted and logged
        _note_failure(database, row, error, started)
        return False
    happened("job", name=row.name, outcome="done")
    return True


def _take_for_a_while(database: Database) -> Row[Any] | None:
    """Take a job that nobody else begins meanwhile; the attempt counts from here on, also where the process is killed.

    One that was begun as often as may be and never ended is given up.
    """
    with unit_of_work(SYSTEM, database=database) as system:
        row = _next_job(system, outside=True)
        if row is None:
            return None
        spent = row.attempts > declared_jobs()[row.name].retries
        system.work.connection.execute(update(WaitingJob).where(WaitingJob.id == row.id).values(
            {"dead": True, "error": "It was begun again and again, and never ended"} if spent else
            {"attempts": row.attempts + 1, "due_at": system.now + LEASE}))
        return None if spent else row


def _next_job(system: Session, *, outside: bool) -> Row[Any] | None:
    statement: Select[Any] = (
        select(*WaitingJob.__table__.c, Company.timezone)
        .outerjoin(Company, Company.id == WaitingJob.company_id)
        .where(WaitingJob.dead.is_(False), WaitingJob.due_at <= system.now, WaitingJob.name.in_(_active(outside)))
        .order_by(WaitingJob.due_at, WaitingJob.id).limit(1)
        .with_for_update(skip_locked=True, of=WaitingJob))
    return system.work.connection.execute(statement).first()


def _strike_off(row: Row[Any], started: float) -> None:
    session().work.connection.execute(delete(WaitingJob).where(WaitingJob.id == row.id))
    if declared_jobs()[row.name].every is not None:
        _note_run(row.name, started, None)


def _any_due(database: Database, *, outside: bool) -> bool:
    with unit_of_work(SYSTEM, reading=True, database=database) as system:
        return bool(system.scalar(select(exists().where(
            WaitingJob.dead.is_(False), WaitingJob.due_at <= system.now, WaitingJob.name.in_(_active(outside))))))


def _actor_for(row: Row[Any]) -> Actor:
    if row.system or row.wanted_by:
        return Actor(
            user_id=row.user_id, company_id=row.company_id, system=row.system, plugin=row.wanted_by,
            zone=row.timezone or SYSTEM.zone)
    return actor_of(row.user_id, row.company_id)


def _note_failure(database: Database, row: Row[Any], error: Exception, started: float) -> None:
    attempts = row.attempts + 1
    done: Job[Any] = declared_jobs()[row.name]
    dead = attempts > done.retries
    with unit_of_work(SYSTEM, database=database) as system:
        system.work.connection.execute(update(WaitingJob).where(WaitingJob.id == row.id).values(
            attempts=attempts, dead=dead, error=told_error(error), due_at=system.now + retry_after(attempts)))
        if done.every is not None:
            _note_run(row.name, started, told_error(error))
    happened("job", name=row.name, outcome="dead" if dead else "failed")
    log.warning(
        "job.failed", job=row.name, id=row.id, attempts=attempts, dead=dead, request_id=row.request_id, exc_info=error)


def _note_run(name: str, started: float, error: str | None) -> None:
    """Keep how a regular job went with its schedule, in the transaction of what it did."""
    work = session().work
    work.connection.execute(update(Schedule).where(Schedule.name == name).values(
        ran_at=work.now, took_ms=round((time.monotonic() - started) * 1000), failed=error is not None, error=error))


def start_regular_jobs(database: Database | None = None) -> int:
    """Put by the regular jobs whose time has come; gives how many."""
    chosen = database or current_database()
    with unit_of_work(SYSTEM, reading=True, database=chosen) as system:
        regular = {each.name: each for each in declared_jobs().values() if each.every and each.active}
        rows = system.execute(select(Schedule.name, Schedule.due_at).where(Schedule.name.in_(regular))).all()
        known = {row.name: row.due_at for row in rows}
        due = [each for name, each in regular.items() if known.get(name, system.now) <= system.now]
    if not due:
        return 0
    with unit_of_work(SYSTEM, database=chosen) as system:
        return sum(_start(each) for each in due)


def _start(regular: Job[Any]) -> bool:
    """Move a regular job's time on and put it by, unless another process did or it still waits."""
    work = session().work
    if regular.every is None:
        return False
    dialect = sqlite if work.database.is_sqlite else postgresql
    work.connection.execute(
        dialect.insert(Schedule).values(name=regular.name, plugin=regular.plugin, due_at=work.now)
        .on_conflict_do_nothing())
    moved = work.connection.execute(
        update(Schedule).where(Schedule.name == regular.name, Schedule.due_at <= work.now)
        .values(due_at=work.now + regular.every))
    waits = work.connection.scalar(select(exists().where(
        WaitingJob.name == regular.name, WaitingJob.dead.is_(False))))
    if not moved.rowcount or waits:
        return False
    work.connection.execute(insert(WaitingJob).values(
        id=work.take_ids()[0], name=regular.name, plugin=regular.plugin, arguments={}, system=True, attempts=0,
        due_at=work.now, dead=False))
    return True
