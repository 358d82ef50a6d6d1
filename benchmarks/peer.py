"""Install the peer, Tryton 8.2, into an environment of its own, set it up, and have it work on command.

Tryton is GPL: it is never a dependency, nothing of it is copied, and it runs in a process of its own. What is
kept between runs lies in build/ (its environment, its SQLite file) or on the PostgreSQL server (a template).
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from benchmarks.figure import CannotRun, Ground, Work
from benchmarks.grounds import BUILD, drop, run_on_server

SERIES = "8.2"
MODULES = (
    "party", "product", "company", "currency", "account", "account_product", "account_invoice",
    "account_invoice_stock", "stock", "sale", "purchase", "production", "stock_supply",
    "stock_supply_production",
)
ENVIRONMENT = BUILD / "peer-venv"
ROOT = Path(__file__).resolve().parents[1]
PROGRAM = "benchmarks.tryton.program"
PARTIES = 10_000
PREPARED = 2
"""Raised when the kept database gets other contents, so that an older one is made anew."""

Say = Callable[[str], None]


@contextmanager
def tryton(ground: Ground, say: Say) -> Iterator[Peer]:
    """Start the peer on a copy of its prepared database. Raises CannotRun where it can't be had."""
    if not ground.with_peer:
        raise CannotRun("the peer was left out (--no-peer)")
    _install(say)
    prefix, kept = ground.peer_home()
    environment = os.environ | {
        "TRYTOND_DATABASE__URI": prefix,
        "TRYTOND_DATABASE__PATH": str(BUILD.resolve()),
        "TRYTONPASSFILE": str(_password_file()),
        "PYTHONPATH": str(ROOT),
    }
    _prepare(ground, kept, environment, say)
    copy = f"{kept}_copy"
    _replace_copy(ground, kept, copy)
    process = _start(copy, environment)
    try:
        yield Peer(process, copy, environment)
    finally:
        process.communicate(timeout=60)
        _remove_copy(ground, copy)


class Peer:
    """Tell the peer's process what to do, one JSON line a time; `database` and `environment` are where it works."""

    def __init__(self, process: subprocess.Popen[str], database: str, environment: dict[str, str]) -> None:
        self._process = process
        self.database = database
        self.environment = environment

    def work(self, verb: str, count: int) -> Work:
        """Return a piece of work: do `verb` for `count` things, and give the seconds one of them took."""
        return lambda: self._ask(verb, count) / count

    def whole(self, verb: str, count: int) -> Work:
        """Return a piece of work: do `verb` for `count` things, and give the seconds all of them took."""
        return lambda: self._ask(verb, count)

    def do(self, verb: str, count: int = 1) -> None:
        """Have something done that is not measured."""
        self._ask(verb, count)

    def _ask(self, verb: str, count: int) -> float:
        commands, answers = self._process.stdin, self._process.stdout
        assert commands is not None
        assert answers is not None
        commands.write(json.dumps({"verb": verb, "count": count}) + "\n")
        commands.flush()
        for line in answers:
            if line.startswith("seconds "):
                return float(line.split()[1])
        raise CannotRun(f"the peer stopped while asked to {verb}")


def _install(say: Say) -> None:
    """Make the environment once: trytond, the modules of the comparison, their database driver and a server."""
    done = ENVIRONMENT / f"installed-{SERIES}-serving"
    if done.exists():
        return
    say(f"Installing the peer (Tryton {SERIES}) into {ENVIRONMENT}.")
    names = ["trytond", *(f"trytond-{module.replace('_', '-')}" for module in MODULES)]
    requirements = [f"{name}=={SERIES}.*" for name in names] + ["psycopg[binary,pool]", "gunicorn"]
    python = ENVIRONMENT / "bin" / "python"
    if importlib.util.find_spec("uv"):
        uv = [sys.executable, "-m", "uv"]
        _must([*uv, "venv", "--quiet", "--clear", str(ENVIRONMENT)])
        _must([*uv, "pip", "install", "--quiet", "--python", str(python), *requirements])
    else:
        _must([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)])
        _must([str(python), "-m", "pip", "install", "--quiet", *requirements])
    done.touch()


def _prepare(ground: Ground, kept: str, environment: dict[str, str], say: Say) -> None:
    """Set up the database that later runs copy: all modules, a company, the parties to list and change."""
    mark = BUILD / f"{kept}-{ground.kind}-{SERIES}-{PREPARED}.ready"
    if mark.exists() and _kept_is_there(ground, kept):
        return
    say(f"Setting the peer's {ground.kind} database up; this takes two minutes and is kept for later runs.")
    if ground.kind == "sqlite":
        (BUILD / f"{kept}.sqlite").write_bytes(b"")
    else:
        _on_server(ground, drop(kept), f'CREATE DATABASE "{kept}"')
    admin = [str(ENVIRONMENT / "bin" / "trytond-admin"), "-d", kept, "-u", "ir", "res", *MODULES]
    _must([*admin, "--activate-dependencies", "--email", "bench@example.com", "-l", "en"], environment)
    process = _start(kept, environment)
    peer = Peer(process, kept, environment)
    peer.do("found")
    for _ in range(PARTIES // 500):
        peer.do("parties.bulk", 500)
    process.communicate()
    mark.touch()


def _start(database: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    python = str(ENVIRONMENT / "bin" / "python")
    pipe = subprocess.PIPE
    return subprocess.Popen([python, "-m", PROGRAM, database], env=environment, text=True, stdin=pipe, stdout=pipe)


def _password_file() -> Path:
    path = (BUILD / "peer-password").resolve()
    path.write_text("bench\n")
    return path


def _kept_is_there(ground: Ground, kept: str) -> bool:
    if ground.kind == "sqlite":
        return (BUILD / f"{kept}.sqlite").exists()
    try:
        _on_server(ground, f"COMMENT ON DATABASE \"{kept}\" IS 'kept for the benchmarks'")
    except ProgrammingError:  # the server's way to say that there is none
        return False
    return True


def _replace_copy(ground: Ground, kept: str, copy: str) -> None:
    if ground.kind == "sqlite":
        copyfile(BUILD / f"{kept}.sqlite", BUILD / f"{copy}.sqlite")
    else:
        _on_server(ground, drop(copy), f'CREATE DATABASE "{copy}" TEMPLATE "{kept}"')


def _remove_copy(ground: Ground, copy: str) -> None:
    if ground.kind == "sqlite":
        for path in BUILD.glob(f"{copy}.sqlite*"):
            path.unlink()
    else:
        _on_server(ground, drop(copy))


def _on_server(ground: Ground, *statements: str) -> None:
    server = make_url(ground.peer_home()[0]).set(drivername="postgresql+psycopg", database=None)
    run_on_server(server, *statements)


def _must(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run a command; raises CannotRun with the last it said if it fails."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise CannotRun(f"the peer can't be installed here: {said[-1] if said else command[0]}")
