"""What the office saw in each half month of the demo company's two years: leave and claims."""

import datetime as dt
from decimal import Decimal
from random import Random

from sqlalchemy import select

from kernel import Employee, session
from plugins.oa.calendar.services import load_calendar
from plugins.oa.expenses.models import ExpenseClaim, ExpenseLine, ExpenseType
from plugins.oa.expenses.services import submit_claims
from plugins.oa.leave.models import LeaveRequest, LeaveType
from plugins.oa.leave.services import submit_requests

LATELY = 60
"""For so many days the leave is that of the records one works on today."""
TRIPS = (("Visit to dealers", 12_400), ("Trade fair", 26_900), ("Customer audit", 4_300), ("Supplier visit", 1_860),
         ("Training", 3_200), ("Delivery of samples", 980))


def take_leave(first: dt.date, last: dt.date) -> None:
    """Let two be ill, or away for something of their own."""
    if (dt.datetime.now(dt.UTC).date() - last).days < LATELY:
        return
    chance, current = Random(f"leave {first}"), session()  # noqa: S311  # chance of a demo, the same every time
    types = dict(current.execute(select(LeaveType.code, LeaveType.id)).all())
    kind = chance.choice(("SICK", "PL"))
    people = chance.sample(_people(), 2)
    day = first + dt.timedelta(days=chance.randrange(8))
    calendar = load_calendar(day, day + dt.timedelta(days=20))
    while not calendar.works(day):
        day += dt.timedelta(days=1)
    requests = [
        LeaveRequest(employee_id=person, leave_type_id=types[kind], first_day=day, last_day=day, to_noon=False)
        for person in people]
    current.add_all(requests)
    current.flush()
    submit_requests(requests)


def claim(first: dt.date, last: dt.date) -> None:
    """Let two claim what a trip cost them."""
    chance, current = Random(f"claim {first}"), session()  # noqa: S311  # chance of a demo, the same every time
    types = dict(current.execute(select(ExpenseType.code, ExpenseType.id)).all())
    claims = []
    for person in chance.sample(_people(), 2):
        purpose, amount = chance.choice(TRIPS)
        made = ExpenseClaim(employee_id=person, purpose=purpose, day=last)
        made.lines = [
            ExpenseLine(expense_type_id=types[code], amount=Decimal(cost), description=text, spent_on=first)
            for code, cost, text in (("TRAVEL", amount + chance.randint(-200, 900), "Journey"),
                                     ("MEAL", chance.randint(200, 1_400), "Meals"))]
        claims.append(made)
    current.add_all(claims)
    current.flush()
    submit_claims(claims)


def _people() -> list[int]:
    return list(session().scalars(select(Employee.id).order_by(Employee.number)))


STEPS = {12: take_leave, 13: claim}
