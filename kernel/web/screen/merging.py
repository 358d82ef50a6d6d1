"""Records that are one and the same, side by side before they are merged."""

from __future__ import annotations

from dataclasses import dataclass

from .shown import Refused, Shown


@dataclass(frozen=True, slots=True)
class MergeRecord:
    """One of the records: what it is called, and what points to it, as (what, whose, how many)."""

    id: int
    version: int
    title: str
    about: str
    href: str
    stays: bool
    pointers: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MergeValue:
    """A record's value of a field, and whether it is the one that stays."""

    id: int
    title: str
    shown: Shown
    taken: bool


@dataclass(frozen=True, slots=True)
class MergeField:
    """A field in which the records differ."""

    name: str
    label: str
    values: tuple[MergeValue, ...]


@dataclass(frozen=True, slots=True)
class MergePage:
    """Everything that is chosen before a merge."""

    title: str
    url: str
    records: tuple[MergeRecord, ...]
    fields: tuple[MergeField, ...]
    back_href: str
    refused: Refused | None = None
