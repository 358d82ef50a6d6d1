"""`/events`: one stream for each page that is looked at, with the counts and how far a piece of long work is.

It holds no transaction: each look is reading work of its own, in which the session and the rights are judged anew.
Who can't have a stream asks `/inbox/count` and the work's own address instead.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, request, stream_with_context

from kernel.errors import NotFound
from kernel.i18n import _
from kernel.web.inbox.reminders import counts
from kernel.web.live.streams import EVENTS, Stream, streams_of
from kernel.web.live.work import progress_at
from kernel.web.serving import Answer, Enrolling, Restarting, SignedOut, look_again, served, visitor

__all__ = ["blueprint"]

blueprint = Blueprint("live", __name__)
LONGEST = 300.0
"""Seconds after which a stream ends and the page opens another: what a process holds is never held for long."""
BEAT = 15.0
"""Seconds between two looks where nobody woke the stream: who signed out elsewhere hears no more from then on."""
QUICK = 0.6
"""Seconds between two looks at long work."""
AGAIN = 2000
"""Milliseconds after which a page opens the next stream."""


@blueprint.get(EVENTS)
@served()
def events() -> Answer:
    """Open the stream of a page; 503 where there is no room for one."""
    streams, me = streams_of(current_app), visitor()
    work = request.args.get("work", "")
    if work and progress_at(work) is None:
        raise NotFound("NO_SUCH_WORK", _("There is no such work, or it isn't yours"))
    stream = streams.open(me.user_id, me.session_id)
    if stream is None:
        return Response("", 503, {"Retry-After": "60"})
    gone: Callable[[], bool] = request.environ.get("waitress.client_disconnected") or _stays
    answer = Response(
        stream_with_context(_told(stream, work, gone)), mimetype="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    answer.call_on_close(lambda: streams.close(stream))
    return answer


def _stays() -> bool:
    return False


def _told(stream: Stream, work: str, gone: Callable[[], bool]) -> Iterator[bytes]:
    """Tell what has changed at each look, until the time is over, the page has gone or the person signed out."""
    until = time.monotonic() + LONGEST
    said: dict[str, bytes] = {}
    yield f"retry: {AGAIN}\n\n".encode()
    while not stream.ended and time.monotonic() < until:
        try:
            looked = look_again(lambda: _look(work))
        except (SignedOut, Enrolling, Restarting):
            yield b"event: over\ndata: {}\n\n"
            return
        fresh = b"".join(
            b"event: " + name.encode() + b"\ndata: " + told + b"\n\n"
            for name, told in looked.items() if said.get(name) != told)
        said = looked
        yield fresh or b": \n\n"
        stream.sleep(QUICK if b'"busy":true' in looked.get("progress", b"") else BEAT, gone)


def _look(work: str) -> dict[str, bytes]:
    found: dict[str, Any] = {"counts": counts()}
    if work:
        found["progress"] = progress_at(work) or {"done": 0, "total": 0, "busy": False}  # taken away meanwhile
    return {name: orjson.dumps(each) for name, each in found.items()}
