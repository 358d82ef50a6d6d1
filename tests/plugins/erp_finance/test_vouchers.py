"""A voucher balances, is numbered without gaps, never changes once posted, and keeps out of closed months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.fields import AnyRef
from kernel.entities.work import Actor, Session, in_sibling, session, unit_of_work
from kernel.errors import Conflict, Forbidden, Invalid, Refusal
from kernel.exchange.records import delete
from kernel.identity.models import Company
from kernel.registry.settings import change_setting
from plugins.erp_finance.ledger.chart import books, ensure_periods
from plugins.erp_finance.ledger.models import Account, Entry, EntryLine, Journal, Period, PostingRule
from plugins.erp_finance.ledger.periods import close_periods, reopen_periods
from plugins.erp_finance.ledger.posting import Line, Voucher, post_vouchers
from plugins.erp_finance.ledger.services import post_entries, reverse_entries
from plugins.erp_finance.payments.services import post_payments
from plugins.erp_inventory.moves.signals import move_posted
from tests.conftest import MakeUser
from tests.plugins.conftest import Goods
from tests.plugins.erp_finance.ledger import accounts, balance, invoice, moved, pay, voucher


def code_of(action: Callable[[], object]) -> str:
    """Give the code an action is refused with; what it did is undone."""
    with pytest.raises(Refusal) as refused, session().begin_nested():
        action()
    session().expire_all()
    codes = {problem.code for problem in refused.value.problems}
    return codes.pop() if len(codes) == 1 else refused.value.code


def test_a_company_gets_its_chart_in_its_language_when_its_books_are_first_used(work: Session, goods: Goods) -> None:
    assert work.scalars(select(Account)).all() == []
    bank = books().account("bank")
    assert work.get(Account, bank) is not None
    assert [each.name for each in work.scalars(select(Account).where(Account.code == "1002"))] == ["Bank"]
    other = Company(name="福爾摩沙", currency="TWD", locale="zh_Hant")
    work.add(other)
    work.flush()
    with in_sibling(Actor(system=True, company_id=other.id)):
        assert books().account("bank") != bank
    names = work.scalars(select(Account.name).where(Account.code == "1002", Account.company_id == other.id)).all()
    assert names == ["銀行存款"]


def test_a_posted_voucher_is_numbered_by_journal_and_year_of_its_day(work: Session, goods: Goods) -> None:
    rent, bank = accounts("6100", "1002")
    entries = [voucher((rent, 500), (bank, -500), day=dt.date(year, 3, 1)) for year in (2025, 2026, 2026)]
    assert [entry.number for entry in entries] == [None] * 3
    post_entries(entries)
    assert [entry.number for entry in entries] == ["GEN-2025-000001", "GEN-2026-000001", "GEN-2026-000002"]
    assert [entry.state for entry in entries] == ["posted"] * 3
    assert entries[0].total == 500
    assert balance("bank") == -1500


def test_what_was_refused_takes_no_number(work: Session, goods: Goods) -> None:
    rent, bank = accounts("6100", "1002")
    wrong = voucher((rent, 500), (bank, -499))
    assert code_of(lambda: post_entries([wrong])) == "UNBALANCED"
    right = voucher((rent, 500), (bank, -500))
    post_entries([right])
    assert (right.number or "").endswith("-000001")


@pytest.mark.parametrize(("amounts", "code"), [((500, -400), "UNBALANCED"), ((), "NO_LINES")])
def test_a_voucher_that_does_not_balance_is_refused(
    work: Session, goods: Goods, amounts: tuple[int, ...], code: str
) -> None:
    entry = voucher(*zip(accounts("6100", "1002"), amounts, strict=False))
    assert code_of(lambda: post_entries([entry])) == code
    assert entry.state == "draft"


def test_controlled_accounts_take_no_voucher_by_hand(work: Session, goods: Goods) -> None:
    for code in ("1300", "1100", "2001", "2010", "1310", "1320", "2100"):
        entry = voucher(*zip(accounts(code, "1002"), (10, -10), strict=True))
        with pytest.raises(Refusal) as refused:
            post_entries([entry])
        assert refused.value.code == "CONTROLLED"
        assert code in str(refused.value)
        work.expire_all()


def test_a_line_is_a_debit_or_a_credit_and_not_negative(work: Session, goods: Goods) -> None:
    [rent] = accounts("6100")
    entry = Entry(journal_id=books().journal("general").id)
    entry.lines = [EntryLine(account_id=rent, debit=Decimal(-1)),
                   EntryLine(account_id=rent, debit=Decimal(1), credit=Decimal(1))]
    with pytest.raises(Invalid) as refused, work.begin_nested():
        work.add(entry)
        work.flush()
    assert {problem.code for problem in refused.value.problems} == {"NEGATIVE", "BOTH_SIDES"}


def test_a_posted_voucher_and_its_lines_never_change(work: Session, goods: Goods) -> None:
    rent, bank = accounts("6100", "1002")
    entry = voucher((rent, 500), (bank, -500))
    post_entries([entry])

    def change_day() -> None:
        entry.day = dt.date(2026, 1, 1)
        work.flush()

    def change_line() -> None:
        entry.lines[0].debit = Decimal(1)
        work.flush()

    def add_line() -> None:
        entry.lines.append(EntryLine(account_id=rent, debit=Decimal(1)))
        work.flush()

    def remove(record: Entry | EntryLine) -> None:
        work.delete(record)
        work.flush()

    for change in (change_day, change_line, add_line, lambda: remove(entry), lambda: remove(entry.lines[0]),
                   lambda: delete(EntryLine, [entry.lines[0].id])):
        assert code_of(change) == "POSTED"
    assert code_of(lambda: delete(Entry, [entry.id])) == "BEGUN"
    assert balance("bank") == -500


def test_a_draft_may_be_changed_and_deleted(work: Session, goods: Goods) -> None:
    rent, bank = accounts("6100", "1002")
    entry = voucher((rent, 500), (bank, -500))
    entry.lines[0].debit = Decimal(400)
    work.flush()
    assert entry.total == 400
    assert delete(Entry, [entry.id]).deleted == [entry.id]


def test_a_reversal_mirrors_its_voucher_and_both_name_the_other(work: Session, goods: Goods) -> None:
    rent, bank = accounts("6100", "1002")
    entry = voucher((rent, 500), (bank, -500))
    post_entries([entry])
    reverse_entries([entry])
    mirror = entry.reversed_by
    assert mirror is not None
    assert (entry.state, mirror.reversal_of_id, mirror.state, mirror.source_id) == (
        "reversed", entry.id, "posted", entry.id)
    assert [(line.account_id, line.debit, line.credit) for line in mirror.lines] == [(rent, 0, 500), (bank, 500, 0)]
    assert balance("bank") == 0
    assert code_of(lambda: reverse_entries([entry])) == "ALREADY_REVERSED"
    assert code_of(lambda: reverse_entries([mirror])) == "REVERSAL"


def test_a_documents_voucher_is_reversed_with_the_document_only(work: Session, goods: Goods) -> None:
    made = invoice(goods, 1, 1, 100)
    entry = work.scalars(select(Entry).where(Entry.source_id == made.id)).one()
    with pytest.raises(Refusal) as refused:
        reverse_entries([entry])
    assert refused.value.code == "DOCUMENT"
    assert made.title in str(refused.value)


def test_two_persons_are_needed_where_the_company_says_so(
    work: Session, goods: Goods, make_user: MakeUser
) -> None:
    change_setting("erp_finance.two_persons", True)
    rent, bank = accounts("6100", "1002")
    entry = voucher((rent, 500), (bank, -500))
    post_entries([entry])
    assert entry.state == "posted"  # the system prepared it: nobody is asked twice


def test_who_prepared_a_voucher_may_not_post_it(
    system: Actor, goods: Goods, make_user: MakeUser
) -> None:
    first, second = (make_user(name, roles=["erp_finance.accountant"]) for name in ("lihua", "boss"))
    with unit_of_work(system):
        change_setting("erp_finance.two_persons", True)
        rent, bank = accounts("6100", "1002")
    with unit_of_work(first) as hers:
        entry = voucher((rent, 500), (bank, -500))
        assert entry.prepared_by_id == first.user_id
        with pytest.raises(Refusal) as refused:
            post_entries([entry])
        assert refused.value.code == "SAME_PERSON"
        hers.expire_all()
        id_ = entry.id
    with unit_of_work(second) as theirs:
        found = theirs.get(Entry, id_)
        assert found is not None
        post_entries([found])
        assert found.posted_by_id == second.user_id


def test_a_closed_month_takes_no_posting_and_is_named(work: Session, goods: Goods) -> None:
    rent, bank = accounts("6100", "1002")
    day = dt.date(2026, 2, 11)
    early = voucher((rent, 500), (bank, -500), day=day)
    ensure_periods(books().company_id, [day])
    months = {each.name: each for each in work.scalars(select(Period))}
    assert code_of(lambda: close_periods([months["2026-02"]])) == "DRAFTS"
    post_entries([early])
    close_periods([months["2026-02"]])
    assert months["2026-02"].closed_at is not None
    late = voucher((rent, 500), (bank, -500), day=day)
    draft = pay(goods, 100, day=day)
    for act in (lambda: post_entries([late]), lambda: invoice(goods, 5, 1, 100, day=day),
                lambda: post_payments([draft])):
        with pytest.raises(Refusal) as refused, work.begin_nested():
            act()
        assert refused.value.code == "PERIOD_CLOSED"
        assert "2026-02" in str(refused.value)
        work.expire_all()
    assert code_of(lambda: close_periods([months["2026-02"]])) == "ALREADY_CLOSED"


def test_months_close_in_order_and_reopen_from_the_newest(work: Session, goods: Goods) -> None:
    rent, bank = accounts("6100", "1002")
    post_entries([voucher((rent, 5), (bank, -5), day=dt.date(2026, month, 1)) for month in (1, 2)])
    months = {each.name: each for each in work.scalars(select(Period))}
    january, february = months["2026-01"], months["2026-02"]
    assert code_of(lambda: close_periods([february])) == "EARLIER_OPEN"
    close_periods([january, february])
    assert code_of(lambda: reopen_periods([january])) == "LATER_CLOSED"
    reopen_periods([february])
    assert (february.state, february.closed_at) == ("open", None)
    reopen_periods([january])


def test_nobody_posts_without_the_right(goods: Goods, make_user: MakeUser, system: Actor) -> None:
    with unit_of_work(system):
        rent, bank = accounts("6100", "1002")
        id_ = voucher((rent, 5), (bank, -5)).id
        ensure_periods(books().company_id, [dt.date(2026, 1, 1)])
    reader = make_user("reader", roles=["erp_finance.reader"])
    with pytest.raises(Forbidden), unit_of_work(reader) as theirs:
        found = theirs.get(Entry, id_)
        assert found is not None
        post_entries([found])
    with pytest.raises(Forbidden), unit_of_work(make_user("nobody")):
        voucher((rent, 5), (bank, -5))
    with pytest.raises(Forbidden), unit_of_work(make_user("clerk", roles=["erp_finance.accountant"])) as hers:
        close_periods(hers.scalars(select(Period)).all()[:1])


def test_a_missing_account_journal_or_rule_is_named(work: Session, goods: Goods) -> None:
    books()
    for cls, clause, code in (
        (Account, Account.role == "shipped", "NO_ACCOUNT"), (Journal, Journal.kind == "sale", "NO_JOURNAL"),
        (PostingRule, PostingRule.event == "delivery", "NO_RULE"),
    ):
        record: Any = work.scalars(select(cls).where(clause)).one()
        record.archived = True
        work.flush()
        if code == "NO_JOURNAL":
            assert code_of(lambda: invoice(goods, 1, 1, 5)) == code
        else:
            assert code_of(lambda: move_posted.tell([moved(goods, "delivery", -1, -5, 1)])) == code
        record.archived = False
        work.flush()


def test_an_event_is_never_posted_twice(work: Session, goods: Goods) -> None:
    ours = books()
    rent, bank = accounts("6100", "1002")
    twice = Voucher(work.today, ours.journal("general"), (Line(rent, Decimal(5)), Line(bank, Decimal(-5))),
                    event="move:7", source=AnyRef("kernel.company", ours.company_id, "x"))
    post_vouchers([twice])
    with pytest.raises(Conflict), work.begin_nested():
        post_vouchers([twice])
    assert balance("bank") == -5


def test_many_vouchers_are_posted_with_as_many_statements_as_one(
    work: Session, goods: Goods, count_statements: Callable[[], Any]
) -> None:
    ours = books()
    rent, bank = accounts("6100", "1002")
    ensure_periods(ours.company_id, [work.today])
    counts = []
    for number in (1, 200):
        vouchers = [
            Voucher(work.today, ours.journal("general"), (Line(rent, Decimal(5)), Line(bank, Decimal(-5))))
            for _each in range(number)]
        with count_statements() as counter:
            post_vouchers(vouchers)
        counts.append(len(counter))
    assert counts[1] <= counts[0] + 1  # one more block of ids on SQLite
    numbers = work.scalars(select(Entry.number).order_by(Entry.id)).all()
    assert numbers == [f"GEN-{work.today.year}-{n:06}" for n in range(1, 202)]
    assert balance("bank") == -1005
