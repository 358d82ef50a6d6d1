"""Turn cells into values: one converter per field, told what the field takes and how the file writes it."""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

from kernel.entities.fields import Field
from kernel.exchange.importing.mapping import FieldRule, Format
from kernel.exchange.importing.numbers import read_number
from kernel.i18n import _
from kernel.tags.known import MOST_TAGS, find_tag, split_names

__all__ = ["BadCell", "Convert", "cell_reader", "reader_of"]

Convert = Callable[[str], object]

STORED = 6
"""Decimals that are stored; more are refused."""
LIMIT = Decimal(9_223_372_036_854)
"""What an exact column holds on both databases."""
PLAIN = Format()
"""How the mapping itself writes values: decimal point, ISO dates, true and false."""


class BadCell(ValueError):
    """A cell that the field can't take; the message says what would be right."""

    def __init__(self, code: str, message: object) -> None:
        super().__init__(str(message))
        self.code = code


def cell_reader(rule: FieldRule, field: Field) -> Convert:
    """Give the function from a field's cell to its value; None for an empty one. It raises BadCell."""
    read = reader_of(field, rule.format, cut=rule.cut)
    plain = reader_of(field, PLAIN, cut=rule.cut)
    default = None if rule.default is None else plain(rule.default)
    otherwise = None if rule.otherwise is None else plain(rule.otherwise)
    empty = frozenset(rule.format.empty)
    values = rule.values
    named = _named(values, plain) if values is not None else None
    if rule.cells.written:
        read = plain

    def convert(cell: str) -> object:
        text = cell.strip()
        if named is not None and text in named:
            return named[text]
        if text in empty:
            return default
        if named is None:
            return read(text)
        if rule.otherwise is not None:
            return otherwise
        raise BadCell("UNKNOWN_VALUE", _("is not one of the values the mapping knows: {values}",
                                         values=", ".join(sorted(named))))

    return convert


def _named(values: Mapping[str, str], plain: Convert) -> dict[str, object]:
    return {cell: None if value == "" else plain(value) for cell, value in values.items()}


def reader_of(field: Field, format_: Format, *, cut: bool = False) -> Convert:
    """Give the function from a filled cell to a field's value; it raises BadCell."""
    if field.exact:
        return lambda cell: _exact(cell, format_)
    if field.kind == "integer":
        return lambda cell: _whole(cell, format_)
    if field.kind == "boolean":
        return _boolean(format_)
    if field.kind == "date":
        return lambda cell: _moment(cell, format_).date()
    if field.kind == "instant":
        zone = ZoneInfo(format_.timezone)
        return lambda cell: _moment(cell, format_).replace(tzinfo=zone).astimezone(dt.UTC)
    if field.kind == "tags":
        return lambda cell: _tags(cell, field)
    if field.kind in ("choice", "state") and field.choices:
        return _choice(field)
    return _text(field.length or 200, cut, field.kind == "note")


def _tags(cell: str, field: Field) -> frozenset[int]:
    """Read the names of tags, between commas or semicolons; those that begin with # are ids."""
    found = set()
    for name in split_names(cell):
        number = name[1:]
        known = find_tag(
            field.target, int(number) if name.startswith("#") and number.isdecimal() and len(number) < 17 else name)
        if known is None:
            raise BadCell("NO_SUCH_TAG", _("there is no tag {name}", name=name[:60]))
        found.add(known.id)
    if len(found) > MOST_TAGS:
        raise BadCell("TOO_MANY", _("a record has at most {count} tags", count=MOST_TAGS))
    return frozenset(found)


def _exact(cell: str, format_: Format) -> Decimal:
    try:
        number = read_number(cell, format_.decimal, format_.thousands)
    except ValueError as error:
        raise BadCell("NO_NUMBER", error) from None
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > STORED and number != round(number, STORED):
        raise BadCell("TOO_PRECISE", _("has more than {n} decimals; round it in the mapping", n=STORED))
    if abs(number) >= LIMIT:
        raise BadCell("TOO_LARGE", _("is too large to be stored"))
    return number


def _whole(cell: str, format_: Format) -> int:
    number = _exact(cell, format_)
    if number != int(number):
        raise BadCell("NO_NUMBER", _("is no whole number"))
    if abs(number) >= 2**31:
        raise BadCell("TOO_LARGE", _("is too large; whole numbers end at 2,147,483,647"))
    return int(number)


def _boolean(format_: Format) -> Convert:
    known = {**{word.lower(): True for word in format_.yes}, **{word.lower(): False for word in format_.no}}

    def read(cell: str) -> bool:
        value = known.get(cell.lower())
        if value is None:
            raise BadCell("NO_BOOLEAN", _("is neither yes nor no; the mapping knows {words}",
                                          words=", ".join(known)))
        return value

    return read


def _moment(cell: str, format_: Format) -> dt.datetime:
    for form in format_.dates:
        try:
            return dt.datetime.strptime(cell, form)  # noqa: DTZ007  # business dates have no zone
        except ValueError:
            continue
    try:
        return dt.datetime.fromisoformat(cell).replace(tzinfo=None)
    except ValueError:
        raise BadCell("NO_DATE", _("is no date; dates look like {examples}", examples=", ".join(
            dt.date(2026, 1, 31).strftime(form) for form in format_.dates))) from None


def _choice(field: Field) -> Convert:
    known = {choice.value: choice.value for choice in field.choices}

    def read(cell: str) -> str:
        try:
            return known[cell]
        except KeyError:
            raise BadCell("UNKNOWN_VALUE", _("is not one of {values}", values=", ".join(known))) from None

    return read


def _text(length: int, cut: bool, many_lines: bool) -> Convert:
    def read(cell: str) -> str:
        text = cell if many_lines else " ".join(cell.split("\n"))
        if "\x00" in text:
            raise BadCell("NO_TEXT", _("holds a character that can't be stored"))
        if len(text) > length:
            if cut:
                return text[:length].rstrip()
            raise BadCell("TOO_LONG", _("has {n} characters; {length} fit", n=len(text), length=length))
        return text

    return read
