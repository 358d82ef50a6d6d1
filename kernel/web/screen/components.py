"""Every component of the design system in its states, for whoever builds or judges a page."""

from __future__ import annotations

from dataclasses import dataclass

from .board import Card
from .calendar import Entry
from .dashboard import CardShown
from .flow import DrawnNode
from .form import Input, Lines, Panel
from .gantt import Bar
from .inbox import ApprovalStep
from .listing import Filtered, Tab
from .shell import Notice
from .shown import Action, Choice, Empty, Person, Refused, Shown
from .trace import ChainCard
from .walk import Pointer, WalkCard


@dataclass(frozen=True, slots=True)
class Samples:
    """What the page shows once in light and once in dark; theme keeps the ids of the two apart."""

    theme: str
    actions: tuple[Action, ...]
    statuses: tuple[Shown, ...]
    tags: tuple[Shown, ...]
    values: tuple[tuple[str, Shown], ...]
    people: tuple[Person, ...]
    inputs: tuple[Input, ...]
    doors: tuple[Input, ...]
    """Controls as they stand before anybody is signed in."""
    lines: Lines
    chips: tuple[Filtered, ...]
    tabs: tuple[Tab, ...]
    views: tuple[Choice, ...]
    segment: tuple[Choice, ...]
    empty: Empty
    refused: Refused
    notices: tuple[Notice, ...]
    cards: tuple[CardShown, ...]
    board: tuple[Card, ...]
    entries: tuple[Entry, ...]
    bars: tuple[Bar, ...]
    chain: tuple[ChainCard, ...]
    panel: Panel
    walk: WalkCard
    pointer: Pointer
    way: tuple[ApprovalStep, ...]
    nodes: tuple[DrawnNode, ...]


@dataclass(frozen=True, slots=True)
class ComponentsPage:
    """The samples, in light and in dark."""

    themes: tuple[Samples, ...]
