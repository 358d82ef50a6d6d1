"""Load the lines of one record in pages: an order may have ten thousand, and a form shows a hundred of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, cast, func, or_, select

from kernel.entities.base import Entity
from kernel.entities.fields import Field
from kernel.entities.work import session
from kernel.errors import Invalid, Problem
from kernel.exchange.paths import Joined, readable_fields, resolve
from kernel.exchange.rows import Row, Shape, default_names
from kernel.i18n import _

__all__ = ["LinePage", "LinesAsked", "line_page"]

SEARCHED = ("text", "note", "serial")


@dataclass(frozen=True, slots=True)
class LinesAsked:
    """Which lines somebody wants to see: a page of those that hold a text, in the order of a field ("-" turns it)."""

    page: int = 1
    search: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True)
class LinePage:
    """Lines of a record, how many it has in all, and how many of them are found."""

    rows: Sequence[Row]
    count: int
    found: int
    asked: LinesAsked
    size: int

    @property
    def first(self) -> int:
        """Give how many lines come before this page."""
        return (self.asked.page - 1) * self.size


def line_page(
    field: Field, id_: int, asked: LinesAsked, *, size: int, columns: Sequence[str], also: Collection[int] = ()
) -> LinePage:
    """Give a page of a record's lines. One statement where all of them fit into a page, two more otherwise.

    `columns` are searched and may be sorted by; `also` are ids of lines that are given whatever page they are on.
    Raises Invalid for another column to sort by. The record itself must have been loaded: its rights are the lines'.
    """
    line = field.target
    parent = line.__parent__ or ""
    own = getattr(line, line.__fields__[parent].column) == id_
    shape = Shape.of(line, [name for name in default_names(line) if name != parent])
    joined = shape.joined.branch()
    order = [*_order(line, asked.sort, columns, joined), line.id]
    matching = [own, *_holding(line, asked.search.strip(), columns, joined)]
    start = max(asked.page - 1, 0) * size
    rows = shape.load(shape.statement_with(joined).where(*matching).order_by(*order).offset(start).limit(size + 1))
    whole = start == 0 and len(matching) == 1 and len(rows) <= size
    count = len(rows) if whole else session().scalar(select(func.count()).select_from(line).where(own)) or 0
    found = count if len(matching) == 1 else session().scalar(
        joined.apply(select(func.count(line.id)).select_from(line)).where(*matching)) or 0
    rows = rows[:size]
    if missing := set(also) - {row.id for row in rows}:
        rows += shape.load(shape.statement.where(own, line.id.in_(missing)).order_by(line.id))
    return LinePage(rows, count, found, LinesAsked(max(asked.page, 1), asked.search, asked.sort), size)


def _order(line: type[Entity], sort: str, columns: Sequence[str], joined: Joined) -> list[ColumnElement[object]]:
    if not sort:
        return []
    name = sort.removeprefix("-")
    if name not in columns:
        raise Invalid([Problem("sort", _("{field} can't be sorted by", field=name), "SORT")])
    path = resolve(line, name)
    column = (joined.title(path) if path.field.kind == "link" else None) or joined.column(path)
    return [column.desc() if sort.startswith("-") else column.asc()]


def _holding(
    line: type[Entity], text: str, columns: Sequence[str], joined: Joined
) -> list[ColumnElement[bool]]:
    """Say that a line's texts, or those by which one finds what it links to, hold a text."""
    if not text:
        return []
    found = []
    for name in columns:
        field = resolve(line, name).field
        inner = [f"{name}.{each.name}" for each in readable_fields(field.target).values() if each.searchable] if (
            field.kind == "link") else [name] if field.kind in SEARCHED else []
        found += [joined.column(resolve(line, each)) for each in inner]
    if not found:
        return []
    return [or_(*(cast(column, String).icontains(text, autoescape=True) for column in found))]
