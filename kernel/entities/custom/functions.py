"""What formulas do with values: their operators and functions, exact and bounded, and the fit to a field's kind."""

import ast
import datetime as dt
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from kernel.i18n import Text, _

__all__ = ["FUNCTIONS", "LARGEST", "OPERATORS", "FormulaError", "Function", "result_of", "truth_of"]

LONGEST_TEXT = 4_000
LARGEST = Decimal(10) ** 12


class FormulaError(ValueError):
    """A formula that can't be read, or worked out for a record: its code, and why in the user's words."""

    def __init__(self, code: str, message: Text) -> None:
        super().__init__(str(message))
        self.code = code
        self.message = message


def _number(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise FormulaError("FORMULA_TYPE", _("Yes or no is no number; write: 1 if … else 0"))
    if value is None or value == "":
        return Decimal(0)
    if isinstance(value, Decimal | int):
        return Decimal(value)
    if isinstance(value, dt.date):
        raise FormulaError("FORMULA_TYPE", _("A date is no number; subtract two dates to get days"))
    raise FormulaError("FORMULA_TYPE", _("“{text}” is no number", text=str(value)[:40]))


def _day(value: Any) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    raise FormulaError("FORMULA_TYPE", _("A date is missing or is none"))


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(_("yes")) if value else str(_("no"))
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return str(value)


def _text(value: Any) -> str:
    text = _written(value)
    if len(text) > LONGEST_TEXT:
        raise FormulaError("FORMULA_SIZE", _("The text becomes longer than {most} characters", most=LONGEST_TEXT))
    return text


def truth_of(value: Any) -> bool:
    """Read a condition; nothing counts as no. Raises FormulaError for what is neither."""
    if value is None or isinstance(value, bool):
        return bool(value)
    raise FormulaError("FORMULA_TYPE", _("A condition must be yes or no, as in x_total > 100"))


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, dt.date):
        return _shifted(left, _number(right))
    return _number(left) + _number(right)


def _subtract(left: Any, right: Any) -> Any:
    if isinstance(left, dt.date) and isinstance(right, dt.date):
        return Decimal((_day(left) - _day(right)).days)
    if isinstance(left, dt.date):
        return _shifted(left, -_number(right))
    return _number(left) - _number(right)


def _shifted(day: dt.date, days: Decimal) -> dt.date:
    if abs(days) > 400_000:
        raise FormulaError("FORMULA_SIZE", _("The result is too large or no number"))
    return _day(day) + dt.timedelta(days=int(days))


def _compared(act: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> bool:
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Decimal):
                return act(_number(left), _number(right))
            if isinstance(one, dt.date) and other is None:
                return act is operator.ne
            if isinstance(one, bool) and other is None:
                return act(bool(left), bool(right))
        if isinstance(left, dt.date) and isinstance(right, dt.date):
            return act(_day(left), _day(right))
        if isinstance(left, str | None) and isinstance(right, str | None):
            return act(left or "", right or "")
        if isinstance(left, bool) and isinstance(right, bool) and act in (operator.eq, operator.ne):
            return act(left, right)
        raise FormulaError("FORMULA_TYPE", _("Two different kinds of values are compared"))

    return compare


OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: _add, ast.Sub: _subtract,
    ast.Mult: lambda left, right: _number(left) * _number(right),
    ast.Div: lambda left, right: _divided(_number(left), _number(right)),
    ast.BitAnd: lambda left, right: _text(_text(left) + _text(right)),
    ast.USub: lambda value: -_number(value), ast.UAdd: _number, ast.Not: lambda value: not truth_of(value),
    ast.Eq: _compared(operator.eq), ast.NotEq: _compared(operator.ne), ast.Lt: _compared(operator.lt),
    ast.LtE: _compared(operator.le), ast.Gt: _compared(operator.gt), ast.GtE: _compared(operator.ge),
}


def _divided(left: Decimal, right: Decimal) -> Decimal:
    if right == 0:
        raise FormulaError("FORMULA_ZERO", _("The formula divides by zero"))
    return left / right


