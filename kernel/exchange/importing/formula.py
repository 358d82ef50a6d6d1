"""The two small languages inside a mapping: templates such as `{First} {Last}`, and formulas such as `Price * Qty`.

A formula knows columns, numbers, texts, + - * /, comparison, `in`, and/or/not, `a if condition else b` and the
functions below. It can't loop, call anything else, or grow: numbers have 28 digits and texts are cells.
"""

import ast
import operator
import string
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from kernel.errors import UsageError
from kernel.exchange.importing.numbers import read_number
from kernel.i18n import _

__all__ = ["Formula", "FormulaError", "Template"]

LONGEST = 500
Row = Sequence[str]
Part = Callable[[Row], Any]


class FormulaError(ValueError):
    """A formula that can't be worked out for one row; the message says why."""


class Template:
    """Text with columns in braces; runs of blanks that empty columns leave behind become one."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._literals: list[str] = []
        columns: list[str] = []
        try:
            for literal, name, spec, conversion in string.Formatter().parse(source):
                self._literals.append(literal)
                if name is not None:
                    if not name or spec or conversion:
                        raise ValueError(_("braces hold a column's name only"))
                    columns.append(name)
        except ValueError as error:
            raise UsageError("MAPPING", _("Template {source}: {error}", source=repr(source), error=error)) from None
        self.columns = tuple(columns)

    def fill(self, row: Row) -> str:
        """Give the text for the cells of `columns`; empty where all of them are."""
        if not any(row):
            return ""
        cells = iter((*row, ""))
        return " ".join("".join(literal + next(cells, "") for literal in self._literals).split())


class Formula:
    """An expression over a row's cells, compiled once."""

    def __init__(self, source: str, decimal: str = ".", thousands: str = "") -> None:
        self.source = source
        self._columns: dict[str, int] = {}

        def number(value: Any) -> Decimal:
            return _number(value, decimal, thousands)

        self._number = number
        if len(source) > LONGEST:
            raise self._mistake(_("it is longer than {n} characters", n=LONGEST))
        try:
            tree = ast.parse(source.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise self._mistake(getattr(error, "msg", str(error))) from None
        self._run = self._compile(tree.body)
        self.columns = tuple(self._columns)

    def work_out(self, row: Row) -> str:
        """Give the result as text for the cells of `columns`; raises FormulaError."""
        return _text(self._value(row))

    def holds(self, row: Row) -> bool:
        """Say whether the formula is true for the cells of `columns`; raises FormulaError."""
        return bool(self._value(row))

    def _value(self, row: Row) -> Any:
        try:
            return self._run(row)
        except (ArithmeticError, InvalidOperation) as error:
            raise FormulaError(str(_("{source} can't be worked out: {error}", source=self.source,
                                     error=type(error).__name__))) from error

    def _mistake(self, what: object) -> UsageError:
        return UsageError("MAPPING", _("Formula {source}: {what}", source=repr(self.source), what=what))

    def _compile(self, node: ast.expr) -> Part:
        match node:
            case ast.Constant(value=str() | bool() | None as value):
                return lambda row: value
            case ast.Constant(value=int() | float() as value):
                exact = Decimal(str(value))
                return lambda row: exact
            case ast.Name() | ast.Attribute():
                return self._cell(_dotted(node, self))
            case ast.BinOp():
                return self._arithmetic(node)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                number, value_of = self._number, self._compile(inner)
                return lambda row: -number(value_of(row))
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                value_of = self._compile(inner)
                return lambda row: not value_of(row)
            case ast.BoolOp(op=op, values=values):
                parts = [self._compile(value) for value in values]
                if isinstance(op, ast.And):
                    return lambda row: all(part(row) for part in parts)
                return lambda row: any(part(row) for part in parts)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                condition, then, other = self._compile(test), self._compile(body), self._compile(orelse)
                return lambda row: then(row) if condition(row) else other(row)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._comparison(left, op, right)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self._call(name, args)
        raise self._mistake(_("{part} is not part of the formula language", part=ast.unparse(node)))

    def _cell(self, name: str) -> Part:
        position = self._columns.setdefault(name, len(self._columns))
        return lambda row: row[position]

    def _arithmetic(self, node: ast.BinOp) -> Part:
        act = _ARITHMETIC.get(type(node.op))
        if act is None:
            raise self._mistake(_("only + - * / are known"))
        left, right, number = self._compile(node.left), self._compile(node.right), self._number
        return lambda row: act(number(left(row)), number(right(row)))

    def _comparison(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Part:
        first, number = self._compile(left), self._number
        if isinstance(op, ast.In | ast.NotIn):
            if not isinstance(right, ast.Tuple | ast.List | ast.Set):
                raise self._mistake(_("`in` needs a list, as in Status in ('1', '2')"))
            choices = [self._compile(each) for each in right.elts]
            wanted = isinstance(op, ast.In)
            return lambda row: any(_same(first(row), each(row), number) for each in choices) is wanted
        act = _COMPARISONS.get(type(op))
        if act is None:
            raise self._mistake(_("only == != < <= > >= and `in` compare"))
        second = self._compile(right)

        def compare(row: Row) -> bool:
            one, other = first(row), second(row)
            if isinstance(one, Decimal) or isinstance(other, Decimal):
                one, other = number(one), number(other)
            return bool(act(one, other))

        return compare

    def _call(self, name: str, args: list[ast.expr]) -> Part:
        if name == "column":
            if len(args) != 1 or not isinstance(args[0], ast.Constant) or not isinstance(args[0].value, str):
                raise self._mistake(_("column() takes a column's name in quotes"))
            return self._cell(args[0].value)
        known = _FUNCTIONS.get(name)
        if known is None:
            raise self._mistake(_("there is no function {name}; there are {names}", name=name,
                                  names=", ".join(["column", *_FUNCTIONS])))
        least, most, act = known
        if not least <= len(args) <= most:
            raise self._mistake(_("{name} takes {least} to {most} values", name=name, least=least, most=most))
        parts, number = [self._compile(each) for each in args], self._number
        return lambda row: act(number, *(part(row) for part in parts))


def _dotted(node: ast.expr, formula: Formula) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, formula)}.{node.attr}"
    raise formula._mistake(_("{part} is no column", part=ast.unparse(node)))


