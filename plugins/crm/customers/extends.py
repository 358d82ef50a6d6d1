"""What CRM adds to a party."""

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, select

from kernel import Extension, Mapped, Party, RuleContext, User, _, choice, date, link, row_rule, text
from plugins.crm.sources import SOURCES


class Customer(Extension[Party], label=_("Customer care")):
    """Who looks after a customer, how important it is and where it came from."""

    owner: Mapped[User | None] = link(label=_("Owner"))
    owner_id: Mapped[int | None]
    level: Mapped[str | None] = choice(
        ("a", _("A: key customer"), "green"), ("b", _("B: regular"), "blue"), ("c", _("C: occasional"), "gray"),
        label=_("Level"))
    source: Mapped[str | None] = choice(*SOURCES, label=_("Source"))
    industry: Mapped[str | None] = text(80, label=_("Industry"))
    follow_up_on: Mapped[dt.date | None] = date(
        label=_("Follow up on"), help=_("A day to sort and filter by; plan an activity to have somebody reminded"))


def my_customers(rows: Any, who: RuleContext) -> ColumnElement[bool]:
    """Say which parties are a person's: those they look after, and those they entered."""
    care = Customer.__table__.alias()
    mine: ColumnElement[bool] = rows.id.in_(select(care.c.row_id).where(care.c.owner_id == who.user))
    entered: ColumnElement[bool] = rows.created_by_id == who.user
    return mine | entered


row_rule("crm.my_customers", my_customers)
