"""How gunicorn serves: `gunicorn -c python:kernel.web.gunicorn kernel.web.wsgi:app`.

Address and threads come from Trellis' own settings, the number of processes from WEB_CONCURRENCY. On SIGTERM the
processes take no new connections and end what is under way.
"""

import os
from pathlib import Path
from typing import Any

from kernel.config import load_config

_config = load_config()
bind = f"{_config.host}:{_config.port}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = _config.threads
timeout = 120
graceful_timeout = 30
keepalive = 5
no_control_socket = True
preload_app = False
"""Plugins can't be taken out of a process, and connections don't survive a fork: each process loads its own."""


def on_starting(server: Any) -> None:
    """Forget what processes of before counted: their figures would be added to ours."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for file in Path(folder).glob("*.db"):
            file.unlink()


def child_exit(server: Any, worker: Any) -> None:
    """Take the connections of a process that ended out of the sum; what it counted stays."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415  # where it is wanted alone

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # it has no types
