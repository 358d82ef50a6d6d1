"""The unit of work: one transaction per request, job or command, with everything the kernel owes it.

Services never commit. They take the ambient `session()`; the unit of work around them opens, checks, flushes, writes
audit and events, and commits, or leaves nothing behind.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm import SessionTransaction
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from kernel.clock import moment
from kernel.entities.audit import AuditTrail, Origin
from kernel.entities.database import Database, is_transient
from kernel.entities.ids import IdLease
from kernel.errors import Conflict, Unavailable, UsageError
from kernel.i18n import _
from kernel.watching import happened

__all__ = [
    "Actor", "Session", "UnitOfWork", "actor", "ambient", "as_system", "current_database", "current_work", "explain",
    "in_sibling", "perform", "session", "set_database", "unit_of_work", "using_database",
]

T = TypeVar("T")
log = structlog.get_logger("trellis.work")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does the work: a user in a company, a plugin's listener for a user, or the system itself."""

    user_id: int | None = None
    company_id: int | None = None
    name: str = "System"
    system: bool = False
    plugin: str | None = None
    """The plugin under whose declared grants the work runs."""
    department_path: str = ""
    """Path of the user's department, as in "/1/7/"; empty for none."""
    zone: str = "UTC"
    """The company's time zone: business dates are days there."""


SYSTEM = Actor(system=True)


@dataclass(frozen=True, slots=True)
class Touch:
    """A changed record; `values` where it is known what was written, and so need not be read again."""

    cls: type
    id: int
    values: Mapping[str, Any] | None = None


