"""Doing what waits: jobs that are due, regular jobs whose time has come, and deliveries of signals."""

import datetime as dt
import time
from typing import Any

import structlog
from sqlalchemy import Row, delete, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from structlog.contextvars import bound_contextvars

from kernel.entities.database import Database, is_transient
from kernel.entities.work import SYSTEM, Actor, current_database, in_sibling, session, unit_of_work
from kernel.hooks.outbox import deliver_outbox, retry_after, told_error
from kernel.identity.models import Company
from kernel.jobs.declare import Job, declared_jobs
from kernel.jobs.models import Schedule, WaitingJob
from kernel.permissions.actors import actor_of
from kernel.watching import happened

__all__ = ["run_jobs", "start_regular_jobs", "work_off"]

log = structlog.get_logger("trellis.jobs")


def work_off(database: Database | None = None) -> dt.datetime | None:
    """Do everything that is due, and what comes up meanwhile; gives when there is more to do, None for nothing."""
    chosen = database or current_database()
    start_regular_jobs(chosen)
    while True:
        delivery = deliver_outbox(database=chosen)
        done = run_jobs(database=chosen)
        if not (delivery.delivered or done):
            break
    with unit_of_work(SYSTEM, reading=True, database=chosen) as system:
        due = system.scalar(select(func.min(WaitingJob.due_at)).where(
            WaitingJob.dead.is_(False), WaitingJob.name.in_(_active())))
    return min((each for each in (due, delivery.next_due) if each is not None), default=None)


def run_jobs(limit: int = 1000, *, database: Database | None = None) -> int:
    """Do the jobs that are due, each in a transaction of its own; gives how many were done.

    Several processes may do it at once: each takes jobs that no other has. A job's failure is noted with it and does
    not raise.
    """
    chosen = database or current_database()
    done = 0
    for _ in range(limit):
        outcome = _run_one(chosen)
        if outcome is None:
            break
        done += outcome
    return done


def _active() -> set[str]:
    return {each.name for each in declared_jobs().values() if each.active}


def _run_one(database: Database) -> bool | None:
    """Do one job: gives whether it succeeded, None where none was due."""
    if not _any_due(database):  # asked first, since on SQLite taking a job takes the writer's lock
        return None
    row: Any = None
    started = time.monotonic()
    try:
        with unit_of_work(SYSTEM, database=database) as system:
            row = system.work.connection.execute(
                select(*WaitingJob.__table__.c, Company.timezone)
                .outerjoin(Company, Company.id == WaitingJob.company_id)
                .where(WaitingJob.dead.is_(False), WaitingJob.due_at <= system.now, WaitingJob.name.in_(_active()))
                .order_by(WaitingJob.due_at, WaitingJob.id).limit(1)
                .with_for_update(skip_locked=True, of=WaitingJob)).first()
            if row is None:
                return None
            work = system.work
            work.request_id, work.cause = row.request_id, row.cause_id
            wanted: Job[Any] = declared_jobs()[row.name]
            with in_sibling(_actor_for(row)), bound_contextvars(request_id=row.request_id, job=row.name):
                wanted(**wanted.decode(row.arguments))
            work.connection.execute(delete(WaitingJob).where(WaitingJob.id == row.id))
            if wanted.every is not None:
                _note_run(row.name, started, None)
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


def _any_due(database: Database) -> bool:
    with unit_of_work(SYSTEM, reading=True, database=database) as system:
        return bool(system.scalar(select(exists().where(
            WaitingJob.dead.is_(False), WaitingJob.due_at <= system.now, WaitingJob.name.in_(_active())))))


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
