"""Payloads of signals: frozen dataclasses of plain facts, and what a listener's Protocol may ask of them."""

import dataclasses
import datetime as dt
import types
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, TypeVar

from kernel.errors import UsageError

__all__ = ["check_payload", "decoder", "facts_of", "from_plain", "mismatches"]

P = TypeVar("P")
Decoder = Callable[[Any], Any]

_DECODERS: dict[type, Decoder] = {
    int: int, str: str, bool: bool, Decimal: Decimal, dt.date: dt.date.fromisoformat,
    dt.datetime: dt.datetime.fromisoformat,
}
_SEQUENCES = (Sequence, Collection, Iterable)
_decoders: dict[type, dict[str, Decoder]] = {}


def check_payload(cls: type) -> None:
    """Refuse a payload class that is not a frozen dataclass of ids and plain facts, all the way down.

    Allowed are int, str, bool, Decimal, date, datetime, Literal, `X | None`, `tuple[X, ...]` and other such
    dataclasses. Raises UsageError naming the field.
    """
    if not dataclasses.is_dataclass(cls) or not _is_frozen(cls):
        raise UsageError("PAYLOAD", f"{cls.__name__} must be a frozen dataclass: @dataclass(frozen=True)")
    _field_decoders(cls)


def from_plain(cls: type[P], data: Mapping[str, Any]) -> P:
    """Build a payload from its stored JSON; facts it did not have when it was stored take their defaults."""
    decoders = _field_decoders(cls)
    return cls(**{name: decode(data[name]) for name, decode in decoders.items() if name in data})


def facts_of(cls: type) -> dict[str, Any]:
    """Give what can be read from a payload: its fields and properties, with their types."""
    hints = typing.get_type_hints(cls)
    facts = {field.name: hints[field.name] for field in dataclasses.fields(cls)}
    return facts | _properties(cls)


def _is_frozen(cls: type) -> bool:
    return bool(getattr(cls, "__dataclass_params__").frozen)  # noqa: B009  # no stub declares it


def _field_decoders(cls: type) -> dict[str, Decoder]:
    known = _decoders.get(cls)
    if known is None:
        hints = typing.get_type_hints(cls)
        known = {
            field.name: decoder(hints[field.name], f"{cls.__name__}.{field.name}")
            for field in dataclasses.fields(cls)
        }
        _decoders[cls] = known
    return known


def decoder(hint: Any, where: str) -> Decoder:
    """Give what builds a value of a type from its JSON; raises UsageError, naming `where`, for a type not allowed."""
    if hint in _DECODERS:
        return _DECODERS[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return _unchanged
    if origin in (typing.Union, types.UnionType):
        inner = [each for each in arguments if each is not type(None)]
        if len(inner) == 1:
            decode = decoder(inner[0], where)
            return lambda value: None if value is None else decode(value)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        each_of = decoder(arguments[0], where)
        return lambda values: tuple(each_of(value) for value in values)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        check_payload(hint)
        nested: type = hint
        return lambda value: from_plain(nested, value)
    raise UsageError(
        "PAYLOAD", f"{where}: a payload holds int, str, bool, Decimal, date, datetime, `X | None`, "
        f"`tuple[X, ...]` and frozen dataclasses of these, not {_name(hint)}")


def _unchanged(value: Any) -> Any:
    return value


def mismatches(offered: type, wanted: type, path: str = "") -> Iterator[str]:
    """Say, sentence by sentence, what a Protocol asks for and a payload does not give."""
    facts = facts_of(offered)
    for name, hint in _asked(wanted).items():
        where = f"{path}{name}"
        if name not in facts:
            yield f"{offered.__name__} has no {where} (it has {', '.join(facts)})"
        else:
            yield from _mismatch(facts[name], hint, where)


def _mismatch(offered: Any, wanted: Any, where: str) -> Iterator[str]:
    if wanted in (Any, object) or offered == wanted:
        return
    givens = _alternatives(offered)
    for given in givens:
        found = [list(_one_mismatch(given, option, where)) for option in _alternatives(wanted)]
        if all(found):
            yield from min(found, key=len)


def _one_mismatch(offered: Any, wanted: Any, where: str) -> Iterator[str]:
    if wanted in (Any, object) or offered == wanted:
        return
    element = _element(wanted)
    if element is not None and typing.get_origin(offered) is tuple:
        yield from _mismatch(typing.get_args(offered)[0], element, f"{where}[]")
        return
    if typing.get_origin(offered) is Literal:
        allowed = typing.get_args(wanted) if typing.get_origin(wanted) is Literal else None
        for value in typing.get_args(offered):
            if not (value in allowed if allowed else isinstance(wanted, type) and isinstance(value, wanted)):
                yield f"{where} may be {value!r}, which is no {_name(wanted)}"
        return
    if isinstance(offered, type) and isinstance(wanted, type):
        if getattr(wanted, "_is_protocol", False) and dataclasses.is_dataclass(offered):
            yield from mismatches(offered, wanted, f"{where}.")
            return
        if issubclass(offered, wanted):
            return
    yield f"{where} is {_name(offered)}, not {_name(wanted)}"


def _alternatives(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)


def _element(hint: Any) -> Any:
    """Give X of Sequence[X], Collection[X], Iterable[X] and tuple[X, ...]; None for everything else."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in _SEQUENCES or (origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis):
        return arguments[0]
    return None


def _asked(wanted: type) -> dict[str, Any]:
    if dataclasses.is_dataclass(wanted):
        return facts_of(wanted)
    return typing.get_type_hints(wanted) | _properties(wanted)


def _properties(cls: type) -> dict[str, Any]:
    return {
        name: typing.get_type_hints(value.fget).get("return", Any)
        for base in reversed(cls.__mro__) for name, value in vars(base).items() if isinstance(value, property)
    }


def _name(hint: Any) -> str:
    if isinstance(hint, type) and not typing.get_args(hint):
        return hint.__name__
    return str(hint).replace("typing.", "")
