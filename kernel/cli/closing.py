"""End a serving process without cutting anybody off: no new connections, then what is under way, then the end."""

import signal
import threading
from collections.abc import Callable
from typing import Any

import structlog
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer

__all__ = ["GRACE", "GracefulServer"]

log = structlog.get_logger("trellis.run")
GRACE = 30.0
"""Seconds that requests under way get to end."""
LOOK_EVERY = 0.05


class GracefulServer:
    """Run a waitress server until SIGTERM or `close`, and let the requests under way end first.

    `hurry` is called when it begins to close, to end what would go on for as long as somebody looks at a page.
    """

    def __init__(self, server: Any, *, within: float = GRACE, hurry: Callable[[], object] = lambda: None) -> None:
        self._server = server
        self._hurry = hurry
        self._within = within
        # a name that has several addresses makes several sockets with one map
        self._map: dict[int, Any] = server.map if hasattr(server, "map") else server._map
        self._sockets = [each for each in self._map.values() if isinstance(each, BaseWSGIServer)]
        self._closing = threading.Event()

    def run(self) -> None:
        """Serve; returns when all is closed. Ctrl-C ends it at once, with KeyboardInterrupt's usual handling."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda number, frame: self.close())
        self._server.run()
        self._server.task_dispatcher.shutdown(timeout=1)

    def close(self) -> None:
        """Begin to close; safe from any thread and from a signal's handler."""
        if not self._closing.is_set():
            self._closing.set()
            threading.Thread(target=self._close, name="closing", daemon=True).start()

    def _close(self) -> None:
        log.info("run.closing", under_way=self._under_way())
        self._in_loop(self._stop_listening)
        self._hurry()
        pause = threading.Event()
        waited = 0.0
        while self._under_way() and waited < self._within:
            pause.wait(LOOK_EVERY)
            waited += LOOK_EVERY
        if left := self._under_way():
            log.warning("run.cut_off", requests=left)
        self._in_loop(lambda: wasyncore.close_all(self._map))

    def _in_loop(self, do: Any) -> None:
        """Have the loop's own thread do something: sockets belong to it."""
        self._sockets[0].trigger.pull_trigger(do)

    def _stop_listening(self) -> None:
        for each in self._sockets:
            wasyncore.dispatcher.close(each)

    def _under_way(self) -> int:
        """Count the connections with a request that is read, worked on, or not yet answered in full."""
        return sum(
            1 for each in list(self._map.values())
            if isinstance(each, HTTPChannel) and (each.requests or each.request or each.total_outbufs_len))
