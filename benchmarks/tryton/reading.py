"""Give Tryton the orders that P6 reads."""

from __future__ import annotations

from benchmarks.tryton.transactions import Desk


class Reading:
    """Fill the table of orders."""

    def __init__(self, database: str) -> None:
        self.desk = Desk(database)
        self.desk.settle(self._prepare)

    def fill(self, count: int) -> None:
        """Create `count` orders of one customer in one transaction, without lines: reading is at its cheapest."""
        with self.desk.start() as transaction:
            values = {"party": self.customer, "invoice_address": self.address, "shipment_address": self.address}
            self.desk.pool.get("sale.sale").create([dict(values) for _ in range(count)])
            transaction.tasks.clear()
            transaction.commit()

    def _prepare(self) -> None:
        parties = self.desk.pool.get("party.party")
        (party,) = parties.create([{"name": "Customer", "addresses": [("create", [{}])]}])
        self.customer, self.address = party.id, party.addresses[0].id
