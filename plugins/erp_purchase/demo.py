"""Demo records of purchase: suppliers' terms and prices, requests and orders of Formosa Cycle Works."""

# ruff: noqa: E501  # tables of records read best with one on a line
import datetime as dt
from decimal import Decimal

from sqlalchemy import select

from kernel import Currency, Party, Product, User, acting_as, give_roles, installed, session
from plugins.erp_purchase.orders.models import Order, OrderLine
from plugins.erp_purchase.orders.services import approve_orders, bill_orders, receive_orders
from plugins.erp_purchase.requests.models import Request, RequestLine
from plugins.erp_purchase.requests.services import approve_requests, order_requests, submit_requests
from plugins.erp_purchase.suppliers.extends import SupplierTerms
from plugins.erp_purchase.suppliers.models import ProductSupplier

ROLES = {
    "erp_purchase.buyer": ("buyer",), "erp_purchase.manager": ("director",), "erp_purchase.clerk": ("accountant",),
    "erp_purchase.requester": ("planner", "worker", "warehouse", "personnel"),
}
TERMS = {
    # standing, days to pay, days to deliver, tolerance
    "Suntek Carbon": ("preferred", 45, 21, 0), "Chang Jiang Components": ("qualified", 30, 35, 5),
}
PRICES = (
    # product, supplier, their code, currency, price, from quantity, days, priority
    ("FRK-C-29", "Suntek Carbon", "SC-F29", "TWD", 12_900, 0, 21, 1), ("FRK-C-29", "Suntek Carbon", "SC-F29", "TWD", 12_300, 50, 28, 1),
    ("RG29-F-M", "Suntek Carbon", "SC-R29-M", "TWD", 24_100, 0, 30, 1), ("RG29-F-L", "Suntek Carbon", "SC-R29-L", "TWD", 24_100, 0, 30, 1),
    ("FRK-C-29", "Chang Jiang Components", "CJ-440", "CNY", 2_850, 20, 35, 5),
    ("ECL-BAT-625", "Chang Jiang Components", "CJ-B625", "CNY", 8_700, 0, 35, 1), ("ECL-BAT-500", "Chang Jiang Components", "CJ-B500", "CNY", 7_050, 0, 35, 1),
    ("ECL-BAT-500", "Chang Jiang Components", "CJ-B500", "CNY", 6_800, 40, 42, 1),
)
ORDERS = (
    # supplier, ordered days ago, expected in days, how far it is, lines of (code, quantity)
    ("Suntek Carbon", 96, -70, "done", (("FRK-C-29", 60), ("RG29-F-M", 24))),
    ("Chang Jiang Components", 88, -50, "done", (("ECL-BAT-500", 40),)),
    ("Suntek Carbon", 64, -40, "done", (("RG29-F-L", 30), ("RG29-F-M", 30))),
    ("Chang Jiang Components", 41, -6, "half", (("ECL-BAT-625", 24), ("ECL-BAT-500", 20))),
    ("Suntek Carbon", 30, -2, "approved", (("RG29-F-M", 20), ("FRK-C-29", 40))),
    ("Suntek Carbon", 12, 14, "approved", (("FRK-C-29", 50),)),
    ("Chang Jiang Components", 6, 29, "approved", (("ECL-BAT-625", 18),)),
    ("Chang Jiang Components", 0, 35, "draft", (("FRK-C-29", 24),)),
)
WAITING = ("Suntek Carbon", 1, 28, (("RG29-F-L", 40), ("RG29-F-M", 20)))
REQUESTS = (
    # who, what for, needed in days, how far it is, lines of (code, quantity)
    ("planner", "Ridge 29, spring series", 40, "ordered", (("RG29-F-L", 16), ("FRK-C-29", 16))),
    ("planner", "E-Cargo Box, second batch", 50, "approved", (("ECL-BAT-500", 30),)),
    ("warehouse", "Spare forks for warranty", 25, "submitted", (("FRK-C-29", 6),)),
    ("worker", "Battery for the test bench", 15, "draft", (("ECL-BAT-625", 1),)),
)


