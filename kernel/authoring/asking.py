"""Questions to try a hook with: as many as wanted, made from the types of what its specification asks."""

import collections.abc
import dataclasses
import datetime as dt
import types
import typing
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

from kernel.authoring.samples import Samples
from kernel.entities.base import Entity, entities

__all__ = ["arguments"]

DAY = dt.date(2026, 11, 2)


def arguments(specification: Callable[..., object], samples: Samples, count: int) -> dict[str, Any] | None:
    """Give the arguments that ask a hook about `count` records; None where no argument is a sequence."""
    hints = typing.get_type_hints(specification)
    hints.pop("return", None)
    made = {name: _argument(name, hint, samples, count) for name, hint in hints.items()}
    return made if any(_is_sequence(hint) for hint in hints.values()) else None


def _is_sequence(hint: Any) -> bool:
    return typing.get_origin(hint) in (collections.abc.Sequence, list, tuple)


def _argument(name: str, hint: Any, samples: Samples, count: int) -> Any:
    if _is_sequence(hint):
        element = typing.get_args(hint)[0]
        return [_value(name, element, samples, number) for number in range(count)]
    return _value(name, hint, samples, 0)


def _value(name: str, hint: Any, samples: Samples, number: int) -> Any:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if type(None) in inner and not name.endswith("_id"):
            return None
        hint = next(each for each in inner if each is not type(None))
        return _value(name, hint, samples, number)
    if origin is Literal:
        return inner[0]
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        asked = typing.get_type_hints(hint)
        return hint(**{each.name: _value(each.name, asked[each.name], samples, number)
                       for each in dataclasses.fields(hint)})
    if hint is int:
        return _id(name, samples, number)
    known: dict[Any, object] = {Decimal: Decimal(1), dt.date: DAY, str: "x", bool: False}
    return known.get(hint)


def _id(name: str, samples: Samples, number: int) -> int:
    """Give the id of a sample of the entity that a name tells of: `product_id`, `products`."""
    word = name.removesuffix("_id")
    for singular in (word, word.removesuffix("s"), word.removesuffix("ies") + "y"):
        cls: type[Entity] | None = entities().get(f"kernel.{singular}")
        if cls is not None and cls in samples.entities:
            known = samples.ids(cls)
            return known[number % len(known)] if known else number + 1
        if singular == "company":
            return samples.company
    return number + 1
