"""Lists of records for pages, boards and the API: filter, sort, search, pages by key, sums."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

import orjson
from sqlalchemy import ColumnElement, Executable, Select, Subquery, Table, func, select

from kernel.entities.base import Entity
from kernel.entities.fields import Field
from kernel.entities.work import session
from kernel.errors import Invalid, Problem
from kernel.exchange.cursors import Key, Mark, after, ordered, pack, unpack
from kernel.exchange.filters import Condition, conditions, search_clause
from kernel.exchange.paths import Joined, Path, document_of, resolve, title_field
from kernel.exchange.rows import Row, Shape, default_names
from kernel.i18n import _
from kernel.permissions.criteria import ALSO_FOR, PASSED_OVER
from kernel.permissions.rights import rights
from kernel.permissions.scopes import owner_column

__all__ = ["MOST_COUNTED", "Page", "Query", "Totals"]

S = TypeVar("S", bound=Executable)
LARGEST_PAGE = 500
MOST_COUNTED = 10_000
"""How far a list is counted each time somebody opens it."""
MOST_SORTS = 4


@dataclass(frozen=True, slots=True)
class Totals:
    """How many records a list has, and their sums; where there are more than were counted, no sums."""

    count: int
    exact: bool = True
    sums: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows with the cursors around it; `total` only where it was asked for, `sums` by field path.

    Where `exact` is false there are more records than `total`, and no sums.
    """

    rows: list[Row]
    next_cursor: str | None
    previous_cursor: str | None
    total: int | None = None
    exact: bool = True
    sums: dict[str, Any] = field(default_factory=dict)
    shape: Shape | None = field(default=None, repr=False)

    def as_json(self) -> list[dict[str, Any]]:
        """Give the rows as JSON-ready mappings."""
        return self.shape.as_json(self.rows) if self.shape else []


