"""The map of signals: which plugin tells what in this installation, who listens, and how often it was told lately."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence

from flask import Blueprint

from kernel.entities.work import session
from kernel.errors import Forbidden
from kernel.hooks.counts import dead_counts, told_counts
from kernel.hooks.participation import switched_off
from kernel.hooks.subscriptions import SignalInfo, signal_map
from kernel.i18n import _, format_number
from kernel.web.declare import views
from kernel.web.frame import crumb, may_see_settings, plugin_label, shell
from kernel.web.screen.shown import Empty
from kernel.web.screen.trace import MapBox, MapLine, SignalGroup, SignalRow, SignalsPage
from kernel.web.serving import Answer, render, served

__all__ = ["blueprint"]

blueprint = Blueprint("signalmap", __name__)
DAYS = 30
ROW, HEAD, GAP = 30, 34, 14
LEFT, RIGHT, ACROSS = 340, 190, 260
"""Widths of the signals' boxes, of the listeners' boxes, and of the lines between."""


@blueprint.get("/settings/signals")
@served()
def signals() -> Answer:
    """Show the map."""
    if not may_see_settings():
        raise Forbidden(
            "FORBIDDEN", _("The map of signals is open to whoever looks after settings"),
            fix=_("Ask an administrator"))
    off = switched_off()
    known = signal_map()
    here = [each for each in known if each.signal is not None and each.emitter not in off]
    counts, whole = told_counts(session().now - dt.timedelta(days=DAYS))
    dead = dead_counts()
    boxes, lines, height = _drawing(here, counts)
    groups = tuple(
        SignalGroup(plugin_label(plugin), menu.icon if (menu := views.menus.get(plugin)) else "puzzle",
                    tuple(_row(each, counts, dead) for each in some))
        for plugin, some in _by_plugin(here).items())
    page = SignalsPage(
        groups, boxes, lines, LEFT + ACROSS + RIGHT, height, _summary(here, counts, whole),
        waiting=tuple(
            (each.name, _names({listener.plugin for listener in each.listeners if listener.active}))
            for each in known if each not in here and any(listener.active for listener in each.listeners)),
        dead=_dead(sum(dead.values())), empty=None if here else Empty(
            "affiliate", str(_("No signals yet")), str(_("The apps you install tell each other what happened here."))))
    crumbs = [crumb(_("Settings")), crumb(_("Map of signals"))]
    return render("signals.html", page, shell=shell(crumbs, here="settings"))


def _by_plugin(known: Sequence[SignalInfo]) -> dict[str, list[SignalInfo]]:
    found: dict[str, list[SignalInfo]] = {}
    for each in known:
        found.setdefault(each.emitter, []).append(each)
    return found


def _summary(here: Sequence[SignalInfo], counts: Mapping[str, int], whole: bool) -> str:
    text = _("{signals} signals, {listeners} listeners; told {count} times in the last {days} days",
             signals=format_number(len(here)), days=DAYS, count=format_number(sum(counts.values())),
             listeners=format_number(sum(listener.active for each in here for listener in each.listeners)))
    return str(text) if whole else str(_("{text} or more", text=text))


def _dead(count: int) -> str:
    if count == 1:
        return str(_("One delivery was given up: a listener failed again and again."))
    if count:
        return str(_("{count} deliveries were given up: listeners failed again and again.",
                     count=format_number(count)))
    return ""


def _names(plugins: set[str]) -> str:
    return str(_(", ")).join(sorted(plugin_label(plugin) for plugin in plugins))


def _row(each: SignalInfo, counts: Mapping[str, int], dead: Mapping[str, int]) -> SignalRow:
    heard = [listener for listener in each.listeners if listener.active]
    told = counts.get(each.name, 0)
    dormant = _("nobody listens") if not heard else _("not told lately") if not told else ""
    return SignalRow(
        each.name, str(each.signal.label) if each.signal else each.name, each.about,
        tuple((name, _kind(kind)) for name, kind in each.facts.items()),
        tuple(_listener(listener.plugin, listener.name) for listener in heard if not listener.later),
        tuple(_listener(listener.plugin, listener.name) for listener in heard if listener.later),
        format_number(told), format_number(dead[each.name]) if each.name in dead else "", str(dormant))


def _listener(plugin: str, name: str) -> str:
    return f"{plugin_label(plugin)}: {name.split('.', 1)[-1].replace('_', ' ')}"


def _kind(hint: str) -> str:
    """Write a type without the modules it comes from."""
    return re.sub(r"(?:\w+\.)+(\w+)", r"\1", hint).replace("NoneType", "None")


def _drawing(
    here: Sequence[SignalInfo], counts: Mapping[str, int]
) -> tuple[tuple[MapBox, ...], tuple[MapLine, ...], int]:
    boxes, middle, y = [], {}, 0
    for plugin, some in _by_plugin(here).items():
        boxes.append(MapBox(plugin_label(plugin), 0, y, LEFT, HEAD - 6, "head"))
        y += HEAD
        for each in some:
            heard = any(listener.active for listener in each.listeners)
            told = counts.get(each.name, 0)
            boxes.append(MapBox(
                str(each.signal.label) if each.signal else each.name, 0, y, LEFT, ROW - 4,
                "signal" if heard and told else "signal dormant", format_number(told) if told else ""))
            middle[each.name] = y + (ROW - 4) // 2
            y += ROW
        y += GAP
    places = _listener_places(here, middle)
    boxes += [
        MapBox(plugin_label(plugin), LEFT + ACROSS, top, RIGHT, HEAD, "listener") for plugin, top in places.items()]
    lines = tuple(
        _line(each, plugin, middle[each.name], places[plugin] + HEAD // 2, counts) for each in here
        for plugin in sorted({listener.plugin for listener in each.listeners if listener.active}))
    return tuple(boxes), lines, max([y, *(top + HEAD for top in places.values())], default=0)


def _listener_places(here: Sequence[SignalInfo], middle: Mapping[str, int]) -> dict[str, int]:
    """Put each listening plugin level with the middle of what it hears, as far as there is room."""
    hears: dict[str, list[int]] = {}
    for each in here:
        for plugin in {listener.plugin for listener in each.listeners if listener.active}:
            hears.setdefault(plugin, []).append(middle[each.name])
    places: dict[str, int] = {}
    below = 0
    for plugin, heard in sorted(hears.items(), key=lambda pair: (sum(pair[1]) / len(pair[1]), pair[0])):
        places[plugin] = max(round(sum(heard) / len(heard)) - HEAD // 2, below)
        below = places[plugin] + HEAD + GAP
    return places


def _line(each: SignalInfo, plugin: str, y1: int, y2: int, counts: Mapping[str, int]) -> MapLine:
    now = any(listener.active and not listener.later and listener.plugin == plugin for listener in each.listeners)
    look = ("now" if now else "later") + ("" if counts.get(each.name) else " dormant")
    x1, x2 = LEFT, LEFT + ACROSS
    path = f"M{x1} {y1}C{x1 + ACROSS // 2} {y1} {x2 - ACROSS // 2} {y2} {x2 - 2} {y2}"
    label = each.signal.label if each.signal else each.name
    return MapLine(path, look, f"{plugin_label(each.emitter)}: {label} → {plugin_label(plugin)}")
