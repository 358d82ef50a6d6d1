"""How far orders are: what arrived, was billed and paid, and whether that ends them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import select

from kernel import Product, as_system, session, setting, update_rows, workflow_of
from plugins.erp_purchase.orders.models import Order, OrderLine
from plugins.erp_purchase.suppliers.offers import exact

ZERO = Decimal(0)


def lines_of(orders: Sequence[Order], *, lock: bool = False) -> dict[int, list[OrderLine]]:
    """Give the lines of orders by their ids, in one statement; with `lock`, as they are now and until the commit."""
    found: dict[int, list[OrderLine]] = {order.id: [] for order in orders}
    wanted = select(OrderLine).where(OrderLine.order_id.in_(list(found))).order_by(OrderLine.id)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    for line in session().scalars(wanted):
        found[line.order_id].append(line)
    return found


def arrived(lines: Sequence[OrderLine]) -> dict[int, Decimal]:
    """Give what has come of lines, by their ids: what was received, and of services, which need no receipt, all."""
    products = {line.product_id for line in lines}
    services = set(session().scalars(select(Product.id).where(Product.id.in_(products), Product.kind == "service")))
    return {line.id: line.quantity if line.product_id in services else line.received for line in lines}


def advance(
    *, received: Mapping[int, Decimal] | None = None, billed: Mapping[int, Decimal] | None = None,
    billed_amounts: Mapping[int, Decimal] | None = None, paid_amounts: Mapping[int, Decimal] | None = None,
) -> None:
    """Add quantities to lines, by their ids and in their units, and amounts to orders; negative ones take back.

    Orders of which all came and was billed are closed, a small shortage apart; closed ones of which something was
    taken back are open again. History stays as it is. A fixed number of statements, however many.
    """
    received, billed = received or {}, billed or {}
    billed_amounts, paid_amounts = billed_amounts or {}, paid_amounts or {}
    with as_system("what happens to goods and invoices moves the order on") as system:
        touched = {*received, *billed}
        of_lines = select(OrderLine.order_id).where(OrderLine.id.in_(touched))
        orders = system.scalars(
            select(Order).where(Order.id.in_(of_lines) | Order.id.in_({*billed_amounts, *paid_amounts}),
                                Order.historical.is_(False))
            .order_by(Order.id).with_for_update().execution_options(populate_existing=True)).all()
        if not orders:
            return
        lines = lines_of(orders, lock=True)
        update_rows(OrderLine, [
            {"id": line.id, "received": line.received + received.get(line.id, ZERO),
             "billed": line.billed + billed.get(line.id, ZERO)}
            for some in lines.values() for line in some if line.id in touched])
        lines = lines_of(orders)
        come = arrived([line for some in lines.values() for line in some])
        states = {order.id: order.state for order in orders}
        update_rows(Order, [
            {"id": order.id, "received_percent": _percent(lines[order.id], come),
             "billed_percent": _percent(lines[order.id], {line.id: line.billed for line in lines[order.id]}),
             "billed_amount": order.billed_amount + billed_amounts.get(order.id, ZERO),
             "billed_freight": order.billed_freight if any(line.billed for line in lines[order.id]) else ZERO,
             "paid_amount": order.paid_amount + paid_amounts.get(order.id, ZERO)}
            for order in orders])
        if touched:
            _close_or_reopen(states, lines, come)


def _close_or_reopen(
    states: Mapping[int, str], lines: Mapping[int, Sequence[OrderLine]], come: Mapping[int, Decimal]
) -> None:
    missing = Decimal(str(setting("erp_purchase.short_percent")))
    complete = [id_ for id_, state in states.items() if state == "approved" and lines[id_] and all(
        come[line.id] * 100 >= line.quantity * (100 - missing) and line.billed >= come[line.id] for line in lines[id_])]
    taken_back = [id_ for id_, state in states.items() if state == "done" and any(
        come[line.id] != line.billed for line in lines[id_])]
    flow = workflow_of(Order)
    if flow is None or not (complete or taken_back):
        return
    orders = {order.id: order for order in session().scalars(
        select(Order).where(Order.id.in_([*complete, *taken_back])).execution_options(populate_existing=True))}
    flow.run("close", [orders[id_] for id_ in complete])
    flow.run("reopen", [orders[id_] for id_ in taken_back])


def _percent(lines: Sequence[OrderLine], done: Mapping[int, Decimal]) -> Decimal:
    """Say how much of lines is done, weighed by their amounts, or their number where they cost nothing."""
    whole = sum((line.line_total for line in lines), ZERO)
    shares = [
        (Fraction(line.line_total) if whole else Fraction(1),
         min(Fraction(done[line.id]) / Fraction(line.quantity), Fraction(1)))
        for line in lines if line.quantity]
    weight = sum((weight for weight, _share in shares), Fraction(0))
    return exact(sum((weight * share for weight, share in shares), Fraction(0)) * 100 / weight, 2) if weight else ZERO
