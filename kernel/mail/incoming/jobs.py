"""What is done of itself: mailboxes are read, and mails that nobody needed are forgotten."""

import datetime as dt
from typing import cast

from sqlalchemy import Table, delete, select

from kernel.discussion.models import Attachment
from kernel.entities.work import session
from kernel.jobs.declare import every, job
from kernel.mail.incoming.fetching import fetch_all, fetch_mailbox
from kernel.mail.incoming.models import IncomingMail
from kernel.mail.incoming.services import ENTITY

__all__ = ["fetch_mails", "fetch_now", "forget_unneeded_mails"]

KEPT = dt.timedelta(days=90)


@every(minutes=2, name="kernel.fetch_mails", outside=True)
def fetch_mails() -> None:
    """Read the mailboxes."""
    fetch_all()


@job("kernel.fetch_now", outside=True)
def fetch_now(mailbox_id: int) -> None:
    """Read one mailbox at once."""
    fetch_mailbox(mailbox_id)


@every(days=1, name="kernel.forget_unneeded_mails")
def forget_unneeded_mails() -> None:
    """Forget mails that somebody put away three months ago, with their files."""
    connection, table, files = session().work.connection, cast(Table, IncomingMail.__table__), Attachment.__table__.c
    gone = select(table.c.id).where(table.c.state == "away", table.c.filed_at < session().now - KEPT)
    connection.execute(delete(Attachment).where(files.entity == ENTITY, files.record_id.in_(gone)))
    connection.execute(delete(table).where(table.c.state == "away", table.c.filed_at < session().now - KEPT))
