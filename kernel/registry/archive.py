"""Keep an uninstalled plugin's data: a zip of one JSON-lines file per table and a manifest, and take it back."""

import datetime as dt
import json
import os
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Table, bindparam, delete, insert, inspect, select, update
from sqlalchemy.exc import IntegrityError

from kernel.entities.base import Base
from kernel.errors import Refusal
from kernel.files import files
from kernel.i18n import _
from kernel.registry.kinds import kind_of, lean_table
from kernel.registry.rowfiles import add_file, read_rows, write_rows
from kernel.registry.state import Installed
from kernel.registry.traces import claims, patches
from kernel.search.models import SearchDue, SearchRow, SearchState

__all__ = [
    "Manifest", "latest_archive", "read_manifest", "restore_files", "restore_kernel_rows", "restore_patches",
    "restore_tables", "write_archive",
]

DERIVED = frozenset({SearchRow.__tablename__, SearchState.__tablename__, SearchDue.__tablename__})
"""What is worked out anew from the rows that come back."""
FILES = "files/"
"""Where in an archive the files lie that its rows name, by their content."""


@dataclass(slots=True)
class Manifest:
    """What an archive holds: the plugin at which schema version, its tables and its rows in kernel tables."""

    plugin: str
    version: str
    revision: str | None
    written_at: str
    tables: dict[str, dict[str, str]] = field(default_factory=dict)
    """The plugin's tables, each with the kinds of its columns."""
    kernel: dict[str, dict[str, str]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)


def latest_archive(folder: Path, plugin: str) -> Path | None:
    """Find the newest archive of a plugin; None where there is none."""
    found = sorted(folder.glob(f"{plugin}-[0-9]*T[0-9]*Z.zip"))
    return found[-1] if found else None


