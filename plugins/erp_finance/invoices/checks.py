"""What must hold of invoices in a live database."""

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import and_, func, or_, select

from kernel import Finding, _, invariant, session
from plugins.erp_finance.amounts import ZERO
from plugins.erp_finance.invoices.models import Invoice, InvoiceLine
from plugins.erp_finance.invoices.outstanding import outstanding_sql
from plugins.erp_finance.invoices.vouchers import PARTNER
from plugins.erp_finance.ledger.checks import differences
from plugins.erp_finance.payments.models import Payment

POSTED = (Invoice.state.in_(("posted", "reversed")), Invoice.historical.is_(False))


@invariant("erp_finance.outstanding", _("What is left to pay of an invoice is its total less payments and reversals"))
def outstanding() -> Iterable[Finding]:
    """Find invoices whose stored rest isn't what the formula says, or lies outside of what can be."""
    left, base = outstanding_sql(), outstanding_sql(base=True)
    rows = session().execute(
        select(Invoice.number, Invoice.outstanding, left)
        .where(*POSTED, Invoice.reversal_of_id.is_(None), or_(
            Invoice.outstanding != left, Invoice.base_outstanding != base, left < 0,
            and_(left != 0, Invoice.settled_on.is_not(None)), and_(left == 0, Invoice.settled_on.is_(None)))))
    for number, actual, right in rows:
        yield Finding("erp_finance.invoice", number or "-", _(
            "{actual} left to pay, it should be {right}", actual=actual, right=right))


@invariant("erp_finance.invoice_totals", _("An invoice's amounts are the sums of its lines'"))
def invoice_totals() -> Iterable[Finding]:
    """Find posted invoices whose subtotal, tax or total isn't what their lines say."""
    sums = select(
        InvoiceLine.invoice_id, func.sum(InvoiceLine.net).label("net"), func.sum(InvoiceLine.tax_amount).label("tax"),
    ).group_by(InvoiceLine.invoice_id).subquery()
    rows = session().execute(
        select(Invoice.number, Invoice.subtotal, Invoice.tax_amount, Invoice.total, sums.c.net, sums.c.tax)
        .outerjoin(sums, sums.c.invoice_id == Invoice.id).where(*POSTED))
    for number, subtotal, tax, total, net, tax_of_lines in rows:
        if subtotal != (net or ZERO) or abs(tax - (tax_of_lines or ZERO)) >= 1 or total != subtotal + tax:
            yield Finding("erp_finance.invoice", number or "-", _(
                "total {total}, its lines come to {net} and {tax} tax", total=total, net=net or ZERO,
                tax=tax_of_lines or ZERO))


@invariant("erp_finance.invoice_numbers", _("Every posted invoice has a number, and no draft"))
def invoice_numbers() -> Iterable[Finding]:
    """Find invoices whose number doesn't go with their state; that none is missing is the kernel's to check."""
    rows = session().scalars(select(Invoice).where(Invoice.historical.is_(False), or_(
        and_(Invoice.state == "draft", Invoice.number.is_not(None)),
        and_(Invoice.state != "draft", Invoice.state != "submitted", Invoice.number.is_(None)))))
    for invoice in rows:
        yield Finding("erp_finance.invoice", invoice.title,
                      _("“{state}” doesn't go with its number", state=invoice.state))


@invariant("erp_finance.open_items", _("The accounts of customers, suppliers and employees hold the open items"))
def open_items() -> Iterable[Finding]:
    """Compare the controlled accounts with what is left to pay, less payments that aren't allocated, by company."""
    right: dict[str, dict[int, Decimal]] = {role: {} for role in PARTNER.values()}
    owed = session().execute(select(Invoice.company_id, Invoice.kind, func.sum(Invoice.base_outstanding)).where(
        *POSTED).group_by(Invoice.company_id, Invoice.kind))
    for company, kind, total in owed:
        _add(right[PARTNER[kind]], company, total if kind == "sale" else -total)
    by_employee = Payment.employee_id.is_not(None)
    paid = session().execute(
        select(Payment.company_id, Payment.direction, by_employee, func.sum(Payment.base_unallocated))
        .where(Payment.state == "posted", Payment.historical.is_(False))
        .group_by(Payment.company_id, Payment.direction, by_employee))
    for company, direction, employee, total in paid:
        role = "employee_payable" if employee else "receivable" if direction == "in" else "payable"
        _add(right[role], company, -total if direction == "in" else total)
    for role, balances in right.items():
        yield from differences("erp_finance.account", role, balances)


def _add(balances: dict[int, Decimal], company: int | None, amount: Decimal) -> None:
    if company is not None:
        balances[company] = balances.get(company, ZERO) + amount
