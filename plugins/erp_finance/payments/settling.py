"""Settle invoices with payments: what is allocated, to the ledger, to the invoices, and to whoever listens."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from kernel import AnyRef, Refusal, _, actor, as_system, format_number, insert_rows, session, update_rows
from plugins.erp_finance.afresh import read_afresh
from plugins.erp_finance.amounts import ZERO, share
from plugins.erp_finance.invoices.models import Invoice
from plugins.erp_finance.invoices.outstanding import lock_invoices, refresh_outstanding
from plugins.erp_finance.ledger.books import Books
from plugins.erp_finance.ledger.chart import books
from plugins.erp_finance.ledger.models import Account
from plugins.erp_finance.ledger.posting import (
    Line,
    Voucher,
    events_of,
    in_open_periods,
    lines_of,
    post_vouchers,
    reversing,
)
from plugins.erp_finance.payments.models import Allocation, Payment
from plugins.erp_finance.payments.signals import PaymentAllocated, SettledInvoice, payment_allocated

KINDS = {"in": ("sale",), "out": ("purchase", "claim")}
"""Which invoices money of a direction settles."""


@dataclass(slots=True)
class _Settled:
    """An allocation on its way: its share of the payment and of the invoice, both in the company's currency."""

    id: int
    invoice_id: int
    amount: Decimal
    paid: Decimal = ZERO
    owed: Decimal = ZERO


def may_be_posted(payments: Sequence[Payment]) -> Iterable[Refusal]:
    """Refuse payments that allocate more than there is, to what isn't theirs, or in a closed period: the guard."""
    session().flush()
    allocations = _allocations([payment.id for payment in payments])
    invoices = lock_invoices(row.invoice_id for rows in allocations.values() for row in rows)
    left = {id_: row.outstanding for id_, row in invoices.items()}
    with as_system("judge payments") as system:
        roles = {row.id: row for row in system.execute(select(Account.id, Account.role, Account.code).where(
            Account.id.in_({payment.account_id for payment in payments})))}
    for payment in payments:
        account = roles[payment.account_id]
        if account.role not in ("bank", "cash"):
            yield Refusal("ACCOUNT", _("{account} is neither a bank nor a cash account", account=account.code),
                          record=payment, field="account", actual=account.code, fix=_("Choose a bank or cash account"))
        mine = allocations.get(payment.id, [])
        yield from _over(payment, sum((row.amount for row in mine), ZERO), payment.amount)
        for row in mine:
            if wrong := list(_mismatch(payment, invoices[row.invoice_id])):
                yield from wrong
                continue
            left[row.invoice_id] -= row.amount
            if left[row.invoice_id] < 0:
                yield _too_much(payment, invoices[row.invoice_id], left[row.invoice_id] + row.amount, row.amount)
    yield from in_open_periods(payments)


def settle_posted(payments: Sequence[Payment]) -> None:
    """Post payments with their allocations: the effect of posting. Tells erp_finance.payment_allocated once."""
    ours = books()
    allocations = _allocations([payment.id for payment in payments])
    invoices = _Invoices(row.invoice_id for rows in allocations.values() for row in rows)
    settled: dict[int, list[_Settled]] = {}
    vouchers, changes = [], []
    for payment in payments:
        mine = [_Settled(row.id, row.invoice_id, row.amount) for row in allocations.get(payment.id, [])]
        whole = ours.rounded(payment.amount * payment.exchange_rate)
        rest, rest_base = _share_out(mine, payment.amount, whole, ours, invoices)
        settled[payment.id] = mine
        owed = sum((each.owed for each in mine), ZERO) + rest_base
        sign = 1 if payment.direction == "in" else -1
        lines = [
            Line(payment.account_id, sign * whole, payment.party_id, payment.employee_id, None, payment.currency_id,
                 sign * payment.amount if payment.currency_id else None),
            Line(_partner(payment, ours), -sign * owed, payment.party_id, payment.employee_id, None,
                 payment.currency_id, -sign * payment.amount if payment.currency_id else None)]
        if whole != owed:
            lines.append(Line(ours.account("exchange"), sign * (owed - whole)))
        vouchers.append(Voucher(
            payment.day, ours.journal("payment"), lines, payment.number, f"payment:{payment.id}", AnyRef.to(payment)))
        changes.append({"id": payment.id, "unallocated": rest, "base_unallocated": rest_base,
                        "posted_at": session().now})
    with as_system("post payments"):
        update_rows(Payment, changes)
    read_afresh(payments)
    _count(payments, settled, invoices)
    post_vouchers(vouchers)
    _tell(payments, settled, invoices, 1)


def has_rest(payments: Sequence[Payment]) -> Iterable[Refusal]:
    """Refuse to allocate more of payments of which nothing is left: the guard of allocating the rest."""
    for payment in payments:
        if payment.unallocated <= 0:
            yield Refusal("OVER_ALLOCATED", _("All of {number} is allocated already", number=payment.number),
                          record=payment, field="allocations", actual=payment.amount, allowed=0)


