"""Granted leave: what a year brings, what expires, what is carried over and what is withdrawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from kernel.entities.work import Actor, Session, unit_of_work
from kernel.errors import Forbidden, Invalid
from kernel.identity.models import Employee
from plugins.oa.documents import take
from plugins.oa.leave.checks import leave_balances, leave_taken
from plugins.oa.leave.jobs import keep_leave_accounts
from plugins.oa.leave.models import LeaveEntry, LeaveGrant, LeaveType
from plugins.oa.leave.services import revoke_requests, submit_requests
from plugins.oa.leave.years import expire_grants, grant_year
from tests.plugins.oa.conftest import MONDAY, Office, granted, leave


def test_a_year_is_granted_once_and_pro_rata_from_the_day_of_hiring(
    work: Session, office: Office, company: int
) -> None:
    anna, tom = (work.get_one(Employee, office.employees[name]) for name in ("anna", "tom"))
    anna.hired_on, tom.left_on = dt.date(2027, 4, 1), dt.date(2026, 12, 31)
    work.flush()
    assert grant_year(2027, company) == 5
    assert grant_year(2027, company) == 0
    days = dict(work.execute(select(LeaveGrant.employee_id, LeaveGrant.days)).all())
    assert days[anna.id] == Decimal("10.5")  # 14 days × 275 of 365
    assert days[office.employees["meihua"]] == 14
    assert tom.id not in days
    assert work.scalar(select(LeaveGrant.valid_from).where(LeaveGrant.employee_id == anna.id)) == anna.hired_on
    assert list(leave_balances()) == []


def test_what_is_over_expires_and_is_carried_over_up_to_a_limit(work: Session, office: Office, company: int) -> None:
    kind = work.get_one(LeaveType, office.annual)
    kind.carry_over, kind.carry_months = Decimal(5), 3
    grant_year(2026, company)
    extra = granted(work, office, 2, until=dt.date(2026, 12, 31))
    submit_requests([leave(work, office, days=12, employee_id=office.employees["anna"])])
    assert expire_grants(company, dt.date(2026, 12, 31)) == 0
    assert expire_grants(company, dt.date(2027, 1, 1)) == 6 + 1
    assert expire_grants(company, dt.date(2027, 1, 2)) == 0
    carried = {each.employee_id: each for each in work.scalars(select(LeaveGrant).where(LeaveGrant.kind == "carried"))}
    one = carried[office.employees["anna"]]
    assert (one.days, one.left, one.valid_from, one.expires_on) == (4, 4, dt.date(2027, 1, 1), dt.date(2027, 3, 31))
    assert one.carried_from_id is not None
    assert carried[office.employees["tom"]].left == 5
    work.expire_all()
    assert extra.left == 0
    assert [*leave_balances(), *leave_taken()] == []
    assert expire_grants(company, dt.date(2027, 4, 1)) == 6
    assert work.scalar(select(func.sum(LeaveGrant.left))) == 0


def test_leave_does_not_expire_under_a_request_that_waits(system: Actor, office: Office, company: int) -> None:
    with unit_of_work(system) as opened:
        grant = granted(opened, office, 5, until=MONDAY)
    with unit_of_work(office.anna) as hers:
        submit_requests([leave(hers, office)])
    with unit_of_work(system) as opened:
        assert expire_grants(company, MONDAY + dt.timedelta(days=3)) == 0
        assert opened.get_one(LeaveGrant, grant.id).left == 5


def test_leave_given_back_to_an_expired_grant_expires_again(work: Session, office: Office, company: int) -> None:
    granted(work, office, 5, until=MONDAY)
    request = leave(work, office, employee_id=office.employees["anna"])
    submit_requests([request])
    expire_grants(company, dt.date(2027, 1, 1))
    revoke_requests([request], "Never went")
    assert work.scalar(select(func.sum(LeaveGrant.left))) == 1
    assert expire_grants(company, dt.date(2027, 1, 1)) == 1
    kinds = work.scalars(select(LeaveEntry.kind).order_by(LeaveEntry.id)).all()
    assert kinds == ["use", "expiry", "reversal", "expiry"]
    assert list(leave_balances()) == []


def test_the_daily_job_keeps_every_company_up_to_date(system: Actor, office: Office) -> None:
    with unit_of_work(system) as opened:
        granted(opened, office, 3, until=opened.today - dt.timedelta(days=1))
    for _day in range(2):
        with unit_of_work():
            keep_leave_accounts()
    with unit_of_work(system, reading=True) as opened:
        year = opened.today.year
        assert opened.scalars(select(LeaveGrant.year).where(LeaveGrant.kind == "yearly")).all() == [year] * 6
        assert opened.scalars(select(LeaveGrant.left).where(LeaveGrant.kind == "extra")).all() == [0]


def test_personnel_withdraws_what_was_granted_by_mistake(system: Actor, office: Office) -> None:
    with unit_of_work(office.personnel) as theirs:
        grant = granted(theirs, office, 8)
        assert grant.left == 8
    with unit_of_work(system) as opened:
        submit_requests([leave(opened, office, days=2, employee_id=office.employees["anna"])])
    with unit_of_work(office.anna) as hers, pytest.raises(Forbidden):
        take(LeaveGrant, "withdraw", [hers.get_one(LeaveGrant, grant.id)], withdraw_reason="No")
    with unit_of_work(office.personnel) as theirs:
        take(LeaveGrant, "withdraw", [theirs.get_one(LeaveGrant, grant.id)], withdraw_reason="Typed twice")
    with unit_of_work(system, reading=True) as opened:
        found = opened.get_one(LeaveGrant, grant.id)
        assert (found.state, found.left) == ("withdrawn", 0)
        assert list(leave_balances()) == []


def test_a_grant_that_makes_no_sense_is_refused(work: Session, office: Office) -> None:
    for days, until, field in ((0, None, "days"), (-3, None, "days"), (1, dt.date(2025, 1, 1), "expires_on")):
        with pytest.raises(Invalid) as refused, work.begin_nested():
            granted(work, office, days, until=until)
        assert [each.field for each in refused.value.problems] == [field]


def test_granted_days_never_change_by_hand(office: Office) -> None:
    with unit_of_work(office.personnel) as theirs:
        grant = granted(theirs, office, 8)
    for name, value in (("days", Decimal(9)), ("employee_id", office.employees["tom"])):
        with pytest.raises(Invalid), unit_of_work(office.personnel) as theirs:
            setattr(theirs.get_one(LeaveGrant, grant.id), name, value)
    with unit_of_work(office.personnel) as theirs:
        theirs.get_one(LeaveGrant, grant.id).expires_on = dt.date(2027, 6, 30)
    with pytest.raises(Forbidden), unit_of_work(office.anna) as hers:
        granted(hers, office, 8)


def test_a_year_for_many_takes_as_many_statements_as_for_few(
    work: Session, office: Office, company: int, count_statements: Callable[[], Any]
) -> None:
    counts = []
    for year, more in ((2027, 0), (2028, 50)):
        work.add_all([Employee(number=f"X{each}", name=f"X{each}", company_id=company) for each in range(more)])
        work.flush()
        with count_statements() as counter:
            grant_year(year, company)
            expire_grants(company, dt.date(year + 1, 1, 1))
        counts.append(len(counter))
    assert counts[1] <= counts[0] + 1
