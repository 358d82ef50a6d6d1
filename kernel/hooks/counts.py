"""How much was told lately, and what was given up: figures for the map of signals."""

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import func, select

from kernel.entities.work import session
from kernel.hooks.models import Event, Outbox
from kernel.permissions.rights import rights

__all__ = ["LATEST", "dead_counts", "told_counts"]

LATEST = 100_000
"""How many of the latest events are counted at most: the page stays quick, however long the history."""


def told_counts(since: dt.datetime) -> tuple[Mapping[str, int], bool]:
    """Count the events told since a moment, by signal; and say whether all of them were counted."""
    latest = select(Event.id, Event.name, Event.at).order_by(Event.id.desc()).limit(LATEST).subquery()
    rows = session().work.connection.execute(
        select(latest.c.name, func.count()).where(latest.c.at >= since).group_by(latest.c.name))
    counts = {row[0]: row[1] for row in rows}
    return counts, sum(counts.values()) < LATEST


def dead_counts() -> Mapping[str, int]:
    """Count the deliveries that were given up, by signal; nothing without "read" on kernel.outbox."""
    if not rights().may("read", "kernel.outbox"):
        return {}
    rows = session().work.connection.execute(
        select(Event.name, func.count()).join(Outbox, Outbox.event_id == Event.id)
        .where(Outbox.dead.is_(True)).group_by(Event.name))
    return {row[0]: row[1] for row in rows}