def settle_rest(payments: Sequence[Payment]) -> None:
    """Allocate what is left of posted payments to the oldest invoices: the effect of allocating the rest."""
    ours = books()
    chosen = oldest_first(payments, {payment.id: payment.unallocated for payment in payments})
    rows = [(payment, invoice, amount) for payment in payments for invoice, amount in chosen[payment.id]]
    if not rows:
        return
    with as_system("allocate the rest of payments"):
        ids = insert_rows(Allocation, [
            {"payment_id": payment.id, "invoice_id": invoice, "amount": amount} for payment, invoice, amount in rows])
    settled: dict[int, list[_Settled]] = {payment.id: [] for payment in payments}
    for id_, (payment, invoice, amount) in zip(ids, rows, strict=True):
        settled[payment.id].append(_Settled(id_, invoice, amount))
    invoices = _Invoices(invoice for _payment, invoice, _amount in rows)
    vouchers, changes = [], []
    for payment in payments:
        mine = settled[payment.id]
        rest, rest_base = _share_out(mine, payment.unallocated, payment.base_unallocated, ours, invoices)
        changes.append({"id": payment.id, "unallocated": rest, "base_unallocated": rest_base})
        difference = sum((each.paid - each.owed for each in mine), ZERO)
        if difference:
            sign = 1 if payment.direction == "in" else -1
            vouchers.append(Voucher(
                session().today, ours.journal("payment"),
                (Line(_partner(payment, ours), sign * difference, payment.party_id, payment.employee_id),
                 Line(ours.account("exchange"), -sign * difference)),
                payment.number, f"allocation:{mine[0].id}", AnyRef.to(payment)))
    with as_system("allocate the rest of payments"):
        update_rows(Payment, changes)
    read_afresh(payments)
    _count(payments, settled, invoices, session().today)
    post_vouchers(vouchers)
    _tell(payments, settled, invoices, 1)


def undo(payments: Sequence[Payment]) -> None:
    """Take posted payments back: the effect of undoing. What they settled is open again."""
    today = session().today
    allocations = _allocations([payment.id for payment in payments])
    settled = {
        payment.id: [_Settled(row.id, row.invoice_id, row.amount) for row in allocations.get(payment.id, [])]
        for payment in payments}
    invoices = _Invoices(row.invoice_id for rows in allocations.values() for row in rows)
    with as_system("undo payments"):
        update_rows(Payment, [{"id": payment.id, "undone_on": today} for payment in payments])
        update_rows(Allocation, [
            {"id": each.id, "undone_on": today} for rows in settled.values() for each in rows])
    read_afresh(payments)
    invoices.refresh(today)
    events = {f"payment:{payment.id}": payment for payment in payments}
    events |= {f"allocation:{each.id}": payment for payment in payments for each in settled[payment.id]}
    entries = events_of(list(events))
    lines = lines_of(list(entries.values()))
    ours = books()
    post_vouchers([
        Voucher(today, ours.journal("payment"), reversing(lines[id_]),
                str(_("Reversal of {voucher}", voucher=events[name].number)), f"undo:{name}",
                AnyRef.to(events[name]), reversal_of=id_)
        for name, id_ in entries.items()])
    _tell(payments, settled, invoices, -1)


def oldest_first(payments: Sequence[Payment], amounts: Mapping[int, Decimal]) -> dict[int, list[tuple[int, Decimal]]]:
    """Suggest which invoices payments settle: those due first, one payment after another, in their currency.

    `amounts` says how much of each payment there is. Gives pairs of invoice and amount; one statement.
    """
    with as_system("invoices to be paid") as system:
        found = system.execute(
            select(Invoice.id, Invoice.kind, Invoice.party_id, Invoice.employee_id, Invoice.currency_id,
                   Invoice.outstanding)
            .where(Invoice.company_id == actor().company_id, Invoice.state == "posted", Invoice.outstanding > 0,
                   Invoice.historical.is_(False),
                   Invoice.party_id.in_({each.party_id for each in payments if each.party_id})
                   | Invoice.employee_id.in_({each.employee_id for each in payments if each.employee_id}))
            .order_by(Invoice.due_on, Invoice.id)).all()
    left = {row.id: row.outstanding for row in found}
    chosen: dict[int, list[tuple[int, Decimal]]] = {}
    for payment in payments:
        rest = amounts[payment.id]
        mine = chosen.setdefault(payment.id, [])
        for row in found:
            fits = (row.kind in KINDS[payment.direction] and row.currency_id == payment.currency_id
                    and (row.party_id, row.employee_id) == (payment.party_id, payment.employee_id))
            part = min(rest, left[row.id])
            if fits and part > 0:
                mine.append((row.id, part))
                left[row.id] -= part
                rest -= part
    return chosen


