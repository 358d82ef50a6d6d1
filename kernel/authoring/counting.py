"""Count the statements that a piece of work sends to its database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from kernel.entities.database import Database

__all__ = ["StatementCounter", "counting"]

UNCOUNTED = ("BEGIN", "PRAGMA", "UPDATE kernel_id_counter", "SELECT nextval('kernel_id_seq')")


class StatementCounter:
    """Counts the statements a block sends, BEGIN and COMMIT aside, and what fetches a block of a thousand ids."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __len__(self) -> int:
        return len(self.statements)


@contextmanager
def counting(database: Database) -> Iterator[StatementCounter]:
    """Count statements: `with counting(database) as counter: ...; assert len(counter) <= 5`."""
    counter = StatementCounter()

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(UNCOUNTED):
            counter.statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield counter
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
