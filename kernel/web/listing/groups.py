"""A list by groups: up to two levels of them with counts and subtotals, one opened in place to its first rows."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from kernel.entities.base import Entity
from kernel.entities.fields import Field
from kernel.errors import Forbidden, Invalid
from kernel.exchange.buckets import bucket_label
from kernel.exchange.filters import Condition
from kernel.exchange.grouping import UNGROUPED_KINDS, Group, Grouped, Grouping, Level, level_of
from kernel.exchange.listing import Query
from kernel.exchange.rows import Linked
from kernel.exchange.values import json_value
from kernel.i18n import _, format_number
from kernel.permissions.rights import rights
from kernel.web.asked import Asked, narrowed
from kernel.web.layout import field_at
from kernel.web.listing.rows import ListRows, sum_text
from kernel.web.screen.listing import Group as ShownGroup
from kernel.web.screen.listing import GroupMenu
from kernel.web.screen.listing import Row as ShownRow
from kernel.web.screen.shown import EMPTY, Choice, Shown
from kernel.web.show import address, shown

__all__ = ["GroupedList", "group_label", "group_menu", "levels_asked"]

MOST_LEVELS = 2
FIRST_ROWS = 50
MOST_ROWS = 500
Columns = Sequence[tuple[str, Field]]


def levels_asked(cls: type[Entity], asked: Asked) -> list[str]:
    """Name the levels an address asks for; a field that isn't there, or not for this person, is left out."""
    return [name for name in dict.fromkeys(asked.group) if _groupable(cls, name)][:MOST_LEVELS]


def _groupable(cls: type[Entity], name: str) -> bool:
    try:
        level_of(cls, name)
    except (Invalid, Forbidden):
        return False
    return True


class GroupedList:
    """The groups of a list as its address opens them: one statement for each level, one for the rows shown."""

    def __init__(
        self, query: Query, levels: Sequence[str], columns: Columns, sums: Sequence[str], asked: Asked, rows: int
    ) -> None:
        """Take the question of the list, its columns and the fields it sums."""
        self._query = query
        self._levels = levels
        self._columns = columns
        self._drawn = ListRows(query.entity, columns)
        self._asked = asked
        self._rows = min(rows or FIRST_ROWS, MOST_ROWS)
        averages = [path for path, field in columns if field.kind == "percent"]
        self._measures = {**{path: path for path in sums}, **{path: f"{path}:average" for path in averages}}
        self._base = address(query.entity)
        figured = [at for at, (path, _field) in enumerate(columns) if path in self._measures]
        self.span = max(figured[0], 1) if figured else len(columns)
        """How many columns a group's label stands across; its figures follow, each in its own column."""
        self._outer = self._ask(levels[0], ())
        self.count = len(self._outer.groups)
        self.more = self._outer.more

    def _ask(self, level: str, within: Sequence[Condition]) -> Grouped:
        measures = tuple(self._measures.values())
        sort = self._asked.order if self._asked.order.removeprefix("-") in ("count", *measures) else ""
        query = replace(self._query, filter=[*self._query.filter, *within])
        return Grouping(query, (level,), measures, sort).answer()

    def shown(self) -> tuple[ShownGroup, ...]:
        """Give the groups, the asked-for one opened."""
        return tuple(self._shown(self._outer, group, (), ()) for group in self._outer.groups)

    def _shown(
        self, grouped: Grouped, group: Group, above: tuple[str, ...], within: tuple[Condition, ...]
    ) -> ShownGroup:
        level = grouped.levels[0]
        path = (*above, group_text(level, group.value))
        opened = self._asked.open[:len(path)] == path
        conditions = (*within, *grouped.conditions(group))
        inner: tuple[ShownGroup, ...] = ()
        rows: tuple[ShownRow, ...] = ()
        more = False
        if opened and len(path) < len(self._levels):
            beneath = self._ask(self._levels[len(path)], conditions)
            inner = tuple(self._shown(beneath, each, path, conditions) for each in beneath.groups)
            more = beneath.more
        elif opened:
            query = replace(self._query, filter=[*self._query.filter, *conditions], limit=self._rows)
            rows = tuple(self._drawn.shown(row) for row in self._drawn.prepare(query.page().rows))
            more = group.count > len(rows)
        here = self._asked.address(self._base, open=above if opened else path, cursor="")
        further = more and not inner and self._rows < MOST_ROWS
        return ShownGroup(
            group_label(level, group.value), format_number(group.count), _anchor(path), _anchor(path[:1]), here, opened,
            len(path), self._figures(group), inner, rows, self._list_href(conditions),
            self._more_href(path) if further else "",
            str(_("Show all {count}", count=format_number(group.count))) if more else "")

    def _figures(self, group: Group) -> tuple[Shown, ...]:
        found = []
        for path, field in self._columns[self.span:]:
            value = group.measures.get(self._measures.get(path, ""))
            if value is None:
                found.append(EMPTY)
            elif field.kind == "percent":
                found.append(shown(field, Decimal(value).quantize(Decimal(1))))
            else:
                found.append(Shown(sum_text(field, value), "number"))
        return tuple(found)

    def _list_href(self, conditions: Iterable[Condition]) -> str:
        """Lead to the list of one group's records; empty where no address can say which they are."""
        filters = narrowed(self._asked.filters, list(conditions))
        return "" if filters is None else self._asked.address(
            self._base, filters=filters, group=(), order="", open=(), cursor="", view="")

    def _more_href(self, path: tuple[str, ...]) -> str:
        rows = str(min(self._rows + FIRST_ROWS, MOST_ROWS))
        return self._asked.address(self._base, open=path, cursor="", also=(*self._asked.also, ("rows", rows)))


