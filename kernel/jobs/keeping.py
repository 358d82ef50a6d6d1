"""The jobs that wait, looked after by people: retried, given up, regular; done again, mended, put away, run now."""

import datetime as dt
import inspect
import typing
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, insert, select, update

from kernel.entities.work import actor, session
from kernel.errors import NotFound, Refusal
from kernel.hooks.events import book
from kernel.hooks.facts import facts_typed
from kernel.hooks.letters import SHOWN, demand_reason, reach
from kernel.hooks.outbox import retry_after
from kernel.i18n import _
from kernel.jobs.declare import Job, declared_jobs
from kernel.jobs.models import Schedule, WaitingJob
from kernel.permissions.rights import rights

__all__ = [
    "RIGHT", "KeptJob", "Regular", "arguments_of", "count_jobs", "dead_jobs", "kept_job", "kept_jobs", "mend_job",
    "put_jobs_away", "redo", "redo_all", "regular_jobs", "run_now",
]

RIGHT = "kernel.job"
"""What the rights to read, replay, mend, put away and run are about."""


@dataclass(frozen=True, slots=True)
class KeptJob:
    """A job that has yet to succeed, and how that went so far; `redo` takes its id."""

    id: int
    name: str
    arguments: dict[str, Any]
    attempts: int
    due_at: dt.datetime
    dead: bool
    error: str
    user_id: int | None
    company_id: int | None
    cause_id: int | None

    @property
    def tried_at(self) -> dt.datetime:
        """Say when it was tried last: what is due next says it."""
        return self.due_at - retry_after(self.attempts)


@dataclass(frozen=True, slots=True)
class Regular:
    """A job done at regular times: how often, when next, and how it went last. `waits` says it is about to run."""

    name: str
    plugin: str
    every: dt.timedelta
    due_at: dt.datetime | None
    ran_at: dt.datetime | None
    took_ms: int | None
    failed: bool | None
    error: str
    waits: bool


_COLUMNS = (
    WaitingJob.id, WaitingJob.name, WaitingJob.arguments, WaitingJob.attempts, WaitingJob.due_at, WaitingJob.dead,
    func.coalesce(WaitingJob.error, ""), WaitingJob.user_id, WaitingJob.company_id, WaitingJob.cause_id)


def kept_jobs(*, dead: bool, limit: int = SHOWN) -> list[KeptJob]:
    """List the jobs that were given up, latest first; or those that wait, next first. Needs "read" on kernel.job."""
    order = WaitingJob.id.desc() if dead else WaitingJob.due_at
    rows = session().work.connection.execute(
        select(*_COLUMNS).where(reach("read", RIGHT, WaitingJob.company_id), WaitingJob.dead.is_(dead))
        .order_by(order, WaitingJob.id).limit(limit))
    return [KeptJob(*row) for row in rows]


def dead_jobs(limit: int = SHOWN) -> list[KeptJob]:
    """List the jobs that were given up, latest first. Needs "read" on kernel.job."""
    return kept_jobs(dead=True, limit=limit)


def count_jobs() -> tuple[int, int]:
    """Count the jobs that wait and those that were given up. Needs "read"."""
    counts = dict(session().work.connection.execute(
        select(WaitingJob.dead, func.count()).where(reach("read", RIGHT, WaitingJob.company_id))
        .group_by(WaitingJob.dead)).all())
    return counts.get(False, 0), counts.get(True, 0)


def kept_job(id_: int, action: str = "read") -> KeptJob:
    """Find one job. Raises NotFound where it was done meanwhile, or put away."""
    row = session().work.connection.execute(
        select(*_COLUMNS).where(WaitingJob.id == id_, reach(action, RIGHT, WaitingJob.company_id))).first()
    if row is None:
        raise NotFound("JOB", _("This job isn't waiting any more"), fix=_("Go back to the list"))
    return KeptJob(*row)


def arguments_of(kept: KeptJob) -> dict[str, Any]:
    """Give the types of a job's arguments: those it was put by with, and those without a default."""
    declared = declared_jobs().get(kept.name)
    if declared is None:
        return {}
    hints = typing.get_type_hints(declared.function)
    return {name: hints[name] for name, parameter in inspect.signature(declared.function).parameters.items()
            if name in kept.arguments or parameter.default is parameter.empty}


def redo(ids: Sequence[int]) -> int:
    """Have given-up jobs tried again from now on; gives how many. Needs "replay" on kernel.job."""
    return _redo(WaitingJob.id.in_(ids))


