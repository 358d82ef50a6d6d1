"""What one does with orders."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from sqlalchemy import select

from kernel import AnyRef, Party, Refusal, _, as_system, format_number, session, update_rows, workflow_of
from plugins.erp_purchase.orders.models import Order, OrderLine, OrderOrigin
from plugins.erp_purchase.orders.progress import arrived, lines_of
from plugins.erp_purchase.orders.signals import OrderApproved, OrderEnded, PurchasedLine, order_approved, order_ended
from plugins.erp_purchase.requests.models import Request, RequestLine
from plugins.erp_purchase.suppliers.extends import SupplierTerms

ZERO = Decimal(0)


def approve_orders(orders: Sequence[Order]) -> None:
    """Approve drafts; those an approval applies to wait as submitted.

    Raises Refusal NO_LINES, SUPPLIER_BLOCKED, MINIMUM_ORDER, ALREADY_APPROVED or STATE; none is approved then.
    """
    run("approve", orders)


def receive_orders(orders: Sequence[Order]) -> None:
    """Note what arrived, as typed on the lines, or all that is open; raises Refusal NOTHING_OPEN or OVER_RECEIPT.

    By hand only where no inventory plugin does it.
    """
    run("receive", orders)


def bill_orders(orders: Sequence[Order], supplier_reference: str, bill_day: object) -> None:
    """Enter the supplier's invoice for what was received and not billed, or for what is typed on the lines.

    Raises Refusal MATCH_QTY or MATCH_PRICE where it doesn't match the receipts or the order.
    """
    run("bill", orders, {"supplier_reference": supplier_reference, "bill_day": bill_day})


def close_orders(orders: Sequence[Order]) -> None:
    """Close approved orders though not all has come; raises Refusal UNBILLED where received goods aren't billed."""
    run("close", orders)


def cancel_orders(orders: Sequence[Order], reason: str) -> None:
    """Cancel orders of which nothing came; raises Refusal RECEIVED or BILLED. Their requests are open again."""
    run("cancel", orders, {"cancel_reason": reason})


def run(action: str, orders: Sequence[Order], values: Mapping[str, object] | None = None) -> None:
    """Take orders through a step of their workflow."""
    flow = workflow_of(Order)
    if flow is None:
        raise Refusal("NO_WORKFLOW", _("Orders have no workflow"))
    flow.run(action, orders, values)


def has_lines(orders: Sequence[Order]) -> Iterable[Refusal]:
    """Refuse orders of nothing."""
    filled = set(session().scalars(
        select(OrderLine.order_id).where(OrderLine.order_id.in_([order.id for order in orders])).distinct()))
    for order in orders:
        if order.id not in filled:
            yield Refusal("NO_LINES", _("{number} has no lines", number=order.number), record=order, field="lines",
                          fix=_("Add what is to be bought"))


def supplier_allowed(orders: Sequence[Order]) -> Iterable[Refusal]:
    """Refuse orders to suppliers that are suspended."""
    for order, (name, standing, _minimum) in _with_terms(orders):
        if standing == "suspended":
            yield Refusal(
                "SUPPLIER_BLOCKED", _("{number}: {supplier} is suspended, nothing is ordered there",
                                      number=order.number, supplier=name),
                record=order, field="supplier", actual=standing,
                fix=_("Order from another supplier, or change the standing in the supplier's terms"))


def above_minimum(orders: Sequence[Order]) -> Iterable[Refusal]:
    """Refuse orders that are smaller than their supplier takes."""
    for order, (name, _standing, minimum) in _with_terms(orders):
        amount = order.subtotal * order.exchange_rate
        if minimum is not None and amount < minimum:
            yield Refusal(
                "MINIMUM_ORDER", _("{number} comes to {amount} before tax; {supplier} takes orders from {minimum} on",
                                   number=order.number, amount=format_number(amount, 2), supplier=name,
                                   minimum=format_number(minimum, 2)),
                record=order, field="subtotal", actual=amount, allowed=minimum, fix=_("Order more at once"))


def nothing_arrived(orders: Sequence[Order]) -> Iterable[Refusal]:
    """Refuse to cancel orders of which something arrived or was billed."""
    lines = lines_of(orders, lock=True)
    for order in orders:
        if received := sum((line.received for line in lines[order.id]), ZERO):
            yield Refusal(
                "RECEIVED", _("Goods of {number} have arrived: it can't be cancelled", number=order.number),
                record=order, field="received", actual=received, allowed=0,
                fix=_("Reverse the receipt first, or close the order short"))
        elif billed := sum((line.billed for line in lines[order.id]), ZERO):
            yield Refusal(
                "BILLED", _("{number} has been billed: it can't be cancelled", number=order.number),
                record=order, field="billed", actual=billed, allowed=0, fix=_("Reverse the supplier's invoice first"))


