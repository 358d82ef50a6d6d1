"""Another system on this machine: it keeps what is posted to it, and answers as it is told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Got:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came, and how it is answered: a status, headers, a body; and what is done before."""

    code: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    says: bytes = b"thank you"
    before: Callable[[], None] = lambda: None
    got: list[Got] = field(default_factory=list)
    url: str = ""
    arrived: threading.Event = field(default_factory=threading.Event)

    @property
    def ids(self) -> list[str]:
        return [each.headers["webhook-id"] for each in self.got]

    def handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append(Got(self.path, {name.lower(): text for name, text in self.headers.items()}, body))
                receiver.arrived.set()
                receiver.before()
                self.send_response(receiver.code)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(receiver.says)

            def do_GET(self) -> None:
                receiver.got.append(Got(f"GET {self.path}", {}, b""))

            def log_message(self, *_rest: Any) -> None:
                pass

        return Handler


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_rest: Any) -> None:
        """Say nothing of a caller who went away."""


@contextmanager
def receiving(path: str = "/hook") -> Iterator[Receiver]:
    """Have one listen for the time of a block."""
    receiver = Receiver()
    server = _Quiet(("127.0.0.1", 0), receiver.handler())
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}{path}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def eventually(condition: Callable[[], bool], seconds: float = 15) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if condition():
            return True
        time.sleep(0.02)
    return condition()
