"""Ask how records add up by group: by any fields, dates in buckets, with sums and other measures of each group.

One statement answers, whatever the number of groups, under the same filter, rights and row scopes as a list:

    Grouping(Query(Order, filter=[["state", "eq", "open"]]), ["customer", "due:quarter"], ["total"]).answer()
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import Float, case, cast, func, select, type_coerce

from kernel.entities.base import Entity
from kernel.entities.work import session
from kernel.errors import Invalid, Problem
from kernel.exchange.buckets import BUCKETS, Bucket, bucketed, last_day
from kernel.exchange.filters import Condition
from kernel.exchange.listing import Query
from kernel.exchange.paths import Joined, Path, resolve
from kernel.exchange.rows import Linked, Row, Shape, titles_of
from kernel.i18n import _, current_timezone

__all__ = [
    "MEASURES", "MOST_GROUPS", "Group", "Grouped", "Grouping", "Lane", "Level", "Measure", "lanes", "level_of",
    "measure_of",
]

MOST_GROUPS = 200
MOST_LEVELS = 10
MOST_MEASURES = 12
LARGEST = 5000
"""The most groups one answer may hold, where they are asked for."""
MEASURES = ("sum", "average", "least", "greatest", "count")
UNGROUPED_KINDS = ("lines", "json", "note", "ref", "table", "tags")
"""Kinds whose values no group has in common; a record with two tags would stand in two groups."""


@dataclass(frozen=True, slots=True)
class Level:
    """A field that groups are formed by; of a date, the bucket it falls into."""

    path: Path
    bucket: Bucket | None = None

    @property
    def name(self) -> str:
        """Give the level as it is asked for: "state", "due:quarter"."""
        return f"{self.path.name}:{self.bucket}" if self.bucket else self.path.name

    def conditions(self, value: Any) -> list[Condition]:
        """Give the filter that leaves the records of one group of this level."""
        name = self.path.name
        if value is None:
            return [[name, "is_null", True]]
        if self.bucket is None:
            return [[name, "eq", value.id if isinstance(value, Linked) else value]]
        first, last = value, last_day(value, self.bucket)
        if self.path.field.kind == "date":
            return [[name, "between", [first, last]]]
        zone = current_timezone()
        return [[name, "between", [
            dt.datetime.combine(first, dt.time.min, zone), dt.datetime.combine(last, dt.time.max, zone)]]]


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of each group: what is done with the values of a field. Empty values count for nothing."""

    path: Path
    kind: str = "sum"

    @property
    def name(self) -> str:
        """Give the measure as it is asked for: "total", "total:average"."""
        return self.path.name if self.kind == "sum" else f"{self.path.name}:{self.kind}"


