"""Turn what cards and reports answer into what their templates show."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import structlog

from kernel.entities.work import session
from kernel.errors import Refusal
from kernel.i18n import _, current_locale, format_date, format_money, format_number, format_percent, places
from kernel.permissions.rights import rights
from kernel.shared.standing import decimals_of
from kernel.web.declare import Card, Figure, ReportTable, Rows, views
from kernel.web.frame import plugin_label
from kernel.web.screen.dashboard import CardShown, Chart, Series
from kernel.web.screen.listing import Column, Row
from kernel.web.screen.shown import EMPTY, Shown

__all__ = [
    "answered", "card_shown", "cards_shown", "cell", "chart_of", "full_rows", "report_columns", "report_rows", "short",
    "short_number", "visible_cards",
]

log = structlog.get_logger("trellis.web")
TWELVE = 12
WHOLE = 10_000
SIZES = {
    "en": ((10**9, "B"), (10**6, "M"), (10**3, "k")), "zh_Hant": ((10**8, "億"), (10**4, "萬")),
    "zh_Hans": ((10**8, "亿"), (10**4, "万")),
}
"""Units that figures are shortened by; Chinese counts in ten thousands."""
NUMBERS = ("integer", "money", "quantity", "percent", "number")


def short(value: Decimal | int) -> tuple[str, str]:
    """Write a figure so that it is read at a glance: (38.4, M), (3,840, 萬). Below ten thousand it stays whole."""
    size, unit = _size(abs(Decimal(value)))
    if unit and abs(Decimal(value)) >= WHOLE:
        figure = Decimal(value) / size
        return format_number(figure, 0 if abs(figure) >= 1000 else 1), unit
    return format_number(value if isinstance(value, int) else value.quantize(Decimal(1))), ""


def short_number(value: float) -> str:
    """Write an axis figure in few characters: 1.5M, 20k, 150萬."""
    size, unit = _size(abs(Decimal(value)))
    figure = value / size
    return f"{figure:.0f}{unit}" if abs(figure) >= 1000 else f"{figure:.3g}{unit}"


def _size(value: Decimal) -> tuple[int, str]:
    """Give the greatest unit that a figure reaches in the person's language; (1, "") where it reaches none."""
    sizes = SIZES.get(current_locale(), SIZES["en"])
    return next(((size, unit) for size, unit in sizes if value >= size), (1, ""))


