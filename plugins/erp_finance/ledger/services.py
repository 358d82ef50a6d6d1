"""What one does with vouchers written by hand; those of documents are posted with their documents."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from kernel import AnyRef, Refusal, _, actor, as_system, give_numbers, session, setting, update_rows, workflow_of
from plugins.erp_finance.afresh import read_afresh
from plugins.erp_finance.amounts import ZERO
from plugins.erp_finance.ledger.books import JournalKey
from plugins.erp_finance.ledger.models import Account, Entry, EntryLine, Journal
from plugins.erp_finance.ledger.posting import (
    Voucher,
    demand_balance,
    in_open_periods,
    lines_of,
    post_vouchers,
    reversing,
)


def post_entries(entries: Sequence[Entry]) -> None:
    """Post drafts; raises Refusal NO_LINES, UNBALANCED, CONTROLLED, PERIOD_CLOSED, SAME_PERSON or ALREADY_POSTED."""
    _run("post", entries)


def reverse_entries(entries: Sequence[Entry]) -> None:
    """Reverse vouchers written by hand by a mirrored one of today; raises Refusal DOCUMENT for a document's."""
    _run("reverse", entries)


def _run(action: str, entries: Sequence[Entry]) -> None:
    flow = workflow_of(Entry)
    if flow is None:
        raise Refusal("NO_WORKFLOW", _("Vouchers have no workflow"))
    flow.run(action, entries)


def may_be_posted(entries: Sequence[Entry]) -> Iterable[Refusal]:
    """Refuse drafts that don't balance, touch controlled accounts or fall into a closed period: the guard."""
    session().flush()
    ids = [entry.id for entry in entries]
    with as_system("judge vouchers") as system:
        rows = system.execute(
            select(EntryLine.entry_id, EntryLine.debit, EntryLine.credit, Account.code, Account.name,
                   Account.controlled, Account.company_id)
            .join(Account, Account.id == EntryLine.account_id).where(EntryLine.entry_id.in_(ids))
            .order_by(EntryLine.id)).all()
    for entry in entries:
        mine = [row for row in rows if row.entry_id == entry.id]
        if not any(row.debit or row.credit for row in mine):
            yield Refusal("NO_LINES", _("{voucher} has no amounts", voucher=entry.title), record=entry, field="lines",
                          fix=_("Add its debits and credits"))
            continue
        for row in mine:
            if row.controlled:
                yield Refusal(
                    "CONTROLLED", _("{account} is posted by invoices, payments, stock and production alone",
                                    account=f"{row.code} {row.name}"),
                    record=entry, field="lines", actual=row.code, fix=_("Enter the document instead"))
            if row.company_id != entry.company_id:
                yield Refusal("COMPANY", _("{account} belongs to another company's chart", account=row.code),
                              record=entry, field="lines", actual=row.code)
        try:
            demand_balance(entry.title, (row.debit - row.credit for row in mine), entry)
        except Refusal as refusal:
            yield refusal
    yield from in_open_periods(entries)


def two_persons(entries: Sequence[Entry]) -> Iterable[Refusal]:
    """Refuse that somebody posts what they prepared, where the company wants two persons for it."""
    if not setting("erp_finance.two_persons"):
        return
    for entry in entries:
        if entry.prepared_by_id is not None and entry.prepared_by_id == actor().user_id:
            yield Refusal("SAME_PERSON", _("You prepared {voucher}: somebody else must post it", voucher=entry.title),
                          record=entry, fix=_("Ask a colleague to post it"))


def post_drafts(entries: Sequence[Entry]) -> None:
    """Number drafts and let their lines count: the effect of posting."""
    current = session()
    ids = [entry.id for entry in entries]
    codes = dict(current.execute(select(Journal.id, Journal.code).where(
        Journal.id.in_({entry.journal_id for entry in entries}))).all())
    rows: list[dict[str, Any]] = [
        {"id": entry.id, "company_id": entry.company_id, "number": None, "day": entry.day,
         "journal_code": codes[entry.journal_id]} for entry in entries]
    with as_system("post to the ledger") as system:
        give_numbers(Entry, rows, dated="day")
        lines = system.execute(
            select(EntryLine.id, EntryLine.entry_id, EntryLine.debit).where(EntryLine.entry_id.in_(ids))).all()
        totals = {id_: sum((line.debit for line in lines if line.entry_id == id_), ZERO) for id_ in ids}
        update_rows(Entry, [
            {"id": row["id"], "number": row["number"], "journal_code": row["journal_code"],
             "total": totals[row["id"]], "posted_by_id": actor().user_id, "posted_at": current.now} for row in rows])
        days = {entry.id: entry.day for entry in entries}
        update_rows(EntryLine, [{"id": line.id, "posted_on": days[line.entry_id]} for line in lines], audit=False)
    read_afresh(entries)


def may_be_reversed(entries: Sequence[Entry]) -> Iterable[Refusal]:
    """Refuse vouchers that a document made, and those that reverse another."""
    for entry in entries:
        if entry.event is not None:
            yield Refusal(
                "DOCUMENT", _("{voucher} was posted for {document}", voucher=entry.title,
                              document=entry.source_title or "-"),
                record=entry, fix=_("Reverse that document: its voucher goes with it"))
        elif entry.reversal_of_id is not None:
            yield Refusal("REVERSAL", _("{voucher} reverses another voucher", voucher=entry.title), record=entry,
                          fix=_("Enter the voucher anew"))


def write_reversals(entries: Sequence[Entry]) -> None:
    """Post the mirrored vouchers: the effect of reversing."""
    lines = lines_of([entry.id for entry in entries])
    post_vouchers([
        Voucher(
            session().today, JournalKey(entry.journal_id, entry.journal_code or ""), reversing(lines[entry.id]),
            str(_("Reversal of {voucher}", voucher=entry.title)), source=AnyRef.to(entry), reversal_of=entry.id)
        for entry in entries])
    read_afresh(entries)
