"""The tabs above a list, board or calendar: the declared ones, then the views that people saved; what is made there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from kernel.discussion.activities.reading import CONDITION
from kernel.entities.base import Entity
from kernel.exchange.savedviews import View, may_share, views_of
from kernel.i18n import _
from kernel.web.asked import EDGES, Asked, parse_filter
from kernel.web.declare import ListView, views
from kernel.web.layout import field_at
from kernel.web.listing.groups import levels_asked
from kernel.web.screen.listing import Tab, ViewMenu
from kernel.web.show import address

__all__ = ["ViewTabs", "begun_with", "fitting", "one_of", "state_of", "tab_asked", "view_address"]

PLAIN = ("boolean", "choice", "link")
"""Kinds of fields of which a filter names the very value."""
TAILS = {"list": "", "board": "/board", "calendar": "/calendar", "gantt": "/gantt"}
KEPT = ("by", "scale")
"""What the address of a calendar or a gantt says beside the state of a list that a saved view keeps; its time is left
out."""


class ViewTabs:
    """The saved views of an entity beside what its page is asked for; one statement."""

    def __init__(self, cls: type[Entity], asked: Asked, page: str, *, bare: bool = False) -> None:
        """Take what the page is asked for; a bare address is answered by the person's default view."""
        self._cls = cls
        self._page = page
        self._saved = views_of(cls)
        preferred = next((view for view in self._saved if view.default and view.page == page), None)
        self.asked = asked if preferred is None or not bare else fitting(cls, _asked_of(preferred))[0]
        self._current = next((view for view in self._saved if str(view.id) == self.asked.view), None)

    def tabs(self) -> tuple[Tab, ...]:
        """Give the tabs: everything, the declared ones, the person's own views, then those shared with them."""
        base = address(self._cls)
        declared = _declared(self._cls).tabs
        asked = self.asked
        plain = self._page == "list" and self._current is None
        whole = f"{base}?tab=0" if any(view.default for view in self._saved) else base
        found = [Tab(str(_("All")), whole, current=plain and asked.tab in ("", "0"))]
        found += [Tab(str(each.label), f"{base}?tab={number}", current=plain and asked.tab == str(number))
                  for number, each in enumerate(declared, start=1)]
        found += [Tab(view.name, view_address(self._cls, view), current=view is self._current, shared=view.shared)
                  for view in self._saved]
        return tuple(found)

    def menu(self, *, typed: str = "", opened: bool = False) -> ViewMenu:
        """Give what may be done with the view that is shown."""
        pairs = state_of(self._cls, self.asked)
        state = urlencode(pairs)
        current, url = self._current, address(self._cls, None, "/views")
        if current is None:
            return ViewMenu(url, self._page, state, may_share(), typed=typed, open=opened)
        changed = sorted(pairs) != sorted(state_of(self._cls, _asked_of(current)))
        return ViewMenu(
            url, self._page, state, may_share(), current.id, current.name, typed, current.shared, current.default,
            current.changeable, changed, opened)

    def note(self) -> str:
        """Say what of the saved view isn't shown, because it isn't there any more or not for this person."""
        dropped = fitting(self._cls, _asked_of(self._current))[1] if self._current is not None else 0
        if not dropped:
            return ""
        return str(_("Parts of this view aren't shown: it was saved with fields that are gone or not open to you."))


def _declared(cls: type[Entity]) -> ListView:
    return views.lists.get(cls.__entity__) or ListView.default(cls.__entity__)


def tab_asked(view: ListView, asked: Asked) -> Any:
    """Find the declared tab that an address asks for, if any."""
    number = int(asked.tab) if asked.tab.isdecimal() else 0
    return view.tabs[number - 1] if 0 < number <= len(view.tabs) else None


def begun_with(cls: type[Entity], asked: Asked) -> dict[str, str]:
    """Give what a record made on a list begins with: the value to which its tab and its filters narrow a field."""
    chosen = tab_asked(_declared(cls), asked)
    narrowed = {**(parse_filter(chosen.filter) if chosen else {}), **asked.filters}
    return {name: value for name, value in narrowed.items()
            if (field := field_at(cls, name)) is not None and field.kind in PLAIN and "," not in value}


def one_of(cls: type[Entity], given: Mapping[str, str]) -> str:
    """Name a record that begins with some values: as the tab does that shows such ones, else as its entity."""
    for tab in _declared(cls).tabs:
        if tab.one is not None and set(parse_filter(tab.filter).items()) <= set(given.items()):
            return str(tab.one)
    return str(cls.__label__)


def view_address(cls: type[Entity], view: View) -> str:
    """Write the address of a saved view, without what isn't there for this person."""
    asked = fitting(cls, _asked_of(view))[0]
    return f"{address(cls, None, TAILS.get(view.page, ''))}?{urlencode(asked.pairs())}"


def _asked_of(view: View) -> Asked:
    return replace(
        Asked.from_args(MultiDict(view.state)), view=str(view.id),
        also=tuple(pair for pair in view.state if pair[0] in KEPT))


def state_of(cls: type[Entity], asked: Asked) -> tuple[tuple[str, str], ...]:
    """Give what a saved view keeps of an address; a declared tab becomes the filter it stands for."""
    chosen = tab_asked(_declared(cls), asked)
    filters = {**(parse_filter(chosen.filter) if chosen else {}), **asked.filters}
    also = tuple(pair for pair in asked.also if pair[0] in KEPT)
    fit = fitting(cls, replace(asked, filters=filters, tab="", view="", also=also))[0]
    return tuple(fit.pairs())


def fitting(cls: type[Entity], asked: Asked) -> tuple[Asked, int]:
    """Leave out of a state what names fields that aren't there or that this person may not see; says how many."""
    fit = replace(
        asked, filters={name: value for name, value in asked.filters.items() if _there(cls, _path(name))},
        sort=asked.sort if asked.sort.lstrip("-") in ("", "id") or _there(cls, asked.sort.lstrip("-")) else "",
        columns=tuple(path for path in asked.columns if _there(cls, path)),
        group=tuple(levels_asked(cls, asked)),
        order=asked.order if asked.order.lstrip("-") in ("", "count") or _there(cls, _figure(asked.order)) else "")
    return fit, _parts(asked) - _parts(fit)


def _path(name: str) -> str:
    path, _dot, edge = name.rpartition(".")
    return path if edge in EDGES and path else name


def _figure(order: str) -> str:
    return order.lstrip("-").partition(":")[0]


def _there(cls: type[Entity], path: str) -> bool:
    return path == CONDITION or field_at(cls, path) is not None


def _parts(asked: Asked) -> int:
    named: Sequence[object] = (*asked.filters, *asked.columns, *asked.group, *([asked.sort] if asked.sort else []))
    return len(named)