@dataclass(frozen=True)
class Query:
    """A question about the records of an entity, answered in a number of statements that no row count changes.

    `filter` is a list of `[path, operator, value]`, `sort` a list of paths with "-" for descending, `fields` the paths
    that rows carry (all readable ones where None). Every path goes through links and components. `sums` names exact or
    whole-number fields; `count` asks for the total, which costs a statement; `limit` is at most 500. `counted` bounds
    that cost: no more records are counted and summed, and an answer that stops there says so.

    Answering raises Invalid for a path, operator or value that doesn't fit, and Forbidden for a field or an entity
    that the actor may not see.
    """

    entity: type[Entity]
    filter: Sequence[Condition] = ()
    sort: Sequence[str] = ()
    search: str = ""
    cursor: str | None = None
    limit: int = 50
    fields: Sequence[str] | None = None
    sums: Sequence[str] = ()
    count: bool = False
    counted: int | None = None
    archived: bool = False
    """Show archived records too."""
    action: str = "read"
    """What the records are wanted for: to "export" them takes that grant too, in the rows that it reaches."""

    def page(self) -> Page:
        """Give the page that the cursor points to, the first without one."""
        self.check()
        shape = Shape.of(self.entity, self.names())
        totals = self.totals() if self.count or self.sums else None
        many = totals is not None and totals.count >= MOST_COUNTED
        if many or self.cursor or self.filter or self.search.strip():
            keys, mark, statement = self._asked(shape, many=many)
        else:
            keys, mark, statement = _opening(shape, tuple(self.sort), self.limit, self.archived)
        backwards = mark is not None and mark.backwards
        places: list[tuple[Any, ...]] = []
        rows = shape.load(self.scoped(statement), tail=len(keys), tails=places)
        more = len(rows) > self.limit
        rows, places = rows[:self.limit], places[:self.limit]
        if backwards:
            rows.reverse()
            places.reverse()
        ahead = more if not backwards else bool(rows)
        behind = more if backwards else mark is not None and bool(rows)
        known = totals or Totals(0)
        return Page(
            rows,
            pack(keys, Mark(places[-1]), self._question) if ahead else None,
            pack(keys, Mark(places[0], backwards=True), self._question) if behind else None,
            known.count if totals else None, known.exact, known.sums, shape)

    def _asked(self, shape: Shape, *, many: bool = False) -> "tuple[list[Key], Mark | None, Select[Any]]":
        """Give the order of a page, where it begins, and the statement that asks for it and for one row more."""
        joined = shape.joined.branch()
        keys = self._keys(joined)
        where = self.where(joined, indexed=not many)
        mark = unpack(keys, self.cursor, self._question) if self.cursor else None
        statement = shape.statement_with(joined).add_columns(*(key.column for key in keys)).where(*where)
        if mark is not None:
            statement = statement.where(after(keys, mark))
        statement = statement.order_by(*ordered(keys, backwards=mark is not None and mark.backwards))
        if many:
            statement = statement.execution_options(**{PASSED_OVER: self._passed_over()})
        return keys, mark, statement.limit(self.limit + 1)

    def ids(self, most: int = 10_000) -> list[int]:
        """List the ids of all records in the filter, for acting on all of them; raises Invalid beyond `most`."""
        self.check()
        joined = Joined(self.entity)
        where = self.where(joined)
        statement = joined.apply(select(self.entity.id).select_from(self.entity)).where(*where).order_by(self.entity.id)
        found = list(session().scalars(self.scoped(statement).limit(most + 1)))
        if len(found) > most:
            raise Invalid([Problem("filter", _("More than {count} records match; narrow the filter", count=most))])
        return found

    def totals(self) -> Totals:
        """Count the records in the filter and give their sums, as far as `counted` goes."""
        self.check()
        joined = Joined(self.entity)
        sums = self._sums(joined)
        where = self.where(joined)
        found = joined.apply(
            select(self.entity.id.label("id"), *(column.label(f"of_{at}") for at, (_path, column) in enumerate(sums)))
            .select_from(self.entity)).where(*where)
        if self.counted is not None:
            found = found.limit(self.counted + 1)
        rows = found.subquery()
        count, *values = session().execute(self.scoped(
            select(func.count(rows.c.id), *(func.sum(rows.c[f"of_{at}"]) for at in range(len(sums)))))).one()
        if self.counted is not None and count > self.counted:
            return Totals(self.counted, exact=False)
        return Totals(count, sums=_sum_values(sums, values))

    def ranked(self, joined: Joined, partition: Any) -> Subquery:
        """Number the records in the filter within each partition, in the order: columns `id` and `place`."""
        keys = self._keys(joined)
        place = func.row_number().over(partition_by=partition, order_by=ordered(keys, backwards=False)).label("place")
        where = self.where(joined)
        return joined.apply(
            select(self.entity.id.label("id"), place).select_from(self.entity)).where(*where).subquery()

    def check(self) -> None:
        """Raise Forbidden where the actor has no right to the records, Invalid where the limit is out of bounds."""
        for action in dict.fromkeys(("read", self.action)):
            rights().demand(action, document_of(self.entity).__entity__)
        if not 1 <= self.limit <= LARGEST_PAGE:
            raise Invalid([Problem("limit", _("A page has 1 to {most} rows", most=LARGEST_PAGE))])

    def names(self) -> Sequence[str]:
        """Give the paths that rows carry."""
        return default_names(self.entity) if self.fields is None else self.fields

    @property
    def _question(self) -> str:
        """What a cursor is bound to: another filter or order makes it meaningless."""
        return orjson.dumps(
            [self.entity.__entity__, list(self.filter), list(self.sort), self.search, self.archived], default=str
        ).decode()

    def where(self, joined: Joined, *, indexed: bool = True) -> list[ColumnElement[bool]]:
        """Give the clauses of the filter and the search; unless `indexed`, SQLite looks nothing up by the filter."""
        where = conditions(self.entity, self.filter, joined, indexed=indexed)
        if self.search.strip():
            where.append(search_clause(self.entity, self.search))
        if not self.archived:
            where.append(self.entity.archived.is_(False))
        return where

    def scoped(self, statement: S) -> S:
        """Have a statement of the records answered in the scope of what they are wanted for."""
        if self.action == "read":
            return statement
        return statement.execution_options(**{ALSO_FOR: (self.entity, self.action)})

    def _keys(self, joined: Joined) -> list[Key]:
        given = list(self.sort) or ["-id"]
        if len(given) > MOST_SORTS:
            raise Invalid([Problem("sort", _("A list is sorted by at most {count} fields", count=MOST_SORTS))])
        keys = [self._key(name, joined) for name in given]
        if keys[-1].column is not self.entity.id:
            id_field = resolve(self.entity, "id").field
            keys.append(Key(id_field, self.entity.id, keys[-1].descending, nullable=False))
        return keys

    def _key(self, name: str, joined: Joined) -> Key:
        descending = name.startswith("-")
        path = resolve(self.entity, name.lstrip("-"))
        if path.field.kind in ("lines", "json", "ref", "table", "tags"):
            raise Invalid([Problem("sort", _("{field} can't be sorted by", field=path.name), "SORT")])
        if path.name == "id":
            return Key(path.field, self.entity.id, descending, nullable=False)
        if path.field.kind == "link" and (title := joined.title(path)) is not None:
            return Key(replace(_text_field(path), name=path.name), title, descending)
        column = joined.column(path)
        return Key(path.field, column, descending, nullable=bool(path.steps) or _nullable(path))

    def _sums(self, joined: Joined) -> list[tuple[Path, Any]]:
        paths = [resolve(self.entity, name) for name in dict.fromkeys(self.sums)]
        for path in paths:
            if not path.field.exact and path.field.kind != "integer":
                raise Invalid([Problem("sums", _("{field} can't be summed", field=path.name), "SUMS")])
        return [(path, joined.column(path)) for path in paths]

    def _passed_over(self) -> frozenset[str]:
        """Name the columns of row scopes by whose indexes SQLite shall not find the rows of a page out of very many.

        Having no statistics, it would gather and sort them all by the index of an owner or company, where walking the
        index of the order gives the page at once.
        """
        columns = {owner_column(self.entity)}
        path = resolve(self.entity, (self.sort[0] if self.sort else "id").lstrip("-"))
        shared = self.entity.__entity__ in rights().shared
        if shared or (path.name != "id" and not _leads(self.entity, path.name)):
            columns.add("company_id")
        return frozenset({*columns, "id"} if shared else columns)