class Session(OrmSession):
    """The ORM session of one actor within a unit of work; a user's sees and changes only what its grants give."""

    actor: Actor
    work: "UnitOfWork"

    def __init__(self, work: "UnitOfWork", who: Actor) -> None:
        # a sibling inside a savepoint works in that savepoint; in one of its own, closing it would take its work back
        super().__init__(bind=work.connection, expire_on_commit=False, join_transaction_mode="rollback_only")
        self.actor = who
        self.work = work
        self.touched: list[Touch] = []
        """What this session changed: a sibling's changes are taken over by its parent."""
        self.derived: set[object] = set()
        """What `prepare` has seen to in the flush at hand, where a document's and its lines' would do it twice."""

    @property
    def now(self) -> dt.datetime:
        """The moment of the unit of work, the same throughout it."""
        return self.work.now

    @property
    def today(self) -> dt.date:
        """The business date: the day in the company's zone."""
        return self.work.now.astimezone(ZoneInfo(self.actor.zone)).date()

    def present(self, kind: str) -> dt.date | dt.datetime | int | None:
        """Give what a field of a kind begins with: the day, the moment, or the person's id (None for the system)."""
        return {"date": self.today, "instant": self.now}.get(kind, self.actor.user_id)

    def flush(self, objects: Any = None) -> None:
        """Flush; a lost update or a broken constraint is refused in the user's words. A preview is written nowhere."""
        if self.work.previewing:
            return
        try:
            super().flush(objects)
        except StaleDataError as error:
            raise Conflict(
                "CHANGED_MEANWHILE", _("Somebody else changed this record while you were working on it"),
                fix=_("Load it again and repeat your change"),
            ) from error
        except IntegrityError as error:
            raise explain(error) from error

    def connection(self, *args: Any, **kwargs: Any) -> Connection:
        """Give the connection to the system only: raw SQL knows no scopes."""
        if not self.actor.system:
            raise UsageError("RAW_SQL", "a user's session gives no connection: use as_system() or the ORM")
        return super().connection(*args, **kwargs)

    def begin_nested(self) -> SessionTransaction:
        """Set a savepoint at once: siblings and bulk verbs write past this session, which would set it at first use."""
        nested = super().begin_nested()
        super().connection()
        return nested

    def touch(self, cls: type, id_: int, values: Mapping[str, Any] | None = None) -> None:
        """Note a change that was written past this session, which takes it over where it knows the record.

        With `values`, attributes and what they were set to while the version rose by one; else it is loaded anew.
        """
        touch = Touch(cls, id_, values)
        self.touched.append(touch)
        self._take_over(touch)

    def _take_over(self, touch: Touch) -> None:
        known: Any = self.identity_map.get((touch.cls, (touch.id,), None))  # as identity_key() says, only quicker
        if known is None:
            return
        if touch.values is None or not self.work.holds(touch.id):
            self.expire(known)
            return
        for name, value in touch.values.items():
            set_committed_value(known, name, value)
        if "version" in known.__dict__:
            set_committed_value(known, "version", known.version + 1)
        self._register_altered([inspect(known)])  # so that a savepoint's rollback loads it anew

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Keep the transaction usable where the block raises: on PostgreSQL an error would end it for all that follows.

        For reading: what the block wrote is taken back on PostgreSQL alone.
        """
        if self.work.database.is_sqlite:
            yield
            return
        with self.begin_nested():
            yield

    def commit(self) -> None:
        """Refuse: only the unit of work commits."""
        raise UsageError("COMMIT", "services never commit; the unit of work does")


class UnitOfWork:
    """One transaction with its sessions, audit trail, ids and cause."""

    def __init__(self, database: Database, connection: Connection, *, reading: bool, request_id: str | None) -> None:
        self.database = database
        self.connection = connection
        self.reading = reading
        self.request_id = request_id
        self.now = moment()
        self.audit = AuditTrail()
        self.cause: int | None = None
        """The event being handled, recorded with everything done meanwhile."""
        self.ids = IdLease() if reading else database.borrow_ids()
        self._passing = -(2 ** 40)
        self.previewing = False
        """Records are worked out that nobody saves: whatever asks for a flush gets none."""
        self.generations: Mapping[str, int] | None = None
        """How often what processes remember has changed, as this work saw it first."""
        self.raised: set[str] = set()
        """What this work changed of that: it trusts no copy of it."""
        self.read: dict[object, dict[Any, Any]] = {}
        """What this work reads once (`ReadOnce`), by what it is about."""
        self.waiting: dict[str, dict[type, set[int]]] = {}
        """Records that something is to be done about before the commit, by what that is."""
        self.fresh: set[int] = set()
        """Ids of records this work made: nobody else can know them, so nobody need be kept from them."""
        self.held: set[int] = set()
        """Ids of records whose rows this work has locked."""
        self.before_commit: list[Callable[[], None]] = []
        self.after_commit: list[Callable[[], None]] = []
        self.closing: list[Callable[[], None]] = []
        """Run last inside the transaction, after the final flush, to write what was collected."""

    def take_ids(self, count: int = 1) -> Any:
        """Give ids for new rows, known before any flush; in reading work numbers below zero: none of it is written."""
        if self.reading:
            self._passing += count
            return range(self._passing - count, self._passing)
        return self.ids.take(self.connection, count)

    def holds(self, id_: int) -> bool:
        """Say whether nobody else can have changed a record since this work saw it."""
        return self.database.is_sqlite or id_ in self.fresh or id_ in self.held

    def origin(self, who: Actor) -> Origin:
        """Say where a change by an actor comes from."""
        return Origin(who.user_id, who.plugin, self.cause, self.request_id)

    def finish(self, main: Session) -> None:
        """Flush and write everything collected; called once, right before the commit."""
        main.flush()
        while self.before_commit:
            self.before_commit.pop(0)()
            main.flush()
        for step in self.closing:
            step()
        self.audit.write(self.connection, self.take_ids)
        self.ids.settle(self.connection)


_database: Database | None = None
_using: ContextVar[Database | None] = ContextVar("using", default=None)
_session: ContextVar[Session | None] = ContextVar("session", default=None)


def set_database(database: Database | None) -> None:
    """Make a database the process's own; the registry does this at start."""
    global _database
    _database = database


def current_database() -> Database:
    """Give the process's database; raises UsageError before the registry opened one."""
    found = _using.get() or _database
    if found is None:
        raise UsageError("NO_DATABASE", "no database is open: call kernel.registry.open_installation() first")
    return found


@contextmanager
def using_database(database: Database) -> Iterator[None]:
    """Have the block's units of work in a database that need not be the process's own."""
    token = _using.set(database)
    try:
        yield
    finally:
        _using.reset(token)


def session() -> Session:
    """Give the session of the current unit of work; raises UsageError outside of one."""
    found = _session.get()
    if found is None:
        raise UsageError("NO_WORK", "there is no unit of work here: use `with unit_of_work(actor):`")
    return found


