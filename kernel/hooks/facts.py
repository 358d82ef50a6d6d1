"""Plain facts as a person types them: what stands in a payload or a job's arguments, mended and checked.

Stored facts are built into payloads by decoders that take what they can get. What a person typed is held to more: every
fact of its very type, none missing, none too many.
"""

import dataclasses
import datetime as dt
import json
import types
import typing
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from kernel.errors import Invalid, Problem
from kernel.i18n import Text, _

__all__ = ["Fact", "check_facts", "facts_typed", "fields_of_facts"]

REQUIRED = dataclasses.MISSING


@dataclasses.dataclass(frozen=True, slots=True)
class Fact:
    """One fact as a form shows it: kind is integer, text, number, date, instant, boolean, choice or json."""

    name: str
    kind: str
    text: str
    required: bool
    choices: tuple[str, ...] = ()


def fields_of_facts(hints: Mapping[str, Any], values: Mapping[str, Any]) -> list[Fact]:
    """Give the inputs for facts of these types, filled with how they are stored."""
    return [_fact(name, hint, values.get(name)) for name, hint in hints.items()]


def _fact(name: str, hint: Any, value: Any) -> Fact:
    inner, optional = _unwrapped(hint)
    if typing.get_origin(inner) is Literal:
        options = tuple(str(each) for each in typing.get_args(inner))
        return Fact(name, "choice", "" if value is None else str(value), not optional, options)
    if inner is bool and not optional:
        return Fact(name, "boolean", "1" if value else "", False)
    kinds = {int: "integer", str: "text", Decimal: "number", dt.date: "date", dt.datetime: "instant"}
    kind = kinds.get(inner, "json") if isinstance(inner, type) else "json"
    if kind == "json":
        text = json.dumps(value, ensure_ascii=False, indent=1)
        return Fact(name, kind, "" if value is None and optional else text, not optional)
    return Fact(name, kind, "" if value is None else str(value), not optional and inner is not str)


def facts_typed(hints: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Read facts from the texts of a form, as they are stored. Raises Invalid naming each fact that is wrong."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, hint in hints.items():
        try:
            found[name] = _read(hint, texts.get(name, "").strip())
        except ValueError as error:
            problems.append(Problem(name, _("This is no JSON: {reason}", reason=error)))
    if problems:
        raise Invalid(problems)
    check_facts(hints, found)
    return found


def _read(hint: Any, text: str) -> Any:
    """Read one fact; what can't be one stays text, for the check to name."""
    inner, optional = _unwrapped(hint)
    if not text and optional:
        return None
    if typing.get_origin(inner) is Literal:
        return next((each for each in typing.get_args(inner) if str(each) == text), text)
    if inner is bool:
        return text == "1" if not optional else {"true": True, "false": False}.get(text.lower(), text)
    if inner is int:
        return int(text) if text.removeprefix("-").isdecimal() else text
    if inner in (str, Decimal, dt.date, dt.datetime):
        return text
    return json.loads(text or "null")


def check_facts(hints: Mapping[str, Any], given: Mapping[str, Any], *, optional: frozenset[str] = frozenset()) -> None:
    """Raise Invalid where stored facts are not of their very types, are missing, or are more than there may be."""
    problems = [Problem(path, message) for path, message in _members(hints, given, "", optional)]
    if problems:
        raise Invalid(problems)


def _members(
    hints: Mapping[str, Any], given: Mapping[str, Any], path: str, optional: frozenset[str]
) -> Iterator[tuple[str, Text]]:
    for name in given:
        if name not in hints:
            yield path + name, _("There is no such fact; there are: {names}", names=", ".join(hints))
    for name, hint in hints.items():
        if name in given:
            yield from _wrong(hint, given[name], path + name)
        elif name not in optional:
            yield path + name, _("This fact is missing")


def _wrong(hint: Any, value: Any, path: str) -> Iterator[tuple[str, Text]]:
    inner, optional = _unwrapped(hint)
    if value is None and optional:
        return
    origin = typing.get_origin(inner)
    if origin is Literal:
        allowed = typing.get_args(inner)
        if not any(value == each and type(value) is type(each) for each in allowed):
            yield path, _("It must be one of {names}", names=", ".join(map(str, allowed)))
    elif origin is tuple:
        if not isinstance(value, list):
            yield path, _("It must be a list, as in [1, 2]")
            return
        for index, each in enumerate(value):
            yield from _wrong(typing.get_args(inner)[0], each, f"{path}.{index}")
    elif dataclasses.is_dataclass(inner):
        if not isinstance(value, dict):
            yield path, _("It must be an object, as in {example}", example='{"id": 1}')
            return
        yield from _members(typing.get_type_hints(inner), value, f"{path}.", defaulted(inner))
    elif (message := _not_plain(inner, value)) is not None:
        yield path, message


def _not_plain(kind: Any, value: Any) -> Text | None:
    """Say what a plain fact should be; None where it is that."""
    if kind is bool:
        return None if isinstance(value, bool) else _("It must be true or false")
    if kind is int:
        return None if isinstance(value, int) and not isinstance(value, bool) else _("It must be a whole number")
    if not isinstance(value, str):
        return _("It must be text")
    try:
        if kind is Decimal and not Decimal(value).is_finite():
            return _("It must be a number, as in 12.50")
        if kind is dt.date:
            dt.date.fromisoformat(value)
        if kind is dt.datetime and dt.datetime.fromisoformat(value).tzinfo is None:
            return _("It must be a moment with its zone, as in 2026-05-01T08:00:00+00:00")
    except InvalidOperation:
        return _("It must be a number, as in 12.50")
    except ValueError:
        return (_("It must be a day, as in 2026-05-01") if kind is dt.date
                else _("It must be a moment with its zone, as in 2026-05-01T08:00:00+00:00"))
    return None


def defaulted(cls: Any) -> frozenset[str]:
    """Give the facts of a payload that may be left out, since they have a default."""
    return frozenset(
        field.name for field in dataclasses.fields(cls)
        if field.default is not REQUIRED or field.default_factory is not REQUIRED)


def _unwrapped(hint: Any) -> tuple[Any, bool]:
    """Give X and whether it may be missing, of `X | None` and of X alone."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        inner = [each for each in typing.get_args(hint) if each is not type(None)]
        if len(inner) == 1:
            return inner[0], True
    return hint, False
