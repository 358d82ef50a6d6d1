"""Placing many orders at once: valued, priced, totalled and numbered as one by one, in a fixed number of statements."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast

from sqlalchemy import select

from kernel import AnyRef, Invalid, Party, Problem, _, actor, currency_facts, insert_rows, session, within
from plugins.erp_sales.documents import SalesLine, check_lines, work_out
from plugins.erp_sales.orders.models import Order, OrderLine

ZERO = Decimal(0)


@dataclass
class NewLine:
    """A line to place: what isn't given follows from the product, as on a line that somebody enters."""

    product_id: int
    quantity: Decimal = Decimal(1)
    unit_id: int = 0
    """The product's where 0."""
    unit_price: Decimal | None = None
    discount: Decimal = ZERO
    tax_id: int | None = None
    description: str | None = None
    promised_on: dt.date | None = None
    price_source: str | None = None
    quote_line_id: int | None = None
    tax_rate: Decimal = field(default=ZERO, init=False)
    tax_amount: Decimal = field(default=ZERO, init=False)
    line_total: Decimal = field(default=ZERO, init=False)


@dataclass
class NewOrder:
    """An order to place; its amounts follow from its lines."""

    customer_id: int
    lines: Sequence[NewLine]
    order_date: dt.date | None = None
    promised_on: dt.date | None = None
    owner_id: int | None = None
    contact_id: int | None = None
    customer_reference: str | None = None
    channel: str = "direct"
    payment_days: int | None = None
    ship_to_id: int | None = None
    bill_to_id: int | None = None
    currency_id: int | None = None
    exchange_rate: Decimal = Decimal(1)
    freight: Decimal = ZERO
    comment: str | None = None
    origin: str | None = None
    quote_id: int | None = None
    source: AnyRef | None = None
    subtotal: Decimal = field(default=ZERO, init=False)
    tax_amount: Decimal = field(default=ZERO, init=False)
    total: Decimal = field(default=ZERO, init=False)
    largest_discount: Decimal = field(default=ZERO, init=False)

    @property
    def day(self) -> dt.date:
        """Give the day prices are asked for."""
        return self.order_date or session().today


KEPT = (
    "customer_id", "promised_on", "contact_id", "customer_reference", "channel", "payment_days", "ship_to_id",
    "bill_to_id", "currency_id", "exchange_rate", "freight", "comment", "origin", "quote_id", "subtotal", "tax_amount",
    "total", "largest_discount")
LINE_KEPT = (
    "product_id", "quantity", "unit_id", "unit_price", "discount", "tax_id", "description", "promised_on",
    "price_source", "quote_line_id", "tax_rate", "tax_amount", "line_total")


def place_orders(orders: Sequence[NewOrder]) -> list[Order]:
    """Draft orders with their lines, all or none, and give them in the same order.

    Raises Invalid with all that is wrong, fields named as in `orders.2.lines.0.quantity`; Forbidden for who may not.
    """
    if not orders:
        return []
    current = session()
    customers = set(current.scalars(
        select(Party.id).where(Party.id.in_({order.customer_id for order in orders}))))
    if unknown := {order.currency_id for order in orders} - {None, *currency_facts()}:
        raise Invalid([
            Problem(f"orders.{place}.currency", _("There is no such currency"), "UNKNOWN")
            for place, order in enumerate(orders) if order.currency_id in unknown])
    work_out([(order, order.lines) for order in orders])
    if problems := list(_problems(orders, customers)):
        raise Invalid(problems)
    owner, today = actor().user_id, current.today
    ids = insert_rows(Order, [
        {name: getattr(order, name) for name in KEPT} | {
            "state": "draft", "order_date": order.order_date or today, "owner_id": order.owner_id or owner,
            "historical": False, "source_entity": order.source and order.source.entity,
            "source_id": order.source and order.source.id, "source_title": order.source and order.source.title}
        for order in orders])
    insert_rows(OrderLine, [
        {name: getattr(line, name) for name in LINE_KEPT} | {"order_id": id_}
        for id_, order in zip(ids, orders, strict=True) for line in order.lines])
    return list(current.scalars(select(Order).where(Order.id.in_(ids)).order_by(Order.id)))


def _problems(orders: Sequence[NewOrder], customers: set[int]) -> Iterable[Problem]:
    for place, order in enumerate(orders):
        at = f"orders.{place}"
        if order.customer_id not in customers:
            yield Problem(f"{at}.customer", _("There is no such customer, or not for you"), "UNKNOWN")
        if not within(order.freight, 0):
            yield Problem(f"{at}.freight", _("Freight can't be less than zero"), "NEGATIVE")
        if not within(order.exchange_rate, Decimal("0.000001")):
            yield Problem(f"{at}.exchange_rate", _("A rate is greater than zero"), "RATE")
        for number, line in enumerate(order.lines):
            if not line.unit_id:
                yield Problem(f"{at}.lines.{number}.product", _("There is no such product, or not for you"), "UNKNOWN")
        places = {id(line): number for number, line in enumerate(order.lines)}
        for problem in check_lines(cast(Sequence[SalesLine], [line for line in order.lines if line.unit_id])):
            yield Problem(f"{at}.lines.{places[id(problem.record)]}.{problem.field}", problem.message, problem.code)
