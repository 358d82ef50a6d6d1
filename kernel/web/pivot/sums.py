"""Work a pivot out: ask for its groups once, and add them up to the cells, subtotals and totals of its table.

Amounts of two currencies are never added up: where a money field's records have several, each has a figure of its own.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kernel.entities.base import Entity
from kernel.entities.fields import Field
from kernel.errors import Invalid, Problem
from kernel.exchange.buckets import bucket_label
from kernel.exchange.filters import Condition
from kernel.exchange.grouping import LARGEST, Group, Grouped, Grouping, Level, level_of, measure_of
from kernel.exchange.listing import Query
from kernel.exchange.rows import Linked
from kernel.i18n import _, format_number, format_percent, places
from kernel.shared.standing import decimals_of
from kernel.web.currencies import Currencies
from kernel.web.pivot.asked import COUNT, MOST_FIELDS, MOST_VALUES, PivotAsked, value_label
from kernel.web.show import shown

__all__ = ["Key", "Node", "Pivot", "Value", "pivot"]

Key = tuple[str, ...]
"""A group by the texts of its values from the outermost level on; () is all of them."""


@dataclass(frozen=True, slots=True)
class Value:
    """A figure of every cell: the field, what is done with it, and of money its currency."""

    token: str
    label: str
    field: Field | None
    kind: str
    currency: str = ""
    conditions: tuple[Condition, ...] | None = ()
    """What leaves the records in this currency, where there are several; None where no filter can say it."""

    @property
    def path(self) -> str:
        """Name the field that is measured."""
        return self.token.partition(":")[0]

    def text(self, figure: Any) -> str:
        """Write a figure; its currency stands in the head."""
        if figure is None:
            return ""
        described = self.field
        if described is not None and described.kind == "money":
            return format_number(figure, places(figure, described.decimals, decimals_of(self.currency)))
        if described is not None and described.kind == "percent":
            return format_percent(round(figure, 2))
        return format_number(round(figure, 2) if self.kind == "average" else figure)


@dataclass(slots=True)
class Node:
    """A group of rows or columns, with the groups inside it in order."""

    key: Key
    label: str
    conditions: tuple[Condition, ...] = ()
    inner: list["Node"] = field(default_factory=list)

    def leaves(self) -> Iterator["Node"]:
        """Walk the innermost groups in order."""
        if not self.inner:
            yield self
        for node in self.inner:
            yield from node.leaves()


@dataclass(frozen=True, slots=True)
class Pivot:
    """A pivot worked out: the trees of its rows and columns, its values, and the figure of each cell."""

    cls: type[Entity]
    asked: PivotAsked
    rows: Node
    cols: Node
    values: tuple[Value, ...]
    cells: Mapping[tuple[Key, Key], Mapping[int, Any]]

    def figure(self, row: Key, col: Key, at: int) -> Any:
        """Give the figure of a cell by the place of its value; None where there is none."""
        found = self.cells.get((row, col), {}).get(at)
        if isinstance(found, _Average):
            return found.figure
        return found

    @property
    def count(self) -> int:
        """Say how many records it is made of."""
        return int(self.cells.get(((), ()), {}).get(-1, 0))


@dataclass(slots=True)
class _Average:
    total: Decimal | int = 0
    count: int = 0

    @property
    def figure(self) -> Decimal | None:
        return (Decimal(self.total) / self.count).quantize(Decimal("0.000001")).normalize() if self.count else None


def pivot(query: Query, asked: PivotAsked) -> Pivot:
    """Answer a pivot's question in one statement, and one more where companies keep their books in several currencies.

    Raises Invalid for what can't be asked or is too much to show, Forbidden for what the actor may not see.
    """
    cls = query.entity
    _check(asked)
    measures = [measure_of(cls, name) for name in asked.values if name != COUNT]
    currencies = Currencies(cls, [measure.path for measure in measures if measure.path.field.kind == "money"])
    fields = [level_of(cls, name).name for name in (*asked.rows, *asked.cols)]
    wanted = list(dict.fromkeys(
        each for measure in measures
        for each in ([measure.path.name, f"{measure.path.name}:count"] if measure.kind == "average"
                     else [measure.name])))
    grouped = Grouping(query, list(dict.fromkeys([*fields, *currencies.levels])), wanted, limit=LARGEST).answer()
    if grouped.more:
        raise Invalid([Problem("rows", _(
            "That makes more than {count} groups. Take a field away, choose longer periods, or filter.",
            count=format_number(LARGEST)))])
    currencies.read(grouped)
    values = tuple(_values(cls, asked, currencies))
    across = len(asked.rows)
    return Pivot(
        cls, asked, _tree(grouped, range(across)), _tree(grouped, range(across, across + len(asked.cols))), values,
        _cells(asked, grouped, values, currencies))


def _check(asked: PivotAsked) -> None:
    if max(len(asked.rows), len(asked.cols)) > MOST_FIELDS or len(asked.values) > MOST_VALUES:
        raise Invalid([Problem("rows", _(
            "A pivot has at most {fields} fields in its rows, as many in its columns, and {values} values",
            fields=MOST_FIELDS, values=MOST_VALUES))])


def _values(cls: type[Entity], asked: PivotAsked, currencies: Currencies) -> Iterator[Value]:
    """Give the values that are shown: an amount once for each currency that its records have."""
    for token in asked.values or (COUNT,):
        label = value_label(cls, token)
        if token == COUNT:
            yield Value(token, label, None, COUNT)
            continue
        measure = measure_of(cls, token)
        if measure.path.field.kind != "money":
            yield Value(token, label, measure.path.field, measure.kind)
            continue
        for code, conditions in currencies.of(measure.path.name):
            yield Value(
                token, str(_("{value} ({currency})", value=label, currency=code)) if code else label,
                measure.path.field, measure.kind, code, conditions)


def _tree(grouped: Grouped, levels: Sequence[int]) -> Node:
    """Gather the values of some levels as they lie within each other, each level in the order of its labels."""
    root = Node((), "")
    known: dict[Key, Node] = {(): root}
    order: dict[Key, tuple[Any, ...]] = {}
    for group in grouped.groups:
        above = root
        for at in levels:
            level, value = grouped.levels[at], group.values[at]
            key = (*above.key, _text_of(value))
            if key not in known:
                known[key] = Node(key, _label_of(level, value),
                                  (*above.conditions, *(tuple(each) for each in level.conditions(value))))
                order[key] = _rank(level.path.field, value)
                above.inner.append(known[key])
            above = known[key]
    for node in known.values():
        node.inner.sort(key=lambda each: order[each.key])
    return root


def _text_of(value: Any) -> str:
    return "" if value is None else str(value.id) if isinstance(value, Linked) else str(value)


def _label_of(level: Level, value: Any) -> str:
    if value is None or value == "":
        return str(_("empty"))
    if level.bucket is not None:
        return bucket_label(value, level.bucket)
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return shown(level.path.field, value).text


def _rank(described: Field, value: Any) -> tuple[Any, ...]:
    """Give what a value is sorted by; empty ones come last."""
    if value is None:
        return (1,)
    if described.kind in ("choice", "state"):
        names = [each.value for each in described.choices]
        return (0, names.index(value) if value in names else len(names), value)
    if isinstance(value, Linked):
        return (0, (value.title or "\uffff").casefold(), value.id)
    return (0, value.casefold() if isinstance(value, str) else value)


def _cells(
    asked: PivotAsked, grouped: Grouped, values: Sequence[Value], currencies: Currencies,
) -> dict[tuple[Key, Key], dict[int, Any]]:
    """Add every group to its own cell and to all the totals it is part of; -1 holds a cell's number of records."""
    across = len(asked.rows)
    cells: dict[tuple[Key, Key], dict[int, Any]] = defaultdict(dict)
    for group in grouped.groups:
        row = tuple(_text_of(value) for value in group.values[:across])
        col = tuple(_text_of(value) for value in group.values[across:across + len(asked.cols)])
        parts = [(at, value) for at, value in enumerate(values)
                 if not value.currency or currencies.code(value.path, group) == value.currency]
        for deep in range(len(row) + 1):
            for wide in range(len(col) + 1):
                cell = cells[row[:deep], col[:wide]]
                cell[-1] = cell.get(-1, 0) + group.count
                for at, value in parts:
                    cell[at] = _added(value, cell.get(at), group)
    return dict(cells)


def _added(value: Value, held: Any, group: Group) -> Any:
    if value.kind == COUNT:
        return (held or 0) + group.count
    if value.kind == "average":
        average = held or _Average()
        average.total += group.measures[value.path] or 0
        average.count += group.measures[f"{value.path}:count"] or 0
        return average
    more = group.measures[value.token]
    if held is None or more is None:
        return more if held is None else held
    match value.kind:
        case "least":
            return min(held, more)
        case "greatest":
            return max(held, more)
        case _:
            return held + more
