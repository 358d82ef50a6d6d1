"""What a plugin's views.py says: lists, forms, boards, menus, panels, cards, reports, pages.

Everything has a sensible default: an entity without any view still has a list and a form of all its visible fields.
Fields are named in one string, separated by spaces; a component's field is `slot.field` ("erp_sales.credit_limit").

    ListView("crm.lead", "number name owner state budget", filters="state owner source", sort="-number")
    FormView("crm.lead", Section("", "name owner source budget"), Section(_("Contact"), "phone email"))
    BoardView("crm.opportunity", by="stage", card="party amount closes_on owner", total="amount")
    Menu("crm", MenuItem(_("Leads"), "crm.lead"), MenuItem(_("Pipeline"), "crm.opportunity/board"))
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, TypeVar

from kernel.entities.base import plugin_of
from kernel.exchange.chain import summed_fields
from kernel.exchange.paths import Words, names
from kernel.exchange.reports import Parameter, Report, ReportTable, parameter_values, report, reports
from kernel.exchange.scans.declare import ScannedLot, ScanTask, ScanView, Spot, forget_scanning
from kernel.i18n import Text
from kernel.web.screen.dashboard import Chart

__all__ = [
    "BoardView", "Card", "Figure", "FormView", "GanttView", "LinesView", "ListView", "Menu", "MenuItem", "PageView",
    "Panel", "Parameter", "Report", "ReportTable", "Rows", "ScanTask", "ScanView", "ScannedLot", "Section", "Slot",
    "Spot", "Tab", "card", "first_step", "page", "panel", "parameter_values", "report", "views",
]

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Tab:
    """A ready-made selection above a list: `Tab(_("Mine"), "owner=me")`, `Tab(_("Open"), "state=draft,confirmed")`.

    `one` is what a record of it is called where that is more than the entity's name; what is made there is such a one.
    """

    label: Text
    filter: str = ""
    one: Text | None = None


class ListView:
    """The list of an entity: columns, the fields of the filter menu, the first order ("-number" for the newest)."""

    def __init__(
        self, entity: str, columns: Words = "", *, filters: Words = "", sort: str = "", tabs: Sequence[Tab] = (),
        totals: Words = "", phone: Words = "", activities: bool = False,
    ) -> None:
        self.entity = entity
        self.columns = names(columns)
        self.filters = names(filters)
        self.sort = sort
        self.tabs = tuple(tabs)
        self.totals = names(totals)
        self.phone = names(phone)
        """The up to six columns a phone's card shows: title, right, under, below, foot, end."""
        self.activities = activities
        """Whether how the activities of each record stand is a column, and can be filtered by."""
        views.lists[entity] = self
        summed_fields[entity] = self.totals

    @classmethod
    def default(cls, entity: str) -> "ListView":
        """Give the list of an entity that has none declared: all by default."""
        view = object.__new__(cls)
        view.entity, view.columns, view.filters, view.sort = entity, (), (), ""
        view.tabs, view.totals, view.phone, view.activities = (), (), (), False
        return view


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under a heading; the first section usually has none."""

    label: Text
    fields: Words


@dataclass(frozen=True, slots=True)
class LinesView:
    """A sub-table on a form. `formula` lets the browser keep the running total while one types; the server decides."""

    field: str
    columns: Words = ""
    formula: str = ""
    sums: Words = ""
    """Fields of the document shown below right, the last one as the total."""


class FormView:
    """The form of an entity: its sections in order; `subtitle` names the fields that follow the title."""

    def __init__(
        self, entity: str, *sections: Section, lines: Sequence[LinesView] = (), subtitle: Words = "",
    ) -> None:
        self.entity = entity
        self.sections = sections
        self.lines = tuple(lines)
        self.subtitle = names(subtitle)
        views.forms[entity] = self


class BoardView:
    """The board of an entity: a column for each value of a choice or state field, a card for each record."""

    def __init__(
        self, entity: str, by: str, *, card: Words = "", total: str = "", hide: Words = "", filter: str = "",
    ) -> None:
        self.entity = entity
        self.by = by
        self.card = names(card)
        self.total = total
        self.hide = names(hide)
        """Values that get no column."""
        self.filter = filter
        views.boards[entity] = self


class GanttView:
    """The records of an entity as bars over time, in rows by a link, a choice or a state; `by` may name several.

        GanttView("erp_mrp.work_order", start="start_on", end="due_on", by="product owner state",
                  open="released", after=feeds)

    `start` and `end` are dates, or both moments; where a start is empty the bar lasts the one day. `label` names the
    field written after the title. `after` is given ids and answers pairs (id, the id that waits for it): they are
    joined by lines, and a bar that begins before what it waits for ends is late. `open` names the
    states in which a record is late once its end is past. `alone` says that bars of one row
    may not overlap: where they do, both say so. `hide` names states that aren't shown.
    """

    def __init__(
        self, entity: str, *, start: str, end: str, by: Words = "", label: str = "", hide: Words = "",
        open: Words = "", alone: bool = False,
        after: Callable[[Sequence[int]], Iterable[tuple[int, int]]] | None = None,
    ) -> None:
        self.entity = entity
        self.start = start
        self.end = end
        self.by = names(by)
        self.label = label
        self.hide = names(hide)
        self.open = names(open)
        self.alone = alone
        self.after = after
        views.gantts[entity] = self


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A page in an app's menu: an entity ("crm.lead"), its board ("crm.lead/board"), or a path ("/reports/crm.won").

    The filter of one of its list's tabs leads to that tab: "kernel.party?is_customer=1".
    """

    label: Text
    to: str
    icon: str = ""

    @property
    def entity(self) -> str:
        """Name the entity it leads to; empty for a path."""
        return self.to.partition("?")[0].partition("/")[0]


