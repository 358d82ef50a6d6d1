"""What one does with invoices: issue those that others ask for, post drafts, reverse what is posted."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from kernel import (
    AnyRef,
    Refusal,
    _,
    actor,
    as_system,
    give_numbers,
    insert_rows,
    session,
    update_rows,
    workflow_of,
)
from plugins.erp_finance.afresh import read_afresh
from plugins.erp_finance.amounts import ZERO, steps
from plugins.erp_finance.invoices.bills import Bill, BillLine
from plugins.erp_finance.invoices.models import SERIES, Invoice, InvoiceLine
from plugins.erp_finance.invoices.outstanding import lock_invoices, refresh_outstanding
from plugins.erp_finance.invoices.signals import InvoicedLine, InvoicePosted, invoice_posted
from plugins.erp_finance.invoices.vouchers import base_total, post_bills
from plugins.erp_finance.ledger.chart import books
from plugins.erp_finance.ledger.models import Account
from plugins.erp_finance.ledger.posting import in_open_periods


def issue_invoices(bills: Sequence[Bill], because: Sequence[object] = ()) -> Sequence[int]:
    """Make and post invoices, and tell erp_finance.invoice_posted once for all; gives their ids.

    `because` names the event that led to each. Raises Refusal PERIOD_CLOSED, NO_ACCOUNT. A fixed number of statements.
    """
    if not bills:
        return []
    ours = books()
    rows: list[dict[str, Any]] = [
        {
            "company_id": ours.company_id, "number": None, "series": SERIES[bill.kind], "kind": bill.kind,
            "state": "posted", "party_id": bill.party_id, "employee_id": bill.employee_id, "day": bill.day,
            "due_on": bill.due_on, "payment_days": bill.payment_days, "reference": bill.reference,
            "source_entity": bill.source.entity if bill.source else None,
            "source_id": bill.source.id if bill.source else None,
            "source_title": bill.source.title if bill.source else None,
            "currency_id": bill.currency_id, "exchange_rate": bill.exchange_rate, "subtotal": bill.subtotal,
            "tax_amount": bill.tax_amount, "total": bill.total, "base_total": base_total(bill, ours),
            "outstanding": ZERO if bill.reversal_of else bill.total,
            "base_outstanding": ZERO if bill.reversal_of else base_total(bill, ours),
            "settled_on": bill.day if bill.reversal_of or not bill.total else None, "reversal_of_id": bill.reversal_of,
            "posted_at": session().now,
        } for bill in bills]
    with as_system("issue invoices"):
        give_numbers(Invoice, rows, dated="day")
        for bill, row, id_ in zip(bills, rows, insert_rows(Invoice, rows), strict=True):
            bill.id, bill.number = id_, row["number"]
        insert_rows(InvoiceLine, [
            {
                "invoice_id": bill.id, "product_id": line.product_id, "description": line.description,
                "quantity": line.quantity, "unit_id": line.unit_id, "unit_price": line.unit_price,
                "discount": line.discount, "tax_id": line.tax_id, "tax_rate": line.tax_rate,
                "tax_amount": line.tax_amount, "net": line.net, "account_id": line.account_id,
                "expense_type": line.expense_type, "department_id": line.department_id,
                "source_line_entity": line.source_line.entity if line.source_line else None,
                "source_line_id": line.source_line.id if line.source_line else None,
                "source_line_title": line.source_line.title if line.source_line else None,
            } for bill in bills for line in bill.lines], audit=False)
    post_bills(bills)
    tell_posted(bills, because)
    return [bill.id for bill in bills]


def post_invoices(invoices: Sequence[Invoice]) -> None:
    """Post drafts; raises Refusal NO_LINES, CONTROLLED, PERIOD_CLOSED, NEGATIVE or ALREADY_POSTED."""
    _run("post", invoices)


def reverse_invoices(invoices: Sequence[Invoice]) -> None:
    """Take posted invoices back by reversing ones of today; raises Refusal ALLOCATED while payments are allocated."""
    _run("reverse", invoices)


def _run(action: str, invoices: Sequence[Invoice]) -> None:
    flow = workflow_of(Invoice)
    if flow is None:
        raise Refusal("NO_WORKFLOW", _("Invoices have no workflow"))
    flow.run(action, invoices)


def due_date(day: dt.date, payment_days: int | None, usual: int) -> dt.date:
    """Give the day an invoice is to be paid, by the company's usual terms where it has none of its own."""
    return day + dt.timedelta(days=usual if payment_days is None else payment_days)


def may_be_posted(invoices: Sequence[Invoice]) -> Iterable[Refusal]:
    """Refuse drafts of nothing, of less than nothing, on controlled accounts, or in a closed period: the guard."""
    session().flush()
    with as_system("judge invoices") as system:
        lines = system.execute(
            select(InvoiceLine.invoice_id, Account.code, Account.name, Account.controlled)
            .outerjoin(Account, Account.id == InvoiceLine.account_id)
            .where(InvoiceLine.invoice_id.in_([invoice.id for invoice in invoices]))).all()
    for invoice in invoices:
        mine = [line for line in lines if line.invoice_id == invoice.id]
        if not mine:
            yield Refusal("NO_LINES", _("{number} has no lines", number=invoice.title), record=invoice, field="lines",
                          fix=_("Add what is invoiced"))
        elif invoice.total < 0:
            yield Refusal("NEGATIVE", _("{number} comes to less than nothing", number=invoice.title), record=invoice,
                          field="lines", actual=invoice.total, allowed=0, fix=_("Reverse the invoice it corrects"))
        for line in mine:
            if line.controlled:
                yield Refusal(
                    "CONTROLLED", _("{account} is posted by invoices, payments, stock and production alone",
                                    account=f"{line.code} {line.name}"),
                    record=invoice, field="lines", actual=line.code, fix=_("Choose another account"))
    yield from in_open_periods(invoices)


