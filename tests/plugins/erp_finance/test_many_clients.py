"""32 at once on PostgreSQL: invoices without gaps, no more paid than is owed, no month closed under a posting."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from kernel.entities.work import Actor, perform, session, unit_of_work
from kernel.errors import Refusal
from kernel.registry.checks import run_checks
from plugins.erp_finance.invoices.models import Invoice
from plugins.erp_finance.invoices.services import post_invoices
from plugins.erp_finance.ledger.models import Account, Entry, Period
from plugins.erp_finance.ledger.periods import close_periods
from plugins.erp_finance.payments.services import post_payments
from tests.faults.test_concurrency import CLIENTS, all_at_once, database
from tests.plugins.conftest import Goods
from tests.plugins.erp_finance.ledger import invoice, pay, typed

__all__ = ["database"]

pytestmark = pytest.mark.slow


def test_invoices_posted_at_once_are_numbered_without_gaps(system: Actor, goods: Goods) -> None:
    def enter(number: int) -> str:
        def one() -> str:
            made = typed(goods)
            post_invoices([made])
            if number % 8 == 0:
                raise Refusal("CHANGED_MY_MIND", "No")
            return made.number or ""
        return perform(system, one)

    found = all_at_once(enter)

    numbers = sorted(each for each in found if isinstance(each, str))
    refused = Counter(each.code for each in found if isinstance(each, Refusal))
    assert refused == {"CHANGED_MY_MIND": CLIENTS // 8}
    with unit_of_work(system, reading=True) as opened:
        year = opened.today.year
        assert numbers == [f"INV-{year}-{n:05}" for n in range(1, len(numbers) + 1)]
        entries = sorted(str(each) for each in opened.scalars(select(Entry.number)))
        assert entries == [f"SAL-{year}-{n:06}" for n in range(1, len(numbers) + 1)]
        assert opened.scalar(select(func.count(Account.id)).where(Account.role == "receivable")) == 1
    assert run_checks(["erp_finance", "kernel.gapless_numbers", "kernel.numbers"]).clean


def test_many_who_pay_one_invoice_pay_no_more_than_is_owed(system: Actor, goods: Goods) -> None:
    with unit_of_work(system):
        made = invoice(goods, 1, 1, 1000).id

    def give(number: int) -> None:
        def one() -> None:
            found = session().get(Invoice, made)
            assert found is not None
            post_payments([pay(goods, 100, (found, 100))])
        perform(system, one)

    found = all_at_once(give)

    assert found.count(None) == 10
    assert {each.code for each in found if isinstance(each, Refusal)} == {"OVER_ALLOCATED"}
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalars(select(Invoice.outstanding)).all() == [Decimal(0)]
    assert run_checks(["erp_finance"]).clean


def test_a_month_is_closed_before_or_after_a_posting_never_meanwhile(system: Actor, goods: Goods) -> None:
    with unit_of_work(system) as opened:
        invoice(goods, 1, 1, 1000)
        month = opened.scalars(select(Period.id).where(
            Period.first_day <= opened.today, Period.last_day >= opened.today)).one()

    def act(number: int) -> None:
        def post() -> None:
            invoice(goods, 100 + number, 1, 10)

        def close() -> None:
            found = session().get(Period, month)
            assert found is not None
            close_periods([found])
        perform(system, close if number == 16 else post)

    refused = Counter(each.code for each in all_at_once(act) if isinstance(each, Refusal))

    assert set(refused) <= {"PERIOD_CLOSED"}
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalars(select(Period.state).where(Period.id == month)).one() == "closed"
        assert len(opened.scalars(select(Invoice.id)).all()) == CLIENTS - refused["PERIOD_CLOSED"]
    assert run_checks(["erp_finance"]).clean
