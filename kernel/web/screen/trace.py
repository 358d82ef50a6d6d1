"""The trace of a record: cards in columns, arrows between them, the table of events, and the map of signals."""

from __future__ import annotations

from dataclasses import dataclass

from .shown import Choice, Empty, Person, Shown


@dataclass(frozen=True, slots=True)
class ChainCard:
    """A record of the chain. look is done, now, next, late, off or gone; by is the person, none where none had a hand
    in it."""

    title: str
    href: str
    label: str
    icon: str
    look: str
    said: str
    """What the look means, for whoever can't see it."""
    here: bool = False
    state: Shown | None = None
    figure: str = ""
    late: str = ""
    when: str = ""
    by: Person | None = None
    itself: str = ""
    """Which plugin made it without anybody's hand."""
    because: str = ""
    space: int = 0
    """Pixels between this card and the one above it, or the column's head."""


@dataclass(frozen=True, slots=True)
class ChainColumn:
    """Cards of one stage; more counts those that found no room."""

    label: str
    cards: tuple[ChainCard, ...]
    more: str = ""
    more_space: int = 0


@dataclass(frozen=True, slots=True)
class ChainArrow:
    """A line of the drawing: look is plain, late, next or skipped; the end is where its head points."""

    path: str
    look: str
    x: int
    y: int
    turn: int = 0


@dataclass(frozen=True, slots=True)
class ChainGraph:
    """The drawing: its columns, and the lines on a ground of this size."""

    columns: tuple[ChainColumn, ...]
    arrows: tuple[ChainArrow, ...]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Told:
    """A row of the table: what was told about what, because of what, and what plugins did about it."""

    when: str
    what: str
    about: Shown
    because: Shown
    signal: str
    plugin: str
    who: Person | None = None
    itself: bool = False
    led: tuple[tuple[str, tuple[Shown, ...]], ...] = ()
    """(plugin that reacted, the records it made or changed)"""


@dataclass(frozen=True, slots=True)
class TracePage:
    """Everything the trace template shows."""

    title: str
    url: str
    back_href: str
    graph: ChainGraph
    ordered: tuple[ChainCard, ...]
    told: tuple[Told, ...]
    views: tuple[Choice, ...]
    subtitle: str = ""
    state: Shown | None = None
    late: tuple[tuple[str, str, str], ...] = ()
    """(title, address, by how much) of what is late"""
    notes: tuple[str, ...] = ()
    in_order: bool = False
    map_href: str = ""


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A signal in the table of the map."""

    name: str
    words: str
    about: str
    facts: tuple[tuple[str, str], ...]
    """(name, kind) of what its payload says"""
    now: tuple[str, ...]
    later: tuple[str, ...]
    told: str
    dead: str = ""
    dormant: str = ""
    """Why nothing comes of it at present."""


@dataclass(frozen=True, slots=True)
class SignalGroup:
    """The signals of one plugin."""

    plugin: str
    icon: str
    rows: tuple[SignalRow, ...]


@dataclass(frozen=True, slots=True)
class MapBox:
    """A box of the drawing: a signal at the left, a plugin at the right or as a heading."""

    text: str
    x: int
    y: int
    width: int
    height: int
    look: str = ""
    second: str = ""


@dataclass(frozen=True, slots=True)
class MapLine:
    """A line from a signal to a plugin that listens; look is now, later or dormant."""

    path: str
    look: str
    said: str


@dataclass(frozen=True, slots=True)
class SignalsPage:
    """Everything the map of signals shows."""

    groups: tuple[SignalGroup, ...]
    boxes: tuple[MapBox, ...]
    lines: tuple[MapLine, ...]
    width: int
    height: int
    summary: str
    waiting: tuple[tuple[str, str], ...] = ()
    """(signal of a plugin that isn't installed, who waits for it)"""
    dead: str = ""
    empty: Empty | None = None