def ambient() -> Session | None:
    """Give the session of the current unit of work, None outside of one."""
    return _session.get()


def current_work() -> UnitOfWork:
    """Give the current unit of work; raises UsageError outside of one."""
    return session().work


def actor() -> Actor:
    """Say who does the current work."""
    return session().actor


@contextmanager
def unit_of_work(
    who: Actor = SYSTEM, *, reading: bool = False, database: Database | None = None, request_id: str | None = None
) -> Iterator[Session]:
    """Open a transaction for an actor; commit it at the end, or roll everything back where the block raises.

    `reading` work takes no writer's lock on SQLite and must not change anything. Raises Unavailable where the
    database can't be reached.
    """
    if _session.get() is not None:
        raise UsageError("NESTED_WORK", "units of work don't nest: use the ambient session()")
    chosen = database or current_database()
    with chosen.connect(reading=reading) as connection:
        transaction = connection.begin()
        work = UnitOfWork(chosen, connection, reading=reading, request_id=request_id)
        main = Session(work, who)
        token = _session.set(main)
        try:
            yield main
            if reading:
                if main.new or main.dirty or main.deleted:
                    raise UsageError("READING", "reading work must not change anything")
                transaction.rollback()
            else:
                work.finish(main)
                transaction.commit()
            chosen.return_ids(work.ids.free)
            happened("work", kind="reading" if reading else "writing", outcome="done")
        except BaseException:
            happened("work", kind="reading" if reading else "writing", outcome="rolled_back")
            if transaction.is_active:
                transaction.rollback()
            chosen.return_ids(work.ids.after_rollback())
            raise
        finally:
            _session.reset(token)
            main.close()
    for step in work.after_commit:
        step()


def perform(
    who: Actor, do: Callable[[], T], *, attempts: int = 4, request_id: str | None = None, reading: bool = False
) -> T:
    """Do a piece of work in a unit of work of its own, again where the database gave way to somebody else's.

    Serialization failures, deadlocks and a busy file are retried; a database that vanished raises Unavailable.
    """
    for attempt in range(1, attempts + 1):
        try:
            with unit_of_work(who, request_id=request_id, reading=reading):
                return do()
        except DBAPIError as error:
            if attempt < attempts and is_transient(error):
                happened("retry")
                log.info("work.retry", attempt=attempt, reason=str(error.orig))
                continue
            if error.connection_invalidated:
                raise Unavailable("DATABASE_LOST", _("The connection to the database was lost; please try again")
                                  ) from error
            raise
    raise AssertionError("unreachable: the last attempt returns or raises")


@contextmanager
def in_sibling(who: Actor) -> Iterator[Session]:
    """Work for another actor inside the same transaction; what it changed is reloaded afterwards."""
    parent = session()
    parent.flush()
    sibling = Session(parent.work, who)
    token = _session.set(sibling)
    try:
        yield sibling
        sibling.flush()
        for touch in sibling.touched:
            parent._take_over(touch)
        parent.touched.extend(sibling.touched)
    finally:
        _session.reset(token)
        sibling.close()


@contextmanager
def as_system(why: str) -> Iterator[Session]:
    """See and change everything, for a reason that is logged: `with as_system("count open orders") as system:`.

    The work still counts as the actor's in the audit trail.
    """
    parent = session()
    if parent.actor.system:
        yield parent
        return
    log.debug("work.as_system", why=why, user_id=parent.actor.user_id)
    with in_sibling(replace(parent.actor, system=True)) as sibling:
        yield sibling


def explain(error: IntegrityError) -> Conflict | IntegrityError:
    """Say a broken constraint in the user's words, where that is possible."""
    text = str(error.orig)
    if "UNIQUE" in text or "unique" in text:
        return Conflict(
            "DUPLICATE", _("A record with this value exists already ({detail})", detail=_constraint(text)),
            fix=_("Use another value, or open the record that has it"))
    if "FOREIGN KEY" in text or "foreign key" in text:
        return Conflict(
            "IN_USE", _("Another record refers to this one, or it refers to one that is gone"),
            fix=_("Archive it instead of deleting it"))
    return error


def _constraint(text: str) -> str:
    line = next((part for part in text.splitlines() if part.startswith("DETAIL")), text.splitlines()[0])
    return line.removeprefix("DETAIL:").removeprefix("UNIQUE constraint failed:").strip()
