"""Who does what waits: threads of this process, or worker processes that Redis wakes.

What waits is in the database, so nothing is lost where a process dies. Huey brings the bell, the threads and the clock:
in memory within one process, through Redis where there are several. The task it carries says only "there is work".
"""

import datetime as dt
import hashlib
import threading
from collections.abc import Callable
from typing import Any

import structlog
from huey import Huey, MemoryHuey, RedisHuey
from huey.consumer import Consumer
from huey.exceptions import ConfigurationError

from kernel.entities.database import Database
from kernel.entities.work import current_database
from kernel.errors import UsageError
from kernel.hooks.events import on_posted
from kernel.i18n import _
from kernel.jobs.doing import work_off, work_outside

__all__ = ["Worker", "ring_workers", "run_worker", "start_embedded"]

log = structlog.get_logger("trellis.worker")

PATIENCE = 30
"""Seconds that what is being done has to end when the process does."""


class _Consumer(Consumer):  # type: ignore[misc]  # huey has no types
    """A consumer that may run beside a web server: signals are the main thread's own."""

    def _set_signal_handlers(self) -> None:
        if threading.current_thread() is threading.main_thread() and not self.embedded:
            super()._set_signal_handlers()

    embedded = False


class _Lane:
    """A thread for what waits for other machines' answers, so that nothing of this one waits along."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._rung, self._ended = threading.Event(), False
        self._thread = threading.Thread(target=self._run, name="outside", daemon=True)
        self._thread.start()

    def ring(self) -> None:
        self._rung.set()

    def end(self) -> None:
        """Finish what is being done, for half a minute at most."""
        self._ended = True
        self._rung.set()
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        while self._rung.wait() and not self._ended:
            self._rung.clear()
            try:
                self._work()
            except Exception:
                log.exception("worker.outside")


class Worker:
    """The bell of an installation and, where started, the threads that answer it."""

    def __init__(self, database: Database, redis_url: str = "") -> None:
        self.database = database
        # Installations that share a Redis must not wake each other.
        name = "trellis-" + hashlib.sha256(str(database.url).encode()).hexdigest()[:12]
        self._shared = bool(redis_url)
        self._huey = _connect(name, redis_url)
        self._task: Any = self._huey.task(name="work_off")(self._work_off)
        self._huey.periodic_task(lambda moment: True, name="each_minute")(self._work_off)
        self._rung = threading.Event()
        self._expected: dt.datetime | None = None
        self._expecting = threading.Lock()
        self._consumer: _Consumer | None = None
        self._lane: _Lane | None = None
        self._silence: Callable[[], None] | None = on_posted(self.ring)

    def ring(self) -> None:
        """Say that there is work. Where the bell is broken the work is found within a minute."""
        if self._rung.is_set() and not self._shared:
            return  # the one thread that will answer has not begun yet
        self._rung.set()
        try:
            self._task()
        except Exception:
            log.exception("worker.bell")

    def start(self) -> "Worker":
        """Start threads that work until `stop`; what waits from before is done at once."""
        self._lane = _Lane(self._work_outside)
        self._consumer = self._make_consumer(embedded=True)
        self._consumer.start()
        log.info("worker.started", database=self.database.url.render_as_string(hide_password=True))
        return self

    def run(self) -> None:
        """Work in this thread until the process is told to stop; what is being done is finished first."""
        self._lane = _Lane(self._work_outside)
        self._consumer = self._make_consumer(embedded=False)
        try:
            self._consumer.run()
        finally:
            self.stop()

    def stop(self) -> None:
        """Finish what is being done and stop."""
        if self._silence is not None:
            self._silence()
            self._silence = None
        if self._consumer is not None:
            self._consumer.stop(graceful=True)
            self._consumer = None
        if self._lane is not None:
            self._lane.end()
            self._lane = None
            log.info("worker.stopped")

    def _make_consumer(self, *, embedded: bool) -> _Consumer:
        consumer = _Consumer(
            self._huey, workers=1 if self.database.is_sqlite else 2, initial_delay=0.05, max_delay=0.25,
            graceful_signal="TERM", shutdown_timeout=PATIENCE)
        consumer.embedded = embedded
        return consumer

    def _work_off(self) -> None:
        self._rung.clear()
        self._expect(work_off(self.database, outside=False))
        if self._lane is not None:
            self._lane.ring()

    def _work_outside(self) -> None:
        self._expect(work_outside(self.database))

    def _expect(self, due: dt.datetime | None) -> None:
        """Have the bell rung when there is more to do."""
        now = dt.datetime.now(dt.UTC)
        with self._expecting:
            if due is None or (self._expected is not None and now < self._expected <= due):
                return
            self._expected = max(due, now + dt.timedelta(seconds=1))
            self._task.schedule(delay=(self._expected - now).total_seconds())


def _connect(name: str, redis_url: str) -> Huey:
    if not redis_url:
        return MemoryHuey(name, results=False)
    try:
        return RedisHuey(name, url=redis_url, results=False)
    except ConfigurationError as error:
        raise UsageError(
            "REDIS", _("Redis is set but its client is not installed"), fix=_("pip install 'trellis-kernel[redis]'")
        ) from error


def start_embedded(database: Database, redis_url: str = "") -> Worker:
    """Work in threads of this process; `.stop()` ends it cleanly."""
    return Worker(database, redis_url).start()


def ring_workers(database: Database, redis_url: str) -> Worker:
    """Let a process that does no work itself wake the worker processes through Redis; `.stop()` takes it back."""
    return Worker(database, redis_url)


def run_worker(database: Database | None = None, redis_url: str = "") -> None:
    """Be a worker process until SIGTERM: `trellis worker`."""
    Worker(database or current_database(), redis_url).run()
