"""Demo records of finance: opening balances, running costs, invoices and payments of Formosa Cycle Works."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import select

from kernel import Party, Product, User, actor, give_roles, session
from plugins.erp_finance.invoices.models import Invoice, InvoiceLine
from plugins.erp_finance.invoices.services import post_invoices
from plugins.erp_finance.ledger.chart import books
from plugins.erp_finance.ledger.models import Account, Entry, EntryLine
from plugins.erp_finance.ledger.services import post_entries
from plugins.erp_finance.payments.models import Allocation, Payment
from plugins.erp_finance.payments.services import post_payments

OPENING = (("1002", 24_600_000), ("1001", 120_000), ("1600", 18_400_000), ("2500", -9_000_000), ("3001", -34_120_000))
"""What the company began with two years ago: account and balance, a debit positive."""
COSTS = (
    # supplier, what for, amount, days ago, days to pay, paid
    ("Suntek Carbon", "Mould maintenance", 96_000, 70, 30, True), ("Suntek Carbon", "Tooling", 148_000, 28, 30, False),
    ("Chang Jiang Components", "Sea freight, October", 61_500, 33, 30, False),
    ("Chang Jiang Components", "Sea freight, September", 58_200, 64, 30, True),
)
SERVICES = (
    # customer, product, quantity, days ago, days to pay, share paid in percent
    ("Taichung Riders Club", "SVC-FIT", 12, 12, 14, 0), ("Nordrad GmbH", "SVC-ASM", 2, 95, 30, 100),
    ("Velo Lyon SAS", "SVC-ASM", 1, 82, 30, 60), ("Alpine Outdoor AG", "SVC-ASM", 3, 50, 30, 100),
    ("Kuroshio Cycles KK", "SVC-ASM", 1, 75, 60, 0), ("Bristol Pedal Ltd", "SVC-ASM", 2, 40, 45, 0),
    ("Taichung Riders Club", "SVC-FIT", 8, 48, 14, 0), ("Pacific Bike Co.", "SVC-ASM", 2, 20, 30, 50),
)


def found() -> None:
    """Open the books with what the company had two years ago."""
    books()
    today = session().today
    accounts = _accounts()
    entry = ledger_entry(today.replace(year=today.year - 2, day=1), "Opening balances",
                   [(accounts[code], had) for code, had in OPENING])
    session().add(entry)
    session().flush()
    post_entries([entry])


def make() -> None:
    """Make the demo's vouchers, invoices and payments through their services, and give the people their roles."""
    current = session()
    users = {user.login: user for user in current.scalars(select(User))}
    give_roles([users["accountant"]], ["erp_finance.controller"])
    give_roles([users[login] for login in ("director", "manager")], ["erp_finance.reader"])
    _vouchers(_accounts())
    parties = {party.name: party.id for party in current.scalars(select(Party))}
    _costs(parties)
    _services(parties)


def settle() -> None:
    """Pay some of what the others' demos had invoiced: customers in full and in part, suppliers their oldest."""
    lately = session().now - dt.timedelta(hours=6)
    for kind, direction, shares in (("sale", "in", (100, 40)), ("purchase", "out", (100,))):
        found = session().scalars(select(Invoice).where(
            Invoice.kind == kind, Invoice.state == "posted", Invoice.created_at > lately,
            Invoice.source_id.is_not(None),
            Invoice.outstanding > 0, Invoice.exchange_rate == 1)
            .order_by(Invoice.day, Invoice.id).limit(len(shares))).all()
        _pay([(each, Decimal(share)) for each, share in zip(found, shares, strict=False)], direction)


def _accounts() -> dict[str, int]:
    return dict(session().execute(
        select(Account.code, Account.id).where(Account.company_id == actor().company_id)).all())


def _vouchers(accounts: Mapping[str, int]) -> None:
    today = session().today
    waiting = ledger_entry(today, "Fair in Taipei: stand", [(accounts["6900"], 84_000), (accounts["1002"], -84_000)])
    session().add(waiting)


def ledger_entry(day: dt.date, text: str, lines: list[tuple[int, int]]) -> Entry:
    """Draft a voucher: accounts with amounts, a debit positive."""
    entry = Entry(journal_id=books().journal("general").id, day=day, description=text)
    entry.lines = [
        EntryLine(account_id=account, debit=Decimal(max(amount, 0)), credit=Decimal(max(-amount, 0)))
        for account, amount in lines]
    return entry


def _costs(parties: Mapping[str, int]) -> None:
    today = session().today
    invoices = []
    for number, (name, text, amount, ago, days, _paid) in enumerate(COSTS):
        invoice = Invoice(
            kind="purchase", party_id=parties[name], day=today - dt.timedelta(days=ago), payment_days=days,
            reference=f"{name[:2].upper()}-{4410 + 7 * number}")
        invoice.lines = [InvoiceLine(description=text, unit_price=Decimal(amount))]
        invoices.append(invoice)
    session().add_all(invoices)
    session().flush()
    post_invoices(invoices)
    _pay([(invoice, Decimal(100)) for invoice, row in zip(invoices, COSTS, strict=True) if row[5]], "out")


def _services(parties: Mapping[str, int]) -> None:
    today = session().today
    products = {product.code: product.id for product in session().scalars(select(Product))}
    invoices = []
    for name, code, count, ago, days, _paid in SERVICES:
        invoice = Invoice(party_id=parties[name], day=today - dt.timedelta(days=ago), payment_days=days)
        invoice.lines = [InvoiceLine(product_id=products[code], quantity=Decimal(count))]
        invoices.append(invoice)
    session().add_all(invoices)
    session().flush()
    post_invoices(invoices)
    _pay([(invoice, Decimal(row[5])) for invoice, row in zip(invoices, SERVICES, strict=True) if row[5]], "in")
    draft = Invoice(party_id=parties["Radhaus Wien"], payment_days=30)
    draft.lines = [InvoiceLine(product_id=products["SVC-FIT"], quantity=Decimal(6))]
    advance = Payment(party_id=parties["Cykelhuset AB"], amount=Decimal(150_000), reference="Advance, order 8802")
    session().add_all([draft, advance])
    session().flush()
    post_payments([advance])


def _pay(invoices: list[tuple[Invoice, Decimal]], direction: str) -> None:
    """Pay shares of invoices, in percent, when they are due."""
    pay_invoices([
        (invoice, (invoice.total * percent / 100).quantize(Decimal(1)), min(invoice.due_on, session().today))
        for invoice, percent in invoices], direction)


def pay_invoices(parts: Sequence[tuple[Invoice, Decimal, dt.date]], direction: str) -> None:
    """Post a payment for an amount of each invoice, on a day."""
    payments = []
    for invoice, amount, day in parts:
        payment = Payment(
            direction=direction, party_id=invoice.party_id, employee_id=invoice.employee_id, amount=amount,
            reference=invoice.number, day=day)
        payment.allocations = [Allocation(invoice_id=invoice.id, amount=amount)]
        payments.append(payment)
    session().add_all(payments)
    session().flush()
    if payments:
        post_payments(payments)
