"""What must hold of orders in a live database."""

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import func, select

from kernel import Finding, _, amount, invariant, session
from plugins.erp_sales.orders.fulfilment import books_of
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


@invariant("erp_sales.fulfilment", _("How far an order is follows from its lines"))
def how_far() -> Iterable[Finding]:
    """Find orders whose percentages, and lines whose quantities, aren't what follows from the rest."""
    live = session().scalars(
        select(Order.id).where(Order.historical.is_(False), Order.state.in_(("confirmed", "done")))).all()
    rows = session().execute(
        select(Order.id, Order.number, Order.delivered_percent, Order.invoiced_percent, Order.paid_percent)
        .where(Order.id.in_(live)))
    books = books_of(live)
    for id_, number, *percents in rows:
        for (name, right), actual in zip(books[id_].percents.items(), percents, strict=True):
            if actual != right:
                yield Finding("erp_sales.order", number, _("{field} {actual}, its lines say {right}", field=name,
                                                           actual=actual, right=right))
        for line in books[id_].lines:
            before = line.delivered
            line.ship(ZERO)
            if line.delivered != before:
                yield Finding("erp_sales.order", number, _("{field} {actual}, its lines say {right}",
                                                           field="delivered", actual=before, right=line.delivered))
            if not ZERO <= line.invoiced <= line.quantity:
                yield Finding("erp_sales.order", number, _("invoiced {actual}, ordered {right}",
                                                           actual=line.invoiced, right=line.quantity))


@invariant("erp_sales.cancelled", _("Nothing of a cancelled order was delivered or invoiced"))
def cancelled_orders() -> Iterable[Finding]:
    """Find cancelled orders of which something left or was invoiced and never came back."""
    rows = session().execute(
        select(Order.number, OrderLine.delivered, OrderLine.invoiced).join(Order, Order.id == OrderLine.order_id)
        .where(Order.state == "cancelled", Order.historical.is_(False),
               (OrderLine.delivered != amount(0)) | (OrderLine.invoiced != amount(0))))
    for number, delivered, invoiced in rows:
        yield Finding("erp_sales.order", number, _(
            "it is cancelled, but {delivered} of a line was delivered and {invoiced} invoiced", delivered=delivered,
            invoiced=invoiced))
