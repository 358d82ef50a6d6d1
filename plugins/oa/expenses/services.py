"""What one does with expense claims."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy import select

from kernel import Company, Refusal, _, as_system, session
from plugins.oa.documents import take
from plugins.oa.expenses.invoice_numbers import used_elsewhere
from plugins.oa.expenses.models import ExpenseClaim, ExpenseLine, ExpenseType, over_limit
from plugins.oa.expenses.signals import (
    ClaimedLine,
    ExpenseApproved,
    ExpenseRevoked,
    expense_approved,
    expense_revoked,
)

ZERO = Decimal(0)


def submit_claims(claims: Sequence[ExpenseClaim]) -> None:
    """Submit drafts: they wait for their approval, and are approved at once where none applies.

    Raises Refusal NO_LINES, INVOICE_MISSING, INVOICE_REUSED, EXPENSE_LIMIT or STATE: none is submitted then.
    """
    take(ExpenseClaim, "submit", claims)


def cancel_claims(claims: Sequence[ExpenseClaim]) -> None:
    """Cancel drafts; their invoices can be claimed again."""
    take(ExpenseClaim, "cancel", claims)


def revoke_claims(claims: Sequence[ExpenseClaim], reason: str) -> None:
    """Take approved claims back; raises Refusal PARTLY_PAID or STATE, and what finance refuses with."""
    take(ExpenseClaim, "revoke", claims, revoke_reason=reason)


def mark_paid(claims: Sequence[ExpenseClaim]) -> None:
    """Note that claims were paid; raises Refusal IN_LEDGER where finance keeps them and they are still open."""
    take(ExpenseClaim, "mark_paid", claims)


def mark_unpaid(claims: Sequence[ExpenseClaim]) -> None:
    """Note that claims weren't paid after all; raises Refusal IN_LEDGER where finance has them as paid."""
    take(ExpenseClaim, "mark_unpaid", claims)


def complete(claims: Sequence[ExpenseClaim]) -> Iterable[Refusal]:
    """Refuse claims of nothing, missing invoice numbers and amounts over their limit: a guard of submitting."""
    lines = _lines_of(claims)
    types = {each.id: each for each in session().scalars(select(ExpenseType).where(
        ExpenseType.id.in_({line.expense_type_id for some in lines.values() for line in some})))}
    for claim in claims:
        if claim.id not in lines:
            yield Refusal("NO_LINES", _("{number} has no lines", number=claim.number), record=claim, field="lines",
                          fix=_("Add what was paid"))
        for line in lines.get(claim.id, ()):
            kind = types[line.expense_type_id]
            if kind.needs_invoice and not line.invoice_key:
                yield Refusal(
                    "INVOICE_MISSING", _("{type} needs an invoice number", type=kind.name), record=claim,
                    field="lines", fix=_("Enter the number as it stands on the invoice"))
            if kind.limit is not None and line.amount > kind.limit:
                yield Refusal("EXPENSE_LIMIT", over_limit(line, kind), record=claim, field="lines",
                              actual=line.amount, allowed=kind.limit)


def invoices_unused(claims: Sequence[ExpenseClaim]) -> Iterable[Refusal]:
    """Refuse INVOICE_REUSED where another claim that is on its way or paid has the invoice: a guard of submitting.

    Claims of a company are submitted one after the other, so that of two with the same invoice the second is refused.
    """
    with as_system("submit claims one after the other") as system:
        system.execute(
            select(Company.id).where(Company.id.in_({claim.company_id for claim in claims})).order_by(Company.id)
            .with_for_update(key_share=True))
    by_id = {claim.id: claim for claim in claims}
    lines = [line for some in _lines_of(claims).values() for line in some]
    for line, told in used_elsewhere(lines, but=("draft", "cancelled")):
        yield Refusal("INVOICE_REUSED", told, record=by_id[line.claim_id], field="lines", actual=line.invoice_number,
                      fix=_("Claim each invoice once"))


def _lines_of(claims: Sequence[ExpenseClaim]) -> dict[int, list[ExpenseLine]]:
    found: dict[int, list[ExpenseLine]] = {}
    for line in session().scalars(
            select(ExpenseLine).where(ExpenseLine.claim_id.in_([claim.id for claim in claims]))
            .order_by(ExpenseLine.id)):
        found.setdefault(line.claim_id, []).append(line)
    return found


def tell_approved(claims: Sequence[ExpenseClaim]) -> None:
    """Tell oa.expense_approved once for all, with the lines: the effect of submitting."""
    for claim in claims:
        claim.outstanding = claim.total
    session().flush()
    lines = _lines_of(claims)
    codes = dict(session().execute(select(ExpenseType.id, ExpenseType.code)).all())
    expense_approved.tell([
        ExpenseApproved(
            claim_id=claim.id, number=claim.number, employee_id=claim.employee_id, day=claim.day or session().today,
            total=claim.total, department_id=claim.department_id, lines=tuple(
                ClaimedLine(
                    line_id=line.id, category=codes[line.expense_type_id],
                    description=line.description or claim.purpose, amount=line.amount, tax_amount=line.tax_amount)
                for line in lines[claim.id]))
        for claim in claims])


def nothing_paid(claims: Sequence[ExpenseClaim]) -> Iterable[Refusal]:
    """Refuse PARTLY_PAID: a guard of revoking."""
    for claim in claims:
        if claim.outstanding < claim.total:
            yield Refusal(
                "PARTLY_PAID", _("{number} is paid in part already", number=claim.number), record=claim,
                field="outstanding", actual=claim.outstanding, allowed=claim.total,
                fix=_("Undo the payment in finance first"))


def tell_revoked(claims: Sequence[ExpenseClaim]) -> None:
    """Tell oa.expense_revoked once for all: the effect of revoking."""
    for claim in claims:
        claim.outstanding = ZERO
    expense_revoked.tell([
        ExpenseRevoked(
            claim_id=claim.id, number=claim.number, employee_id=claim.employee_id, reason=claim.revoke_reason)
        for claim in claims])


def settled(claims: Sequence[ExpenseClaim]) -> Iterable[Refusal]:
    """Refuse IN_LEDGER where finance still has the claim as open: a guard of marking it as paid."""
    for claim in claims:
        if claim.invoice_id is not None and claim.outstanding > 0:
            yield Refusal(
                "IN_LEDGER", _("Finance keeps {number} as {invoice}", number=claim.number,
                               invoice=claim.invoice_title), record=claim, field="outstanding",
                actual=claim.outstanding, allowed=0, fix=_("Enter the payment in finance"))


def unsettled(claims: Sequence[ExpenseClaim]) -> Iterable[Refusal]:
    """Refuse IN_LEDGER where finance has the claim as paid: a guard of marking it as unpaid."""
    for claim in claims:
        if claim.invoice_id is not None and claim.outstanding == 0:
            yield Refusal(
                "IN_LEDGER", _("Finance has {invoice} as paid", invoice=claim.invoice_title), record=claim,
                field="outstanding", actual=claim.outstanding, fix=_("Undo the payment in finance"))


def note_paid(claims: Sequence[ExpenseClaim]) -> None:
    """Remember the day claims were paid: the effect of marking them as paid."""
    for claim in claims:
        claim.paid_on = session().today
        claim.outstanding = ZERO


def note_unpaid(claims: Sequence[ExpenseClaim]) -> None:
    """Take back that claims were paid: the effect of marking them as unpaid."""
    for claim in claims:
        claim.paid_on = None
        if claim.invoice_id is None:
            claim.outstanding = claim.total
