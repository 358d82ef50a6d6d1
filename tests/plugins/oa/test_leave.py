"""Leave: the days follow from the calendar, balances are kept, managers decide, nobody is away twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, Session, unit_of_work
from kernel.errors import Forbidden, Invalid, Refusal
from kernel.identity.models import Employee
from kernel.registry.settings import change_setting
from kernel.workflows.approvals import approve, my_tasks, reject
from plugins.oa.calendar.models import Holiday
from plugins.oa.leave.checks import leave_balances, leave_overlaps, leave_taken
from plugins.oa.leave.models import LeaveEntry, LeaveGrant, LeaveRequest
from plugins.oa.leave.reports import leave_by_department
from plugins.oa.leave.services import away_between, cancel_requests, revoke_requests, submit_requests
from plugins.oa.leave.signals import leave_approved, leave_revoked
from plugins.oa.leave.views import away_today, leave_left, leave_of_employee, my_leave_left
from tests.plugins.oa.conftest import MONDAY, Office, granted, leave


def clean() -> bool:
    return not [*leave_balances(), *leave_taken(), *leave_overlaps()]


def of_anna(work: Session, office: Office, **values: Any) -> LeaveRequest:
    return leave(work, office, employee_id=office.employees["anna"], **values)


def test_weekends_and_holidays_do_not_count_but_made_up_days_do(work: Session, office: Office) -> None:
    work.add_all([Holiday(day=dt.date(2026, 12, 2), name="Founding day"),
                  Holiday(day=dt.date(2026, 12, 5), name="Made up for it", working=True)])
    assert of_anna(work, office, days=7).days == 5
    assert of_anna(work, office, days=3).days == 2
    assert of_anna(work, office, days=7, leave_type_id=office.sick).days == 7
    change_setting("oa.weekend", "5 6")
    assert of_anna(work, office, first=dt.date(2027, 1, 1), days=3).days == 1


def test_a_leave_begins_or_ends_at_noon(work: Session, office: Office) -> None:
    assert of_anna(work, office, from_noon=True).days == Decimal("0.5")
    assert of_anna(work, office, to_noon=True).days == Decimal("0.5")
    assert of_anna(work, office, days=3, from_noon=True, to_noon=True).days == 2
    assert of_anna(work, office, days=5, to_noon=True).days == Decimal("4.5")


WRONG: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"last_day": MONDAY - dt.timedelta(days=1)}, "last_day", "DATES"),
    ({"last_day": MONDAY + dt.timedelta(days=400)}, "last_day", "DATES"),
    ({"from_noon": True, "to_noon": True}, "to_noon", "HALF_DAY"),
    ({"days": 3, "from_noon": True, "type": "sick"}, "from_noon", "HALF_DAY"),
    ({"first": dt.date(2026, 11, 28), "days": 2}, "first_day", "NO_DAYS"),
    ({"employee_id": None}, "employee", "REQUIRED"),
)


def test_a_request_that_makes_no_sense_is_refused_at_its_field(work: Session, office: Office) -> None:
    for given, field, code in WRONG:
        values = dict(given)
        if values.pop("type", "") == "sick":
            values["leave_type_id"] = office.sick
        with pytest.raises(Invalid) as refused, work.begin_nested():
            leave(work, office, **{"employee_id": office.employees["anna"], **values})
        assert (field, code) in [(each.field, each.code) for each in refused.value.problems], given


def test_leave_is_ones_own_unless_somebody_else_is_named(office: Office) -> None:
    with unit_of_work(office.anna) as hers:
        request = leave(hers, office)
        assert (request.employee_id, request.owner_id) == (office.employees["anna"], office.anna.user_id)
        assert request.number.startswith("LV-")
    with pytest.raises(Forbidden) as refused, unit_of_work(office.anna) as hers:
        leave(hers, office, employee_id=office.employees["tom"])
    assert refused.value.code == "OUT_OF_SCOPE"
    with pytest.raises(Invalid), unit_of_work(office.anna) as hers:
        hers.get_one(LeaveRequest, request.id).employee_id = office.employees["tom"]
    with unit_of_work(office.personnel) as theirs:
        assert leave(theirs, office, employee_id=office.employees["tom"]).owner_id == office.tom.user_id
    with unit_of_work(office.tom, reading=True) as his:
        assert [each.employee_id for each in his.scalars(select(LeaveRequest))] == [office.employees["tom"]]
    with unit_of_work(office.meihua, reading=True) as head:
        assert len(head.scalars(select(LeaveRequest)).all()) == 2
    with unit_of_work(office.cashier, reading=True) as other:
        assert other.scalars(select(LeaveRequest)).all() == []


@pytest.mark.parametrize(("decision", "state", "left"), [("approve", "approved", 7), ("reject", "draft", 10)])
def test_the_manager_decides(system: Actor, office: Office, decision: str, state: str, left: int) -> None:
    with unit_of_work(system) as opened:
        granted(opened, office, 10)
    with unit_of_work(office.anna) as hers:
        request = leave(hers, office, days=3)
        submit_requests([request])
        assert request.state == "submitted"
    with unit_of_work(office.meihua), leave_approved.overheard() as told:
        [task] = my_tasks()
        if decision == "approve":
            approve([task.id], "Have a good time")
        else:
            reject([task.id], "We need you")
    assert [(each.number, each.days, each.first_day) for each in told] == (
        [(request.number, 3, MONDAY)] if decision == "approve" else [])
    with unit_of_work(office.anna, reading=True) as hers:
        assert hers.get_one(LeaveRequest, request.id).state == state
        assert hers.scalars(select(LeaveGrant.left)).all() == [left]
    with unit_of_work(system, reading=True):
        assert clean()


def test_nobody_approves_their_own_leave(office: Office) -> None:
    with unit_of_work(office.meihua) as hers:
        request = leave(hers, office, leave_type_id=office.sick)
        submit_requests([request])
        assert request.state == "submitted"
        assert my_tasks() == []
    with unit_of_work(office.director):
        assert len(my_tasks()) == 1


def test_leave_without_days_left_is_refused_and_says_what_is_left(work: Session, office: Office) -> None:
    granted(work, office, 2)
    with pytest.raises(Refusal) as refused:
        submit_requests([of_anna(work, office, days=4)])
    assert (refused.value.code, refused.value.actual, refused.value.allowed) == ("LEAVE_SHORT", "4", "2")
    assert "Annual leave, days: 4; left for these dates: 2" in str(refused.value)
    submit_requests([of_anna(work, office, days=2)])
    submit_requests([of_anna(work, office, first=dt.date(2026, 12, 7), days=9, leave_type_id=office.sick)])
    assert clean()


def test_requests_that_wait_for_approval_count_as_taken(system: Actor, office: Office) -> None:
    with unit_of_work(system) as opened:
        granted(opened, office, 5)
    with unit_of_work(office.anna) as hers:
        submit_requests([leave(hers, office, days=4)])
    with unit_of_work(office.anna) as hers, pytest.raises(Refusal) as refused:
        submit_requests([leave(hers, office, first=dt.date(2026, 12, 7), days=2)])
    assert (refused.value.code, refused.value.allowed) == ("LEAVE_SHORT", "1")


def test_what_expires_first_is_used_first_and_only_while_it_is_valid(work: Session, office: Office) -> None:
    last = granted(work, office, 10)
    first = granted(work, office, 3, until=dt.date(2026, 12, 1), kind="carried")
    gone = granted(work, office, 5, until=dt.date(2026, 11, 20))
    later = granted(work, office, 5, since=dt.date(2027, 1, 1), until=dt.date(2027, 1, 2))
    request = of_anna(work, office, days=4)
    submit_requests([request])
    work.expire_all()
    assert [each.left for each in (last, first, gone, later)] == [8, 1, 5, 5]
    assert sorted(work.scalars(select(LeaveEntry.days).where(LeaveEntry.request_id == request.id))) == [-2, -2]


def test_nobody_is_away_twice(work: Session, office: Office) -> None:
    granted(work, office, 20)
    first = of_anna(work, office, days=3, to_noon=True)
    submit_requests([first])
    again = of_anna(work, office, first=dt.date(2026, 12, 2), days=2)
    with pytest.raises(Refusal) as refused:
        submit_requests([again])
    assert refused.value.code == "OVERLAP"
    assert first.number in str(refused.value)
    submit_requests([of_anna(work, office, first=dt.date(2026, 12, 2), days=2, from_noon=True)])
    with pytest.raises(Refusal):
        submit_requests([of_anna(work, office, first=dt.date(2026, 12, 14)),
                         of_anna(work, office, first=dt.date(2026, 12, 14))])
    cancel_requests([again])
    assert again.state == "cancelled"
    assert clean()


def test_leave_taken_back_gives_its_days_back(work: Session, office: Office) -> None:
    grant = granted(work, office, 5)
    request = of_anna(work, office, days=3)
    submit_requests([request])
    with pytest.raises(Invalid):
        revoke_requests([request], "")
    with leave_revoked.overheard() as told:
        revoke_requests([request], "The fair was moved")
    work.expire_all()
    assert [(each.number, each.last_day) for each in told] == [(request.number, dt.date(2026, 12, 2))]
    assert (request.state, grant.left) == ("cancelled", 5)
    assert clean()
    submit_requests([of_anna(work, office, days=5)])


def test_only_personnel_takes_back_leave_that_has_begun(system: Actor, office: Office) -> None:
    with unit_of_work(system) as opened:
        granted(opened, office, 90)
        begun = of_anna(opened, office, first=opened.today - dt.timedelta(days=8), days=20)
        submit_requests([begun])
    with unit_of_work(office.anna) as hers, pytest.raises(Refusal) as refused:
        revoke_requests([hers.get_one(LeaveRequest, begun.id)], "Back again")
    assert refused.value.code == "LEAVE_BEGUN"
    with unit_of_work(office.personnel) as theirs:
        revoke_requests([theirs.get_one(LeaveRequest, begun.id)], "Back again")
    with unit_of_work(office.tom) as his:
        assert his.get(LeaveRequest, begun.id) is None


def test_submitted_leave_stays_as_it_is(work: Session, office: Office) -> None:
    granted(work, office, 5)
    request = of_anna(work, office)
    submit_requests([request])
    with pytest.raises(Invalid) as refused, work.begin_nested():
        request.last_day = dt.date(2026, 12, 2)
        work.flush()
    assert refused.value.problems[0].code == "APPROVED"
    work.expire_all()
    request.reason = "The sea"
    work.flush()
    with pytest.raises(Refusal) as again:
        submit_requests([request])
    assert again.value.code == "STATE"


def test_days_are_counted_anew_when_the_calendar_changed_before_approval(system: Actor, office: Office) -> None:
    with unit_of_work(system) as opened:
        grant = granted(opened, office, 5)
    with unit_of_work(office.anna) as hers:
        request = leave(hers, office, days=3)
        submit_requests([request])
    with unit_of_work(system) as opened:
        opened.add(Holiday(day=MONDAY, name="Storm"))
    with unit_of_work(office.meihua):
        approve([my_tasks()[0].id])
    with unit_of_work(system, reading=True) as opened:
        assert opened.get_one(LeaveRequest, request.id).days == 2
        assert opened.get_one(LeaveGrant, grant.id).left == 3
        assert clean()


def test_who_is_away_is_everybodys_to_know_but_not_why(work: Session, office: Office) -> None:
    granted(work, office, 90)
    submit_requests([of_anna(work, office, first=work.today, days=30)])
    [away] = away_between(work.today, work.today)
    assert (away.name, away.last_day) == ("Anna", work.today + dt.timedelta(days=29))
    assert away_between(work.today, work.today, [office.employees["tom"]]) == []
    assert away_today().rows == [(f"/kernel/employee/{office.employees['anna']}", ("Anna", away.last_day))]


def test_a_request_shows_its_approver_what_is_left(system: Actor, office: Office) -> None:
    with unit_of_work(system) as opened:
        granted(opened, office, 10, until=dt.date(2026, 12, 31))
    with unit_of_work(office.anna) as hers:
        request = leave(hers, office, days=3)
        submit_requests([request])
        assert [(str(row[1][0]), row[1][1]) for row in my_leave_left().rows] == [("Annual leave", 10)]
        sick = leave(hers, office, leave_type_id=office.sick)
    with unit_of_work(office.meihua, reading=True) as head:
        shown = leave_left([head.get_one(LeaveRequest, request.id), head.get_one(LeaveRequest, sick.id)])
        assert shown[0] is not None
        assert [str(value) for _label, value in shown[0].rows] == ["10", "3", "2026-12-31"]
        assert shown[1] is None
        assert leave_of_employee([head.get_one(Employee, office.employees["anna"])])[0] is not None
    with unit_of_work(office.tom, reading=True) as his:
        assert leave_of_employee([his.get_one(Employee, office.employees["anna"])]) == [None]
        assert my_leave_left().rows == []


def test_the_report_puts_each_day_into_its_month(work: Session, office: Office) -> None:
    granted(work, office, 30)
    submit_requests([of_anna(work, office, first=dt.date(2026, 11, 30), days=4, to_noon=True)])
    of_anna(work, office, first=dt.date(2026, 12, 21))
    table = leave_by_department(2026)
    [row] = table.rows
    assert (str(row[0]), row[11], row[12], row[13]) == ("Sales", 1, Decimal("2.5"), Decimal("3.5"))
    assert table.totals["days"] == Decimal("3.5")
    assert leave_by_department(2025).rows == []


def test_many_requests_are_submitted_with_as_many_queries_as_few(
    work: Session, office: Office, count_statements: Callable[[], Any]
) -> None:
    granted(work, office, 300, until=dt.date(2029, 12, 31))
    counts = []
    for start, number in ((0, 1), (4, 3), (10, 60)):  # the first one also reads what processes remember
        weeks = range(start, start + number)
        requests = [of_anna(work, office, first=MONDAY + dt.timedelta(days=7 * week)) for week in weeks]
        with count_statements() as counter:
            submit_requests(requests)
        with count_statements() as back:
            revoke_requests(requests, "Changed plans")
        counts.append([sum(s.startswith("SELECT") for s in each.statements) for each in (counter, back)])
    assert counts[1] == counts[2]


def test_checks_name_leave_that_was_tampered_with(work: Session, office: Office) -> None:
    grant = granted(work, office, 5)
    first, second = of_anna(work, office, days=2), of_anna(work, office, first=dt.date(2026, 12, 8))
    submit_requests([first, second])
    assert clean()
    tamper = work.connection().exec_driver_sql
    work.add(LeaveEntry(grant_id=grant.id, request_id=first.id, kind="use", day=MONDAY, days=Decimal(-1)))
    work.flush()
    assert [each.record for each in leave_balances()] == [grant.number]
    assert [each.record for each in leave_taken()] == [first.number]
    tamper(f"UPDATE oa_leave_request SET first_day = '2026-12-01', last_day = '2026-12-01' WHERE id = {second.id}")
    assert [each.record for each in leave_overlaps()] == [second.number]
