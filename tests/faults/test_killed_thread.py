"""The process that takes a step from order to payment is killed in the midst of it: nothing of the step is left."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select

from kernel.entities.base import Base
from kernel.entities.database import Database
from tests.plugins.conftest import PLUGINS
from tools.environment import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("killed_thread")]

STEPS = ("confirm order", "firm plan", "approve purchase", "receive", "issue to work order", "receive from work order",
         "ship", "invoice", "pay")
PLACES = {"early": 0.15, "in the middle": 0.55, "before the commit": 1.0}

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*\+00:00")

Rows = dict[str, list[Any]]


@dataclass(frozen=True)
class Taken:
    """How the process that took a step ended, and the statements it took if it came so far."""

    ended: int
    statements: int


@dataclass(frozen=True)
class Undisturbed:
    """A step that went as it should."""

    before: Rows
    after: Rows
    statements: int


class Lived:
    """The thread lived once, and its steps as often as wanted, each in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "tried.db"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.killing", str(folder)], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=(folder / "said.txt").open("w"))
        assert tuple(self._answer()["steps"]) == STEPS
        self.database = Database(f"sqlite:///{self.path}")
        self._undisturbed: dict[str, Undisturbed] = {}
        self._found: dict[int, list[str]] = {}

    def begin(self, step: str) -> None:
        """Put the database there as it was before a step."""
        self.close()
        for left in self.folder.glob("tried.db*"):
            left.unlink()
        shutil.copyfile(self.folder / f"before {step}.db", self.path)

    def take(self, step: str, kill_at: int | None = None) -> Taken:
        """Take a step in a process of its own."""
        return Taken(**self._ask(step, kill_at))

    def undisturbed(self, step: str) -> Undisturbed:
        """Give what there is before and after a step that nobody disturbs."""
        if step not in self._undisturbed:
            self.begin(step)
            before = self.rows()
            taken = self.take(step)
            assert taken.ended == 0, self.said()
            after = self.rows()
            assert after != before
            self._undisturbed[step] = Undisturbed(before, after, taken.statements)
        return self._undisturbed[step]

    def rows(self) -> Rows:
        """Give every row there is but for the moments in it, which differ each time."""
        found: Rows = {}
        with self.database.engine.connect() as connection:
            there = set(inspect(connection).get_table_names())  # other tests' tables are known here, too
            for table in (each for each in Base.metadata.sorted_tables if each.name in there):
                found[table.name] = sorted(
                    MOMENT.sub("…", str([value for value in row if not isinstance(value, dt.datetime)]))
                    for row in connection.execute(select(table)))
        return found

    def findings(self, rows: Rows) -> list[str]:
        """Check the invariants, where they weren't for a database of just these rows."""
        content = hash(str(rows))
        if content not in self._found:
            self._found[content] = self._ask(None)["found"]
        return self._found[content]

    def close(self) -> None:
        self.database.engine.dispose()

    def end(self) -> None:
        self.close()
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(60)

    def said(self) -> str:
        """Give the end of what the processes complained of."""
        return (self.folder / "said.txt").read_text()[-4000:]

    def _ask(self, step: str | None, kill_at: int | None = None) -> Any:
        self.close()
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"step": step, "database": str(self.path), "kill_at": kill_at}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout
        while line := self._process.stdout.readline():
            if line.startswith("{"):
                return json.loads(line)
        raise AssertionError(self.said())


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    assert set(PLUGINS) >= {"crm", "oa"}  # loaded here: their tables are read
    made = Lived(tmp_path_factory.mktemp("killed"))
    yield made
    made.end()


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("place", PLACES)
def test_a_killed_step_is_wholly_undone_and_done_again_as_if_nothing_had_been(
    lived: Lived, step: str, place: str
) -> None:
    share = PLACES[place]
    see_killed(lived, step, 0 if share == 1 else max(1, int(lived.undisturbed(step).statements * share)))


@pytest.mark.deep
@pytest.mark.parametrize("step", STEPS)
def test_a_step_killed_after_any_of_its_statements_is_wholly_undone(lived: Lived, step: str) -> None:
    for kill_at in range(1, lived.undisturbed(step).statements + 1):
        see_killed(lived, step, kill_at)


def see_killed(lived: Lived, step: str, kill_at: int) -> None:
    """Kill a step after a statement (0: when all are done and the commit is to come), look, and do it again."""
    wanted = lived.undisturbed(step)
    lived.begin(step)
    assert lived.take(step, kill_at).ended == -signal.SIGKILL, lived.said()
    left = lived.rows()
    assert differing(wanted.before, left) == {}
    assert lived.findings(left) == []
    assert lived.take(step).ended == 0, lived.said()
    made = lived.rows()
    assert differing(wanted.after, made) == {}
    assert lived.findings(made) == []


def differing(wanted: Rows, found: Rows) -> Rows:
    """Give the rows that only one of two states has, by table."""
    return {
        name: [sorted({*wanted[name]} - {*found[name]})[:5], sorted({*found[name]} - {*wanted[name]})[:5]]
        for name in wanted if wanted[name] != found[name]}
