"""A calendar: the days of a month in weeks, and on each the records that fall on it."""

from __future__ import annotations

from dataclasses import dataclass

from .listing import Filtered, Tab, ViewMenu
from .shown import Action, Choice, Refused


@dataclass(frozen=True, slots=True)
class Entry:
    """A record on its day; tone is that of its state, aside its time of day, second what it is about."""

    id: int
    href: str
    title: str
    version: int = 0
    tone: str = ""
    state: str = ""
    aside: str = ""
    second: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the month, or of the weeks around it (`outside`); more says how many entries aren't shown."""

    date: str
    number: str
    label: str
    entries: tuple[Entry, ...] = ()
    outside: bool = False
    today: bool = False
    more: str = ""
    more_href: str = ""
    new_href: str = ""


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """Everything the calendar's template shows; move_url is empty where nobody may bring a record to another day."""

    title: str
    url: str
    month: str
    weekdays: tuple[str, ...]
    weeks: tuple[tuple[Day, ...], ...]
    previous_href: str
    next_href: str
    today_href: str
    hidden: tuple[tuple[str, str], ...] = ()
    fields: tuple[Choice, ...] = ()
    move_url: str = ""
    by: str = ""
    summary: str = ""
    nothing: str = ""
    """Said on a phone, which shows no empty days."""
    search: str = ""
    search_label: str = ""
    tabs: tuple[Tab, ...] = ()
    view_menu: ViewMenu | None = None
    views: tuple[Choice, ...] = ()
    filters: tuple[Filtered, ...] = ()
    new: Action | None = None
    refused: Refused | None = None
