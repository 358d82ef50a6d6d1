"""The financial year of a company: it starts in a month of the company's own."""

import datetime as dt

from sqlalchemy import select

from kernel.entities.remembered import Remembered
from kernel.entities.work import actor, session
from kernel.identity.models import Company

__all__ = ["fiscal_year_start"]

_months: Remembered[int | None, int] = Remembered("kernel.fiscal_year", Company)


def fiscal_year_start(day: dt.date) -> dt.date:
    """Give the first day of the current company's financial year that a day falls into."""
    company_id = actor().company_id
    month = _months.get(company_id, lambda: _month_of(company_id))
    return dt.date(day.year if day.month >= month else day.year - 1, month, 1)


def _month_of(company_id: int | None) -> int:
    table = Company.__table__.c
    found = session().work.connection.scalar(select(table.fiscal_year_starts).where(table.id == company_id))
    return int(found or 1)
