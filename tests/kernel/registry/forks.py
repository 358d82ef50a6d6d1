"""Processes for the command, each forked from one that has loaded the kernel and no plugin.

Starting Python and loading the kernel takes two seconds of a command's two and a half. A fork is as good as a fresh
process here: it has its own folder, environment, path and output, and discovers and loads plugins itself.

    python -m tests.kernel.registry.forks        # reads one JSON request a line, answers one JSON line each
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
TIMEOUT = 120


class Forks:
    """The process that forks, and what asks it to."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="trellis-forks-")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.kernel.registry.forks"], cwd=ROOT, text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._answer() == {"ready": True}

    def run(
        self, do: str, words: Sequence[str], *, folder: Path, environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run the command ("trellis") with words, or "python" with code; gives the exit code and what was printed."""
        said = {name: Path(self._folder.name, name) for name in ("stdout", "stderr")}
        request = {"do": do, "words": list(words), "folder": str(folder), "environment": dict(environment),
                   **{name: str(path) for name, path in said.items()}}
        assert self._process.stdin
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        code = self._answer()["code"]
        if code == -signal.SIGALRM:
            raise subprocess.TimeoutExpired([do, *words], TIMEOUT)
        return subprocess.CompletedProcess(
            [do, *words], code, *(path.read_text(encoding="utf-8") for path in said.values()))

    def _answer(self) -> Any:
        assert self._process.stdout
        while line := self._process.stdout.readline():
            if line.startswith("{"):
                return json.loads(line)
        raise AssertionError(f"the process that forks ended with {self._process.wait()}")


@cache
def forks() -> Forks:
    """Give this process's; it ends with us, when nothing writes to it any more."""
    return Forks()


def preload() -> None:
    """Load what every command loads, but read no environment and look for no plugin."""
    from kernel.cli.main import COMMANDS
    from kernel.registry.loading import load_kernel

    load_kernel()
    for target, _help in COMMANDS.values():
        importlib.import_module(target.partition(":")[0])
    gc.collect()
    gc.freeze()


def await_request() -> dict[str, Any]:
    """Fork a child for each request, and say how it ended; returns in the children alone."""
    say({"ready": True})
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            request: dict[str, Any] = json.loads(line)
            return request
        say({"code": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])})
    sys.exit()


def say(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def become(request: Mapping[str, Any]) -> None:
    """Be in the folder and environment that a process of one's own would have been started in."""
    signal.alarm(TIMEOUT)
    writing = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, path in enumerate((os.devnull, request["stdout"], request["stderr"])):
        opened = os.open(path, writing if number else os.O_RDONLY)
        os.dup2(opened, number)
        os.close(opened)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.path[:0] = [request["folder"], *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    importlib.invalidate_caches()


def main() -> None:
    preload()
    request = await_request()
    become(request)
    if request["do"] == "python":
        exec(compile(request["words"][0], "<string>", "exec"), {"__name__": "__main__"})
        return
    from kernel.cli.main import main as command

    command(request["words"])


if __name__ == "__main__":
    main()
