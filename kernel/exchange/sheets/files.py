"""The file of an import: kept in the database until the import is done, so that any process can go on with it."""

import codecs
import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, cast

from python_calamine import CalamineError, CalamineWorkbook
from sqlalchemy import Table, delete, insert, select

from kernel.entities.base import Entity
from kernel.entities.work import session
from kernel.errors import Refusal
from kernel.exchange.importing.files import SourceFile, open_source
from kernel.exchange.models import FilePart, ImportProgress, KnownMapping
from kernel.exchange.sheets.choices import Choices, format_of
from kernel.exchange.sheets.columns import fields_by_path, guess, settle_finders
from kernel.exchange.sheets.detecting import dates_of, encoding_of, numbers_of, separator_of
from kernel.exchange.sheets.opened import OpenImport
from kernel.i18n import _
from kernel.permissions.rights import rights

__all__ = [
    "drop_file", "open_file", "read_again", "remember_mapping", "samples_of",
    "source_of", "upload",
]

PART = 1_000_000
SAMPLES = 200
"""Rows looked at to recognise what the file holds; the first few of them are shown."""
SHOWN = 20
LONGEST = 200
"""Characters kept of a cell that is shown as an example."""
BOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
TEXTS = (".csv", ".txt", ".tsv")


def upload(cls: type[Entity], name: str, data: IO[bytes]) -> OpenImport:
    """Keep a file that is to become records of an entity, and recognise how it is written.

    Raises Forbidden where the person may not create such records, Refusal for a file that can't be read.
    """
    rights().demand("create", cls.__entity__)
    name = PurePosixPath(name.replace("\\", "/")).name[-200:]
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in (*BOOKS, *TEXTS):
        raise Refusal("IMPORT_FILE", _("{file} is neither a CSV file nor a workbook", file=name or _("This file")),
                      fix=_("Choose a file that ends with .csv or .xlsx"))
    found = OpenImport.begin(cls.__entity__, name)
    _keep(found, data)
    with open_file(found) as path:
        choices = _recognised(path)
        _describe(cls, found, path, choices, fresh=True)
    session().work.connection.execute(insert(ImportProgress).values(import_id=found.id, done=0))
    return found


def _keep(found: OpenImport, data: IO[bytes]) -> None:
    connection = session().work.connection
    part = 0
    while piece := data.read(PART):
        connection.execute(insert(FilePart).values(import_id=found.id, part=part, data=piece))
        part += 1
    if not part:
        raise Refusal("IMPORT_FILE", _("{file} is empty", file=found.file_name))


def drop_file(import_id: int) -> None:
    """Forget the file itself; what was made of it stays."""
    session().work.connection.execute(delete(FilePart).where(FilePart.import_id == import_id))


@contextmanager
def open_file(found: OpenImport) -> Iterator[Path]:
    """Give the file in a folder of its own for as long as it is needed."""
    table = cast(Table, FilePart.__table__).c
    connection = session().work.connection
    with tempfile.TemporaryDirectory(prefix="trellis-import-") as folder:
        path = Path(folder) / found.file_name
        with path.open("wb") as file:
            parts = connection.scalars(select(table.part).where(table.import_id == found.id).order_by(table.part)).all()
            for part in parts:
                file.write(connection.execute(
                    select(table.data).where(table.import_id == found.id, table.part == part)).scalar_one())
        if not parts:
            raise Refusal("IMPORT_FILE", _("The file of this import is no longer there"), fix=_("Upload it again"))
        yield path


def read_again(cls: type[Entity], found: OpenImport, choices: Choices) -> None:
    """Read a file another way than it was recognised; what columns mean is guessed anew where there are others."""
    with open_file(found) as path:
        _describe(cls, found, path, choices, fresh=False)


def _recognised(path: Path) -> Choices:
    if path.suffix.lower() in BOOKS:
        return Choices(sheet=_sheets(path)[0])
    data = path.read_bytes()
    encoding = encoding_of(data)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(data[:100_000])
    return Choices(encoding=encoding, separator=separator_of(text))