@lru_cache(maxsize=500)
def _opening(
    shape: Shape, sort: tuple[str, ...], limit: int, archived: bool
) -> tuple[list[Key], Mark | None, Select[Any]]:
    """Give what a list opens with, unfiltered: the same for whoever has the same shape, and so made once."""
    return Query(shape.cls, sort=sort, limit=limit, archived=archived)._asked(shape)


@lru_cache(maxsize=2000)
def _leads(cls: type[Entity], name: str) -> bool:
    """Say whether an index holds the records of each company in the order of a field."""
    table = cls.__table__
    return isinstance(table, Table) and any(
        [column.name for column in index.columns][:2] == ["company_id", name] for index in table.indexes)


def _sum_values(sums: Sequence[tuple[Path, Any]], values: Sequence[Any]) -> dict[str, Any]:
    return {
        path.name: int(value or 0) if path.field.kind == "integer" else value if value is not None else Decimal(0)
        for (path, _column), value in zip(sums, values, strict=True)}


def _text_field(path: Path) -> Field:
    return title_field(path.field.target) or path.field


def _nullable(path: Path) -> bool:
    if path.field.custom:
        return True
    columns = path.owner.__table__.c  # type: ignore[attr-defined]  # an entity or component has a table
    return bool(columns[path.field.column].nullable)
