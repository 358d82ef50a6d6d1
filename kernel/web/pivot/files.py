"""Write a pivot's table as a file: CSV for every program, XLSX with numbers as numbers."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import xlsxwriter

from kernel.exchange.values import decimal_text
from kernel.i18n import _
from kernel.web.pivot.asked import field_label
from kernel.web.pivot.sums import Node, Pivot

__all__ = ["as_csv", "as_xlsx"]


def as_csv(pivot: Pivot) -> bytes:
    """Write the table as CSV in UTF-8; text that a spreadsheet would take for a formula is quoted."""
    file = io.StringIO()
    csv.writer(file).writerows([_plain(value) for value in line] for line in _lines(pivot))
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def _plain(value: Any) -> str:
    if isinstance(value, Decimal | int):
        return decimal_text(Decimal(value))
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def as_xlsx(pivot: Pivot) -> bytes:
    """Write the table as a workbook of one sheet, its heads in bold and in sight."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        names = max(len(pivot.asked.rows), 1)
        for at, line in enumerate(_lines(pivot)):
            for place, value in enumerate(line):
                if isinstance(value, Decimal | int):
                    sheet.write_number(at, place, float(value))
                else:
                    sheet.write_string(at, place, value, bold if at == 0 else None)
        sheet.freeze_panes(1, names)
        sheet.autofit(300)
    return file.getvalue()


def _lines(pivot: Pivot) -> Iterator[list[Any]]:
    """Give the table line by line: a column for each field of the rows, then every column with its total last."""
    cols = [*(node for node in pivot.cols.leaves() if node.key), pivot.cols]
    deep = max(len(pivot.asked.rows), 1)
    heads = [_head(pivot, col, at) for col in cols for at in range(len(pivot.values))]
    yield [*([field_label(pivot.cls, name) for name in pivot.asked.rows] or [""]), *heads]
    for names, node in (*_walked(pivot.rows, ()), ((str(_("Total")),), pivot.rows)):
        yield [*names, *[""] * (deep - len(names)), *_figures(pivot, node, cols)]


def _walked(node: Node, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Walk the innermost rows, each under the names of all its groups: a file is added up by its reader."""
    for inner in node.inner:
        here = (*names, inner.label)
        if inner.inner:
            yield from _walked(inner, here)
        else:
            yield here, inner


def _figures(pivot: Pivot, row: Node, cols: list[Node]) -> list[Any]:
    found = [pivot.figure(row.key, col.key, at) for col in cols for at in range(len(pivot.values))]
    return ["" if figure is None else figure for figure in found]


def _head(pivot: Pivot, col: Node, at: int) -> str:
    names, node = [], pivot.cols
    for deep in range(1, len(col.key) + 1):
        node = next(each for each in node.inner if each.key == col.key[:deep])
        names.append(node.label)
    if not names and pivot.cols.inner:
        names.append(str(_("Total")))
    return " / ".join([*names, pivot.values[at].label] if len(pivot.values) > 1 or not names else names)
