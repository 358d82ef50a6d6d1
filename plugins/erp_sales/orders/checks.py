"""What must hold of orders in a live database."""

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import func, select

from kernel import Finding, _, invariant, session
from plugins.erp_sales.orders.models import Order, OrderLine

ZERO = Decimal(0)


@invariant("erp_sales.order_totals", _("An order's amounts are the sums of its lines'"))
def order_totals() -> Iterable[Finding]:
    """Find orders whose subtotal, tax or total isn't what their lines say; history keeps its own figures."""
    sums = (
        select(OrderLine.order_id, func.sum(OrderLine.line_total).label("net"),
               func.sum(OrderLine.tax_amount).label("tax")).group_by(OrderLine.order_id).subquery())
    rows = session().execute(
        select(Order.number, Order.subtotal, Order.tax_amount, Order.freight, Order.total, sums.c.net,
               sums.c.tax)
        .outerjoin(sums, sums.c.order_id == Order.id).where(Order.historical.is_(False)))
    for number, subtotal, tax, freight, total, net, tax_of_lines in rows:
        if subtotal != (net or ZERO):
            yield Finding("erp_sales.order", number, _("subtotal {actual}, its lines come to {right}",
                          actual=subtotal, right=net or ZERO))
        elif abs(tax - (tax_of_lines or ZERO)) >= 1:
            yield Finding("erp_sales.order", number, _("tax {actual}, that of its lines is {right}",
                          actual=tax, right=tax_of_lines or ZERO))
        elif total != subtotal + tax + freight:
            yield Finding("erp_sales.order", number, _("total {actual}, its parts come to {right}",
                          actual=total, right=subtotal + tax + freight))


@invariant("erp_sales.line_amounts", _("A line's amount is quantity × price less discount"))
def line_amounts() -> Iterable[Finding]:
    """Find lines whose amount doesn't follow from their own figures, rounding aside."""
    rows = session().execute(
        select(Order.number, OrderLine.quantity, OrderLine.unit_price, OrderLine.discount,
               OrderLine.line_total)
        .join(Order, Order.id == OrderLine.order_id).where(Order.historical.is_(False)))
    for number, quantity, price, discount, total in rows:
        right = quantity * (price or ZERO) * (100 - discount) / 100
        if abs(total - right) >= 1:
            yield Finding("erp_sales.order", number, _("a line comes to {actual} instead of {right}",
                          actual=total, right=right))
