"""Run `python -m benchmarks [P1 P9.small ...] [--database sqlite|postgresql] [--rounds N]`."""

from __future__ import annotations

from pathlib import Path

import click

from benchmarks import result, table
from benchmarks.figure import DatabaseKind
from benchmarks.result import Result
from benchmarks.running import chosen, figures, measure_apart

WRITTEN = Path("build/bench.json")


@click.command()
@click.argument("codes", nargs=-1, metavar="[P1 P9.small]...")
@click.option("--database", type=click.Choice(["sqlite", "postgresql"]), help="Measure on this one.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1), help="After a warm-up.")
@click.option("--no-peer", is_flag=True, help="Leave the peer out: no installation, no set-up.")
def main(codes: tuple[str, ...], database: DatabaseKind | None, rounds: int, no_peer: bool) -> None:
    """Measure figures with their peers and limits, print the ratios and write build/bench.json."""
    results: list[Result] = []
    for figure in chosen(codes, figures()):
        for kind in figure.databases:
            if database in (None, kind):
                results += measure_apart(figure, kind, rounds, not no_peer)
    table.show(results)
    result.write(results, WRITTEN)
    table.console.print(f"Written to {WRITTEN}.")


if __name__ == "__main__":
    main()
