"""The files of an import: CSV in any encoding, and XLSX, read as text in chunks of rows."""

import codecs
import csv
import datetime as dt
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from kernel.errors import Refusal
from kernel.exchange.importing.mapping import Format
from kernel.i18n import Text, _

__all__ = ["CHUNK", "Chunk", "SourceFile", "open_source"]

CHUNK = 20_000
"""Rows handled at a time: enough to amortize, few enough for memory."""
LARGEST_UNPACKED = 1_000_000_000
"""Bytes a workbook may unpack to."""
LONGEST_CELL = 1_000_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a file, all with as many cells as the header, and the lines they stand in."""

    rows: list[Sequence[str]]
    lines: Sequence[int]
    uneven: list[tuple[int, int]]
    """Lines left out because of their number of cells, with that number."""


class SourceFile:
    """One table of a file: its header, and its rows as text."""

    def __init__(self, path: Path, format_: Format) -> None:
        self.path = path
        self.format = format_
        self.name = path.name
        self.header: list[str] = []

    def position(self, column: str) -> int:
        """Find a column; refuses one that the header lacks or has twice, in one sentence."""
        if column not in self.header:
            close = get_close_matches(column, self.header, 1)
            raise _refused(_("{file} has no column {column}{hint}", file=self.name, column=column,
                             hint=_("; did you mean {word}?", word=close[0]) if close else ""),
                           allowed=", ".join(self.header))
        if self.header.count(column) > 1:
            raise _refused(_("{file} has column {column} twice; rename one", file=self.name, column=column))
        return self.header.index(column)

    def chunks(self, size: int = CHUNK) -> Iterator[Chunk]:
        """Give the rows in order."""
        raise NotImplementedError

    def _even(self, rows: list[Sequence[str]], lines: Sequence[int]) -> Chunk:
        width = len(self.header)
        if all(len(row) == width for row in rows):
            return Chunk(rows, lines, [])
        kept: list[Sequence[str]] = []
        kept_lines, uneven = [], []
        for row, line in zip(rows, lines, strict=True):
            if len(row) == width:
                kept.append(row)
                kept_lines.append(line)
            elif row:
                uneven.append((line, len(row)))
        return Chunk(kept, kept_lines, uneven)


class CsvFile(SourceFile):
    """Rows of text between delimiters."""

    def __init__(self, path: Path, format_: Format) -> None:
        super().__init__(path, format_)
        self._encoding = _checked_encoding(path, format_.encoding)
        csv.field_size_limit(LONGEST_CELL)
        with self.path.open(encoding=self._encoding, newline="") as file:
            reader = self._reader(file)
            try:
                self.header = [cell.strip() for cell in next(reader, [])]
            except csv.Error as error:
                raise self._unreadable(1, error) from error
        if not any(self.header):
            raise _refused(_("{file} has no header: its first line must name the columns", file=self.name))

    def _reader(self, file: Any) -> Any:
        for _line in range(self.format.skip):
            next(file, None)
        return csv.reader(file, delimiter=self.format.delimiter, quotechar=self.format.quote, strict=True)

    def chunks(self, size: int = CHUNK) -> Iterator[Chunk]:
        with self.path.open(encoding=self._encoding, newline="") as file:
            reader = self._reader(file)
            next(reader, None)
            while True:
                before = reader.line_num
                try:
                    rows: list[Sequence[str]] = list(islice(reader, size))
                except csv.Error as error:
                    raise self._unreadable(reader.line_num + self.format.skip, error) from error
                if not rows:
                    return
                start = before + self.format.skip + 1
                after = reader.line_num
                if after - before == len(rows):
                    yield self._even(rows, range(start, start + len(rows)))
                else:
                    yield self._even(rows, _lines_of(rows, start))

    def _unreadable(self, line: int, error: csv.Error) -> Refusal:
        return _refused(_("{file}, line {line}, can't be read as CSV: {error}",
                          file=self.name, line=line, error=error),
                        fix=_("Check the delimiter and the quotes"))


def _lines_of(rows: Sequence[Sequence[str]], start: int) -> list[int]:
    """Count lines where quoted cells hold line breaks."""
    lines, line = [], start
    for row in rows:
        lines.append(line)
        line += 1 + sum(cell.count("\n") + cell.replace("\r\n", "\n").count("\r") for cell in row)
    return lines


class XlsxFile(SourceFile):
    """One sheet of a workbook (XLSX, XLS, XLSB, ODS); numbers and dates become text in the file's own format."""

    def __init__(self, path: Path, format_: Format, sheet: str | None) -> None:
        super().__init__(path, format_)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                if sum(each.file_size for each in archive.infolist()) > LARGEST_UNPACKED:
                    raise _refused(_("{file} unpacks to more than a gigabyte; export it as CSV", file=self.name))
        try:
            book = CalamineWorkbook.from_path(str(path))
            if sheet and sheet not in book.sheet_names:
                raise _refused(_("{file} has no sheet {sheet}", file=self.name, sheet=sheet),
                               allowed=", ".join(book.sheet_names))
            table = book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
            self._rows = table.to_python(skip_empty_area=False)
        except (CalamineError, OSError, ValueError) as error:
            raise _refused(_("{file} can't be read as a workbook: {error}", file=self.name, error=error)) from error
        rows = self._rows[format_.skip:]
        self.header = [self._text(cell).strip() for cell in rows[0]] if rows else []
        while self.header and not self.header[-1]:
            self.header.pop()
        if not self.header:
            raise _refused(_("{file} has no header: its first line must name the columns", file=self.name))

    def chunks(self, size: int = CHUNK) -> Iterator[Chunk]:
        width, first = len(self.header), self.format.skip + 1
        for start in range(first, len(self._rows), size):
            rows: list[Sequence[str]] = []
            lines = []
            for line, cells in enumerate(self._rows[start:start + size], start + 1):
                row = [self._text(cell) for cell in cells[:width]]
                if any(row):
                    rows.append(row + [""] * (width - len(row)))
                    lines.append(line)
            yield Chunk(rows, lines, [])

    def _text(self, cell: object) -> str:
        if isinstance(cell, bool):
            return self.format.yes[0] if cell else self.format.no[0]
        if isinstance(cell, float | int):
            number = Decimal(repr(cell)).normalize()
            return format(number, "f").replace(".", self.format.decimal)
        if isinstance(cell, dt.datetime):
            return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
        if isinstance(cell, dt.date | dt.time):
            return cell.isoformat()
        return str(cell)


