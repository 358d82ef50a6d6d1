"""What goes out: JSON by orjson, and every error as RFC 9457 problem+json that never shows a stack trace."""

from collections.abc import Callable
from typing import Any

import orjson
import structlog
from flask import Blueprint, Response, g, request, send_file
from werkzeug.exceptions import HTTPException

from kernel.discussion.reading import content_of
from kernel.errors import Refusal
from kernel.i18n import LOCALES, Text, _, use_locale

__all__ = [
    "BadRequest", "NotSignedIn", "UnsupportedType", "answer", "answer_errors", "file_answer", "problem",
    "wanted_locale",
]

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


def file_answer(file: Any, media_type: str, *, as_attachment: bool) -> Response:
    """Answer with an attachment's content, or the part of it that was asked for, from whichever store it lies in.

    Whoever calls this has seen to it that the record is open to who asks.
    """
    made = send_file(
        content_of(file), mimetype=media_type, as_attachment=as_attachment, download_name=file.name,
        conditional=False, etag=file.sha256, max_age=0)
    made.content_length = file.size
    made.make_conditional(request, accept_ranges=True, complete_length=file.size)
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


def wanted_locale() -> str:
    """Choose the language of messages by Accept-Language."""
    tags = {locale.replace("_", "-"): locale for locale in LOCALES}
    tags |= {"zh-TW": "zh_Hant", "zh-HK": "zh_Hant", "zh-CN": "zh_Hans", "zh": "zh_Hans"}
    return tags[request.accept_languages.best_match(list(tags), "en")]


def answer_errors(blueprint: Blueprint) -> None:
    """Answer whatever goes wrong beneath a blueprint."""
    for kind, handler in ((Refusal, _refusal), (HTTPException, _http), (Exception, _unexpected)):
        blueprint.register_error_handler(kind, _in_their_language(handler))


def _in_their_language(handler: Callable[[Any], Response]) -> Callable[[Any], Response]:
    """Messages are translated when they are written, which is here: the request's own work has ended."""
    def handle(error: Any) -> Response:
        with use_locale(wanted_locale()):
            return handler(error)

    return handle


def _refusal(error: Refusal) -> Response:
    return _problem(error.as_problem())


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
