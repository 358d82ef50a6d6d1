"""Show the lines of a long document in pages: what the address asks for, and the links to the others."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask import request

from kernel.entities.base import Entity
from kernel.exchange.linepages import LinePage, LinesAsked, line_page
from kernel.exchange.rows import Row
from kernel.i18n import _, format_number
from kernel.web.layout import PlacedLines, lines_of
from kernel.web.posted import Posted
from kernel.web.screen.form import LinePager, LineSort

__all__ = ["kept_state", "load_pages", "pager_of"]

SIZE = 100
"""Lines on a page: more than anybody reads at once, few enough to be there at once."""
STATE = ("page", "q", "sort")


def load_pages(cls: type[Entity], row: Row, posted: Posted | None) -> Mapping[str, LinePage]:
    """Load the page of each sub-table that is asked for, with the lines that were typed into, and put it in the row."""
    found = {}
    for table in lines_of(cls):
        typed = [int(line.id) for line in posted.lines.get(table.path, ()) if line.id.isdecimal()] if posted else []
        page = line_page(
            table.field, row.id, _asked(table.path), size=SIZE, columns=[each.path for each in table.columns],
            also=typed)
        row.values[table.path] = page.rows
        found[table.path] = page
    return found


def _asked(path: str) -> LinesAsked:
    page = request.values.get(f"{path}.page", "")
    return LinesAsked(
        int(page) if page.isdecimal() and len(page) < 7 else 1, request.values.get(f"{path}.q", "")[:100],
        request.values.get(f"{path}.sort", ""))


def kept_state(cls: type[Entity]) -> str:
    """Give the query of an address that shows the same pages of lines again; empty where all are the first."""
    state = {
        name: value for table in lines_of(cls) for each in STATE
        if (value := request.values.get(name := f"{table.path}.{each}", ""))}
    return f"?{urlencode(state)}" if state else ""


def pager_of(table: PlacedLines, page: LinePage, sums: Mapping[str, Any], total: str) -> LinePager | None:
    """Make the links to the other pages of a sub-table; None where all of its lines stand on the first.

    `sums` are the record's values: the first field of the table's sums is what its column `total` comes to.
    """
    if page.count <= page.size:
        return None
    asked, last = page.asked, page.first + min(page.size, max(page.found - page.first, 0))
    text = _("{first}–{last} of {count}", first=format_number(Decimal(min(page.first + 1, last))),
             last=format_number(Decimal(last)), count=format_number(Decimal(page.found)))
    wanted = table.view.sums.split() if isinstance(table.view.sums, str) else list(table.view.sums)
    return LinePager(
        name=f"{table.path}.q", text=str(text), search=asked.search,
        hidden=tuple((f"{table.path}.{name}", value) for name, value in _state(asked).items() if value),
        sorts=tuple(_sort(table.path, asked, column.path) for column in table.columns),
        previous_href=_href(table.path, asked, page=asked.page - 1) if asked.page > 1 else "",
        next_href=_href(table.path, asked, page=asked.page + 1) if last < page.found else "",
        base=str(sums.get(wanted[0]) or 0) if wanted and total else "0", count=page.count)


def _state(asked: LinesAsked) -> dict[str, str]:
    return {"page": str(asked.page) if asked.page > 1 else "", "q": asked.search, "sort": asked.sort}


def _sort(path: str, asked: LinesAsked, column: str) -> LineSort:
    turned = f"-{column}" if asked.sort == column else column
    mark = {column: "ascending", f"-{column}": "descending"}.get(asked.sort, "")
    return LineSort(_href(path, asked, page=1, sort=turned), mark)


def _href(path: str, asked: LinesAsked, **changed: str | int) -> str:
    """Give the address of another page: what else the address says stays."""
    state = _state(asked) | {name: str(value) for name, value in changed.items()}
    others = {name: value for name, value in request.args.items() if name not in {f"{path}.{each}" for each in STATE}}
    own = {f"{path}.{name}": value for name, value in state.items() if value and (name, value) != ("page", "1")}
    return "?" + urlencode(others | own)