def _sheets(path: Path) -> list[str]:
    try:
        names = list(CalamineWorkbook.from_path(str(path)).sheet_names)
    except (CalamineError, OSError, ValueError) as error:
        raise Refusal("IMPORT_FILE", _("{file} can't be read as a workbook: {error}", file=path.name, error=error)
                      ) from error
    if not names:
        raise Refusal("IMPORT_FILE", _("{file} has no sheet", file=path.name))
    return names


def source_of(path: Path, choices: Choices, zone: str = "UTC") -> SourceFile:
    """Open a file as it is to be read."""
    return open_source(path.parent, path.name, format_of(choices, zone), choices.sheet or None)


def _describe(cls: type[Entity], found: OpenImport, path: Path, choices: Choices, *, fresh: bool) -> None:
    """Note what a file holds, and for its columns what is known of them or can be guessed."""
    source = source_of(path, choices)
    first: list[Sequence[str]] = []
    count = 0
    for chunk in source.chunks():
        first += islice(chunk.rows, max(SAMPLES - len(first), 0))
        count += len(chunk.rows) + len(chunk.uneven)
    if not count:
        raise Refusal("IMPORT_FILE", _("{file} has a header and no rows", file=found.file_name))
    same = not fresh and found.content.get("header") == source.header
    found.content = {
        "header": source.header, "rows": [[cell[:LONGEST] for cell in row] for row in first[:SHOWN]], "count": count,
        "sheets": _sheets(path) if path.suffix.lower() in BOOKS else []}
    if not same:
        choices = _meant(cls, source.header, first, choices)
    found.choices = choices.as_json()
    found.save()


def _meant(
    cls: type[Entity], header: Sequence[str], rows: Sequence[Sequence[str]], choices: Choices
) -> Choices:
    """Take what was chosen for the last file with these columns, else guess."""
    fields = fields_by_path(cls)
    samples = {name: [row[at] for row in rows] for at, name in enumerate(header)}
    known = _remembered(cls, header)
    columns = known.columns if known else guess(header, fields)
    columns = settle_finders(columns, fields, samples)

    def cells(*kinds: str) -> list[str]:
        return [cell for name, choice in columns.items() if fields[choice.field].field.kind in kinds
                for cell in samples[name] if cell.strip()]

    if known:
        return replace(
            choices, columns=columns, match=known.match, existing=known.existing, group=known.group,
            numbers=known.numbers, dates=known.dates)
    dates = cells("date", "instant")
    return replace(
        choices, columns=columns, numbers=numbers_of(cells("money", "quantity", "percent", "integer")),
        dates=dates_of(dates) if dates else choices.dates)


def samples_of(found: OpenImport) -> Mapping[str, list[str]]:
    """Give the first cells of each column."""
    rows: list[list[str]] = found.content.get("rows", [])
    return {name: [row[at] for row in rows] for at, name in enumerate(found.content.get("header", []))}


def _digest(header: Sequence[str]) -> str:
    """Fold the names of columns, in whatever order, into one value."""
    return hashlib.sha256("\x1f".join(sorted(header)).encode()).hexdigest()


def _remembered(cls: type[Entity], header: Sequence[str]) -> Choices | None:
    table = cast(Table, KnownMapping.__table__).c
    known = session().work.connection.scalar(select(table.choices).where(
        table.entity == cls.__entity__, table.header == _digest(header)))
    return Choices.from_json(known) if known is not None else None


def remember_mapping(found: OpenImport) -> None:
    """Keep how a file was brought in for the next one with the same columns."""
    key = {"entity": found.entity, "header": _digest(found.content["header"])}
    connection = session().work.connection
    connection.execute(delete(KnownMapping).filter_by(**key))
    connection.execute(insert(KnownMapping).values(**key, choices=found.choices))
