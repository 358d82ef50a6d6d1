"""From values as rows carry them to what a page shows, and to what an input holds."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select

from kernel.entities.base import Entity, entities
from kernel.entities.fields import Field
from kernel.entities.work import session
from kernel.errors import Forbidden, Invalid, Refusal
from kernel.exchange.paths import document_of
from kernel.exchange.rows import Linked
from kernel.i18n import (
    _,
    current_timezone,
    format_date,
    format_instant,
    format_money,
    format_number,
    format_percent,
    places,
)
from kernel.permissions.rights import rights
from kernel.shared.standing import company_currency, decimals_of
from kernel.tags.known import Known, known_tags, offered_tags, split_names
from kernel.tags.models import Tag
from kernel.web.screen.form import Input
from kernel.web.screen.shown import EMPTY, Choice, Refused, Shown

__all__ = [
    "PEOPLE", "Titles", "address", "currency_named", "currency_of", "input_of", "may_make_tags", "plain_text",
    "refused", "shown", "tag_choices", "tags_shown", "titles_for", "typed", "why_address", "why_refused",
]

Titles = Mapping[tuple[str, int], str]
"""(entity, id) to the record's title, for links in the history."""

PEOPLE = ("kernel.user", "kernel.employee")


def address(cls: type[Entity], id_: int | None = None, tail: str = "") -> str:
    """Give the address of an entity's list, or of a record."""
    plugin, name = cls.__entity__.split(".", 1)
    record = f"/{id_}" if id_ is not None else ""
    return f"/{plugin}/{name}{record}{tail}"


def why_address(entity: str, id_: int | None = None, about: str = "") -> str:
    """Give the page that says what the person may do with an entity or a record, at an action or field of it."""
    plugin, _dot, name = entity.partition(".")
    return f"/why/{plugin}/{name}" + (f"/{id_}" if id_ is not None else "") + (f"#{about}" if about else "")


def why_refused(refusal: Refusal) -> str:
    """Give the page that explains a refusal for want of a right; empty for any other."""
    if isinstance(refusal, Forbidden) and refusal.right is not None:
        action, entity, id_ = refusal.right
        return why_address(entity, id_, action) if "*" not in entity else ""
    return ""


def refused(
    refusal: Refusal | None, text: str = "", *, fields: tuple[tuple[str, str, str], ...] = ()
) -> Refused | None:
    """Show a refusal where something was tried, with what it says of fields and who explains a missing right."""
    if refusal is None:
        return None
    return Refused(_said(refusal), text, str(refusal.fix or ""), fields, why_refused(refusal))


def _said(refusal: Refusal) -> str:
    """Say what was refused without the names that programs know fields by."""
    if not isinstance(refusal, Invalid) or not refusal.problems:
        return str(refusal)
    first = refusal.problems[0].message
    if refusal.message != first:
        return str(refusal.message)
    return "; ".join(dict.fromkeys(str(problem.message) for problem in refusal.problems))


def currency_of(field: Field, values: Mapping[str, Any]) -> str:
    """Give the currency of a money field: from the field it names, else the company's."""
    return currency_named(values, field.currency or "") if field.kind == "money" else ""


def currency_named(values: Mapping[str, Any], path: str) -> str:
    """Give the currency at a path of a row; the company's where there is none."""
    named = values.get(path)
    if isinstance(named, Linked):
        return named.title or ""
    return str(named) if named else company_currency().code


def titles_for(wanted: Iterable[tuple[type[Entity], Iterable[int | None]]]) -> Titles:
    """Load the titles of linked records: one statement per entity, however many records and columns."""
    ids: dict[type[Entity], set[int]] = {}
    for cls, some in wanted:
        ids.setdefault(cls, set()).update(id_ for id_ in some if id_ is not None)
    found: dict[tuple[str, int], str] = {}
    for cls, mine in ids.items():
        if mine and rights().may("read", document_of(cls).__entity__):
            for record in session().scalars(select(cls).where(cls.id.in_(mine))):
                found[cls.__entity__, record.id] = record.title
    return found


