"""Say what a figure is: its parts, its targets, and who takes part in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

DatabaseKind = Literal["sqlite", "postgresql"]

Work = Callable[[], float]
"""Does a piece of work once and returns what one unit of it cost: seconds, or what is counted in the part's unit."""

COUNTED = frozenset({"MB", "kB", "statements"})
"""Units that are no time."""


@dataclass(frozen=True)
class Part:
    """Name one number of a figure with its targets.

    `unit` says how a cost is shown: "ms" and what is counted show the cost itself, "<things>/s" its inverse.
    `peer_at_least`: how many times the peer's rate it must reach. `limit_at_most`: how many times the cost of
    the limit it may take.
    """

    code: str
    what: str
    unit: str
    peer_at_least: float | None = None
    limit_at_most: float | Mapping[DatabaseKind, float] | None = None

    def limit_on(self, database: DatabaseKind) -> float | None:
        """Give the limit's target on a database, where it may differ from the other's."""
        return self.limit_at_most.get(database) if isinstance(self.limit_at_most, Mapping) else self.limit_at_most

    def shown(self, cost: float) -> float:
        """Turn a cost into the value people read, in `unit`."""
        if self.unit == "ms":
            return cost * 1000
        if self.unit in COUNTED:
            return cost
        return 1 / cost if cost else 0.0


@dataclass
class Contest:
    """Hold what each contestant does for each part, by the part's code.

    A part that nobody does is left out of a mapping; `notes` says why, and is printed.
    """

    trellis: Mapping[str, Work] = field(default_factory=dict)
    peer: Mapping[str, Work] = field(default_factory=dict)
    limit: Mapping[str, Work] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class Ground(Protocol):
    """Give a figure its databases: fresh ones, dropped when the figure is done."""

    kind: DatabaseKind
    with_peer: bool

    def fresh(self, name: str, like: str | None = None) -> str:
        """Return the URL of a new database: empty, or a copy of another one that nobody is connected to."""
        ...

    def gather_statistics(self) -> None:
        """Do at once what PostgreSQL's autovacuum does within a minute of a large load."""
        ...

    def peer_home(self) -> tuple[str, str]:
        """Return the URL prefix of the peer's databases and the name of the one it keeps."""
        ...


@dataclass(frozen=True)
class Figure:
    """Declare a figure; `open` prepares its contest on a database and clears up after it."""

    code: str
    title: str
    parts: tuple[Part, ...]
    open: Callable[[Ground], AbstractContextManager[Contest]]
    databases: tuple[DatabaseKind, ...] = ("sqlite", "postgresql")
    rounds: int | None = None
    """How often it is measured after the warm-up, where that is not for the caller to say."""


class CannotRun(Exception):
    """Tell why a figure or a contestant cannot run here, in words for the table."""
