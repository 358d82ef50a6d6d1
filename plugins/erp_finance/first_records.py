"""What finance starts with: a chart of accounts, journals, rules and months for every company there is."""

from datetime import date

from sqlalchemy import select

from kernel import Company, session
from plugins.erp_finance.ledger.chart import ensure_periods, make_chart


def make() -> None:
    """Write the records; a company that comes later gets its own when its books are first used."""
    first = date(session().today.year, 1, 1)
    for company in session().scalars(select(Company.id).order_by(Company.id)).all():
        make_chart(company)
        ensure_periods(company, [first])
