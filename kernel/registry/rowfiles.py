"""Rows of a table as a file of a zip, one JSON array a line: what archives and backups are made of."""

import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import IO, Any

import orjson
from sqlalchemy import ColumnElement, Connection, Table, select

from kernel.registry.kinds import from_json, to_json

__all__ = ["add_file", "read_rows", "write_rows"]

CHUNK = 2000
FILE_CHUNK = 1024 * 1024


def write_rows(
    archive: zipfile.ZipFile, name: str, connection: Connection, table: Table,
    condition: ColumnElement[bool] | None = None,
) -> int:
    """Write a table's rows, or those of a condition, to `<name>.jsonl`, by id where they have one; returns how many."""
    statement = select(table) if condition is None else select(table).where(condition)
    if "id" in table.c:
        statement = statement.order_by(table.c.id)
    count = 0
    with archive.open(f"{name}.jsonl", "w", force_zip64=True) as lines:
        result = connection.execute(statement, execution_options={"stream_results": True, "yield_per": CHUNK})
        for rows in result.partitions():
            lines.write(b"".join(orjson.dumps([to_json(value) for value in row]) + b"\n" for row in rows))
            count += len(rows)
    return count


def add_file(archive: zipfile.ZipFile, name: str, content: IO[bytes]) -> None:
    """Write what a stream holds to a file of the zip as it is: attached files are mostly packed already."""
    with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as target:
        shutil.copyfileobj(content, target, FILE_CHUNK)


def read_rows(path: Path, name: str, columns: Mapping[str, str]) -> Iterator[list[dict[str, Any]]]:
    """Read the rows of `<name>.jsonl` again, some thousands at once; `columns` are the table's with their kinds."""
    kinds: Sequence[tuple[str, str]] = list(columns.items())
    with zipfile.ZipFile(path) as archive, archive.open(f"{name}.jsonl") as file:
        lines = iter(TextIOWrapper(file, "utf-8"))
        while part := list(islice(lines, CHUNK)):
            rows = [zip(kinds, orjson.loads(line), strict=True) for line in part]
            yield [{column: from_json(value, kind) for (column, kind), value in row} for row in rows]