@dataclass(frozen=True, slots=True)
class Group:
    """Records that share a value at each level (a Linked for a link, a bucket's first day), and their figures."""

    values: tuple[Any, ...]
    count: int
    measures: dict[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> Any:
        """Give the value of the only level."""
        return self.values[0]


@dataclass(frozen=True, slots=True)
class Grouped:
    """The groups with what they were formed by; `more` says that there are others beyond the limit."""

    levels: tuple[Level, ...]
    measures: tuple[Measure, ...]
    groups: list[Group]
    more: bool = False

    def conditions(self, group: Group) -> list[Condition]:
        """Give the filter that, beside the question's own, leaves the records of one group."""
        return [each for level, value in zip(self.levels, group.values, strict=True)
                for each in level.conditions(value)]


@dataclass(frozen=True)
class Grouping:
    """A question for groups: `query` says of which records, `by` names the levels, outermost first, none for all.

    A level is a field's path, with a bucket for dates ("due:month"; a moment's is a day where none is named). A
    measure is a path of a whole or exact number ("total" for its sum; "total:average", ":least", ":greatest",
    and ":count" for how many records have one).
    `sort` is "" for the order of the labels, "count" or the name of a measure, with "-" for descending.

    Answering raises Invalid for what can't be grouped by or measured, and Forbidden for what the actor may not see.
    """

    query: Query
    by: Sequence[str]
    measures: Sequence[str] = ()
    sort: str = ""
    limit: int = MOST_GROUPS

    def answer(self) -> Grouped:
        """Give the groups, in one statement; one more for each link whose records are named by code alone."""
        self._check()
        query, joined = self.query, self._joined
        parts: list[_Part] = [self._part(level) for level in self._levels]
        columns = [column for part in parts for column in part.columns]
        figures = [column for measure in self._measures for column in self._columns(measure)]
        where = query.where(joined)
        statement = joined.apply(
            select(*columns, func.count(query.entity.id), *figures).select_from(query.entity)).where(*where)
        if columns:
            order = [*self._order(), *(clause for part in parts for clause in part.order)]
            statement = statement.group_by(*columns).order_by(*order).limit(self.limit + 1)
        found = session().execute(query.scoped(statement)).all()
        groups = [self._group(parts, len(columns), row) for row in found[:self.limit]]
        self._name(groups)
        return Grouped(tuple(self._levels), tuple(self._measures), groups, len(found) > self.limit)

    def _check(self) -> None:
        self.query.check()
        if not 1 <= self.limit <= LARGEST:
            raise Invalid([Problem("limit", _("An answer has 1 to {most} groups", most=LARGEST))])
        if len(self.by) > MOST_LEVELS or len(self.measures) > MOST_MEASURES:
            raise Invalid([Problem("group", _(
                "At most {levels} levels and {measures} measures fit in one answer", levels=MOST_LEVELS,
                measures=MOST_MEASURES), "GROUP")])

    @cached_property
    def _joined(self) -> Joined:
        return Joined(self.query.entity)

    @cached_property
    def _levels(self) -> list[Level]:
        return [level_of(self.query.entity, name) for name in dict.fromkeys(self.by)]

    @cached_property
    def _measures(self) -> list[Measure]:
        return [measure_of(self.query.entity, name) for name in dict.fromkeys(self.measures)]

    def _part(self, level: Level) -> "_Part":
        column = self._joined.column(level.path)
        described = level.path.field
        if level.bucket is not None:
            start = bucketed(described, column, level.bucket)
            return _Part((start,), (start.asc().nulls_last(),))
        if described.kind == "link" and (title := self._joined.title(level.path)) is not None:
            return _Part((column, title), (title.asc().nulls_last(), column.asc().nulls_last()))
        if described.kind in ("choice", "state") and described.choices:
            places = {choice.value: at for at, choice in enumerate(described.choices)}
            return _Part((column,), (case(places, value=column, else_=len(places)), column.asc().nulls_last()))
        return _Part((column,), (column.asc().nulls_last(),))

    def _columns(self, measure: Measure) -> list[Any]:
        column = self._joined.column(measure.path)
        match measure.kind:
            case "average":
                return [func.sum(column), func.count(column)]
            case "least":
                return [func.min(column)]
            case "greatest":
                return [func.max(column)]
            case "count":
                return [func.count(column)]
            case _:
                return [func.sum(column)]

    def _order(self) -> list[Any]:
        if not self.sort:
            return []
        name = self.sort.removeprefix("-")
        if name == "count":
            figure: Any = func.count(self.query.entity.id)
        else:
            measure = next((each for each in self._measures if each.name == name), None)
            if measure is None:
                raise Invalid([Problem("sort", _("Groups are sorted by count or by one of their measures"), "SORT")])
            figure, *counted = self._columns(measure)
            if counted:
                figure = cast(type_coerce(figure, Float), Float) / func.nullif(counted[0], 0)
        return [(figure.desc() if self.sort.startswith("-") else figure.asc()).nulls_last()]

    def _group(self, parts: "Sequence[_Part]", at: int, row: Sequence[Any]) -> Group:
        values: list[Any] = []
        place = 0
        for level, part in zip(self._levels, parts, strict=True):
            value = row[place]
            if level.path.field.kind == "link" and value is not None:
                title = row[place + 1] if len(part.columns) > 1 else None
                value = Linked(value, None if title is None else str(title), level.path.field.target.__entity__)
            values.append(value)
            place += len(part.columns)
        figures = iter(row[at + 1:])
        return Group(tuple(values), row[at], {each.name: _figure(each, figures) for each in self._measures})

    def _name(self, groups: Sequence[Group]) -> None:
        """Name the links whose records' titles are worked out in Python."""
        for at, level in enumerate(self._levels):
            described = level.path.field
            if described.kind != "link" or described.target.title is Entity.title:
                continue
            links = [group.values[at] for group in groups if group.values[at] is not None]
            titles = titles_of(described.target, [link.id for link in links])
            for link in links:
                link.title = titles.get(link.id)


@dataclass(frozen=True, slots=True)
class _Part:
    """What a level selects, and how its groups are ordered by their labels; empty values come last."""

    columns: tuple[Any, ...]
    order: tuple[Any, ...]


def level_of(cls: type[Entity], name: str) -> Level:
    """Read a level; raises Invalid for a field that can't be grouped by, Forbidden for one that may not be seen."""
    dotted, _colon, bucket = name.partition(":")
    path = resolve(cls, dotted)
    if path.field.kind in UNGROUPED_KINDS:
        raise Invalid([Problem("group", _("{field} can't be grouped by", field=path.name), "GROUP")])
    dated = path.field.kind in ("date", "instant")
    if not bucket:
        return Level(path, "day" if path.field.kind == "instant" else None)
    for known in BUCKETS:
        if known == bucket and dated:
            return Level(path, known)
    raise Invalid([Problem("group", _(
        "{field} can't be grouped by “{bucket}”; dates are by: {allowed}", field=path.name, bucket=bucket[:40],
        allowed=", ".join(BUCKETS)), "GROUP")])


def measure_of(cls: type[Entity], name: str) -> Measure:
    """Read a measure; raises Invalid for a field that can't be summed, Forbidden for one that may not be seen."""
    dotted, _colon, kind = name.partition(":")
    path = resolve(cls, dotted)
    if not path.field.exact and path.field.kind != "integer":
        raise Invalid([Problem("sums", _("{field} can't be summed", field=path.name), "SUMS")])
    if (kind or "sum") not in MEASURES:
        raise Invalid([Problem("sums", _(
            "“{kind}” is no measure; use one of: {allowed}", kind=kind[:40], allowed=", ".join(MEASURES)), "SUMS")])
    return Measure(path, kind or "sum")


def _figure(measure: Measure, figures: Any) -> Any:
    value = next(figures)
    if measure.kind == "average":
        count = next(figures)
        return None if not count else (Decimal(value) / count).quantize(Decimal("0.000001")).normalize()
    if measure.kind == "count":
        return int(value)
    if value is None:
        return None if measure.kind != "sum" else 0 if measure.path.field.kind == "integer" else Decimal(0)
    return int(value) if measure.path.field.kind == "integer" else value


@dataclass(frozen=True, slots=True)
class Lane:
    """A group with its first rows: a column of a board."""

    group: Group
    rows: list[Row]


def lanes(query: Query, by: str, measures: Sequence[str] = ()) -> list[Lane]:
    """Give each group with its first rows in the query's order, as many as its limit: two statements for a board."""
    groups = Grouping(query, (by,), measures).answer().groups
    joined = Joined(query.entity)
    path = level_of(query.entity, by).path
    ranked = query.ranked(joined, joined.column(path))
    names = query.names()
    shape = Shape.of(query.entity, names if path.name in names else [*names, path.name])
    rows = shape.load(
        shape.statement.join(ranked, ranked.c.id == query.entity.id).where(ranked.c.place <= query.limit)
        .order_by(ranked.c.place))
    by_value: dict[Any, list[Row]] = {}
    for row in rows:
        by_value.setdefault(row.values[path.name], []).append(row)
    return [Lane(group, by_value.get(group.value, [])) for group in groups]
