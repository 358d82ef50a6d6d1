"""Demo records of sales: terms, quotes and orders of Formosa Cycle Works."""

# ruff: noqa: E501  # tables of records read best with one on a line
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select

from kernel import Party, Product, User, acting_as, give_roles, installed, session, update_rows, workflow_of
from plugins.erp_sales.orders.fulfilment import ALL
from plugins.erp_sales.orders.models import Order
from plugins.erp_sales.orders.placing import NewLine, NewOrder, place_orders
from plugins.erp_sales.orders.services import confirm_orders, request_invoices
from plugins.erp_sales.quotes.models import Quote, QuoteLine
from plugins.erp_sales.terms.extends import SalesTerms

Row = tuple[str, str, int, int, str | None, str, tuple[tuple[str, int, int], ...]]

TERMS = {
    # credit limit, days to pay, discount
    "Nordrad GmbH": (18_000_000, 30, 0), "Velo Lyon SAS": (9_000_000, 30, 0), "Bristol Pedal Ltd": (8_000_000, 45, 0),
    "Alpine Outdoor AG": (12_000_000, 30, 2), "Cykelhuset AB": (6_000_000, 30, 0),
    "Kuroshio Cycles KK": (10_000_000, 60, 0), "Pacific Bike Co.": (14_000_000, 30, 3),
    "Taichung Riders Club": (600_000, 14, 0), "Great Lakes Cargo Bikes": (5_000_000, 30, 0),
}
ORDERS: tuple[Row, ...] = (
    # customer, owner, ordered days ago, promised in days, reference, state, lines of (code, quantity, discount)
    ("Bristol Pedal Ltd", "tom", 28, -3, "BP-1187", "confirmed", (("ECL-2W", 12, 0), ("ECL-BAT-625", 12, 2))),
    ("Nordrad GmbH", "agent", 21, 11, "77-20418", "confirmed", (("RG29-F-M", 40, 0), ("G2C-700-54", 36, 5), ("CC8-L", 24, 0))),
    ("Velo Lyon SAS", "sofia", 19, 14, "VL 2611", "confirmed", (("CC8-M", 40, 0), ("KID-20", 20, 0))),
    ("Alpine Outdoor AG", "agent", 25, 16, None, "confirmed", (("G2C-700-56", 24, 3), ("RG29-M", 20, 0))),
    ("Cykelhuset AB", "tom", 11, 21, "8802", "confirmed", (("G2A-700-54", 30, 0),)),
    ("Kuroshio Cycles KK", "jiawei", 32, 1, "K-0442", "confirmed", (("RG29-L", 30, 4), ("FRK-C-29", 40, 0))),
    ("Pacific Bike Co.", "wanting", 23, 8, "PO 90211", "confirmed", (("CC8-D", 50, 0),)),
    ("Taichung Riders Club", "jiawei", 14, 9, None, "confirmed", (("G2A-700-54", 7, 0),)),
    ("Southern Cross Sports", "jiawei", 13, 18, "SCS-31", "confirmed", (("RG29-M", 24, 2), ("KID-24", 60, 0))),
    ("Great Lakes Cargo Bikes", "wanting", 15, 22, "GL-07", "confirmed", (("ECL-3W", 14, 0),)),
    ("Cascade Trail Supply", "wanting", 24, 4, None, "confirmed", (("RG29-L", 40, 3), ("RG29-F-L", 30, 0))),
    ("Nordrad GmbH", "agent", 90, -55, "77-19902", "done", (("CC8-L", 30, 0), ("CC8-D", 20, 0))),
    ("Velo Lyon SAS", "sofia", 120, -85, "VL 2402", "done", (("KID-20", 40, 0), ("KID-24", 40, 0))),
    ("Pacific Bike Co.", "wanting", 150, -110, "PO 88760", "done", (("RG29-M", 36, 3),)),
    ("Alpine Outdoor AG", "agent", 200, -160, None, "done", (("G2C-700-54", 20, 2),)),
    ("Kuroshio Cycles KK", "jiawei", 260, -215, "K-0398", "done", (("FRK-C-29", 100, 0), ("RG29-F-M", 20, 0))),
    ("Bristol Pedal Ltd", "tom", 310, -270, "BP-0871", "done", (("ECL-2W", 8, 0),)),
    ("Great Lakes Cargo Bikes", "wanting", 400, -360, "GL-02", "done", (("ECL-3W", 9, 0), ("ECL-BAT-500", 9, 0))),
    ("Nordrad GmbH", "agent", 430, -390, "77-17250", "done", (("G2A-700-54", 40, 0),)),
    ("Nordic Sport Oy", "tom", 2, 30, None, "draft", (("RG29-M", 12, 0),)),
    ("Radhaus Wien", "agent", 1, 35, "RW-5", "draft", (("CC8-M", 10, 0), ("SVC-ASM", 1, 0))),
    ("Lisboa Bikes Lda", "sofia", 1, 40, None, "draft", (("CC8-L", 25, 4),)),
)
WAITING: tuple[Row, ...] = (
    ("Alpine Outdoor AG", "agent", 1, 28, "AO-88", "draft", (("G2C-700-54", 10, 12),)),
    ("Velo Lyon SAS", "sofia", 0, 45, "VL 2630", "draft", (("CC8-L", 60, 8),)),
)
QUOTES = (
    # customer, owner, quoted days ago, sent, lines
    ("Nordic Sport Oy", "tom", 6, True, (("RG29-M", 24, 4), ("RG29-L", 20, 4))),
    ("Kuroshio Cycles KK", "jiawei", 9, True, (("RG29-F-M", 40, 0), ("RG29-F-L", 24, 0))),
    ("Great Lakes Cargo Bikes", "wanting", 3, True, (("ECL-BAT-625", 23, 5),)),
    ("Radhaus Wien", "agent", 1, False, (("CC8-D", 20, 0), ("G2A-700-54", 10, 3))),
    ("Nordrad GmbH", "agent", 0, False, (("KID-24", 60, 2),)),
)


