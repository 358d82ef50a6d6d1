"""A pivot: records counted and summed by rows and columns, each cell a way to the records behind it; and its chart."""

from __future__ import annotations

from dataclasses import dataclass

from .dashboard import Chart
from .listing import Filtered, FilterField
from .shown import Action, Choice, Refused


@dataclass(frozen=True, slots=True)
class Head:
    """A cell of the table's head. fold_href opens or shuts what lies below it, sort_href sorts the rows by it."""

    label: str
    span: int = 1
    deep: int = 1
    fold_href: str = ""
    folded: bool = False
    sort_href: str = ""
    sort: str = ""
    total: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure and the list of the records behind it."""

    text: str = ""
    href: str = ""
    total: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table: how deep its label stands, whether it can be folded, its figures."""

    label: str
    cells: tuple[Cell, ...]
    depth: int = 0
    fold_href: str = ""
    folded: bool = False
    total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The table: several rows of heads, the lines, and what its corner says."""

    corner: str
    heads: tuple[tuple[Head, ...], ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Chip:
    """A field in use, with what may be done to it: other buckets, other places, away with it."""

    token: str
    label: str
    choices: tuple[Choice, ...]
    """Grouped by `note`, the heading they stand under."""
    remove_href: str


@dataclass(frozen=True, slots=True)
class Offers:
    """Fields that may be added, under the heading of where they come from."""

    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Zone:
    """A place that fields are put into: the rows, the columns or the values."""

    name: str
    label: str
    chips: tuple[Chip, ...]
    offers: tuple[Offers, ...]
    """Empty where no more fit."""
    hidden: tuple[tuple[str, str], ...]
    """The rest of the question, as hidden inputs of the form that adds a field."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A way to show the pivot: the table or a chart."""

    name: str
    label: str
    icon: str
    selected: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Saving:
    """What the form asks that puts the pivot on a dashboard."""

    url: str
    label: str
    dashboards: tuple[Choice, ...]
    shareable: bool = False
    shared: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class PivotPage:
    """Everything the pivot's template shows; says stands in the place of a table that there isn't."""

    title: str
    url: str
    zones: tuple[Zone, ...]
    shapes: tuple[Shape, ...]
    swap_href: str
    base_href: str
    """The address without rows, columns and values, for what is dragged."""
    exports: tuple[Action, ...] = ()
    saving: Saving | None = None
    table: Table | None = None
    chart: Chart | None = None
    chart_note: str = ""
    says: str = ""
    summary: str = ""
    hidden: tuple[tuple[str, str], ...] = ()
    search: str = ""
    search_label: str = ""
    searchable: bool = True
    views: tuple[Choice, ...] = ()
    filters: tuple[Filtered, ...] = ()
    clear_href: str = ""
    filter_fields: tuple[FilterField, ...] = ()
    refused: Refused | None = None
