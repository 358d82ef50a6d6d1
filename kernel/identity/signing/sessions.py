"""Sessions: begun at sign-in under a new key, listed, ended by their user or an administrator, seen by each request."""

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, insert, select, update
from sqlalchemy.orm import aliased

from kernel.entities.types import Instant
from kernel.entities.work import current_work
from kernel.identity.models import User
from kernel.identity.signing.log import Client, hashed, note_event
from kernel.identity.signing.models import SignInSession

__all__ = [
    "IDLE",
    "OpenSession",
    "begin_session",
    "end_session",
    "end_sessions",
    "list_sessions",
    "look_as",
    "new_key",
    "note_seen",
    "seen_by",
    "session_query",
]

IDLE = dt.timedelta(days=14)
"""A session that nobody used for so long has ended."""
SEEN_EVERY = dt.timedelta(minutes=5)
"""How often at most it is written when a session was last used."""

_table = SignInSession.__table__.c


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser that is signed in, as its user sees it in the list."""

    id: int
    method: str
    address: str
    agent: str
    created_at: dt.datetime
    seen_at: dt.datetime
    seeing_as_id: int | None


def begin_session(user_id: int, method: str, client: Client, *, enrolling: bool = False) -> str:
    """Begin a session, and write down the sign-in; gives its key, of which only a hash is kept.

    A device that the user never signed in on before is told apart, unless it is their first at all.
    """
    work = current_work()
    devices = set(work.connection.scalars(
        select(_table.device).where(_table.user_id == user_id).distinct()))
    key = secrets.token_urlsafe(32)
    work.connection.execute(insert(SignInSession).values(
        id=work.take_ids()[0], user_id=user_id, key=hashed(key), method=method, address=client.address[:64],
        agent=client.agent[:300], device=client.device, created_at=work.now, seen_at=work.now, enrolling=enrolling))
    fresh = bool(devices) and client.device not in devices
    note_event("new_device" if fresh else "success", user_id, client, method=method)
    return key


def new_key(session_id: int, *, enrolling: bool | None = None) -> str:
    """Give a session another key: what was learned of the old one is worth nothing.

    `enrolling` says whether it is good for setting up a second factor alone, from now on.
    """
    key = secrets.token_urlsafe(32)
    values: dict[str, object] = {"key": hashed(key)} | ({} if enrolling is None else {"enrolling": enrolling})
    current_work().connection.execute(update(SignInSession).where(_table.id == session_id).values(values))
    return key


def session_query(*more: Any) -> Select[Any]:
    """Build the statement that recognises a visitor by `key` and `since`, with further columns; none where it ended.

    `seen_*` are those of the user whose view an administrator looks through.
    """
    user, seen = User.__table__.c, aliased(User.__table__)
    return (
        select(
            _table.id.label("session_id"), _table.seen_at, _table.enrolling, _table.seeing_as_id, user.id, user.name,
            user.login, user.locale, user.timezone, user.theme, seen.c.name.label("seen_name"),
            seen.c.login.label("seen_login"), *more)
        .select_from(SignInSession.__table__.join(User.__table__, user.id == _table.user_id)
                     .outerjoin(seen, seen.c.id == _table.seeing_as_id))
        .where(_table.key == bindparam("key"), _table.ended_at.is_(None),
               _table.seen_at > bindparam("since", type_=Instant()), user.active.is_(True), user.archived.is_(False)))


def note_seen(session_id: int, client: Client) -> None:
    """Write that a session is in use, and from where."""
    work = current_work()
    work.connection.execute(update(SignInSession).where(_table.id == session_id).values(
        seen_at=work.now, address=client.address[:64]))


def list_sessions(user_id: int) -> list[OpenSession]:
    """List a user's sessions that are still good, the last used first."""
    work = current_work()
    rows = work.connection.execute(
        select(_table.id, _table.method, _table.address, _table.agent, _table.created_at, _table.seen_at,
               _table.seeing_as_id)
        .where(_table.user_id == user_id, _table.ended_at.is_(None), _table.seen_at > work.now - IDLE)
        .order_by(_table.seen_at.desc(), _table.id.desc()))
    return [OpenSession(*row) for row in rows]


def end_session(
    user_id: int, session_id: int, client: Client, *, what: str = "ended", by_id: int | None = None
) -> bool:
    """End one of a user's sessions; says whether there was one to end."""
    work = current_work()
    done = work.connection.execute(update(SignInSession).where(
        _table.id == session_id, _table.user_id == user_id, _table.ended_at.is_(None)).values(ended_at=work.now))
    if done.rowcount:
        note_event(what, user_id, client, by_id=by_id)
    return bool(done.rowcount)


def end_sessions(user_id: int, *, besides: int | None = None, by_id: int | None = None) -> int:
    """End all sessions of a user with their next request, but the one given; says how many there were."""
    work = current_work()
    done = work.connection.execute(update(SignInSession).where(
        _table.user_id == user_id, _table.ended_at.is_(None), _table.id != (besides or 0)).values(ended_at=work.now))
    if done.rowcount:
        note_event("ended", user_id, by_id=by_id)
    return done.rowcount


def look_as(session_id: int, user_id: int | None) -> None:
    """Let a session look through another user's eyes, or with None through its own again."""
    current_work().connection.execute(
        update(SignInSession).where(_table.id == session_id).values(seeing_as_id=user_id))


def seen_by(session_id: int) -> int | None:
    """Say through whose eyes a session looks."""
    return current_work().connection.scalar(select(_table.seeing_as_id).where(_table.id == session_id))
