"""Remove files that no attachment refers to any more."""

from collections.abc import Iterator
from itertools import islice

import structlog
from sqlalchemy import select

from kernel.discussion.models import Attachment
from kernel.entities.work import SYSTEM, unit_of_work
from kernel.files import files
from kernel.jobs.declare import every

__all__ = ["remove_orphaned_files"]

log = structlog.get_logger("trellis.files")
GRACE = 24 * 3600
"""Seconds a file is let be: who attached it may not have committed yet."""
AT_ONCE = 500


@every(days=1, name="kernel.remove_orphaned_files", outside=True)
def remove_orphaned_files() -> None:
    """Remove from the store what has been without an attachment for a day."""
    removed = 0
    for some in _parts(files().digests(older_than=GRACE)):
        column = Attachment.__table__.c.sha256
        with unit_of_work(SYSTEM, reading=True) as system:
            used = set(system.work.connection.scalars(select(column).where(column.in_(some)).distinct()))
        for digest in some:
            if digest not in used:
                files().remove(digest)
                removed += 1
    if removed:
        log.info("files.removed", count=removed)


def _parts(digests: Iterator[str]) -> Iterator[list[str]]:
    while part := list(islice(digests, AT_ONCE)):
        yield part