class _Invoices:
    """The invoices being settled, locked, with what is left of each while allocations are taken off."""

    def __init__(self, ids: Iterable[int]) -> None:
        self.rows: dict[int, Any] = lock_invoices(ids)
        self.left = {id_: (row.outstanding, row.base_outstanding) for id_, row in self.rows.items()}
        self.after: dict[int, Decimal] = {}

    def take(self, invoice: int, amount: Decimal, step: Decimal) -> Decimal:
        """Take an amount off an invoice and give what that is in the company's currency, at the invoice's rate."""
        left, base = self.left[invoice]
        owed = share(base, amount, left, step)
        self.left[invoice] = (left - amount, base - owed)
        return owed

    def refresh(self, day: dt.date) -> None:
        self.after = refresh_outstanding(self.rows, day)


def _share_out(
    settled: Sequence[_Settled], amount: Decimal, base: Decimal, ours: Books, invoices: _Invoices
) -> tuple[Decimal, Decimal]:
    """Share an amount out over allocations; gives what is left of it, in its currency and the company's."""
    for each in settled:
        each.paid = share(base, each.amount, amount, ours.currency.step)
        each.owed = invoices.take(each.invoice_id, each.amount, ours.currency.step)
        amount -= each.amount
        base -= each.paid
    return amount, base


def _count(
    payments: Sequence[Payment], settled: Mapping[int, Sequence[_Settled]], invoices: _Invoices,
    day: dt.date | None = None,
) -> None:
    """Let allocations count from the payment's day, and write what is left of their invoices."""
    with as_system("allocate payments"):
        update_rows(Allocation, [
            {"id": each.id, "day": max(day or payment.day, invoices.rows[each.invoice_id].day), "base": each.owed,
             "base_paid": each.paid}
            for payment in payments for each in settled[payment.id]])
    invoices.refresh(day or max(payment.day for payment in payments))


def _tell(
    payments: Sequence[Payment], settled: Mapping[int, Sequence[_Settled]], invoices: _Invoices, sign: int
) -> None:
    payment_allocated.tell([
        PaymentAllocated(
            payment_id=payment.id, number=payment.number, direction=payment.direction,  # type: ignore[arg-type]  # in or out
            day=payment.day, party_id=payment.party_id, employee_id=payment.employee_id,
            settled=tuple(
                SettledInvoice(
                    each.invoice_id, (row := invoices.rows[each.invoice_id]).kind, sign * each.amount,
                    invoices.after[each.invoice_id],
                    AnyRef(row.source_entity, row.source_id, row.source_title or "") if row.source_entity else None)
                for each in settled[payment.id]))
        for payment in payments if settled[payment.id]])


def _allocations(payments: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    with as_system("what payments are allocated to") as system:
        rows = system.execute(
            select(Allocation.id, Allocation.payment_id, Allocation.invoice_id, Allocation.amount)
            .where(Allocation.payment_id.in_(payments), Allocation.undone_on.is_(None)).order_by(Allocation.id))
        for row in rows:
            found.setdefault(row.payment_id, []).append(row)
    return found


def _partner(payment: Payment, ours: Books) -> int:
    if payment.employee_id:
        return ours.account("employee_payable")
    return ours.account("receivable" if payment.direction == "in" else "payable")


def _mismatch(payment: Payment, invoice: Any) -> Iterable[Refusal]:
    if invoice.historical or invoice.state != "posted" or invoice.reversal_of_id is not None:
        yield Refusal("NOT_OPEN", _("{invoice} is not open", invoice=invoice.number or _("A draft invoice")),
                      record=payment, field="allocations", fix=_("Choose an invoice that is posted and not reversed"))
    elif (invoice.party_id, invoice.employee_id) != (payment.party_id, payment.employee_id):
        yield Refusal("OTHER_PARTY", _("{invoice} is somebody else's", invoice=invoice.number), record=payment,
                      field="allocations", fix=_("Choose invoices of the payment's own party"))
    elif invoice.kind not in KINDS[payment.direction]:
        yield Refusal("DIRECTION", _("Money of this direction doesn't settle {invoice}", invoice=invoice.number),
                      record=payment, field="direction", actual=payment.direction)
    elif invoice.currency_id != payment.currency_id:
        yield Refusal("CURRENCY", _("{invoice} is in another currency", invoice=invoice.number), record=payment,
                      field="currency", fix=_("Enter the payment in the invoice's currency"))


def _over(payment: Payment, allocated: Decimal, allowed: Decimal) -> Iterable[Refusal]:
    if allocated > allowed:
        yield Refusal(
            "OVER_ALLOCATED", _("{number} allocates {allocated}, there are {allowed}", number=payment.number,
                                allocated=format_number(allocated), allowed=format_number(allowed)),
            record=payment, field="allocations", actual=allocated, allowed=allowed, fix=_("Allocate less"))


def _too_much(payment: Payment, invoice: Any, left: Decimal, amount: Decimal) -> Refusal:
    return Refusal(
        "OVER_ALLOCATED", _("{allocated} are allocated to {invoice}, {allowed} are left to pay of it",
                            allocated=format_number(amount), invoice=invoice.number,
                            allowed=format_number(max(left, ZERO))),
        record=payment, field="allocations", actual=amount, allowed=max(left, ZERO), fix=_("Allocate less"))
