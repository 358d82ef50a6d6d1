"""Give an installation years of history: copy what was really traded, table by table, with SQL.

A template of documents is made through the services; every row it left is then copied until its table holds as
many rows as asked. Ids come from one allocator for all tables, so a row's references within the template are those
between its first and last id: a copy shifts them all by the same distance. Masters are not copied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from kernel.entities.base import Base
from kernel.entities.ids import BLOCK
from kernel.entities.work import Actor, Session, unit_of_work

DONE: Mapping[str, Mapping[str, object]] = {
    "erp_sales_order": {"state": "done"},
    "erp_finance_invoice": {"outstanding": Decimal(0), "base_outstanding": Decimal(0), "settled_on": sa.column("day")},
}
"""What copies say instead of the template: history is closed and paid."""


GAP = 2 * BLOCK
"""Left free between the template's ids and the first copy's: the process still holds some of its last block."""


def fill(make_template: Callable[[], None], rows: int) -> dict[str, int]:
    """Make a template of documents, and copy it until the tables hold `rows` rows; return how many each has."""
    first = _next_free()
    make_template()
    last = _next_free() - 1
    held = {}
    with unit_of_work(Actor(system=True, name="Filler")) as system:
        furthest = 0
        there = set(sa.inspect(system.work.connection).get_table_names())
        for table in Base.metadata.sorted_tables:
            if table.name not in there or "id" not in table.c or (made := _count(system, table, first, last)) < 2:
                continue
            copies = rows // made - 1
            if copies > 0:
                system.work.connection.execute(_copies(table, first, last, copies))
            furthest = max(furthest, copies)
            held[table.name] = made * (copies + 1)
        _reserve(system, last + GAP + (furthest + 1) * (last - first + 1))
    return held


def copied_number(number: str, copy: int) -> str:
    """Say which number the copy of a document has: no two numbers begin alike."""
    return f"{number}/{copy:06}"


def _next_free() -> int:
    """Take an id and throw it away: all that follow are greater, all that came before are smaller."""
    with unit_of_work(Actor(system=True, name="Filler")) as system:
        return int(system.work.take_ids(1)[0])


def _count(system: Session, table: sa.Table, first: int, last: int) -> int:
    within = sa.select(sa.func.count()).select_from(table).where(table.c.id.between(first, last))
    return int(system.work.connection.scalar(within) or 0)


def _copies(table: sa.Table, first: int, last: int, copies: int) -> sa.Insert:
    """Insert copies 1 to `copies` of the template's rows of a table."""
    numbers = sa.select(sa.literal(1, sa.BigInteger).label("n")).cte("copy", recursive=True)
    numbers = numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < copies))
    away = numbers.c.n * (last - first + 1) + GAP
    values = [_value(column, numbers.c.n, first, last, away) for column in table.c]
    chosen = sa.select(*values).select_from(sa.join(table, numbers, sa.true())).where(table.c.id.between(first, last))
    return table.insert().from_select([column.name for column in table.c], chosen, include_defaults=False)


def _value(column: sa.Column[Any], copy: Any, first: int, last: int, away: Any) -> Any:
    table = column.table.name
    if column.name in (given := DONE.get(table, {})):
        value = given[column.name]
        return column.table.c[value.name] if isinstance(value, sa.ColumnClause) else sa.literal(value, column.type)
    if column.name == "id" or (column.name.endswith("_id") and not isinstance(column.type, sa.String)):
        plain = sa.type_coerce(column, sa.BigInteger)
        return sa.case((plain.between(first, last), plain + away), else_=plain)
    if column.name == "number" or column.name in _unique_texts(column.table):
        padded = sa.func.substr(sa.cast(copy + 1_000_000, sa.String), 2)
        return column.concat("/").concat(padded)
    return column


def _unique_texts(table: sa.FromClause) -> set[str]:
    """Name the texts that no two rows may share, alone or together with others."""
    assert isinstance(table, sa.Table)
    keys = [index.columns for index in table.indexes if index.unique]
    keys += [each.columns for each in table.constraints if isinstance(each, sa.UniqueConstraint)]
    return {column.name for key in keys for column in key if isinstance(column.type, sa.String)}


def _reserve(system: Session, upto: int) -> None:
    """Have the allocator go on after the copies' ids."""
    if system.work.connection.dialect.name == "sqlite":
        system.work.connection.exec_driver_sql(
            "UPDATE kernel_id_counter SET next = max(next, ?) WHERE name = 'id'", (upto,))
    else:
        blocks = upto // BLOCK + 1
        system.work.connection.exec_driver_sql(f"SELECT setval('kernel_id_seq', {blocks * BLOCK + 1}, true)")
