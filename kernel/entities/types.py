"""Exact column types: decimals that stay decimals on SQLite and PostgreSQL, instants in UTC, JSON."""

import datetime as dt
from decimal import Decimal
from typing import Any, TypeAlias

import orjson
from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Numeric, String, Text
from sqlalchemy.engine.interfaces import Dialect as DialectType
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ColumnElement, operators, type_coerce
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from kernel.sealing import Secret

__all__ = ["Exact", "Id", "Instant", "Json", "Money", "Quantity", "amount", "ratio", "times"]

Money: TypeAlias = Decimal
"""An amount of money: exact, 6 decimals stored, rounded to its currency where a document says so."""
Quantity: TypeAlias = Decimal
"""A quantity in the unit of its record: exact, 6 decimals stored."""

Id = BigInteger().with_variant(Integer, "sqlite")

DECIMALS = 6
_LIMIT = 9_223_372_036_854_775_807


class Exact(TypeDecorator[Decimal]):
    """Store a decimal exactly: NUMERIC on PostgreSQL, a whole number of 10**-scale steps on SQLite.

    SUM, MIN, MAX, ORDER BY, +, - and comparison are exact on both. Multiplication and division in SQL raise
    TypeError: they would give a scaled product on SQLite. Use `times` and `ratio`.
    Binding raises ValueError for floats, for more decimals than `scale` and for values past 64 bits.
    """

    impl = Numeric
    cache_ok = True

    def __init__(self, scale: int = DECIMALS) -> None:
        super().__init__()
        self.scale = scale
        self.step = Decimal(1).scaleb(-scale)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(Numeric(38 if self.scale > 6 else 24, self.scale))

    def coerce(self, value: object) -> Decimal:
        """Turn a Decimal or int into a Decimal of at most `scale` places, or raise ValueError."""
        if isinstance(value, bool) or not isinstance(value, Decimal | int):
            raise ValueError(f"an exact number is a Decimal or int, not {type(value).__name__} {value!r}")
        number = Decimal(value)
        if not number.is_finite():
            raise ValueError(f"{value} is not a number that can be stored")
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > self.scale and number != number.quantize(self.step):
            raise ValueError(f"{value} has more than {self.scale} decimals")
        return number

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        number = self.coerce(value)
        scaled = int(number.scaleb(self.scale))
        if not -_LIMIT <= scaled <= _LIMIT:
            raise ValueError(f"{value} is too large to be stored")
        return scaled if dialect.name == "sqlite" else number

    def bind_processor(self, dialect: DialectType) -> Any:
        """Convert parameters: what is in order at once, without the nine calls of the generic path."""
        sqlite, places, full = dialect.name == "sqlite", self.scale, self.process_bind_param

        def to_exact(value: Any) -> Any:
            if type(value) is Decimal and value.is_finite():
                steps = int(value.scaleb(places))
                if -_LIMIT <= steps <= _LIMIT and Decimal(steps).scaleb(-places) == value:
                    return steps if sqlite else value
            return full(value, dialect)

        return to_exact

    def process_literal_param(self, value: Any, dialect: Dialect) -> str:
        return str(self.process_bind_param(value, dialect))

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None or dialect.name != "sqlite":
            return value if value is None or isinstance(value, Decimal) else Decimal(value)
        return Decimal(value).scaleb(-self.scale)

    def result_processor(self, dialect: DialectType, coltype: object) -> Any:
        """Convert results; written out because the generic path costs three calls a value."""
        if dialect.name == "sqlite":
            places = -self.scale

            def from_scaled(value: Any) -> Decimal | None:
                return None if value is None else Decimal(value).scaleb(places)

            return from_scaled
        return None

    class comparator_factory(TypeDecorator.Comparator[Decimal]):
        def operate(self, op: operators.OperatorType, *other: Any, **kwargs: Any) -> ColumnElement[Any]:
            _refuse_scaling(op)
            return super().operate(op, *other, **kwargs)

        def reverse_operate(self, op: operators.OperatorType, other: Any, **kwargs: Any) -> ColumnElement[Any]:
            _refuse_scaling(op)
            return super().reverse_operate(op, other, **kwargs)


def _refuse_scaling(op: operators.OperatorType) -> None:
    if op in (operators.mul, operators.truediv, operators.floordiv, operators.mod):
        raise TypeError("multiply and divide exact numbers in SQL with kernel's times() and ratio()")


def amount(value: Decimal | int | str, scale: int = DECIMALS) -> BindParameter[Decimal]:
    """Make an exact constant for use inside SQL functions: `func.coalesce(price, amount(0))`."""
    return BindParameter(None, Decimal(value), type_=Exact(scale), unique=True)


class _ExactOperation(FunctionElement[Decimal]):
    inherit_cache = False

    def __init__(self, verb: str, left: ColumnElement[Decimal], right: ColumnElement[Decimal]) -> None:
        super().__init__(left, right)
        self.verb = verb
        self.type = Exact()


