"""The search index says what is stored."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from kernel.entities.database import is_transient
from kernel.entities.work import current_work
from kernel.i18n import _
from kernel.registry.checks import Finding, invariant
from kernel.registry.invariants.asking import SHOWN, ask, entity_tables, name_column, table_named
from kernel.search.filling import due
from kernel.search.models import SearchRow
from kernel.search.parts import Indexed, indexed
from kernel.search.words import grams


@invariant("kernel.search", _("The search index says what is stored"))
def index_is_what_is_stored() -> Iterable[Finding]:
    """Compare the words of all records with their rows in the index, but of what is due to be indexed."""
    waiting: dict[str, list[tuple[int, int]]] = {}
    for each in due():
        waiting.setdefault(each.entity, []).append((each.first, each.last))
    known = set()
    for cls, table in entity_tables():
        how = indexed(cls)
        if how is not None:
            known.add(cls.__entity__)
            yield from _compared(how, table, waiting.get(cls.__entity__, []))
    rows = table_named(SearchRow.__tablename__)
    for entity, record in ask(
            select(rows.c.entity, rows.c.record_id).where(rows.c.entity.not_in(known)).limit(SHOWN)):
        yield Finding(entity, str(record), _("It is in the search index, and is nothing that can be searched for"))
    yield from _full_text()


def _compared(how: Indexed, table: Any, waiting: list[tuple[int, int]]) -> Iterator[Finding]:
    rows = table_named(SearchRow.__tablename__)
    entity = how.cls.__entity__
    held: dict[int, set[tuple[str, str, str]]] = {}
    for record, part, words, found in ask(
            select(rows.c.record_id, rows.c.part, rows.c.words, rows.c.grams).where(rows.c.entity == entity)):
        held.setdefault(record, set()).add((part, words, found))
    told = 0
    columns = [table.c[name] for name in how.columns]
    for row in ask(select(table.c.id, name_column(table).label("_name"), *columns)):
        values = dict(zip(how.columns, row[2:], strict=True))
        wanted = {(part, words, grams(words)) for _entity, _id, part, words in how.rows(row[0], values)}
        if held.pop(row[0], set()) != wanted and told < SHOWN and not _is_in(row[0], waiting):
            told += 1
            yield Finding(entity, str(row[1]), _("The search index says something else of it than what is stored"))
    for record in list(held)[:SHOWN]:
        if not _is_in(record, waiting):
            yield Finding(entity, str(record), _("It is in the search index, and there is no such record"))


def _is_in(id_: int, ranges: list[tuple[int, int]]) -> bool:
    return any(first <= id_ <= last for first, last in ranges)


def _full_text() -> Iterator[Finding]:
    """Let SQLite compare its full-text table with the rows that it is made of."""
    work = current_work()
    if not work.database.is_sqlite:
        return
    try:
        work.connection.exec_driver_sql(
            "INSERT INTO kernel_search_text (kernel_search_text, rank) VALUES ('integrity-check', 1)")
    except DBAPIError as error:
        if is_transient(error):
            return  # somebody writes at this moment: the next check compares it
        yield Finding("kernel_search_text", "-", _(
            "The full-text table is not as the search index: {reason}", reason=str(error.orig)))