def cell(value: object, kind: str) -> Shown:
    """Show a report's or card's value by the kind of its column."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, Shown):
        return value
    if kind == "money" and isinstance(value, Decimal | int):
        return Shown(format_money(Decimal(value), decimals=places(value, 6, decimals_of(""))), "number")
    if kind == "percent" and isinstance(value, Decimal | int):
        return Shown(format_percent(Decimal(value)), "number")
    if kind in NUMBERS and isinstance(value, Decimal | int | float):
        return Shown(format_number(value), "number")
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return Shown(format_date(value))
    if kind == "person":
        return Shown(str(value), "person")
    if kind == "status" and isinstance(value, tuple):
        return Shown(str(value[0]), "status", tone=str(value[1]))
    return Shown(str(value))


def visible_cards() -> list[Card]:
    """List the cards of the installed plugins that the person may see, in order."""
    granted = rights()
    found = [card for card in views.cards.values()
             if (not card.needs or granted.may("read", card.needs)) and granted.sees(card.shows)]
    return sorted(found, key=lambda card: (card.order, card.name))


def cards_shown(cards: Iterable[Card]) -> tuple[CardShown, ...]:
    """Ask cards for their answers and show them; one that fails says so in its place, and the others stand."""
    return tuple(answered(card) for card in cards)


def full_rows(cards: Sequence[CardShown]) -> tuple[CardShown, ...]:
    """Widen cards so that a row of the grid, twelve wide, ends in no hole: lists first, else charts, else figures.

    A chart that wouldn't fill a row of figures begins one of its own; what stands alone is widened if it is a list.
    """
    rows: list[list[CardShown]] = []
    for card in cards:
        width = sum(each.width for each in rows[-1]) + card.width if rows else TWELVE + 1
        if width > TWELVE or (card.kind == "chart" and width < TWELVE and _only_figures(rows[-1])):
            _share_figures(rows)
            rows.append([])
        rows[-1].append(card)
    _share_figures(rows)
    for row in rows:
        wide = [at for at, card in enumerate(row) if card.kind in ("list", "inbox")]
        if not wide and len(row) > 1:
            wide = [at for at, card in enumerate(row) if card.kind == "chart"] or list(range(len(row)))
        hole = TWELVE - sum(card.width for card in row)
        for place, at in enumerate(reversed(wide)):
            more = -(-hole // (len(wide) - place))
            row[at] = replace(row[at], width=row[at].width + more)
            hole -= more
    return tuple(card for row in rows for card in row)


def _only_figures(row: Sequence[CardShown]) -> bool:
    return all(card.kind == "figure" for card in row)


def _share_figures(rows: Sequence[list[CardShown]]) -> None:
    """Give a figure that would stand alone in the last row one of the row above for company."""
    if len(rows) > 1 and len(rows[-1]) == 1 and _only_figures(rows[-1]) and _only_figures(rows[-2]):
        rows[-1].insert(0, rows[-2].pop())


def answered(card: Card) -> CardShown:
    """Ask a card for its answer and show it, or say in its place why there is none."""
    try:
        with session().attempt():
            return card_shown(card)
    except Refusal as refusal:
        return CardShown(kind="broken", empty=str(refusal), **{**_base(card), "href": ""})
    except Exception as error:  # whatever a plugin's code raises must not take the page with it
        log.error("web.card", card=card.name, exc_info=error)
        text = str(_("Not available at the moment; the fault was written down."))
        return CardShown(kind="broken", empty=text, **{**_base(card), "href": ""})


def _base(card: Card) -> dict[str, Any]:
    return {
        "name": card.name, "label": str(card.label), "width": card.width,
        "href": card.href() if callable(card.href) else card.href,
        "source": plugin_label(card.plugin),
        "source_icon": (menu.icon if (menu := views.menus.get(card.plugin)) else ""),
    }


def card_shown(card: Card) -> CardShown:
    """Ask a card for its answer and show it."""
    answer = card.answer()
    base = _base(card)
    if isinstance(answer, Figure):
        return _figure(answer, base)
    if isinstance(answer, Chart):
        return CardShown(kind="chart", chart=answer, **base)
    if isinstance(answer, Rows):
        columns = tuple(Column(str(i), str(label), kind in NUMBERS) for i, (label, kind) in enumerate(answer.columns))
        rows = tuple(
            Row(i, href, str(values[0]), tuple(cell(v, kind) for v, (_label, kind) in zip(
                values, answer.columns, strict=True)))
            for i, (href, values) in enumerate(answer.rows))
        return CardShown(kind="list", columns=columns, rows=rows, **base)
    return CardShown(kind="chart", chart=chart_of(answer, str(card.label)), **base)


def _figure(answer: Figure, base: dict[str, Any]) -> CardShown:
    value = answer.value
    text, suffix = (value, "") if isinstance(value, str) else short(value)
    delta, tone = "", ""
    if answer.was and not isinstance(value, str):
        change = (Decimal(value) - Decimal(answer.was)) / abs(Decimal(answer.was)) * 100
        delta = f"{'+' if change >= 0 else '−'}{format_number(abs(change), 1)}%"
        tone = "green" if (change >= 0) == (answer.good == "more") else "red"
    percent = answer.unit == "%"
    return CardShown(
        kind="figure", figure=text, suffix="%" if percent else suffix, prefix="" if percent else answer.unit,
        note=str(answer.note), delta=delta, delta_tone=tone,
        spark=tuple(float(point) for point in answer.points) if len(answer.points) > 1 else (), **base)


def chart_of(table: ReportTable, label: str) -> Chart | None:
    """Make the chart of a report's table, or None where it names none."""
    if table.chart is None or not table.rows:
        return None
    kind, by, measures = table.chart
    at = {name: i for i, (name, _label, _kind) in enumerate(table.columns)}
    kinds = {name: column_kind for name, _label, column_kind in table.columns}
    labels = {name: str(text) for name, text, _kind in table.columns}
    series = tuple(
        Series(
            labels[name], tuple(float(row[at[name]] or 0) for row in table.rows),  # type: ignore[arg-type]  # figures
            tuple(cell(row[at[name]] or 0, kinds[name]).text for row in table.rows))
        for name in measures)
    names = tuple(cell(row[at[by]], kinds[by]).text for row in table.rows)
    return Chart(kind, names, series, _summary(label, names, series))


def _summary(label: str, names: Sequence[str], series: Sequence[Series]) -> str:
    first = series[0]
    top = max(range(len(names)), key=lambda i: first.values[i])
    return str(_("{label}: {count} values; the highest {measure} is {value} at {name}.", label=label, count=len(names),
                 measure=first.label, value=first.texts[top], name=names[top]))


def report_columns(table: ReportTable) -> tuple[Column, ...]:
    """Give the heads of a report's table."""
    return tuple(Column(name, str(label), kind in NUMBERS) for name, label, kind in table.columns)


def report_rows(table: ReportTable) -> tuple[Row, ...]:
    """Give the rows of a report's table."""
    kinds = [kind for _name, _label, kind in table.columns]
    return tuple(
        Row(i, table.links[i] if i < len(table.links) else "", str(row[0]),
            tuple(cell(value, kind) for value, kind in zip(row, kinds, strict=True)))
        for i, row in enumerate(table.rows))
