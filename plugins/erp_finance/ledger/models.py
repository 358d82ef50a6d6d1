"""Accounts, journals, periods, posting rules; the voucher and its lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Index, event, inspect

from kernel import (
    AnyRef,
    Currency,
    Department,
    Document,
    Employee,
    Entity,
    Mapped,
    Money,
    Party,
    Problem,
    Refusal,
    User,
    _,
    actor,
    boolean,
    choice,
    date,
    instant,
    lines,
    link,
    money,
    ref,
    serial,
    session,
    state,
    text,
    within,
)
from plugins.erp_finance.amounts import ZERO
from plugins.erp_finance.ledger.accounts import CONTROLLED, KINDS, ROLES, RULES


class Account(
    Entity, label=_("Account"), plural=_("Accounts"), icon="list-numbers", company="required", unique=[("code",)]
):
    """An account of a company's chart; posting rules find it by its role, claims by their expense type."""

    code: Mapped[str] = text(20, label=_("Code"), searchable=True)
    name: Mapped[str] = text(120, label=_("Name"), searchable=True)
    kind: Mapped[str] = choice(*KINDS, label=_("Kind"))
    role: Mapped[str | None] = choice(
        *ROLES, label=_("Role"), help=_("What posting rules use it for; the lowest code of a role is taken"))
    expense_type: Mapped[str | None] = text(
        60, label=_("Expense type"), help=_("Claims of this type are posted here; for accounts of the role “expense”"))
    controlled: Mapped[bool] = boolean(
        label=_("Controlled"), readonly=True)

    @property
    def title(self) -> str:
        """Name the account as books do: by code and name."""
        return f"{self.code} {self.name}"

    @classmethod
    def prepare(cls, records: Sequence[Account]) -> None:
        for record in records:
            record.controlled = record.role in CONTROLLED

    @classmethod
    def check(cls, records: Sequence[Account]) -> Iterable[Problem]:
        for record in records:
            if record.expense_type and record.role != "expense":
                yield Problem("expense_type", _("Only an account of the role “expense” has an expense type"),
                              "EXPENSE_TYPE", record)


class Journal(
    Entity, label=_("Journal"), plural=_("Journals"), icon="notebook", company="required", unique=[("code",)]
):
    """A book that vouchers are numbered in, by year."""

    code: Mapped[str] = text(10, label=_("Code"), searchable=True)
    name: Mapped[str] = text(120, label=_("Name"), searchable=True)
    kind: Mapped[str] = choice(
        ("general", _("General")), ("sale", _("Sales")), ("purchase", _("Purchases")), ("claim", _("Expense claims")),
        ("payment", _("Payments")), ("stock", _("Stock")), ("production", _("Production")),
        label=_("Kind"), default="general")

    @classmethod
    def check(cls, records: Sequence[Journal]) -> Iterable[Problem]:
        for record in records:
            if record.code and not record.code.isalnum():
                yield Problem("code", _("A journal's code has letters and digits only"), "CODE", record)


class PostingRule(
    Entity, label=_("Posting rule"), plural=_("Posting rules"), icon="arrows-exchange", company="required",
    unique=[("event",)],
):
    """Which accounts an event of stock or production is posted to, by their roles."""

    event: Mapped[str] = choice(*((event, name) for event, name, *_rest in RULES), label=_("Event"))
    debit: Mapped[str] = choice(*ROLES, label=_("Debit"))
    credit: Mapped[str] = choice(*ROLES, label=_("Credit"))
    journal: Mapped[Journal] = link(label=_("Journal"), index=False)
    journal_id: Mapped[int]

    @property
    def title(self) -> str:
        """Name the rule by its event."""
        return str(type(self).__fields__["event"].choice(self.event).label)


class Period(
    Entity, label=_("Period"), plural=_("Periods"), icon="calendar-month", company="required", unique=[("first_day",)]
):
    """A month of the books; a closed one takes no voucher."""

    name: Mapped[str] = text(20, label=_("Name"), searchable=True, readonly=True)
    first_day: Mapped[dt.date] = date(label=_("First day"), readonly=True)
    last_day: Mapped[dt.date] = date(label=_("Last day"), readonly=True)
    state: Mapped[str] = state("open", label=_("State"))
    closed_at: Mapped[dt.datetime | None] = instant(label=_("Closed"), readonly=True)
    closed_by: Mapped[User | None] = link(label=_("Closed by"), readonly=True, index=False)
    closed_by_id: Mapped[int | None]


