"""The limit of P3: parties written and read by the plain SQLAlchemy ORM, and in bulk by Core."""

from __future__ import annotations

import datetime as dt
import itertools
import time
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, registry

from benchmarks.limits.tables import plain_copy, plain_engine

Values = Mapping[str, object]


class PlainParties:
    """Do to a copy of the parties' table what the figure does to Trellis's, with the ORM's usual means."""

    def __init__(self, url: str, table: sa.Table, filled: int) -> None:
        self.engine = plain_engine(url)
        metadata = sa.MetaData()
        copy = plain_copy(table, metadata, own_ids=True)

        class PlainParty:
            pass

        mapping = registry(metadata=metadata)
        mapping.map_imperatively(PlainParty, copy, version_id_col=copy.c.version)
        self.entity: type[Any] = PlainParty
        self.table = copy
        self.numbers = itertools.count(1)
        metadata.create_all(self.engine)
        self.bulk(filled)
        with self.engine.connect() as connection:
            self.ids = list(connection.scalars(sa.select(copy.c.id).order_by(copy.c.id).limit(filled)))
        self.next_to_change = 0

    def create_each(self, count: int) -> float:
        """Create `count` parties, a transaction each; give the seconds one took."""
        rows = [self._values() for _ in range(count)]
        started = time.perf_counter()
        for row in rows:
            with Session(self.engine) as session:
                session.add(self.entity(**row))
                session.commit()
        return (time.perf_counter() - started) / count

    def create_many(self, count: int) -> float:
        """Create `count` parties as instances in one transaction; give the seconds one took."""
        rows = [self._values() for _ in range(count)]
        started = time.perf_counter()
        with Session(self.engine) as session:
            session.add_all([self.entity(**row) for row in rows])
            session.commit()
        return (time.perf_counter() - started) / count

    def change_each(self, count: int) -> float:
        """Load and change `count` parties, a transaction each; give the seconds one took."""
        ids = self._take(count)
        started = time.perf_counter()
        for id_ in ids:
            with Session(self.engine) as session:
                self._change(session.get_one(self.entity, id_))
                session.commit()
        return (time.perf_counter() - started) / count

    def change_many(self, count: int) -> float:
        """Load and change `count` parties in one transaction; give the seconds one took."""
        ids = self._take(count)
        started = time.perf_counter()
        with Session(self.engine) as session:
            chosen = sa.select(self.entity).where(self.table.c.id.between(ids[0], ids[-1]))
            for party in session.scalars(chosen):
                self._change(party)
            session.commit()
        return (time.perf_counter() - started) / count

    def list_page(self, count: int) -> float:
        """Read one page of `count` parties as instances, the newest first; give the seconds it took."""
        started = time.perf_counter()
        with Session(self.engine) as session:
            query = sa.select(self.entity).order_by(self.table.c.id.desc()).limit(count)
            rows = [(party.id, party.number, party.name) for party in session.scalars(query)]
        assert len(rows) == count
        return time.perf_counter() - started

    def bulk(self, count: int) -> float:
        """Insert `count` rows with Core in one transaction; give the seconds one took."""
        rows = [self._values() for _ in range(count)]
        started = time.perf_counter()
        with self.engine.begin() as connection:
            connection.execute(self.table.insert(), rows)
        return (time.perf_counter() - started) / max(count, 1)

    def close(self) -> None:
        """Let the database go."""
        self.engine.dispose()

    def _take(self, count: int) -> list[int]:
        """Give the next ids to change, in order, from the first again where too few are left."""
        start = self.next_to_change if self.next_to_change + count <= len(self.ids) else 0
        self.next_to_change = start + count
        return self.ids[start : start + count]

    def _change(self, party: Any) -> None:
        party.name = f"Changed {next(self.numbers):06}"
        party.changed_at = dt.datetime.now(dt.UTC)

    def _values(self) -> dict[str, object]:
        """Give a row with a value in every column that must have one."""
        number = next(self.numbers)
        now = dt.datetime.now(dt.UTC)
        given: dict[str, object] = {"name": f"Party {number:06}", "number": f"P-{number:06}"}
        return given | {
            column.name: self._default(column, now)
            for column in self.table.columns
            if column.name not in given and not column.nullable and not column.primary_key
        }

    @staticmethod
    def _default(column: sa.Column[Any], now: dt.datetime) -> object:
        if isinstance(column.type, sa.DateTime):
            return now
        if isinstance(column.type, sa.Boolean):
            return False
        return "" if isinstance(column.type, sa.String) else 1