@compiles(_ExactOperation)
def _render(element: _ExactOperation, compiler: SQLCompiler, **kwargs: Any) -> str:
    left, right = (f"({compiler.process(clause, **kwargs)})" for clause in element.clauses)
    if element.verb == "times":
        return f"round({left} * {right}, {DECIMALS})"
    return f"round({left} / nullif({right}, 0), {DECIMALS})"


@compiles(_ExactOperation, "sqlite")
def _render_scaled(element: _ExactOperation, compiler: SQLCompiler, **kwargs: Any) -> str:
    left, right = (f"({compiler.process(clause, **kwargs)})" for clause in element.clauses)
    step = 10**DECIMALS
    if element.verb == "times":
        return f"(({left} * {right} + sign({left} * {right}) * {step // 2}) / {step})"
    product = f"({left} * {step})"
    return f"(({product} + sign({left}) * (abs({right}) / 2)) / nullif({right}, 0))"


def times(left: ColumnElement[Decimal], right: ColumnElement[Decimal]) -> ColumnElement[Decimal]:
    """Multiply two exact columns of 6 decimals in SQL; the product is exact to 6 decimals, halves away from zero.

    On SQLite the product of the two scaled numbers must stay below 2**63 (about 9.2 million as a plain product):
    store larger amounts instead of computing them.
    """
    return type_coerce(_ExactOperation("times", left, right), Exact())


def ratio(left: ColumnElement[Decimal], right: ColumnElement[Decimal]) -> ColumnElement[Decimal]:
    """Divide two exact columns of 6 decimals in SQL; NULL where the divisor is zero."""
    return type_coerce(_ExactOperation("ratio", left, right), Exact())


class Sealed(TypeDecorator[Secret]):
    """Store a Secret: in the database lies what only the installation's secret key opens. Takes nothing plain."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Secret | None, dialect: Dialect) -> str | None:
        if value is not None and not isinstance(value, Secret):
            raise TypeError("a Secret is wanted: Secret.of(text)")
        return None if value is None else value.sealed

    def process_result_value(self, value: str | None, dialect: Dialect) -> Secret | None:
        return None if value is None else Secret(value)


class Instant(TypeDecorator[dt.datetime]):
    """Store a moment in UTC to the microsecond; refuses datetimes without a zone."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(DateTime(timezone=dialect.name != "sqlite"))

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; instants are stored in UTC")
        moment = value.astimezone(dt.UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def bind_processor(self, dialect: DialectType) -> Any:
        """Convert parameters; on PostgreSQL written out because every row has two moments, mostly in UTC already."""
        if dialect.name == "sqlite":
            return super().bind_processor(dialect)
        full, utc = self.process_bind_param, dt.UTC

        def in_utc(value: dt.datetime | None) -> dt.datetime | None:
            return value if value is None or value.tzinfo is utc else full(value, dialect)

        return in_utc

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)

    def result_processor(self, dialect: DialectType, coltype: object) -> Any:
        """Convert results; written out because every list reads two moments a row."""
        if dialect.name == "sqlite":
            parse = dt.datetime.fromisoformat

            def from_text(value: str | None) -> dt.datetime | None:
                return None if value is None else parse(value + "+00:00")

            return from_text
        utc = dt.UTC

        def in_utc(value: dt.datetime | None) -> dt.datetime | None:
            return None if value is None else value.astimezone(utc)

        return in_utc


def plain(value: object) -> str:
    """Write what JSON has no form for: decimals and dates as strings."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")  # 1.5 reads the same from SQLite and PostgreSQL
    return str(value)


class Json(TypeDecorator[Any]):
    """Store plain data as JSON (JSONB on PostgreSQL, text on SQLite); decimals and dates become strings."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "postgresql":
            return dialect.type_descriptor(String())
        from sqlalchemy.dialects.postgresql import JSONB  # noqa: PLC0415  # a tenth of a second that SQLite spares

        return dialect.type_descriptor(JSONB())

    def bind_processor(self, dialect: DialectType) -> Any:
        postgresql = dialect.name == "postgresql"
        if postgresql:
            from psycopg.types.json import Jsonb  # noqa: PLC0415  # a fifth of a second that SQLite spares

            def wrap(value: Any) -> Any:
                return None if value is None else Jsonb(value, dumps=lambda v: orjson.dumps(v, default=plain))

            return wrap

        def dump(value: Any) -> str | None:
            return None if value is None else orjson.dumps(value, default=plain).decode()

        return dump

    def result_processor(self, dialect: DialectType, coltype: object) -> Any:
        if dialect.name == "postgresql":
            return None  # the driver has decoded it; a JSON string would be decoded twice

        def load(value: Any) -> Any:
            return orjson.loads(value) if isinstance(value, str | bytes) else value

        return load
