"""Conditions on a document's fields, as approval definitions hold them."""

import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from kernel.entities.base import Entity, components_of
from kernel.errors import UsageError
from kernel.i18n import _

__all__ = ["OPERATORS", "holds", "value_at"]

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
    "in": lambda value, allowed: value in allowed,
    "contains": lambda value, part: part in (value or ""),
}


def value_at(record: Entity, path: str) -> object:
    """Follow a dotted path through links and components: `customer.name`, `erp_sales.credit_limit`.

    Raises UsageError for a path that leads nowhere.
    """
    value: Any = record
    for name in path.split("."):
        if value is None:
            return None
        if isinstance(value, Entity) and name in components_of(type(value)):
            value = value[components_of(type(value))[name]]
            continue
        if not hasattr(value, name):
            raise UsageError("CONDITION", _("There is no field {path} on {entity}",
                                            path=path, entity=record.__label__))
        value = getattr(value, name)
    return value.title if isinstance(value, Entity) else value


def holds(record: Entity, conditions: Sequence[Mapping[str, Any]] | None) -> bool:
    """Say whether all conditions hold for a record; an empty value fulfils only `eq null` and `ne`."""
    for condition in conditions or ():
        compare = OPERATORS.get(condition["op"])
        if compare is None:
            raise UsageError("CONDITION", _("Unknown comparison {op}", op=condition["op"]),
                             allowed=", ".join(OPERATORS))
        actual, wanted = value_at(record, condition["field"]), condition["value"]
        if isinstance(actual, Decimal | int) and not isinstance(actual, bool):
            wanted = _numbers(wanted)
        if actual is None and condition["op"] not in ("eq", "ne"):
            return False
        if not compare(actual, wanted):
            return False
    return True


def _numbers(wanted: Any) -> Any:
    try:
        return [Decimal(str(each)) for each in wanted] if isinstance(wanted, list) else Decimal(str(wanted))
    except InvalidOperation as error:
        raise UsageError("CONDITION", _("{value} is no number", value=wanted)) from error
