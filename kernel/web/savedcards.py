"""Pivots and charts that people put on dashboards: each is worked out anew, with the rights of whoever looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl

from sqlalchemy import delete, func, insert, or_, select, update
from werkzeug.datastructures import MultiDict

from kernel.entities.base import Entity, entities
from kernel.entities.work import actor, current_work
from kernel.errors import Invalid, Problem
from kernel.exchange.listing import Query
from kernel.exchange.paths import document_of
from kernel.i18n import _, format_number
from kernel.permissions.rights import rights
from kernel.web.asked import Asked, conditions_of, narrowed
from kernel.web.declare import Card, Figure, Rows
from kernel.web.models import SavedCard
from kernel.web.pivot.asked import PivotAsked, field_label
from kernel.web.pivot.layout import chart_of
from kernel.web.pivot.sums import Node, Pivot, pivot
from kernel.web.screen.dashboard import Chart
from kernel.web.screen.shown import Shown
from kernel.web.show import address

__all__ = ["PREFIX", "Saved", "delete_card", "save_card", "saved_cards"]

PREFIX = "saved."
SUBJECT = "kernel.saved_view"
"""The rights to share cards and to change shared ones are those of saved views."""
MOST_SAVED = 50
MOST_SHOWN = 40
SHOWN_ROWS = 8
SHOWN_COLUMNS = 4
LONGEST_LABEL = 80
LONGEST_QUERY = 2000


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved card, and whether the person may delete it."""

    card: Card
    mine: bool


def saved_cards(dashboard: str) -> list[Saved]:
    """List the cards that were saved for a dashboard, one's own and shared ones, as far as one may read what they tell.

    One whose plugin isn't there is left out.
    """
    table = SavedCard.__table__.c
    me = actor().user_id
    found = current_work().connection.execute(
        select(SavedCard.__table__)
        .where(table.dashboard == dashboard, or_(table.user_id == me, table.shared.is_(True)))
        .order_by(table.id).limit(MOST_SHOWN))
    return [
        Saved(Card(f"{PREFIX}{row.id}", row.label, partial(_answer, cls, row.query), cls.__plugin__, row.width,
                   f"{address(cls, None, '/pivot')}?{row.query}"), row.user_id == me or rights().may("change", SUBJECT))
        for row in found if (cls := entities().get(row.entity)) is not None
        and rights().may("read", document_of(cls).__entity__)]


def save_card(
    cls: type[Entity], label: str, dashboard: str, asked: Asked, question: PivotAsked, *, shared: bool,
) -> None:
    """Put a pivot on a dashboard; under a name one has used there, it takes the other's place.

    Raises Invalid where the name or the question doesn't fit, or where one has too many; Forbidden for sharing it
    without the right to share views.
    """
    if shared:
        rights().demand("share", SUBJECT)
    label = label.strip()
    if not label or len(label) > LONGEST_LABEL:
        raise Invalid([Problem("label", _("A card needs a name of at most {most} characters", most=LONGEST_LABEL))])
    query = asked.address("", also=question.pairs(), sort="", columns=(), tab="", cursor="").removeprefix("?")
    if len(query) > LONGEST_QUERY:
        raise Invalid([Problem("label", _("This pivot asks for too much to be kept; take a filter away"))])
    pivot(Query(cls, filter=conditions_of(cls, asked.filters), search=asked.search), question)
    _write(cls, label, dashboard, query, _width(question), shared=shared)


def _width(question: PivotAsked) -> int:
    return 6 if question.rows or question.cols else 3


def _write(cls: type[Entity], label: str, dashboard: str, query: str, width: int, *, shared: bool) -> None:
    work, table, me = current_work(), SavedCard.__table__.c, actor().user_id
    told = {"entity": cls.__entity__, "query": query, "width": width, "shared": shared}
    replaced = work.connection.execute(
        update(SavedCard).where(table.user_id == me, table.dashboard == dashboard, table.label == label).values(**told))
    if replaced.rowcount:
        return
    if (work.connection.scalar(select(func.count()).where(table.user_id == me)) or 0) >= MOST_SAVED:
        raise Invalid([Problem("label", _("You have saved {count} cards, as many as one may; delete one first",
                                          count=MOST_SAVED))])
    work.connection.execute(insert(SavedCard), [{
        "id": work.take_ids()[0], "user_id": me, "dashboard": dashboard, "label": label, "created_at": work.now,
        **told}])


def delete_card(name: str) -> None:
    """Delete a card by the name it has on its dashboard: one's own, or whoever's is shared and one may change; or none.
    """
    number = name.removeprefix(PREFIX)
    table = SavedCard.__table__.c
    mine = table.user_id == actor().user_id
    if name.startswith(PREFIX) and number.isdecimal() and len(number) < 19:
        current_work().connection.execute(delete(SavedCard).where(
            table.id == int(number), or_(mine, table.shared.is_(True)) if rights().may("change", SUBJECT) else mine))


def _answer(cls: type[Entity], query: str) -> Figure | Rows | Chart:
    args: MultiDict[str, str] = MultiDict(parse_qsl(query))
    asked, question = Asked.from_args(args), PivotAsked.from_args(args)
    found = pivot(Query(cls, filter=conditions_of(cls, asked.filters), search=asked.search), question)
    if not question.rows and not question.cols:
        return _figure(found)
    if question.shape == "table":
        return _rows(found, asked)
    chart, _note = chart_of(found, question.shape, str(cls.__plural__))
    return chart or Rows((), ())


def _figure(found: Pivot) -> Figure:
    value = found.values[0]
    figure = found.figure((), (), 0)
    records = str(_("1 record") if found.count == 1 else _("{count} records", count=format_number(found.count)))
    return Figure(figure or 0, value.label if value.field is None else f"{value.label}, {records}", value.currency)


def _rows(found: Pivot, asked: Asked) -> Rows:
    """Give the outermost rows and columns with their totals, as many as a card holds."""
    cols = [*found.cols.inner[:SHOWN_COLUMNS], found.cols]
    heads = [(node, at) for node in cols for at in range(len(found.values))]
    lines: Sequence[Node] = [*found.rows.inner[:SHOWN_ROWS], found.rows]
    if not found.rows.inner:
        lines = [found.rows]
    first = field_label(found.cls, found.asked.rows[0]) if found.asked.rows else ""
    return Rows(
        [(first, "text"), *((_head(found, node, at), "number") for node, at in heads)],
        [(_list_of(found, asked, line),
          [line.label or str(_("Total")),
           *(Shown(found.values[at].text(found.figure(line.key, node.key, at)), "number") for node, at in heads)])
         for line in lines])


def _head(found: Pivot, node: Node, at: int) -> str:
    label = node.label or str(_("Total"))
    if not found.cols.inner:
        return found.values[at].label
    return label if len(found.values) == 1 else f"{label}, {found.values[at].label}"


def _list_of(found: Pivot, asked: Asked, line: Node) -> str:
    filters = narrowed(asked.filters, line.conditions)
    return "" if filters is None else Asked(filters, asked.search).address(address(found.cls))
