"""P12: from nothing to help, and to the first answered request; the memory of an idle process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.figure import Contest, Figure, Ground, Part
from benchmarks.processes import Ready, time_to_end

MEGABYTES = 150.0


@contextmanager
def start(ground: Ground) -> Iterator[Contest]:
    """Install every plugin into a fresh database, then start processes against it."""
    environment = {"TRELLIS_DATABASE_URL": ground.fresh("start"), "TRELLIS_SECRET_KEY": "benchmarks-only"}
    time_to_end(["-m", "benchmarks.trellis_app", "install"], environment)
    ours = Ready(["-m", "benchmarks.trellis_app", "serve"], environment)
    bare = Ready(["-m", "benchmarks.limits.bare_app", "serve", ground.fresh("bare")])
    yield Contest(
        trellis={
            "P12.help": lambda: time_to_end(["-m", "kernel.cli", "--help"], environment),
            "P12.app": ours.seconds,
            "P12.memory": ours.memory,
        },
        limit={
            "P12.help": lambda: time_to_end(["-m", "benchmarks.limits.bare_app", "build"]),
            "P12.app": bare.seconds,
            "P12.memory": lambda: MEGABYTES,
        },
    )


FIGURE = Figure(
    code="P12",
    title="start",
    parts=(
        Part("P12.help", "trellis --help", "ms", limit_at_most=1.5),
        Part("P12.app", "first request with all plugins", "ms", limit_at_most=3),
        Part("P12.memory", "an idle process, of 150 MB", "MB", limit_at_most=1),
    ),
    open=start,
)
