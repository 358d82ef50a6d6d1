"""What the door saw: written with each sign-in, failure, lock and end of a session, kept for who looks after access."""

import datetime as dt
import hashlib
from dataclasses import dataclass

from sqlalchemy import delete, insert

from kernel.entities.work import current_work
from kernel.i18n import Text, _
from kernel.identity.signing.models import SignInEvent
from kernel.watching import happened

__all__ = ["KINDS", "NOWHERE", "Client", "forget_events", "hashed", "note_event"]

KINDS: dict[str, tuple[Text, str]] = {
    "success": (_("Signed in"), "green"),
    "new_device": (_("Signed in on a new device"), "blue"),
    "failure": (_("Wrong name or password"), "amber"),
    "code_failure": (_("Wrong code of the second factor"), "amber"),
    "provider_failure": (_("Refused by or for a sign-in provider"), "amber"),
    "locked": (_("Locked out after too many attempts"), "red"),
    "unlocked": (_("Lock taken away"), "blue"),
    "signed_out": (_("Signed out"), "gray"),
    "ended": (_("Session ended"), "gray"),
    "password": (_("Password changed"), "blue"),
    "reset_made": (_("Link for a new password made"), "violet"),
    "reset_used": (_("Password set by a link"), "blue"),
    "factor_on": (_("Second factor set up"), "green"),
    "factor_off": (_("Second factor taken away"), "amber"),
    "recovery": (_("Signed in with a recovery code"), "amber"),
    "linked": (_("Linked with a sign-in provider"), "blue"),
    "unlinked": (_("Link with a sign-in provider taken away"), "gray"),
    "seeing_as": (_("Looked through the pages as this user"), "violet"),
    "seen_as": (_("Stopped looking as this user"), "gray"),
    "token_made": (_("API token made"), "blue"),
    "token_revoked": (_("API token revoked"), "gray"),
}
"""What may be seen, with its words and its colour (a status family)."""


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request comes from: address, browser, and the hash of the cookie that marks a known device."""

    address: str = ""
    agent: str = ""
    device: str = ""


NOWHERE = Client()


def hashed(secret: str) -> str:
    """Give what is kept of a long random secret: without a salt, since nobody can guess it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def note_event(
    what: str, user_id: int | None, client: Client = NOWHERE, *, login: str = "", method: str = "",
    by_id: int | None = None,
) -> None:
    """Write down something the door saw, one of KINDS, with the current unit of work."""
    happened("sign_in", what=what)
    work = current_work()
    work.connection.execute(insert(SignInEvent).values(
        id=work.take_ids()[0], at=work.now, user_id=user_id, login=login[:80], what=what, method=method,
        address=client.address[:64], agent=client.agent[:300], by_id=by_id))


def forget_events(before: dt.datetime) -> int:
    """Take away what is older, and say how much that was."""
    table = SignInEvent.__table__.c
    return current_work().connection.execute(delete(SignInEvent).where(table.at < before)).rowcount
