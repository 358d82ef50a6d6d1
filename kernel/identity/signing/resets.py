"""One-time links by which a user sets a new password: made by an administrator, handed over by whatever means."""

import datetime as dt
import secrets

from sqlalchemy import insert, select, update

from kernel.entities.work import current_work, session
from kernel.errors import NotFound
from kernel.i18n import _
from kernel.identity.models import User
from kernel.identity.signing.log import Client, hashed, note_event
from kernel.identity.signing.models import PasswordReset
from kernel.identity.signing.passwords import set_password

__all__ = ["HOURS", "make_reset", "reset_user", "use_reset"]

HOURS = 24
"""How long a link is good."""

_table = PasswordReset.__table__.c


def make_reset(user_id: int, by_id: int | None) -> str:
    """Make a link's secret for a user; links made before are good no more."""
    work = current_work()
    work.connection.execute(update(PasswordReset).where(
        _table.user_id == user_id, _table.used_at.is_(None)).values(expires_at=work.now))
    secret = secrets.token_urlsafe(32)
    work.connection.execute(insert(PasswordReset).values(
        key=hashed(secret), user_id=user_id, made_by_id=by_id, made_at=work.now,
        expires_at=work.now + dt.timedelta(hours=HOURS)))
    note_event("reset_made", user_id, by_id=by_id)
    return secret


def reset_user(secret: str) -> User:
    """Give the user a link is for, in the system's work; raises NotFound where it was used or is too old."""
    work = current_work()
    user_id = work.connection.scalar(select(_table.user_id).where(
        _table.key == hashed(secret), _table.used_at.is_(None), _table.expires_at > work.now))
    user = session().get(User, user_id) if user_id is not None else None
    if user is None or not user.active or user.archived:
        raise NotFound("RESET_LINK", _("This link was used already, or is too old"),
                       fix=_("Ask an administrator for a new one"))
    return user


def use_reset(secret: str, password: str, client: Client) -> User:
    """Set a user's password by a link, once, in the system's work; ends their sessions.

    Raises NotFound as `reset_user` does, Invalid for a password that is too short.
    """
    user, work = reset_user(secret), current_work()
    set_password(user, password)
    done = work.connection.execute(update(PasswordReset).where(
        _table.key == hashed(secret), _table.used_at.is_(None)).values(used_at=work.now))
    if not done.rowcount:
        raise NotFound("RESET_LINK", _("This link was used already, or is too old"))
    note_event("reset_used", user.id, client)
    return user
