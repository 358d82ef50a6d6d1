"""Do what the benchmark asks of Tryton, inside Tryton's own environment: one JSON line in, the seconds out."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial

from trytond import config  # type: ignore[import-not-found]  # installed in the peer's environment alone

config.update_etc()

from trytond.pool import Pool  # type: ignore[import-not-found]  # noqa: E402  # after its configuration

from benchmarks.tryton.company import found  # noqa: E402
from benchmarks.tryton.orders import Orders  # noqa: E402
from benchmarks.tryton.parties import Parties  # noqa: E402
from benchmarks.tryton.reading import Reading  # noqa: E402
from benchmarks.tryton.supply import Supply  # noqa: E402

WORKERS: dict[str, type] = {"parties": Parties, "orders": Orders, "reading": Reading, "supply": Supply}


def main(database: str) -> None:
    """Answer commands until the input ends: `found`, or a worker's verb such as `orders.batch`."""
    Pool.start()
    Pool(database).init()
    workers: dict[str, object] = {}
    for line in sys.stdin:
        command = json.loads(line)
        if command["verb"] == "found":
            print("seconds", timed(partial(found, database)), flush=True)
            continue
        name, verb = command["verb"].split(".")
        if name not in workers:
            workers[name] = WORKERS[name](database)  # and its preparations, out of the measured time
        worker = workers[name]
        getattr(worker, f"before_{verb}", lambda: None)()
        print("seconds", timed(partial(getattr(worker, verb), command["count"])), flush=True)


def timed(work: Callable[[], None]) -> float:
    """Do something and return the seconds it took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main(sys.argv[1])
