"""The holidays that the office keeps count when a time limit of an approval runs."""

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import select

from kernel import hook, session
from plugins.oa.calendar.models import Holiday


@hook
def days_off(first: dt.date, last: dt.date) -> Mapping[dt.date, bool]:
    """Give the holidays of a span, and the days that are worked to make up for others."""
    table = Holiday.__table__.c
    rows = session().work.connection.execute(
        select(table.day, table.working).where(table.day.between(first, last), table.archived.is_(False)))
    return {row.day: row.working for row in rows}