class Entry(Document, label=_("Voucher"), plural=_("Vouchers"), icon="book-2", title="number"):
    """A voucher: debits and credits that balance in the company's currency. Posted, it never changes."""

    number: Mapped[str | None] = serial("{journal_code}-{year}-{n:06}", gapless=True, label=_("Number"))
    journal: Mapped[Journal] = link(label=_("Journal"), index=False)
    journal_id: Mapped[int]
    journal_code: Mapped[str | None] = text(10, label=_("Journal code"), readonly=True, hidden=True)
    day: Mapped[dt.date] = date(label=_("Day"), required=False, index=True, present=True)
    description: Mapped[str | None] = text(200, label=_("Description"), searchable=True)
    state: Mapped[str] = state("draft", label=_("State"))
    total: Mapped[Money] = money(label=_("Total"), default=0, readonly=True)
    source: Mapped[AnyRef | None] = ref(label=_("Source"))
    source_entity: Mapped[str | None]
    source_id: Mapped[int | None]
    source_title: Mapped[str | None]
    event: Mapped[str | None] = text(80, label=_("Event"), readonly=True, hidden=True)
    """What was posted, of what: no event is posted twice. Empty for a voucher written by hand."""
    reversal_of: Mapped[Entry | None] = link(label=_("Reverses"), readonly=True, follows=True)
    reversal_of_id: Mapped[int | None]
    reversed_by: Mapped[Entry | None] = link(label=_("Reversed by"), readonly=True, index=False)
    reversed_by_id: Mapped[int | None]
    prepared_by: Mapped[User | None] = link(label=_("Prepared by"), readonly=True, index=False)
    prepared_by_id: Mapped[int | None]
    posted_by: Mapped[User | None] = link(label=_("Posted by"), readonly=True, index=False)
    posted_by_id: Mapped[int | None]
    posted_at: Mapped[dt.datetime | None] = instant(label=_("Posted"), readonly=True)
    lines: Mapped[list[EntryLine]] = lines("entry", label=_("Lines"))

    @property
    def title(self) -> str:
        """Name the voucher by its number, a draft by what it is about."""
        return self.number or self.description or f"{_('Voucher')} {self.id}"

    @classmethod
    def prepare(cls, records: Sequence[Entry]) -> None:
        for record in records:
            if record.prepared_by_id is None:
                record.prepared_by_id = actor().user_id
            if record.state in (None, "draft") and "lines" in record.__dict__:
                record.total = sum((line.debit or ZERO for line in record.lines), ZERO)

    @classmethod
    def check(cls, records: Sequence[Entry]) -> Iterable[Problem]:
        for record in records:
            if name := _changed_after_posting(record, record, ENTRY_MAY_CHANGE):
                yield Problem(name, _("{number} is posted and stays as it is: reverse it", number=record.title),
                              "POSTED", record)


ENTRY_MAY_CHANGE = frozenset({
    "state", "reversed_by_id", "reversed_by", "archived", "version", "changed_at", "changed_by_id", "custom"})


class EntryLine(
    Entity, label=_("Voucher line"), plural=_("Voucher lines"), icon="list", title="description", company="required"
):
    """A debit or a credit. `posted_on` is the voucher's day from its posting on: reports read these rows alone."""

    entry: Mapped[Entry] = link(parent=True, label=_("Voucher"))
    entry_id: Mapped[int]
    account: Mapped[Account] = link(label=_("Account"), index=False)
    account_id: Mapped[int]
    description: Mapped[str | None] = text(200, label=_("Description"))
    debit: Mapped[Money] = money(label=_("Debit"), default=0)
    credit: Mapped[Money] = money(label=_("Credit"), default=0)
    party: Mapped[Party | None] = link(label=_("Party"))
    party_id: Mapped[int | None]
    department: Mapped[Department | None] = link(label=_("Department"), index=False)
    department_id: Mapped[int | None]
    employee: Mapped[Employee | None] = link(label=_("Employee"), index=False)
    employee_id: Mapped[int | None]
    currency: Mapped[Currency | None] = link(
        label=_("Currency"), index=False, help=_("Where the amount was in another than the company's"))
    currency_id: Mapped[int | None]
    amount_currency: Mapped[Money | None] = money(label=_("Amount in it"), currency="currency")
    posted_on: Mapped[dt.date | None] = date(label=_("Posted on"), readonly=True)

    @classmethod
    def prepare(cls, records: Sequence[EntryLine]) -> None:
        entries = {id(entry): entry for line in records if (entry := _voucher_of(line)) is not None}
        for entry in entries.values():
            if entry.state in (None, "draft"):
                entry.total = sum((line.debit or ZERO for line in entry.lines), ZERO)

    @classmethod
    def check(cls, records: Sequence[EntryLine]) -> Iterable[Problem]:
        for record in records:
            if _changed_after_posting(record, record.entry, frozenset({"custom"})):
                yield Problem("lines", _("{number} is posted and stays as it is: reverse it",
                                         number=record.entry.title), "POSTED", record)
            for name in ("debit", "credit"):
                if not within(getattr(record, name), 0):
                    yield Problem(name, _("This can't be less than zero"), "NEGATIVE", record)
            if record.debit and record.credit:
                yield Problem("credit", _("A line is a debit or a credit, not both"), "BOTH_SIDES", record)


Index("ix_erp_finance_entry_line_balance", EntryLine.company_id, EntryLine.account_id, EntryLine.posted_on,
      EntryLine.debit, EntryLine.credit)
Index("ux_erp_finance_entry_event", Entry.company_id, Entry.event, unique=True)


def _voucher_of(line: Any) -> Entry | None:
    """Give a line's voucher; a new line may have its id alone."""
    entry: Entry | None = line.entry
    return entry


def _changed_after_posting(record: Any, entry: Entry | None, free: frozenset[str]) -> str:
    """Name a field that was changed although the voucher is posted, or "": its own posting aside."""
    if entry is None or entry.historical or entry.state in (None, "draft"):
        return ""
    known: Any = inspect(entry)
    if known.attrs["state"].history.deleted and known.attrs["state"].history.deleted[0] == "draft":
        return ""
    mine: Any = inspect(record)
    if mine.pending:
        return "lines" if record is not entry else ""
    return next((name for name in mine.committed_state
                 if name not in free and mine.attrs[name].history.has_changes()), "")


@event.listens_for(Entry, "before_delete")
@event.listens_for(EntryLine, "before_delete")
def _keep_what_is_posted(mapper: object, connection: object, record: Entry | EntryLine) -> None:
    """Refuse to delete what is posted, by whatever door."""
    entry = record if isinstance(record, Entry) else session().get(Entry, record.entry_id)
    if entry is not None and entry.state not in (None, "draft"):
        raise Refusal("POSTED", _("{number} is posted and stays as it is: reverse it", number=entry.title),
                      record=entry, fix=_("Reverse the voucher"))
