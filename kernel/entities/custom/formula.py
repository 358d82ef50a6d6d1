"""The language of formulas: exact numbers, texts and dates over the fields of a record; nothing that loops or grows.

    x_quantity * x_price * (1 - x_discount / 100)
    sum(x_items.x_amount) if x_kind == "goods" else 0
    customer.name & " (" & customer.country & ")"

A formula is parsed once, held against a list of what may stand in it, and worked out by simpleeval, from which all
but names, numbers, texts, operators and the functions below is taken away. Numbers are decimals of 34 digits at most
and never floats; a formula has at most 2,000 characters and 400 parts, no loops and no powers, so it ends at once.
"""

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import (
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

from kernel.entities.custom.functions import FUNCTIONS, LARGEST, OPERATORS, FormulaError, truth_of
from kernel.i18n import _

__all__ = ["Formula", "parse_formula"]

LONGEST = 2_000
MOST_PARTS = 400
DEEPEST = 40
_EXACT = Context(prec=34, Emax=40, Emin=-40, traps=[InvalidOperation, DivisionByZero, Overflow, FloatOperation])
_STRAY = re.compile(r"[^\x20-\x7e\n\t\u00a0-\uffff]")


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
        super().__init__(operators=OPERATORS, functions=_CALLS, names=dict(values))
        self.nodes: dict[type, Callable[..., Any]] = {node: self.nodes[node] for node in _NODES}

    def _eval_name(self, node: ast.Name) -> Any:
        return self.names[node.id]

    def _eval_boolop(self, node: ast.BoolOp) -> bool:
        wanted = isinstance(node.op, ast.Or)
        return any(truth_of(self._eval(each)) for each in node.values) if wanted else all(
            truth_of(self._eval(each)) for each in node.values)

    def _eval_ifexp(self, node: ast.IfExp) -> Any:
        return self._eval(node.body if truth_of(self._eval(node.test)) else node.orelse)

    def _check_disallowed_items(self, item: Any) -> None:
        """Nothing but plain values ever comes in."""


_CALLS = {name: function.act for name, function in FUNCTIONS.items()}
_NODES = (ast.Name, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Constant)


@lru_cache(maxsize=2_000)
def parse_formula(source: str) -> Formula:
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
                exact: Any = _literal(ast.get_source_segment(self._source, node) or "")  # only our evaluator meets it
                return ast.Constant(value=exact)
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
            case ast.Compare() if all(type(each) in OPERATORS for each in node.ops):
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
