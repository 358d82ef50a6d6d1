"""Notice that the plugins of the installation changed, and start the process anew with the right code.

Mapped classes can't be taken out of a running process. So after plugins came or went, here or in another process,
each web process finishes what it is doing and begins again; visitors meanwhile see a page that waits for it.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable

import structlog
from flask import Flask, current_app
from sqlalchemy import ScalarSelect, select

from kernel.entities.remembered import Generation
from kernel.entities.work import current_database
from kernel.registry.state import GENERATION, generation

__all__ = ["generation_column", "is_stale", "restart_soon", "watch_plugins"]

log = structlog.get_logger("trellis.web")
GRACE = 1.0
"""Seconds between the decision and the end of the process: enough to send the answer."""

Restart = Callable[[], None]


def watch_plugins(app: Flask) -> None:
    """Remember which plugins this process started with."""
    with current_database().connect(reading=True) as connection:
        app.config["TRELLIS_GENERATION"] = generation(connection)
    app.config.setdefault("TRELLIS_RESTART", restart_process)


def generation_column() -> ScalarSelect[int]:
    """Give the plugins' generation as a column of another statement."""
    table = Generation.__table__.c
    return select(table.value).where(table.name == GENERATION).scalar_subquery()


def is_stale(found: int | None) -> bool:
    """Say whether the installation's plugins are no longer those this process loaded."""
    return bool((found or 0) != current_app.config.get("TRELLIS_GENERATION", found or 0))


def restart_soon() -> None:
    """Begin again once the answer is sent; calling it twice is calling it once."""
    app = current_app
    if app.config.get("TRELLIS_RESTARTING"):
        return
    app.config["TRELLIS_RESTARTING"] = True
    restart: Restart = app.config["TRELLIS_RESTART"]
    timer = threading.Timer(GRACE, restart)
    timer.daemon = True
    timer.start()


def restart_process() -> None:
    """Replace this process by a new one; a gunicorn worker ends instead, and its master makes another."""
    log.info("web.restart", reason="plugins changed")
    if "gunicorn.workers.base" in sys.modules:
        os.kill(os.getpid(), signal.SIGTERM)
        return
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  # the very command it was started with

