"""What inventory and finance would tell of an order, told by the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from kernel import AnyRef, session
from plugins.erp_finance.invoices.signals import InvoicedLine, InvoicePosted, invoice_posted
from plugins.erp_finance.payments.signals import PaymentAllocated, SettledInvoice, payment_allocated
from plugins.erp_inventory.moves.signals import MovedLine, MovePosted, move_posted
from plugins.erp_sales.orders.models import Order
from plugins.erp_sales.orders.signals import InvoiceRequested


def deliver(order: Order, counts: Mapping[int, int | str], *, back: bool = False) -> None:
    """Tell that goods left, by line, in the product's unit; `back` that they returned."""
    sign = 1 if back else -1
    products = {line.id: line.product_id for line in order.lines}
    move_posted.tell([MovePosted(
        document=AnyRef("erp_inventory.delivery", 7, "DEL-7"), kind="delivery", day=session().today, reversal=back,
        source=AnyRef.to(order), lines=tuple(
            MovedLine(move_id=number, product_id=products[line], quantity=sign * Decimal(count), unit_id=1,
                      value=Decimal(sign), source_line=AnyRef("erp_sales.order_line", line))
            for number, (line, count) in enumerate(counts.items())))])


def invoice(requests: Sequence[InvoiceRequested], *, back: bool = False) -> list[Decimal]:
    """Tell that what was asked for was invoiced, or taken back; gives the invoices' totals."""
    sign = -1 if back else 1
    posted = []
    for number, each in enumerate(requests):
        lines = [
            InvoicedLine(sign * line.quantity, sign * line.net, line.product_id,
                         AnyRef("erp_sales.order_line", line.line_id)) for line in each.lines]
        if each.freight:
            lines.append(InvoicedLine(Decimal(sign), sign * each.freight))
        total = sum((line.net + line.tax_amount for line in each.lines), each.freight)
        posted.append(InvoicePosted(
            invoice_id=number + 1, number=f"INV-{number}", kind="sale", day=each.day, due_on=each.day,
            total=sign * total, lines=tuple(lines), party_id=each.customer_id, reversal=back,
            source=AnyRef("erp_sales.order", each.order_id, each.number)))
    invoice_posted.tell(posted)
    return [each.total for each in posted]


def pay(order: Order, amount: Decimal | int) -> None:
    """Tell that an amount was settled of an order's invoice; less than zero that it was undone."""
    payment_allocated.tell([PaymentAllocated(
        payment_id=1, number="PAY-1", direction="in", day=session().today, settled=(
            SettledInvoice(1, "sale", Decimal(amount), Decimal(0), AnyRef.to(order)),))])
