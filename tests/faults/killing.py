"""A process that has lived the thread from order to payment once, keeping the database as it was before each step.

It forks a child for each step that is to be done again: the child opens a database, does the step, and is killed after
a statement where one is named. What a step does is always the same, so that a statement's number says where it is.

    python -m tests.faults.killing FOLDER        # reads one JSON request a line, answers one JSON line each
"""

from __future__ import annotations

import gc
import json
import logging
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import event

from kernel.config import Config
from kernel.entities.database import Database
from kernel.entities.work import set_database
from kernel.registry.checks import run_checks
from kernel.registry.start import initialise, open_installation
from tests.subsets.test_subsets import PLUGINS
from tests.subsets.threads import Works, describe, keep_stock_by_hand, name_supplier, win

Do = Callable[[], None]


def config_of(database: Path) -> Config:
    return Config(database_url=f"sqlite:///{database}", data_dir=str(database.parent), secret_key="for the tests only")


def thread(works: Works) -> Iterator[tuple[str, Do]]:
    """Give the steps in their order, each when all before it is done; what lies between them is done on the way."""

    def step(action: str, name: str, id_: int, **values: object) -> Do:
        return lambda: works.do(action, name, id_, **values)

    keep_stock_by_hand(works)
    name_supplier(works)
    describe(works)
    win(works)
    order = works.one("erp_sales.order").id
    yield "confirm order", step("confirm", "erp_sales.order", order)
    plan = works.enter("erp_mrp.plan")
    works.do("run", "erp_mrp.plan", plan)
    yield "firm plan", step("firm", "erp_mrp.plan", plan)
    request = works.one("erp_purchase.request")
    works.do("order", "erp_purchase.request", request.id)
    yield "approve purchase", step("approve", "erp_purchase.order", works.one("erp_purchase.order").id)
    yield "receive", step("receive", "erp_inventory.receipt", works.one("erp_inventory.receipt", state="open").id)
    job = works.one("erp_mrp.work_order").id
    works.do("release", "erp_mrp.work_order", job)
    yield "issue to work order", step("issue", "erp_mrp.work_order", job)
    report = works.enter("erp_mrp.operation_report", work_order=job, sequence=10, good="7", hours="2")
    works.do("post", "erp_mrp.operation_report", report)
    yield "receive from work order", step("receive", "erp_mrp.work_order", job)
    yield "ship", step("ship", "erp_inventory.delivery", works.one("erp_inventory.delivery", state="open").id)
    yield "invoice", step("invoice", "erp_sales.order", order)
    yield "pay", step("pay", "erp_finance.invoice", works.one("erp_finance.invoice", kind="sale").id)


class Statements:
    """Counts what a database is asked to do; at a statement, or at the commit, it kills the process."""

    def __init__(self, database: Database, kill_at: int | None = None) -> None:
        self.count = 0
        self.kill_at = kill_at
        event.listen(database.engine, "after_cursor_execute", self._executed)
        event.listen(database.engine, "commit", self._committing)

    def _executed(self, *_rest: Any) -> None:
        self.count += 1
        if self.count == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def _committing(self, _connection: Any) -> None:
        if self.kill_at == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def live(folder: Path) -> dict[str, Do]:
    """Live the thread, keeping the database before each step; gives the steps."""
    path = folder / "works.db"
    database = initialise(config_of(path), company="Formosa Cycle Works", currency="TWD", timezone="Asia/Taipei",
                          password="administrator-1", plugins=PLUGINS).database
    steps: dict[str, Do] = {}
    for name, do in thread(Works(PLUGINS)):
        database.engine.dispose()  # the last connection to close writes the log back into the file
        shutil.copyfile(path, folder / f"before {name}.db")
        do()
        steps[name] = do
    set_database(None)
    database.dispose()
    return steps


def again(do: Do, database: Path, kill_at: int | None) -> int:
    """Do a step in a database that a process finds when it starts; gives how many statements that takes."""
    opened = open_installation(config_of(database), strict=kill_at is None)
    counter = Statements(opened, kill_at)
    do()
    opened.dispose()
    return counter.count


def forked(do: Do, request: dict[str, Any]) -> dict[str, Any]:
    """Do a step in a child; gives how that ended, and how many statements it took."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writing, str(again(do, Path(request["database"]), request["kill_at"])).encode())
        except BaseException:  # noqa: BLE001  # a fork must not run on into its parent's code
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        statements = int(pipe.read() or 0)
    return {"ended": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), "statements": statements}


def main(folder: Path) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    steps = live(folder)
    gc.disable()
    say({"steps": list(steps)})
    for line in sys.stdin:
        request = json.loads(line)
        say({"found": findings(Path(request["database"]))} if request["step"] is None
            else forked(steps[request["step"]], request))


def findings(database: Path) -> list[str]:
    """Check the invariants here, where the plugins are loaded and nothing else is, and compiled statements are kept."""
    opened = Database(f"sqlite:///{database}")
    report = run_checks(database=opened)
    opened.dispose()
    return [f"{each.name}: {finding.record}: {finding.message}" for each, finding in report.found]


def say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    os._exit(0)  # taking apart all that it holds would take seconds
