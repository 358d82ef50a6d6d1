"""Document numbers: counted per series, company and period; from blocks with gaps, or gapless at posting."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection, String, Table, bindparam, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from kernel.entities.base import Base, Entity
from kernel.entities.types import Id

if TYPE_CHECKING:
    from kernel.entities.database import Database

__all__ = [
    "NumberCounter", "NumberLeases", "counter_block", "format_numbers", "period_of", "rehearsed_numbers", "series_of",
    "series_words",
]


class NumberCounter(Base):
    """The next number of a series (`crm.lead.number`) in a company and period ("" where the pattern names none)."""

    __tablename__ = "kernel_number_counter"

    series: Mapped[str] = mapped_column(String(120), primary_key=True)
    company_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    next: Mapped[int] = mapped_column(Id, nullable=False)


_counters = cast(Table, NumberCounter.__table__)
_TAKE = update(_counters).where(
    _counters.c.series == bindparam("of_series"), _counters.c.company_id == bindparam("of_company"),
    _counters.c.period == bindparam("of_period"),
).values(next=_counters.c.next + bindparam("count", type_=Id)).returning(_counters.c.next)


def period_of(pattern: str, day: dt.date) -> str:
    """Name the period a number is counted in: the year, month or day that the pattern shows, else ""."""
    names = set(re.findall(r"{(year|month|day)", pattern))
    form = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
    return next((day.strftime(form[unit]) for unit in form if unit in names), "")


def series_words(pattern: str) -> list[str]:
    """Name the fields of the record that a pattern shows ("{journal_code}-{year}-{n:05}"): each value has a series."""
    return [word for word in re.findall(r"{(\w+)", pattern) if word not in ("year", "month", "day", "n")]


def series_of(name: str, values: Sequence[str]) -> str:
    """Name the series that numbers with these values of the pattern's words are counted in."""
    return ":".join((name, *values))


def format_numbers(
    pattern: str, day: dt.date, numbers: Sequence[int], words: Mapping[str, object] = MappingProxyType({})
) -> list[str]:
    """Write numbers by a pattern such as "SO-{year}-{n:05}"; `words` are the values of the fields it shows."""
    date = {"year": day.year, "month": f"{day.month:02}", "day": f"{day.day:02}"}
    return [pattern.format(**date, **words, n=n) for n in numbers]


def counter_block(connection: Connection, series: str, company: int, period: str, count: int) -> int:
    """Take `count` numbers of a series in the connection's transaction and give the first.

    The counter's row stays locked until the transaction ends, which is what makes a gapless series gapless.
    """
    take = {"of_series": series, "of_company": company, "of_period": period, "count": count}
    end = connection.execute(_TAKE, take).scalar()
    if end is None:
        try:
            with connection.begin_nested():
                connection.execute(insert(NumberCounter).values(
                    series=series, company_id=company, period=period, next=1 + count))
            return 1
        except IntegrityError:  # somebody else opened the series a moment ago
            end = connection.execute(_TAKE, take).scalar_one()
    return int(end) - count


_REHEARSED = "trellis.rehearsed_number"
_BEYOND = 1_000_000_000


class NumberLeases:
    """Blocks of numbers held by a process, so that two creators of orders never wait for each other.

    On PostgreSQL a block is taken on a connection of its own and committed at once. SQLite has one writer, so
    numbers are taken in its transaction, exactly as many as needed.
    """

    def __init__(self, database: "Database", block: int = 10) -> None:
        self._database = database
        self._block = block
        self._free: dict[tuple[str, int, str], range] = {}

    def take(self, connection: Connection, series: str, company: int, period: str, count: int) -> Sequence[int]:
        """Give `count` numbers of a series in ascending order."""
        rehearsed = connection.info.get(_REHEARSED)
        if rehearsed is not None:
            connection.info[_REHEARSED] = rehearsed + count
            return range(rehearsed, rehearsed + count)
        if connection.dialect.name == "sqlite":
            first = counter_block(connection, series, company, period, count)
            return range(first, first + count)
        key = (series, company, period)
        with self._database.lock:
            free = self._free.get(key, range(0))
            if len(free) < count:
                size = max(count, self._block)
                with self._database.engine.begin() as own:
                    first = counter_block(own, series, company, period, size)
                free = range(first, first + size)
            self._free[key] = free[count:]
            return free[:count]


@contextmanager
def rehearsed_numbers(connection: Connection) -> Iterator[None]:
    """Number what will be taken back with numbers beyond all series, so that none gets a gap by it."""
    connection.info[_REHEARSED] = _BEYOND
    try:
        yield
    finally:
        del connection.info[_REHEARSED]


def number_records(leases: NumberLeases, connection: Connection, day: dt.date, records: Sequence[Entity]) -> None:
    """Give new records of one entity the numbers of their serial fields that are still empty."""
    for field in type(records[0]).__fields__.values():
        if field.kind != "serial" or not field.required or field.pattern is None:
            continue
        waiting = [r for r in records if r.__dict__.get(field.name) is None]
        by_company: dict[int, list[Entity]] = {}
        for record in waiting:
            by_company.setdefault(record.company_id or 0, []).append(record)
        for company, group in by_company.items():
            series = f"{group[0].__entity__}.{field.name}"
            taken = leases.take(connection, series, company, period_of(field.pattern, day), len(group))
            for record, number in zip(group, format_numbers(field.pattern, day, taken), strict=True):
                setattr(record, field.name, number)
