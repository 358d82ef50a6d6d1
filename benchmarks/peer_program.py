"""Do what the benchmark asks of Tryton, inside Tryton's own environment: one JSON line in, the seconds out.

Called in-process on its best path: models directly, no RPC, no access checks, one warm pool. It imports
nothing of Trellis, and nothing of Trellis imports it.
"""

import itertools
import json
import sys
import time

from trytond import config  # type: ignore[import-not-found]  # installed in the peer's environment alone

config.update_etc()

from trytond.pool import Pool  # type: ignore[import-not-found]  # noqa: E402  # after its configuration
from trytond.transaction import Transaction  # type: ignore[import-not-found]  # noqa: E402

LISTED = [
    "code", "name", "active", "email", "phone", "website", "lang", "create_date", "write_date",
    "create_uid.rec_name", "write_uid.rec_name",
]
"""What Trellis's list shows of a party, as far as Tryton has it: fewer fields, the same kinds."""
ORDER = [("id", "DESC")]


class Parties:
    """Create, change and list parties the way Tryton does it fastest."""

    def __init__(self, database: str) -> None:
        self.database = database
        Pool.start()
        pool = Pool(database)
        pool.init()
        self.Party = pool.get("party.party")
        with Transaction().start(database, 0, readonly=True):
            (administrator,) = pool.get("res.user").search([("login", "=", "admin")])
            self.user = administrator.id
        self.numbers = itertools.count(1)
        self.to_change: list[int] = []

    def create(self, count: int) -> None:
        """Create `count` parties, a transaction each."""
        for _ in range(count):
            with Transaction().start(self.database, self.user) as transaction:
                self.Party.create([self._values()])
                transaction.commit()

    def bulk(self, count: int) -> None:
        """Create `count` parties in one call and one transaction."""
        with Transaction().start(self.database, self.user) as transaction:
            self.Party.create([self._values() for _ in range(count)])
            transaction.commit()

    def change(self, count: int) -> None:
        """Change the names of `count` parties, a transaction each."""
        for id_ in self._next_to_change(count):
            with Transaction().start(self.database, self.user) as transaction:
                self.Party.write([self.Party(id_)], {"name": f"Changed {next(self.numbers):06}"})
                transaction.commit()

    def page(self, count: int) -> None:
        """Read one page of `count` parties."""
        with Transaction().start(self.database, self.user, readonly=True):
            rows = self.Party.search_read([], limit=count, order=ORDER, fields_names=LISTED)
        assert len(rows) == count

    def _values(self) -> dict[str, str]:
        return {"name": f"Party {next(self.numbers):06}"}

    def _next_to_change(self, count: int) -> list[int]:
        if len(self.to_change) < count:
            with Transaction().start(self.database, self.user, readonly=True):
                self.to_change = [party.id for party in self.Party.search([], limit=5000)]
        return [self.to_change.pop() for _ in range(count)]


def main() -> None:
    """Answer commands until the input ends."""
    parties = Parties(sys.argv[1])
    for line in sys.stdin:
        command = json.loads(line)
        started = time.perf_counter()
        getattr(parties, command["verb"])(command["count"])
        print("seconds", time.perf_counter() - started, flush=True)


if __name__ == "__main__":
    main()
