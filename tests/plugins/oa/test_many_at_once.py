"""Many at once on PostgreSQL: a room has one winner, a day of leave is spent once, an invoice is claimed once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import select

from kernel.entities.work import Actor, perform, session, unit_of_work
from kernel.errors import Refusal
from plugins.oa.expenses.models import ExpenseClaim, ExpenseLine, ExpenseType
from plugins.oa.expenses.services import submit_claims
from plugins.oa.leave.checks import leave_balances
from plugins.oa.leave.models import LeaveGrant, LeaveRequest
from plugins.oa.leave.services import submit_requests
from plugins.oa.meetings.checks import room_bookings
from plugins.oa.meetings.models import Booking, MeetingRoom
from tests.faults.test_concurrency import CLIENTS, all_at_once, database
from tests.plugins.oa.conftest import MONDAY, Office, granted, leave

__all__ = ["database"]


def test_one_of_many_who_book_the_same_room_and_time_wins(system: Actor, office: Office) -> None:
    with unit_of_work(system) as opened:
        jade = MeetingRoom(name="Jade")
        opened.add_all([jade, MeetingRoom(name="Alishan", seats=12)])
        opened.flush()
        room = jade.id
    people = [office.anna, office.tom, office.meihua, office.cashier]

    def book(number: int) -> int:
        begins = dt.datetime(2027, 3, 1, 1, number % 7 * 5, tzinfo=dt.UTC)
        booking = Booking(subject=f"Client {number}", room_id=room, starts_at=begins,
                          ends_at=begins + dt.timedelta(hours=1))
        session().add(booking)
        session().flush()
        return booking.id

    found = all_at_once(lambda number: perform(people[number % 4], lambda: book(number)))

    losers = [each for each in found if isinstance(each, Refusal)]
    assert len(losers) == CLIENTS - 1
    assert {each.code for each in losers} == {"ROOM_BUSY"}
    assert all("free then: Alishan" in str(each) for each in losers)
    with unit_of_work(system, reading=True) as opened:
        assert len(opened.scalars(select(Booking)).all()) == 1
        assert list(room_bookings()) == []


def test_a_day_of_leave_is_spent_once(system: Actor, office: Office) -> None:
    with unit_of_work(system) as opened:
        granted(opened, office, 5)
        requests = [leave(opened, office, MONDAY + dt.timedelta(days=7 * week), 1,
                          employee_id=office.employees["anna"]).id for week in range(CLIENTS)]

    def submit(number: int) -> None:
        submit_requests([session().get_one(LeaveRequest, requests[number])])

    found = all_at_once(lambda number: perform(system, lambda: submit(number)))

    assert found.count(None) == 5
    assert {each.code for each in found if isinstance(each, Refusal)} == {"LEAVE_SHORT"}
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalars(select(LeaveGrant.left)).all() == [0]
        assert list(leave_balances()) == []


def test_an_invoice_in_many_drafts_is_submitted_once(system: Actor, office: Office) -> None:
    with unit_of_work(system) as opened:
        train = ExpenseType(code="RAIL", name="Train")
        opened.add(train)
        opened.flush()
        claims = [ExpenseClaim(purpose="Fair", employee_id=office.employees["anna"]) for _each in range(CLIENTS)]
        for each in claims:
            each.lines = [ExpenseLine(expense_type_id=train.id, amount=Decimal(70))]
        opened.add_all(claims)
        opened.flush()
        opened.connection().exec_driver_sql("UPDATE oa_expense_line SET invoice_number = 'A1', invoice_key = 'A1'")
        ids = [each.id for each in claims]

    def submit(number: int) -> None:
        submit_claims([session().get_one(ExpenseClaim, ids[number])])

    found = all_at_once(lambda number: perform(system, lambda: submit(number)))

    assert found.count(None) == 1
    assert {each.code for each in found if isinstance(each, Refusal)} == {"INVOICE_REUSED"}
