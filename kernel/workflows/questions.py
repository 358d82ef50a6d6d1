"""What approvals ask of plugins."""

import datetime as dt
from collections.abc import Mapping

from kernel.hooks.specifications import spec

__all__ = ["days_off"]


@spec
def days_off(first: dt.date, last: dt.date) -> Mapping[dt.date, bool]:  # type: ignore[empty-body]
    """Say which days of a span differ from their weekday: False for a day off, True for one that is worked.

    They count beside the kernel's own holidays when a time limit runs.
    """
