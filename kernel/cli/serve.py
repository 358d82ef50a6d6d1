"""`trellis run` and `trellis worker`: the processes that serve."""

import logging
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import click
import structlog
from sqlalchemy.exc import DBAPIError
from waitress.server import create_server

from kernel.cli.closing import GracefulServer
from kernel.cli.reloading import demand_free, demand_own_machine, is_developing, serve_reloading
from kernel.config import Config, load_config
from kernel.entities.database import Database
from kernel.errors import Refusal, Unavailable
from kernel.hooks.tracing import logging_calls
from kernel.jobs import ring_workers, run_worker, start_embedded
from kernel.logs import set_up_log
from kernel.mail.server import set_smtp_url
from kernel.registry.first_start import Answers, Making, steps_done
from kernel.registry.start import connect, has_installation, open_installation, settle
from kernel.registry.state import generation
from kernel.web.app import create_app
from kernel.web.live.streams import make_room, streams_of
from kernel.web.setup.pages import create_setup_app
from kernel.web.setup.starting import FirstStart

__all__ = ["run", "worker"]

log = structlog.get_logger("trellis.run")

LOOK_EVERY = 2.0
"""Seconds between two looks at whether plugins were installed or uninstalled meanwhile."""
ANSWER_WITHIN = 1.0
"""Seconds in which the last page of the first start is sent before its process begins again."""


@click.command()
@click.option("--host", default=None, help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, default=None, help="Port to listen on.  [default: 8000]")
@click.option("--jobs/--no-jobs", default=True, show_default=True, help="Do jobs in this process too.")
@click.option("--reload", is_flag=True, help="Begin anew at every change of the code, and show faults in the page: "
              "for developers, on their own machine.")
def run(host: str | None, port: int | None, jobs: bool, reload: bool) -> None:
    """Serve the web pages and the API, and do the jobs. Starts anew by itself when plugins change.

    On SIGTERM it takes no new connections, and ends when the requests and the job under way have.

    On an empty database it serves the pages that set an installation up, for whoever has the code it prints.

    \b
    For example:
        trellis run --port 8080
        trellis run --reload
    """
    config = _configured(host, port)
    demand_free(config.host, config.port)
    if reload:
        demand_own_machine(config.host)
        serve_reloading(config.host, config.port, jobs=jobs)
        return
    _demand_installation(config)
    database = open_installation(config)
    app = create_app(config)
    app.config["TRELLIS_SHOWS_FAULTS"] = is_developing()
    # reading ahead is how the server learns that a page with a stream has gone
    server = GracefulServer(
        create_server(
            app, host=config.host, port=config.port, threads=make_room(app, config), channel_request_lookahead=1,
            ident="trellis"),
        hurry=streams_of(app).shut)
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


def _demand_installation(config: Config) -> None:
    """Have an empty database set up in the browser first, and go on with a set-up that was broken off."""
    database = connect(config)
    if not has_installation(database):
        _set_up(database, config)
    elif steps_done(database):
        click.echo("The set-up was broken off; it goes on.")
        making = Making(database, config, Answers.load(config))
        try:
            making.go_on(lambda progress: click.echo(f"  {progress.label}"))
        except Refusal as refusal:
            click.echo(f"{refusal}. The rest can be installed under Settings.", err=True)
            making.finish()
        database.dispose()
        _start_anew()
    database.dispose()


def _set_up(database: Database, config: Config) -> None:
    """Serve the pages of the first start until all is made; then this process begins again."""
    left = threading.Event()
    start = FirstStart(database, config, left.set)
    server = create_server(
        create_setup_app(start), host=config.host, port=config.port, threads=config.threads, ident="trellis")

    def close() -> None:
        left.wait()
        threading.Event().wait(ANSWER_WITHIN)
        server.close()

    threading.Thread(target=close, name="first-start-over", daemon=True).start()
    click.echo("There is no installation yet. Open this page on this machine, and enter the code:")
    click.echo(f"  http://{config.host}:{config.port}/setup    code: {start.code}")
    with suppress(KeyboardInterrupt, OSError):
        server.run()
    if not left.is_set():
        click.echo("Stopped. What was answered so far is kept.")
        sys.exit(0)
    database.dispose()
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
    set_smtp_url(config.smtp_url, config.public_url)
    _watch(database, _start_anew)
    settle()
    click.echo("Trellis works.")
    run_worker(database, config.redis_url)


def _configured(host: str | None, port: int | None) -> Config:
    config = load_config()
    set_up_log(config, logging.INFO)
    logging_calls(bool(config.trace_hooks))
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
