"""What sales did in each half month of the demo company's two years: orders with seasons and growth, and invoices."""

import datetime as dt
from decimal import Decimal
from random import Random

from sqlalchemy import func, select

from kernel import Country, Party, Product, User, installed, session
from plugins.erp_sales.demo import TERMS
from plugins.erp_sales.orders.models import Order
from plugins.erp_sales.orders.placing import NewLine, NewOrder, place_orders
from plugins.erp_sales.orders.services import confirm_orders, request_invoices

SEASON = (62, 84, 128, 146, 142, 124, 104, 88, 96, 84, 78, 64)
"""Orders in the months of a year, out of a hundred of an average one: bicycles are bought for the spring."""
USUAL, GROWTH = 25, 0.0165
"""Orders in an average half month, and how much more with every month of growth."""
REGIONS = {"agent": ("DE", "CH", "AT", "NL"), "tom": ("GB", "SE", "FI", "DK"), "sofia": ("FR", "PT", "IT", "ES"),
           "jiawei": ("JP", "AU", "TW", "CN"), "wanting": ("US",)}
LATELY = 150
"""For so many days the orders of customers with a credit limit are those one works on today."""
CHANNELS = ("dealer",) * 7 + ("direct",) * 2 + ("online",)
DISCOUNTS = (0, 0, 0, 0, 2, 3, 5)


def sell(first: dt.date, last: dt.date) -> None:
    """Confirm the orders of deals that were won, and place those of a half month: bicycles, and what goes with them."""
    chance = Random(f"sell {first}")  # noqa: S311  # chance of a demo, the same every time
    current = session()
    owners = owners_by_country()
    found = select(Party.id, Party.country_id).where(Party.is_customer.is_(True)).order_by(Party.id)
    if (dt.datetime.now(dt.UTC).date() - last).days < LATELY:
        found = found.where(Party.name.not_in(TERMS))
    customers = current.execute(found).all()
    goods = current.execute(
        select(Product.id, Product.buyable).where(Product.code.like("FC-%"), Product.sellable.is_(True))
        .order_by(Product.code)).all()
    bicycles, extras = [id_ for id_, bought in goods if not bought], [id_ for id_, bought in goods if bought]
    orders = []
    for _number in range(_how_many(first, last)):
        customer, country = customers[int(len(customers) * chance.random() ** 1.6)]  # some buy often
        ordered = first + dt.timedelta(days=chance.randrange((last - first).days + 1))
        size = chance.choice((1, 1, 2, 2, 3, 5))
        lines = [NewLine(each, Decimal(size * chance.randint(1, 4)), discount=Decimal(chance.choice(DISCOUNTS)))
                 for each in chance.sample(bicycles, chance.choice((0, 1, 1, 2, 3)))]
        lines += [NewLine(each, Decimal(size * 2 * chance.randint(1, 5)))
                  for each in chance.sample(extras, chance.choice((0, 1, 2, 3)) if lines else chance.randint(1, 4))]
        orders.append(NewOrder(
            customer_id=customer, owner_id=owners.get(country), channel=chance.choice(CHANNELS), order_date=ordered,
            promised_on=ordered + dt.timedelta(days=chance.choice((16, 18, 21, 21, 28))), lines=lines,
            customer_reference=f"{chance.randrange(1000, 99999)}" if chance.random() < 0.6 else None))
    won = session().scalars(select(Order).where(Order.state == "draft").order_by(Order.id)).all()
    for order in won:
        order.order_date, order.promised_on, order.channel = first, last + dt.timedelta(days=20), "dealer"
    current.flush()
    confirm_orders([*won, *place_orders(sorted(orders, key=lambda order: order.day))])


def invoice(first: dt.date, last: dt.date) -> None:
    """Invoice what was delivered by the end of the half month."""
    if not installed("erp_finance"):
        return
    delivered = session().scalars(select(Order).where(
        Order.state == "confirmed", Order.delivered_percent > 0,
        Order.invoiced_percent < Order.delivered_percent, Order.order_date <= last).order_by(Order.id)).all()
    if delivered:
        request_invoices(delivered)


def owners_by_country() -> dict[int | None, int]:
    """Say who sells to a country."""
    current = session()
    users = {login: id_ for id_, login in current.execute(select(User.id, User.login))}
    countries = {code: id_ for id_, code in current.execute(select(Country.id, Country.code))}
    return {countries[code]: users[login] for login, codes in REGIONS.items() for code in codes}


def _how_many(first: dt.date, last: dt.date) -> int:
    """Say how many orders came in: by the season, growing with the years, fewer in a half month that isn't over."""
    begun = session().scalar(select(func.min(Order.order_date))) or first
    months = (first.year - begun.year) * 12 + first.month - begun.month
    share = min(((last - first).days + 1) / 15, 1)
    return round(USUAL * SEASON[first.month - 1] / 100 * (1 + GROWTH) ** months * share)


STEPS = {10: sell, 70: invoice}
