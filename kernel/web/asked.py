"""Read what a list's address asks for: filters, search, order, columns, page; and write such addresses."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from kernel.discussion.activities.reading import CONDITION, STANDINGS
from kernel.entities.base import Entity
from kernel.entities.custom.definitions import is_removed
from kernel.entities.fields import Field
from kernel.exchange.filters import Condition
from kernel.i18n import _, format_date
from kernel.tags.known import known_tags
from kernel.web.layout import field_at
from kernel.web.show import plain_text, titles_for

__all__ = ["Asked", "conditions_of", "filter_words", "narrowed", "parse_filter"]


@dataclass(frozen=True)
class Asked:
    """What an address says of a list: `q`, `sort`, `columns`, `after`, `group` (up to two levels), and filters.

    A filter is `f.<path>=a,b`; `.from` and `.to` make ranges, `.is` means exactly this value, `.not` none of these,
    `.all` every one of these tags, `.empty` no value, `.between` two of them, both included.
    """

    filters: Mapping[str, str] = field(default_factory=dict)
    search: str = ""
    sort: str = ""
    columns: tuple[str, ...] = ()
    cursor: str = ""
    tab: str = ""
    group: tuple[str, ...] = ()
    order: str = ""
    """What groups are sorted by: a figure, or nothing for their labels."""
    open: tuple[str, ...] = ()
    """The value of the opened group at each level."""
    view: str = ""
    """The saved view this state began as."""
    also: tuple[tuple[str, str], ...] = ()
    """What else the page's address says (the month of a calendar), kept in every address made of this one."""

    @classmethod
    def from_args(cls, args: MultiDict[str, str]) -> "Asked":
        """Read the query of a request."""
        return cls(
            {name[2:]: value for name in args if name.startswith("f.")
             if (value := ",".join(filter(None, (each.strip() for each in args.getlist(name)))))},
            args.get("q", "").strip(), args.get("sort", ""), tuple(args.getlist("columns")), args.get("after", ""),
            args.get("tab", ""), tuple(name for name in args.getlist("group") if name), args.get("order", ""),
            tuple(args.getlist("open")), args.get("view", ""))

    def pairs(self, *, without: Sequence[str] = ()) -> list[tuple[str, str]]:
        """Give the state as query pairs; the page's own place is never kept."""
        found = [(f"f.{name}", value) for name, value in self.filters.items()]
        others = (
            ("q", self.search), ("sort", self.sort), ("tab", self.tab), ("order", self.order), ("view", self.view))
        found += [(name, value) for name, value in others if value]
        found += [*(("group", name) for name in self.group), *(("columns", name) for name in self.columns), *self.also]
        return [pair for pair in found if pair[0] not in without]

    def address(self, base: str, **changes: Any) -> str:
        """Write the address of this state with some parts changed."""
        state = replace(self, **changes)
        pairs = [*state.pairs(), *(("open", value) for value in state.open)]
        if state.cursor:
            pairs.append(("after", state.cursor))
        return f"{base}?{urlencode(pairs)}" if pairs else base


def parse_filter(text: str) -> dict[str, str]:
    """Read a tab's filter: "state=draft,confirmed owner=me"."""
    return dict(part.split("=", 1) for part in text.split() if "=" in part)


def conditions_of(cls: type[Entity], filters: Mapping[str, str]) -> list[list[Any]]:
    """Turn filters into the listing's conditions; a field the person can't see is left to the listing to refuse."""
    found: list[list[Any]] = []
    for name, value in filters.items():
        path, _dot, edge = name.rpartition(".")
        if is_removed(cls, name):
            continue
        if edge in EDGES and path:
            found += _edged(cls, path, edge, value)
            continue
        described = field_at(cls, name)
        if described is None:
            found.append([name, "eq", value])
        elif described.kind in ("choice", "state", "tags"):
            found.append([name, "in", value.split(",")])
        elif described.kind == "link" and (value == "me" or value.isdecimal()):
            found.append([name, "eq", value])
        elif described.kind in ("text", "note", "serial", "link"):
            found.append([name, "contains", value])
        elif described.kind == "boolean":
            found.append([name, "eq", value in ("1", "true", "yes")])
        else:
            found.append([name, "eq", value])
    return found


EDGES = ("from", "to", "is", "not", "all", "empty", "between")


