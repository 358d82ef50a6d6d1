"""What time it is: one place that all of the kernel asks, so that a test can stop the clock."""

import datetime as dt
from collections.abc import Callable

__all__ = ["moment", "set_clock"]

Clock = Callable[[], dt.datetime]


def _system() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


_clock: Clock = _system


def moment() -> dt.datetime:
    """Give the moment it is, in UTC."""
    return _clock()


def set_clock(clock: Clock | None) -> None:
    """Let another clock tell the time, for tests; None gives it back to the system's."""
    global _clock
    _clock = clock or _system
