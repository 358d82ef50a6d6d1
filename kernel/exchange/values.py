"""Read one value of a field from what a door was given, and write it back as JSON."""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from kernel.entities.fields import Field
from kernel.entities.types import DECIMALS
from kernel.errors import Problem
from kernel.i18n import Text, _
from kernel.tags.known import MOST_TAGS, Known, NewTag, find_tag, split_names

__all__ = [
    "API", "FORM", "Fault", "LinkKey", "Reading", "decimal_text", "decimal_writer", "json_value", "parse", "parse_all",
]

LARGEST = Decimal(10) ** 12
"""Amounts and quantities stay below this, so that sums of many still fit 64 bits on SQLite."""
LARGEST_ID = 2**53
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_YES = {"true", "1", "yes", "on"}
_NO = {"false", "0", "no", "off", ""}


class Fault(ValueError):
    """One value that can't be taken: its code and what would be right, in the user's words."""

    def __init__(self, code: str, message: Text) -> None:
        super().__init__(str(message))
        self.code = code
        self.message = message

    def at(self, path: str, record: object | None = None) -> Problem:
        """Give the fault as the problem of a field's dotted path."""
        return Problem(path, self.message, self.code, record)


@dataclass(frozen=True, slots=True)
class LinkKey:
    """A link given by its target's number, code or name instead of its id; resolved for all records at once."""

    text: str


def plain_number(text: str) -> Decimal:
    """Read a decimal written the JSON way: digits, a point, no grouping. Raises ValueError."""
    if not _PLAIN_NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a door reads input. Doors differ in what they take for granted, never in what they validate."""

    strict: bool = True
    """Refuse unknown and read-only fields; otherwise they are left aside."""
    textual: bool = False
    """Every value may arrive as text: "5" is a whole number or an id, "on" is yes."""
    zone: ZoneInfo | None = None
    """The zone of instants that name none; None refuses them."""
    number: Callable[[str], Decimal] = plain_number
    """Reads a decimal's text; the web puts the locale's own here. Raises ValueError."""
    date: Callable[[str], dt.date] = dt.date.fromisoformat
    """Reads a date's text. Raises ValueError."""


API = Reading()
FORM = Reading(strict=False, textual=True, zone=ZoneInfo("UTC"))


def parse(field: Field, raw: object, reading: Reading = API) -> object:
    """Read a value; empty text is None. Raises Fault."""
    if isinstance(raw, str):
        raw = raw.strip()
    if raw is None or raw == "":
        return False if field.kind == "boolean" and raw == "" and reading.textual else None
    return _PARSERS[field.kind](field, raw, reading)


def parse_all(
    fields: Mapping[str, Field], given: Mapping[str, object], reading: Reading = API
) -> tuple[dict[str, object], list[tuple[str, Fault]]]:
    """Read the values of a few fields, links by their ids; gives those that are right, and what is wrong by name."""
    values: dict[str, object] = {}
    wrong: list[tuple[str, Fault]] = []
    for name, raw in given.items():
        try:
            value = parse(fields[name], raw, reading)
            if isinstance(value, LinkKey):
                raise Fault("NOT_A_LINK", _("{label} must be an id here", label=fields[name].label))
            values[name] = value
        except Fault as fault:
            wrong.append((name, fault))
    return values, wrong


def _text(field: Field, raw: object, reading: Reading) -> object:
    if not isinstance(raw, str):
        raise Fault("NOT_TEXT", _("{label} must be text", label=field.label))
    if "\x00" in raw:
        raise Fault("NOT_TEXT", _("{label} contains a character that can't be stored", label=field.label))
    if field.length is not None and len(raw) > field.length:
        raise Fault("TOO_LONG", _("{label} has {actual} characters; at most {allowed} fit",
                                  label=field.label, actual=len(raw), allowed=field.length))
    return raw


