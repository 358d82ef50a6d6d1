"""Write a backup of the running installation: everything as it was at one moment, whoever goes on working."""

import datetime as dt
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from sqlalchemy import Connection, inspect, select, text

from kernel.entities.database import Database
from kernel.entities.ids import BLOCK
from kernel.errors import Refusal
from kernel.exchange.backups.manifest import ARCHIVES, FILES, MANIFEST, TABLES, BackedUp, Manifest
from kernel.files import Store
from kernel.i18n import _
from kernel.registry.kinds import lean_table
from kernel.registry.migrating import revision_in
from kernel.registry.rowfiles import add_file, write_rows
from kernel.registry.state import Installed, read_states

__all__ = ["Say", "name_of_backup", "write_backup"]

log = structlog.get_logger("trellis.backup")

Say = Callable[[str], object]
"""Told what is being done, for whoever waits."""
OWN = frozenset({"kernel_id_counter"})
"""Tables that say how ids go on, which each kind of database does in its own way."""
DIGEST = "sha256"
"""The column by which a table names files of the store."""


def name_of_backup(now: dt.datetime) -> str:
    """Name a backup by its moment, so that they stand in the order of time."""
    return f"trellis-{now:%Y%m%dT%H%M%SZ}.zip"


def write_backup(
    database: Database, store: Store | None, path: Path, *, now: dt.datetime, archives: Path | None = None,
    say: Say = lambda words: None,
) -> Manifest:
    """Write an installation's rows, attached files and the data of uninstalled plugins to one new file.

    Without a `store` or a folder of `archives` those are left out. Rows are read in one snapshot, without keeping
    anybody from working. The file appears under its name only when it is whole. Raises Refusal where there is one of
    this name already, or no room for it.
    """
    if path.exists():
        raise Refusal("BACKUP_THERE", _("There is a file {file} already", file=path), fix=_("Choose another name"))
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as backup, _moment(database) as there:
                manifest = _write(there, backup, store, archives, now, say)
                backup.writestr(MANIFEST, manifest.as_text())
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise Refusal(
            "BACKUP_FAILED",
            _("The backup {file} can't be written: {reason}", file=path, reason=error.strerror or error),
            fix=_("Choose a folder with room that may be written to")) from error
    finally:
        part.unlink(missing_ok=True)
    log.info("backup.written", file=str(path), rows=manifest.records, files=manifest.files)
    return manifest


@contextmanager
def _moment(database: Database) -> Iterator[Connection]:
    """Open a connection that sees the database as it is now until it is closed."""
    with database.connect(reading=True) as opened:
        connection = opened if database.is_sqlite else opened.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin() as reading:
            yield connection
            reading.rollback()


def _write(
    connection: Connection, backup: zipfile.ZipFile, store: Store | None, archives: Path | None, now: dt.datetime,
    say: Say,
) -> Manifest:
    states = read_states(connection)
    manifest = Manifest(now.isoformat(), connection.dialect.name, 0)
    for name, state in states.items():
        manifest.plugins[name] = BackedUp(state.version, revision_in(connection, name))
    there = set(inspect(connection).get_table_names())
    for name, columns in _tables(states.values()):
        if name not in there or name in OWN:
            continue
        say(f"{name} ...")
        manifest.tables[name] = columns
        manifest.rows[name] = write_rows(backup, f"{TABLES}{name}", connection, lean_table(name, columns))
    manifest.next_id = _next_id(connection)
    if store is not None:
        _take_files(backup, store, manifest, _digests(connection, manifest), say)
    for archive in sorted(archives.glob("*.zip")) if archives is not None else ():
        backup.write(archive, f"{ARCHIVES}{archive.name}", compress_type=zipfile.ZIP_STORED)
    return manifest


def _take_files(
    backup: zipfile.ZipFile, store: Store, manifest: Manifest, digests: Iterable[str], say: Say
) -> None:
    for digest in digests:
        say(f"file {digest[:12]} ...")
        try:
            with store.open(digest) as content:
                add_file(backup, f"{FILES}{digest}", content)
            manifest.files += 1
        except FileNotFoundError:
            manifest.missing.append(digest)


def _tables(states: Iterable[Installed]) -> Iterator[tuple[str, dict[str, str]]]:
    for state in states:
        yield from state.tables.items()


def _next_id(connection: Connection) -> int:
    """Say where ids go on. Read last, so that it lies behind all that was given before the snapshot."""
    if connection.dialect.name == "sqlite":
        return int(connection.execute(text("SELECT next FROM kernel_id_counter WHERE name = 'id'")).scalar_one())
    last, called = connection.execute(text("SELECT last_value, is_called FROM kernel_id_seq")).one()
    return int(last) + (BLOCK if called else 0)


def _digests(connection: Connection, manifest: Manifest) -> list[str]:
    found: set[str] = set()
    for name, columns in manifest.tables.items():
        if DIGEST in columns:
            named = lean_table(name, columns).c[DIGEST]
            found.update(connection.scalars(select(named).where(named.is_not(None)).distinct()))
    return sorted(found)
