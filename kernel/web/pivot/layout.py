"""Lay a pivot out: its table with folded and open groups, and its chart."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from kernel.errors import Invalid, Problem
from kernel.exchange.buckets import bucket_label, last_day
from kernel.exchange.grouping import level_of
from kernel.i18n import _, format_number
from kernel.web.asked import Asked, narrowed
from kernel.web.pivot.asked import field_label
from kernel.web.pivot.sums import Key, Node, Pivot, Value
from kernel.web.screen.dashboard import Chart, Series
from kernel.web.screen.pivot import Cell, Head, Line, Table
from kernel.web.show import address

__all__ = ["Shut", "chart_of", "key_text", "table_of"]

MOST_LINES = 1000
MOST_COLUMNS = 120
MOST_CELLS = 20_000
MOST_POINTS = 60
MOST_SERIES = 6
"""What a chart shows before nobody can tell one from the other."""


def key_text(key: Key) -> str:
    """Write a group's key as an address carries it."""
    return orjson.dumps(key).decode()


@dataclass(frozen=True, slots=True)
class Shut:
    """The tree of an axis with the groups inside folded ones left away."""

    node: Node
    folded: bool
    inner: "tuple[Shut, ...]" = ()

    @classmethod
    def of(cls, node: Node, folded: frozenset[str]) -> "Shut":
        """Fold a tree."""
        shut = bool(node.inner) and node.key != () and key_text(node.key) in folded
        return cls(node, shut, () if shut else tuple(cls.of(each, folded) for each in node.inner))

    @property
    def wide(self) -> int:
        """Say how many columns it takes: those inside and its own for what they add up to."""
        return sum(each.wide for each in self.inner) + 1

    def blocks(self) -> "Iterator[Shut]":
        """Walk the columns in order, those inside before what they add up to."""
        for each in self.inner:
            yield from each.blocks()
        yield self

    def ends(self) -> "Iterator[Shut]":
        """Walk what has nothing open inside."""
        if not self.inner:
            yield self
        for each in self.inner:
            yield from each.ends()

    def lines(self) -> "Iterator[Shut]":
        """Walk the rows in order, each before those inside it."""
        yield self
        for each in self.inner:
            yield from each.lines()


def axes(pivot: Pivot) -> tuple[Shut, Shut]:
    """Give the trees of the rows, in the order asked for, and of the columns, each as far as it is open."""
    rows = _sorted(pivot, pivot.rows)
    return (Shut.of(rows, frozenset(pivot.asked.folded)), Shut.of(pivot.cols, frozenset(pivot.asked.folded_cols)))


def _sorted(pivot: Pivot, node: Node) -> Node:
    wanted = pivot.asked.sort
    token, descending = wanted.removeprefix("-"), wanted.startswith("-")
    at = next((at for at, value in enumerate(pivot.values) if value.token == token), None)
    if at is None:
        return node

    def place(each: Node) -> tuple[bool, Any]:
        figure = pivot.figure(each.key, (), at)
        return figure is None, 0 if figure is None else -figure if descending else figure

    return replace(node, inner=[_sorted(pivot, each) for each in sorted(node.inner, key=place)])