def _integer(field: Field, raw: object, reading: Reading) -> object:
    if isinstance(raw, str) and reading.textual and re.fullmatch(r"[+-]?[0-9]{1,20}", raw):
        raw = int(raw)
    if not isinstance(raw, int) or isinstance(raw, bool):
        raise Fault("NOT_INTEGER", _("{label} must be a whole number", label=field.label))
    limit = LARGEST_ID if field.name in ("id", "version") else 2**31
    if not -limit <= raw < limit:
        raise Fault("TOO_LARGE", _("{label} is too large", label=field.label))
    return raw


def _decimal(field: Field, raw: object, reading: Reading) -> object:
    if isinstance(raw, str):
        try:
            number = reading.number(raw)
        except (ValueError, InvalidOperation):
            raise Fault(
                "NOT_NUMBER", _("{label} must be a number such as 1250.50, not {actual}",
                                label=field.label, actual=raw[:40])) from None
    elif isinstance(raw, int | Decimal) and not isinstance(raw, bool):
        number = Decimal(raw)
    else:
        raise Fault("NOT_NUMBER", _("{label} must be a number written as text, such as \"1250.50\"",
                                    label=field.label))
    if not number.is_finite() or abs(number) >= LARGEST:
        raise Fault("TOO_LARGE", _("{label} must lie between -{limit} and {limit}",
                                   label=field.label, limit="999,999,999,999"))
    if number != round(number, field.decimals):
        raise Fault("TOO_PRECISE", _("{label} takes at most {allowed} decimals",
                                     label=field.label, allowed=field.decimals))
    return number


def _boolean(field: Field, raw: object, reading: Reading) -> object:
    if isinstance(raw, bool):
        return raw
    if reading.textual and isinstance(raw, str) and raw.lower() in _YES | _NO:
        return raw.lower() in _YES
    raise Fault("NOT_BOOLEAN", _("{label} must be yes or no", label=field.label))


def _date(field: Field, raw: object, reading: Reading) -> object:
    if isinstance(raw, dt.date) and not isinstance(raw, dt.datetime):
        return raw
    try:
        if isinstance(raw, str):
            return reading.date(raw)
    except ValueError:
        pass  # said below, in the user's words
    raise Fault("NOT_DATE", _("{label} must be a date such as 2026-03-31", label=field.label))


def _instant(field: Field, raw: object, reading: Reading) -> object:
    moment = raw if isinstance(raw, dt.datetime) else None
    if isinstance(raw, str):
        try:
            moment = dt.datetime.fromisoformat(raw)
        except ValueError:
            moment = None
    if moment is None or not 1000 <= moment.year <= 9000:
        raise Fault("NOT_INSTANT", _("{label} must be a moment such as 2026-03-31T14:30:00Z", label=field.label))
    if moment.tzinfo is None:
        if reading.zone is None:
            raise Fault("NO_ZONE", _("{label} must name its time zone, as in 2026-03-31T14:30:00+08:00",
                                     label=field.label))
        moment = moment.replace(tzinfo=reading.zone)
    return moment.astimezone(dt.UTC)


def _choice(field: Field, raw: object, reading: Reading) -> object:
    if not field.choices:
        return _text(field, raw, reading)
    allowed = [choice.value for choice in field.choices]
    if raw not in allowed:
        raise Fault("NOT_A_CHOICE", _("{label} must be one of: {allowed}",
                                      label=field.label, allowed=", ".join(allowed)))
    return raw


def _link(field: Field, raw: object, reading: Reading) -> object:
    if isinstance(raw, Mapping):
        raw = raw.get("id")
    if isinstance(raw, str):
        if not (reading.textual and raw.isdecimal() and len(raw) < 17):
            return LinkKey(_key_text(field, raw))
        raw = int(raw)
    if not isinstance(raw, int) or isinstance(raw, bool):
        raise Fault("NOT_A_LINK", _("{label} must be the id or number of a record", label=field.label))
    if not 0 < raw < LARGEST_ID:
        raise Fault("NO_SUCH_RECORD", _("{label}: there is no record {key}", label=field.label, key=raw))
    return raw


def _ref(field: Field, raw: object, reading: Reading) -> object:
    """Read what a ref is compared with, the id; no door writes one."""
    value = _link(field, raw, reading)
    if isinstance(value, LinkKey):
        raise Fault("NOT_A_LINK", _("{label} is compared by id", label=field.label))
    return value