def _number(value: Any, decimal: str, thousands: str) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool):
        return Decimal(value)
    if value in ("", None):
        return Decimal(0)
    try:
        return read_number(str(value), decimal, thousands)
    except ValueError as error:
        raise FormulaError(str(error)) from None


def _same(one: Any, other: Any, number: Callable[[Any], Decimal]) -> bool:
    if isinstance(one, Decimal) or isinstance(other, Decimal):
        return number(one) == number(other)
    return bool(one == other)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def _whole(value: Any) -> int:
    number = Decimal(value)
    if not 0 <= number <= LONGEST:
        raise FormulaError(str(_("{value} is no count of characters or places", value=value)))
    return int(number)


def _round(number: Callable[[Any], Decimal], value: Any, places: Any = 0) -> Decimal:
    return number(value).quantize(Decimal(1).scaleb(-min(_whole(places), 6)), ROUND_HALF_UP)


_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge}
_FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "number": (1, 1, lambda number, value: number(value)),
    "text": (1, 1, lambda number, value: _text(value)),
    "round": (1, 2, _round),
    "abs": (1, 1, lambda number, value: abs(number(value))),
    "min": (2, 9, lambda number, *values: min(map(number, values))),
    "max": (2, 9, lambda number, *values: max(map(number, values))),
    "upper": (1, 1, lambda number, value: _text(value).upper()),
    "lower": (1, 1, lambda number, value: _text(value).lower()),
    "trim": (1, 1, lambda number, value: _text(value).strip()),
    "left": (2, 2, lambda number, value, n: _text(value)[:_whole(n)]),
    "right": (2, 2, lambda number, value, n: _text(value)[-_whole(n):] if _whole(n) else ""),
    "concat": (1, 9, lambda number, *values: "".join(map(_text, values))),
    "replace": (3, 3, lambda number, value, old, new: _text(value).replace(_text(old), _text(new))[:10_000]),
    "before": (2, 2, lambda number, value, mark: _text(value).partition(_text(mark))[0]),
    "after": (2, 2, lambda number, value, mark: _text(value).partition(_text(mark))[2]),
    "empty": (1, 1, lambda number, value: value in ("", None)),
    "starts": (2, 2, lambda number, value, start: _text(value).startswith(_text(start))),
}
