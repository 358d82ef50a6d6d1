"""Passwords: hashed with argon2id, checked in constant work, locked out after repeated failures."""

import datetime as dt
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, inspect, select

from kernel.entities.work import session
from kernel.errors import Forbidden, Invalid, Problem
from kernel.i18n import _
from kernel.identity.models import User
from kernel.identity.signing.sessions import end_sessions

__all__ = [
    "SHORTEST", "check_sign_in", "demand_unlocked", "forget_failures", "hash_password", "note_failure", "set_password",
]

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


def set_password(user: User, password: str, *, shortest: int = SHORTEST, besides: int | None = None) -> None:
    """Give a user a password and end their sessions, but the one given; raises Invalid for one that is too short."""
    user.password_hash = hash_password(password, shortest=shortest)
    forget_failures(user)
    if inspect(user).persistent:
        session().flush()
        end_sessions(user.id, besides=besides)


def check_sign_in(login: str, password: str) -> User | None:
    """Give the user whose name and password these are, or None; counts failures, in the system's unit of work.

    Failures are forgotten by who goes on to sign the user in (`forget_failures`): a right password with a wrong code
    of the second factor still counts. Raises Forbidden while the user is locked out. The caller must let the unit of
    work commit in either case.
    """
    system = session()
    user = system.scalars(
        select(User).where(func.lower(User.login) == login.strip().lower(), User.archived.is_(False))).first()
    if user is None or not user.active or not user.password_hash:
        _matches(_nobody(), password)
        return None
    demand_unlocked(user)
    if not _matches(user.password_hash, password):
        note_failure(user)
        return None
    if _hasher.check_needs_rehash(user.password_hash):
        user.password_hash = _hasher.hash(password)
    return user


def demand_unlocked(user: User) -> None:
    """Raise Forbidden, saying how long to wait, while a user is locked out."""
    now = session().now
    if user.locked_until and user.locked_until > now:
        minutes = int((user.locked_until - now).total_seconds() // 60) + 1
        raise Forbidden(
            "LOCKED_OUT", _("Too many wrong passwords for this user name"),
            fix=_("Wait a minute, or ask an administrator for a new password") if minutes == 1 else
            _("Wait {n} minutes, or ask an administrator for a new password", n=minutes))


def note_failure(user: User) -> bool:
    """Count a wrong password or code, and say whether the user is locked out from now on."""
    user.failed_sign_ins += 1
    over = user.failed_sign_ins - FREE_FAILURES
    if over >= 0:
        user.locked_until = session().now + dt.timedelta(minutes=min(2 ** min(over, 6), 60))
    return over >= 0


def forget_failures(user: User) -> None:
    """Let a user begin anew: they signed in, have a new password, or an administrator took the lock away."""
    if user.failed_sign_ins or user.locked_until:
        user.failed_sign_ins = 0
        user.locked_until = None


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False