def make() -> None:
    """Make the demo's terms, prices, requests and orders through their services, and give the people their roles."""
    current = session()
    users = {user.login: user for user in current.scalars(select(User))}
    for role, logins in ROLES.items():
        give_roles([users[login] for login in logins], [role])
    suppliers = {each.name: each for each in current.scalars(select(Party).where(Party.is_supplier.is_(True)))}
    products = {each.code: each for each in current.scalars(select(Product))}
    _terms_and_prices(suppliers, products)
    codes = {code: product.id for code, product in products.items()}
    orders = [_order(users["buyer"], suppliers[name].id, ago, due, lines, codes) for name, ago, due, _state, lines in ORDERS]
    current.flush()
    states = [row[3] for row in ORDERS]
    approve_orders([order for order, state in zip(orders, states, strict=True) if state != "draft"])
    if not installed("erp_inventory"):
        _receive_and_bill([(order, state) for order, state in zip(orders, states, strict=True) if state in ("done", "half")])
    _requests(users, codes)
    with acting_as(users["buyer"]) as buying:
        name, ago, due, lines = WAITING
        order = _order(users["buyer"], suppliers[name].id, ago, due, lines, codes)
        buying.flush()
        approve_orders([order])


def go_on() -> None:
    """Bill what suppliers have delivered, but the last of it: that waits for their invoice."""
    if not installed("erp_inventory"):
        return
    current = session()
    received = current.scalars(select(Order).where(
        Order.state == "approved", Order.received_percent > 0).order_by(Order.expected_on)).all()
    for place, order in enumerate(received[:-1], 1):
        bill_orders([order], f"{order.day:%y%m}-{place:03}", order.expected_on or current.today)


def _terms_and_prices(suppliers: dict[str, Party], products: dict[str, Product]) -> None:
    current = session()
    currencies = {each.code: each.id for each in current.scalars(select(Currency))}
    for name, (standing, payment_days, lead_days, over) in TERMS.items():
        terms = suppliers[name][SupplierTerms]
        terms.standing, terms.payment_days, terms.lead_days, terms.over_percent = standing, payment_days, lead_days, Decimal(over)
    for code, name, their_code, currency, price, minimum, days, priority in PRICES:
        current.add(ProductSupplier(
            product_id=products[code].id, supplier_id=suppliers[name].id, supplier_code=their_code,
            currency_id=None if currency == "TWD" else currencies[currency], price=Decimal(price), minimum=Decimal(minimum), lead_days=days,
            priority=priority))
    priced = {row[0] for row in PRICES}
    for product in products.values():  # parts that another plugin's demo brought along
        if product.code not in priced and product.buyable and not product.sellable and product.kind == "goods" and product.cost:
            current.add(ProductSupplier(
                product_id=product.id, supplier_id=suppliers["Suntek Carbon"].id, supplier_code=f"SC-{product.code}"[:60],
                price=product.cost))
    current.flush()


def _order(
    buyer: User, supplier: int, ago: int, due: int, lines: tuple[tuple[str, int], ...], products: dict[str, int]
) -> Order:
    today = session().today
    order = Order(
        supplier_id=supplier, owner_id=buyer.id, order_date=today - dt.timedelta(days=ago),
        expected_on=today + dt.timedelta(days=due))
    order.lines = [OrderLine(product_id=products[code], quantity=Decimal(count)) for code, count in lines]
    session().add(order)
    return order


def _receive_and_bill(orders: list[tuple[Order, str]]) -> None:
    current = session()
    for order, state in orders:
        if state == "half":
            order.lines[0].arriving = order.lines[0].quantity / 2
    current.flush()
    receive_orders([order for order, _state in orders])
    done = [order for order, state in orders if state == "done"]
    for place, order in enumerate(done, 1):
        bill_orders([order], f"{order.day:%y%m}-{place:03}", order.expected_on or current.today)


def _requests(users: dict[str, User], products: dict[str, int]) -> None:
    current = session()
    made: dict[str, list[Request]] = {}
    for login, reason, days, state, lines in REQUESTS:
        request = Request(owner_id=users[login].id, reason=reason, needed_on=current.today + dt.timedelta(days=days))
        request.lines = [RequestLine(product_id=products[code], quantity=Decimal(count)) for code, count in lines]
        current.add(request)
        made.setdefault(state, []).append(request)
    current.flush()
    submit_requests(made["submitted"])
    approve_requests([*made["approved"], *made["ordered"]])
    with acting_as(users["buyer"]) as buying:
        order_requests(buying.scalars(
            select(Request).where(Request.id.in_([each.id for each in made["ordered"]]))).all())
