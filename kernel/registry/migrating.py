"""Run a plugin's migrations: Alembic without an env.py, one version table per plugin, any number in one transaction."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection, inspect

from kernel.entities.database import Database
from kernel.entities.ids import IdLease
from kernel.entities.work import SYSTEM, Session, unit_of_work
from kernel.errors import Refusal
from kernel.i18n import _

__all__ = [
    "downgrade", "downgrade_to_base", "head_of", "is_known", "revision_in", "schema_work", "script_of", "upgrade",
    "version_table",
]


def version_table(name: str) -> str:
    """Name the table that says how far a plugin's schema is."""
    return "kernel_migration" if name == "kernel" else f"kernel_migration_{name}"


def script_of(folder: Path) -> ScriptDirectory | None:
    """Read the revisions of a folder; None where a plugin has none."""
    if not folder.is_dir() or not any(folder.glob("*.py")):
        return None
    script = ScriptDirectory(str(folder), version_locations=[str(folder)])
    try:
        heads = script.get_heads()
    except CommandError as error:
        raise Refusal("MIGRATION", _("The migrations in {folder} can't be read: {error}", folder=folder, error=error)
                      ) from error
    if len(heads) != 1:
        raise Refusal("MIGRATION", _("The migrations in {folder} have {count} ends; they must form one line",
                                     folder=folder, count=len(heads)))
    return script


def head_of(folder: Path) -> str | None:
    """Name the newest revision of a folder."""
    script = script_of(folder)
    return script.get_current_head() if script else None


def is_known(folder: Path, revision: str) -> bool:
    """Say whether a folder has a revision: what a newer version of the code left behind is unknown to an older one."""
    script = script_of(folder)
    if script is None:
        return False
    try:
        return script.get_revision(revision) is not None
    except (CommandError, ResolutionError):
        return False


def revision_in(connection: Connection, name: str) -> str | None:
    """Read how far a plugin's schema is; None where it has none."""
    if not inspect(connection).has_table(version_table(name)):
        return None
    context = MigrationContext.configure(connection, opts={"version_table": version_table(name)})
    return context.get_current_revision()


def upgrade(connection: Connection, name: str, folder: Path, to: str = "head") -> None:
    """Bring a plugin's schema up to a revision, in the connection's transaction."""
    script = script_of(folder)
    if script is not None:
        _run(connection, name, lambda rev, _context: script._upgrade_revs(to, rev))


def downgrade(connection: Connection, name: str, folder: Path, to: str) -> None:
    """Take a plugin's schema down to a revision ("base" for before the first), in the connection's transaction."""
    script = script_of(folder)
    if script is not None:
        _run(connection, name, lambda rev, _context: script._downgrade_revs(to, rev))


def downgrade_to_base(connection: Connection, name: str, folder: Path) -> None:
    """Take a plugin's schema away again, with its version table."""
    downgrade(connection, name, folder, "base")
    connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{version_table(name)}"')


def _run(connection: Connection, name: str, steps: Any) -> None:
    context = MigrationContext.configure(connection, opts={
        "version_table": version_table(name), "fn": steps, "transactional_ddl": True,
        "transaction_per_migration": False,
    })
    with warnings.catch_warnings(), Operations.context(context):
        warnings.filterwarnings("ignore", category=UserWarning, module="alembic")
        context.run_migrations()


class _SchemaDatabase(Database):
    """The same database, whose connections may rebuild tables: on SQLite a rebuilt parent would lose its children's
    rows while foreign keys are enforced, so they are checked as a whole at the end instead."""

    def __init__(self, base: Database) -> None:
        self.__dict__.update(base.__dict__)
        if self.is_sqlite:
            self.ids = IdLease()

    def connect(self, *, reading: bool = False) -> Connection:
        connection = super().connect(reading=reading)
        if self.is_sqlite and not reading:
            connection.detach()  # closed at the end: no other work may meet it in this state
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        return connection


@contextmanager
def schema_work(database: Database) -> Iterator[Session]:
    """Open a unit of work of the system's that may change the schema: all of it happens, or nothing."""
    with unit_of_work(SYSTEM, database=_SchemaDatabase(database)) as current:
        yield current
        current.flush()
        if database.is_sqlite:
            demand_whole(current.work.connection.exec_driver_sql("PRAGMA foreign_key_check").all())


def demand_whole(broken: Sequence[Any]) -> None:
    """Raise Refusal where rows refer to others that aren't there."""
    if broken:
        tables = ", ".join(sorted({f"{row[0]} → {row[2]}" for row in broken}))
        raise Refusal("BROKEN_REFERENCES", _("{count} rows would refer to rows that aren't there: {tables}",
                                             count=len(broken), tables=tables))