def post_drafts(invoices: Sequence[Invoice]) -> None:
    """Number drafts and post them to the ledger: the effect of posting. Tells erp_finance.invoice_posted once."""
    ours = books()
    bills = bills_of(invoices)
    rows = [{"id": bill.id, "company_id": ours.company_id, "number": None, "series": SERIES[bill.kind],
             "day": bill.day} for bill in bills]
    with as_system("issue invoices"):
        give_numbers(Invoice, rows, dated="day")
        for bill, row in zip(bills, rows, strict=True):
            bill.number = str(row["number"])
        update_rows(Invoice, [
            {"id": bill.id, "number": bill.number, "base_total": base_total(bill, ours), "outstanding": bill.total,
             "base_outstanding": base_total(bill, ours), "posted_at": session().now,
             "settled_on": None if bill.total else bill.day} for bill in bills])
    read_afresh(invoices)
    post_bills(bills)
    tell_posted(bills)


def not_allocated(invoices: Sequence[Invoice]) -> Iterable[Refusal]:
    """Refuse to reverse invoices that are paid in part or whole, and those that reverse another: the guard."""
    found = lock_invoices([invoice.id for invoice in invoices])
    for invoice in invoices:
        known = found[invoice.id]
        if known.historical:
            yield Refusal("HISTORICAL", _("{number} was brought in as history", number=invoice.title), record=invoice)
        elif known.reversal_of_id is not None:
            yield Refusal("REVERSAL", _("{number} reverses another invoice", number=invoice.title), record=invoice,
                          fix=_("Make the invoice anew"))
        elif known.outstanding != known.total:
            yield Refusal(
                "ALLOCATED", _("Payments are allocated to {number}", number=invoice.title), record=invoice,
                field="outstanding", actual=known.total - known.outstanding, allowed=0,
                fix=_("Undo these payments first"))


def take_back(invoices: Sequence[Invoice]) -> None:
    """Issue the reversing invoices, dated today: the effect of reversing."""
    today = session().today
    issue_invoices([bill.taken_back(today) for bill in bills_of(invoices)])
    with as_system("note the reversal"):
        update_rows(Invoice, [{"id": invoice.id, "reversed_on": today} for invoice in invoices])
    refresh_outstanding([invoice.id for invoice in invoices], today)
    read_afresh(invoices)


def bills_of(invoices: Sequence[Invoice]) -> list[Bill]:
    """Read invoices as plain data, with their lines in one statement."""
    ids = [invoice.id for invoice in invoices]
    with as_system("read invoices") as system:
        lines: dict[int, list[BillLine]] = {id_: [] for id_ in ids}
        for line in system.scalars(select(InvoiceLine).where(InvoiceLine.invoice_id.in_(ids)).order_by(InvoiceLine.id)):
            lines[line.invoice_id].append(BillLine(
                line.quantity, line.net, line.tax_amount, line.product_id, line.description, line.unit_id,
                line.unit_price, line.discount, line.tax_id, line.tax_rate, line.account_id, line.expense_type,
                line.department_id, line.source_line))
    rules = steps({invoice.currency_id for invoice in invoices})
    return [
        Bill(invoice.kind, invoice.day, invoice.due_on, tuple(lines[invoice.id]), rules[invoice.currency_id],  # type: ignore[arg-type]  # one of the kinds
             invoice.party_id, invoice.employee_id, invoice.payment_days, invoice.reference, invoice.source,
             invoice.currency_id, invoice.exchange_rate, invoice.reversal_of_id, invoice.id, invoice.number or "")
        for invoice in invoices]


def invoices_of(sources: Sequence[AnyRef]) -> list[Invoice]:
    """Give the posted invoices of documents that weren't taken back."""
    return list(session().scalars(
        select(Invoice).where(
            Invoice.company_id == actor().company_id, Invoice.source_id.in_([each.id for each in sources]),
            Invoice.source_entity.in_({each.entity for each in sources}), Invoice.state == "posted",
            Invoice.reversal_of_id.is_(None)).order_by(Invoice.id)))


def tell_posted(bills: Sequence[Bill], because: Sequence[object] = ()) -> None:
    """Tell erp_finance.invoice_posted once for all."""
    invoice_posted.tell([
        InvoicePosted(
            invoice_id=bill.id, number=bill.number, kind=bill.kind, day=bill.day, due_on=bill.due_on, total=bill.total,
            lines=tuple(InvoicedLine(line.quantity, line.net, line.product_id, line.source_line)
                        for line in bill.lines),
            party_id=bill.party_id, employee_id=bill.employee_id, currency_id=bill.currency_id, source=bill.source,
            reversal=bill.reversal_of is not None)
        for bill in bills], because=because)
