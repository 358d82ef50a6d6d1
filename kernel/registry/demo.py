"""Fill a new installation with a demo company: who works there, two years of its trade, and what it works on today."""

import datetime as dt
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from importlib.util import find_spec

from kernel.entities.database import Database
from kernel.entities.work import SYSTEM, Session, session, unit_of_work
from kernel.registry.discovery import discover
from kernel.registry.installing import SignIn, make_records

__all__ = ["DemoStep", "Period", "demo_steps", "make_demo", "periods"]

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


@dataclass(frozen=True, slots=True)
class DemoStep:
    """A piece of the demo, made in a unit of work of its own that believes it is the evening of `day`, if one is named.

    `make` gives who may sign in to it; None where its package, if it is one's alone, has nothing of the kind.
    """

    package: str
    make: Callable[[], Sequence[SignIn] | None]
    day: dt.date | None = None

    @contextmanager
    def work(self, database: Database, company_id: int) -> Iterator[Session]:
        """Open the unit of work to make it in."""
        with unit_of_work(replace(SYSTEM, company_id=company_id), database=database) as current:
            if self.day is not None:
                current.work.now = dt.datetime.combine(self.day, EVENING)
            yield current


def demo_steps(names: Sequence[str], today: dt.date, *, large: bool = False) -> list[DemoStep]:
    """Give the steps that make the demo of some plugins, in order; they are the same for the same day.

    Each package's `demo` module has some of these, in this order: `found()` makes people, masters and what one starts
    with; `make()` the records that one works on today; `go_on()` finds what the others made: orders have been reserved
    by then, and can be planned, shipped and invoiced; `settle()` pays what was invoiced. After `found` comes the past:
    `demo_history.STEPS` say what the package does in each half month of two years. Before it, where the demo is to be
    `large`, `demo_large.make()` makes each of the `MONTHS` that went before.
    """
    available = discover()
    packages = ("kernel.shared", *(available[name].package for name in names))

    def own(package: str, function: str) -> DemoStep:
        return DemoStep(package, partial(make_records, package, "demo", function))

    def called(function: str) -> list[DemoStep]:
        return [own(package, function) for package in packages]

    return [
        *called("found"), own("kernel.tags", "found"), own("kernel.printing", "found"),
        *(_months_before(packages, today) if large else ()), *_past(packages, today),
        *called("make"), *called("go_on"), *called("settle"), own("kernel.notices", "settle")]


def make_demo(
    database: Database, names: Sequence[str], company_id: int, *, large: bool = False, say: Say = lambda words: None
) -> Mapping[str, Sequence[SignIn]]:
    """Make the demo's records; gives the packages that had some. `say` is told which day it has come to."""
    with unit_of_work(replace(SYSTEM, company_id=company_id), database=database, reading=True) as current:
        today = current.today
    made: dict[str, list[SignIn]] = {}
    for step in demo_steps(names, today, large=large):
        with step.work(database, company_id):
            people = step.make()
        if people is not None and not step.day:
            made[step.package] = [*made.get(step.package, ()), *people]
        if step.day:
            say(f"{step.day:%Y-%m-%d}")
    return made


def _months_before(packages: Sequence[str], today: dt.date) -> Iterator[DemoStep]:
    """Give the months that packages make before the two years, the oldest first."""
    for package in packages:
        path = f"{package}.demo_large"
        if find_spec(path) is None:
            continue
        module = import_module(path)
        for number in range(module.MONTHS):
            first, last = _month(today, YEARS * 12 + module.MONTHS - number)
            yield DemoStep(package, partial(module.make, number, first, last), last)


def _month(today: dt.date, ago: int) -> tuple[dt.date, dt.date]:
    """Give the first and last day of the month that lies so many months before a day's."""
    year, month = divmod(today.year * 12 + today.month - 1 - ago, 12)
    return dt.date(year, month + 1, 1), dt.date(year, month + 1, monthrange(year, month + 1)[1])


def _past(packages: Sequence[str], today: dt.date) -> Iterator[DemoStep]:
    """Give the half months of the past, in each of which every package takes its steps."""
    found = [path for package in packages if find_spec(path := f"{package}.demo_history") is not None]
    for period in periods(today) if found else ():
        yield DemoStep("", partial(_live_through, found, period), period.last)


def _live_through(histories: Sequence[str], period: Period) -> None:
    """Take the steps of all packages in a half month, in the order of the numbers they are listed under."""
    steps = [each for path in histories for each in import_module(path).STEPS.items()]
    for _number, step in sorted(steps, key=lambda each: each[0]):
        step(period.first, period.last)
        session().flush()
