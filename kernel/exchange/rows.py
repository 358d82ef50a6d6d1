"""Load what a list or an answer shows as plain rows: chosen fields, links with their titles, lines beneath.

One statement for the rows with all their links and components, one more per sub-table asked for: the number never
depends on how many rows there are.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from typing import Any, NamedTuple

from sqlalchemy import Select, select

from kernel.entities.base import Entity
from kernel.entities.custom.definitions import stamp
from kernel.entities.custom.stored import from_json
from kernel.entities.fields import Field
from kernel.entities.work import session
from kernel.exchange.paths import Joined, Path, readable_fields, resolve
from kernel.exchange.subtables import lines_json
from kernel.exchange.values import decimal_writer, json_value
from kernel.i18n import current_locale
from kernel.permissions.rights import Rights, rights
from kernel.tags.services import tags_of

__all__ = ["Linked", "Row", "Shape", "default_names", "full_names", "rows_of", "titles_of"]


class Linked:
    """A link's value: the record's id and title; the title is None where the actor may not read the record."""

    __slots__ = ("entity", "id", "title")

    def __init__(self, id_: int, title: str | None, entity: str) -> None:
        self.id = id_
        self.title = title
        self.entity = entity

    def __repr__(self) -> str:
        return f"Linked({self.id}, {self.title!r}, {self.entity!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Linked) and (self.id, self.entity) == (other.id, other.entity)

    def __hash__(self) -> int:
        return hash((self.id, self.entity))


class Row:
    """One record as a list shows it: values by field path (`row["customer"]`, `row["erp_sales.credit_limit"]`)."""

    __slots__ = ("id", "title", "values", "version")

    def __init__(self, id_: int, version: int, title: str, values: dict[str, Any]) -> None:
        self.id = id_
        self.version = version
        self.title = title
        self.values = values

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


Reader = Callable[[Sequence[Any]], Any]


class Shape:
    """What rows of an entity carry: the fields behind a list of paths, ready to select and to read back.

    Raises Invalid for an unknown path and Forbidden for one that the actor may not see. One is kept for whoever has
    the same rights, company and language: `Shape.of(cls, names)`.
    """

    def __init__(self, cls: type[Entity], names: Iterable[str]) -> None:
        self.cls = cls
        self.joined = Joined(cls)
        self.paths: dict[str, Path] = {name: resolve(cls, name) for name in dict.fromkeys(names)}
        self._columns: list[Any] = [cls.id, cls.version]
        self._own_title = self.joined.own_title(cls)
        if self._own_title is not None:
            self._columns.append(self._own_title)
        self._values: list[tuple[str, int]] = []
        """The column of each field, and below what makes more of it than the column's value."""
        self._readers: list[tuple[str, Reader]] = []
        self._lines: list[Path] = []
        self._tables: list[Path] = []
        self._tagged: list[Path] = []
        self._untitled: list[Path] = []
        for name, path in self.paths.items():
            if path.field.kind == "lines":
                self._lines.append(path)
            else:
                self._values.append((name, self._add(self.joined.column(path))))
                if path.field.kind == "link":
                    self._readers.append((name, self._reader(path, self._values[-1][1])))
                elif path.field.kind == "table":
                    self._tables.append(path)
                elif path.field.kind == "tags":
                    self._tagged.append(path)
                elif path.field.kind == "ref":
                    self._readers.append((name, self._ref_reader(path, self._values[-1][1])))

    def _add(self, column: Any) -> int:
        self._columns.append(column)
        return len(self._columns) - 1

    def _ref_reader(self, path: Path, at: int) -> Reader:
        entity, title = (self._add(column) for column in self.joined.ref_parts(path))
        return lambda values: None if values[at] is None else Linked(values[at], values[title], values[entity])

    def _reader(self, path: Path, at: int) -> Reader:
        target = path.field.target
        entity, label = target.__entity__, str(target.__label__)
        title = self.joined.title(path)
        if title is None:
            if target.title is not Entity.title and readable_fields(target):
                self._untitled.append(path)
            return lambda values: None if values[at] is None else Linked(values[at], None, entity)
        named = self._add(title)
        key = self._add(self.joined.joined_id(path))

        def read(values: Sequence[Any]) -> Linked | None:
            if values[at] is None:
                return None
            if values[key] is None:
                return Linked(values[at], None, entity)
            return Linked(values[at], str(values[named] or f"{label} {values[at]}"), entity)

        return read

    @classmethod
    def of(cls, entity: type[Entity], names: Iterable[str]) -> "Shape":
        """Give the shape of some fields as the current actor sees them, made anew only where that has changed."""
        return _shape(entity, tuple(names), rights(), session().actor.company_id, current_locale(), stamp())

    @cached_property
    def statement(self) -> Select[Any]:
        """Give the SELECT of the rows, without conditions or order."""
        return self.joined.apply(select(*self._columns).select_from(self.cls))

    def statement_with(self, joined: Joined) -> Select[Any]:
        """Give the SELECT of the rows with the joins that a branch of the shape's has beyond them."""
        return joined.apply(self.statement, beyond=len(self.joined))

    def load(
        self, statement: Select[Any], *, tail: int = 0, tails: list[tuple[Any, ...]] | None = None
    ) -> list[Row]:
        """Run a statement made from `statement` and give its rows.

        The values of the last `tail` columns, which the caller added, go to `tails`, row by row.
        """
        label = str(self.cls.__label__)
        titled = self._own_title is not None
        found = session().execute(statement).all()
        rows = [
            Row(values[0], values[1], str((titled and values[2]) or f"{label} {values[0]}"),
                {name: values[at] for name, at in self._values})
            for values in found
        ]
        for name, read in self._readers:
            for row, values in zip(rows, found, strict=True):
                row.values[name] = read(values)
        if tails is not None:
            tails.extend(tuple(values[-tail:]) for values in found)
        self._fill_titles(rows)
        for path in self._lines:
            self._fill_lines(path, rows)
        for path in self._tables:
            _fill_table(path, rows)
        for path in self._tagged:
            _fill_tags(path, rows)
        return rows

    def _fill_titles(self, rows: Sequence[Row]) -> None:
        """Name records whose title is worked out in Python: one statement per entity that they or their links are of.

        What the rows' titles read stays held meanwhile, so that a link to it asks for nothing.
        """
        if not rows:
            return
        named = self.cls.title is not Entity.title
        wanted: dict[type[Entity], set[int]] = {self.cls: {row.id for row in rows}} if named else {}
        links = [(path.field.target, link) for path in self._untitled for row in rows
                 if (link := row.values[path.name]) is not None]
        for target, link in links:
            wanted.setdefault(target, set()).add(link.id)
        held: list[Entity] = []
        titles = {cls: titles_of(cls, ids, held) for cls, ids in wanted.items()}
        if named:
            for row in rows:
                row.title = titles[self.cls].get(row.id, row.title)
        for target, link in links:
            link.title = titles[target].get(link.id)

    def _fill_lines(self, path: Path, rows: Sequence[Row]) -> None:
        by_parent: dict[int, list[Row]] = {row.id: [] for row in rows}
        line = path.field.target
        parent = line.__parent__ or ""
        if not path.steps and rows:
            shape = Shape.of(line, [parent, *default_names(line)])
            column = getattr(line, line.__fields__[parent].column)
            for row in shape.load(shape.statement.where(column.in_(by_parent)).order_by(line.id)):
                by_parent[row.values.pop(parent).id].append(row)
        for row in rows:
            row.values[path.name] = by_parent[row.id]

    def as_json(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Give rows as JSON-ready mappings: components nested in their slot, links as id and title."""
        return _json_rows(self._written, rows)

    @cached_property
    def _written(self) -> "Sequence[Written]":
        return [
            Written(name, _writer(self.paths[name].field), name.split(".") if "." in name else ())
            for name in sorted(self.paths, key=len)]


@lru_cache(maxsize=2000)
def _shape(
    cls: type[Entity], names: tuple[str, ...], granted: Rights, company: int | None, locale: str, fields: Any
) -> Shape:
    """Make a shape: all it depends on is in the call, though it is asked of the current session."""
    return Shape(cls, names)


class Written(NamedTuple):
    """How a field is written as JSON: what is made of its value, if anything, and the way there where it is nested."""

    name: str
    write: Callable[[Any], Any] | None
    way: Sequence[str] = ()


def _json_rows(fields: Sequence[Written], rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Write rows field by field: what a field takes is then looked up once, not once a row."""
    answers: list[dict[str, Any]] = [{"id": row.id, "version": row.version, "title": row.title} for row in rows]
    held = [row.values for row in rows]
    for name, write, way in fields:
        column = [values[name] for values in held]
        if write is not None:
            column = [None if value is None else write(value) for value in column]
        if way:
            for answer, value in zip(answers, column, strict=True):
                _place(answer, way, value)
        else:
            for answer, value in zip(answers, column, strict=True):
                answer[name] = value
    return answers


def _place(answer: dict[str, Any], way: Sequence[str], value: Any) -> None:
    place: Any = answer
    for step in way[:-1]:
        place = place.setdefault(step, {}) if place is not None else None
    if place is not None:
        place[way[-1]] = value


def _writer(field: Field) -> Callable[[Any], Any] | None:
    match field.kind:
        case "link" | "ref":
            return partial(_json_link, field)
        case "table":
            return lambda value: lines_json(field, value, _json_link)
        case "lines":
            return _lines_writer(field.target)
        case "text" | "serial" | "note" | "choice" | "state" | "integer" | "boolean":
            return None
        case "money" | "quantity" | "percent":
            return decimal_writer(field.decimals if field.kind == "money" else 0)
        case "date":
            return dt.date.isoformat
    return partial(json_value, field)


def _lines_writer(line: type[Entity]) -> Callable[[Any], Any]:
    described = readable_fields(line)
    inner = [Written(each, _writer(described[each])) for each in default_names(line) if each != line.__parent__]
    return lambda value: _json_rows(inner, value)


def _json_link(field: Field, value: Linked | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {"id": value.id, "title": value.title} | ({"entity": value.entity} if field.kind == "ref" else {})


def _fill_tags(path: Path, rows: Sequence[Row]) -> None:
    """Give rows the tags of the records whose ids they hold so far: one statement."""
    found = tags_of(path.field.target, {id_ for row in rows if (id_ := row.values[path.name]) is not None})
    for row in rows:
        row.values[path.name] = found.get(row.values[path.name], ())


def _fill_table(path: Path, rows: Sequence[Row]) -> None:
    """Make rows of the lines of a custom sub-table; a statement for each entity they link to."""
    field = path.field
    for row in rows:
        lines = from_json(field, row.values[path.name])
        row.values[path.name] = [
            Row(line["id"], 0, "", {each.name: line[each.name] for each in field.columns}) for line in lines]
    lines = [line for row in rows for line in row.values[path.name]]
    for column in field.columns:
        if column.kind == "link":
            target = column.target
            ids = {id_ for line in lines if (id_ := line.values[column.name]) is not None}
            titles = titles_of(target, ids) if ids else {}
            for line in lines:
                id_ = line.values[column.name]
                line.values[column.name] = None if id_ is None else Linked(id_, titles.get(id_), target.__entity__)


def titles_of(cls: type[Entity], ids: Iterable[int], held: list[Entity] | None = None) -> Mapping[int, str]:
    """Give the titles of records by id, those that the actor may read, in one statement at most.

    Records that the session has are not asked for again; `held` takes what was loaded, and so keeps it there.
    """
    current, wanted = session(), set(ids)
    key = cls.__mapper__.identity_key_from_primary_key
    records = [record for id_ in wanted if (record := current.identity_map.get(key((id_,)))) is not None]
    missing = wanted - {record.id for record in records}
    if missing:
        records += current.scalars(select(cls).where(cls.id.in_(missing)))
    if held is not None:
        held += records
    return {record.id: record.title for record in records}


def default_names(cls: type[Entity]) -> list[str]:
    """List the fields an answer carries where nobody chose: all the actor may read, sub-tables left out."""
    return [name for name, field in readable_fields(cls).items() if field.kind != "lines"]


def full_names(cls: type[Entity]) -> list[str]:
    """List everything one record's answer carries: its fields, its components' and its sub-tables."""
    return [
        *readable_fields(cls),
        *(f"{slot}.{name}" for slot, component in cls.__components__.items() for name in readable_fields(component)),
    ]


def rows_of(cls: type[Entity], ids: Sequence[int], names: Iterable[str] | None = None) -> tuple[Shape, list[Row]]:
    """Load records by id, in the ids' order; those that the actor may not read are left out."""
    shape = Shape.of(cls, full_names(cls) if names is None else names)
    found: dict[int, Row] = {}
    for start in range(0, len(ids), 5000):
        part = ids[start:start + 5000]
        found |= {row.id: row for row in shape.load(shape.statement.where(cls.id.in_(part)))}
    return shape, [found[id_] for id_ in ids if id_ in found]