def open_source(folder: Path, name: str, format_: Format, sheet: str | None = None) -> SourceFile:
    """Open a file of the folder; refuses what is missing, outside of the folder or unreadable."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise _refused(_("{file} lies outside of the folder that is imported", file=name))
    if not path.is_file():
        close = get_close_matches(name, [each.name for each in folder.iterdir()], 1)
        raise _refused(_("There is no file {file} in {folder}{hint}", file=name, folder=folder,
                         hint=_("; did you mean {word}?", word=close[0]) if close else ""))
    if path.suffix.lower() in (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"):
        return XlsxFile(path, format_, sheet)
    return CsvFile(path, format_)


def _checked_encoding(path: Path, encoding: str) -> str:
    """Give the encoding to open a file with, having decoded all of it once."""
    data = path.read_bytes()
    plain = codecs.lookup(encoding).name
    if plain == "utf-8" and data.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[:error.start].count(b"\n") + 1
        raise _refused(
            _("{file} is not written in {encoding}: line {line} has the byte 0x{byte}", file=path.name,
              encoding=encoding, line=line, byte=f"{data[error.start]:02X}"),
            fix=_("Name its encoding in the mapping, such as encoding = \"windows-1252\"")) from None
    if plain not in ("utf-8", "ascii") and not plain.startswith(("utf-16", "utf-32")) and not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            return encoding
        raise _refused(_("{file} is written in utf-8, not in {encoding} as the mapping says", file=path.name,
                         encoding=encoding), fix=_("Set encoding = \"utf-8\""))
    return encoding


def _refused(message: Text, *, allowed: object = None, fix: Text | None = None) -> Refusal:
    return Refusal("IMPORT_FILE", message, allowed=allowed, fix=fix)
