"""The language of formulas: exact numbers, texts and dates over the fields of a record; nothing that loops or grows.

    x_quantity * x_price * (1 - x_discount / 100)
    sum(x_items.x_amount) if x_kind == "goods" else 0
    customer.name & " (" & customer.country & ")"

A formula is parsed once, held against a list of what may stand in it, and worked out by simpleeval, from which all
but names, numbers, texts, operators and the functions below is taken away. Numbers are decimals of 34 digits at most
and never floats; a formula has at most 2,000 characters and 400 parts, no loops and no powers, so it ends at once.
"""

import ast
import datetime as dt
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    InvalidOperation,
    Overflow,
    localcontext,
)
from functools import lru_cache
from typing import Any

from simpleeval import SimpleEval

from kernel.i18n import Text, _

__all__ = ["FUNCTIONS", "Formula", "FormulaError", "compiled", "result_of"]

LONGEST = 2_000
MOST_PARTS = 400
DEEPEST = 40
LONGEST_TEXT = 4_000
LARGEST = Decimal(10) ** 12
_EXACT = Context(prec=34, Emax=40, Emin=-40, traps=[InvalidOperation, DivisionByZero, Overflow, FloatOperation])
_STRAY = re.compile(r"[^\x20-\x7e\n\t\u00a0-\uffff]")


class FormulaError(ValueError):
    """A formula that can't be read, or worked out for a record: its code, and why in the user's words."""

    def __init__(self, code: str, message: Text) -> None:
        super().__init__(str(message))
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Formula:
    """A formula that was read: what it uses, ready to be worked out again and again."""

    source: str
    names: frozenset[str]
    """Fields it uses, by path: "total", "customer.name"."""
    lists: frozenset[str]
    """Columns of sub-tables it gathers: "items.price", "x_items" (for their count)."""
    tree: ast.expr

    def work_out(self, values: Mapping[str, Any]) -> Any:
        """Give the result for the values of `names` and `lists`; raises FormulaError where there is none."""
        try:
            with localcontext(_EXACT):
                return _Evaluator(values).eval(self.source, self.tree)
        except FormulaError:
            raise
        except DivisionByZero:
            raise FormulaError("FORMULA_ZERO", _("The formula divides by zero")) from None
        except (ArithmeticError, OverflowError):
            raise FormulaError("FORMULA_SIZE", _("The result is too large or no number")) from None
        except Exception as error:
            raise FormulaError("FORMULA", _("The formula can't be worked out")) from error