def read_manifest(path: Path) -> Manifest:
    """Read what an archive holds; raises Refusal for a file that is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            return Manifest(**json.loads(archive.read("manifest.json")))
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise Refusal("ARCHIVE", _("{file} is no archive of a plugin: {error}", file=path, error=error)) from error


def write_archive(
    connection: Connection, state: Installed, revision: str | None, folder: Path, now: dt.datetime
) -> Path:
    """Write a plugin's tables and its rows in kernel tables to a new archive; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{state.name}-{now:%Y%m%dT%H%M%S%fZ}.zip"
    part = path.with_suffix(".part")
    manifest = Manifest(state.name, state.version, revision, now.isoformat())
    there = set(inspect(connection).get_table_names())
    with part.open("wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, columns in state.tables.items():
            if name in there:
                manifest.tables[name] = columns
                manifest.rows[name] = write_rows(archive, f"tables/{name}", connection, lean_table(name, columns))
        claimed = claims(state.name, state.slots)
        for name, (table, condition) in claimed.items():
            if name in DERIVED:
                continue
            manifest.kernel[name] = {str(column.name): kind_of(column.type) for column in table.columns}
            manifest.rows[name] = write_rows(archive, f"kernel/{name}", connection, table, condition)
            if "sha256" in table.c:
                _keep_files(archive, connection.scalars(select(table.c.sha256).where(condition).distinct()))
        with archive.open("patches.jsonl", "w") as lines:
            for patch in patches(claimed):
                found = connection.execute(select(patch.table.c.id, patch.table.c[patch.column]).where(patch.where))
                for id_, value in found:
                    lines.write(orjson.dumps([patch.table.name, patch.column, id_, value]) + b"\n")
        archive.writestr("manifest.json", json.dumps(asdict(manifest), indent=1))
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.replace(path)
    return path


def remove_kernel_rows(connection: Connection, state: Installed) -> None:
    """Delete a plugin's rows from kernel tables, and empty what points to them in rows that stay."""
    claimed = claims(state.name, state.slots)
    for patch in patches(claimed):
        connection.execute(update(patch.table).where(patch.where).values({patch.column: None}))
    for table, condition in reversed(claimed.values()):
        connection.execute(delete(table).where(condition))


def _keep_files(archive: zipfile.ZipFile, digests: Iterable[str]) -> None:
    """Take along the files that rows name by their content: without a row they are soon removed from the store."""
    for digest in digests:
        with suppress(FileNotFoundError), files().open(digest) as content:  # `trellis check` says what is missing
            add_file(archive, f"{FILES}{digest}", content)


def restore_files(path: Path) -> None:
    """Put the files that an archive took along back into the store."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith(FILES):
                with archive.open(name) as content:
                    files().put(content, limited=False)


def restore_tables(connection: Connection, path: Path, manifest: Manifest) -> int:
    """Put the plugin's own rows back into tables that are at the archive's schema version; returns how many."""
    count = 0
    order = [name for name, _keys in inspect(connection).get_sorted_table_and_fkc_names()]
    for name in sorted(manifest.tables, key=order.index):  # PostgreSQL keeps no order in what it stores as JSON
        columns = manifest.tables[name]
        table = lean_table(name, columns)
        later = _own_links(connection, name)
        for chunk in read_rows(path, f"tables/{name}", columns):
            try:
                connection.execute(insert(table), [{**row, **dict.fromkeys(later)} for row in chunk])
            except IntegrityError as error:
                raise Refusal(
                    "ARCHIVE", _("The archive {file} doesn't fit this database any more: {error}", file=path.name,
                                 error=str(error.orig).splitlines()[0]),
                    fix=_("Install without it: trellis plugin install {name} --fresh", name=manifest.plugin)) from error
            count += len(chunk)
        for column in later:
            for chunk in read_rows(path, f"tables/{name}", columns):
                rows = [{"b_id": row["id"], "b_value": row[column]} for row in chunk if row[column] is not None]
                if rows:
                    row = table.c.id == bindparam("b_id")
                    connection.execute(update(table).where(row).values({column: bindparam("b_value")}), rows)
    return count


def _own_links(connection: Connection, name: str) -> list[str]:
    """Name the columns that refer to other rows of their own table: those may come later in the file."""
    keys = inspect(connection).get_foreign_keys(name)
    return [key["constrained_columns"][0] for key in keys if key["referred_table"] == name]


def restore_kernel_rows(connection: Connection, path: Path, manifest: Manifest) -> int:
    """Put the plugin's rows back into kernel tables; those whose role or user is gone by now stay away."""
    count = 0
    known: dict[str, set[int]] = {}
    for name, columns in manifest.kernel.items():
        table = Base.metadata.tables.get(name)
        if table is None:
            continue
        kept = {column: kind for column, kind in columns.items() if column in table.c}
        for chunk in read_rows(path, f"kernel/{name}", columns):
            rows = _with_parents(connection, table, [{key: row[key] for key in kept} for row in chunk], known)
            if rows:
                connection.execute(insert(table), rows)
            known.setdefault(name, set()).update(row["id"] for row in rows if "id" in row)
            count += len(rows)
    return count


def _with_parents(
    connection: Connection, table: Table, rows: list[dict[str, Any]], known: Mapping[str, set[int]]
) -> list[dict[str, Any]]:
    for column in table.columns:
        for key in column.foreign_keys:
            wanted = {row[column.name] for row in rows} - {None}
            target = key.column.table
            there = set(known.get(target.name, ()))
            there.update(connection.execute(select(key.column).where(key.column.in_(wanted - there))).scalars())
            rows = [row for row in rows if row[column.name] is None or row[column.name] in there]
    return rows


def restore_patches(connection: Connection, path: Path) -> None:
    """Fill again what was emptied in others' rows because it pointed to the plugin's; those rows must be back."""
    with zipfile.ZipFile(path) as archive, archive.open("patches.jsonl") as lines:
        for line in lines:
            name, column, id_, value = orjson.loads(line)
            table = Base.metadata.tables.get(name)
            if table is not None and column in table.c:
                row = (table.c.id == id_) & table.c[column].is_(None)
                connection.execute(update(table).where(row).values({column: value}))
