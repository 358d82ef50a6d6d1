"""The supplier's invoice: matched with the order and what arrived, then told to whoever keeps the books."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from kernel import (
    Refusal,
    Rounding,
    _,
    as_system,
    format_number,
    installed,
    line_amounts,
    roundings,
    setting,
    update_rows,
)
from plugins.erp_purchase.orders.models import PURCHASES, Order, OrderLine
from plugins.erp_purchase.orders.progress import advance, arrived, lines_of
from plugins.erp_purchase.orders.signals import BilledLine, BillReceived, bill_received

ZERO = Decimal(0)


def billable(orders: Sequence[Order]) -> Iterable[Refusal]:
    """Refuse invoices that don't match what arrived (MATCH_QTY) or was agreed (MATCH_PRICE): the guard of billing."""
    lines = lines_of(orders, lock=True)
    come = arrived([line for some in lines.values() for line in some])
    tolerance = Decimal(str(setting("erp_purchase.match_percent")))
    for order in orders:
        billing = _billing(lines[order.id], come)
        if not any(billing.values()):
            yield Refusal(
                "MATCH_QTY", _("Nothing of {number} has arrived that isn't billed yet", number=order.number),
                record=order, field="bill_quantity", actual=0, fix=_("Enter the invoice when the goods are here"))
        for line in lines[order.id]:
            open_ = come[line.id] - line.billed
            if billing[line.id] > max(open_, ZERO):
                yield Refusal(
                    "MATCH_QTY", _("{number}: {billed} of {product} are on the invoice, {open} arrived and are not "
                                   "billed yet", number=order.number, billed=format_number(billing[line.id]),
                                   product=line.description or "", open=format_number(open_)),
                    record=order, field="bill_quantity", actual=billing[line.id], allowed=open_,
                    fix=_("Enter what arrived, and ask the supplier to correct the invoice"))
            elif billing[line.id]:
                yield from _check_price(order, line, tolerance)


def _check_price(order: Order, line: OrderLine, tolerance: Decimal) -> Iterable[Refusal]:
    price = line.unit_price or ZERO
    if line.bill_price is not None and abs(line.bill_price - price) * 100 > price * tolerance:
        yield Refusal(
            "MATCH_PRICE", _("{number}: {product} costs {billed} on the invoice, {ordered} on the order; {tolerance} % "
                             "more or less may pass", number=order.number, product=line.description or "",
                             billed=format_number(line.bill_price), ordered=format_number(price),
                             tolerance=format_number(tolerance)),
            record=order, field="bill_price", actual=line.bill_price, allowed=price,
            fix=_("Ask the supplier to correct the invoice"))


def bill(orders: Sequence[Order]) -> None:
    """Tell erp_purchase.bill_received once for all: the effect of billing.

    Where no finance plugin posts the invoices, the lines count as billed at once.
    """
    lines = lines_of(orders)
    come = arrived([line for some in lines.values() for line in some])
    rules = roundings({order.currency_id for order in orders}, per_line=PURCHASES.tax_per_line())
    bills = [_bill(order, lines[order.id], come, rules[order.currency_id]) for order in orders]
    with as_system("what an invoice says is taken off the order and its lines"):
        update_rows(OrderLine, [
            {"id": line.id, "bill_quantity": None, "bill_price": None} for some in lines.values() for line in some])
        update_rows(Order, [
            {"id": order.id, "supplier_reference": None, "bill_day": None,
             "billed_freight": order.billed_freight + each.freight,
             "billed_as": ", ".join(filter(None, (order.billed_as, each.supplier_reference)))[-200:]}
            for order, each in zip(orders, bills, strict=True)])
    bill_received.tell(bills)
    if not installed("erp_finance"):
        advance(
            billed={line.line_id: line.quantity for each in bills for line in each.lines},
            billed_amounts={each.order_id: _total(each, rules[each.currency_id]) for each in bills})


def _bill(order: Order, lines: Sequence[OrderLine], come: Mapping[int, Decimal], rounding: Rounding) -> BillReceived:
    billing = _billing(lines, come)
    told = []
    for line in lines:
        quantity = billing[line.id]
        if not quantity:
            continue
        net, tax = _amounts(line, quantity, rounding)
        price = line.unit_price or ZERO if line.bill_price is None else line.bill_price
        told.append(BilledLine(
            line_id=line.id, product_id=line.product_id, description=line.description, quantity=quantity,
            unit_id=line.unit_id, unit_price=price, net=net, tax_id=line.tax_id, tax_amount=tax))
    return BillReceived(
        order_id=order.id, number=order.number, supplier_id=order.supplier_id,
        supplier_reference=order.supplier_reference or "", day=order.bill_day or order.day, lines=tuple(told),
        currency_id=order.currency_id, exchange_rate=order.exchange_rate, payment_days=order.payment_days,
        freight=ZERO if order.billed_freight else order.freight)


def _amounts(line: OrderLine, quantity: Decimal, rounding: Rounding) -> tuple[Decimal, Decimal]:
    """Give net and tax of a part of a line; the parts of a line billed as ordered add up to the line exactly."""
    if line.bill_price is not None:
        return line_amounts(quantity, line.bill_price, line.discount, line.tax_rate, rounding)
    before, after = (_up_to(line, count, rounding) for count in (line.billed, line.billed + quantity))
    return after[0] - before[0], after[1] - before[1]


def _up_to(line: OrderLine, quantity: Decimal, rounding: Rounding) -> tuple[Decimal, Decimal]:
    if quantity == line.quantity:
        return line.line_total, line.tax_amount
    return line_amounts(quantity, line.unit_price or ZERO, line.discount, line.tax_rate, rounding)


def _billing(lines: Sequence[OrderLine], come: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """Give what is billed, by line: what is typed, or all that arrived and isn't billed where nothing is."""
    if any(line.bill_quantity is not None for line in lines):
        return {line.id: line.bill_quantity or ZERO for line in lines}
    return {line.id: max(come[line.id] - line.billed, ZERO) for line in lines}


def _total(each: BillReceived, rounding: Rounding) -> Decimal:
    net = sum((line.net for line in each.lines), ZERO)
    return net + rounding.amount(sum((line.tax_amount for line in each.lines), ZERO)) + each.freight
