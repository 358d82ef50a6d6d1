"""A process that is told to end lets the requests under way end first, and takes no new ones."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.kernel.registry.site import Site

SERVERS = {
    "trellis": ["-m", "kernel.cli", "run"],
    "gunicorn": ["-m", "gunicorn", "-c", "python:kernel.web.gunicorn", "kernel.web.wsgi:app"],
}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An installation on SQLite: how a process ends has nothing to do with the database."""
    made = Site(tmp_path, f"sqlite:///{tmp_path}/trellis.db")
    made.trellis("init", "--company", "Blue Door", "--password", "correct horse")
    return made


@contextmanager
def serving(site: Site, server: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Serve an installation in a process of its own; gives it and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**site.environment(), "TRELLIS_PORT": str(port), "WEB_CONCURRENCY": "1",
                   "PROMETHEUS_MULTIPROC_DIR": str(site.folder / "figures") if server == "gunicorn" else ""}
    with (site.folder / "server.log").open("wb") as log, subprocess.Popen(
        [sys.executable, *SERVERS[server]], cwd=site.home, env=environment, stdout=log, stderr=log
    ) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            until = time.monotonic() + 120
            while not answers(address):
                assert process.poll() is None, (site.folder / "server.log").read_text()
                assert time.monotonic() < until, "it never began to serve"
                time.sleep(0.1)
            yield process, address
        finally:
            if process.poll() is None:
                process.kill()


def answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/readyz", timeout=20).ok
    except (requests.ConnectionError, requests.Timeout):  # gunicorn listens before its processes have loaded
        return False


@contextmanager
def held_up(site: Site) -> Iterator[None]:
    """Keep everybody else from signing in for the time of a block."""
    connection = sqlite3.connect(site.url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@pytest.mark.slow
@pytest.mark.parametrize("server", SERVERS)
def test_a_slow_request_is_answered_although_the_process_was_told_to_end(site: Site, server: str) -> None:
    with serving(site, server) as (process, address):
        visitor = requests.Session()
        page = visitor.get(f"{address}/sign-in", timeout=30).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        answer: list[requests.Response] = []

        def sign_in() -> None:
            answer.append(visitor.post(f"{address}/sign-in", data={
                "login": "admin", "password": "correct horse", "csrf_token": token[1]},
                headers={"Referer": f"{address}/sign-in"}, timeout=60, allow_redirects=False))

        slow = threading.Thread(target=sign_in)
        with held_up(site):
            slow.start()
            time.sleep(1.0)
            assert not answer
            os.kill(process.pid, signal.SIGTERM)
            until = time.monotonic() + 20
            while answers_at_all(address):
                assert time.monotonic() < until, "it still takes new connections"
                time.sleep(0.1)
            assert process.poll() is None
            assert not answer
        slow.join(30)
        assert answer
        assert (answer[0].status_code, answer[0].headers["Location"]) == (302, "/")
        assert process.wait(20) == 0


def answers_at_all(address: str) -> bool:
    """Say whether a new connection is answered: what health says needs no database."""
    try:
        return requests.get(f"{address}/healthz", timeout=2).ok
    except (requests.ConnectionError, requests.Timeout):
        return False
