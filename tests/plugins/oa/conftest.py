"""People of an office: two who work, their manager, personnel, the director and the cashier."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest

from kernel.entities.work import Actor, Session, unit_of_work
from kernel.identity.models import Department, Employee, User
from kernel.permissions.actors import actor_of
from kernel.permissions.roles import give_roles
from kernel.shared.models import Currency
from plugins.oa.leave.models import LeaveGrant, LeaveRequest, LeaveType

MONDAY = dt.date(2026, 11, 30)


@dataclass(frozen=True)
class Office:
    """Who is who, and ids of what the tests use."""

    anna: Actor
    tom: Actor
    meihua: Actor
    personnel: Actor
    director: Actor
    cashier: Actor
    employees: dict[str, int]
    annual: int
    sick: int


PEOPLE = (
    ("director", ("oa.manager", "oa.director"), None, "Company"), ("meihua", ("oa.manager",), "director", "Sales"),
    ("anna", (), "meihua", "Sales"), ("tom", (), "meihua", "Sales"),
    ("personnel", ("oa.personnel",), "director", "Office"), ("cashier", ("oa.cashier",), "director", "Office"),
)


@pytest.fixture
def office(shipped: None, system: Actor) -> Office:
    employees: dict[str, int] = {}
    with unit_of_work(system) as opened:
        opened.add(Currency(code="TWD", name="New Taiwan dollar", decimals=0))
        top = Department(name="Company", company_id=system.company_id)
        opened.add(top)
        opened.flush()
        departments = {"Company": top} | {
            name: Department(name=name, parent_id=top.id, company_id=system.company_id) for name in ("Sales", "Office")}
        users = {login: User(login=login, name=login.capitalize(), home_company_id=system.company_id)
                 for login, *_rest in PEOPLE}
        annual = LeaveType(code="AL", name="Annual leave", needs_balance=True, days_a_year=Decimal(14))
        sick = LeaveType(code="SL", name="Sick leave", half_days=False, counts="calendar")
        opened.add_all([*departments.values(), *users.values(), annual, sick])
        opened.flush()
        for number, (login, roles, manager, department) in enumerate(PEOPLE, 1):
            one = Employee(
                number=str(number), name=login.capitalize(), user_id=users[login].id, company_id=system.company_id,
                manager_id=employees.get(manager or ""), department_id=departments[department].id)
            opened.add(one)
            opened.flush()
            employees[login] = one.id
            if roles:
                give_roles([users[login]], roles)
        actors = {login: actor_of(user.id) for login, user in users.items()}
        return Office(employees=employees, annual=annual.id, sick=sick.id, **actors)


@pytest.fixture
def work(office: Office, system: Actor) -> Iterator[Session]:
    """A unit of work of the system, with the office in place."""
    with unit_of_work(system) as opened:
        yield opened


def leave(
    opened: Session, office: Office, first: dt.date = MONDAY, days: int = 1, **values: object
) -> LeaveRequest:
    """Enter a draft of annual leave from a day on."""
    request = LeaveRequest(**{
        "leave_type_id": office.annual, "first_day": first, "last_day": first + dt.timedelta(days=days - 1), **values})
    opened.add(request)
    opened.flush()
    return request


def granted(
    opened: Session, office: Office, days: int, who: str = "anna", until: dt.date | None = None,
    since: dt.date = dt.date(2026, 1, 1), **values: object,
) -> LeaveGrant:
    """Grant annual leave."""
    grant = LeaveGrant(**{
        "employee_id": office.employees[who], "leave_type_id": office.annual, "days": Decimal(days),
        "valid_from": since, "expires_on": until, **values})
    opened.add(grant)
    opened.flush()
    return grant
