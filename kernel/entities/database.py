"""One database of an installation: its engine, set up the same way on SQLite and PostgreSQL."""

import datetime as dt
import select
import threading
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from kernel.entities.ids import IdLease
from kernel.entities.numbering import NumberLeases
from kernel.errors import Unavailable, UsageError
from kernel.i18n import _

__all__ = ["Database", "is_transient"]


class Database:
    """An engine with the kernel's habits: exact transactions on SQLite, foreign keys on, allocators beside it.

    Raises UsageError for a URL that is not SQLite's or PostgreSQL's; a server that can't be reached raises
    Unavailable at the first connection.
    """

    def __init__(self, url: str, *, pool_size: int = 10, echo: bool = False) -> None:
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise UsageError("DATABASE_URL", _("{url} is no database URL", url=url)) from error
        if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        elif parsed.get_backend_name() != "sqlite":
            raise UsageError(
                "DATABASE_URL", _("Trellis runs on SQLite and PostgreSQL, not on {name}", name=parsed.drivername))
        self.url = parsed
        self.lock = threading.RLock()
        self.most_connections = 2 * pool_size if parsed.get_backend_name() == "postgresql" else 15
        """How many may be open at once: SQLAlchemy's own limit for SQLite."""
        arguments: dict[str, Any] = {"echo": echo}
        if parsed.get_backend_name() == "postgresql":
            arguments |= {"pool_size": pool_size, "max_overflow": pool_size, "pool_pre_ping": True}
        elif parsed.database not in (None, "", ":memory:"):
            arguments |= {"connect_args": {"timeout": 30, "check_same_thread": False}}
        self.engine: Engine = create_engine(parsed, **arguments)
        if not self.is_sqlite:
            self.engine.dialect.do_ping = _ping(self.engine.dialect.do_ping)  # type: ignore[assignment]  # a method
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        self.ids = IdLease()
        self.numbers = NumberLeases(self)

    @property
    def is_sqlite(self) -> bool:
        """Say whether this is the embedded database."""
        return self.url.get_backend_name() == "sqlite"

    def borrow_ids(self) -> IdLease:
        """Give a unit of work its source of ids: the process's own, on SQLite until `return_ids`."""
        if not self.is_sqlite:
            return self.ids
        with self.lock:
            borrowed, self.ids = self.ids, IdLease()
        return IdLease(borrowed.free)

    def return_ids(self, free: range) -> None:
        """Take back what a unit of work on SQLite left of its ids."""
        if self.is_sqlite:
            with self.lock:
                if len(free) > len(self.ids.free):
                    self.ids = IdLease(free)

    def connect(self, *, reading: bool = False) -> Connection:
        """Open a connection; `reading` work on SQLite doesn't take the writer's lock."""
        try:
            connection = self.engine.connect()
        except OperationalError as error:
            raise Unavailable(
                "DATABASE_UNREACHABLE",
                _("The database {url} can't be reached: {reason}",
                  url=self.url.render_as_string(hide_password=True), reason=_first_line(error)),
                fix=_("Check TRELLIS_DATABASE_URL and that the server runs"),
            ) from error
        return connection.execution_options(trellis_reading=True) if reading and self.is_sqlite else connection

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def is_transient(error: DBAPIError) -> bool:
    """Say whether the same work may succeed when done again: a deadlock, a serialization failure, a busy file."""
    code = getattr(error.orig, "sqlstate", None)
    return code in ("40001", "40P01") or "database is locked" in str(error.orig)


def _ping(ask: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Ask a pooled connection for a sign of life only where something waits to be read: a server that left says so."""

    def ping(connection: Any) -> bool:
        if connection.closed:
            return ask(connection)
        quiet = select.poll()
        quiet.register(connection.fileno(), select.POLLIN)
        return not quiet.poll(0) or ask(connection)

    return ping


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # the begin event below decides, so that DDL rolls back too
    for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536",
                   "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function("local_day", 2, _local_day, deterministic=True)


def _local_day(moment: str | None, zone: str) -> str | None:
    """Give the day that a stored moment has in a time zone: SQLite knows no zones."""
    if moment is None:
        return None
    return dt.datetime.fromisoformat(f"{moment}+00:00").astimezone(ZoneInfo(zone)).date().isoformat()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("trellis_reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