class Menu:
    """An app in the sidebar. Nobody sees what they may not read; `order` sorts the apps."""

    def __init__(
        self, plugin: str, *items: MenuItem, label: Text | None = None, icon: str = "", order: int = 50,
    ) -> None:
        self.plugin = plugin
        self.items = items
        self.label = label
        self.icon = icon
        self.order = order
        views.menus[plugin] = self


@dataclass(frozen=True, slots=True)
class Panel:
    """What a panel shows: rows of (label, value) and perhaps a link; or markup its own template made."""

    rows: Sequence[tuple[Text, object]] = ()
    link: tuple[Text, str] | None = None
    """(label, address)"""
    html: str = ""
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A place on an entity's form that a plugin fills; lower priorities stand first."""

    entity: str
    label: Text
    answer: Callable[[Sequence[Any]], Sequence[Panel | None]]
    plugin: str
    icon: str = "puzzle"
    priority: int = 50
    needs: str = ""
    """The entity whose records one must be able to read to see the panel."""
    shows: str = ""
    """The fields it shows, as "crm.opportunity.amount": nobody sees it from whom one of them is hidden."""


def panel(
    entity: str, label: Text, *, icon: str = "puzzle", priority: int = 50, needs: str = "", shows: str = "",
) -> Callable[[F], F]:
    """Put a panel on the form of another plugin's (or one's own) entity.

    `shows` names the fields it tells of, as "crm.opportunity.amount": where a rule hides one, the panel is left out.
    The function is given records and answers one Panel, or None for nothing, for each:

        @panel("erp_sales.order", _("Credit"), icon="coins")
        def credit(orders: Sequence[Order]) -> list[Panel | None]: ...
    """
    def declare(function: F) -> F:
        plugin = plugin_of(function.__module__)
        views.slots[f"{plugin}.{function.__name__}"] = Slot(
            entity, label, function, plugin, icon, priority, needs, shows)
        return function
    return declare


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its reason: `was` gives the change in percent, `points` the line below it."""

    value: Decimal | int | str
    note: Text = ""
    unit: str = ""
    was: Decimal | int | None = None
    good: Literal["more", "less"] = "more"
    points: Sequence[Decimal | int | float] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """A short table: columns are (label, kind), each row its record's address and its values."""

    columns: Sequence[tuple[Text, str]]
    rows: Sequence[tuple[str, Sequence[object]]]


@dataclass(frozen=True, slots=True)
class Card:
    """A card of the dashboard. The function answers a Figure, Rows, a Chart or a ReportTable (drawn as its chart)."""

    name: str
    label: Text
    answer: Callable[[], "Figure | Rows | ReportTable | Chart"]
    plugin: str
    width: int = 3
    href: str | Callable[[], str] = ""
    order: int = 50
    needs: str = ""
    home: bool = True
    board: bool = False
    shows: str = ""
    """The fields it shows, as "crm.opportunity.amount": nobody sees it from whom one of them is hidden."""


