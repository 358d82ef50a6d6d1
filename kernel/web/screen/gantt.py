"""A gantt: rows of bars over time, lines between those that wait for each other, and the same as a list of days."""

from __future__ import annotations

from dataclasses import dataclass

from .listing import Filtered, Tab, ViewMenu
from .shown import Action, Choice, Refused

SHORT, REASON = 11, 20
"""Percent that a title takes, and the reason for a bar's lateness."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A record as a bar. x and width are percent of the time shown, y is pixels from its row's top.

    late says why it is late or in conflict; start and end are as an input takes them.
    """

    id: int
    version: int
    href: str
    title: str
    second: str
    state: str
    tone: str
    days: str
    x: float
    width: float
    y: int
    start: str
    end: str
    late: str = ""
    room: float = 0
    """Percent that are free to the right."""

    @property
    def outside(self) -> bool:
        """Say whether its title stands to its right: it is too short for it, and there is room."""
        return self.width < SHORT <= self.room

    @property
    def says(self) -> bool:
        """Say whether there is room to the right for why it is late."""
        return bool(self.late) and self.room >= (SHORT + REASON if self.outside else REASON)

    @property
    def after(self) -> float:
        """Give where the bar ends."""
        return round(self.x + self.width, 3)


@dataclass(frozen=True, slots=True)
class Row:
    """Bars that share a value."""

    label: str
    bars: tuple[Bar, ...]
    height: int
    href: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """A column of the time shown; off are days on which nobody works."""

    x: float
    width: float
    label: str
    off: bool = False
    now: bool = False

    @property
    def middle(self) -> float:
        """Give where its label stands."""
        return round(self.x + self.width / 2, 3)


@dataclass(frozen=True, slots=True)
class Wait:
    """A line from the end of a bar to the one that waits for it; late where that begins too soon.

    It goes up or down, then to the side where `turn` (the tip's, in degrees) is 0 or 180.
    """

    x: float
    y: int
    to_x: float
    to_y: int
    turn: int = 0
    late: bool = False


@dataclass(frozen=True, slots=True)
class GanttPage:
    """Everything the template shows; move_url is empty where nobody may move a bar. step is a snap in percent."""

    title: str
    url: str
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    waits: tuple[Wait, ...]
    height: int
    period: str
    previous_href: str
    next_href: str
    today_href: str
    scales: tuple[Choice, ...]
    groups: tuple[Choice, ...] = ()
    now: float | None = None
    step: float = 0
    kind: str = "date"
    hidden: tuple[tuple[str, str], ...] = ()
    move_url: str = ""
    summary: str = ""
    late: int = 0
    nothing: str = ""
    as_list: bool = False
    list_href: str = ""
    search: str = ""
    search_label: str = ""
    tabs: tuple[Tab, ...] = ()
    view_menu: ViewMenu | None = None
    views: tuple[Choice, ...] = ()
    filters: tuple[Filtered, ...] = ()
    new: Action | None = None
    refused: Refused | None = None
