"""What must hold of orders in a live database."""

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import func, select

from kernel import Finding, _, invariant, session
from plugins.erp_purchase.orders.models import Order, OrderLine

ZERO = Decimal(0)


@invariant("erp_purchase.order_totals", _("An order's amounts are the sums of its lines'"))
def order_totals() -> Iterable[Finding]:
    """Find orders whose subtotal, tax or total isn't what their lines say; history keeps its own figures."""
    sums = (
        select(OrderLine.order_id, func.sum(OrderLine.line_total).label("net"),
               func.sum(OrderLine.tax_amount).label("tax")).group_by(OrderLine.order_id).subquery())
    rows = session().execute(
        select(Order.number, Order.subtotal, Order.tax_amount, Order.freight, Order.total, sums.c.net, sums.c.tax)
        .outerjoin(sums, sums.c.order_id == Order.id).where(Order.historical.is_(False)))
    for number, subtotal, tax, freight, total, net, tax_of_lines in rows:
        if subtotal != (net or ZERO):
            yield Finding("erp_purchase.order", number, _("subtotal {actual}, its lines come to {right}",
                          actual=subtotal, right=net or ZERO))
        elif abs(tax - (tax_of_lines or ZERO)) >= 1:
            yield Finding("erp_purchase.order", number, _("tax {actual}, that of its lines is {right}",
                          actual=tax, right=tax_of_lines or ZERO))
        elif total != subtotal + tax + freight:
            yield Finding("erp_purchase.order", number, _("total {actual}, its parts come to {right}",
                          actual=total, right=subtotal + tax + freight))


@invariant("erp_purchase.progress", _("What is received or billed is neither below zero nor beyond what may come"))
def sensible_progress() -> Iterable[Finding]:
    """Find lines of which more came or was billed than may, or less than nothing."""
    rows = session().execute(
        select(Order.number, OrderLine.quantity, OrderLine.received, OrderLine.billed, Order.over_percent)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.historical.is_(False), (OrderLine.received != 0) | (OrderLine.billed != 0)))
    for number, quantity, received, billed, over in rows:
        most = quantity * (100 + (over or ZERO)) / 100
        if not (0 <= received <= most and 0 <= billed <= most):
            yield Finding("erp_purchase.order", number, _("of {quantity}, {received} received and {billed} billed",
                                                          quantity=quantity, received=received, billed=billed))


@invariant("erp_purchase.moved_before_approval", _("Only what was approved is received or billed"))
def nothing_before_approval() -> Iterable[Finding]:
    """Find drafts and cancelled orders of which something was received or billed."""
    rows = session().execute(
        select(Order.number, func.sum(OrderLine.received), func.sum(OrderLine.billed))
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.historical.is_(False), Order.state.in_(("draft", "submitted", "cancelled")),
               (OrderLine.received != 0) | (OrderLine.billed != 0))
        .group_by(Order.number))
    for number, received, billed in rows:
        yield Finding("erp_purchase.order", number, _("{received} received and {billed} billed, but it isn't approved",
                                                      received=received, billed=billed))
