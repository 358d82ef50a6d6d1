"""What is forgotten of mails: those sent or refused a month ago."""

import datetime as dt

from sqlalchemy import delete

from kernel.entities.work import session
from kernel.jobs.declare import every
from kernel.mail.models import OutgoingMail
from kernel.mail.sending import send_mail  # the job that a worker process does

__all__ = ["forget_old_mails", "send_mail"]

KEPT = dt.timedelta(days=30)


@every(days=1, name="kernel.forget_old_mails")
def forget_old_mails() -> None:
    """Take away mails that are long done with."""
    table = OutgoingMail.__table__.c
    session().work.connection.execute(delete(OutgoingMail).where(
        table.at < session().now - KEPT, table.state != "waiting"))
