"""Write a table as a file: CSV for every program, XLSX with numbers as numbers and dates as dates.

Text that a spreadsheet would take for a formula is quoted in CSV and is plain text in a workbook.
"""

import csv
import datetime as dt
import io
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO

import xlsxwriter

from kernel.errors import Invalid, Problem
from kernel.exchange.values import decimal_text
from kernel.i18n import _, format_number

__all__ = ["MOST_ROWS", "TABLE_FILES", "Cell", "TableFile", "as_csv", "as_xlsx"]

Cell = str | int | Decimal | dt.date | dt.datetime | None
"""What a cell holds; a moment is without a zone, as it reads on the clock of whoever asks."""

MOST_ROWS = 2**20
"""Rows a sheet of a workbook has."""
IN_MEMORY = 8 * 1024 * 1024
MARKS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""
AUTOFIT_ROWS = 1000


def as_csv(lines: Iterable[Sequence[Cell]], *, frozen: int = 0) -> IO[bytes]:
    """Write lines as CSV in UTF-8 with a byte order mark, by which spreadsheets know it; nothing is frozen."""
    file = _spooled()
    file.write(b"\xef\xbb\xbf")
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    csv.writer(text).writerows([_plain(value) for value in line] for line in lines)
    text.detach()
    file.seek(0)
    return file


def _spooled() -> IO[bytes]:
    """Open a file that lies on the disk once it is large."""
    return tempfile.SpooledTemporaryFile(IN_MEMORY)  # whoever sends it closes it


def _plain(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal | int):
        return decimal_text(Decimal(value))
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    return f"'{value}" if value[:1] in MARKS else value


def as_xlsx(lines: Iterable[Sequence[Cell]], *, frozen: int = 0) -> IO[bytes]:
    """Write lines as a workbook of one sheet, its head in bold and in sight, as `frozen` columns are.

    Raises Invalid where there are more lines than a sheet has rows.
    """
    file = _spooled()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        forms = {dt.date: book.add_format({"num_format": "yyyy-mm-dd"}),
                 dt.datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})}
        widths: dict[int, int] = {}
        for at, line in enumerate(lines):
            if at == MOST_ROWS:
                raise Invalid([Problem("", _(
                    "A sheet has room for {count} rows. Narrow the filter, or take a CSV file.",
                    count=format_number(MOST_ROWS)), "TOO_MANY")])
            if at == AUTOFIT_ROWS:
                _fit(sheet, widths)
            for place, value in enumerate(line):
                if at < AUTOFIT_ROWS:
                    widths[place] = max(widths.get(place, 0), _width(value))
                if isinstance(value, Decimal | int):
                    sheet.write_number(at, place, float(value))
                elif isinstance(value, dt.date):
                    sheet.write_datetime(at, place, value, forms[type(value)])
                elif value:
                    sheet.write_string(at, place, value, bold if at == 0 else None)
        _fit(sheet, widths)
        sheet.freeze_panes(1, frozen)
    file.seek(0)
    return file


def _width(value: Cell) -> int:
    """Give the characters a cell takes; those of Chinese, Japanese and Korean take two."""
    text = _plain(value)
    return min(60, sum(2 if char >= "\u1100" else 1 for char in text[:60]))


def _fit(sheet: "xlsxwriter.worksheet.Worksheet", widths: Mapping[int, int]) -> None:
    for place, width in widths.items():
        sheet.set_column(place, place, width + 2)


@dataclass(frozen=True, slots=True)
class TableFile:
    """A kind of file that a table can be written as."""

    write: Callable[..., IO[bytes]]
    mimetype: str


TABLE_FILES: Mapping[str, TableFile] = {
    "csv": TableFile(as_csv, "text/csv; charset=utf-8"),
    "xlsx": TableFile(as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
"""The kinds of files by the ending of their names."""
