"""What one does with orders."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import func, select

from kernel import Product, Refusal, _, installed, session, workflow_of
from plugins.erp_sales.orders import fulfilment
from plugins.erp_sales.orders.models import Order, OrderLine
from plugins.erp_sales.orders.signals import (
    OrderCancelled,
    OrderClosed,
    OrderConfirmed,
    OrderedLine,
    OrderReopened,
    order_cancelled,
    order_closed,
    order_confirmed,
    order_reopened,
)


def confirm_orders(orders: Sequence[Order]) -> None:
    """Confirm drafts; those an approval applies to wait as submitted.

    Raises Refusal NO_LINES, CREDIT, ALREADY_CONFIRMED or STATE, for one order as for all: none is confirmed then.
    """
    _run("confirm", orders)


def cancel_orders(orders: Sequence[Order], reason: str) -> None:
    """Cancel drafts and confirmed orders.

    Raises Refusal DELIVERED or INVOICED where something of an order was: reverse that first; STATE for closed ones.
    """
    _run("cancel", orders, reason)


def close_orders(orders: Sequence[Order]) -> None:
    """Close confirmed orders that nothing is expected of any more."""
    _run("close", orders)


def request_invoices(orders: Sequence[Order]) -> None:
    """Ask for invoices of what was delivered and not yet invoiced, for all orders at once.

    Raises Refusal NOTHING_TO_INVOICE, NO_FINANCE or STATE.
    """
    _run("invoice", orders)


def _run(action: str, orders: Sequence[Order], reason: str | None = None) -> None:
    flow = workflow_of(Order)
    if flow is None:
        raise Refusal("NO_WORKFLOW", _("Orders have no workflow"))
    flow.run(action, orders, {"cancel_reason": reason} if reason else None)


def has_lines(orders: Sequence[Order]) -> Iterable[Refusal]:
    """Refuse orders of nothing: the guard of confirming."""
    unknown = [order.id for order in orders if not order.__dict__.get("lines")]
    filled = set(session().scalars(
        select(OrderLine.order_id).where(OrderLine.order_id.in_(unknown)).distinct())) if unknown else set()
    empty = set(unknown) - filled
    for order in orders:
        if order.id in empty:
            yield Refusal("NO_LINES", _("{number} has no lines", number=order.number), record=order, field="lines",
                          fix=_("Add what the customer bought"))


def nothing_done(orders: Sequence[Order]) -> Iterable[Refusal]:
    """Refuse DELIVERED or INVOICED where something of an order was: the guard of cancelling."""
    ids = [order.id for order in orders if order.confirmed_at is not None]
    rows = session().execute(
        select(OrderLine.order_id, func.max(OrderLine.shipped), func.max(OrderLine.invoiced))
        .where(OrderLine.order_id.in_(ids)).group_by(OrderLine.order_id)) if ids else ()
    done = {order_id: (shipped, invoiced) for order_id, shipped, invoiced in rows}
    for order in orders:
        shipped, invoiced = done.get(order.id, (0, 0))
        if shipped > 0:
            yield Refusal("DELIVERED", _("Some of {number} was delivered", number=order.number), record=order,
                          actual=shipped, allowed=0, fix=_("Take its deliveries back first, or close it instead"))
        elif invoiced > 0 or order.invoiced_amount:
            yield Refusal("INVOICED", _("Some of {number} was invoiced", number=order.number), record=order,
                          actual=order.invoiced_amount, allowed=0, fix=_("Reverse its invoices first"))


def not_yet_delivered(orders: Sequence[Order]) -> Iterable[Refusal]:
    """Refuse NOTHING_TO_DELIVER where all was delivered: the guard of marking it by hand."""
    for order in orders:
        if order.delivered_percent >= fulfilment.ALL:
            yield Refusal("NOTHING_TO_DELIVER", _("All of {number} was delivered", number=order.number), record=order,
                          actual=order.delivered_percent, allowed=fulfilment.ALL)


def not_yet_invoiced(orders: Sequence[Order]) -> Iterable[Refusal]:
    """Refuse NOTHING_TO_INVOICE where all was invoiced: the guard of marking it by hand."""
    for order in orders:
        if order.invoiced_percent >= fulfilment.ALL:
            yield Refusal("NOTHING_TO_INVOICE", _("All of {number} was invoiced", number=order.number), record=order,
                          actual=order.invoiced_percent, allowed=fulfilment.ALL)


def invoiced_and_not_paid(orders: Sequence[Order]) -> Iterable[Refusal]:
    """Refuse NOT_INVOICED and NOTHING_TO_PAY: the guard of marking orders as paid by hand."""
    for order in orders:
        if order.invoiced_percent < fulfilment.ALL:
            yield Refusal("NOT_INVOICED", _("{number} was not invoiced yet", number=order.number), record=order,
                          actual=order.invoiced_percent, allowed=fulfilment.ALL, fix=_("Mark it as invoiced first"))
        elif order.paid_percent >= fulfilment.ALL:
            yield Refusal("NOTHING_TO_PAY", _("{number} was paid", number=order.number), record=order,
                          actual=order.paid_percent, allowed=fulfilment.ALL)


def something_by_hand(orders: Sequence[Order]) -> Iterable[Refusal]:
    """Refuse NOTHING_BY_HAND where nothing was marked by hand that could be taken back."""
    for order in orders:
        if not marked_by_hand(order):
            yield Refusal("NOTHING_BY_HAND", _("Nothing of {number} was marked by hand", number=order.number),
                          record=order, fix=_("Reverse its deliveries and invoices where they were made"))


def marked_by_hand(order: Order) -> bool:
    """Say whether a delivery or invoice was marked by hand, since no other plugin here makes them."""
    return (not installed("erp_inventory") and order.delivered_percent > 0) or (
        not installed("erp_finance") and order.invoiced_percent > 0)


def take_back(orders: Sequence[Order]) -> None:
    """Forget what was marked by hand: the effect of taking it back."""
    fulfilment.take_back(
        orders, deliveries=not installed("erp_inventory"), invoices=not installed("erp_finance"))


def tell_confirmed(orders: Sequence[Order]) -> None:
    """Tell erp_sales.order_confirmed once for all: the effect of confirming."""
    lines = _lines_of(orders)
    for order in orders:
        if not any(goods for _line, goods, _delivered in lines.get(order.id, ())):
            order.delivered_percent = fulfilment.ALL  # there is nothing to deliver
    session().flush()
    order_confirmed.tell([
        OrderConfirmed(
            order_id=order.id, number=order.number, customer_id=order.customer_id, owner_id=order.owner_id,
            order_date=order.day, currency_id=order.currency_id, subtotal=order.subtotal,
            tax_amount=order.tax_amount, total=order.total,
            lines=tuple(line for line, _goods, _delivered in lines.get(order.id, ())),
            promised_on=order.promised_on, exchange_rate=order.exchange_rate, ship_to_id=order.ship_to_id)
        for order in orders])


def _lines_of(orders: Sequence[Order]) -> dict[int, list[tuple[OrderedLine, bool, Decimal]]]:
    """Read the lines of orders: each with whether it is of goods, and how much of it was delivered."""
    lines: dict[int, list[tuple[OrderedLine, bool, Decimal]]] = {}
    found = session().execute(
        select(OrderLine.order_id, OrderLine.id, OrderLine.product_id, OrderLine.quantity, OrderLine.unit_id,
               OrderLine.unit_price, OrderLine.line_total, OrderLine.promised_on, Product.kind, OrderLine.delivered)
        .outerjoin(Product, Product.id == OrderLine.product_id)
        .where(OrderLine.order_id.in_([order.id for order in orders])).order_by(OrderLine.id))
    for order_id, line_id, product, quantity, unit, price, total, promised, kind, delivered in found:
        lines.setdefault(order_id, []).append((OrderedLine(
            line_id=line_id, product_id=product, quantity=quantity, unit_id=unit, unit_price=price or Decimal(0),
            line_total=total, promised_on=promised), kind != "service", delivered))
    return lines


def tell_closed(orders: Sequence[Order]) -> None:
    """Tell erp_sales.order_closed: the effect of closing."""
    order_closed.tell([
        OrderClosed(order_id=order.id, number=order.number, customer_id=order.customer_id) for order in orders])


def tell_reopened(orders: Sequence[Order]) -> None:
    """Tell erp_sales.order_reopened of what is still to be delivered: the effect of reopening."""
    lines = _lines_of(orders)
    order_reopened.tell([
        OrderReopened(
            order_id=order.id, number=order.number, customer_id=order.customer_id, order_date=order.day,
            lines=tuple(
                replace(line, quantity=line.quantity - delivered)
                for line, goods, delivered in lines.get(order.id, ()) if goods and delivered < line.quantity),
            promised_on=order.promised_on, ship_to_id=order.ship_to_id)
        for order in orders])


def tell_cancelled(orders: Sequence[Order]) -> None:
    """Tell erp_sales.order_cancelled of the orders that had been confirmed: the effect of cancelling."""
    order_cancelled.tell([
        OrderCancelled(order_id=order.id, number=order.number, customer_id=order.customer_id,
                       reason=order.cancel_reason)
        for order in orders if order.confirmed_at is not None])
