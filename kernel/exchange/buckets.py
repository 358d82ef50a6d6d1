"""Days, weeks, months, quarters and years that dates and moments are gathered into, in SQL and in words."""

import datetime as dt
from typing import Any, Literal, get_args

from babel.dates import format_skeleton
from sqlalchemy import Date, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from kernel.entities.fields import Field
from kernel.i18n import _, current_locale, current_timezone, format_date

__all__ = ["BUCKETS", "Bucket", "bucket_label", "bucketed", "last_day"]

Bucket = Literal["day", "week", "month", "quarter", "year"]
BUCKETS: tuple[Bucket, ...] = get_args(Bucket)

_SQLITE_STARTS = {
    "day": "date({day})",
    "week": "date({day}, 'weekday 0', '-6 days')",
    "month": "date({day}, 'start of month')",
    "quarter": "date({day}, 'start of month', '-' || ((strftime('%m', {day}) + 2) % 3) || ' months')",
    "year": "date({day}, 'start of year')",
}


def bucketed(field: Field, column: Any, bucket: Bucket) -> Any:
    """Give the first day of the bucket that a column's date falls into; a moment's by the day in the person's zone."""
    day = column if field.kind == "date" else _Local(column, literal_column(f"'{current_timezone().key}'"))
    return _Start(day, literal_column(bucket))


class _Local(FunctionElement[dt.date]):
    """The day a moment has in a time zone, which stands in the statement so that it can be grouped by."""

    inherit_cache = True
    type = Date()


@compiles(_Local)
def _render_local(element: _Local, compiler: SQLCompiler, **kwargs: Any) -> str:
    moment, zone = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return f"CAST({moment} AT TIME ZONE {zone} AS DATE)"


@compiles(_Local, "sqlite")
def _render_local_sqlite(element: _Local, compiler: SQLCompiler, **kwargs: Any) -> str:
    moment, zone = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return f"local_day({moment}, {zone})"


class _Start(FunctionElement[dt.date]):
    """The first day of the bucket that a day falls into."""

    inherit_cache = True
    type = Date()


@compiles(_Start)
def _render_start(element: _Start, compiler: SQLCompiler, **kwargs: Any) -> str:
    day, bucket = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return f"CAST(date_trunc('{bucket}', {day}::timestamp) AS DATE)"


@compiles(_Start, "sqlite")
def _render_start_sqlite(element: _Start, compiler: SQLCompiler, **kwargs: Any) -> str:
    day, bucket = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return _SQLITE_STARTS[bucket].format(day=day)


def last_day(first: dt.date, bucket: Bucket) -> dt.date:
    """Give the last day of the bucket that begins on a day."""
    if bucket == "day":
        return first
    if bucket == "week":
        return first + dt.timedelta(days=6)
    months = {"month": 1, "quarter": 3, "year": 12}[bucket]
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return dt.date(year, month + 1, 1) - dt.timedelta(days=1)


def bucket_label(first: dt.date, bucket: Bucket) -> str:
    """Name the bucket that begins on a day in the person's language."""
    if bucket == "day":
        return format_date(first)
    if bucket == "week":
        return str(_("Week of {day}", day=format_date(first)))
    skeleton = {"month": "yMMMM", "quarter": "yQQQ", "year": "y"}[bucket]
    return str(format_skeleton(skeleton, first, locale=current_locale()))
