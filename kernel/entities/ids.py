"""One allocator of record ids for the whole installation: in blocks, known before the flush, never used twice."""

import threading
from collections.abc import Sequence

from sqlalchemy import BigInteger, Connection, String
from sqlalchemy import Sequence as DatabaseSequence
from sqlalchemy.orm import Mapped, mapped_column

from kernel.entities.base import Base
from kernel.entities.types import Id

__all__ = ["BLOCK", "IdCounter", "IdLease", "id_sequence"]

BLOCK = 1000

id_sequence = DatabaseSequence("kernel_id_seq", start=1, increment=BLOCK, data_type=BigInteger, metadata=Base.metadata)
"""PostgreSQL's source of blocks: each value is the first id of a block of `BLOCK`."""


class IdCounter(Base):
    """SQLite's source of ids, one row: the next free id."""

    __tablename__ = "kernel_id_counter"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    next: Mapped[int] = mapped_column(Id, nullable=False)


class IdLease:
    """Hand out ids from blocks, to one thread at a time.

    On PostgreSQL a lease belongs to the process and outlives transactions, since sequences do. On SQLite a unit of
    work borrows the process's lease and gives it back when it has committed; a block that was taken inside a
    transaction goes with it.
    """

    __slots__ = ("_end", "_free", "_lock")

    def __init__(self, free: range = range(0)) -> None:
        self._free = free
        self._end = 0
        self._lock = threading.Lock()

    @property
    def free(self) -> range:
        """The ids that are left of the last block."""
        return self._free

    def take(self, connection: Connection, count: int = 1) -> Sequence[int]:
        """Give `count` ids in ascending order."""
        with self._lock:
            if len(self._free) >= count:
                taken = self._free[:count]
                self._free = self._free[count:]
                return taken
            blocks = self._blocks(connection, -(-count // BLOCK))
            ids = [id_ for block in blocks for id_ in block] if len(blocks) > 1 else blocks[0]
            self._free = range(ids[count - 1] + 1, blocks[-1].stop)
            return ids[:count]

    def settle(self, connection: Connection) -> None:
        """Make sure, right before a commit on SQLite, that no savepoint rolled the counter back below our blocks."""
        if self._end:
            connection.exec_driver_sql(_SETTLE, (self._end,))

    def after_rollback(self) -> range:
        """Give what may be used again after a rollback on SQLite: nothing, where a block was taken meanwhile."""
        return range(0) if self._end else self._free

    def _blocks(self, connection: Connection, count: int) -> list[range]:
        if connection.dialect.name == "sqlite":
            size = count * BLOCK
            self._end = connection.exec_driver_sql(_TAKE, (self._end, size)).scalar_one()
            return [range(self._end - size, self._end)]
        firsts = connection.exec_driver_sql(_NEXT, (count,))
        return [range(first, first + BLOCK) for first in firsts.scalars()]


_NEXT = "SELECT nextval('kernel_id_seq') FROM generate_series(1, %s)"
_TAKE = "UPDATE kernel_id_counter SET next = max(next, ?) + ? WHERE name = 'id' RETURNING next"
_SETTLE = "UPDATE kernel_id_counter SET next = max(next, ?) WHERE name = 'id'"
