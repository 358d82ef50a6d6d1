"""What is told when its time has come, and what is forgotten of what was told."""

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import delete, or_, select, update

from kernel.discussion.activities.models import ActivityType
from kernel.discussion.models import FollowUp
from kernel.entities.fields import AnyRef
from kernel.entities.work import session
from kernel.identity.models import Company, User
from kernel.jobs.declare import every
from kernel.notices.mailing import mail_digests, mail_notifications  # jobs that a worker process does
from kernel.notices.models import Notification
from kernel.notices.notifications import follow_up_due
from kernel.notices.services import Notice, notify

__all__ = ["forget_old_notifications", "mail_digests", "mail_notifications", "tell_of_follow_ups"]

KEPT_DAYS = 180
"""Days for which a notification stays listed."""
AT_ONCE = 1000


@every(minutes=10, name="kernel.tell_of_follow_ups")
def tell_of_follow_ups() -> None:
    """Tell people of activities whose day has come where they are."""
    current = session()
    table, users, companies = FollowUp.__table__, User.__table__.c, Company.__table__.c
    kinds = ActivityType.__table__.c
    latest = (current.now + dt.timedelta(hours=14)).date()  # somewhere it is that day already
    rows = current.work.connection.execute(
        select(table, companies.timezone, kinds.name.label("kind"))
        .select_from(table.outerjoin(ActivityType.__table__, kinds.id == table.c.kind_id)
                     .join(User.__table__, users.id == table.c.user_id)
                     .outerjoin(Company.__table__, companies.id == users.home_company_id))
        .where(table.c.done_at.is_(None), table.c.told_at.is_(None), table.c.due_on <= latest)
        .order_by(table.c.due_on, table.c.id).limit(AT_ONCE)).all()
    due = [row for row in rows if row.due_on <= _today(current.now, row.timezone)]
    if not due:
        return
    notify(follow_up_due, [
        Notice([row.user_id], AnyRef(row.entity, row.record_id, ""), {"note": row.note, "kind": row.kind or ""},
               by=row.asked_by_id)
        for row in due])
    current.work.connection.execute(update(FollowUp).where(
        table.c.id.in_([row.id for row in due])).values(told_at=current.now))


def _today(now: dt.datetime, zone: str | None) -> dt.date:
    return now.astimezone(ZoneInfo(zone or "UTC")).date()


@every(days=1, name="kernel.forget_old_notifications")
def forget_old_notifications() -> None:
    """Forget what was told long ago, and what was only mailed a month ago."""
    current, table = session(), Notification.__table__.c
    current.work.connection.execute(delete(Notification).where(or_(
        table.at < current.now - dt.timedelta(days=KEPT_DAYS),
        (table.in_app.is_(False)) & (table.mailed_at < current.now - dt.timedelta(days=30)))))
