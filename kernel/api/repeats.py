"""Requests that are sent twice are done once: the first answer is kept and given again."""

import datetime as dt
import hashlib
import re
from collections.abc import Callable

from flask import Response, request
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from kernel.api.answers import BadRequest
from kernel.api.models import KeptAnswer
from kernel.entities.work import current_work, session
from kernel.errors import Refusal
from kernel.i18n import _

__all__ = ["KEPT_FOR", "Overtaken", "forget_answers", "once"]

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
    user = session().actor.user_id
    if key is None or user is None:
        return do()
    if not _KEY.fullmatch(key):
        raise BadRequest("IDEMPOTENCY_KEY", _("An Idempotency-Key has 1 to 120 visible ASCII characters"))
    work = current_work()
    table = KeptAnswer.__table__.c
    mine = (table.user_id == user) & (table.key == key)
    fingerprint = hashlib.sha256(
        b"\n".join([request.method.encode(), request.full_path.encode(), request.get_data()])).hexdigest()
    kept = work.connection.execute(select(KeptAnswer.__table__).where(mine)).mappings().first()
    if kept is not None and kept["at"] > work.now - KEPT_FOR:
        if kept["request"] != fingerprint:
            raise Refusal("IDEMPOTENCY_KEY", _("This Idempotency-Key was used for another request"),
                          fix=_("Use a new key for each request; the same only to repeat it"))
        return Response(
            kept["body"], status=kept["status"], headers={**kept["headers"], "Idempotency-Replayed": "true"})
    if kept is not None:
        work.connection.execute(delete(KeptAnswer).where(mine))
    try:
        work.connection.execute(insert(KeptAnswer), [{
            "user_id": user, "key": key, "at": work.now, "request": fingerprint, "status": 0, "headers": {},
            "body": b""}])
    except IntegrityError as error:
        raise Overtaken from error
    made = do()
    work.connection.execute(update(KeptAnswer).where(mine).values(
        status=made.status_code, body=made.get_data(),
        headers={name: made.headers[name] for name in _HEADERS if name in made.headers}))
    return made


def forget_answers() -> int:
    """Delete answers that are no longer given again; tells how many."""
    work = current_work()
    table = KeptAnswer.__table__.c
    return work.connection.execute(delete(KeptAnswer).where(table.at < work.now - KEPT_FOR)).rowcount
