"""The limit of P1 and P2: the rows an order of 5 lines leaves from creation to its posted invoice, written bare.

Tables of whole numbers with the width such a row has anywhere, an index on the parent, and a state. Nothing is
computed and nothing is asked: this set of rows stays as it is, whatever Trellis itself writes.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

LINES = 5
ENTRY_LINES = 8
AUDITED = 10
PRODUCTS = 200
COLUMNS = {
    "sale": 12, "sale_line": 12, "reservation": 6, "delivery": 8, "move": 10, "balance": 3, "invoice": 10,
    "invoice_line": 10, "entry": 6, "entry_line": 8, "event": 5, "audit": 5,
}
"""How many whole numbers a row of each table holds, beside its id, state and parent."""
WRITTEN = {
    "sale": 1, "sale_line": LINES, "reservation": LINES, "delivery": 1, "move": LINES, "invoice": 1,
    "invoice_line": LINES, "entry": 1, "entry_line": ENTRY_LINES, "event": 3, "audit": AUDITED,
}
"""How many rows an order adds to each table."""


class BareOrders:
    """Write orders' rows with SQLAlchemy Core."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.metadata = sa.MetaData()
        self.tables = {name: self._table(name, width) for name, width in COLUMNS.items()}
        self.values = {name: {f"c{n}": 1 for n in range(width)} for name, width in COLUMNS.items()}
        self.metadata.create_all(engine)
        with engine.begin() as connection:
            stock = [{"c0": n, "c1": 10**9, "state": "", "parent": 0} for n in range(PRODUCTS)]
            connection.execute(self.tables["balance"].insert(), stock)

    def each(self, count: int) -> float:
        """Write `count` orders, a transaction each; give the seconds one took."""
        started = time.perf_counter()
        for _ in range(count):
            with self.engine.begin() as connection:
                self._one(connection)
        return (time.perf_counter() - started) / count

    def batch(self, count: int) -> float:
        """Write `count` orders in one transaction, table by table; give the seconds one took."""
        started = time.perf_counter()
        with self.engine.begin() as connection:
            self._many(connection, count)
        return (time.perf_counter() - started) / count

    def counts(self) -> dict[str, int]:
        """Count the rows of each table."""
        with self.engine.connect() as connection:
            return {
                name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                for name, table in self.tables.items()
            }

    def _one(self, connection: Connection) -> None:
        """Take the steps of one order as they come: ordered, reserved, confirmed, delivered, invoiced, posted."""
        (sale,) = self._headed(connection, "sale", [0])
        self._add(connection, "sale_line", [sale] * LINES)
        self._add(connection, "reservation", [sale] * LINES)
        self._become(connection, "sale", [sale], "confirmed")
        self._add(connection, "event", [sale])
        (delivery,) = self._headed(connection, "delivery", [sale])
        self._add(connection, "move", [delivery] * LINES)
        self._take_stock(connection, 1)
        self._become(connection, "delivery", [delivery], "done")
        self._add(connection, "event", [delivery])
        (invoice,) = self._headed(connection, "invoice", [sale])
        self._add(connection, "invoice_line", [invoice] * LINES)
        (entry,) = self._headed(connection, "entry", [invoice])
        self._add(connection, "entry_line", [entry] * ENTRY_LINES)
        self._add(connection, "audit", [sale] * AUDITED)
        self._add(connection, "event", [invoice])
        self._become(connection, "sale", [sale], "done")

    def _many(self, connection: Connection, count: int) -> None:
        """Take each step for all orders; stock is taken once, a sale's state is set once."""
        sales = self._headed(connection, "sale", [0] * count)
        self._add(connection, "sale_line", _each(sales, LINES))
        self._add(connection, "reservation", _each(sales, LINES))
        deliveries = self._headed(connection, "delivery", sales)
        self._add(connection, "move", _each(deliveries, LINES))
        self._take_stock(connection, count)
        invoices = self._headed(connection, "invoice", sales)
        self._add(connection, "invoice_line", _each(invoices, LINES))
        entries = self._headed(connection, "entry", invoices)
        self._add(connection, "entry_line", _each(entries, ENTRY_LINES))
        self._add(connection, "audit", _each(sales, AUDITED))
        self._add(connection, "event", [*sales, *deliveries, *invoices])
        self._become(connection, "delivery", deliveries, "done")
        self._become(connection, "sale", sales, "done")

    def _table(self, name: str, width: int) -> sa.Table:
        key = sa.BigInteger().with_variant(sa.Integer, "sqlite")
        return sa.Table(
            name, self.metadata, sa.Column("id", key, primary_key=True),
            *(sa.Column(f"c{n}", sa.BigInteger) for n in range(width)),
            sa.Column("state", sa.String(40)), sa.Column("parent", sa.BigInteger, index=True),
        )

    def _rows(self, name: str, parents: Iterable[int]) -> list[dict[str, object]]:
        return [{**self.values[name], "state": "draft", "parent": parent} for parent in parents]

    def _headed(self, connection: Connection, name: str, parents: Sequence[int]) -> Sequence[int]:
        """Insert rows and return the ids that the database gave them."""
        table = self.tables[name]
        return connection.execute(table.insert().returning(table.c.id), self._rows(name, parents)).scalars().all()

    def _add(self, connection: Connection, name: str, parents: Sequence[int]) -> None:
        connection.execute(self.tables[name].insert(), self._rows(name, parents))

    def _become(self, connection: Connection, name: str, ids: Sequence[int], state: str) -> None:
        table = self.tables[name]
        change = table.update().where(table.c.id == sa.bindparam("row")).values(state=state)
        connection.execute(change, [{"row": id_} for id_ in ids])

    def _take_stock(self, connection: Connection, quantity: int) -> None:
        table = self.tables["balance"]
        change = table.update().where(table.c.id == sa.bindparam("row")).values(c1=table.c.c1 - sa.bindparam("taken"))
        connection.execute(change, [{"row": n + 1, "taken": quantity} for n in range(LINES)])


def _each(parents: Sequence[int], times: int) -> list[int]:
    return [parent for parent in parents for _ in range(times)]
