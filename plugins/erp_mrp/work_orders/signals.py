"""What work orders tell; the goods they take and give are told by the stock."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from kernel import AnyRef, _, signal


@dataclass(frozen=True)
class OperationReported:
    """Somebody reported work on an operation, or took a report back (all figures negative then)."""

    report_id: int
    order_id: int
    number: str
    day: dt.date
    employee_id: int | None
    hours: Decimal
    good: Decimal
    scrap: Decimal
    cost: Decimal
    """Hours at the work centre's rate, in the company's currency, rounded to it."""


@dataclass(frozen=True)
class OrderReceived:
    """Finished goods of a work order came into stock."""

    order_id: int
    number: str
    product_id: int
    quantity: Decimal
    demands: tuple[AnyRef, ...] = ()


@dataclass(frozen=True)
class OrderClosed:
    """A work order was closed; what is left of its cost is its variance (positive where it cost too much)."""

    order_id: int
    number: str
    day: dt.date
    variance: Decimal


operation_reported = signal(
    "erp_mrp.operation_reported", OperationReported, version=1, about=("erp_mrp.work_order", "order_id"),
    label=_("Operation reported"))
order_received = signal(
    "erp_mrp.order_received", OrderReceived, version=1, about=("erp_mrp.work_order", "order_id"),
    label=_("Production received"))
order_closed = signal(
    "erp_mrp.order_closed", OrderClosed, version=1, about=("erp_mrp.work_order", "order_id"),
    label=_("Work order closed"))
