"""What finance did in each half month of the demo company's two years: payments, running costs, corrections."""

import datetime as dt
from decimal import Decimal

from sqlalchemy import select

from kernel import actor, session
from plugins.erp_finance.demo import ledger_entry, pay_invoices
from plugins.erp_finance.invoices.models import Invoice
from plugins.erp_finance.invoices.services import reverse_invoices
from plugins.erp_finance.ledger.models import Account
from plugins.erp_finance.ledger.services import post_entries

MONTHLY = (("6100", "Workshop rent", 485_000, 0), ("6001", "Wages", 3_840_000, 21_000),
           ("6900", "Electricity and water", 142_000, 1_100))
"""Account, what for, amount a month, and by how much it grows every month."""
LATE, HALF, NEVER, WRONG = 7, 19, 29, 61
"""Of so many invoices one is paid late; in two parts; not at all of late; and was made in error."""
LATELY = 75


def run_up_costs(first: dt.date, last: dt.date) -> None:
    """Pay rent, wages and power on the fifth."""
    if first.day > 1 or last.day < 5:
        return
    day, bank = first.replace(day=5), "1002"
    accounts = dict(session().execute(
        select(Account.code, Account.id).where(Account.company_id == actor().company_id)).all())
    months = first.year * 12 + first.month - (dt.datetime.now(dt.UTC).year - 2) * 12
    amounts = [(account, text, amount + more * months) for account, text, amount, more in MONTHLY]
    entries = [ledger_entry(day, text, [(accounts[account], amount), (accounts[bank], -amount)])
               for account, text, amount in amounts]
    session().add_all(entries)
    session().flush()
    post_entries(entries)


def correct(first: dt.date, last: dt.date) -> None:
    """Take back invoices that were made in error; their orders are invoiced anew."""
    wrong = [each for each in session().scalars(select(Invoice).where(
        Invoice.kind == "sale", Invoice.state == "posted", Invoice.day.between(first - dt.timedelta(days=16), first),
        Invoice.outstanding == Invoice.total, Invoice.total > 0).order_by(Invoice.id)) if each.id % WRONG == 0]
    if wrong:
        reverse_invoices(wrong)


def settle(first: dt.date, last: dt.date) -> None:
    """Pay suppliers when due; let customers pay when they do."""
    today = dt.datetime.now(dt.UTC).date()
    due = session().scalars(select(Invoice).where(
        Invoice.state == "posted", Invoice.outstanding > 0, Invoice.due_on <= last)
        .order_by(Invoice.day, Invoice.id)).all()
    paying: dict[str, list[tuple[Invoice, Decimal, dt.date]]] = {"in": [], "out": []}
    for invoice in due:
        if invoice.kind != "sale":
            paying["out"].append((invoice, invoice.outstanding, max(invoice.due_on, first)))
        elif (part := _paid(invoice, last, today)) is not None:
            paying["in"].append((invoice, part, last if invoice.id % LATE == 0 else max(invoice.due_on, first)))
    for direction, some in paying.items():
        pay_invoices(some, direction)


def _paid(invoice: Invoice, last: dt.date, today: dt.date) -> Decimal | None:
    """Say how much of an invoice that is due comes in now, if any."""
    late = (last - invoice.due_on).days
    if invoice.id % NEVER == 0 and (today - invoice.due_on).days < LATELY:
        return None
    if invoice.id % LATE == 0 and late < 5 + invoice.id % 40:
        return None
    if invoice.id % HALF == 0:
        if invoice.outstanding == invoice.total:
            return Decimal(invoice.total / 2).quantize(Decimal(1))
        if late < 45:
            return None
    return Decimal(invoice.outstanding)


STEPS = {3: run_up_costs, 65: correct, 80: settle}
