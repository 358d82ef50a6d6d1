"""See to what was linked to a record in the very moment in which it was merged."""

import datetime as dt

import structlog
from sqlalchemy import select

from kernel.entities.base import entities
from kernel.entities.work import session
from kernel.exchange.merging.models import MergedRecord
from kernel.exchange.merging.moving import move_pointers
from kernel.jobs.declare import every

__all__ = ["move_late_pointers"]

log = structlog.get_logger("trellis.merging")
LATE = dt.timedelta(days=2)
"""For how long after a merge somebody's work may still end that had begun before it."""


@every(hours=1, name="kernel.move_late_pointers")
def move_late_pointers() -> None:
    """Let what still came to point to records that were merged lately point to what they became part of."""
    current, table = session(), MergedRecord.__table__.c
    late: dict[tuple[str, int], list[int]] = {}
    for row in current.work.connection.execute(select(MergedRecord.__table__).where(table.at > current.now - LATE)):
        late.setdefault((row.entity, row.into_id), []).append(row.record_id)
    for (name, survivor), merged in late.items():
        cls = entities().get(name)
        record = current.get(cls, survivor) if cls is not None else None
        if cls is not None and record is not None and (moved := move_pointers(cls, survivor, merged, record.title)):
            log.info("merging.moved_late", entity=name, record=survivor, moved=moved)
