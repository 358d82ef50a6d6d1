"""What stands on a printed document, as text in the reader's language: all that a template is given, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Block", "Fact", "Facts", "Grid", "GridColumn", "GridRow", "Head", "Note", "Paper", "Sum"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A value with its label."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Values under a heading."""

    label: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column of a table: figures stand right, short values take no more room than they need."""

    label: str
    kind: Literal["number", "short", "text", "code"] = "text"


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row of a table; `under` is printed small below its first cell, `code` names the picture of its bar code.

    `coded` is what that says.
    """

    cells: tuple[str, ...]
    under: tuple[str, ...] = ()
    code: str = ""
    coded: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table."""

    columns: tuple[GridColumn, ...]
    rows: tuple[GridRow, ...]
    label: str = ""
    name: str = ""
    """The sub-table it shows, for templates that treat one otherwise; empty for tables worked out."""


@dataclass(frozen=True, slots=True)
class Sum:
    """An amount at the foot of the tables; the strong one is what it all comes to."""

    label: str
    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph, with or without a heading."""

    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """An address, line by line."""

    lines: tuple[str, ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The letterhead: the company, how to reach it, what stands at the foot of each page, and its logo's file."""

    name: str
    lines: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()
    logo: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """One document of one record."""

    title: str
    number: str
    head: Head
    language: str = "en"
    region: str | None = None
    page: str = "{page} / {pages}"
    state: str = ""
    """Said beside the title where the record isn't what it will be: a draft."""
    to: Block | None = None
    deliver: Block | None = None
    facts: tuple[Fact, ...] = ()
    sections: tuple[Facts, ...] = ()
    tables: tuple[Grid, ...] = ()
    sums: tuple[Sum, ...] = ()
    notes: tuple[Note, ...] = ()
    code: str = ""
    qr: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
