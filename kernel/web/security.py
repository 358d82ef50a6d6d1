"""What every answer carries: a strict content policy, no sniffing, no framing, nothing kept in shared caches."""

import gzip
import re
import uuid
from contextlib import ExitStack

import structlog
from flask import Flask, Response, g, request

from kernel.watching import spanned

__all__ = ["guard_answers"]

POLICY = "; ".join((
    "default-src 'self'", "img-src 'self' data:", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'",
    "form-action 'self'", "worker-src 'self'", "manifest-src 'self'",
))
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}
TRACE = re.compile(r"[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$")
"""A traceparent header (W3C Trace Context)."""
PACK_FROM = 1400
"""Bytes from which an answer is worth compressing: below, it fits one packet."""


def guard_answers(app: Flask) -> None:
    """Give each request an id, each answer its headers, and pack what is worth it."""

    @app.before_request
    def name_request() -> None:
        given = request.headers.get("X-Request-ID", "")
        parent = request.headers.get("traceparent", "")
        caller = TRACE.match(parent)  # a proxy's trace goes on under its own id
        g.request_id = given if re.fullmatch(r"[A-Za-z0-9-]{8,40}", given) else (
            caller[1] if caller else uuid.uuid4().hex[:16])
        structlog.contextvars.bind_contextvars(request_id=g.request_id)
        route = request.url_rule.rule if request.url_rule else ""
        g.span = ExitStack()
        g.note = g.span.enter_context(spanned(
            "request", f"{request.method} {route}".strip(), g.request_id, parent=parent))
        g.note(method=request.method, route=route, path=request.path)

    @app.after_request
    def finish(answer: Response) -> Response:
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        if request.is_secure:
            answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        answer.headers.setdefault("Cache-Control", "no-store")
        if "note" in g:
            g.note(status=answer.status_code)
        if "request_id" in g:
            answer.headers["X-Request-ID"] = g.request_id
        return _pack(answer)

    @app.teardown_request
    def forget(error: BaseException | None) -> None:
        structlog.contextvars.unbind_contextvars("request_id")
        if (span := g.pop("span", None)) is not None:
            span.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)


def _pack(answer: Response) -> Response:
    if (
        answer.direct_passthrough or answer.is_streamed or "Content-Encoding" in answer.headers
        or not (answer.mimetype or "").startswith(("text/html", "application/json", "application/problem+json"))
        or "gzip" not in request.headers.get("Accept-Encoding", "")
    ):
        return answer
    body = answer.get_data()
    if len(body) < PACK_FROM:
        return answer
    answer.set_data(gzip.compress(body, 5))
    answer.headers["Content-Encoding"] = "gzip"
    answer.headers.add("Vary", "Accept-Encoding")
    return answer
