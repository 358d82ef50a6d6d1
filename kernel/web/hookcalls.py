"""Keep what hooks answered in an administrator's own requests, while they want to see it; nothing of anybody else's.

That it is wanted stands in their cookie: for how many requests more, and the file the calls go to. The file lies in the
data folder, which all processes share, and goes when they switch it off.
"""

import json
import os
import re
import secrets
import time
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flask import current_app, request

from kernel.clock import moment
from kernel.hooks.tracing import HookCall, PluginAnswer, recording

__all__ = ["KeptRequest", "kept_requests", "recorded", "requests_left", "switch_off", "switch_on"]

KEY = "hooks"
SESSION = -1
"""Wanted for as long as the session lasts."""
MOST_BYTES = 2_000_000
OLDEST = 24 * 3600
"""Seconds after which a file is taken away, whoever forgot it."""


@dataclass(frozen=True, slots=True)
class KeptRequest:
    """A request of the administrator's, and what it asked."""

    at: str
    method: str
    path: str
    calls: tuple[HookCall, ...]


@contextmanager
def recorded(cookie: MutableMapping[str, Any]) -> Iterator[None]:
    """Keep the calls of this request where the visitor wants it; the page that shows them is left out."""
    wanted = cookie.get(KEY)
    if not wanted or not wanted["left"] or request.path.startswith("/settings/hooks"):
        yield
        return
    with recording() as kept:
        try:
            yield
        finally:  # a refused request is often the one that somebody wonders about
            if wanted["left"] != SESSION:
                cookie[KEY] = {**wanted, "left": wanted["left"] - 1}
            if kept.calls:
                _write(_file(wanted["file"]), KeptRequest(
                    moment().isoformat(timespec="seconds"), request.method, request.path, tuple(kept.calls)))


def switch_on(cookie: MutableMapping[str, Any], requests: int) -> None:
    """Keep the calls of the next requests, or of all of the session's; what was kept before goes."""
    switch_off(cookie)
    _sweep()
    cookie[KEY] = {"file": secrets.token_hex(16), "left": requests}


def switch_off(cookie: MutableMapping[str, Any]) -> None:
    """Keep nothing more, and forget what was kept."""
    if wanted := cookie.pop(KEY, None):
        _file(wanted["file"]).unlink(missing_ok=True)


def requests_left(cookie: Mapping[str, Any]) -> int:
    """Say for how many requests it is still wanted; SESSION for all of them."""
    wanted = cookie.get(KEY)
    return int(wanted["left"]) if wanted else 0


def kept_requests(cookie: Mapping[str, Any]) -> list[KeptRequest]:
    """Give what was kept, the latest first."""
    wanted = cookie.get(KEY)
    path = _file(wanted["file"]) if wanted else None
    if path is None or not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_read(json.loads(line)) for line in reversed(lines)]


def _read(kept: dict[str, Any]) -> KeptRequest:
    calls = tuple(
        HookCall(each["name"], each["arguments"], tuple(PluginAnswer(**answer) for answer in each["answers"]))
        for each in kept["calls"])
    return KeptRequest(kept["at"], kept["method"], kept["path"], calls)


def _write(path: Path, kept: KeptRequest) -> None:
    if path.exists() and path.stat().st_size > MOST_BYTES:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(opened, "a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(kept), ensure_ascii=False) + "\n")


def _sweep() -> None:
    for path in _folder().glob("*.jsonl"):
        if time.time() - path.stat().st_mtime > OLDEST:
            path.unlink(missing_ok=True)


def _folder() -> Path:
    return Path(current_app.extensions["trellis.config"].data_dir) / "hook-calls"


def _file(name: str) -> Path:
    """Give the file of a name from the cookie, which is signed; still, nothing but a name of ours."""
    return _folder() / f"{name if re.fullmatch('[0-9a-f]{32}', name) else 'none'}.jsonl"
