"""Find the figures, choose among them, and measure each in a process of its own."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import click
import structlog

import benchmarks
from benchmarks.figure import CannotRun, DatabaseKind, Figure
from benchmarks.grounds import ground
from benchmarks.measure import take_turns
from benchmarks.result import Result
from benchmarks.table import console


def figures() -> dict[str, Figure]:
    """Find the figures: each module named p<number>_... declares one as FIGURE."""
    names = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    numbered = [name for name in names if name[0] == "p" and name[1:3].isdigit()]
    found = [importlib.import_module(f"benchmarks.{name}") for name in numbered]
    return {module.FIGURE.code: module.FIGURE for module in found}


def quiet() -> None:
    """Keep the log to what went wrong: it is not what is measured, nor for the reader."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def chosen(codes: Sequence[str], known: Mapping[str, Figure]) -> list[Figure]:
    """Choose figures by code, all where none is named; `P9.small` leaves P9 with that part alone.

    Raises UsageError for a code that there isn't.
    """
    if not codes:
        return list(known.values())
    parts: dict[str, list[str]] = {}
    for code in codes:
        name, _, part = code.partition(".")
        figure = known.get(name.upper())
        full = f"{name.upper()}.{part.lower()}"
        if figure is None or (part and full not in (each.code for each in figure.parts)):
            raise click.UsageError(f"There is no figure {code}. There are: {', '.join(_all_codes(known))}.")
        parts.setdefault(figure.code, []).extend([full] if part else [each.code for each in figure.parts])
    return [
        replace(known[code], parts=tuple(part for part in known[code].parts if part.code in wanted))
        for code, wanted in parts.items()
    ]


def _all_codes(known: Mapping[str, Figure]) -> list[str]:
    parted = ((figure, [part.code for part in figure.parts if "." in part.code]) for figure in known.values())
    return [f"{figure.code} ({', '.join(parts)})" if parts else figure.code for figure, parts in parted]


def measure(figure: Figure, database: DatabaseKind, rounds: int, with_peer: bool) -> list[Result]:
    """Measure the parts of a figure on one database; what can't be run says why."""
    console.print(f"[bold]{figure.code}[/] {figure.title}, on {database}")
    try:
        with ground(database, with_peer) as here, figure.open(here) as contest:
            results = []
            for part in figure.parts:
                everybody = {"trellis": contest.trellis, "peer": contest.peer, "limit": contest.limit}
                works = {name: does[part.code] for name, does in everybody.items() if part.code in does}
                if works:
                    missing = "; ".join(contest.notes) if part.peer_at_least and "peer" not in works else ""
                    costs = take_turns(works, figure.rounds or rounds)
                    results.append(Result.from_costs(part, database, costs, note=missing))
            for note in contest.notes:
                console.print(f"  [yellow]{note}[/]")
            return results
    except CannotRun as reason:
        return [Result(part, database, note=str(reason)) for part in figure.parts]


def measure_apart(figure: Figure, database: DatabaseKind, rounds: int, with_peer: bool) -> list[Result]:
    """Measure in a process of its own: a figure of a few plugins must not find those that another one loaded."""
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=quiet) as process:
        return process.submit(measure, figure, database, rounds, with_peer).result()
