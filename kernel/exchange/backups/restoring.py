"""Put a backup back into an empty database, on SQLite or PostgreSQL, wherever it was written."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from sqlalchemy import Connection, delete, func, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from kernel.entities.database import Database
from kernel.entities.ids import BLOCK
from kernel.errors import Refusal
from kernel.exchange.backups.manifest import ARCHIVES, FILES, TABLES, Manifest, read_manifest
from kernel.exchange.backups.writing import Say
from kernel.files import Store
from kernel.i18n import _
from kernel.registry.discovery import discover, find_plugin, refuse_other_kernel
from kernel.registry.installing import newer_schema, upgrade_plugins
from kernel.registry.kinds import lean_table
from kernel.registry.loading import load, loaded_plugins, migrations_folder
from kernel.registry.migrating import head_of, is_known, schema_work, upgrade
from kernel.registry.models import PluginState
from kernel.registry.rowfiles import read_rows
from kernel.registry.state import seal

__all__ = ["put_rows_back", "restore_backup"]

log = structlog.get_logger("trellis.backup")


def restore_backup(
    database: Database, store: Store, path: Path, *, archives: Path, say: Say = lambda words: None
) -> Manifest:
    """Make the installation of a backup in an empty database and bring it to the versions on this machine.

    Everything comes back or nothing does: the rows in one transaction, files before it (a file without a row is
    removed by and by). Raises Refusal for a file that is no backup, a database that isn't empty, a plugin that isn't
    on this machine or is older here than the backup's, and rows that don't fit together.
    """
    manifest = read_manifest(path)
    _demand_empty(database)
    _demand_code(manifest)
    _put_files(path, store, archives, say)
    put_rows_back(database, path, manifest, say=say)
    if any(was.revision != head_of(migrations_folder(name)) for name, was in manifest.plugins.items()):
        say("upgrade ...")
        upgrade_plugins(database=database)
    log.info("backup.restored", file=str(path), rows=manifest.records, files=manifest.files)
    return manifest


def put_rows_back(database: Database, path: Path, manifest: Manifest, *, say: Say = lambda words: None) -> None:
    """Make the backup's schema in an empty database, at its own revisions, and fill it; all of it or nothing.

    Raises Refusal where the database isn't empty or the rows don't fit together.
    """
    _demand_empty(database)
    with schema_work(database) as current:
        connection = current.work.connection
        for name, was in manifest.plugins.items():
            say(f"{name} ...")
            if was.revision:
                upgrade(connection, name, migrations_folder(name), to=was.revision)
        with _unbound(connection):
            for name, columns in manifest.tables.items():
                say(f"{name} ...")
                _fill(connection, path, name, columns, manifest.rows[name])
        _continue_ids(connection, manifest.next_id)
        seal()


def _demand_empty(database: Database) -> None:
    with database.connect(reading=True) as connection:
        if inspect(connection).has_table(PluginState.__tablename__):
            url = connection.engine.url.render_as_string(hide_password=True)
            raise Refusal(
                "NOT_EMPTY", _("There is an installation in {url} already", url=url),
                fix=_("Restore into an empty database, and let TRELLIS_DATABASE_URL name it"))


def _demand_code(manifest: Manifest) -> None:
    """See that all plugins of the backup are here, as new as they were or newer, and load them."""
    available = discover()
    names = [name for name in manifest.plugins if name != "kernel"]
    if missing := [name for name in names if name not in available]:
        raise Refusal(
            "PLUGIN_MISSING", _("The backup has {names}, whose package is not on this machine",
                                names=", ".join(missing)),
            fix=_("Install the packages first: pip install {names}",
                  names=" ".join(f"trellis-{name.replace('_', '-')}" for name in missing)))
    for name in names:
        refuse_other_kernel(find_plugin(name, available)[1])
    load(names, available)
    for name, was in manifest.plugins.items():
        if was.revision and not is_known(migrations_folder(name), was.revision):
            raise newer_schema(name, was.version, loaded_plugins()[name].version)


def _put_files(path: Path, store: Store, archives: Path, say: Say) -> None:
    with zipfile.ZipFile(path) as backup:
        for name in backup.namelist():
            if name.startswith(FILES):
                say(f"{name[:20]} ...")
                with backup.open(name) as content:
                    store.put(content, limited=False)
            elif name.startswith(ARCHIVES):
                archives.mkdir(parents=True, exist_ok=True)
                (archives / Path(name).name).write_bytes(backup.read(name))


def _fill(connection: Connection, path: Path, name: str, columns: dict[str, str], wanted: int) -> None:
    table = lean_table(name, columns)
    connection.execute(delete(table))  # what the migrations themselves have put there
    try:
        for rows in read_rows(path, f"{TABLES}{name}", columns):
            connection.execute(insert(table), rows)
    except (IntegrityError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise Refusal(
            "BACKUP_DAMAGED", _("The rows of {table} in {file} can't be put back: {reason}", table=name,
                                file=path.name, reason=str(getattr(error, "orig", error)).splitlines()[0])) from error
    there = connection.scalar(select(func.count()).select_from(table)) or 0
    if there != wanted:
        raise Refusal("BACKUP_DAMAGED", _(
            "{file} says {table} has {wanted} rows, and holds {there}", file=path.name, table=name, wanted=wanted,
            there=there))


@contextmanager
def _unbound(connection: Connection) -> Iterator[None]:
    """Take foreign keys away while rows come in and make them anew after, which checks all of them at once.

    On SQLite they are off in schema work and checked at its end.
    """
    if connection.dialect.name == "sqlite":
        yield
        return
    keys = connection.execute(text(_KEYS)).all()
    for table, name, _definition in keys:
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    try:
        for table, name, definition in keys:
            connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    except IntegrityError as error:
        raise Refusal("BACKUP_DAMAGED", _(
            "The backup's rows don't fit together: {reason}", reason=str(error.orig).splitlines()[0])) from error


_KEYS = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
    FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY conname
"""


def _continue_ids(connection: Connection, next_id: int) -> None:
    """Let new ids begin where those of the backup ended."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("UPDATE kernel_id_counter SET next = ? WHERE name = 'id'", (next_id,))
    else:
        first = -(-(next_id - 1) // BLOCK) * BLOCK + 1
        connection.exec_driver_sql("SELECT setval('kernel_id_seq', %s, false)", (first,))
