"""What goes out: JSON by orjson, and every error as RFC 9457 problem+json that never shows a stack trace."""

from typing import Any

import orjson
import structlog
from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException

from kernel.errors import Refusal
from kernel.i18n import Text, _

__all__ = ["BadRequest", "NotSignedIn", "answer", "answer_errors", "problem"]

log = structlog.get_logger("trellis.api")


class NotSignedIn(Refusal):
    """Ask for a token or a session: there was none, or it is no longer good."""

    status = 401


class BadRequest(Refusal):
    """Refuse a request that isn't well-formed: broken JSON, an unknown parameter."""

    status = 400


class UnsupportedType(Refusal):
    """Refuse a body that isn't JSON."""

    status = 415


def answer(body: object, status: int = 200, **headers: str) -> Response:
    """Make a JSON answer; header names are given with underscores."""
    made = Response(orjson.dumps(body), status=status, mimetype="application/json")
    for name, value in headers.items():
        made.headers[name.replace("_", "-")] = value
    return made


def problem(status: int, code: str, title: Text, **more: Any) -> Response:
    """Make an RFC 9457 answer."""
    body = {"type": f"urn:trellis:{code.lower().replace('_', '-')}", "title": str(title), "status": status,
            "code": code, **more}
    return _problem(body)


def _problem(body: dict[str, Any]) -> Response:
    body["instance"] = request.path
    body["request_id"] = g.get("request_id")
    made = Response(orjson.dumps(body, default=str), status=body["status"], mimetype="application/problem+json")
    if body["status"] == 401:
        made.headers["WWW-Authenticate"] = 'Bearer realm="trellis"'
    return made


def answer_errors(blueprint: Blueprint) -> None:
    """Answer whatever goes wrong beneath a blueprint."""
    blueprint.register_error_handler(Refusal, lambda error: _problem(error.as_problem()))
    blueprint.register_error_handler(HTTPException, _http)
    blueprint.register_error_handler(Exception, _unexpected)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    titles = {
        404: _("There is nothing at this address"), 405: _("This address doesn't take {method}", method=request.method),
        413: _("The request is too large"),
    }
    made = problem(status, error.name.upper().replace(" ", "_"), titles.get(status, error.name))
    if allow := dict(error.get_headers()).get("Allow"):
        made.headers["Allow"] = allow
    return made


def _unexpected(error: Exception) -> Response:
    log.error("api.fault", path=request.path, method=request.method, exc_info=error)
    return problem(
        500, "FAULT", _("Something went wrong here; it was written to the log under this request's id"))
