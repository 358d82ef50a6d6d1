"""A list: columns, rows, filters, the actions on what is selected."""

from __future__ import annotations

from dataclasses import dataclass

from .shown import Action, Choice, Empty, Refused, Shown


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head. phone is the place its cells take on a card: title, right, under, below, foot, end or none."""

    name: str
    label: str
    number: bool = False
    sort: str = ""
    sort_href: str = ""
    phone: str = "none"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the list, its cells in the columns' order."""

    id: int
    href: str
    title: str
    cells: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that share a value, with their count and totals by column."""

    label: str
    count: str
    rows: tuple[Row, ...]
    totals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filtered:
    """A filter in force, as a chip."""

    label: str
    operator: str
    value: str
    remove_href: str


@dataclass(frozen=True, slots=True)
class FilterField:
    """A field one may filter by, with the input that the filter menu offers for it."""

    name: str
    label: str
    kind: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Tab:
    """A saved view above the list."""

    label: str
    href: str
    count: str = ""
    current: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A column that may be shown, in the chooser; source names the plugin it comes from."""

    name: str
    label: str
    shown: bool
    source: str = ""


@dataclass(frozen=True, slots=True)
class ListPage:
    """Everything the list template shows."""

    title: str
    url: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    groups: tuple[Group, ...] = ()
    search_label: str = ""
    search: str = ""
    searchable: bool = True
    hidden: tuple[tuple[str, str], ...] = ()
    """The page's state (sort, view) as hidden inputs of the search and filter forms."""
    tabs: tuple[Tab, ...] = ()
    views: tuple[Choice, ...] = ()
    filters: tuple[Filtered, ...] = ()
    clear_href: str = ""
    filter_fields: tuple[FilterField, ...] = ()
    column_choices: tuple[ColumnChoice, ...] = ()
    reset_columns_href: str = ""
    sort_label: str = ""
    sorts: tuple[Choice, ...] = ()
    actions: tuple[Action, ...] = ()
    new: Action | None = None
    bulk: tuple[Action, ...] = ()
    bulk_url: str = ""
    print_url: str = ""
    """Where the selected records are printed; the answer is a PDF in a page of its own."""
    summary: str = ""
    totals: tuple[tuple[str, str], ...] = ()
    previous_href: str = ""
    next_href: str = ""
    empty: Empty | None = None
    refused: Refused | None = None
