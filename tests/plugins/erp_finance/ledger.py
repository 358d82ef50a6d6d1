"""What the tests of finance do and ask again and again: move goods, request invoices, read balances."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from kernel.entities.fields import AnyRef
from kernel.entities.work import session
from plugins.erp_finance.invoices.models import Invoice, InvoiceLine
from plugins.erp_finance.ledger.chart import books
from plugins.erp_finance.ledger.models import Account, Entry, EntryLine
from plugins.erp_finance.payments.models import Allocation, Payment
from plugins.erp_inventory.moves.signals import MovedLine, MovePosted, move_posted
from plugins.erp_purchase.orders.signals import BilledLine, BillReceived, bill_received
from plugins.erp_sales.orders.signals import InvoiceRequested, LineToInvoice, invoice_requested
from tests.plugins.conftest import Goods

_moves = itertools.count(1)


def balance(role: str) -> Decimal:
    """Give what the account of a role holds, a debit positive."""
    account = books().account(role)
    session().flush()
    return session().scalar(
        select(func.sum(EntryLine.debit) - func.sum(EntryLine.credit))
        .where(EntryLine.account_id == account, EntryLine.posted_on.is_not(None))) or Decimal(0)


def moved(goods: Goods, kind: Any, quantity: int, value: int, line: int = 0, **more: Any) -> MovePosted:
    """Say that goods were moved: one product, for an order line where one is named."""
    entity = "erp_purchase.order" if kind == "receipt" else "erp_sales.order"
    number = next(_moves)
    return MovePosted(
        document=AnyRef(f"erp_inventory.{kind}", 7000 + number, f"DOC-{number}"), kind=kind,
        day=more.pop("day", session().today),
        lines=(MovedLine(
            more.pop("move_id", number), goods.bike, Decimal(quantity), goods.piece, Decimal(value),
            AnyRef(f"{entity}_line", line, "") if line else None),),
        party_id=goods.customer, source=AnyRef(entity, line * 10, f"O-{line}") if line else None, **more)


def move(goods: Goods, kind: Any, quantity: int, value: int, line: int = 0, **more: Any) -> None:
    move_posted.tell([moved(goods, kind, quantity, value, line, **more)])


def requested(goods: Goods, line: int, quantity: int, net: int, tax: int = 0, **more: Any) -> InvoiceRequested:
    """Ask for the invoice of one line of an order."""
    return InvoiceRequested(
        order_id=line * 10, number=f"SO-{line}", customer_id=goods.customer, day=more.pop("day", session().today),
        lines=(LineToInvoice(
            line, more.pop("product", goods.bike), "Bike", Decimal(quantity), more.pop("unit", goods.piece),
            Decimal(net) / quantity, Decimal(0), Decimal(net), None, Decimal(0), Decimal(tax)),), **more)


def invoice(goods: Goods, line: int, quantity: int, net: int, tax: int = 0, **more: Any) -> Invoice:
    invoice_requested.tell([requested(goods, line, quantity, net, tax, **more)])
    return newest()


def billed(goods: Goods, line: int, quantity: int, net: int, tax: int = 0, **more: Any) -> Invoice:
    """Take a supplier's invoice for one line of an order."""
    bill_received.tell([BillReceived(
        order_id=line * 10, number=f"PO-{line}", supplier_id=goods.customer, supplier_reference="R-1",
        day=session().today,
        lines=(BilledLine(line, goods.bike, "Bike", Decimal(quantity), goods.piece, Decimal(net) / quantity,
                          Decimal(net), None, Decimal(tax)),), **more)])
    return newest()


def typed(goods: Goods, *lines: InvoiceLine, **values: Any) -> Invoice:
    """Draft an invoice as somebody would type it."""
    made = Invoice(party_id=goods.customer, **values)
    made.lines = list(lines) or [InvoiceLine(product_id=goods.bike, quantity=Decimal(2))]
    session().add(made)
    session().flush()
    return made


def newest() -> Invoice:
    return session().scalars(select(Invoice).order_by(Invoice.id.desc())).first() or Invoice()


def pay(goods: Goods, amount: int, *invoices: tuple[Invoice, int], **more: Any) -> Payment:
    """Draft a payment with its allocations."""
    payment = Payment(party_id=more.pop("party_id", goods.customer), amount=Decimal(amount), **more)
    payment.allocations = [Allocation(invoice_id=each.id, amount=Decimal(part)) for each, part in invoices]
    session().add(payment)
    session().flush()
    return payment


def voucher(*lines: tuple[int, int], day: dt.date | None = None, **more: Any) -> Entry:
    """Draft a voucher: pairs of account id and amount, a debit positive."""
    entry = Entry(journal_id=books().journal("general").id, description="By hand", **more)
    if day:
        entry.day = day
    entry.lines = [
        EntryLine(account_id=account, debit=Decimal(max(amount, 0)), credit=Decimal(max(-amount, 0)))
        for account, amount in lines]
    session().add(entry)
    session().flush()
    return entry


def accounts(*codes: str) -> Sequence[int]:
    books()
    found = dict(session().execute(select(Account.code, Account.id)).all())
    return [found[code] for code in codes]
