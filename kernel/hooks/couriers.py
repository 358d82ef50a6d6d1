"""Couriers: they carry events to whoever is no part of this process, such as the receivers of webhooks.

What waits for a recipient lies in the outbox like what waits for a listener, under the recipient's name, and is
retried, given up, replayed and put aside like it. But a listener's effect is in the database and so there exactly once;
a letter that has left the house can't be taken back. So it is carried outside of any transaction, between two short
ones: the first takes it for a time, the second strikes it off. Whoever is killed in between leaves it to be carried
again when that time is over: at least once, under the same id.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["Carried", "Courier", "Parcel", "couriers", "employ", "recipient_label"]


@dataclass(frozen=True, slots=True)
class Parcel:
    """An event on its way to a recipient: its payload as JSON, raised to the version that the signal has now."""

    recipient: str
    event_id: int
    signal: str
    version: int
    payload: Mapping[str, Any]
    told_at: dt.datetime
    attempt: int


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of carrying a parcel: `error` is empty where it was taken."""

    error: str = ""
    away: bool = False
    """Nobody answered at all: what else waits for the recipient need not be tried now."""
    note: Callable[[], None] | None = None
    """Writes down what is to be kept of it, in the transaction that strikes the parcel off."""


class Courier(Protocol):
    """Knows recipients and carries to them. Their names begin with its `prefix`."""

    prefix: str

    def recipients(self, signal: str, company_id: int | None) -> Collection[str]:
        """Name who wants an event; asked in the unit of work that tells it."""

    def receiving(self) -> Collection[str]:
        """Name who takes parcels at the moment; asked in reading work."""

    def label(self, recipient: str) -> str:
        """Name a recipient for people; empty for one that is gone. Asked in reading work."""

    def carry(self, parcel: Parcel) -> Carried:
        """Carry a parcel; called outside of any unit of work."""


_couriers: list[Courier] = []


def employ(courier: Courier) -> None:
    """Have a courier carry from now on."""
    _couriers.append(courier)


def couriers() -> Sequence[Courier]:
    """Give the couriers."""
    return _couriers


def recipient_label(listener: str) -> str:
    """Name a recipient for people; empty for what is no courier's."""
    return next((each.label(listener) for each in _couriers if listener.startswith(each.prefix)), "")
