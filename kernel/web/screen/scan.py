"""Scanning: what a code stands for, and a document whose goods are counted."""

from __future__ import annotations

from dataclasses import dataclass

from .shell import FoundEntry


@dataclass(frozen=True, slots=True)
class ScanPage:
    """The page one scans anything on: the code as it came, and what it may mean."""

    code: str = ""
    found: tuple[FoundEntry, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    """What the code itself says: (label, value)."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What became of the last scan. tone is green or red."""

    text: str
    note: str = ""
    tone: str = "green"


@dataclass(frozen=True, slots=True)
class CountLine:
    """A product to count, as one reads it at arm's length."""

    at: int
    title: str
    code: str
    done: str
    wanted: str = ""
    left: str = ""
    place: str = ""
    lot: str = ""
    complete: bool = False
    dots: tuple[bool, ...] = ()
    """One for each piece to scan, where there are few enough to show."""
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class CountPage:
    """A document being counted: the line at hand in large, then the others."""

    title: str
    subtitle: str
    url: str
    once: str
    """Names the next scan: the same one sent twice counts once."""
    current: CountLine | None
    others: tuple[CountLine, ...]
    code: str = ""
    feedback: Feedback | None = None
    undo: str = ""
    left: str = ""
    """What is still to be scanned, in words; empty where the count may be finished without a question."""
    short_confirm: str = ""
