"""What plans tell."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from kernel import AnyRef, _, signal


@dataclass(frozen=True)
class PlannedPurchase:
    """A product to buy, in its own unit, and whom it is for."""

    planned_id: int
    product_id: int
    quantity: Decimal
    unit_id: int
    order_on: dt.date
    """The last day to order on, so that it is there in time."""
    needed_on: dt.date
    """The day it has to be there."""
    demands: tuple[AnyRef, ...] = ()
    """The documents the need comes from in the end, such as sales orders."""


@dataclass(frozen=True)
class PlanFirmed:
    """Planned supply was made firm: work orders were made here, purchases are to be requested."""

    plan_id: int
    number: str
    to_buy: tuple[PlannedPurchase, ...]


plan_firmed = signal(
    "erp_mrp.plan_firmed", PlanFirmed, version=1, about=("erp_mrp.plan", "plan_id"), label=_("Plan firmed"))