def group_text(level: Level, value: Any) -> str:
    """Write a group's value for an address; nothing stands for the empty value."""
    if value is None:
        return ""
    if isinstance(value, Linked):
        return str(value.id)
    if isinstance(value, bool):
        return "1" if value else "0"
    return value.isoformat() if level.bucket else str(json_value(level.path.field, value))


def group_label(level: Level, value: Any) -> Shown:
    """Show what the records of a group have in common."""
    label = str(level.path.field.label)
    if value is None:
        return Shown(str(_("Without: {what}", what=label)))
    if level.bucket and isinstance(value, dt.date):
        return Shown(bucket_label(value, level.bucket))
    if isinstance(value, bool):
        return Shown(f"{label}: {_('yes') if value else _('no')}")
    return replace(shown(level.path.field, value), href="")


def _anchor(path: Sequence[str]) -> str:
    return "g-" + blake2b("\0".join(path).encode(), digest_size=6).hexdigest()


def group_menu(cls: type[Entity], columns: Columns, sums: Sequence[str], asked: Asked) -> GroupMenu:
    """Give the menu that groups a list: by which fields, dates by what, sorted by which figure."""
    levels = levels_asked(cls, asked)
    first, second = (*levels, "", "")[:2]
    known = _fields(cls, columns, levels)
    orders = [("", str(_("by label"))), ("-count", str(_("by number of records")))]
    orders += [(f"-{path}", str(_("by {what}", what=field.label))) for path in sums
               if (field := field_at(cls, path)) is not None]
    label = ", ".join(label for name in levels for known_name, label in known if known_name == name)
    return GroupMenu(
        label, tuple(Choice(name, text, name == first) for name, text in known),
        tuple(Choice(name, text, name == second) for name, text in known),
        tuple(Choice(name, text, name == asked.order) for name, text in orders),
        tuple(asked.pairs(without=("group", "order"))),
        asked.address(address(cls), group=(), order="", open=(), cursor="") if levels else "")


def _fields(cls: type[Entity], columns: Columns, levels: Sequence[str]) -> list[tuple[str, str]]:
    """Name what a list may be grouped by: its columns, then the entity's other fields; dates by their buckets."""
    own = [(field.name, field) for field in rights().visible(cls) if not field.hidden]
    also = [(path, field) for path in (name.partition(":")[0] for name in levels)
            if (field := field_at(cls, path)) is not None]
    found: dict[str, str] = {}
    for path, field in [*columns, *own, *also]:
        if field.kind in ("date", "instant"):
            found |= _buckets(path, str(field.label))
        elif field.kind not in UNGROUPED_KINDS and field.kind != "serial" and not field.exact:
            found.setdefault(path, str(field.label))
    return list(found.items())


def _buckets(path: str, label: str) -> dict[str, str]:
    return {
        f"{path}:month": str(_("{date}, by month", date=label)),
        f"{path}:quarter": str(_("{date}, by quarter", date=label)),
        f"{path}:year": str(_("{date}, by year", date=label)),
        f"{path}:week": str(_("{date}, by week", date=label)),
        f"{path}:day": str(_("{date}, by day", date=label))}
