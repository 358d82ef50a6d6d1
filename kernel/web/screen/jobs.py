"""What waits to be done and what was given up, and one of these with what it says and what may be done about it."""

from __future__ import annotations

from dataclasses import dataclass

from .form import Input
from .shown import Choice, Empty, Refused, Shown


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A delivery or job that has not succeeded. key names it to a form, href is its page."""

    key: str
    href: str
    what: str
    about: Shown
    since: str
    attempts: str
    error: str
    state: Shown
    due: str = ""


@dataclass(frozen=True, slots=True)
class KeptGroup:
    """What was given up of one listener or job. key names all of it to a form."""

    key: str
    title: str
    name: str
    icon: str
    rows: tuple[KeptRow, ...]


@dataclass(frozen=True, slots=True)
class RegularRow:
    """A job that is done at regular times, and how it went last."""

    name: str
    title: str
    source: str
    every: str
    ran: str
    took: str
    due: str
    state: Shown
    error: str = ""
    may_run: bool = False


@dataclass(frozen=True, slots=True)
class ActRow:
    """What somebody did about a delivery or job."""

    at: str
    what: Shown
    who: str
    about: str
    detail: str


@dataclass(frozen=True, slots=True)
class JobsPage:
    """One of the four lists. more says that there is more than is shown."""

    title: str
    summary: str
    url: str
    show: str
    tabs: tuple[Choice, ...]
    groups: tuple[KeptGroup, ...] = ()
    waiting: tuple[KeptRow, ...] = ()
    regular: tuple[RegularRow, ...] = ()
    acts: tuple[ActRow, ...] = ()
    next_href: str = ""
    more: str = ""
    may_replay: bool = False
    may_put_away: bool = False
    reason: Input | None = None
    after: str = ""
    """Where replaying or putting aside leads back to; empty for this page."""
    empty: Empty | None = None
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class KeptPage:
    """One delivery or job: what it is about, how it failed, what it says, and the forms to mend it or put it away."""

    title: str
    key: str
    url: str
    back_href: str
    state: Shown
    facts: tuple[tuple[str, Shown], ...]
    error: str
    error_kind: str
    payload: str
    mended: bool = False
    inputs: tuple[Input, ...] = ()
    reason: Input | None = None
    may_replay: bool = False
    trace_href: str = ""
    acts: tuple[ActRow, ...] = ()
    refused: Refused | None = None