def card(
    label: Text, *, width: int = 3, href: str | Callable[[], str] = "", order: int = 50, needs: str = "",
    home: bool = True, board: bool = False, shows: str = "",
) -> Callable[[F], F]:
    """Put a card on the plugin's dashboard, and on everybody's home unless `home=False`.

    `needs` names the entity one must be able to read; `width` counts twelfths; `href` is the list behind the figure,
    or a function that gives it where it depends on the day.
    `board=True` puts it on the control board too, where one sees the whole company on one page. `shows` names the
    fields it tells of, as "crm.opportunity.amount": where a rule hides one, the card is left out.
    """
    def declare(function: F) -> F:
        plugin = plugin_of(function.__module__)
        name = f"{plugin}.{function.__name__}"
        views.cards[name] = Card(
            name, label, function, plugin, width, href, order, needs, home, board, shows)
        return function
    return declare


@dataclass(frozen=True, slots=True)
class PageView:
    """A page of a plugin's own. The function answers (template, values); the template extends "layout.html"."""

    path: str
    label: Text
    answer: Callable[[Mapping[str, str]], tuple[str, Mapping[str, object]]]
    plugin: str
    icon: str = "file"
    needs: str = ""
    shows: str = ""
    """The fields it shows, as "crm.opportunity.amount": nobody sees it from whom one of them is hidden."""


def page(path: str, label: Text, *, icon: str = "file", needs: str = "", shows: str = "") -> Callable[[F], F]:
    """Serve a page at /pages/<plugin>/<path>; the function is given the query and answers (template, values).

    `shows` names the fields it tells of: it is refused to those from whom a rule hides one.
    Templates lie in the plugin's own `templates/` and are named `<plugin>/<file>`.
    """
    def declare(function: F) -> F:
        plugin = plugin_of(function.__module__)
        views.pages[f"{plugin}/{path.strip('/')}"] = PageView(
            path.strip("/"), label, function, plugin, icon, needs, shows)
        return function
    return declare


@dataclass(frozen=True, slots=True)
class FirstStep:
    """A step of the guided first walk."""

    name: str
    label: Text
    why: Text
    needs: str
    may: str
    href: str | Callable[[], str]
    point: str
    hint: Text
    done: Callable[[], bool] | None
    order: int

    @property
    def plugin(self) -> str:
        """Name the plugin that declares it."""
        return self.name.partition(".")[0]


def first_step(
    name: str, label: Text, *, why: Text, needs: str, href: str | Callable[[], str], may: str = "read",
    point: str = "", hint: Text = "", done: Callable[[], bool] | None = None, order: int = 50,
) -> None:
    """Add a step to the first walk of whoever `may` do something with the entity that it `needs`.

        first_step("erp_sales.first_order", _("Make an order"), needs="erp_sales.order", may="create",
                   why=_("Everything else follows from it: stock, purchases, the invoice."),
                   href="/erp_sales/order/new", point="#f-customer", hint=_("Choose who buys."),
                   done=made("erp_sales.order"))

    `href` is the page it leads to, or a function that finds it and answers "" where there is none. There a popover
    with `hint` points at the element of the selector `point`. Without `done` a step is done once it was followed.
    """
    views.first_steps[name] = FirstStep(name, label, why, needs, may, href, point, hint or label, done, order)


@dataclass(slots=True)
class Views:
    """Everything declared so far, by the loaded plugins."""

    lists: dict[str, ListView] = field(default_factory=dict)
    forms: dict[str, FormView] = field(default_factory=dict)
    boards: dict[str, BoardView] = field(default_factory=dict)
    gantts: dict[str, GanttView] = field(default_factory=dict)
    menus: dict[str, Menu] = field(default_factory=dict)
    slots: dict[str, Slot] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=reports)
    pages: dict[str, PageView] = field(default_factory=dict)
    first_steps: dict[str, FirstStep] = field(default_factory=dict)

    def forget(self, plugin: str) -> None:
        """Drop what a plugin declared: it was uninstalled while this process runs."""
        for kept in (self.lists, self.forms, self.boards, self.gantts):
            for entity in [name for name in kept if name.startswith(f"{plugin}.")]:
                del kept[entity]
                summed_fields.pop(entity, None)
        self.menus.pop(plugin, None)
        forget_scanning(plugin)
        for declared in (self.slots, self.cards, self.reports, self.pages, self.first_steps):
            for name in [name for name, each in declared.items() if each.plugin == plugin]:
                del declared[name]


views = Views()