def _round(value: Any, places: Any = Decimal(0)) -> Decimal:
    digits = _number(places)
    if not 0 <= digits <= 6 or digits != int(digits):
        raise FormulaError("FORMULA_TYPE", _("round() takes 0 to 6 decimals"))
    return _number(value).quantize(Decimal(1).scaleb(-int(digits)), ROUND_HALF_UP)


def _count(value: Any) -> int:
    number = _number(value)
    if not 0 <= number <= LONGEST_TEXT:
        raise FormulaError("FORMULA_TYPE", _("A count of characters is wanted"))
    return int(number)


def _month_later(day: Any, months: Any) -> dt.date:
    number = _number(months)
    if abs(number) > 12_000:
        raise FormulaError("FORMULA_SIZE", _("The result is too large or no number"))
    first = _day(day)
    year, month = divmod(first.year * 12 + first.month - 1 + int(number), 12)
    for last in (first.day, 30, 29, 28):
        try:
            return dt.date(year, month + 1, min(first.day, last))
        except ValueError:
            continue
    raise FormulaError("FORMULA_SIZE", _("The result is too large or no number"))


def _filled(values: Sequence[Any]) -> list[Any]:
    return [value for value in values if value is not None]


def _average(values: Sequence[Any]) -> Decimal | None:
    numbers = [_number(value) for value in _filled(values)]
    return sum(numbers, Decimal(0)) / len(numbers) if numbers else None


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language: how many values it takes, whether of a whole column, and what it does."""

    least: int
    most: int
    act: Callable[..., Any]
    gathers: bool = False


FUNCTIONS: Mapping[str, Function] = {
    "sum": Function(1, 1, lambda values: sum(map(_number, values), Decimal(0)), gathers=True),
    "count": Function(1, 1, lambda values: Decimal(len(_filled(values))), gathers=True),
    "average": Function(1, 1, _average, gathers=True),
    "least": Function(1, 1, lambda values: min(_filled(values), default=None), gathers=True),
    "greatest": Function(1, 1, lambda values: max(_filled(values), default=None), gathers=True),
    "round": Function(1, 2, _round),
    "abs": Function(1, 1, lambda value: abs(_number(value))),
    "min": Function(2, 9, lambda *values: min(map(_number, values))),
    "max": Function(2, 9, lambda *values: max(map(_number, values))),
    "empty": Function(1, 1, lambda value: value is None or value == ""),
    "text": Function(1, 1, _text),
    "upper": Function(1, 1, lambda value: _text(value).upper()),
    "lower": Function(1, 1, lambda value: _text(value).lower()),
    "trim": Function(1, 1, lambda value: _text(value).strip()),
    "left": Function(2, 2, lambda value, count: _text(value)[:_count(count)]),
    "right": Function(2, 2, lambda value, count: _text(value)[-_count(count):] if _count(count) else ""),
    "length": Function(1, 1, lambda value: Decimal(len(_text(value)))),
    "contains": Function(2, 2, lambda value, part: _text(part).lower() in _text(value).lower()),
    "starts": Function(2, 2, lambda value, start: _text(value).startswith(_text(start))),
    "year": Function(1, 1, lambda value: Decimal(_day(value).year)),
    "month": Function(1, 1, lambda value: Decimal(_day(value).month)),
    "day": Function(1, 1, lambda value: Decimal(_day(value).day)),
    "months_later": Function(2, 2, _month_later),
}


def result_of(value: Any, kind: str, decimals: int) -> Any:
    """Turn a result into a value of a field's kind; raises FormulaError for one that doesn't fit."""
    if value is None:
        return None
    match kind:
        case "quantity" | "money" | "percent":
            number = _round(value, Decimal(decimals)) if decimals <= 6 else _number(value)
            if abs(number) >= LARGEST:
                raise FormulaError("FORMULA_SIZE", _("The result is too large or no number"))
            return number
        case "date":
            return _day(value)
        case "boolean":
            return truth_of(value)
    return _text(value)[:400]