def nothing_unbilled(orders: Sequence[Order]) -> Iterable[Refusal]:
    """Refuse to close orders whose goods came but not their invoice."""
    lines = lines_of(orders, lock=True)
    for order in orders:
        for line in lines[order.id]:
            if line.received > line.billed:
                yield Refusal(
                    "UNBILLED", _("{number}: {open} of {product} arrived and are not billed yet", number=order.number,
                                  open=format_number(line.received - line.billed), product=line.description or ""),
                    record=order, field="billed", actual=line.billed, allowed=line.received,
                    fix=_("Enter the supplier's invoice first"))
                break


def tell_approved(orders: Sequence[Order]) -> None:
    """Tell erp_purchase.order_approved once for all: the effect of approving."""
    lines, sources = lines_of(orders), _sources(orders)
    expected = {
        order.id: order.expected_on or max((day for line in lines[order.id] if (day := line.expected_on)), default=None)
        for order in orders}
    told = [
        OrderApproved(
            order_id=order.id, number=order.number, supplier_id=order.supplier_id, order_date=order.day,
            lines=tuple(
                PurchasedLine(
                    line_id=line.id, product_id=line.product_id, quantity=line.quantity, unit_id=line.unit_id,
                    unit_price=line.unit_price or ZERO, net=line.line_total,
                    expected_on=line.expected_on or expected[order.id], origins=tuple(sources.get(line.id, ())))
                for line in lines[order.id]),
            currency_id=order.currency_id, exchange_rate=order.exchange_rate, over_percent=order.over_percent or ZERO)
        for order in orders]
    with as_system("note when orders were approved and by when their goods are expected") as system:
        update_rows(Order, [
            {"id": id_, "approved_at": system.now, "expected_on": day} for id_, day in expected.items()])
    order_approved.tell(told)


def tell_closed(orders: Sequence[Order]) -> None:
    """Tell erp_purchase.order_ended of orders that were closed before all of it came: the effect of closing."""
    lines = lines_of(orders)
    come = arrived([line for some in lines.values() for line in some])
    order_ended.tell([
        OrderEnded(order_id=order.id, number=order.number, supplier_id=order.supplier_id)
        for order in orders if any(come[line.id] < line.quantity for line in lines[order.id])])


def undo(orders: Sequence[Order]) -> None:
    """Open the requests of cancelled orders again and tell of those that were approved: the effect of cancelling."""
    session().flush()
    with as_system("requests of a cancelled order are open again") as system:
        requests = system.scalars(
            select(Request).where(
                Request.state == "ordered",
                Request.id.in_(select(OrderOrigin.request_id).where(
                    OrderOrigin.order_id.in_([order.id for order in orders])))).order_by(Request.id)).all()
        flow = workflow_of(Request)
        if requests and flow is not None:
            flow.run("reopen", requests)
    order_ended.tell([
        OrderEnded(order_id=order.id, number=order.number, supplier_id=order.supplier_id, reason=order.cancel_reason)
        for order in orders if order.approved_at is not None])


def _with_terms(orders: Sequence[Order]) -> Iterable[tuple[Order, tuple[str, str, Decimal | None]]]:
    """Give orders with their supplier's name, standing and minimum order."""
    rows = session().execute(
        select(Party.id, Party.name, SupplierTerms.standing, SupplierTerms.minimum_order).join(SupplierTerms)
        .where(Party.id.in_({order.supplier_id for order in orders})))
    terms = {id_: (name, standing, minimum) for id_, name, standing, minimum in rows}
    return [(order, terms[order.supplier_id]) for order in orders if order.supplier_id in terms]


def _sources(orders: Sequence[Order]) -> dict[int, list[AnyRef]]:
    """Give what caused the requests behind the lines of orders, by line."""
    rows = session().execute(
        select(OrderOrigin.order_line_id, RequestLine.source_entity, RequestLine.source_id, RequestLine.source_title)
        .join(RequestLine, RequestLine.id == OrderOrigin.request_line_id)
        .where(OrderOrigin.order_id.in_([order.id for order in orders]), RequestLine.source_id.is_not(None))
        .order_by(OrderOrigin.id))
    found: dict[int, list[AnyRef]] = {}
    for line, name, id_, title in rows:
        if line is not None and name is not None and id_ is not None:
            found.setdefault(line, []).append(AnyRef(name, id_, title or ""))
    return found