def redo_all(name: str) -> int:
    """Have all given-up jobs of a name tried again; gives how many. Needs "replay"."""
    return _redo(WaitingJob.name == name)


def _redo(which: ColumnElement[bool]) -> int:
    work = session().work
    rows = work.connection.execute(
        update(WaitingJob).where(_chosen("replay", which)).returning(WaitingJob.id, WaitingJob.name)
        .values(dead=False, attempts=0, due_at=work.now, error=None)).all()
    for row in rows:
        _note("replay", row.id, {"job": row.name})
    book(work).wake_after(work)
    return len(rows)


def _chosen(action: str, which: ColumnElement[bool]) -> ColumnElement[bool]:
    return which & WaitingJob.dead.is_(True) & reach(action, RIGHT, WaitingJob.company_id)


def put_jobs_away(ids: Sequence[int], reason: str) -> int:
    """Give given-up jobs up for good, for a reason that is kept; gives how many. Needs "put_away"."""
    told = demand_reason(reason)
    rows = session().work.connection.execute(
        delete(WaitingJob).where(_chosen("put_away", WaitingJob.id.in_(ids)))
        .returning(WaitingJob.id, WaitingJob.name, WaitingJob.arguments, WaitingJob.error)).all()
    for row in rows:
        _note("put_away", row.id, {
            "reason": told, "job": row.name, "arguments": row.arguments, "error": row.error or ""})
    return len(rows)


def mend_job(id_: int, texts: dict[str, str]) -> None:
    """Change the arguments of a given-up job. Needs "mend"; raises Invalid naming each that is not of its type."""
    kept = kept_job(id_, "mend")
    hints = arguments_of(kept)
    if not kept.dead or not hints:
        raise Refusal("NOT_GIVEN_UP", _("Only a given-up job that takes arguments can be mended"),
                      fix=_("Go back to the list"))
    given = facts_typed(hints, texts)
    changes = {name: [kept.arguments.get(name), value] for name, value in given.items()
               if kept.arguments.get(name) != value}
    if not changes:
        raise Refusal("NOTHING_CHANGED", _("Nothing was changed"), fix=_("Change a fact, or replay it as it is"))
    done = session().work.connection.execute(
        update(WaitingJob).where(_chosen("mend", WaitingJob.id == id_)).values(arguments=given))
    if done.rowcount:
        _note("mend", id_, {**changes, "job": kept.name})


def regular_jobs() -> list[Regular]:
    """List the jobs that are done at regular times. Needs "read" on kernel.job."""
    rights().demand("read", RIGHT)
    connection = session().work.connection
    known = {row.name: row for row in connection.execute(select(*Schedule.__table__.c))}
    waiting = set(connection.scalars(select(WaitingJob.name).where(WaitingJob.dead.is_(False)).distinct()))
    return [_regular(each, known.get(each.name), each.name in waiting)
            for each in sorted(declared_jobs().values(), key=lambda one: one.name) if each.every and each.active]


def _regular(declared: Job[Any], row: Any, waits: bool) -> Regular:
    every = declared.every or dt.timedelta()
    if row is None:
        return Regular(declared.name, declared.plugin, every, None, None, None, None, "", waits)
    return Regular(declared.name, declared.plugin, every, row.due_at, row.ran_at, row.took_ms, row.failed,
                   row.error or "", waits)


def run_now(name: str) -> None:
    """Have a regular job done now, beside its regular times. Needs "run" on kernel.job.

    Raises NotFound for none such, and Refusal where it waits or runs already.
    """
    rights().demand("run", RIGHT)
    wanted = declared_jobs().get(name)
    if wanted is None or wanted.every is None or not wanted.active:
        raise NotFound("JOB", _("There is no such regular job"))
    work = session().work
    work.connection.execute(select(Schedule.name).where(Schedule.name == name).with_for_update())
    if work.connection.scalar(select(exists().where(WaitingJob.name == name, WaitingJob.dead.is_(False)))):
        raise Refusal("RUNS_ALREADY", _("It is about to run, or runs already"), fix=_("Look again in a moment"))
    id_ = work.take_ids()[0]
    work.connection.execute(insert(WaitingJob).values(
        id=id_, name=name, plugin=wanted.plugin, arguments={}, system=True, attempts=0, due_at=work.now, dead=False,
        request_id=work.request_id))
    _note("run", id_, {"job": name})
    book(work).wake_after(work)


def _note(action: str, id_: int, facts: dict[str, Any]) -> None:
    current = session()
    current.work.audit.note_act(
        action, RIGHT, id_, actor().company_id, facts, current.now, current.work.origin(actor()))
