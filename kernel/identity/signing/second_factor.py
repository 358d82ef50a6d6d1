"""The second factor: codes of an authenticator app (RFC 6238), each good once, and recovery codes for a lost device."""

import datetime as dt
import hmac
import secrets

import pyotp
from sqlalchemy import delete, insert, select, update

from kernel.entities.work import current_work
from kernel.errors import Invalid, Problem, Refusal
from kernel.i18n import _
from kernel.identity.signing.log import hashed, note_event
from kernel.identity.signing.models import SecondFactor
from kernel.sealing import Secret

__all__ = [
    "begin_factor", "confirm_factor", "factor_begun", "factor_set_up", "passes_factor", "recovery_left",
    "remove_factor", "renew_recovery", "set_up_since", "unreadable_factors",
]

RECOVERY_CODES = 10
STEP = 30
"""Seconds a code is good for; the one before and the one after are taken too, for clocks that differ."""
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without the characters that are taken for one another on paper."""

_table = SecondFactor.__table__.c


def begin_factor(user_id: int) -> str:
    """Give the secret a user's app shall take over: the one begun before where it was never confirmed.

    One that can't be read any more is replaced. Raises Invalid where a factor is set up already.
    """
    connection = current_work().connection
    row = connection.execute(select(_table.secret, _table.confirmed_at).where(_table.user_id == user_id)).first()
    if row is not None and row.confirmed_at is not None:
        raise Invalid([Problem("code", _("A second factor is set up already; take it away first"), "FACTOR_THERE")])
    if row is not None and row.secret.readable:
        return str(row.secret.open())
    secret = pyotp.random_base32()
    connection.execute(delete(SecondFactor).where(_table.user_id == user_id))
    connection.execute(insert(SecondFactor).values(
        user_id=user_id, secret=Secret.of(secret), last_step=0, recovery=[]))
    return secret


def factor_begun(user_id: int) -> str:
    """Give the secret of a factor that was begun and never confirmed; empty where there is none to be read."""
    found = current_work().connection.scalar(
        select(_table.secret).where(_table.user_id == user_id, _table.confirmed_at.is_(None)))
    return found.open() if found is not None and found.readable else ""


def confirm_factor(user_id: int, code: str) -> list[str]:
    """Set the factor up once its app shows a right code; gives the recovery codes, which can't be had again.

    Raises Invalid for a wrong code.
    """
    work = current_work()
    row = work.connection.execute(
        select(_table.secret).where(_table.user_id == user_id, _table.confirmed_at.is_(None))).first()
    step = _step_of(row.secret, code, work.now) if row else None
    if step is None:
        raise Invalid([Problem(
            "code", _("That is not the code the app shows now; check that the clock of the device is right"),
            "FACTOR_CODE")])
    work.connection.execute(update(SecondFactor).where(_table.user_id == user_id).values(
        confirmed_at=work.now, last_step=step))
    note_event("factor_on", user_id)
    return renew_recovery(user_id)


def renew_recovery(user_id: int) -> list[str]:
    """Give a user new recovery codes; the old ones are good no more."""
    codes = [_recovery_code() for _at in range(RECOVERY_CODES)]
    current_work().connection.execute(update(SecondFactor).where(_table.user_id == user_id).values(
        recovery=[hashed(_plain(code)) for code in codes]))
    return codes


def set_up_since(user_id: int) -> dt.datetime | None:
    """Say when a user's second factor was set up; None where there is none."""
    found = current_work().connection.scalar(select(_table.confirmed_at).where(_table.user_id == user_id))
    return found if found is not None else None


def factor_set_up(user_id: int) -> bool:
    """Say whether a user signs in with a second factor."""
    return set_up_since(user_id) is not None


def recovery_left(user_id: int) -> int:
    """Count the recovery codes a user has left."""
    return len(current_work().connection.scalar(select(_table.recovery).where(_table.user_id == user_id)) or ())


def passes_factor(user_id: int, code: str) -> str:
    """Say by what a code passes: "code" of the app, "recovery", or "" where it doesn't. It is good no second time.

    Raises Refusal for an app's code where the installation's secret key is another one now; recovery codes stay good.
    """
    work = current_work()
    row = work.connection.execute(
        select(_table.secret, _table.last_step, _table.recovery)
        .where(_table.user_id == user_id, _table.confirmed_at.is_not(None)).with_for_update()).first()
    if row is None:
        return ""
    step = _step_of(row.secret, code, work.now)
    if step is not None:
        done = work.connection.execute(update(SecondFactor).where(
            _table.user_id == user_id, _table.last_step < step).values(last_step=step))
        return "code" if done.rowcount else ""
    wanted = hashed(_plain(code))
    left = [each for each in row.recovery if not hmac.compare_digest(each, wanted)]
    if len(left) == len(row.recovery):
        return ""
    work.connection.execute(update(SecondFactor).where(_table.user_id == user_id).values(recovery=left))
    return "recovery"


def remove_factor(user_id: int, *, by_id: int | None = None) -> None:
    """Take a user's second factor away; nothing happens where there is none."""
    done = current_work().connection.execute(delete(SecondFactor).where(_table.user_id == user_id))
    if done.rowcount:
        note_event("factor_off", user_id, by_id=by_id)


def unreadable_factors() -> list[int]:
    """Say whose second factor can't be checked, as the installation's secret key is another one now: ids of users."""
    rows = current_work().connection.execute(
        select(_table.user_id, _table.secret).where(_table.confirmed_at.is_not(None)).order_by(_table.user_id))
    return [row.user_id for row in rows if not row.secret.readable]


def _step_of(secret: Secret, code: str, now: dt.datetime) -> int | None:
    """Give the time step a code belongs to, of the present one and its neighbours; None for a wrong code."""
    digits = "".join(code.split())
    if len(digits) != 6 or not digits.isascii() or not digits.isdigit():
        return None
    if not secret.readable:
        raise Refusal(
            "FACTOR_SEALED", _("Codes of apps can't be checked: the installation's secret key is another one now"),
            fix=_("Use a recovery code, or ask an administrator to take your second factor away"))
    totp, at = pyotp.TOTP(secret.open(), interval=STEP), int(now.timestamp()) // STEP
    return next((step for step in (at, at - 1, at + 1) if hmac.compare_digest(totp.generate_otp(step), digits)), None)


def _recovery_code() -> str:
    """Ten characters of 31: 49 bits, behind a lock-out."""
    letters = "".join(secrets.choice(_ALPHABET) for _at in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def _plain(code: str) -> str:
    return "".join(character for character in code.lower() if character.isalnum())
