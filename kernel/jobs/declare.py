"""Declaring jobs, and putting them by for later."""

import datetime as dt
import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec

from sqlalchemy import insert

from kernel.entities.base import plugin_of
from kernel.entities.work import session
from kernel.errors import UsageError
from kernel.hooks.events import book
from kernel.hooks.outbox import ATTEMPTS
from kernel.hooks.participation import switched_off
from kernel.hooks.payloads import decoder
from kernel.jobs.models import WaitingJob

__all__ = ["Job", "declared_jobs", "enqueue", "every", "job"]

P = ParamSpec("P")

_jobs: dict[str, "Job[Any]"] = {}


@dataclass(frozen=True)
class Job(Generic[P]):
    """A function that can be done later: call it to do it now, `enqueue` it to have it done after the commit."""

    name: str
    plugin: str
    function: Callable[P, None]
    retries: int
    every: dt.timedelta | None = None
    outside: bool = False
    """Whether it is done outside of any unit of work, because it waits for somebody else's server."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Do it here and now."""
        self.function(*args, **kwargs)

    @property
    def active(self) -> bool:
        """Say whether its plugin takes part in the installation at hand."""
        return self.plugin not in switched_off()

    def decode(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Build the arguments from their stored JSON."""
        hints = typing.get_type_hints(self.function)
        return {name: decoder(hints.get(name, Any), f"{self.name}({name})")(value) for name, value in arguments.items()}


def job(
    name: str, *, retries: int = ATTEMPTS - 1, outside: bool = False
) -> Callable[[Callable[P, None]], Job[P]]:
    """Make a function a job: `@job("crm.remind")`. Its arguments are what payloads of signals may hold.

    It is done in a unit of work of its own, for whoever enqueued it and with their rights: what it changes and that
    it is done are one transaction. Where it raises, it is tried again up to `retries` times with growing pauses,
    then kept with its error.

    A job that waits for another machine's answer is declared `outside`: done as the system, outside of any unit of
    work, so that no transaction stays open meanwhile. It opens short ones of its own for what it reads and writes, and
    may be done twice where the process is killed: it looks first whether it still has to.
    """

    def declare(function: Callable[P, None]) -> Job[P]:
        return _declare(Job(name, plugin_of(function.__module__), function, retries, outside=outside))

    return declare


def every(
    *, minutes: int = 0, hours: int = 0, days: int = 0, name: str | None = None, outside: bool = False
) -> Callable[[Callable[[], None]], Job[[]]]:
    """Have a function done regularly, as the system: `@every(minutes=5)`.

    Done once per interval whatever the number of processes, and not again while it still waits or runs. What was
    missed while nothing ran is made up for once. `outside` is what it is for `job`.
    """
    interval = dt.timedelta(minutes=minutes, hours=hours, days=days)
    if interval < dt.timedelta(minutes=1):
        raise UsageError("JOB", "a regular job runs every minute at most: @every(minutes=5)")

    def declare(function: Callable[[], None]) -> Job[[]]:
        plugin = plugin_of(function.__module__)
        return _declare(Job(name or f"{plugin}.{function.__name__}", plugin, function, ATTEMPTS - 1, interval, outside))

    return declare


def _declare(made: Job[P]) -> Job[P]:
    known = _jobs.get(made.name)
    if known is not None and known.function.__module__ != made.function.__module__:
        raise UsageError(
            "JOB", f"{known.function.__module__} and {made.function.__module__} both declare the job {made.name}")
    hints = typing.get_type_hints(made.function)
    for parameter in inspect.signature(made.function).parameters:
        decoder(hints.get(parameter, Any), f"{made.name}({parameter})")
    _jobs[made.name] = made
    return made


def declared_jobs() -> Mapping[str, Job[Any]]:
    """Give the jobs that loaded code declares, by name."""
    return _jobs


def enqueue(wanted: Job[P], *args: P.args, **kwargs: P.kwargs) -> None:
    """Have a job done after the commit of this unit of work, or not at all where it rolls back.

    The job is done for the current actor. Raises UsageError in reading work.
    """
    current = session()
    who, work = current.actor, current.work
    if work.reading:
        raise UsageError("READING", "reading work must not put jobs by")
    arguments = dict(inspect.signature(wanted.function).bind(*args, **kwargs).arguments)
    work.connection.execute(insert(WaitingJob).values(
        id=work.take_ids()[0], name=wanted.name, plugin=wanted.plugin, arguments=arguments, user_id=who.user_id,
        company_id=who.company_id, system=who.system, wanted_by=who.plugin, cause_id=work.cause,
        request_id=work.request_id, attempts=0, due_at=work.now, error=None, dead=False))
    book(work).wake_after(work)
