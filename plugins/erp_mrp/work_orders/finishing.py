"""Finish work orders: receive what was made at what it cost, complete, close with the variance, or cancel."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy import select

from kernel import AnyRef, Refusal, _, as_system, format_number, session, update_rows, workflow_of
from plugins.erp_inventory.api import Movement, Posting, post, reverse
from plugins.erp_inventory.api import release as give_free
from plugins.erp_mrp.amounts import own_rounding
from plugins.erp_mrp.work_orders.issuing import components_of
from plugins.erp_mrp.work_orders.models import WorkOrder, WorkOrderComponent, WorkOrderPeg
from plugins.erp_mrp.work_orders.signals import OrderClosed, OrderReceived, order_closed, order_received

ZERO = Decimal(0)


def within_order(orders: Sequence[WorkOrder]) -> Iterable[Refusal]:
    """Refuse to receive more than ordered, or anything before material was issued: a guard of receiving."""
    components = components_of(orders)
    for order in orders:
        left, now = order.quantity - order.received, to_receive(order)
        if now > left or now <= 0:
            yield Refusal(
                "OVER_RECEIVED", _("{number}: {left} are left to receive, not {now}", number=order.number,
                                   left=format_number(left), now=format_number(now)),
                record=order, field="receiving", actual=now, allowed=left,
                fix=_("Receive what is left at most; what was made beyond it needs a work order of its own"))
        needed = [each for each in components[order.id] if each.quantity > 0]
        if needed and not any(each.issued > 0 for each in needed):
            yield Refusal(
                "NOT_ISSUED", _("{number}: nothing was issued yet that this could be made of", number=order.number),
                record=order, field="components", fix=_("Issue the material first"))


def receive(orders: Sequence[WorkOrder]) -> None:
    """Post what was made into the stock at its share of the cost, and tell: the effect of receiving.

    The share is received ÷ what was left to receive; the last receipt takes all that is left.
    """
    money = own_rounding()
    amounts = [to_receive(order) for order in orders]
    values = [
        money.amount(max(order.in_progress_value, ZERO) * amount / (order.quantity - order.received))
        for order, amount in zip(orders, amounts, strict=True)]
    post([
        Posting(AnyRef.to(order), "production", [
            Movement(order.product_id, amount, value=value, source_line=AnyRef.to(order))])
        for order, amount, value in zip(orders, amounts, values, strict=True)])
    today = session().today
    for order, amount, value in zip(orders, amounts, values, strict=True):
        order.received += amount
        order.received_value += value
        order.receiving = None
        order.started_on = order.started_on or today
        order.ended_on = today
    session().flush()
    sources = _sources(orders)
    order_received.tell([
        OrderReceived(order_id=order.id, number=order.number, product_id=order.product_id, quantity=amount,
                      demands=sources.get(order.id, ()))
        for order, amount in zip(orders, amounts, strict=True)])
    flow = workflow_of(WorkOrder)
    done = [order for order in orders if order.received >= order.quantity]
    if done and flow is not None:
        flow.put(done, "completed")
        complete(done)


def complete(orders: Sequence[WorkOrder]) -> None:
    """Give free what orders still keep of the stock: the effect of completing."""
    give_free([AnyRef.to(order) for order in orders])
    for order in orders:
        order.ended_on = order.ended_on or session().today
    session().flush()


def close(orders: Sequence[WorkOrder]) -> None:
    """Write off what is left of the cost as variance, and tell: the effect of closing."""
    _write_off(orders, always=True)


def nothing_received(orders: Sequence[WorkOrder]) -> Iterable[Refusal]:
    """Refuse to cancel what has given goods already: the guard of cancelling."""
    for order in orders:
        if order.received > 0:
            yield Refusal(
                "RECEIVED", _("{number}: {received} were received already", number=order.number,
                              received=format_number(order.received)),
                record=order, field="received", actual=order.received, allowed=0,
                fix=_("Complete it instead: what is left will not be made"))


def cancel(orders: Sequence[WorkOrder]) -> None:
    """Bring issued material back at the value it had, give reservations free, write off work: the effect of cancelling.

    Work that was reported was done: its cost is the order's variance.
    """
    refs = [AnyRef.to(order) for order in orders]
    returned = reverse(refs)
    give_free(refs)
    components = components_of(orders)
    with as_system("note that material came back"):
        update_rows(WorkOrderComponent, [
            {"id": each.id, "issued": ZERO, "issued_value": ZERO, "issuing": None}
            for order in orders for each in components[order.id] if each.issued])
    for order, lines in zip(orders, returned, strict=True):
        order.material_cost -= sum((line.value for line in lines), ZERO)
    session().flush()
    _write_off(orders, always=False)


def to_receive(order: WorkOrder) -> Decimal:
    """Give how much is to be received now: what was entered, else all that is left."""
    return order.receiving if order.receiving is not None else order.quantity - order.received


def _write_off(orders: Sequence[WorkOrder], *, always: bool) -> None:
    closed = []
    for order in orders:
        left = order.in_progress_value
        if left or always:
            order.variance += left
            closed.append(OrderClosed(order_id=order.id, number=order.number, day=session().today, variance=left))
    session().flush()
    order_closed.tell(closed)


def _sources(orders: Sequence[WorkOrder]) -> dict[int, tuple[AnyRef, ...]]:
    found: dict[int, dict[AnyRef, None]] = {}
    for peg in session().scalars(
            select(WorkOrderPeg).where(WorkOrderPeg.work_order_id.in_([order.id for order in orders]))
            .order_by(WorkOrderPeg.id)):
        if peg.source is not None:
            found.setdefault(peg.work_order_id, {})[peg.source] = None
    return {id_: tuple(refs) for id_, refs in found.items()}
