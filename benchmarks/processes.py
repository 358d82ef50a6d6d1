"""Time other processes: from their start to their end, or to the moment they say they are ready."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.figure import CannotRun


def time_to_end(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> float:
    """Run Python with these arguments; give the seconds until it ended. Raises CannotRun if it fails."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments], env=_with(environment), check=False,
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        raise CannotRun(_last_words(arguments, done.stderr))
    return seconds


class Ready:
    """Start a process that says "ready" and waits; remember the memory it then held."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self.arguments = arguments
        self.environment = environment
        self.megabytes: list[float] = []

    def seconds(self) -> float:
        """Start the process anew; give the seconds until it was ready."""
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *self.arguments], env=_with(self.environment), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        line = next((line for line in process.stdout if line.strip() == "ready"), "")
        seconds = time.perf_counter() - started
        if line:
            self.megabytes.append(resident(process.pid))
        _, said = process.communicate()
        if not line:
            raise CannotRun(_last_words(self.arguments, said))
        return seconds

    def memory(self) -> float:
        """Give the megabytes the process held the last time; starts it once if it never ran."""
        if not self.megabytes:
            self.seconds()
        return self.megabytes.pop()


def resident(process: int) -> float:
    """Give the megabytes of memory a process holds now. Raises CannotRun where /proc is missing."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except FileNotFoundError:
        raise CannotRun("memory is read from /proc, which this system does not have") from None
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


def _with(environment: Mapping[str, str] | None) -> dict[str, str]:
    """Add to our environment; code is kept compiled, as that of an installed package is."""
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return ours | {"PYTHONPYCACHEPREFIX": str(Path("build/pycache").resolve())} | dict(environment or {})


def _last_words(arguments: Sequence[str], said: str) -> str:
    last = said.strip().splitlines()[-1] if said.strip() else "it said nothing"
    return f"python {' '.join(arguments)} failed: {last}"
