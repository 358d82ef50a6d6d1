"""Call a webhook: one POST to a checked address, no redirect followed, over within seconds whatever the receiver does.

With http.client and not a friendlier library: those resolve the name once more, follow redirects and heed proxies.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from kernel.errors import Refusal
from kernel.webhooks.targets import Target, target_of

__all__ = ["PATIENCE", "Answer", "call"]

PATIENCE = 15.0
"""Seconds that a call may take altogether."""
CONNECTING = 5.0
"""Seconds that connecting to one address may take."""
MOST_ADDRESSES = 2
EXCERPT = 500
"""Characters of an answer that are kept."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call came to: `error` is empty where the receiver took it, `away` says that nobody answered."""

    code: int | None = None
    excerpt: str = ""
    error: str = ""
    took_ms: int = 0
    away: bool = False


class _Connection(http.client.HTTPConnection):
    """A connection to one of the addresses that were checked; TLS proves the name all the same."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=PATIENCE)
        self.target = target
        self._over = threading.Event()
        self._timer = threading.Timer(PATIENCE, self._cut)
        self._timer.daemon = True

    def connect(self) -> None:
        self._timer.start()
        self.sock = self._reach()
        if self.target.secure:
            secured = ssl.create_default_context().wrap_socket(
                self.sock, server_hostname=self.target.host, do_handshake_on_connect=False)
            self.sock = secured
            secured.do_handshake()
        if self._over.is_set():
            raise TimeoutError

    def _reach(self) -> socket.socket:
        failed: OSError = OSError("no address")
        for address in self.target.addresses[:MOST_ADDRESSES]:
            try:
                return self._connected(address)
            except OSError as error:
                failed = error
        raise failed

    def _connected(self, address: IPv4Address | IPv6Address) -> socket.socket:
        made = socket.create_connection((str(address), self.target.port), timeout=CONNECTING)
        made.settimeout(PATIENCE)
        return made

    def close(self) -> None:
        self._timer.cancel()
        super().close()

    @property
    def is_over(self) -> bool:
        """Say whether the time for all of it ran out."""
        return self._over.is_set()

    def _cut(self) -> None:
        """End whatever goes on: a receiver that sends a byte now and then would keep it going for ever."""
        self._over.set()
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


def call(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post a body to an address; says what was answered, or why nothing was, and raises for neither."""
    started = time.monotonic()

    def after(code: int | None, excerpt: str, error: str, *, away: bool = False) -> Answer:
        return Answer(code, excerpt, error, round((time.monotonic() - started) * 1000), away)

    try:
        connection = _Connection(target_of(url))
    except Refusal as refusal:
        return after(None, "", str(refusal))
    except OSError as error:
        return after(None, "", str(error), away=True)
    try:
        code, excerpt = _exchange(connection, body, headers)
    except (OSError, http.client.HTTPException) as error:
        said = f"No answer within {PATIENCE:.0f} s" if connection.is_over or isinstance(error, TimeoutError) else (
            f"{type(error).__name__}: {error}")
        return after(None, "", said, away=True)
    finally:
        connection.close()
    return after(code, excerpt, _objection(code))


def _exchange(connection: _Connection, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    connection.request("POST", connection.target.path, body, {
        **headers, "Content-Type": "application/json", "User-Agent": "Trellis-Webhooks/1", "Connection": "close"})
    answer = connection.getresponse()
    if connection.is_over:
        raise TimeoutError  # the headers broke off
    try:
        begun = answer.read(EXCERPT * 4)
    except (OSError, http.client.HTTPException):
        begun = b""  # the status counts; what follows it may break off
    text = begun.decode("utf-8", "replace")
    return answer.status, "".join(char if char.isprintable() else " " for char in text)[:EXCERPT].strip()


def _objection(code: int) -> str:
    if 200 <= code < 300:
        return ""
    if 300 <= code < 400:
        return f"It answered {code}: redirects are not followed"
    return f"It answered {code}"
