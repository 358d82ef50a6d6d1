"""What is forgotten of webhooks: calls of a month ago."""

import datetime as dt

from sqlalchemy import delete

from kernel.entities.work import session
from kernel.jobs.declare import every
from kernel.webhooks.models import WebhookAttempt

__all__ = ["forget_old_calls"]

KEPT = dt.timedelta(days=30)


@every(days=1, name="kernel.forget_old_calls")
def forget_old_calls() -> None:
    """Take away what is known of calls that are long over."""
    session().work.connection.execute(
        delete(WebhookAttempt).where(WebhookAttempt.__table__.c.at < session().now - KEPT))
