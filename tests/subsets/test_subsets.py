"""Every legal subset of the plugins starts, opens all its pages and does its own work to the end."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from kernel.testing.databases import postgres_database
from tools.environment import ROOT

pytestmark = pytest.mark.slow

PLUGINS = ("crm", "erp_finance", "erp_inventory", "erp_mrp", "erp_purchase", "erp_sales", "oa")
REQUIRES = {"erp_mrp": {"erp_inventory"}}


def legal_subsets() -> list[tuple[str, ...]]:
    """List the subsets in which everything that is required is there."""
    every = (subset for size in range(len(PLUGINS) + 1) for subset in combinations(PLUGINS, size))
    return [subset for subset in every if all(REQUIRES.get(name, set()) <= set(subset) for name in subset)]


def on_postgresql() -> list[tuple[str, ...]]:
    """List none, each alone with what it requires, and all."""
    alone = {tuple(sorted({name} | REQUIRES.get(name, set()))) for name in PLUGINS}
    return [(), *sorted(alone), PLUGINS]


class Zygote:
    """The process that forks a child for each subset."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.subsets.zygote", str(folder)], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=(folder / "said.txt").open("w"))
        assert self._answer() == {"ready": True}, (folder / "said.txt").read_text()

    def attempt(self, plugins: tuple[str, ...], url: str | None = None) -> Any:
        """Try a subset, in a SQLite file of its own unless a URL is given."""
        folder = self.folder / uuid.uuid4().hex
        request = {"plugins": list(plugins), "folder": str(folder), "url": url or f"sqlite:///{folder}/trellis.db"}
        assert self.process.stdin
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self._answer()
        assert "error" not in answer, answer["error"]
        return answer["told"]

    def _answer(self) -> Any:
        assert self.process.stdout
        while line := self.process.stdout.readline():
            if line.startswith("{"):
                return json.loads(line)
        raise AssertionError((self.folder / "said.txt").read_text()[-4000:])

    def end(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(60)


@pytest.fixture(scope="session")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    started = Zygote(tmp_path_factory.mktemp("subsets"))
    yield started
    started.end()


def test_there_are_as_many_as_arithmetic_says() -> None:
    assert len(legal_subsets()) == 96
    assert len(on_postgresql()) == 9


@pytest.mark.parametrize("plugins", legal_subsets(), ids="+".join)
def test_a_subset_works_on_sqlite(zygote: Zygote, plugins: tuple[str, ...]) -> None:
    judge(zygote.attempt(plugins), plugins)


@pytest.mark.parametrize("plugins", on_postgresql(), ids="+".join)
def test_a_subset_works_on_postgresql(zygote: Zygote, plugins: tuple[str, ...]) -> None:
    with postgres_database() as url:
        judge(zygote.attempt(plugins, url), plugins)


def judge(told: Any, plugins: tuple[str, ...]) -> None:
    """See that nothing failed and nothing of what isn't there shows."""
    assert told["failed"] == {}
    assert told["openapi"] == 200
    assert told["found"] == []
    assert set(told["menus"]) - {"kernel"} <= set(plugins)
