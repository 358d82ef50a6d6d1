"""Find records of all kinds by words: two statements, however many kinds there are and however much is found.

The index says which records hold the words in fields that the person sees. Which of them they reach is asked of the
records themselves, by the scopes that every list has.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    String,
    Table,
    and_,
    case,
    column,
    false,
    func,
    literal,
    literal_column,
    not_,
    null,
    or_,
    select,
    table,
    union_all,
)
from sqlalchemy import cast as sql_cast

from kernel.entities.base import Entity
from kernel.entities.custom.stored import column_of
from kernel.entities.fields import Field
from kernel.entities.work import actor, current_work, session
from kernel.permissions.rights import rights
from kernel.permissions.scopes import ActorParameters, scope_clause
from kernel.search.filling import Due, due
from kernel.search.models import SearchRow
from kernel.search.parts import Indexed, indexed
from kernel.search.words import LONGEST, asked_words

__all__ = ["Hit", "find_words", "note_field"]

TITLED = ("text", "serial", "choice")
"""The kinds of field whose column names a record by itself."""

_rows = cast(Table, SearchRow.__table__)
_text = table("kernel_search_text", column("rowid"))


@dataclass(frozen=True, slots=True)
class Hit:
    """A found record: its title and the note beside it as their columns have them, and how well it fits, 0 best."""

    cls: type[Entity]
    id: int
    title: str
    note: str
    rank: int


def find_words(text: str, kinds: Sequence[type[Entity]], most: int) -> list[Hit]:
    """Find records of some kinds, at most so many of each, that hold all words of a text and that one may read.

    Those whose title begins with the text come first, of each kind the latest. Archived ones are left out.
    """
    words = asked_words(text)
    wanted = {cls.__entity__: how for cls in kinds if (how := indexed(cls)) is not None}
    if not words or not wanted:
        return []
    waiting = [each for each in due() if each.entity in wanted]
    found = _by_index(words, wanted, waiting)
    if waiting:
        raw = [word.lower()[:100] for word in re.findall(r"\S+", text.replace("\x00", " "))][:8]
        found = union_all(found, *(_by_reading(wanted[each.entity].cls, each, raw) for each in waiting))
    hits = found.cte("hits")
    connection = current_work().connection
    there = set(connection.scalars(select(hits.c.entity).distinct()))
    parameters = ActorParameters(actor(), today=session().today)
    parts = [_shown(how.cls, hits, parameters, most) for name, how in wanted.items() if name in there]
    if not parts:
        return []
    return [
        Hit(wanted[row.entity].cls, row.id, row.title or "", row.note or "", row.rank)
        for row in connection.execute(union_all(*parts))]


def _by_index(words: Sequence[str], wanted: Mapping[str, Indexed], waiting: Sequence[Due]) -> Any:
    """Give the records in whose rows the words stand: each word in any row of a record that the person may see."""
    first, *others = sorted(words, key=len, reverse=True)
    seen = _seen(wanted)
    clauses = [_holds(_rows, first), seen(_rows)]
    for word in others:
        also = _rows.alias()
        clauses.append(_rows.c.record_id.in_(select(also.c.record_id).where(_holds(also, word), seen(also))))
    clauses += [
        not_(and_(_rows.c.entity == each.entity, _rows.c.record_id.between(each.first, each.last))) for each in waiting]
    rank = func.min(case((_rows.c.words.startswith(" ".join(words), autoescape=True), 0), else_=1))
    return (
        select(_rows.c.entity.label("entity"), _rows.c.record_id.label("record_id"), rank.label("rank"))
        .where(*clauses).group_by(_rows.c.entity, _rows.c.record_id))


def _seen(wanted: Mapping[str, Indexed]) -> "Callable[[FromClause], ColumnElement[bool]]":
    """Say which rows one may find something by: those made of nothing but fields that one sees."""
    granted = rights()
    parts: dict[str, list[str]] = {}
    for name, how in wanted.items():
        visible = {field.name for field in granted.visible(how.cls)}
        for part in how.parts:
            if visible.issuperset(field.name for field in part.fields):
                parts.setdefault(part.name, []).append(name)

    def clause(rows: FromClause) -> ColumnElement[bool]:
        return or_(false(), *(
            and_(rows.c.entity.in_(names), rows.c.part == part) for part, names in parts.items()))

    return clause


def _holds(rows: FromClause, word: str) -> ColumnElement[bool]:
    """Say which rows hold a word, at the beginning of another or inside of it."""
    gram = word[-LONGEST:]
    clause: ColumnElement[bool]
    if current_work().database.is_sqlite:
        matching = literal_column("kernel_search_text").op("MATCH", is_comparison=True)(literal(f'"{gram}" *'))
        clause = rows.c.id.in_(select(_text.c.rowid).where(matching))
    else:
        vector, query = (_typed(each, kind) for each, kind in (
            (rows.c.grams, "tsvector"), (literal(f"'{gram}':*"), "tsquery")))
        clause = vector.op("@@", is_comparison=True)(query)
    return and_(clause, rows.c.words.contains(word, autoescape=True)) if len(word) > LONGEST else clause


def _typed(value: Any, kind: str) -> Any:
    from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR  # noqa: PLC0415  # a tenth of a second SQLite spares

    return sql_cast(value, TSVECTOR() if kind == "tsvector" else TSQUERY())


def _by_reading(cls: type[Entity], waiting: Due, words: Sequence[str]) -> Any:
    """Give the records of a range that hold the words, without the index, in fields that the person may see."""
    columns = [column_of(cls, field) for field in rights().visible(cls) if field.searchable]
    return select(
        literal(cls.__entity__, String).label("entity"), cls.id.label("record_id"), literal(1).label("rank"),
    ).where(cls.id.between(waiting.first, waiting.last), *(
        or_(false(), *(func.lower(each).contains(word, autoescape=True) for each in columns)) for word in words))


def _shown(cls: type[Entity], hits: CTE, parameters: ActorParameters, most: int) -> Select[Any]:
    """Give of the hits of one kind those that are within the person's scope, as many as are shown."""
    visible = rights().visible(cls)
    title = next((field for field in visible if field.name == cls.__title__ and field.kind in TITLED), None)
    scope = scope_clause(cls, lambda name: getattr(cls, name), "read", rights(), parameters)
    part = (
        select(literal(cls.__entity__, String).label("entity"), cls.id.label("id"), _told(cls, title).label("title"),
               _told(cls, note_field(cls)).label("note"), hits.c.rank.label("rank"))
        .join(hits, and_(hits.c.record_id == cls.id, hits.c.entity == cls.__entity__))
        .where(cls.archived.is_(False), scope)
        .order_by(hits.c.rank, cls.id.desc()).limit(most))
    return select(part.subquery())


def _told(cls: type[Entity], field: Field | None) -> ColumnElement[Any]:
    return sql_cast(null(), String) if field is None else sql_cast(column_of(cls, field), String)


def note_field(cls: type[Entity]) -> Field | None:
    """Give the field that tells namesakes apart: the first that can be searched, beside the title."""
    return next((
        field for field in rights().visible(cls)
        if field.searchable and not field.hidden and field.name != cls.__title__), None)
