"""Start Trellis the way its command does, for P12.

    python -m benchmarks.trellis_app install    make an installation with all plugins at TRELLIS_DATABASE_URL
    python -m benchmarks.trellis_app serve      open it, answer one request, say "ready" and wait
"""

from __future__ import annotations

import sys

from kernel.config import load_config
from kernel.registry import initialise, open_installation
from kernel.registry.discovery import discover
from kernel.web.app import create_app


def install() -> None:
    """Make the installation that later processes open."""
    initialise(plugins=list(discover()))


def serve() -> None:
    """Open the installation, build the application and answer its first request."""
    config = load_config()
    open_installation(config)
    answer = create_app(config).test_client().get("/sign-in")
    assert answer.status_code == 200, answer.status
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    {"install": install, "serve": serve}[sys.argv[1]]()
