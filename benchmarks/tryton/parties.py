"""Create, change and list parties the way Tryton does it fastest."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from benchmarks.tryton.transactions import Desk

LISTED = [
    "code", "name", "active", "email", "phone", "website", "lang", "create_date", "write_date",
    "create_uid.rec_name", "write_uid.rec_name",
]
"""What Trellis's list shows of a party, as far as Tryton has it: fewer fields, the same kinds."""
ORDER = [("id", "DESC")]


class Parties:
    """Do P3's pieces of work."""

    def __init__(self, database: str) -> None:
        self.desk = Desk(database)
        self.party = self.desk.pool.get("party.party")
        self.numbers = itertools.count(1)
        self.to_change: list[int] = []

    def create(self, count: int) -> None:
        """Create `count` parties, a transaction each."""
        for _ in range(count):
            with self.desk.start() as transaction:
                self.party.create([self._values()])
                transaction.commit()

    def bulk(self, count: int) -> None:
        """Create `count` parties in one call and one transaction."""
        with self.desk.start() as transaction:
            self.party.create([self._values() for _ in range(count)])
            transaction.commit()

    def change(self, count: int) -> None:
        """Change the names of `count` parties, a transaction each."""
        for id_ in self._next_to_change(count):
            with self.desk.start() as transaction:
                self.party.write([self.party(id_)], {"name": f"Changed {next(self.numbers):06}"})
                transaction.commit()

    def page(self, count: int) -> None:
        """Read one page of `count` parties."""
        with self.desk.start(readonly=True):
            rows = self.party.search_read([], limit=count, order=ORDER, fields_names=LISTED)
        assert len(rows) == count

    def _values(self) -> Mapping[str, str]:
        return {"name": f"Party {next(self.numbers):06}"}

    def _next_to_change(self, count: int) -> list[int]:
        if len(self.to_change) < count:
            with self.desk.start(readonly=True):
                self.to_change = [party.id for party in self.party.search([], limit=5000)]
        return [self.to_change.pop() for _ in range(count)]
