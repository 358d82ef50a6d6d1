"""Requests that are sent twice are done once: the first answer is kept and given again."""

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from typing import Any

from flask import Response, request
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from kernel.api.answers import BadRequest
from kernel.api.models import KeptAnswer
from kernel.entities.work import current_work, session
from kernel.errors import Refusal
from kernel.i18n import _

__all__ = [
    "KEPT_FOR", "Overtaken", "answer_and_keep", "fingerprint_of", "forget_answers", "kept_answer", "once",
]

KEPT_FOR = dt.timedelta(hours=48)
_KEY = re.compile(r"[\x21-\x7e]{1,120}")
_HEADERS = ("Location", "ETag", "Content-Type")


class Overtaken(Exception):
    """The same request was answered by another process a moment ago: do it again to get its answer."""


def once(do: Callable[[], Response]) -> Response:
    """Do a request, or give the answer it had before, by its Idempotency-Key.

    Answer and work are written in one transaction: either both are there or neither. Refused requests are not kept.
    Raises Refusal where the key was used for another request, BadRequest for a key that is none.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None or session().actor.user_id is None:
        return do()
    if not _KEY.fullmatch(key):
        raise BadRequest("IDEMPOTENCY_KEY", _("An Idempotency-Key has 1 to 120 visible ASCII characters"))
    fingerprint = fingerprint_of(request.method.encode(), request.full_path.encode(), request.get_data())
    kept = kept_answer(key)
    if kept is None:
        return answer_and_keep(key, fingerprint, do)
    if kept.request != fingerprint:
        raise Refusal("IDEMPOTENCY_KEY", _("This Idempotency-Key was used for another request"),
                      fix=_("Use a new key for each request; the same only to repeat it"))
    return Response(kept.body, status=kept.status, headers={**kept.headers, "Idempotency-Replayed": "true"})


def fingerprint_of(*parts: bytes) -> str:
    """Give the hash by which a repeated request is told from another one under the same key."""
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def kept_answer(key: str) -> Any:
    """Give the row of the answer kept under a key of the current user; None where there is none any more."""
    work = current_work()
    table = KeptAnswer.__table__.c
    mine = (table.user_id == session().actor.user_id) & (table.key == key)
    kept = work.connection.execute(select(KeptAnswer.__table__).where(mine)).first()
    if kept is not None and kept.at <= work.now - KEPT_FOR:
        work.connection.execute(delete(KeptAnswer).where(mine))
        return None
    return kept


def answer_and_keep(key: str, fingerprint: str, do: Callable[[], Response]) -> Response:
    """Do a request and keep its answer under a key; raises Overtaken where another process is just doing it."""
    work = current_work()
    table = KeptAnswer.__table__.c
    user = session().actor.user_id
    try:
        work.connection.execute(insert(KeptAnswer), [{
            "user_id": user, "key": key, "at": work.now, "request": fingerprint, "status": 0, "headers": {},
            "body": b""}])
    except IntegrityError as error:
        raise Overtaken from error
    made = do()
    work.connection.execute(update(KeptAnswer).where((table.user_id == user) & (table.key == key)).values(
        status=made.status_code, body=made.get_data(),
        headers={name: made.headers[name] for name in _HEADERS if name in made.headers}))
    return made


def forget_answers() -> int:
    """Delete answers that are no longer given again; tells how many."""
    work = current_work()
    table = KeptAnswer.__table__.c
    return work.connection.execute(delete(KeptAnswer).where(table.at < work.now - KEPT_FOR)).rowcount
