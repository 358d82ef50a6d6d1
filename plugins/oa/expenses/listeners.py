"""What claims learn from finance: under which number it keeps them, and when they are paid."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from sqlalchemy import select

from kernel import AnyRef, on, session
from plugins.oa.expenses.models import ExpenseClaim
from plugins.oa.expenses.services import mark_paid, mark_unpaid

CLAIM = "oa.expense_claim"


class Posted(Protocol):
    """An invoice in the ledger, as far as a claim needs it."""

    @property
    def invoice_id(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def source(self) -> AnyRef | None: ...
    @property
    def reversal(self) -> bool: ...


class Settled(Protocol):
    """What is left to pay of an invoice."""

    @property
    def source(self) -> AnyRef | None: ...
    @property
    def outstanding(self) -> Decimal: ...


class Allocated(Protocol):
    """Money was allocated to invoices, or an allocation was undone."""

    @property
    def settled(self) -> Sequence[Settled]: ...


@on("erp_finance.invoice_posted")
def note_ledger(events: Sequence[Posted]) -> None:
    """Note as what finance keeps a claim; a reversal takes that away."""
    told = {event.source.id: event for event in events if event.source and event.source.entity == CLAIM}
    for claim in _claims(told):
        event = told[claim.id]
        claim.invoice = None if event.reversal else AnyRef("erp_finance.invoice", event.invoice_id, event.number)


@on("erp_finance.payment_allocated")
def follow_payments(events: Sequence[Allocated]) -> None:
    """Mark claims as paid when nothing is left to pay of them, and as approved again when a payment was undone."""
    left = {
        each.source.id: each.outstanding
        for event in events for each in event.settled if each.source and each.source.entity == CLAIM}
    claims = _claims(left)
    for claim in claims:
        claim.outstanding = left[claim.id]
    session().flush()
    mark_paid([each for each in claims if each.state == "approved" and each.outstanding == 0])
    mark_unpaid([each for each in claims if each.state == "paid" and each.outstanding > 0])


def _claims(wanted: Mapping[int, object]) -> Sequence[ExpenseClaim]:
    if not wanted:
        return ()
    return session().scalars(
        select(ExpenseClaim).where(ExpenseClaim.id.in_(wanted)).order_by(ExpenseClaim.id)).all()