def _edged(cls: type[Entity], path: str, edge: str, value: str) -> list[list[Any]]:
    """Read a filter that its name's last part says more of; up to a day means to the end of that day."""
    match edge:
        case "empty":
            return [[path, "is_null", value == "1"]]
        case "is":
            return [[path, "eq", value]]
        case "all":
            return [[path, "all", value.split(",")]]
        case "not":
            return [[path, "ne", each] for each in value.split(",")]
        case "between":
            return [[path, "between", value.split(",")]]
    described = field_at(cls, path)
    if edge == "to" and described is not None and described.kind == "instant" and len(value) == len("2026-01-01"):
        value = f"{value}T23:59:59.999999"
    return [[path, "ge" if edge == "from" else "le", value]]


def narrowed(filters: Mapping[str, str], conditions: Sequence[Condition]) -> dict[str, str] | None:
    """Give the filters that hold beside conditions, as an address says them; None where it can't."""
    found = dict(filters)
    for path, operator, value in conditions:
        match operator:
            case "is_null":
                found[f"{path}.empty"] = "1" if value else "0"
            case "between":
                first, last = (each.isoformat() for each in value)
                before = filters.get(f"{path}.between", "").split(",")
                if len(before) == 2:
                    first, last = max(first, before[0]), min(last, before[1])
                found[f"{path}.between"] = f"{first},{last}"
            case "ne":
                found[f"{path}.not"] = ",".join(filter(None, (found.get(f"{path}.not", ""), str(value))))
            case _ if value == "":
                return None
            case _:
                found[f"{path}.is"] = "1" if value is True else "0" if value is False else str(value)
    return found


def _edge_words(described: Field | None, edge: str, value: str) -> tuple[str, str]:
    """Say how a filter that its name says more of compares, and with what."""
    match edge:
        case "empty":
            return str(_("is")), str(_("empty") if value == "1" else _("filled in"))
        case "between":
            first, _comma, last = value.partition(",")
            return str(_("from")), str(_("{first} to {last}", first=_ranged(described, first),
                                         last=_ranged(described, last)))
        case "from" | "to":
            return str(_("from") if edge == "from" else _("up to")), _ranged(described, value)
    several = value.split(",") if edge in ("not", "all") else [value]
    compares = str(_("is not") if edge == "not" else _("is"))
    if described is not None and described.kind == "tags":
        said = _("has all of") if edge == "all" else _("has none of") if edge == "not" else _("has")
        return str(said), _tag_words(several)
    if described is not None and described.kind == "boolean":
        return compares, str(_("yes") if value == "1" else _("no"))
    titles = titles_for([(described.target, [int(each) for each in several if each.isdecimal()])]) if (
        described is not None and described.kind == "link") else {}
    return compares, ", ".join(plain_text(described, each, titles) for each in several)


def filter_words(cls: type[Entity], name: str, value: str) -> tuple[str, str, str]:
    """Say a filter in words: the field's label, how it compares, with what."""
    if name == CONDITION:
        return str(_("Activity")), str(_("is")), str(STANDINGS.get(value, value))
    path, _dot, edge = name.rpartition(".")
    edged = edge in EDGES and bool(path)
    described = field_at(cls, path if edged else name)
    label = str(described.label) if described else name
    if edged:
        return label, *_edge_words(described, edge, value)
    if described is not None and described.kind == "tags":
        chosen = value.split(",")
        return label, str(_("has one of") if len(chosen) > 1 else _("has")), _tag_words(chosen)
    if described is not None and described.kind in ("choice", "state"):
        return label, str(_("is")), ", ".join(str(described.choice(each).label) for each in value.split(","))
    if described is not None and described.kind == "link":
        if value == "me":
            return label, str(_("is")), str(_("me"))
        if value.isdecimal():
            titles = titles_for([(described.target, [int(value)])])
            return label, str(_("is")), plain_text(described, int(value), titles)
    if described is not None and described.kind == "boolean":
        return label, str(_("is")), str(_("yes") if value in ("1", "true", "yes") else _("no"))
    return label, str(_("contains")), value


def _tag_words(ids: Sequence[str]) -> str:
    """Name tags given by their ids, or by name."""
    known = known_tags()
    return ", ".join(
        known[int(each)].name if each.isdecimal() and int(each) in known else each for each in ids)


def _ranged(described: Field | None, value: str) -> str:
    if described is not None and described.kind in ("date", "instant"):
        try:
            return format_date(dt.date.fromisoformat(value[:10]))
        except ValueError:
            return value
    return value
