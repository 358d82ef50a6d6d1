"""Find what a plugin left in the kernel's tables: roles, numbers, audit, events, approvals, shares, settings, views.

A kernel table tells by its columns whom a row belongs to: `entity`, `series` and the like hold names that start with
a plugin's, `plugin` names it. What refers to such a row and can't do without goes with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, Table, and_, cast, or_, select
from sqlalchemy import Text as LongText

from kernel.entities.audit import AuditEntry
from kernel.entities.base import Base, entities, plugin_of
from kernel.hooks.models import Event
from kernel.registry.models import PluginState
from kernel.search.models import SearchRow

__all__ = ["Patch", "claims", "patches"]

PREFIXED = frozenset({"entity", "series", "listener", "signal"})
NAMED = frozenset({("kernel_event", "name"), ("kernel_setting", "name")})
RECORDED_ONLY = frozenset({AuditEntry.__tablename__, Event.__tablename__})
"""Their `plugin` says whose listener acted, not whose row it is."""

ABOUT_RECORDS = (SearchRow.__tablename__, AuditEntry.__tablename__)
"""What is told in them of a record in a kernel table goes with that record."""

SOFT_LINKS = (
    (AuditEntry.__tablename__, "event_id", Event.__tablename__), (Event.__tablename__, "cause_id", Event.__tablename__),
)
"""Links without a foreign key that must not dangle."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A column of a row that stays, to be emptied because what it points to goes."""

    table: Table
    column: str
    where: ColumnElement[bool]


def claims(plugin: str, slots: Mapping[str, str]) -> dict[str, tuple[Table, ColumnElement[bool]]]:
    """Say which rows of which kernel tables are a plugin's, referred-to tables first."""
    found: dict[str, tuple[Table, ColumnElement[bool]]] = {}
    for table in _kernel_tables():
        mine = [*_seeds(table, plugin), *_followers(table, found)]
        if mine:
            found[table.name] = (table, or_(*mine))
    about: dict[str, tuple[Table, ColumnElement[bool]]] = {}
    for name in ABOUT_RECORDS:
        table = Base.metadata.tables[name]
        found.pop(name, None)
        clauses: list[ColumnElement[bool]] = [table.c.entity.startswith(f"{plugin}.", autoescape=True)]
        for cls in entities().values():
            if claimed := found.get(cls.__tablename__):
                clauses.append(and_(table.c.entity == cls.__entity__, table.c.record_id.in_(
                    select(claimed[0].c.id).where(claimed[1]))))
        if name == AuditEntry.__tablename__:
            for base, slot in slots.items():
                clauses.append(and_(table.c.entity == base, cast(table.c.changes, LongText).like(f'%"{slot}.%')))
        about[name] = (table, or_(*clauses))
    return {**found, **about}


def patches(claimed: Mapping[str, tuple[Table, ColumnElement[bool]]]) -> list[Patch]:
    """Say which columns of rows that stay point to rows that go."""
    found = []
    for table in _kernel_tables():
        targets = [
            (column.name, key.column.table.name) for column in table.columns if column.nullable
            for key in column.foreign_keys]
        targets += [(column, target) for name, column, target in SOFT_LINKS if name == table.name]
        for name, target in targets:
            if target in claimed and target != PluginState.__tablename__:
                other, condition = claimed[target]
                where: ColumnElement[bool] = table.c[name].in_(select(other.c.id).where(condition))
                if table.name in claimed:
                    where = and_(where, ~claimed[table.name][1])
                found.append(Patch(table, name, where))
    return found


def _kernel_tables() -> list[Table]:
    kernel = {
        str(mapper.class_.__tablename__) for mapper in Base.registry.mappers
        if plugin_of(mapper.class_.__module__) == "kernel"}
    kernel.discard(PluginState.__tablename__)
    return [table for table in Base.metadata.sorted_tables if table.name in kernel]


def _seeds(table: Table, plugin: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for column in table.columns:
        if not isinstance(column.type, String):
            continue
        if (column.name in PREFIXED or column.name.endswith("_entity") or (table.name, column.name) in NAMED):
            found.append(_known(column, column.startswith(f"{plugin}.", autoescape=True)))
        elif column.name == "plugin" and table.name not in RECORDED_ONLY:
            found.append(_known(column, column == plugin))
    return found


def _known(column: ColumnElement[str], clause: ColumnElement[bool]) -> ColumnElement[bool]:
    """Keep a comparison with an empty column from making a whole condition unknown."""
    return and_(column.is_not(None), clause)


def _followers(table: Table, found: Mapping[str, tuple[Table, ColumnElement[bool]]]) -> list[ColumnElement[bool]]:
    return [
        column.in_(select(found[target][0].c.id).where(found[target][1]))
        for column in table.columns if not column.nullable
        for key in column.foreign_keys if (target := key.column.table.name) in found and target != table.name]