def shown(field: Field, value: Any, *, currency: str = "") -> Shown:
    """Show a value as a row carries it: a link is a Linked, amounts are decimals."""
    if value is None or value == "" or value == ():
        return EMPTY
    match field.kind:
        case "tags":
            return tags_shown(value)
        case "link":
            return _link(field, value)
        case "ref":
            return _ref(value)
        case "choice" | "state":
            chosen = field.choice(str(value))
            plain = field.kind == "choice" and all(each.colour == "gray" for each in field.choices)
            return Shown(str(chosen.label), "text" if plain else "status", tone=chosen.colour)
        case "money":
            figures = places(value, field.decimals, decimals_of(currency))
            return Shown(format_money(value, currency or None, figures), "number")
        case "quantity" | "integer":
            return Shown(format_number(value), "number")
        case "percent" if field.meter:
            return Shown(format_percent(value), "meter", second=str(field.label), percent=max(0, min(int(value), 100)))
        case "percent":
            return Shown(format_percent(value), "number")
        case "boolean":
            return Shown(str(_("yes")), "yes") if value else EMPTY
        case "date":
            return Shown(format_date(value))
        case "instant":
            return Shown(format_instant(value))
        case "note":
            return Shown(str(value), "note")
        case "table":
            return Shown(str(_("{count} lines", count=len(value))), "number") if value else EMPTY
        case _:
            return Shown(str(value))


def tags_shown(tags: Sequence[Known]) -> Shown:
    """Show tags, each in its colour."""
    return Shown(", ".join(each.name for each in tags), "tags", parts=tuple(
        Shown(each.name, "tag", tone="" if each.colour == "gray" else each.colour) for each in tags))


def _link(field: Field, value: Any) -> Shown:
    target = field.target
    if not isinstance(value, Linked):
        return Shown(f"{target.__label__} {value}")
    if value.title is None:
        return Shown(str(_("not open to you")), "tag")
    person = target.__entity__ in PEOPLE
    has_page = not target.__parent__ and rights().may("read", target.__entity__)
    return Shown(value.title, "person" if person else "text", address(target, value.id) if has_page else "")


def _ref(value: Any) -> Shown:
    """Show a reference by the title it had, with the icon of what it is; dimmed where its app isn't installed."""
    cls = entities().get(value.entity)
    text = value.title or str(_("{what} {id}", what=cls.__label__ if cls else value.entity, id=value.id))
    if cls is None:
        return Shown(text, "gone", icon="puzzle-off", second=str(_("Its app isn't installed")))
    has_page = not cls.__parent__ and rights().may("read", value.entity)
    return Shown(text, "ref", address(cls, value.id) if has_page else "", icon=cls.__icon__, second=str(cls.__label__))


def plain_text(field: Field | None, value: Any, titles: Titles) -> str:
    """Show a value of the audit trail, where decimals and dates are text and links are ids."""
    if value is None or value == "":
        return ""
    if field is not None and field.kind == "tags":
        return _tags_text(field, value)
    if field is None or field.kind == "ref":
        return str(value)
    try:
        if field.kind == "table":
            return _lines_text(field, value, titles)
        if field.kind == "link":
            return titles.get((field.target.__entity__, int(value)), f"{field.target.__label__} {value}")
        if field.exact and isinstance(value, str):
            value = Decimal(value)
        elif field.kind == "date" and isinstance(value, str):
            value = dt.date.fromisoformat(value)
        elif field.kind == "instant" and isinstance(value, str):
            value = dt.datetime.fromisoformat(value)
        return shown(field, value).text or str(value)
    except (ArithmeticError, ValueError, TypeError):
        return str(value)