class _Evaluator(SimpleEval):  # type: ignore[misc]  # the library has no types
    """What is left of the library's evaluator: no attributes, no subscripts, no methods, no formatting."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(operators=_OPERATORS, functions=_CALLS, names=dict(values))
        self.nodes: dict[type, Callable[..., Any]] = {node: self.nodes[node] for node in _NODES}

    def _eval_name(self, node: ast.Name) -> Any:
        return self.names[node.id]

    def _eval_boolop(self, node: ast.BoolOp) -> bool:
        wanted = isinstance(node.op, ast.Or)
        return any(_truth(self._eval(each)) for each in node.values) if wanted else all(
            _truth(self._eval(each)) for each in node.values)

    def _eval_ifexp(self, node: ast.IfExp) -> Any:
        return self._eval(node.body if _truth(self._eval(node.test)) else node.orelse)

    def _check_disallowed_items(self, item: Any) -> None:
        """Nothing but plain values ever comes in."""


_NODES = (ast.Name, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Constant)


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


def _truth(value: Any) -> bool:
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


_OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: _add, ast.Sub: _subtract,
    ast.Mult: lambda left, right: _number(left) * _number(right),
    ast.Div: lambda left, right: _divided(_number(left), _number(right)),
    ast.BitAnd: lambda left, right: _text(_text(left) + _text(right)),
    ast.USub: lambda value: -_number(value), ast.UAdd: _number, ast.Not: lambda value: not _truth(value),
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
_CALLS = {name: function.act for name, function in FUNCTIONS.items()}


@lru_cache(maxsize=2_000)
def compiled(source: str) -> Formula:
    """Read a formula; raises FormulaError naming what is not part of the language."""
    if len(source) > LONGEST:
        raise FormulaError("FORMULA_LONG", _("A formula has at most {most} characters", most=LONGEST))
    if not source.strip():
        raise FormulaError("REQUIRED", _("The formula is empty"))
    if _STRAY.search(source):
        raise FormulaError("FORMULA_SYNTAX", _("The formula has a character that it can't have"))
    try:
        tree = ast.parse(" ".join(source.split()), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        place = getattr(error, "offset", None)
        raise FormulaError("FORMULA_SYNTAX", _("The formula can't be read near character {place}", place=place)
                           if place else _("The formula can't be read")) from None
    reader = _Reader(" ".join(source.split()))
    read = reader.read(tree, 0)
    return Formula(source, frozenset(reader.names), frozenset(reader.lists), read)


class _Reader:
    """Goes through a parsed formula, refuses what is not part of the language, and gathers what it uses."""

    def __init__(self, source: str) -> None:
        self.names: set[str] = set()
        self.lists: set[str] = set()
        self._source = source
        self._parts = 0

    def read(self, node: ast.expr, depth: int) -> ast.expr:
        """Give the tree to be worked out: dotted names as one, numbers exact."""
        self._parts += 1
        if self._parts > MOST_PARTS or depth > DEEPEST:
            raise FormulaError("FORMULA_LONG", _("The formula has too many parts; split it into several fields"))
        deeper = depth + 1
        match node:
            case ast.Constant(value=bool() | str()):
                return node
            case ast.Constant(value=int() | float()):
                return ast.Constant(value=_literal(ast.get_source_segment(self._source, node) or ""))  # type: ignore[arg-type]  # only our evaluator meets it
            case ast.Name() | ast.Attribute():
                name = _dotted(node)
                self.names.add(name)
                return ast.Name(name, ast.Load())
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Not()):
                return ast.UnaryOp(node.op, self.read(node.operand, deeper))
            case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() | ast.BitAnd()):
                return ast.BinOp(self.read(node.left, deeper), node.op, self.read(node.right, deeper))
            case ast.BoolOp():
                return ast.BoolOp(node.op, [self.read(each, deeper) for each in node.values])
            case ast.IfExp():
                return ast.IfExp(*(self.read(each, deeper) for each in (node.test, node.body, node.orelse)))
            case ast.Compare() if all(type(each) in _OPERATORS for each in node.ops):
                return ast.Compare(self.read(node.left, deeper), node.ops,
                                   [self.read(each, deeper) for each in node.comparators])
            case ast.Call(func=ast.Name(id=name), keywords=[]):
                return self._call(name, node.args, deeper)
        raise FormulaError("FORMULA_SYNTAX", _("“{part}” is not part of the language of formulas",
                                               part=ast.unparse(node)[:60]))

    def _call(self, name: str, args: Sequence[ast.expr], depth: int) -> ast.expr:
        known = FUNCTIONS.get(name)
        if known is None:
            raise FormulaError("FORMULA_FUNCTION", _("There is no function {name}; there are {names}", name=name[:40],
                                                     names=", ".join(FUNCTIONS)))
        if not known.least <= len(args) <= known.most:
            raise FormulaError("FORMULA_FUNCTION", _("{name}() takes {least} to {most} values", name=name,
                                                     least=known.least, most=known.most))
        called = ast.Name(name, ast.Load())
        if not known.gathers:
            return ast.Call(called, [self.read(each, depth) for each in args], [])
        if not isinstance(args[0], ast.Name | ast.Attribute):
            raise FormulaError("FORMULA_FUNCTION", _(
                "{name}() takes a column of a sub-table, as in {name}(x_items.x_amount)", name=name))
        column = _dotted(args[0])
        self.lists.add(column)
        return ast.Call(called, [ast.Name(column, ast.Load())], [])


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    inner = node
    while isinstance(inner, ast.Attribute) and len(parts) < 4:
        parts.append(inner.attr)
        inner = inner.value
    if not isinstance(inner, ast.Name) or any(each.startswith("_") for each in (inner.id, *parts)):
        raise FormulaError("FORMULA_SYNTAX", _("“{part}” is not part of the language of formulas",
                                               part=ast.unparse(node)[:60]))
    return ".".join([inner.id, *reversed(parts)])


def _literal(written: str) -> Decimal:
    """Read a number as it is written, which Python has made a float of already."""
    try:
        number = Decimal(written.replace("_", ""))
    except ArithmeticError:
        raise FormulaError("FORMULA_SYNTAX", _("“{part}” is not part of the language of formulas",
                                               part=written[:60])) from None
    if not number.is_finite() or abs(number) >= LARGEST or (number and number.adjusted() < -12):
        raise FormulaError("FORMULA_SIZE", _("A number in the formula is too large or too small"))
    return number


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
            return _truth(value)
    return _text(value)[:400]


def cycle_in(uses: Mapping[str, Iterable[str]]) -> list[str]:
    """Find a way from a formula back to itself; empty where there is none."""
    done: set[str] = set()

    def follow(code: str, way: list[str]) -> list[str]:
        if code in way:
            return [*way[way.index(code):], code]
        if code in done:
            return []
        for each in uses.get(code, ()):
            if each in uses and (found := follow(each, [*way, code])):
                return found
        done.add(code)
        return []

    return next((found for code in uses if (found := follow(code, []))), [])


def in_order(uses: Mapping[str, Iterable[str]]) -> list[str]:
    """Give formulas so that each comes after those it uses; those in a cycle are left out."""
    ordered: list[str] = []
    waiting = {code: {each for each in used if each in uses} for code, used in uses.items()}
    while ready := sorted(code for code, needs in waiting.items() if needs <= set(ordered)):
        ordered += ready
        for code in ready:
            del waiting[code]
    return ordered
