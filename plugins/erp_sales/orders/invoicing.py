"""Asking for invoices: what of an order is due, for how much, so that all its invoices add up to the order exactly.

Each invoice takes the difference between what should be invoiced by now and what has been. Freight goes with the first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import select

from kernel import Invalid, Party, Problem, Refusal, _, as_system, installed, roundings, session
from plugins.erp_sales.orders.fulfilment import LineBook, OrderBook, books_of
from plugins.erp_sales.orders.models import Order, OrderLine
from plugins.erp_sales.orders.signals import InvoiceRequested, LineToInvoice, invoice_requested
from plugins.erp_sales.terms.extends import SalesTerms

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Due:
    """What of a line is due to be invoiced: `until` is the quantity invoiced afterwards."""

    line: LineBook
    until: Decimal
    net: Decimal
    tax: Decimal


def ask_for_invoices(orders: Sequence[Order]) -> None:
    """Tell erp_sales.invoice_requested for what is due: the effect of invoicing.

    Due is what was delivered and not yet invoiced; where nobody here delivers, and for services, what was ordered.
    Raises Refusal NOTHING_TO_INVOICE for an order of which nothing is, NO_FINANCE where nobody makes invoices.
    """
    if not installed("erp_finance"):
        raise Refusal("NO_FINANCE", _("Nobody makes invoices here: finance isn't installed"),
                      fix=_("Mark orders as invoiced by hand, or install finance"))
    books = books_of([order.id for order in orders])
    rules = roundings({order.currency_id for order in orders})
    dues = {
        order.id: dues_of(books[order.id], rules[order.currency_id].step) for order in orders if order.id in books}
    _refuse_nothing([order for order in orders if not dues.get(order.id)])
    described = _described([due.line.id for each in dues.values() for due in each])
    days = _payment_days({order.customer_id for order in orders})
    today = session().today
    invoice_requested.tell([
        InvoiceRequested(
            order_id=order.id, number=order.number, customer_id=order.customer_id, day=today,
            lines=tuple(_line(due, described[due.line.id]) for due in dues[order.id]),
            freight=books[order.id].freight - books[order.id].invoiced_freight, owner_id=order.owner_id,
            currency_id=order.currency_id, exchange_rate=order.exchange_rate,
            payment_days=order.payment_days if order.payment_days is not None else days.get(order.customer_id),
            customer_reference=order.customer_reference, bill_to_id=order.bill_to_id)
        for order in orders])


def dues_of(book: OrderBook, step: Decimal) -> list[Due]:
    """Say what of an order is due to be invoiced, amounts rounded to its currency's `step`."""
    delivers = installed("erp_inventory")
    until = {
        line.id: max(line.invoiced, min(line.delivered, line.quantity) if line.goods and delivers else line.quantity)
        for line in book.lines}
    dues = [
        Due(line, until[line.id], _part(line.line_total, line, until[line.id], step) - line.invoiced_net,
            _part(line.tax_amount, line, until[line.id], step) - _part(line.tax_amount, line, line.invoiced, step))
        for line in book.lines if until[line.id] > line.invoiced]
    if not dues:
        return []
    taxed = sum((line.tax_amount * until[line.id] / line.quantity for line in book.lines), ZERO)
    before = book.invoiced_amount - book.invoiced_freight - sum((line.invoiced_net for line in book.lines), ZERO)
    rest = taxed.quantize(step, ROUND_HALF_UP) - before - sum((due.tax for due in dues), ZERO)
    if rest:
        largest = max(dues, key=lambda due: (due.line.tax_amount, due.net))
        at = dues.index(largest)
        dues[at] = Due(largest.line, largest.until, largest.net, largest.tax + rest)
    return dues


def _part(amount: Decimal, line: LineBook, quantity: Decimal, step: Decimal) -> Decimal:
    """Give what a quantity of a line comes to, of an amount for all of it."""
    return (amount * quantity / line.quantity).quantize(step, ROUND_HALF_UP)


def _line(due: Due, described: OrderLine) -> LineToInvoice:
    return LineToInvoice(
        line_id=described.id, product_id=described.product_id, description=described.description,
        quantity=due.until - due.line.invoiced, unit_id=described.unit_id,
        unit_price=described.unit_price or ZERO, discount=described.discount, net=due.net, tax_id=described.tax_id,
        tax_rate=described.tax_rate, tax_amount=due.tax)


def _described(lines: Sequence[int]) -> Mapping[int, OrderLine]:
    with as_system("an invoice names what was sold") as system:
        return {line.id: line for line in system.scalars(select(OrderLine).where(OrderLine.id.in_(lines)))}


def _payment_days(customers: set[int]) -> Mapping[int, int]:
    with as_system("invoices are due as the customers' terms say") as system:
        return dict(system.execute(
            select(Party.id, SalesTerms.payment_days).join(SalesTerms).where(Party.id.in_(customers))).all())


def _refuse_nothing(orders: Sequence[Order]) -> None:
    refusals = [
        Refusal("NOTHING_TO_INVOICE", _("Of {number}, nothing is due to be invoiced", number=order.number),
                record=order, actual=order.invoiced_percent, allowed=order.delivered_percent,
                fix=_("Deliver something first; what was invoiced already can't be invoiced again"))
        for order in orders]
    if len(refusals) == 1:
        raise refusals[0]
    if refusals:
        raise Invalid([Problem("", each.message, each.code, each.record) for each in refusals])
