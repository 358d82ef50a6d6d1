"""Run work in Tryton's transactions, with the locks it asks for taken at the start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trytond.pool import Pool  # type: ignore[import-not-found]  # installed in the peer's environment alone
from trytond.transaction import Transaction, TransactionError  # type: ignore[import-not-found]


class Desk:
    """Work as the administrator of the company, where there is one yet."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.pool: Any = Pool(database)
        users = self.pool.get("res.user")
        with Transaction().start(database, 0, readonly=True):
            self.user: int = users.search([("login", "=", "admin")])[0].id
        with Transaction().start(database, self.user, readonly=True):
            self.context: dict[str, Any] = users.get_preferences(context_only=True)

    def start(self, **how: Any) -> Any:
        """Open a transaction; `how` is `readonly`, or the tables and records to lock."""
        return Transaction().start(self.database, self.user, context=self.context, **how)

    def settle(self, work: Callable[[], None]) -> None:
        """Do preparatory work and commit it; what finds a lock missing begins again with it taken."""
        locks: dict[str, Any] = {}
        while True:
            try:
                with self.start(**locks) as transaction:
                    work()
                    transaction.tasks.clear()
                    transaction.commit()
                    return
            except TransactionError as lacking:
                lacking.fix(locks)
