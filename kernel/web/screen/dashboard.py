"""Home and reports: figures, charts, short lists."""

from __future__ import annotations

from dataclasses import dataclass, field

from .listing import Column, Row
from .shell import MenuEntry
from .shown import Action, Choice, Empty, Shown
from .walk import WalkCard


@dataclass(frozen=True, slots=True)
class Series:
    """Named values of a chart, in the order of its labels."""

    label: str
    values: tuple[float, ...]
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart. kind is bar, line, area, stacked, share or pie; summary is the sentence a screen reader says."""

    kind: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    summary: str
    unit: str = ""

    @property
    def top(self) -> float:
        """Give the largest value that the axis must hold."""
        if self.kind in ("stacked", "area"):
            return max((sum(s.values[i] for s in self.series) for i in range(len(self.labels))), default=0.0)
        return max((value for s in self.series for value in s.values), default=0.0)

    def as_json(self) -> dict[str, object]:
        """Give the data as the script of the report page reads it."""
        return {
            "kind": self.kind,
            "labels": list(self.labels),
            "unit": self.unit,
            "series": [
                {"name": s.label, "values": list(s.values), "texts": list(s.texts)} for s in self.series
            ],
        }


@dataclass(frozen=True, slots=True)
class CardShown:
    """A dashboard card: kind figure, chart, list, bars, inbox or broken. width counts twelfths."""

    label: str
    kind: str
    width: int = 3
    source: str = ""
    source_icon: str = ""
    href: str = ""
    figure: str = ""
    prefix: str = ""
    suffix: str = ""
    delta: str = ""
    delta_tone: str = ""
    note: str = ""
    spark: tuple[float, ...] = ()
    chart: Chart | None = None
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    entries: tuple[Shown, ...] = ()
    empty: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Away:
    """A card that was put away, or isn't among those usually shown."""

    name: str
    label: str
    width: int


@dataclass(frozen=True, slots=True)
class Arranging:
    """What is needed to arrange a dashboard: where it is sent, where one leaves to, the cards that are put away."""

    url: str
    done_href: str
    away: tuple[Away, ...] = ()
    mine: tuple[str, ...] = ()
    """The saved cards that the person may delete."""
    own: bool = False
    """Whether there is an arrangement to take back."""


@dataclass(frozen=True, slots=True)
class HomePage:
    """Everything the home template shows."""

    greeting: str
    sentence: str
    cards: tuple[CardShown, ...]
    periods: tuple[Choice, ...] = ()
    empty: Empty | None = None
    walk: WalkCard | None = None
    arranging: Arranging | None = None
    arrange_href: str = ""


@dataclass(frozen=True, slots=True)
class AppPage:
    """An app's dashboard: its pages and its cards."""

    title: str
    summary: str
    entries: tuple[MenuEntry, ...]
    cards: tuple[CardShown, ...] = ()
    empty: Empty | None = None
    arranging: Arranging | None = None
    arrange_href: str = ""


@dataclass(frozen=True, slots=True)
class BoardGroup:
    """The control board's figures of one plugin."""

    label: str
    icon: str
    href: str
    cards: tuple[CardShown, ...]


@dataclass(frozen=True, slots=True)
class ControlPage:
    """The control board."""

    groups: tuple[BoardGroup, ...]
    now: str
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A report: its parameters, one chart, one table."""

    title: str
    url: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    subtitle: str = ""
    chart: Chart | None = None
    parameters: tuple[ReportParameter, ...] = ()
    totals: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    empty: Empty | None = None
    api_href: str = ""
    tabs: tuple[Choice, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class ReportParameter:
    """A choice above a report, applied with one button."""

    name: str
    label: str
    kind: str = "choice"
    value: str = ""
    choices: tuple[Choice, ...] = ()
