"""Print results as a table of ratios."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Spread
from benchmarks.result import Result

WIDE = 150
"""Columns of the table where nobody looks at a terminal: a log keeps its lines."""
console = Console(width=None if sys.stdout.isatty() else WIDE)


def show(results: Sequence[Result]) -> None:
    """Print a line for each result: its value, its ratios to peer and limit, and whether they hold."""
    table = Table(title="Median (least to greatest) of rounds measured in turns")
    table.add_column("figure")
    table.add_column("database")
    table.add_column("value", justify="right")
    table.add_column("times the peer's rate", justify="right")
    table.add_column("at least", justify="right")
    table.add_column("times the limit's cost", justify="right")
    table.add_column("at most", justify="right")
    table.add_column("holds", justify="center")
    for result in results:
        table.add_row(
            f"{result.part.code} [dim]{result.part.what}[/]",
            result.database,
            _spread(result.value, result.part.unit),
            _spread(result.peer),
            _target(result.part.peer_at_least),
            _spread(result.limit),
            _target(result.limit_at_most),
            _verdict(result.holds),
        )
    console.print(table)
    for note in dict.fromkeys(f"{r.part.code} on {r.database}: {r.note}" for r in results if r.note):
        console.print(f"[yellow]{note}[/]")


def _spread(spread: Spread | None, unit: str = "") -> str:
    if spread is None:
        return "-"
    median = f"{_short(spread.median)} {unit}".strip()
    return f"{median} ({_short(spread.least)} to {_short(spread.greatest)})"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _target(target: float | None) -> str:
    return "" if target is None else f"{target:g}"


def _verdict(holds: bool | None) -> str:
    return {True: "[green]yes[/]", False: "[red]no[/]", None: ""}[holds]
