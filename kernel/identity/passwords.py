"""Passwords: hashed with argon2id, checked in constant work, locked out after repeated failures."""

import datetime as dt
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select

from kernel.entities.work import session
from kernel.errors import Forbidden, Invalid, Problem
from kernel.i18n import _
from kernel.identity.models import User

__all__ = ["SHORTEST", "check_sign_in", "end_sessions", "hash_password", "set_password"]

SHORTEST = 10
"""Characters a password needs at least, of whatever kind (NIST SP 800-63B asks for length, not for a mixture)."""
FREE_FAILURES = 5
"""Wrong passwords before the first pause; each further one doubles it, up to an hour."""

_hasher = PasswordHasher()


@cache
def _nobody() -> str:
    """Give a hash to check against where there is no such user, so that both take equally long."""
    return _hasher.hash(secrets.token_urlsafe(16))


def hash_password(password: str, *, shortest: int = SHORTEST) -> str:
    """Give what is kept of a password; raises Invalid for one that is too short."""
    if len(password) < shortest:
        raise Invalid([Problem("password", _("A password has at least {n} characters", n=shortest), "PASSWORD_SHORT")])
    return _hasher.hash(password)


def set_password(user: User, password: str, *, shortest: int = SHORTEST) -> None:
    """Give a user a password and end their sessions; raises Invalid for one that is too short."""
    user.password_hash = hash_password(password, shortest=shortest)
    user.failed_sign_ins = 0
    user.locked_until = None
    end_sessions(user)


def end_sessions(user: User) -> None:
    """Make every session of a user end with its next request."""
    user.session_key = secrets.token_urlsafe(18)


def check_sign_in(login: str, password: str) -> User | None:
    """Give the user whose name and password these are, or None; counts failures, in the system's unit of work.

    Raises Forbidden while the user is locked out. The caller must let the unit of work commit in either case.
    """
    system = session()
    user = system.scalars(
        select(User).where(func.lower(User.login) == login.strip().lower(), User.archived.is_(False))).first()
    if user is None or not user.active or not user.password_hash:
        _matches(_nobody(), password)
        return None
    now = system.now
    if user.locked_until and user.locked_until > now:
        minutes = int((user.locked_until - now).total_seconds() // 60) + 1
        raise Forbidden(
            "LOCKED_OUT", _("Too many wrong passwords for this user name"),
            fix=_("Wait {n} minutes, or ask an administrator for a new password", n=minutes))
    if not _matches(user.password_hash, password):
        user.failed_sign_ins += 1
        over = user.failed_sign_ins - FREE_FAILURES
        if over >= 0:
            user.locked_until = now + dt.timedelta(minutes=min(2 ** over, 60))
        return None
    if user.failed_sign_ins:
        user.failed_sign_ins = 0
        user.locked_until = None
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = _hasher.hash(password)
    if not user.session_key:
        end_sessions(user)
    return user


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False
