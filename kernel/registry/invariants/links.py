"""Nothing points to a record that isn't there."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, FromClause, Table, and_, case, exists, func, select
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table

from kernel.entities.audit import AuditEntry
from kernel.entities.base import entities
from kernel.hooks.models import Event
from kernel.i18n import _
from kernel.registry.checks import Finding, invariant
from kernel.registry.invariants.asking import SHOWN, ask, findings, name_column, name_of, table_named, tables

UNCONSTRAINED = {
    "created_by_id": "kernel_user", "changed_by_id": "kernel_user", "user_id": "kernel_user",
    "company_id": "kernel_company", "event_id": "kernel_event", "cause_id": "kernel_event",
}
"""Columns that refer to a table without a foreign key, by their name."""

HISTORY = frozenset({AuditEntry.__tablename__, Event.__tablename__})
"""Tables that tell the past: what they are about may have been deleted, if the audit trail says so."""

NO_COMPANY = 0
"""How a number counter writes that its series belongs to no company."""

AT_ONCE = 32
"""Links that one statement follows; SQLite joins 64 tables at most."""

Link = tuple[Column[Any], str]
"""A column and the name of the table it refers to."""


@invariant("kernel.links", _("No link points to a record that isn't there"))
def links_lead_somewhere() -> Iterable[Finding]:
    """Look through every column that refers to another row, with and without a foreign key."""
    for table in tables():
        links = list(_links(table))
        for first in range(0, len(links), AT_ONCE):
            for column, name in _broken(table, links[first:first + AT_ONCE]):
                target, lost = _target(column, name)
                yield from findings(
                    table, lost, _("Its {column} points to a record of {entity} that isn't there",
                                   column=column.name, entity=name_of(table_named(name))),
                    (target, target.c.id == column))


def _links(table: Table) -> Iterable[Link]:
    for column in table.columns:
        key = next(iter(column.foreign_keys), None)
        if key is None and column.name in UNCONSTRAINED:
            yield column, UNCONSTRAINED[column.name]
        elif key is not None and column.name != "row_id":
            yield column, key.column.table.name


def _target(column: Column[Any], name: str) -> tuple[FromClause, ColumnElement[bool]]:
    """Give what a link is joined to, and what says that it leads nowhere."""
    target = sql_table(name, sql_column("id")).alias()
    return target, and_(column.is_not(None), column != NO_COMPANY, target.c.id.is_(None))


def _broken(table: Table, links: Sequence[Link]) -> Iterable[Link]:
    """Give those of a table's links that lead nowhere from any row, found in one pass over it."""
    source: FromClause = table
    lost = []
    for column, name in links:
        target, nowhere = _target(column, name)
        source = source.outerjoin(target, target.c.id == column)
        lost.append(func.count(case((nowhere, 1))))
    [counts] = ask(select(*lost).select_from(source))
    return [link for link, count in zip(links, counts, strict=True) if count]


@invariant("kernel.components", _("Every component belongs to a record"))
def components_belong_to_a_record() -> Iterable[Finding]:
    """Look for rows of components whose record is gone."""
    for table in tables():
        if "row_id" not in table.c:
            continue
        for key in table.c.row_id.foreign_keys:
            base = key.column.table.alias("base")
            yield from findings(
                table, base.c.id.is_(None),
                _("It belongs to a record of {entity} that isn't there", entity=name_of(key.column.table)),
                (base, base.c.id == table.c.row_id))


@invariant("kernel.references", _("What names an entity and an id names a record that is there"))
def references_lead_somewhere() -> Iterable[Finding]:
    """Look through pairs of columns such as `entity` and `record_id`, one question per entity named.

    A field declared with `ref` may name a plugin that has gone: it keeps the title.
    """
    refs = {
        (cls.__tablename__, f"{field.name}_entity") for cls in entities().values()
        for field in cls.__fields__.values() if field.kind == "ref"}
    for table in tables():
        for entity_column, id_column in _pairs(table):
            named = ask(select(table.c[entity_column]).where(table.c[entity_column].is_not(None)).distinct())
            for (name,) in list(named):
                if name in entities() or (table.name, entity_column) not in refs:
                    yield from _lost(table, entity_column, id_column, str(name))


def _pairs(table: Table) -> list[tuple[str, str]]:
    pairs = [("entity", "record_id")]
    pairs += [(column.name, f"{column.name.removesuffix('_entity')}_id") for column in table.columns
              if column.name.endswith("_entity")]
    return [pair for pair in pairs if pair[0] in table.c and pair[1] in table.c]


def _lost(table: Table, entity_column: str, id_column: str, name: str) -> Iterable[Finding]:
    cls = entities().get(name)
    key = table.c[id_column]
    here = and_(table.c[entity_column] == name, key.is_not(None))
    if cls is None:
        for (row,) in ask(select(name_column(table)).where(here).limit(SHOWN)):
            yield Finding(name_of(table), str(row), _("It names {entity}, which no installed plugin has", entity=name))
        return
    target = table_named(cls.__tablename__).alias("target")
    lost = and_(here, target.c.id.is_(None))
    if table.name in HISTORY:
        audit = table_named(AuditEntry.__tablename__).alias("deletion")
        lost = and_(lost, ~exists().where(
            audit.c.entity == name, audit.c.record_id == key, audit.c.action == "delete"))
    yield from findings(
        table, lost, _("It refers to a record of {entity} that isn't there", entity=name), (target, target.c.id == key))
