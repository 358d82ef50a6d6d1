"""Say where Trellis's time goes in a figure: `python -m benchmarks.profiling P1 [--database postgresql]`.

Prints the processor's milliseconds that one unit of work takes in this process without the profiler (what a
PostgreSQL server computes is not in them), its statements, then two tables from a profiled run: by what is done
(Python's own functions given to what calls them), and by Trellis's functions with everything they call. Shares hold;
the profiler makes everything about twice as slow, and so does a machine that others use.
"""

from __future__ import annotations

import cProfile
import pstats
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from benchmarks.figure import CannotRun, Figure, Work
from benchmarks.grounds import ground
from benchmarks.running import figures, quiet

ROOT = Path(__file__).resolve().parents[1]
ACTS = (
    ("the driver and the database", r"sqlite3\.(Cursor|Connection)|psycopg|psycopg_binary|_copy"),
    ("building statements", r"sqlalchemy/sql/(?!compiler)"),
    ("compiling and executing them", r"sqlalchemy/(engine|dialects|pool|sql/compiler|connectors)"),
    ("the ORM: loading, flushing", r"sqlalchemy/orm"),
    ("SQLAlchemy, the rest", r"sqlalchemy"),
    ("the kernel", rf"{re.escape(str(ROOT))}/kernel"),
    ("the plugins", rf"{re.escape(str(ROOT))}/plugins"),
    ("the benchmark", rf"{re.escape(str(ROOT))}/benchmarks"),
)
"""Where a function belongs, by its file or name, the first that fits. The rest is Python's own."""
NAMED = re.compile(r"(?:FROM|INTO|UPDATE) +(\w+)")
console = Console(width=140)


@click.command()
@click.argument("code")
@click.option("--part", help="One part of it, where it has several: P4.post.")
@click.option("--database", type=click.Choice(["sqlite", "postgresql"]), default="sqlite", show_default=True)
@click.option("--rows", default=60, show_default=True, help="How many functions to show.")
def main(code: str, part: str | None, database: Any, rows: int) -> None:
    """Profile what Trellis does in a figure."""
    quiet()
    figure: Figure = figures()[code.upper()]
    chosen = part or figure.parts[0].code
    try:
        with ground(database, with_peer=False) as here, figure.open(here) as contest:
            work = contest.trellis[chosen]
            work()
            with counted() as statements:
                work()
            units = work_units(work)
            plain = statistics.median(processor_seconds(work) for _ in range(5)) * 1000 / units
            profile = cProfile.Profile()
            profile.runcall(work)
    except CannotRun as reason:
        raise click.ClickException(str(reason)) from reason
    stats: Any = pstats.Stats(profile)
    profiled = stats.total_tt * 1000 / units
    console.print(f"{chosen} on {database}: {plain:.2f} ms a unit, {profiled:.2f} ms with the profiler")
    show_statements(statements)
    show_acts(stats.stats, units)
    show_functions(stats.stats, units, rows)


def work_units(work: Work) -> float:
    """Tell how many units of work are done in one go: it returns the seconds of one of them."""
    started = time.perf_counter()
    one = work()
    return max(round((time.perf_counter() - started) / one), 1)


def processor_seconds(work: Work) -> float:
    """Do the work and give the processor's time that this process took."""
    started = time.process_time()
    work()
    return time.process_time() - started


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements that are sent meanwhile."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def show_statements(statements: list[str]) -> None:
    """Print how often each kind of statement was sent in one run."""
    kinds = Counter(f"{s.split(None, 1)[0]} {', '.join(NAMED.findall(s)[:3])}" for s in statements)
    table = Table(title=f"{len(statements)} statements in one run", title_justify="left")
    table.add_column("times", justify="right")
    table.add_column("statement and its tables")
    for kind, times in kinds.most_common():
        table.add_row(str(times), kind)
    console.print(table)


def show_acts(stats: dict[Any, Any], units: float) -> None:
    """Print the share of each act: own time of its functions, and of Python's own called from them."""
    spent: Counter[str] = Counter()
    for function, (_, _, own, _, callers) in stats.items():
        act = _act(function)
        if act is not None or not callers:
            spent[act or "Python's own"] += own
            continue
        for caller, (_, _, own_there, _) in callers.items():
            spent[_act(caller) or "Python's own"] += own_there
    whole = sum(spent.values())
    table = Table(title="By act", title_justify="left")
    for column in ("share", "ms a unit, profiled"):
        table.add_column(column, justify="right")
    table.add_column("act")
    for act, seconds in spent.most_common():
        table.add_row(f"{seconds / whole:.0%}", f"{seconds * 1000 / units:.2f}", act)
    console.print(table)


def show_functions(stats: dict[Any, Any], units: float, rows: int) -> None:
    """Print Trellis's functions by the time they and all they call take."""
    ours = [
        (together, own, calls, function) for function, (_, calls, own, together, _) in stats.items()
        if function[0].startswith((f"{ROOT}/kernel", f"{ROOT}/plugins"))
    ]
    table = Table(title="By function of Trellis, with what it calls", title_justify="left")
    for column in ("ms a unit, profiled", "own", "calls a unit"):
        table.add_column(column, justify="right")
    table.add_column("function")
    for together, own, calls, (file, line, name) in sorted(ours, reverse=True)[:rows]:
        place = f"{Path(file).relative_to(ROOT)}:{line} {name}"
        table.add_row(f"{together * 1000 / units:.2f}", f"{own * 1000 / units:.2f}", f"{calls / units:.1f}", place)
    console.print(table)


def _act(function: tuple[str, int, str]) -> str | None:
    """Say what a function is about; None for Python's own, which serves whoever calls it."""
    place = f"{function[0]} {function[2]}"
    return next((act for act, pattern in ACTS if re.search(pattern, place)), None)


if __name__ == "__main__":
    main()
