"""The threads and processes that do what waits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from kernel.entities.database import Database
from kernel.entities.work import Actor, unit_of_work
from kernel.jobs import ring_workers, start_embedded
from kernel.jobs.declare import enqueue
from kernel.jobs.worker import Worker
from tests.kernel.hooks.shop import ShopHold, hold_goods, listening, place
from tests.kernel.jobs.test_jobs import write

ROOT = Path(__file__).parents[3]


def holds(system: Actor) -> list[str]:
    with unit_of_work(system, reading=True) as reading:
        return list(reading.scalars(select(ShopHold.name).order_by(ShopHold.id)))


def eventually(condition: Callable[[], bool], seconds: float = 15) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


@contextmanager
def working(worker: Worker) -> Iterator[Worker]:
    try:
        yield worker
    finally:
        worker.stop()


def test_an_embedded_worker_does_what_a_commit_left_for_later(database: Database, system: Actor) -> None:
    with listening("tests.order_placed", hold_goods, later=True), working(start_embedded(database)):
        for count in (1, 2, 3):
            with unit_of_work(system):
                order, = place("one")
                enqueue(write, (f"job {count}",))
            expected = {f"job {count} 0", f"for {order.id}"}
            assert eventually(lambda expected=expected: expected <= set(holds(system)))  # type: ignore[misc]
    assert len(holds(system)) == 6


def test_a_worker_does_what_waits_from_before_it_started(database: Database, system: Actor) -> None:
    with unit_of_work(system):
        enqueue(write, ("one",))
    with working(start_embedded(database)):
        assert eventually(lambda: holds(system) == ["one 0"])


def test_a_stopped_worker_does_nothing_more(database: Database, system: Actor) -> None:
    with working(start_embedded(database)):
        pass
    with unit_of_work(system):
        enqueue(write, ("one",))
    time.sleep(0.5)
    assert holds(system) == []


PROGRAM = """
import sys
import kernel.permissions
import tests.kernel.jobs.test_jobs
from kernel.entities.database import Database
from kernel.entities.work import set_database
from kernel.jobs import run_worker

set_database(Database(sys.argv[1]))
print("starting", flush=True)
run_worker(redis_url=sys.argv[2])
print("stopped", flush=True)
"""


def redis_url() -> str:
    url = os.environ.get("TRELLIS_TEST_REDIS")
    if not url:
        pytest.skip("no Redis: set TRELLIS_TEST_REDIS")
    return url


@pytest.mark.slow
def test_a_worker_process_is_woken_through_redis_and_stops_when_told(
    database: Database, system: Actor
) -> None:
    redis = redis_url()
    url = database.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url, redis], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "starting\n"
        with working(ring_workers(database, redis)):
            for count in (1, 2):
                with unit_of_work(system):
                    enqueue(write, (f"job {count}",))
                assert eventually(lambda count=count: f"job {count} 0" in holds(system))  # type: ignore[misc]
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=20)[0].endswith("stopped\n")
        assert process.returncode == 0
    finally:
        process.kill()
        process.wait(10)


def test_a_bell_that_is_broken_does_not_break_the_commit(database: Database, system: Actor) -> None:
    with working(ring_workers(database, "redis://127.0.0.1:1/0")), unit_of_work(system):
        enqueue(write, ("one",))
    with working(start_embedded(database)):
        assert eventually(lambda: holds(system) == ["one 0"])
