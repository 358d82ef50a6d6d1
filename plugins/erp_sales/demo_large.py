"""What the large demo company has beside the small one: a million order lines of the ten years before."""

import datetime as dt
from decimal import Decimal
from random import Random

from sqlalchemy import select

from kernel import Party, Product, session
from plugins.erp_sales.demo import become_history
from plugins.erp_sales.demo_history import SEASON, owners_by_country
from plugins.erp_sales.orders.placing import NewLine, NewOrder, place_orders

MONTHS = 120
LINES = 1_000_000
PER_ORDER = (3, 6, 12, 30)
"""How many lines an order has, at most, each as likely."""


def make(month: int, first: dt.date, last: dt.date) -> None:
    """Place a month's orders and close them as what the company sold before it had this system."""
    chance = Random(f"large {month}")  # noqa: S311  # chance of a demo, the same every time
    current = session()
    owners = owners_by_country()
    customers = current.execute(select(Party.id, Party.country_id).where(
        Party.is_customer.is_(True), Party.email.like("shop%")).order_by(Party.id)).all()
    goods = current.scalars(select(Product.id).where(
        Product.code.like("FC-%"), Product.sellable.is_(True)).order_by(Product.code)).all()
    left = _lines_until(month + 1) - _lines_until(month)
    orders = []
    while left > 0:
        customer, country = chance.choice(customers)
        count = min(chance.randint(1, chance.choice(PER_ORDER)), left)
        left -= count
        day = first + dt.timedelta(days=chance.randrange((last - first).days + 1))
        orders.append(NewOrder(
            customer_id=customer, owner_id=owners.get(country), channel="dealer", order_date=day,
            promised_on=day + dt.timedelta(days=21),
            lines=[NewLine(product, Decimal(chance.randint(1, 12))) for product in chance.sample(goods, count)]))
    become_history(place_orders(sorted(orders, key=lambda order: order.day)))


def _lines_until(month: int) -> int:
    """Say how many lines there are before a month: with the seasons, all of them before the last."""
    weights = [SEASON[number % 12] for number in range(MONTHS)]
    return LINES * sum(weights[:month]) // sum(weights)
