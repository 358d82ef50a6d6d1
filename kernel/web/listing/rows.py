"""The rows of a list and the heads of its columns, on a wide screen and on a phone's cards."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from kernel.discussion.activities.reading import CONDITION, STANDINGS, Standing, standings_of
from kernel.entities.base import Entity
from kernel.entities.fields import Field
from kernel.exchange.paths import currency_path, document_of, document_path
from kernel.exchange.rows import Row
from kernel.hooks.participation import installed
from kernel.i18n import _, format_date, format_money, format_number, places
from kernel.permissions.rights import rights
from kernel.shared.standing import decimals_of
from kernel.web.asked import Asked
from kernel.web.declare import ListView, views
from kernel.web.frame import plugin_label
from kernel.web.layout import field_at, writable_names
from kernel.web.screen.listing import Column
from kernel.web.screen.listing import Row as ShownRow
from kernel.web.screen.shown import EMPTY, Shown
from kernel.web.show import address, currency_named, shown

__all__ = [
    "ListRows", "activity_heads", "column_head", "editable_paths", "phone_places", "shown_totals", "shows_activities",
    "sum_text",
]


class ListRows:
    """Makes the rows of a list out of an entity's rows: a cell for each column, and where a row leads.

    A line leads to its document.
    """

    def __init__(self, cls: type[Entity], columns: Sequence[tuple[str, Field]]) -> None:
        self._cls = cls
        self._columns = columns
        self._currencies = {
            path: named for path, field in columns
            if field.kind == "money" and (named := currency_path(cls, path))}
        self._document = document_path(cls)
        self._standings: dict[int, Standing] | None = None

    def prepare(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Read what stands beside rows, where the list shows it: their activities, in one statement. Gives the rows."""
        if shows_activities(self._cls):
            self._standings = {**(self._standings or {}), **standings_of(self._cls, [row.id for row in rows])}
        return rows

    @property
    def names(self) -> list[str]:
        """Name what the rows must carry: the columns, what says the currency of their amounts, a line's document."""
        paths = [*(path for path, _field in self._columns), *self._currencies.values(), self._document]
        return [*dict.fromkeys(filter(None, paths))]

    def shown(self, row: Row) -> ShownRow:
        """Make a row of the list."""
        cells = tuple(
            shown(field, row.values[path], currency=currency_named(row.values, self._currencies[path])
                  if path in self._currencies else "")
            for path, field in self._columns)
        if self._standings is not None:
            cells = (*cells, _standing(self._standings.get(row.id)))
        record = row.values[self._document].id if self._document else row.id
        return ShownRow(row.id, address(document_of(self._cls), record), row.title, cells)


TONES = {"overdue": "red", "today": "amber", "planned": "green"}


def shows_activities(cls: type[Entity]) -> bool:
    """Say whether an entity's list shows how its records' activities stand."""
    view = views.lists.get(cls.__entity__)
    return view is not None and view.activities and not cls.__parent__


def _standing(standing: Standing | None) -> Shown:
    if standing is None:
        return EMPTY
    more = f" +{standing.count - 1}" if standing.count > 1 else ""
    said = str(STANDINGS[standing.state]) if standing.state != "planned" else format_date(standing.due_on)
    return Shown(f"{said}{more}", "status", tone=TONES[standing.state])


def activity_heads(cls: type[Entity]) -> tuple[Column, ...]:
    """Give the head of the column of activities, where the list has one."""
    return (Column(CONDITION, str(_("Activity")), phone="act"),) if shows_activities(cls) else ()


def phone_places(view: ListView, columns: Sequence[tuple[str, Field]]) -> dict[str, str]:
    """Say where on a phone's card each column stands: as declared, else by what kind of value it is."""
    slots = ("title", "right", "under", "below", "foot", "end")
    found = {path: "tags" for path, field in columns if field.kind == "tags"}
    if view.phone:
        return found | dict(zip(view.phone, slots, strict=False))

    def take(slot: str, fits: Any) -> None:
        for path, field in columns:
            if path not in found and fits(path, field):
                found[path] = slot
                return

    take("title", lambda path, field: field.kind in ("text", "link") and path not in ("number", "code"))
    named = "title" in found.values()
    take("under" if named else "title", lambda path, field: field.kind in ("serial", "text", "choice"))
    take("right", lambda path, field: field.kind == "money")
    take("below", lambda path, field: field.kind in ("date", "instant", "quantity"))
    take("foot", lambda path, field: field.kind in ("state", "choice"))
    take("end", lambda path, field: field.kind == "link")
    return found


def column_head(
    path: str, field: Field, sort: str, asked: Asked, base: str, places: Mapping[str, str],
    editable: Collection[str] = (),
) -> Column:
    """Make the head of a column, with the address that sorts by it."""
    now = sort.lstrip("-") == path
    direction = ("desc" if sort.startswith("-") else "asc") if now else ""
    sortable = field.kind not in ("json", "lines", "note", "ref", "table", "tags")
    target = f"-{path}" if direction == "asc" else path
    return Column(
        path, str(field.label), field.exact or field.kind == "integer", direction,
        asked.address(base, sort=target, cursor="") if sortable else "", places.get(path, "none"),
        _source(path), path in editable)


EDITABLE_KINDS = frozenset({
    "text", "integer", "money", "quantity", "percent", "boolean", "date", "instant", "choice", "link"})


def editable_paths(cls: type[Entity]) -> frozenset[str]:
    """Name the fields whose cells the person may edit where they stand.

    A state changes by its workflow alone, a line with its document.
    """
    if cls.__parent__ or not rights().may("change", cls.__entity__):
        return frozenset()
    return frozenset(
        path for path in writable_names(cls) if (field := field_at(cls, path)) is not None
        and field.kind in EDITABLE_KINDS and not (field.instead_of and installed(field.instead_of)))


def _source(path: str) -> str:
    slot, dot, _name = path.partition(".")
    return plugin_label(slot) if dot and slot in views.menus else ""


def shown_totals(cls: type[Entity], sums: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Give the sums of a list with their labels."""
    return tuple(
        (str(field.label), sum_text(field, value)) for path, value in sums.items()
        if (field := field_at(cls, path)) is not None)


def sum_text(field: Field, value: Any) -> str:
    """Show a sum; amounts of several currencies may stand in it, so it names none."""
    if field.kind != "money":
        return format_number(value)
    return format_money(Decimal(value), None, places(Decimal(value), field.decimals, decimals_of("")))
