"""Run a plugin's migrations up and down, step by step, over tables that have rows, and compare with the models."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from alembic.script import Script
from sqlalchemy import Connection

from kernel.authoring.declared import own_entities
from kernel.authoring.faults import Finding
from kernel.authoring.places import Places
from kernel.authoring.samples import Samples, unchecked
from kernel.entities.database import Database
from kernel.errors import Refusal
from kernel.registry.catalogue import snapshot
from kernel.registry.differences import describe, migration_between, steps_of
from kernel.registry.loading import migrations_folder, tables_of
from kernel.registry.migrating import downgrade, downgrade_to_base, script_of, upgrade

__all__ = ["find_migrations"]

ROWS = 3

Schema = Mapping[str, tuple[str, ...]]


def find_migrations(plugin: str, before: Sequence[str], folder: Path, places: Places) -> Iterator[Finding]:
    """Find migrations that don't run, don't undo themselves, or make other tables than the models want.

    `before` are the plugins it requires; the database is a file in `folder`.
    """
    versions = migrations_folder(plugin)
    try:
        script = script_of(versions)
    except Refusal as refusal:
        yield Finding(places.shown(versions), 1, "MIGRATION_BROKEN", str(refusal))
        return
    if script is None:
        if tables_of(plugin):
            yield Finding(*places.manifest, "MIGRATION_DIFFERS",
                          f"there are no migrations, but tables: {', '.join(tables_of(plugin))}")
        return
    revisions = list(script.walk_revisions())
    newest = places.shown(revisions[0].path)
    database = Database(f"sqlite:///{folder / 'migrations.db'}")
    try:
        empty, differences = _up(database, plugin, before, versions)
        yield from (Finding(newest, 1, "MIGRATION_DIFFERS", words) for words in differences)
        if differences:
            return
        Samples(database, own_entities(plugin), 1, 1).grow(ROWS)
        for revision in revisions:
            words = _there_and_back(database, plugin, versions, revision)
            if words:
                yield Finding(places.shown(revision.path), 1, "MIGRATION_BROKEN", words)
                return
        with unchecked(database) as connection:
            downgrade_to_base(connection, plugin, versions)
        if left := _changed(empty, _schema(database)):
            yield Finding(newest, 1, "MIGRATION_BROKEN", f"going down to nothing leaves: {', '.join(left)}")
    except Exception as error:  # noqa: BLE001  # whatever a migration raises is what is to be told
        yield Finding(newest, 1, "MIGRATION_BROKEN", said(error))
    finally:
        database.dispose()


def _up(database: Database, plugin: str, before: Sequence[str], versions: Path) -> tuple[Schema, list[str]]:
    """Make the tables; gives the schema before the plugin's, and what its models want otherwise."""
    with unchecked(database) as connection:
        for each in ("kernel", *before):
            upgrade(connection, each, migrations_folder(each))
        empty = snapshot(connection)
        upgrade(connection, plugin, versions)
        return empty, _differences(connection, plugin)


def _differences(connection: Connection, plugin: str) -> list[str]:
    script = migration_between(connection, set(tables_of(plugin)))
    return [" ".join(describe(step)) for step in steps_of(script.upgrade_ops.ops)] if script.upgrade_ops else []


def _there_and_back(database: Database, plugin: str, versions: Path, revision: Script) -> str:
    """Go down one revision, up again, and down for good; give what is wrong with that."""
    below = str(revision.down_revision or "base")
    above = _schema(database)
    for words, down in (("down", True), ("up again", False), ("down again", True)):
        try:
            with unchecked(database) as connection:
                if down:
                    downgrade(connection, plugin, versions, below)
                else:
                    upgrade(connection, plugin, versions, revision.revision)
        except Exception as error:  # noqa: BLE001  # whatever a migration raises is what is to be told
            return f"{revision.revision} doesn't go {words}: {said(error)}"
        if not down and (changed := _changed(above, _schema(database))):
            return f"{revision.revision} down and up again is not what it was: {', '.join(changed)}"
    return ""


def _schema(database: Database) -> Schema:
    with database.connect(reading=True) as connection:
        return snapshot(connection)


def _changed(before: Schema, after: Schema) -> list[str]:
    """Name the tables that differ, in whichever order their columns and indexes are told."""
    return sorted(name for name in {*before, *after} if _lines(before, name) != _lines(after, name))


def _lines(schema: Schema, name: str) -> list[str]:
    return sorted(schema.get(name, ()))


def said(error: Exception) -> str:
    """Give the first line of what an exception says."""
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