def _key_text(field: Field, raw: str) -> str:
    if len(raw) > 400 or "\x00" in raw:
        raise Fault("NO_SUCH_RECORD", _("{label}: there is no record {key}", label=field.label, key=raw[:40]))
    return raw


def _lines(field: Field, raw: object, reading: Reading) -> object:
    """Refuse what is no list; the schema reads lines one by one."""
    raise Fault("NOT_A_LIST", _("{label} must be a list of lines", label=field.label))


def _tags(field: Field, raw: object, reading: Reading) -> object:
    """Read which tags a record has: a list of ids or names, or a text with names between commas.

    "#17" is an id written as text, "+Urgent" a tag that is to be made where there is none.
    """
    if isinstance(raw, str):
        raw = split_names(raw)
    if isinstance(raw, Mapping) or not isinstance(raw, Sequence) or len(raw) > 4 * MOST_TAGS:
        raise Fault("NOT_A_LIST", _("{label} must be a list of tags: ids or names", label=field.label))
    found = tuple(dict.fromkeys(_tag(field, each) for each in raw))
    if len(found) > MOST_TAGS:
        raise Fault("TOO_MANY", _("A record has at most {count} tags", count=MOST_TAGS))
    return found


def _tag(field: Field, raw: object) -> int | NewTag:
    key = raw.get("id") if isinstance(raw, Mapping) else raw
    if isinstance(key, str):
        text = key.strip()
        if text.startswith("+") and (name := text[1:].strip()):
            there = find_tag(field.target, name)
            return there.id if there is not None else NewTag(name)
        key = int(text[1:]) if text.startswith("#") and text[1:].isdecimal() and len(text) < 18 else text
    if isinstance(key, bool) or not isinstance(key, int | str):
        raise Fault("NOT_A_LIST", _("{label} must be a list of tags: ids or names", label=field.label))
    found = find_tag(field.target, key)
    if found is None:
        raise Fault("NO_SUCH_TAG", _("{label}: there is no tag {name}", label=field.label, name=str(key)[:60]))
    return found.id


def _data(field: Field, raw: object, reading: Reading) -> object:
    return raw


_PARSERS: dict[str, Callable[[Field, object, Reading], object]] = {
    "text": _text, "note": _text, "serial": _text, "integer": _integer, "money": _decimal, "quantity": _decimal,
    "percent": _decimal, "boolean": _boolean, "date": _date, "instant": _instant, "choice": _choice,
    "state": _choice, "link": _link, "ref": _ref, "json": _data, "table": _lines,
    "tags": _tags,
}


def decimal_text(value: Decimal, places: int = 0) -> str:
    """Write a decimal in full, with at least `places` decimals and no further trailing zeros."""
    text = format(value, "f")
    whole, _point, part = text.partition(".")
    part = part.rstrip("0").ljust(places, "0")
    return f"{whole}.{part}" if part else whole


@cache
def decimal_writer(places: int) -> Callable[[Decimal], str]:
    """Give `decimal_text` for so many places, quick where a value is stored with DECIMALS and uses no more of them."""
    if places >= DECIMALS:
        return partial(decimal_text, places=places)
    point, zeros = -DECIMALS - 1, "0" * (DECIMALS - places)
    kept = places - DECIMALS if places else point

    def write(value: Decimal) -> str:
        text = format(value, "f")
        if text[point:point + 1] == "." and text.endswith(zeros):
            return text[:kept]
        return decimal_text(value, places)

    return write


def json_value(field: Field, value: Any) -> Any:
    """Write a value for JSON: decimals as text, dates and instants by ISO 8601; links and lines are the rows' own."""
    if field.kind == "tags":
        return [{"id": each.id, "name": each.name, "colour": each.colour} for each in value if isinstance(each, Known)]
    if isinstance(value, Decimal):
        return decimal_text(value, field.decimals if field.kind == "money" else 0)
    if isinstance(value, dt.datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    return value
