"""`trellis run` and `trellis worker`: the processes that serve."""

import logging
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace

import click
import structlog
from sqlalchemy.exc import DBAPIError
from waitress.server import create_server

from kernel.cli.output import set_up_log
from kernel.config import Config, load_config
from kernel.entities.database import Database
from kernel.errors import Unavailable
from kernel.jobs import ring_workers, run_worker, start_embedded
from kernel.registry.start import open_installation, settle
from kernel.registry.state import generation
from kernel.web.app import create_app

__all__ = ["run", "worker"]

log = structlog.get_logger("trellis.run")

LOOK_EVERY = 2.0
"""Seconds between two looks at whether plugins were installed or uninstalled meanwhile."""


@click.command()
@click.option("--host", default=None, help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, default=None, help="Port to listen on.  [default: 8000]")
@click.option("--jobs/--no-jobs", default=True, show_default=True, help="Do jobs in this process too.")
def run(host: str | None, port: int | None, jobs: bool) -> None:
    """Serve the web pages and the API, and do the jobs. Starts anew by itself when plugins change.

    \b
    For example:
        trellis run --port 8080
    """
    config = _configured(host, port)
    database = open_installation(config)
    app = create_app(config)
    server = create_server(app, host=config.host, port=config.port, threads=config.threads, ident="trellis")
    work = start_embedded(database, config.redis_url) if jobs else None
    if work is None and config.redis_url:
        work = ring_workers(database, config.redis_url)
    changed = threading.Event()

    def restart() -> None:
        changed.set()
        server.close()

    _watch(database, restart)
    settle()
    click.echo(f"Trellis serves on http://{config.host}:{config.port}")
    try:
        server.run()
    except (KeyboardInterrupt, OSError):
        if not changed.is_set():
            click.echo("Stopped.")
    finally:
        if work is not None:
            work.stop()
        database.dispose()
    if changed.is_set():
        _start_anew()


@click.command()
def worker() -> None:
    """Do jobs and deliveries in a process of its own, beside `trellis run --no-jobs`.

    \b
    For example:
        TRELLIS_REDIS_URL=redis://127.0.0.1/0 trellis worker
    """
    config = _configured(None, None)
    database = open_installation(config)
    _watch(database, _start_anew)
    settle()
    click.echo("Trellis works.")
    run_worker(database, config.redis_url)


def _configured(host: str | None, port: int | None) -> Config:
    config = load_config()
    set_up_log(config, logging.INFO)
    return replace(config, host=host or config.host, port=port or config.port)


def _watch(database: Database, act: Callable[[], None]) -> None:
    """Act when somebody changes the plugins of the installation: this process has the old ones loaded."""

    def look() -> int | None:
        try:
            with database.connect(reading=True) as connection:
                return generation(connection)
        except (DBAPIError, Unavailable):
            return None  # away for a moment: the next look tells

    known = look()

    def watch() -> None:
        pause = threading.Event()
        while True:
            pause.wait(LOOK_EVERY)
            now = look()
            if now is not None and now != known:
                log.info("plugins.changed", before=known, now=now)
                act()
                return

    threading.Thread(target=watch, name="plugins", daemon=True).start()


def _start_anew() -> None:
    """Replace this process by a fresh one with the same arguments, which loads the plugins as they are now."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", "kernel.cli", *sys.argv[1:]])  # noqa: S606  # no shell is meant
