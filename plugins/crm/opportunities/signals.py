"""What opportunities tell."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from kernel import _, signal


@dataclass(frozen=True)
class WantedProduct:
    """A product of a won opportunity, in its own unit; the price where one was talked about."""

    product_id: int
    quantity: Decimal
    unit_price: Decimal | None = None


@dataclass(frozen=True)
class OpportunityWon:
    """An opportunity was won: who bought, what, for how much in the company's currency, and whose success it is."""

    opportunity_id: int
    number: str
    name: str
    customer_id: int
    owner_id: int | None
    amount: Decimal | None
    closes_on: dt.date | None = None
    lines: tuple[WantedProduct, ...] = ()


opportunity_won = signal(
    "crm.opportunity_won", OpportunityWon, version=1, about=("crm.opportunity", "opportunity_id"),
    label=_("Opportunity won"))
