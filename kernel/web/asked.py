"""Read what a list's address asks for: filters, search, order, columns, page; and write such addresses."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from kernel.entities.base import Entity
from kernel.entities.fields import Field
from kernel.exchange.filters import Condition
from kernel.i18n import _, format_date
from kernel.web.layout import field_at
from kernel.web.show import plain_text, titles_for

__all__ = ["Asked", "conditions_of", "filter_words", "narrowed", "parse_filter"]

EXACT = ("eq", "ne", "in", "is_null", "between")
"""Operators that a filter may name after its path, to mean this and nothing like it."""


@dataclass(frozen=True)
class Asked:
    """What an address says: `f.<path>=a,b` filters, `.from` and `.to` for ranges; `q`, `sort`, `columns`, `after`.

    `f.<path>.eq`, `.in`, `.is_null` and `.between` filter exactly: they name the records behind a cell of a pivot.
    """

    filters: Mapping[str, str] = field(default_factory=dict)
    search: str = ""
    sort: str = ""
    columns: tuple[str, ...] = ()
    cursor: str = ""
    tab: str = ""
    also: tuple[tuple[str, str], ...] = ()
    """What else the page's address says (the month of a calendar), kept in every address made of this one."""

    @classmethod
    def from_args(cls, args: MultiDict[str, str]) -> "Asked":
        """Read the query of a request."""
        return cls(
            {name[2:]: value.strip() for name, value in args.items() if name.startswith("f.") and value.strip()},
            args.get("q", "").strip(), args.get("sort", ""), tuple(args.getlist("columns")), args.get("after", ""),
            args.get("tab", ""))

    def pairs(self, *, without: Sequence[str] = ()) -> list[tuple[str, str]]:
        """Give the state as query pairs; the page's own place is never kept."""
        found = [(f"f.{name}", value) for name, value in self.filters.items()]
        others = (("q", self.search), ("sort", self.sort), ("tab", self.tab))
        found += [(name, value) for name, value in others if value]
        found += [*(("columns", name) for name in self.columns), *self.also]
        return [pair for pair in found if pair[0] not in without]

    def address(self, base: str, **changes: Any) -> str:
        """Write the address of this state with some parts changed."""
        state = replace(self, **changes)
        pairs = state.pairs()
        if state.cursor:
            pairs.append(("after", state.cursor))
        return f"{base}?{urlencode(pairs)}" if pairs else base

    def without_filter(self, name: str) -> dict[str, str]:
        """Give the filters without one, its range parts included."""
        return {key: value for key, value in self.filters.items() if key not in (name, f"{name}.from", f"{name}.to")}


def parse_filter(text: str) -> dict[str, str]:
    """Read a tab's filter: "state=draft,confirmed owner=me"."""
    return dict(part.split("=", 1) for part in text.split() if "=" in part)


def conditions_of(cls: type[Entity], filters: Mapping[str, str]) -> list[list[Any]]:
    """Turn filters into the listing's conditions; a field the person can't see is left to the listing to refuse."""
    found: list[list[Any]] = []
    for name, value in filters.items():
        path, _dot, edge = name.rpartition(".")
        if edge in ("from", "to") and path:
            found.append([path, "ge" if edge == "from" else "le", value])
            continue
        if edge == "ne" and path:
            found += [[path, "ne", each] for each in value.split(",")]
            continue
        if edge in EXACT and path:
            found.append([path, edge, _exact(edge, value)])
            continue
        described = field_at(cls, name)
        if described is None:
            found.append([name, "eq", value])
        elif described.kind in ("choice", "state"):
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


def _exact(operator: str, value: str) -> Any:
    if operator == "is_null":
        return value == "1"
    return value.split(",") if operator in ("in", "between") else value


def narrowed(filters: Mapping[str, str], conditions: Sequence[Condition]) -> dict[str, str] | None:
    """Give the filters that hold beside some others' conditions; None where an address can't say them."""
    found = dict(filters)
    for path, operator, value in conditions:
        name = f"{path}.{operator}"
        if operator == "between":
            first, last = (each.isoformat() for each in value)
            before = filters.get(name, "").split(",")
            if len(before) == 2:
                first, last = max(first, before[0]), min(last, before[1])
            found[name] = f"{first},{last}"
        elif operator == "in":
            found[name] = ",".join(map(str, value))
        elif operator == "ne":
            found[name] = ",".join(filter(None, (found.get(name, ""), str(value))))
        elif value == "":
            return None
        else:
            found[name] = "1" if value is True else "0" if value is False else str(value)
    return found


def _exact_words(described: Field | None, operator: str, value: str) -> tuple[str, str]:
    """Say how an exact filter compares, and with what."""
    if operator == "is_null":
        return str(_("is")), str(_("empty") if value == "1" else _("not empty"))
    if operator == "between":
        first, _comma, last = value.partition(",")
        return str(_("from")), str(_("{first} to {last}", first=_ranged(described, first),
                                     last=_ranged(described, last)))
    several = value.split(",") if operator in ("in", "ne") else [value]
    compares = str(_("is not") if operator == "ne" else _("is"))
    if described is not None and described.kind == "boolean":
        return compares, str(_("yes") if value == "1" else _("no"))
    titles = titles_for([(described.target, [int(each) for each in several if each.isdecimal()])]) if (
        described is not None and described.kind == "link") else {}
    return compares, ", ".join(plain_text(described, each, titles) for each in several)


def filter_words(cls: type[Entity], name: str, value: str) -> tuple[str, str, str]:
    """Say a filter in words: the field's label, how it compares, with what."""
    path, _dot, edge = name.rpartition(".")
    ranged = edge in ("from", "to") and bool(path)
    described = field_at(cls, path if ranged else name)
    label = str(described.label) if described else name
    if edge in EXACT and path:
        described = field_at(cls, path)
        return str(described.label) if described else path, *_exact_words(described, edge, value)
    if ranged:
        text = _ranged(described, value)
        return label, str(_("from") if edge == "from" else _("up to")), text
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


def _ranged(described: Field | None, value: str) -> str:
    if described is not None and described.kind in ("date", "instant"):
        try:
            return format_date(dt.date.fromisoformat(value[:10]))
        except ValueError:
            return value
    return value
