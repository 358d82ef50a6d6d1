"""A clock that stands still until a test moves it."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from kernel.clock import moment, set_clock

__all__ = ["Clock", "frozen"]


class Clock:
    """Tells the same moment until it is set or moved on."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now

    def set(self, now: dt.datetime | str) -> None:
        """Set it to a moment: with a zone, or a text such as "2027-03-05T09:00:00+08:00"; without one UTC is meant."""
        found = dt.datetime.fromisoformat(now) if isinstance(now, str) else now
        self.now = (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Move it on."""
        self.now += dt.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


@contextmanager
def frozen() -> Iterator[Clock]:
    """Stop the kernel's clock at the moment it is."""
    clock = Clock(moment())
    set_clock(lambda: clock.now)
    try:
        yield clock
    finally:
        set_clock(None)