def _tags_text(field: Field, value: Any) -> str:
    """Say which tags these are: the trail keeps their names, a form their ids."""
    keys = value if isinstance(value, list | tuple) else split_names(str(value))
    known = known_tags()
    names = (
        known[int(key[1:])].name if key.startswith("#") and key[1:].isdecimal() and int(key[1:]) in known
        else key.removeprefix("+") for key in map(str, keys))
    return ", ".join(names)


def _lines_text(field: Field, lines: Any, titles: Titles) -> str:
    """Say what the lines of a custom sub-table hold, as the audit trail keeps them."""
    words = (
        " · ".join(filter(None, (
            plain_text(each, line.get(each.name), titles) for each in field.columns if each.kind != "boolean")))
        for line in lines if isinstance(line, dict))
    return "; ".join(words)[:400]


def typed(field: Field, value: Any) -> str:
    """Give the text an input holds for a value as a row carries it."""
    if value is None:
        return ""
    match field.kind:
        case "boolean":
            return "1" if value else ""
        case "money":
            text = format_number(value)
            return format_number(value, field.decimals) if "." in text else text
        case "quantity" | "percent":
            return format_number(value)
        case "date":
            return str(value.isoformat())
        case "instant":
            return str(value.astimezone(current_timezone()).strftime("%Y-%m-%dT%H:%M"))
        case "tags":
            return ",".join(f"#{each.id}" for each in value)
        case "link" | "ref":
            return str(value.id if isinstance(value, Linked) else value)
        case _:
            return str(value)


def among_of(field: Field) -> dict[str, str]:
    """Give the values by which a link's picker chooses what it offers, of the fields that the person sees."""
    seen = {each.name for each in rights().visible(field.target)} if field.among else set()
    return {name: value for name, value in field.among if name in seen}


def input_of(
    field: Field, name: str, value: Any, *, readonly: bool = False, text: str | None = None, error: str = "",
    options: Sequence[Choice] = (), currency: str = "",
) -> Input:
    """Make the input of a field. `text` is what was typed, kept where it was refused."""
    held = text if text is not None else typed(field, value)
    choices: tuple[Choice, ...] = ()
    url = ""
    if field.kind == "link" and not readonly:
        among = urlencode({f"f.{name}": value for name, value in among_of(field).items()})
        url = address(field.target, None, f"/options?{among}" if among else "/options")
        choices = _with_current(options, held, value)
    elif field.kind == "tags" and not readonly:
        choices = tag_choices(field.target, split_names(held))
    elif field.kind in ("choice", "state"):
        choices = tuple(Choice(each.value, str(each.label)) for each in field.choices)
    return Input(
        name=name, label=str(field.label), kind=field.kind, value=held,
        shown=shown(field, value, currency=currency), required=field.required, readonly=readonly,
        help=str(field.help) if field.help else "", error=error, unit=currency if field.kind == "money" else "",
        choices=choices, options_url=url, max_length=field.length if field.kind == "text" else None,
        wide=field.kind in ("note", "tags"), creatable=field.kind == "tags" and may_make_tags(),
    )


def may_make_tags() -> bool:
    """Say whether the person may make a tag that there isn't yet."""
    return rights().may("create", Tag.__entity__)


def tag_choices(cls: type[Entity], held: Sequence[str]) -> tuple[Choice, ...]:
    """Give the tags that may be put on records, those of a record chosen; the note of each is its colour."""
    offered = {f"#{each.id}": each for each in offered_tags(cls)}
    offered |= {f"#{each.id}": each for each in known_tags().values() if f"#{each.id}" in held}
    found = [Choice(key, each.name, key in held, note=each.colour) for key, each in offered.items()]
    found += [Choice(each, each.removeprefix("+"), selected=True) for each in held if each not in offered]
    return tuple(found)


def _with_current(options: Sequence[Choice], held: str, value: Any) -> tuple[Choice, ...]:
    if not held or any(each.value == held for each in options):
        return tuple(options)
    title = value.title if isinstance(value, Linked) and str(value.id) == held else None
    return (Choice(held, title or f"#{held}"), *options)
