"""Conditions on a document's fields: the language of lists' filters, asked of one record."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from kernel.entities.base import Entity, components_of
from kernel.errors import UsageError
from kernel.i18n import _

__all__ = ["OPERATORS", "Condition", "entity_at", "holds", "parts_of", "value_at"]

Condition = Mapping[str, Any] | Sequence[Any]
"""`{"field": ..., "op": ..., "value": ...}`, or as lists write it `[field, op, value]`."""


def _text(value: object) -> str:
    return str(value or "").casefold()


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, wanted: value == wanted,
    "ne": lambda value, wanted: value != wanted,
    "in": lambda value, allowed: value in allowed,
    "lt": lambda value, limit: value < limit,
    "le": lambda value, limit: value <= limit,
    "gt": lambda value, limit: value > limit,
    "ge": lambda value, limit: value >= limit,
    "between": lambda value, ends: ends[0] <= value <= ends[1],
    "contains": lambda value, part: _text(part) in _text(value),
    "starts": lambda value, part: _text(value).startswith(_text(part)),
    "is_null": lambda value, wanted: (value in (None, "")) == bool(wanted),
}
_OF_NOTHING = ("eq", "ne", "is_null")


def entity_at(record: Entity, path: str) -> object:
    """Follow a dotted path through links and components, to a value or to a record.

    Raises UsageError for a path that leads nowhere.
    """
    value: Any = record
    for name in path.split("."):
        if value is None:
            return None
        if isinstance(value, Entity) and name in components_of(type(value)):
            value = value[components_of(type(value))[name]]
            continue
        if name.startswith("_") or not hasattr(value, name):
            raise UsageError("CONDITION", _("There is no field {path} on {entity}",
                                            path=path, entity=record.__label__))
        value = getattr(value, name)
    return value


def value_at(record: Entity, path: str) -> object:
    """Give the value a dotted path leads to (`customer.name`, `erp_sales.credit_limit`); of a record its title."""
    value = entity_at(record, path)
    return value.title if isinstance(value, Entity) else value


def parts_of(condition: Condition) -> tuple[str, str, Any]:
    """Give a condition's field, operator and value, whichever way it is written."""
    if isinstance(condition, Mapping):
        return str(condition["field"]), str(condition["op"]), condition.get("value")
    if isinstance(condition, str) or len(condition) != 3:
        raise UsageError("CONDITION", _("A condition has three parts: field, operator, value"))
    return str(condition[0]), str(condition[1]), condition[2]


def holds(record: Entity, conditions: Sequence[Condition] | None) -> bool:
    """Say whether all conditions hold for a record; an empty value fulfils only `eq` nothing, `ne` and `is_null`.

    A link is compared by the id or the title of the record it leads to.
    """
    return all(_holds(record, *parts_of(condition)) for condition in conditions or ())


def _holds(record: Entity, field: str, op: str, wanted: Any) -> bool:
    compare = OPERATORS.get(op)
    if compare is None:
        raise UsageError("CONDITION", _("Unknown comparison {op}", op=op), allowed=", ".join(OPERATORS))
    actual: Any = entity_at(record, field)
    if isinstance(actual, Entity):
        by_id = op != "is_null" and all(_is_id(each) for each in (wanted if isinstance(wanted, list) else [wanted]))
        actual = actual.id if by_id else actual.title
    if op != "is_null":
        wanted = _alike(actual, wanted)
    if actual is None and op not in _OF_NOTHING:
        return False
    return bool(compare(actual, wanted))


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _alike(actual: object, wanted: Any) -> Any:
    """Read what a condition compares with as what the field holds: JSON knows neither decimals nor days."""
    if isinstance(wanted, list):
        return [_alike(actual, each) for each in wanted]
    if isinstance(actual, bool):
        return wanted in (True, "true", "1", 1)
    if isinstance(actual, Decimal | int) and wanted is not None:
        return _number(wanted)
    if isinstance(actual, dt.datetime) and isinstance(wanted, str):
        moment = dt.datetime.fromisoformat(wanted)
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    if isinstance(actual, dt.date) and isinstance(wanted, str):
        return dt.date.fromisoformat(wanted[:10])
    return wanted


def _number(wanted: Any) -> Decimal:
    try:
        return Decimal(str(wanted))
    except InvalidOperation as error:
        raise UsageError("CONDITION", _("{value} is no number", value=wanted)) from error
