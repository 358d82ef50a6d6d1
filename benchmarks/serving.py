"""Serve from processes of their own, and read from them by several clients at once."""

from __future__ import annotations

import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from benchmarks.figure import CannotRun, Work

HOST = "127.0.0.1"
PORT = "{port}"
"""Stands in a command for the port that its process is given."""
PATIENCE = 60.0
"""Seconds that a process has to begin to listen."""


@contextmanager
def served(
    command: Sequence[str], processes: int, environment: Mapping[str, str] | None = None
) -> Iterator[list[int]]:
    """Start a command so many times, each with a port of its own; yields the ports once all of them listen.

    Raises CannotRun with the last words of a process that ends instead.
    """
    ports = [free_port() for _ in range(processes)]
    with tempfile.TemporaryFile("w+") as said:
        started = [
            subprocess.Popen(
                [part.replace(PORT, str(port)) for part in command], env=os.environ | dict(environment or {}),
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            )
            for port in ports
        ]
        try:
            for process, port in zip(started, ports, strict=True):
                if not _listens(process, port):
                    said.seek(0)
                    last = (said.read().splitlines() or ["it said nothing"])[-1]
                    raise CannotRun(f"{' '.join(command)} does not serve: {last}")
            yield ports
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(timeout=PATIENCE)


@contextmanager
def served_trellis(url: str, processes: int) -> Iterator[list[int]]:
    """Serve the installation at a database's URL, without its jobs; yields the ports."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "TRELLIS_DATABASE_URL": url, "TRELLIS_SECRET_KEY": "benchmarks-only", "TRELLIS_DATA_DIR": folder}
        command = python("-m", "kernel.cli", "run", "--no-jobs", "--port", PORT)
        with served(command, processes, environment) as ports:
            yield ports


def python(*arguments: str) -> list[str]:
    """Give the command that runs our Python with these arguments."""
    return [sys.executable, *arguments]


def free_port() -> int:
    """Find a port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        with closing(socket.socket()) as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return True
        time.sleep(0.05)
    return False


@dataclass(frozen=True)
class Question:
    """What is asked again and again, and how many rows an answer must have."""

    path: str
    rows: Callable[[bytes], int]
    expected: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


class Client:
    """Ask over a connection that is kept where the server keeps it."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)

    def time(self, asked: Question) -> float:
        """Give the seconds that an answer took to be here whole; it must have the rows it should."""
        started = time.perf_counter()
        body = self.answer(asked)
        taken = time.perf_counter() - started
        assert asked.rows(body) == asked.expected, (asked.path, body[:200])
        return taken

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()

    def answer(self, asked: Question) -> bytes:
        """Ask once and give what came. Raises CannotRun where it is no success."""
        method = "GET" if asked.body is None else "POST"
        self._connection.request(method, asked.path, asked.body, dict(asked.headers))
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status not in (200, 201):
            raise CannotRun(f"{asked.path} answers {answer.status}: {body[:200].decode(errors='replace')}")
        return body


def asked_by(clients: int, times: int, ports: Sequence[int], question: Question) -> list[float]:
    """Ask by so many clients at once, each so many times, spread over the ports; give what each answer took."""
    return at_once(clients, ports, lambda _number, client: [client.time(question) for _ in range(times)])


def at_once(clients: int, ports: Sequence[int], ask: Callable[[int, Client], list[float]]) -> list[float]:
    """Have so many clients ask at once, spread over the ports; give what the answers of all of them took."""
    opened = [Client(ports[number % len(ports)]) for number in range(clients)]
    try:
        with ThreadPoolExecutor(clients) as pool:
            return [seconds for each in pool.map(ask, range(clients), opened) for seconds in each]
    finally:
        for client in opened:
            client.close()


def quantile(values: Sequence[float], percent: int) -> float:
    """Give the value below which so many percent of them lie: 50 is the median."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def quantile_work(percent: int, clients: int, times: int, ports: Sequence[int], question: Question) -> Work:
    """Return a piece of work: ask, and give the quantile of the seconds."""
    return lambda: quantile(asked_by(clients, times, ports, question), percent)
