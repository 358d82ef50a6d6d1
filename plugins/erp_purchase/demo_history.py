"""What purchasing did in each half month of the demo company's two years: buy what is short, enter what is billed."""

import datetime as dt
from decimal import ROUND_CEILING, Decimal

from sqlalchemy import select

from kernel import AvailabilityQuestion, Party, Product, User, ask, first_known, session
from plugins.erp_purchase.orders.models import Order, OrderLine
from plugins.erp_purchase.orders.services import approve_orders, run
from plugins.erp_purchase.suppliers.extends import SupplierTerms
from plugins.erp_purchase.suppliers.models import ProductSupplier

SOURCES = (
    # numbers of the range from, up to, supplier
    (2000, 2060, "宏遠鋁業股份有限公司"), (2060, 2070, "Hsinchu Frame Works"), (2070, 2080, "宏遠鋁業股份有限公司"),
    (2080, 2090, "Hsinchu Frame Works"), (2090, 3000, "宏遠鋁業股份有限公司"), (3000, 3100, "大肚溪輪組有限公司"),
    (3100, 3200, "Bremswerk Schwaben GmbH"), (3200, 3300, "Kansai Drive Parts KK"), (3300, 3500, "三義皮件有限公司"),
    (3500, 3600, "Kansai Drive Parts KK"), (3600, 4000, "Bremswerk Schwaben GmbH"), (4000, 4040, "Officina Caschi srl"),
    (4040, 4090, "昆山灯具科技有限公司"), (4090, 4130, "亞太袋包股份有限公司"), (4130, 4190, "江南橡胶制品有限公司"),
    (4190, 5000, "昆山灯具科技有限公司"))
TERMS = {
    # days to pay, days to deliver
    "Hsinchu Frame Works": (45, 12), "宏遠鋁業股份有限公司": (60, 10), "大肚溪輪組有限公司": (30, 7),
    "Kansai Drive Parts KK": (30, 12), "Bremswerk Schwaben GmbH": (30, 11), "三義皮件有限公司": (30, 6),
    "Officina Caschi srl": (30, 12), "昆山灯具科技有限公司": (45, 9), "亞太袋包股份有限公司": (30, 8),
    "江南橡胶制品有限公司": (45, 9)}
BATCH = Decimal(40)
"""Bought and made in multiples of this."""


def agree(first: dt.date, last: dt.date) -> None:
    """Agree terms and prices with the suppliers, once."""
    current = session()
    suppliers = {each.name: each for each in current.scalars(select(Party).where(Party.name.in_(TERMS)))}
    if current.scalar(select(ProductSupplier.id).where(
            ProductSupplier.supplier_id.in_([each.id for each in suppliers.values()])).limit(1)):
        return
    for name, (payment_days, lead_days) in TERMS.items():
        terms = suppliers[name][SupplierTerms]
        terms.standing, terms.payment_days, terms.lead_days = "qualified", payment_days, lead_days
    for product in current.scalars(
            select(Product).where(Product.code.like("FC-%"), Product.buyable.is_(True)).order_by(Product.code)):
        number = int(product.code[3:7])
        name = next(name for begin, end, name in SOURCES if begin <= number < end)
        current.add(ProductSupplier(
            product_id=product.id, supplier_id=suppliers[name].id, supplier_code=f"{number}-T", price=product.cost,
            lead_days=TERMS[name][1]))
    current.flush()


def buy(first: dt.date, last: dt.date) -> None:
    """Order what is short of the range, one order per supplier and half month."""
    current = session()
    rows = current.execute(
        select(ProductSupplier.product_id, ProductSupplier.supplier_id, ProductSupplier.lead_days)
        .join(Product, Product.id == ProductSupplier.product_id).where(Product.code.like("FC-%"))
        .order_by(ProductSupplier.supplier_id, Product.code)).all()
    questions = [AvailabilityQuestion(row.product_id, last + dt.timedelta(days=365)) for row in rows]
    free = first_known(ask.availability(questions=questions), len(questions))
    buyer = current.scalar(select(User.id).where(User.login == "buyer"))
    orders: dict[int, Order] = {}
    for row, there in zip(rows, free, strict=True):
        if there is None or there >= 0:
            continue
        order = orders.setdefault(row.supplier_id, Order(
            supplier_id=row.supplier_id, owner_id=buyer, order_date=first,
            expected_on=first + dt.timedelta(days=row.lead_days or 0)))
        quantity = (-there / BATCH).to_integral_value(ROUND_CEILING) * BATCH
        order.lines.append(OrderLine(product_id=row.product_id, quantity=quantity))
    current.add_all(orders.values())
    current.flush()
    if orders:
        approve_orders(list(orders.values()))


def enter_bills(first: dt.date, last: dt.date) -> None:
    """Enter the suppliers' invoices for what has come."""
    current = session()
    received = current.scalars(select(Order).where(
        Order.state == "approved", Order.received_percent >= 100, Order.billed_percent == 0)
        .order_by(Order.id)).all()
    for order in received:
        order.supplier_reference, order.bill_day = f"{order.order_date:%y%m}-{order.id % 900 + 100}", last
    current.flush()
    if received:
        run("bill", received)


STEPS = {5: agree, 30: buy, 75: enter_bills}
