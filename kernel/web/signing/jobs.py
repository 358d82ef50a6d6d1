"""Forget what the door saw long ago: sessions that are over, links that were used, and the log itself."""

import datetime as dt

import structlog
from sqlalchemy import delete, or_

from kernel.entities.work import session
from kernel.identity.signing.log import forget_events
from kernel.identity.signing.models import PasswordReset, SignInSession
from kernel.jobs.declare import every

__all__ = ["forget_sign_ins"]

log = structlog.get_logger("trellis.signing")
KEPT_SESSIONS = dt.timedelta(days=90)
"""How long a session that is over is kept: by it a device is known again."""
KEPT_EVENTS = dt.timedelta(days=400)
"""How long the log of sign-ins goes back: a year and what is needed to look at it."""


@every(days=1, name="kernel.forget_sign_ins")
def forget_sign_ins() -> None:
    """Take away old sessions, links and events of the door."""
    now, connection = session().now, session().work.connection
    table, link = SignInSession.__table__.c, PasswordReset.__table__.c
    sessions = connection.execute(delete(SignInSession).where(
        or_(table.ended_at < now - KEPT_SESSIONS, table.seen_at < now - KEPT_SESSIONS))).rowcount
    links = connection.execute(delete(PasswordReset).where(link.expires_at < now - KEPT_SESSIONS)).rowcount
    events = forget_events(now - KEPT_EVENTS)
    if sessions or links or events:
        log.info("signing.forgotten", sessions=sessions, links=links, events=events)
