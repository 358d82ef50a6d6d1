"""Fill a new installation with a demo company: who works there, two years of its trade, and what it works on today."""

import datetime as dt
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec

from kernel.entities.database import Database
from kernel.entities.work import SYSTEM, session, unit_of_work
from kernel.registry.discovery import discover
from kernel.registry.installing import SignIn, make_records

__all__ = ["Period", "make_demo", "periods"]

YEARS = 2
EVENING = dt.time(9, tzinfo=dt.UTC)
"""When a day's work is entered: the end of an afternoon in Taichung."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Period:
    """Half a month of the company's past."""

    first: dt.date
    last: dt.date


def periods(today: dt.date) -> Iterator[Period]:
    """Give the half months of two years, up to yesterday."""
    year, month = today.year - YEARS, today.month
    while (first := dt.date(year, month, 1)) < today:
        end = first.replace(day=monthrange(year, month)[1])
        for begin, last in ((first, first.replace(day=15)), (first.replace(day=16), end)):
            if begin < today:
                yield Period(begin, min(last, today - dt.timedelta(days=1)))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def make_demo(
    database: Database, names: Sequence[str], company_id: int, *, large: bool = False, say: Say = lambda words: None
) -> Mapping[str, Sequence[SignIn]]:
    """Make the demo's records, a unit of work per package and step; gives the packages that had some.

    Each package's `demo` module has some of these, in this order: `found()` makes people, masters and what one starts
    with; `make()` the records that one works on today; `go_on()` finds what the others made: orders have been reserved
    by then, and can be planned, shipped and invoiced; `settle()` pays what was invoiced. After `found` comes the past:
    `demo_history.STEPS` say what the package does in each half month of two years. Before it, where the demo is to be
    `large`, `demo_large.make()` makes each of the `MONTHS` that went before.
    """
    available = discover()
    packages = ("kernel.shared", *(available[name].package for name in names))
    made: dict[str, list[SignIn]] = {}

    def call(function: str) -> None:
        for package in packages:
            with unit_of_work(replace(SYSTEM, company_id=company_id), database=database):
                people = make_records(package, "demo", function)
            if people is not None:
                made[package] = [*made.get(package, ()), *people]

    call("found")
    if large:
        _remember_more(database, packages, company_id, say)
    _live_through(database, packages, company_id, say)
    for function in ("make", "go_on", "settle"):
        call(function)
    return made


def _remember_more(database: Database, packages: Sequence[str], company_id: int, say: Say) -> None:
    """Have packages make the months before the two years, the oldest first, a unit of work each."""
    for package in packages:
        path = f"{package}.demo_large"
        if find_spec(path) is None:
            continue
        module = import_module(path)
        for number in range(module.MONTHS):
            with unit_of_work(replace(SYSTEM, company_id=company_id), database=database) as current:
                first, last = _month(current.today, YEARS * 12 + module.MONTHS - number)
                current.work.now = dt.datetime.combine(last, EVENING)
                module.make(number, first, last)
            say(f"{last:%Y-%m} ({number + 1}/{module.MONTHS})")


def _month(today: dt.date, ago: int) -> tuple[dt.date, dt.date]:
    """Give the first and last day of the month that lies so many months before a day's."""
    year, month = divmod(today.year * 12 + today.month - 1 - ago, 12)
    return dt.date(year, month + 1, 1), dt.date(year, month + 1, monthrange(year, month + 1)[1])


def _live_through(database: Database, packages: Sequence[str], company_id: int, say: Say) -> None:
    """Have each package take its steps in every half month, in a unit of work that believes it is the last evening."""
    steps = _steps(packages)
    if not steps:
        return
    with unit_of_work(replace(SYSTEM, company_id=company_id), database=database) as current:
        today = current.today
    for period in periods(today):
        with unit_of_work(replace(SYSTEM, company_id=company_id), database=database) as current:
            current.work.now = dt.datetime.combine(period.last, EVENING)
            for step in steps:
                step(period.first, period.last)
                session().flush()
        say(f"{period.last:%Y-%m-%d}")


def _steps(packages: Sequence[str]) -> list[Callable[[dt.date, dt.date], None]]:
    """Give what is done in a half month, in the order of the numbers it is listed under."""
    found: list[tuple[int, Callable[[dt.date, dt.date], None]]] = []
    for package in packages:
        path = f"{package}.demo_history"
        if find_spec(path) is not None:
            found += import_module(path).STEPS.items()
    return [step for _number, step in sorted(found, key=lambda each: each[0])]
