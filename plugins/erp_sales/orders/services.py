"""What one does with orders."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy import select

from kernel import Refusal, _, session, workflow_of
from plugins.erp_sales.orders.models import Order, OrderLine
from plugins.erp_sales.orders.signals import (
    OrderCancelled,
    OrderConfirmed,
    OrderedLine,
    order_cancelled,
    order_confirmed,
)


def confirm_orders(orders: Sequence[Order]) -> None:
    """Confirm drafts; those an approval applies to wait as submitted.

    Raises Refusal NO_LINES, CREDIT, ALREADY_CONFIRMED or STATE, for one order as for all: none is confirmed then.
    """
    _run("confirm", orders)


def cancel_orders(orders: Sequence[Order], reason: str) -> None:
    """Cancel drafts and confirmed orders; raises Refusal STATE for closed ones."""
    _run("cancel", orders, reason)


def close_orders(orders: Sequence[Order]) -> None:
    """Close confirmed orders that nothing is expected of any more."""
    _run("close", orders)


def _run(action: str, orders: Sequence[Order], reason: str | None = None) -> None:
    flow = workflow_of(Order)
    if flow is None:
        raise Refusal("NO_WORKFLOW", _("Orders have no workflow"))
    flow.run(action, orders, {"cancel_reason": reason} if reason else None)


def has_lines(orders: Sequence[Order]) -> Iterable[Refusal]:
    """Refuse orders of nothing: the guard of confirming."""
    filled = set(session().scalars(
        select(OrderLine.order_id).where(OrderLine.order_id.in_([order.id for order in orders])).distinct()))
    for order in orders:
        if order.id not in filled:
            yield Refusal("NO_LINES", _("{number} has no lines", number=order.number), record=order, field="lines",
                          fix=_("Add what the customer bought"))


def tell_confirmed(orders: Sequence[Order]) -> None:
    """Tell erp_sales.order_confirmed once for all: the effect of confirming."""
    current = session()
    lines: dict[int, list[OrderedLine]] = {}
    found = current.scalars(
        select(OrderLine).where(OrderLine.order_id.in_([order.id for order in orders])).order_by(OrderLine.id))
    for line in found:
        lines.setdefault(line.order_id, []).append(OrderedLine(
            line_id=line.id, product_id=line.product_id, quantity=line.quantity, unit_id=line.unit_id,
            unit_price=line.unit_price or Decimal(0), line_total=line.line_total, promised_on=line.promised_on))
    for order in orders:
        order.confirmed_at = current.now
    current.flush()
    order_confirmed.tell([
        OrderConfirmed(
            order_id=order.id, number=order.number, customer_id=order.customer_id, owner_id=order.owner_id,
            order_date=order.day, currency_id=order.currency_id, subtotal=order.subtotal,
            tax_amount=order.tax_amount, total=order.total, lines=tuple(lines.get(order.id, ())),
            promised_on=order.promised_on, exchange_rate=order.exchange_rate, ship_to_id=order.ship_to_id)
        for order in orders])


def tell_cancelled(orders: Sequence[Order]) -> None:
    """Tell erp_sales.order_cancelled of the orders that had been confirmed: the effect of cancelling."""
    order_cancelled.tell([
        OrderCancelled(order_id=order.id, number=order.number, customer_id=order.customer_id,
                       reason=order.cancel_reason)
        for order in orders if order.confirmed_at is not None])
