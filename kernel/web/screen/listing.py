"""A list: columns, rows, filters, the actions on what is selected."""

from __future__ import annotations

from dataclasses import dataclass

from .form import Input
from .shown import Action, Choice, Empty, Refused, Shown


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head. phone is the place its cells take on a card: title, right, under, below, foot, end, act
    (below all of them) or none."""

    name: str
    label: str
    number: bool = False
    sort: str = ""
    sort_href: str = ""
    phone: str = "none"
    source: str = ""
    editable: bool = False
    """Whether its cells may be edited where they stand."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the list, its cells in the columns' order."""

    id: int
    href: str
    title: str
    cells: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Records that share a value: how many, their figures in the columns after the label's; open, its rows or groups.

    `top` is the anchor of the outermost group it lies in, which is drawn anew when one in it opens or closes.
    """

    label: Shown
    count: str
    anchor: str
    top: str
    href: str
    open: bool = False
    level: int = 1
    figures: tuple[Shown, ...] = ()
    groups: tuple[Group, ...] = ()
    rows: tuple[Row, ...] = ()
    list_href: str = ""
    more_href: str = ""
    all: str = ""
    """The words of the link to all its records, where not all are shown here."""


@dataclass(frozen=True, slots=True)
class GroupMenu:
    """The menu that groups a list. label says what it is grouped by now, empty where it isn't."""

    label: str
    first: tuple[Choice, ...]
    second: tuple[Choice, ...]
    orders: tuple[Choice, ...]
    hidden: tuple[tuple[str, str], ...] = ()
    clear_href: str = ""


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
class ViewMenu:
    """What one may do with the view that is shown: save it, and change the saved one it began as.

    `changed` says that more is asked for than was saved; `may_change` that this person may overwrite, rename and
    delete it.
    """

    url: str
    page: str
    state: str
    """The state that is saved, as a query."""
    may_share: bool = False
    id: int = 0
    name: str = ""
    typed: str = ""
    """The name as it was typed, where saving was refused."""
    shared: bool = False
    default: bool = False
    may_change: bool = False
    changed: bool = False
    open: bool = False


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
    label_span: int = 1
    """How many columns the label of a group stands across."""
    group_menu: GroupMenu | None = None
    search_label: str = ""
    search: str = ""
    searchable: bool = True
    hidden: tuple[tuple[str, str], ...] = ()
    """The page's state (sort, view) as hidden inputs of the search and filter forms."""
    tabs: tuple[Tab, ...] = ()
    view_menu: ViewMenu | None = None
    views: tuple[Choice, ...] = ()
    filters: tuple[Filtered, ...] = ()
    clear_href: str = ""
    filter_fields: tuple[FilterField, ...] = ()
    column_choices: tuple[ColumnChoice, ...] = ()
    reset_columns_href: str = ""
    sort_label: str = ""
    sorts: tuple[Choice, ...] = ()
    actions: tuple[Action, ...] = ()
    exports: tuple[Action, ...] = ()
    """The list as a file, in each kind there is."""
    new: Action | None = None
    selectable: bool = True
    bulk: tuple[Action, ...] = ()
    bulk_url: str = ""
    print_url: str = ""
    """Where the selected records are printed; the answer is a PDF in a page of its own."""
    summary: str = ""
    totals: tuple[tuple[str, str], ...] = ()
    previous_href: str = ""
    next_href: str = ""
    empty: Empty | None = None
    note: str = ""
    """What of a saved view couldn't be shown."""
    refused: Refused | None = None

    @property
    def editable(self) -> bool:
        """Say whether any cell may be edited where it stands."""
        return any(column.editable for column in self.columns)

    @property
    def picks(self) -> bool:
        """Say whether the page has fields that search as one types: in its cells, or for tags to filter by."""
        return self.editable or any(field.kind == "tags" for field in self.filter_fields)

    @property
    def column_names(self) -> str:
        """Name the columns, for a row that is drawn anew."""
        return " ".join(column.name for column in self.columns)


@dataclass(frozen=True, slots=True)
class CellPage:
    """The control of a cell, with the version of the record that it shows."""

    control: Input
    version: int
    title: str


@dataclass(frozen=True, slots=True)
class RowPage:
    """One row of a list, drawn anew."""

    columns: tuple[Column, ...]
    row: Row
    selectable: bool = True


@dataclass(frozen=True, slots=True)
class TaggingPage:
    """Which tags to put on the selected records, and which of those that lie on them to take off."""

    title: str
    url: str
    selected: tuple[tuple[str, str], ...]
    put: Input
    take: Input | None
    back_href: str
    refused: Refused | None = None
