"""One allocator of record ids for the whole installation: in blocks, known before the flush, never used twice."""

import threading
from collections.abc import Sequence

from sqlalchemy import BigInteger, Connection, String, func, select, update
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

    On PostgreSQL a lease belongs to the process and outlives transactions, since sequences do. On SQLite it belongs
    to one unit of work: its block is taken inside the transaction and goes with it.
    """

    __slots__ = ("_free", "_lock")

    def __init__(self) -> None:
        self._free = range(0)
        self._lock = threading.Lock()

    def take(self, connection: Connection, count: int = 1) -> Sequence[int]:
        """Give `count` ids in ascending order."""
        with self._lock:
            if len(self._free) >= count:
                taken = self._free[:count]
                self._free = self._free[count:]
                return taken
            blocks = _blocks(connection, -(-count // BLOCK))
            ids = [id_ for block in blocks for id_ in block] if len(blocks) > 1 else blocks[0]
            self._free = range(ids[count - 1] + 1, blocks[-1].stop)
            return ids[:count]


def _blocks(connection: Connection, count: int) -> list[range]:
    if connection.dialect.name == "sqlite":
        table = IdCounter.__table__
        size = count * BLOCK
        end = connection.execute(
            update(IdCounter).where(table.c.name == "id").values(next=table.c.next + size).returning(table.c.next)
        ).scalar_one()
        return [range(end - size, end)]
    series = func.generate_series(1, count).table_valued("block")
    firsts = connection.scalars(select(id_sequence.next_value()).select_from(series))
    return [range(first, first + BLOCK) for first in firsts]
