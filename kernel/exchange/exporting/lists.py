"""Give the records of a list as the lines of a file, in the words of whoever asks: an import takes them back."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from kernel.entities.fields import Field
from kernel.exchange.exporting.files import Cell
from kernel.exchange.listing import LARGEST_PAGE, Query
from kernel.exchange.paths import currency_path, field_at, resolve
from kernel.exchange.rows import Linked
from kernel.exchange.subtables import line_currency
from kernel.exchange.values import decimal_text
from kernel.i18n import _, current_timezone

__all__ = ["exported"]


def exported(query: Query, heads: Sequence[str]) -> Iterator[list[Cell]]:
    """Give the head and then a line for each record of a list, in its order; `heads` name its fields.

    Amounts whose currency isn't among the fields have it in a column behind them. Some statements for each 500
    records. Raises Forbidden, before the first line, where the actor may not export the entity or see a field.
    """
    names = list(query.names())
    fields = {name: resolve(query.entity, name).field for name in names}
    currencies = [path for name, field in fields.items() for path in _currencies(query, name, field)
                  if path not in fields]
    added = list(dict.fromkeys(currencies))
    fields |= {path: resolve(query.entity, path).field for path in added}
    asked = replace(query, fields=tuple(fields), limit=LARGEST_PAGE, cursor=None, count=False, sums=(), action="export")
    asked.check()
    return _lines(asked, fields, [*heads, *(str(_("Currency")) for _path in added)])


def _currencies(query: Query, name: str, field: Field) -> list[str]:
    """Name the fields that say the currencies of an amount, or of the amounts in a custom sub-table."""
    if field.kind == "table":
        own = [column.currency for column in field.columns
               if column.currency and not line_currency(field, column)]
        return [path for path in own if field_at(query.entity, path) is not None]
    return [path] if field.kind == "money" and (path := currency_path(query.entity, name)) else []


def _lines(asked: Query, fields: dict[str, Field], heads: list[str]) -> Iterator[list[Cell]]:
    yield [*heads]
    cursor: str | None = None
    while True:
        page = replace(asked, cursor=cursor).page()
        for row in page.rows:
            yield [_cell(field, row.values[name]) for name, field in fields.items()]
        cursor = page.next_cursor
        if cursor is None:
            return


def _cell(field: Field, value: Any) -> Cell:
    if value is None or value == "":
        return None
    if isinstance(value, Linked):
        return value.title
    if field.kind == "tags":
        return ", ".join(each.name for each in value) or None
    if field.kind == "table":
        return "; ".join(_line(field, line.values) for line in value) or None
    if field.kind in ("choice", "state"):
        return str(field.choice(str(value)).label)
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, dt.datetime):
        return value.astimezone(current_timezone()).replace(tzinfo=None)
    return value if isinstance(value, Cell) else str(value)


def _line(table: Field, values: Mapping[str, Any]) -> str:
    """Write a line of a custom sub-table into the one cell it has."""
    cells = [cell for column in table.columns if (cell := _cell(column, values[column.name])) is not None]
    return " · ".join(decimal_text(cell) if isinstance(cell, Decimal) else str(cell) for cell in cells)
