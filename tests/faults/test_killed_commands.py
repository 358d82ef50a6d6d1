"""A command of the operator's is killed in the midst of it: all is as before, and the command can be given again."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from kernel.testing.databases import postgres_database
from tests.kernel.exchange.test_backups import bring_a_later_version, put_to_use, rows_in
from tests.kernel.registry.conftest import MAILS, schema_of
from tests.kernel.registry.site import Site
from tests.quality import Figures

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("killed_commands")]

KILLED = """
    import os, signal, sys
    from pathlib import Path
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    kill_at, words = int(sys.argv[1]), sys.argv[2:]
    count = 0

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(Engine, "after_cursor_execute")
    def executed(*rest):
        global count
        count += 1
        if count == kill_at:
            die()

    if kill_at == 0:
        event.listen(Engine, "commit", lambda connection: die())
        Path.replace = lambda path, target: die()

    from kernel.cli.main import main
    try:
        main(words)
    finally:
        print("statements", count)
"""
"""Runs the command and is killed after a statement, or, at 0, when it is about to commit or to name its file."""


LEFT = shutil.ignore_patterns("trellis.db*", "data")
"""What is not taken along to another site: its database and its files are its own."""


def killed(site: Site, kill_at: int, *words: str) -> int:
    """Give a command that is killed; gives the statements it came to where it was not."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(kill_at), *words], cwd=site.home, env=site.environment(),
        text=True, capture_output=True, check=False, timeout=120)
    if kill_at >= 0:
        assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
        return 0
    assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stdout.split()[-1])


class Grounds:
    """Sites on one kind of database, each put back to how a command finds it as often as wanted."""

    def __init__(self, kind: str, folder: Path, opened: ExitStack) -> None:
        self._kind = kind
        self._folder = folder
        self._opened = opened
        self.site = self._new("used")
        made = self.site
        if kind != "sqlite":
            (folder / "made").mkdir()
            made = Site(folder / "made", f"sqlite:///{folder}/made/trellis.db")
        put_to_use(made)
        made.trellis("backup", "before.zip")
        if made is not self.site:
            shutil.copytree(made.folder, self.site.folder, dirs_exist_ok=True, ignore=LEFT)
            self.site.trellis("restore", "before.zip")

    @property
    def backup(self) -> Path:
        return self.site.home / "before.zip"

    def fresh(self, name: str, *, empty: bool = False) -> Site:
        """Make another site: with the rows of the first, or with an empty database."""
        site = self._new(name)
        shutil.copytree(self.site.folder, site.folder, dirs_exist_ok=True, ignore=LEFT)
        if not empty:
            site.trellis("restore", str(self.backup))
        return site

    def _new(self, name: str) -> Site:
        folder = self._folder / name
        folder.mkdir()
        if self._kind == "sqlite":
            return Site(folder, f"sqlite:///{folder}/trellis.db")
        return Site(folder, self._opened.enter_context(postgres_database()))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def grounds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grounds]:
    with ExitStack() as opened:
        yield Grounds(request.param, tmp_path_factory.mktemp("killed_commands"), opened)


def places(statements: int, rounds: int | None) -> list[int]:
    """Choose the statements to be killed after: the commit, and all of them or a few of them in their order."""
    if rounds is None:
        return [0, *range(1, statements + 1)]
    return [0, *(max(1, statements * each // (rounds + 1)) for each in range(1, rounds + 1))]


def see_backup_killed(grounds: Grounds, rounds: int | None) -> int:
    """Kill backups: no file has their name before it is whole, and nobody is told of one that is not."""
    site, file = grounds.site, grounds.site.home / "killed.zip"
    wanted = rows_in(grounds.backup)
    told_of_backups(wanted)
    statements = killed(site, -1, "backup", "undisturbed.zip")
    told, whole = told_of_backups(rows_in(site.home / "undisturbed.zip")), 0
    chosen = places(statements, rounds)
    for kill_at in chosen:
        killed(site, kill_at, "backup", file.name)
        if file.exists():  # it was about to tell of the backup
            assert zipfile.ZipFile(file).testzip() is None, kill_at
            file.unlink()
            whole += 1
    assert whole < len(chosen)
    site.trellis("backup", file.name)
    found = rows_in(file)
    assert told + 1 <= told_of_backups(found) <= told + 1 + whole
    assert found == wanted
    for name in (file.name, "undisturbed.zip"):
        (site.home / name).unlink()
    return len(chosen)


def told_of_backups(rows: dict[str, list[Any]]) -> int:
    """Take out what administrators are told of backups, with the job that mails it; gives how many were told of."""
    told = [each for each in rows["kernel_notification"] if each["kind"] == "kernel.backup_ended"]
    rows["kernel_notification"] = [each for each in rows["kernel_notification"] if each not in told]
    rows["kernel_job"] = [each for each in rows["kernel_job"] if each["name"] != MAILS]
    return len(told)


def see_restore_killed(grounds: Grounds, rounds: int | None) -> int:
    """Kill restores into an empty database: still empty, until all is there and only to be looked over."""
    counted = grounds.fresh("restored", empty=True)
    statements = killed(counted, -1, "restore", str(grounds.backup))
    site = grounds.fresh("restoring", empty=True)
    kills, whole = 0, False
    for kill_at in places(statements, rounds):
        killed(site, kill_at, "restore", str(grounds.backup))
        kills += 1
        whole = site.run("check").returncode == 0
        if whole:
            break
        assert "no Trellis installation" in site.refused("check"), kill_at
    if not whole:
        site.trellis("restore", str(grounds.backup))
        site.trellis("check")
    site.trellis("backup", "again.zip")
    assert rows_in(site.home / "again.zip") == rows_in(grounds.backup)
    return kills


def see_upgrade_killed(grounds: Grounds, rounds: int | None) -> int:
    """Kill upgrades: schema and rows are the old version's, and the next upgrade does all there was to do."""
    counted = grounds.fresh("upgraded")
    bring_a_later_version(counted)
    statements = killed(counted, -1, "plugin", "upgrade")
    counted.trellis("backup", "wanted.zip")
    site = grounds.fresh("upgrading")
    before = schema_of(site)
    bring_a_later_version(site)
    chosen = places(statements, rounds)
    for kill_at in chosen:
        killed(site, kill_at, "plugin", "upgrade")
        assert schema_of(site) == before, kill_at
    site.trellis("plugin", "upgrade")
    site.trellis("check")
    site.trellis("backup", "again.zip")
    assert _but_moments(rows_in(site.home / "again.zip")) == _but_moments(rows_in(counted.home / "wanted.zip"))
    return len(chosen)


def _but_moments(rows: dict[str, list[Any]]) -> dict[str, Any]:
    """Leave out when something happened, which differs each time."""
    return {
        name: [{field: value for field, value in row.items() if not field.endswith(("_at", "at"))} for row in some]
        for name, some in rows.items()}


See = Callable[[Grounds, int | None], int]
COMMANDS: dict[str, See] = {
    "backup": see_backup_killed, "restore": see_restore_killed, "upgrade": see_upgrade_killed}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_killed_command_leaves_all_as_it_was_and_can_be_given_again(grounds: Grounds, command: str) -> None:
    assert COMMANDS[command](grounds, 1) == 2  # before the commit and in the middle


@pytest.mark.deep
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_killed_after_any_of_its_statements_leaves_all_as_it_was(
    grounds: Grounds, command: str, figures: Figures
) -> None:
    figures["kills"] = COMMANDS[command](grounds, None)
