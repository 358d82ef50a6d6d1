"""The limit of P9: explode, net and peg on arrays, and write the plan with the driver's bulk insert.

It knows nothing but whole pieces and days: no calendar, no validity, no lot rule, no rights, no audit.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa

from benchmarks.structure import LEAD_DAYS, Structure

Ints = np.ndarray[Any, np.dtype[np.int64]]
ORDERS, PEGS = "planned", "peg"
BLOCK = 10_000


@dataclass
class Needs:
    """Hold what is wanted: of which product, how much, on which day, by which demand line or planned order."""

    product: Ints
    quantity: Ints
    day: Ints
    source: Ints

    @classmethod
    def joined(cls, parts: list[Needs]) -> Needs:
        """Put parts behind each other."""
        return cls(*(
            np.concatenate([getattr(part, name) for part in parts]) for name in ("product", "quantity", "day", "source")
        ))


class BarePlan:
    """Plan a structure level by level into two tables of whole numbers."""

    def __init__(self, engine: sa.Engine, given: Structure) -> None:
        self.engine = engine
        self.levels = given.levels
        self.stock: Ints = np.array(given.stock, dtype=np.int64)
        counts = [len(bill) for bill in given.components]
        self.first: Ints = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self.child, self.each = (
            np.array([line[at] for bill in given.components for line in bill], dtype=np.int64) for at in (0, 1)
        )
        product, quantity, day = np.array(given.demands, dtype=np.int64).T
        self.demands = Needs(product, quantity, day, np.arange(len(product), dtype=np.int64))
        self.metadata = sa.MetaData()
        self.tables = [
            self._table(ORDERS, "product", "quantity", "start", "due"),
            self._table(PEGS, "planned", "source", "quantity"),
        ]
        self.metadata.create_all(engine)

    def plan(self) -> float:
        """Plan and write everything into empty tables; give the seconds it took."""
        with self.engine.begin() as connection:
            for table in self.tables:
                empty = "DELETE FROM" if connection.dialect.name == "sqlite" else "TRUNCATE"
                connection.exec_driver_sql(f"{empty} {table.name}")
        started = time.perf_counter()
        orders, pegs = self.computed()
        with self.engine.begin() as connection:
            self._write(connection, self.tables[0], orders)
            self._write(connection, self.tables[1], pegs)
        return time.perf_counter() - started

    def computed(self) -> tuple[list[Ints], list[Ints]]:
        """Compute the columns of planned orders and pegs. Sources are demand lines, then orders after them."""
        needs, orders, pegs = self.demands, [], []
        known = len(self.demands.product)
        for level in self.levels:
            here = (needs.product >= level.start) & (needs.product < level.stop)
            mine = Needs(needs.product[here], needs.quantity[here], needs.day[here], needs.source[here])
            planned, pegged = self._netted(mine, known)
            orders.append(planned)
            pegs.append(pegged)
            needs = Needs.joined([
                Needs(needs.product[~here], needs.quantity[~here], needs.day[~here], needs.source[~here]),
                self._exploded(planned),
            ])
            known += len(planned[0])
        return _stacked(orders), _stacked(pegs)

    def _netted(self, needs: Needs, known: int) -> tuple[list[Ints], list[Ints]]:
        """Net needs against stock, earliest first; one order for each product and day that lacks something."""
        at = np.lexsort((needs.source, needs.day, needs.product))
        product, quantity, day, source = (
            values[at] for values in (needs.product, needs.quantity, needs.day, needs.source)
        )
        total = np.cumsum(quantity)
        starts = _changes(product)
        before = np.repeat(total[starts] - quantity[starts], np.diff(np.r_[starts, len(product)]))
        short = np.minimum(quantity, np.maximum(0, total - before - self.stock[product]))
        lacking = short > 0
        product, quantity, day, source = product[lacking], short[lacking], day[lacking], source[lacking]
        new = _changes(product, day)
        number = known + np.arange(len(new), dtype=np.int64)
        sums = np.add.reduceat(quantity, new) if len(new) else quantity
        orders = [number, product[new], sums, day[new] - LEAD_DAYS, day[new]]
        return orders, [np.repeat(number, np.diff(np.r_[new, len(product)])), source, quantity]

    def _exploded(self, planned: list[Ints]) -> Needs:
        """Say which components the orders need, on the day they start."""
        number, product, quantity, start, _ = planned
        counts = self.first[product + 1] - self.first[product]
        order = np.repeat(np.arange(len(number)), counts)
        line = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts) + self.first[product][order]
        return Needs(self.child[line], quantity[order] * self.each[line], start[order], number[order])

    def _write(self, connection: sa.Connection, table: sa.Table, columns: list[Ints]) -> None:
        """Insert rows as fast as the driver can: executemany on SQLite, COPY on PostgreSQL."""
        names = ", ".join(table.columns.keys()[-len(columns) :])
        rows = zip(*(column.tolist() for column in columns), strict=True)
        driver: Any = connection.connection.driver_connection
        if connection.dialect.name == "sqlite":
            marks = ", ".join("?" * len(columns))
            driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)
            return
        line = "\t".join(["%d"] * len(columns)) + "\n"
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            while block := list(itertools.islice(rows, BLOCK)):
                copy.write("".join([line % row for row in block]))

    def _table(self, name: str, *columns: str) -> sa.Table:
        """Make a table with a key of its own and an index on what rows are looked up by."""
        key = sa.BigInteger().with_variant(sa.Integer, "sqlite")
        whole = [sa.Column(column, sa.BigInteger, index=column in ("product", "planned")) for column in columns]
        return sa.Table(name, self.metadata, sa.Column("id", key, primary_key=True), *whole)


def _changes(*columns: Ints) -> Ints:
    """Say at which rows one of the columns differs from the row before; the first row counts."""
    differs: Ints = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return np.flatnonzero(np.r_[len(columns[0]) > 0, differs])


def _stacked(parts: list[list[Ints]]) -> list[Ints]:
    return [np.concatenate(columns) for columns in zip(*parts, strict=True)]