def table_of(pivot: Pivot, asked: Asked, base: str) -> Table:
    """Lay out the table; raises Invalid where it would be too large to be read."""
    rows, cols = axes(pivot)
    blocks = list(cols.blocks())
    lines = list(rows.lines())
    if len(blocks) * len(pivot.values) > MOST_COLUMNS:
        raise Invalid([Problem("cols", _(
            "That makes {count} columns; at most {most} fit. Take a field away from the columns, or filter.",
            count=format_number(len(blocks) * len(pivot.values)), most=MOST_COLUMNS))])
    most = min(MOST_LINES, MOST_CELLS // (len(blocks) * len(pivot.values)))
    if len(lines) > most:
        raise Invalid([Problem("rows", _(
            "That makes {count} rows; beside so many columns at most {most} fit. Take a field away, or filter.",
            count=format_number(len(lines)), most=format_number(most)))])
    drill = _Drill(pivot, asked)
    links = _Links(pivot, asked, base)
    made = [_line(pivot, each, blocks, drill, links) for each in lines[1:]]
    total = _line(pivot, rows, blocks, drill, links)
    corner = ", ".join(field_label(pivot.cls, name) for name in pivot.asked.rows)
    return Table(corner, tuple(_heads(pivot, cols, links)), (*made, replace(total, label=str(_("Total")), total=True)))


class _Drill:
    """Write the address of the list of the records behind a cell."""

    def __init__(self, pivot: Pivot, asked: Asked) -> None:
        self._list = address(pivot.cls)
        self._asked = replace(asked, also=(), sort="", columns=(), tab="", cursor="")

    def to(self, row: Node, col: Node, value: Value) -> str:
        if value.conditions is None:
            return ""
        filters = narrowed(self._asked.filters, (*row.conditions, *col.conditions, *value.conditions))
        return "" if filters is None else self._asked.address(self._list, filters=filters)


class _Links:
    """Write the addresses of the same pivot with a group folded or opened, or its rows in another order."""

    def __init__(self, pivot: Pivot, asked: Asked, base: str) -> None:
        self._pivot, self._asked, self._base = pivot, asked, base

    def fold(self, node: Node, *, of_columns: bool = False) -> str:
        name = "folded_cols" if of_columns else "folded"
        held: tuple[str, ...] = getattr(self._pivot.asked, name)
        text = key_text(node.key)
        now = tuple(each for each in held if each != text) if text in held else (*held, text)
        return self._to(**{name: now})

    def sort(self, value: Value) -> str:
        return self._to(sort=value.token if self._pivot.asked.sort == f"-{value.token}" else f"-{value.token}")

    def _to(self, **changes: Any) -> str:
        return self._asked.address(self._base, also=replace(self._pivot.asked, **changes).pairs())


def _line(pivot: Pivot, row: Shut, blocks: Sequence[Shut], drill: _Drill, links: _Links) -> Line:
    node = row.node
    cells = []
    for block in blocks:
        there = (node.key, block.node.key) in pivot.cells
        for at, value in enumerate(pivot.values):
            text = value.text(pivot.figure(node.key, block.node.key, at)) if there else ""
            cells.append(Cell(text, drill.to(node, block.node, value) if text else "",
                              total=bool(block.inner or (pivot.asked.cols and not block.node.key))))
    fold = links.fold(node) if node.inner and node.key else ""
    return Line(node.label, tuple(cells), len(node.key), fold, row.folded)


def _heads(pivot: Pivot, cols: Shut, links: _Links) -> Iterator[tuple[Head, ...]]:
    """Give the rows of heads: one for each field of the columns, and one that names the values."""
    deepest = len(pivot.asked.cols)
    each = len(pivot.values)
    level = [cols] if deepest else []
    for depth in range(1, deepest + 1):
        heads: list[Head] = []
        following: list[Shut] = []
        for above in level:
            for inside in above.inner:
                deep = 1 if inside.inner else deepest - depth + 1
                heads.append(Head(
                    inside.node.label, inside.wide * each, deep,
                    links.fold(inside.node, of_columns=True) if inside.node.inner else "", inside.folded))
                following.append(inside)
            if above.inner or depth == 1:
                sorting = _value_head(pivot, pivot.values[0], links, above) if each == 1 else Head("")
                heads.append(replace(
                    sorting, label=str(_("Total")), span=each, deep=deepest - depth + 1, total=True))
        level = following
        yield tuple(heads)
    if not deepest or each > 1:
        yield tuple(_value_head(pivot, value, links, block) for block in cols.blocks() for value in pivot.values)


def _value_head(pivot: Pivot, value: Value, links: _Links, block: Shut) -> Head:
    whole = block.node.key == ()
    sort = pivot.asked.sort
    direction = "" if sort.removeprefix("-") != value.token else "desc" if sort.startswith("-") else "asc"
    return Head(value.label, sort_href=links.sort(value) if whole else "", sort=direction if whole else "",
                total=whole and bool(pivot.asked.cols))


def chart_of(pivot: Pivot, kind: str, title: str) -> tuple[Chart | None, str]:
    """Draw the innermost open rows, a series for each column or value; with a word on what was left out."""
    rows, cols = axes(pivot)
    ends = [row.node for row in rows.ends() if row.node.key or not pivot.asked.rows]
    series = list(_series(pivot, cols, one=kind == "pie"))
    if kind == "pie" and series:
        return _pie(pivot, ends, series[0], title), " ".join(_currency_note(pivot))
    ends = _without_gaps(pivot, ends)
    notes = list(_currency_note(pivot))
    for found, most, text in (
            (ends, MOST_POINTS, _("The chart shows the first {most} of {count} rows.",
                                  most=MOST_POINTS, count=format_number(len(ends)))),
            (series, MOST_SERIES, _("The chart shows the first {most} of {count} series.",
                                    most=MOST_SERIES, count=format_number(len(series))))):
        if len(found) > most:
            notes.append(str(text))
    ends, series = ends[:MOST_POINTS], series[:MOST_SERIES]
    if not pivot.count or not ends or not series:
        return None, ""
    labels = tuple(_path_label(pivot.rows, row) or title for row in ends)
    drawn = tuple(Series(label, *_points(pivot, ends, col, at)) for label, col, at in series)
    return Chart(kind, labels, drawn, _summary(title, labels, drawn[0])), " ".join(notes)


def _currency_note(pivot: Pivot) -> Iterator[str]:
    if len({value.currency for value in pivot.values if value.currency}) > 1:
        yield str(_("Amounts in {currency} only: two currencies have no common scale.",
                    currency=_first_currency(pivot)))


def _first_currency(pivot: Pivot) -> str:
    """Name the currency that most records are in."""
    most = max((at for at, value in enumerate(pivot.values) if value.currency),
               key=lambda at: abs(pivot.figure((), (), at) or 0))
    return pivot.values[most].currency


def _series(pivot: Pivot, cols: Shut, *, one: bool) -> Iterator[tuple[str, Node, int]]:
    """Name what is drawn: the first figure by columns, else all figures; the number of records where there is none."""
    drawn = [at for at, value in enumerate(pivot.values)
             if not value.currency or value.currency == _first_currency(pivot)]
    measured = any(pivot.values[at].field for at in drawn)
    alike = [at for at in drawn if bool(pivot.values[at].field) == measured]
    if pivot.asked.cols and not one:
        for col in cols.ends():
            yield _path_label(pivot.cols, col.node), col.node, alike[0]
        return
    for at in alike[:1] if one else alike:
        yield pivot.values[at].label, pivot.cols, at


def _path_label(root: Node, wanted: Node) -> str:
    labels, node = [], root
    for deep in range(1, len(wanted.key)):
        node = next(each for each in node.inner if each.key == wanted.key[:deep])
        labels.append(node.label)
    return " · ".join([*labels, wanted.label])


def _without_gaps(pivot: Pivot, rows: list[Node]) -> list[Node]:
    """Put the periods in that nothing fell into, so that a chart's steps are of one length."""
    name, _colon, bucket = pivot.asked.rows[0].partition(":") if len(pivot.asked.rows) == 1 else ("", "", "")
    level = level_of(pivot.cls, f"{name}:{bucket}") if bucket else None
    known = {row.key[0]: row for row in rows if row.key and row.key[0]}
    if level is None or level.bucket is None or pivot.asked.sort or not known:
        return rows
    found: list[Node] = []
    day, last = dt.date.fromisoformat(min(known)), dt.date.fromisoformat(max(known))
    while day <= last and len(found) <= MOST_POINTS:
        text = day.isoformat()
        found.append(known.get(text) or Node((text,), bucket_label(day, level.bucket)))
        day = last_day(day, level.bucket) + dt.timedelta(days=1)
    return [*found, *(row for row in rows if row.key == ("",))] if day > last else rows


def _pie(pivot: Pivot, rows: Sequence[Node], of: tuple[str, Node, int], title: str) -> Chart | None:
    """Draw the greatest shares, and the rest as one where they can be added up."""
    label, col, at = of
    value = pivot.values[at]
    ordered = sorted(((pivot.figure(row.key, col.key, at) or 0, row) for row in rows), key=lambda each: -each[0])
    kept = [(figure, _path_label(pivot.rows, row) or title) for figure, row in ordered[:MOST_SERIES] if figure > 0]
    if len(ordered) > MOST_SERIES and value.kind in ("sum", "count"):
        rest = sum(figure for figure, _row in ordered[MOST_SERIES - 1:] if figure > 0)
        kept = [*kept[:MOST_SERIES - 1], (rest, str(_("Others")))]
    if not kept:
        return None
    names = tuple(name for _figure, name in kept)
    series = Series(label, tuple(float(figure) for figure, _name in kept),
                    tuple(value.text(figure) for figure, _name in kept))
    return Chart("pie", names, (series,), _summary(title, names, series))


def _points(
    pivot: Pivot, rows: Sequence[Node], col: Node, at: int,
) -> tuple[tuple[float, ...], tuple[str, ...]]:
    figures = [pivot.figure(row.key, col.key, at) for row in rows]
    texts = tuple(pivot.values[at].text(figure if figure is not None else 0) for figure in figures)
    return tuple(float(figure or 0) for figure in figures), texts


def _summary(title: str, labels: Sequence[str], first: Series) -> str:
    top = max(range(len(labels)), key=lambda at: first.values[at])
    return str(_("{label}: {count} values; the highest {measure} is {value} at {name}.", label=title,
                 count=len(labels), measure=first.label, value=first.texts[top], name=labels[top]))
