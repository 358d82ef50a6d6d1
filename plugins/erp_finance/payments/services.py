"""What one does with payments."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy import select

from kernel import Refusal, _, as_system, insert_rows, session, workflow_of
from plugins.erp_finance.amounts import ZERO
from plugins.erp_finance.invoices.models import Invoice
from plugins.erp_finance.payments.models import Allocation, Payment
from plugins.erp_finance.payments.settling import oldest_first


def post_payments(payments: Sequence[Payment]) -> None:
    """Post payments; raises Refusal OVER_ALLOCATED, NOT_OPEN, OTHER_PARTY, DIRECTION, CURRENCY, PERIOD_CLOSED."""
    _run("post", payments)


def suggest_allocations(payments: Sequence[Payment]) -> None:
    """Allocate drafts to the invoices that are due first."""
    _run("suggest", payments)


def allocate_rest(payments: Sequence[Payment]) -> None:
    """Allocate what is left of posted payments to the invoices that are due first; raises Refusal OVER_ALLOCATED."""
    _run("allocate", payments)


def undo_payments(payments: Sequence[Payment]) -> None:
    """Take posted payments back; raises Refusal ALREADY_UNDONE."""
    _run("undo", payments)


def _run(action: str, payments: Sequence[Payment]) -> None:
    flow = workflow_of(Payment)
    if flow is None:
        raise Refusal("NO_WORKFLOW", _("Payments have no workflow"))
    flow.run(action, payments)


def fill_in(payments: Sequence[Payment]) -> None:
    """Add the allocations suggested for what drafts have left: the effect of suggesting."""
    with as_system("what drafts have allocated") as system:
        taken: dict[int, Decimal] = {}
        already: set[tuple[int, int]] = set()
        rows = system.execute(select(Allocation.payment_id, Allocation.invoice_id, Allocation.amount).where(
            Allocation.payment_id.in_([payment.id for payment in payments])))
        for payment_id, invoice_id, amount in rows:
            taken[payment_id] = taken.get(payment_id, ZERO) + amount
            already.add((payment_id, invoice_id))
        chosen = oldest_first(payments, {each.id: each.amount - taken.get(each.id, ZERO) for each in payments})
        insert_rows(Allocation, [
            {"payment_id": payment_id, "invoice_id": invoice, "amount": amount}
            for payment_id, pairs in chosen.items() for invoice, amount in pairs
            if (payment_id, invoice) not in already])
    for payment in payments:
        session().expire(payment, ["allocations"])


def payable(invoices: Sequence[Invoice]) -> Iterable[Refusal]:
    """Refuse to pay invoices of which nothing is left to pay: the guard of paying in full."""
    for invoice in invoices:
        if invoice.outstanding <= 0:
            yield Refusal("ALREADY_PAID", _("Nothing is left to pay of {number}", number=invoice.title),
                          record=invoice, field="outstanding", actual=invoice.outstanding)


def pay_in_full(invoices: Sequence[Invoice]) -> None:
    """Post a payment of today, at the first bank account, for what is left of each invoice: the effect of paying."""
    with as_system("pay invoices in full") as system:
        payments = []
        for invoice in invoices:
            payment = Payment(
                direction="in" if invoice.kind == "sale" else "out", party_id=invoice.party_id,
                employee_id=invoice.employee_id, amount=invoice.outstanding, currency_id=invoice.currency_id,
                exchange_rate=invoice.exchange_rate, reference=invoice.number, company_id=invoice.company_id)
            payment.allocations = [Allocation(invoice_id=invoice.id, amount=invoice.outstanding)]
            payments.append(payment)
        system.add_all(payments)
        system.flush()
        post_payments(payments)
