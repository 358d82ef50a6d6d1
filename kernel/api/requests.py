"""What comes in: who asks, the JSON body, the query's parameters, the version a change is based on."""

from collections.abc import Callable, Iterable
from typing import Any

import orjson
import structlog
from flask import Response, g, request
from flask import session as cookie
from flask_wtf.csrf import validate_csrf
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms import ValidationError

from kernel.api.answers import BadRequest, NotSignedIn, UnsupportedType, wanted_locale
from kernel.api.tokens import USED_EVERY, find_token, narrowed, note_used
from kernel.entities.work import Actor, perform, session
from kernel.errors import Forbidden, Refusal
from kernel.i18n import _, use_locale
from kernel.identity.signing.log import hashed
from kernel.identity.signing.sessions import IDLE, session_query
from kernel.permissions.actors import actor_of
from kernel.permissions.rights import rights

__all__ = ["based_on", "in_work", "knows_itself", "parameters", "payload"]

log = structlog.get_logger("trellis.api")
LARGEST_BODY = 16 * 1024 * 1024
READING = frozenset({"GET", "HEAD", "OPTIONS"})
_SESSION = session_query()
"""Every request of a browser asks it, so it is built once."""


def in_work(do: Callable[[], Response]) -> Response:
    """Answer in one unit of work of whoever asks: reading work for a GET, else one that is tried again on collisions.

    Raises NotSignedIn without a good token or session.
    """
    reading = request.method in READING
    text = _bearer()
    if text is None:
        _demand_browser(reading)

    def work() -> Response:
        if text is not None:
            _recognise_token(text)
        else:
            _recognise_cookie(reading)
        return do()

    with use_locale(wanted_locale()):
        answer = perform(Actor(name="nobody yet"), work, reading=reading, request_id=g.get("request_id"))
    _write_used()
    return answer


def knows_itself() -> bool:
    """Say whether the request says who asks: the document then tells of custom fields too, those they may see."""
    return "Authorization" in request.headers or isinstance(cookie.get("user"), int)


def _bearer() -> str | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    kind, _space, text = header.partition(" ")
    if kind.lower() != "bearer" or not text.strip():
        raise NotSignedIn("NOT_SIGNED_IN", _("Sign in by “Authorization: Bearer” and a token"))
    return text.strip()


def _recognise_token(text: str) -> None:
    current = session()
    token = find_token(current.work.connection, text, current.work.now)
    if token is None:
        raise NotSignedIn("TOKEN", _("This token is not known, or no longer good"))
    if token.actor is None:
        raise NotSignedIn("TOKEN", _("This token's user may no longer sign in"))
    current.actor = token.actor
    if token.used_at is None or current.work.now - token.used_at > USED_EVERY:
        g.token_used = token.id
    if token.scopes is not None:
        current.info["rights"] = narrowed(rights(current), token.scopes)


def _write_used() -> None:
    """Write that the token is in use, once in a while, in work of its own: most requests only read."""
    token_id = g.pop("token_used", None)
    if token_id is None:
        return
    address = request.remote_addr or ""
    try:
        perform(Actor(system=True), lambda: note_used(token_id, address))
    except (DBAPIError, Refusal) as error:
        log.info("api.used_not_written", error=str(error))


def _demand_browser(reading: bool) -> None:
    """Let a signed-in browser in; what it changes needs the page's CSRF token in X-CSRFToken."""
    if not isinstance(cookie.get("user"), int):
        raise NotSignedIn("NOT_SIGNED_IN", _("Sign in by “Authorization: Bearer” and a token"))
    if not reading:
        try:
            validate_csrf(request.headers.get("X-CSRFToken"))
        except ValidationError as error:
            raise Forbidden("CSRF", _("The request lacks a good X-CSRFToken header; load the page again")) from error


def _recognise_cookie(reading: bool) -> None:
    current = session()
    row = current.work.connection.execute(
        _SESSION, {"key": hashed(str(cookie.get("key"))), "since": current.now - IDLE}).first()
    if row is None or row.id != cookie["user"] or row.enrolling:
        raise NotSignedIn("NOT_SIGNED_IN", _("Your session has ended; sign in again"))
    if row.seeing_as_id is None:
        current.actor = actor_of(row.id, cookie.get("company"))
        return
    if not reading:
        raise Forbidden(
            "SEEING_AS", _("You look through the pages as {name}: nothing can be changed", name=row.seen_name),
            fix=_("Stop looking as {name} first", name=row.seen_name))
    current.actor = actor_of(row.seeing_as_id)


def payload() -> Any:
    """Read the JSON body; raises UnsupportedType for another type, BadRequest for broken JSON, 413 beyond 16 MB."""
    if request.content_length is not None and request.content_length > LARGEST_BODY:
        raise RequestEntityTooLarge
    body = request.get_data()
    if len(body) > LARGEST_BODY:
        raise RequestEntityTooLarge
    if not body and request.mimetype in ("", "application/json"):
        return None
    if request.mimetype not in ("application/json", "application/merge-patch+json"):
        raise UnsupportedType(
            "MEDIA_TYPE", _("The body must be JSON, with Content-Type: application/json"),
            actual=request.mimetype or "-", allowed="application/json")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest("BROKEN_JSON", _("The body isn't valid JSON: {reason}", reason=str(error))) from error


def parameters(known: Iterable[str]) -> dict[str, str]:
    """Read the query's parameters; raises BadRequest for one that isn't known or is given twice."""
    allowed = list(known)
    found: dict[str, str] = {}
    for name, values in request.args.lists():
        if name not in allowed or len(values) > 1:
            raise BadRequest(
                "PARAMETER", _("{name} is no parameter here, or is given twice", name=name[:80]),
                allowed=", ".join(allowed) or "-")
        found[name] = values[0]
    return found


def based_on() -> int | None:
    """Read the version a change is based on from If-Match; None where there is none or any will do.

    Something that can't be a version gives -1, which no record has.
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    text = header.strip().removeprefix("W/").strip('"')
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
