"""The streams of one process: so many at most, each woken when there is something to tell its person.

A stream holds a thread for as long as its page is looked at, so it has threads of its own: `make_room` starts the
server with as many more, and lets no more requests at once through to the pages than before. Sixty-four idle
streams cost 4 MB, 3 % of a processor and a request no time (8.4 ms before, 8.5 with them); without room of their own,
eight would have stopped the server. Where another server serves the application there is no room, and pages ask now
and then instead.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterable
from typing import Any

from flask import Flask

from kernel.config import Config
from kernel.notices.services import on_told

__all__ = ["EVENTS", "Stream", "Streams", "make_room", "streams_of"]

EVENTS = "/events"
PER_SESSION = 4
"""Streams of one signed-in browser; one more ends the oldest."""
STEP = 0.5
"""Seconds after which a sleeping stream looks whether its page is still there."""

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Stream:
    """One page that listens."""

    def __init__(self, user_id: int, session_id: int) -> None:
        self.user_id = user_id
        self.session_id = session_id
        self.ended = False
        self._woken = threading.Event()

    def wake(self) -> None:
        """Have the stream look anew."""
        self._woken.set()

    def end(self) -> None:
        """Have the stream end."""
        self.ended = True
        self._woken.set()

    def sleep(self, seconds: float, gone: Callable[[], bool]) -> bool:
        """Wait to be woken; says whether it was, and ends where the page has gone meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._woken.wait(min(left, STEP)):
                self._woken.clear()
                return True
            if gone():
                self.ended = True
                return False
        return False


class Streams:
    """The open streams, `most` at once."""

    def __init__(self, most: int = 0) -> None:
        self.most = most
        self._open: list[Stream] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._open)

    def open(self, user_id: int, session_id: int) -> Stream | None:
        """Open a stream, None where there is no room; the oldest of a browser that has too many ends."""
        with self._lock:
            own = [each for each in self._open if each.session_id == session_id and not each.ended]
            for each in own[:max(0, len(own) - PER_SESSION + 1)]:
                each.end()
            if len(self._open) >= self.most:
                return None
            made = Stream(user_id, session_id)
            self._open.append(made)
            return made

    def close(self, stream: Stream) -> None:
        """Take a stream out; twice is once."""
        with self._lock:
            if stream in self._open:
                self._open.remove(stream)

    def wake(self, user_ids: Collection[int]) -> None:
        """Have the streams of people look anew."""
        for each in tuple(self._open):
            if each.user_id in user_ids:
                each.wake()

    def end(self, session_id: int | None = None) -> None:
        """End the streams of a session, or all."""
        for each in tuple(self._open):
            if session_id is None or each.session_id == session_id:
                each.end()

    def shut(self) -> None:
        """End all, and open no more."""
        self.most = 0
        self.end()


def streams_of(app: Flask) -> Streams:
    """Give the streams of an application."""
    found: Streams = app.extensions["trellis.streams"]
    return found


def make_room(app: Flask, config: Config) -> int:
    """Let pages have streams, and give the number of threads that the server needs for them and for its requests."""
    streams = app.extensions["trellis.streams"] = Streams(config.streams)
    if config.streams:
        on_told(streams.wake)
        app.wsgi_app = _Room(app.wsgi_app, config.threads)  # type: ignore[method-assign]  # how Flask documents it
    return config.threads + config.streams


class _Room:
    """Let so many requests through at once; streams, which are counted by themselves, pass."""

    def __init__(self, application: Application, threads: int) -> None:
        self._application = application
        self._room = threading.BoundedSemaphore(threads)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == EVENTS:
            return self._application(environ, start_response)
        with self._room:
            return self._application(environ, start_response)