def make() -> None:
    """Make the demo's terms, quotes and orders through their services, and give the people their roles."""
    current = session()
    users = {user.login: user for user in current.scalars(select(User))}
    agents = ("agent", "tom", "sofia", "jiawei", "wanting")
    give_roles([users[login] for login in agents], ["erp_sales.agent"])
    give_roles([users["manager"], users["director"]], ["erp_sales.manager"])
    customers = {each.name: each for each in current.scalars(select(Party).where(Party.is_customer.is_(True)))}
    for name, (limit, days, discount) in TERMS.items():
        terms = customers[name][SalesTerms]
        terms.credit_limit, terms.payment_days, terms.discount = Decimal(limit), days, Decimal(discount)
    current.flush()
    products = {each.code: each.id for each in current.scalars(select(Product))}
    history = [row for row in ORDERS if row[5] == "done"]
    become_history(place_orders([_order(row, users, customers, products) for row in history]))
    place_orders([_order(row, users, customers, products) for row in ORDERS if row[5] == "draft"])
    confirm_orders(place_orders([
        _order(row, users, customers, products) for row in ORDERS if row[5] == "confirmed"]))
    _quotes(users, customers, products)
    for row in WAITING:
        with acting_as(users[row[1]]):
            confirm_orders(place_orders([_order(row, users, customers, products)]))


def go_on() -> None:
    """Invoice what has been delivered, where somebody makes invoices; one order is left for the user to invoice."""
    if not (installed("erp_finance") and installed("erp_inventory")):
        return
    delivered = session().scalars(select(Order).where(
        Order.state == "confirmed", Order.delivered_percent > 0, Order.invoiced_percent == 0).order_by(Order.id)).all()
    if len(delivered) > 1:
        request_invoices(delivered[:-1])


def become_history(orders: Sequence[Order]) -> None:
    """Make orders what the company sold before it had this system: told to nobody, delivered and paid long ago."""
    update_rows(Order, [
        {"id": order.id, "state": "done", "historical": True, "shipped_on": order.promised_on,
         "delivered_percent": ALL, "invoiced_percent": ALL, "paid_percent": ALL, "invoiced_amount": order.total,
         "invoiced_freight": order.freight, "paid_amount": order.total} for order in orders])


def _order(row: Row, users: dict[str, User], customers: dict[str, Party], products: dict[str, int]) -> NewOrder:
    customer, owner, ago, promised, reference, _state, lines = row
    today = session().today
    return NewOrder(
        customer_id=customers[customer].id, owner_id=users[owner].id, channel="dealer",
        order_date=today - dt.timedelta(days=ago), promised_on=today + dt.timedelta(days=promised),
        customer_reference=reference, lines=[
            NewLine(products[code], Decimal(count), discount=Decimal(discount)) for code, count, discount in lines])


def _quotes(users: dict[str, User], customers: dict[str, Party], products: dict[str, int]) -> None:
    current = session()
    sent = []
    for customer, owner, ago, is_sent, lines in QUOTES:
        quote = Quote(customer_id=customers[customer].id, owner_id=users[owner].id,
                      quote_date=current.today - dt.timedelta(days=ago))
        quote.lines = [
            QuoteLine(product_id=products[code], quantity=Decimal(count), discount=Decimal(discount))
            for code, count, discount in lines]
        current.add(quote)
        if is_sent:
            sent.append(quote)
    current.flush()
    flow = workflow_of(Quote)
    if flow is not None:
        flow.run("send", sent)
