"""A board: a column per choice or state, a card per record."""

from __future__ import annotations

from dataclasses import dataclass

from .listing import Filtered, Tab, ViewMenu
from .shown import Action, Choice, Empty, Refused, Shown


@dataclass(frozen=True, slots=True)
class Card:
    """A record on the board. moves are the columns it may go to."""

    id: int
    href: str
    title: str
    version: int = 0
    second: str = ""
    figure: str = ""
    aside: str = ""
    tags: tuple[Shown, ...] = ()
    foot: Shown | None = None
    person: Shown | None = None
    moves: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Lane:
    """A column of the board; more says how many cards it holds beyond those shown."""

    value: str
    label: str
    cards: tuple[Card, ...]
    count: str = ""
    total: str = ""
    note_left: str = ""
    note_right: str = ""
    new_href: str = ""
    more_href: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class BoardPage:
    """Everything the board template shows."""

    title: str
    url: str
    lanes: tuple[Lane, ...]
    move_url: str
    summary: str = ""
    by: str = ""
    search: str = ""
    search_label: str = ""
    tabs: tuple[Tab, ...] = ()
    view_menu: ViewMenu | None = None
    views: tuple[Choice, ...] = ()
    filters: tuple[Filtered, ...] = ()
    new: Action | None = None
    empty: Empty | None = None
    refused: Refused | None = None
