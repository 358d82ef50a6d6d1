"""What comes in: who asks, the JSON body, the query's parameters, the version a change is based on."""

from collections.abc import Callable, Iterable
from typing import Any

import orjson
from flask import Response, g, request
from flask import session as cookie
from flask_wtf.csrf import validate_csrf
from sqlalchemy import select
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms import ValidationError

from kernel.api.answers import BadRequest, NotSignedIn, UnsupportedType, wanted_locale
from kernel.api.tokens import find_token, narrowed
from kernel.entities.work import Actor, perform, session
from kernel.errors import Forbidden, NotFound
from kernel.i18n import _, use_locale
from kernel.identity.models import User
from kernel.permissions.actors import actor_of
from kernel.permissions.rights import rights

__all__ = ["based_on", "in_work", "knows_itself", "parameters", "payload"]

LARGEST_BODY = 16 * 1024 * 1024
READING = frozenset({"GET", "HEAD", "OPTIONS"})


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
            _recognise_cookie()
        return do()

    with use_locale(wanted_locale()):
        return perform(Actor(name="nobody yet"), work, reading=reading, request_id=g.get("request_id"))


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
    try:
        current.actor = actor_of(token.user_id, token.company_id)
    except NotFound as error:
        raise NotSignedIn("TOKEN", _("This token's user may no longer sign in")) from error
    if token.scopes is not None:
        current.info["rights"] = narrowed(rights(current), token.scopes)


def _demand_browser(reading: bool) -> None:
    """Let a signed-in browser in; what it changes needs the page's CSRF token in X-CSRFToken."""
    if not isinstance(cookie.get("user"), int):
        raise NotSignedIn("NOT_SIGNED_IN", _("Sign in by “Authorization: Bearer” and a token"))
    if not reading:
        try:
            validate_csrf(request.headers.get("X-CSRFToken"))
        except ValidationError as error:
            raise Forbidden("CSRF", _("The request lacks a good X-CSRFToken header; load the page again")) from error


def _recognise_cookie() -> None:
    current = session()
    table = User.__table__.c
    row = current.work.connection.execute(
        select(table.session_key, table.active)
        .where(table.id == cookie["user"], table.archived.is_(False))).first()
    if row is None or not row.active or row.session_key != cookie.get("key"):
        raise NotSignedIn("NOT_SIGNED_IN", _("Your session has ended; sign in again"))
    current.actor = actor_of(cookie["user"], cookie.get("company"))


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
