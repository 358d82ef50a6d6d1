"""Demo records of the office: leave, claims and meetings of Formosa Cycle Works, at every stage."""

# ruff: noqa: E501  # tables of records read best with one on a line
import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kernel import Employee, User, acting_as, actor, give_roles, session
from plugins.oa.calendar.models import Holiday
from plugins.oa.calendar.services import load_calendar
from plugins.oa.expenses.models import ExpenseClaim, ExpenseLine, ExpenseType
from plugins.oa.expenses.services import submit_claims
from plugins.oa.leave.models import LeaveGrant, LeaveRequest, LeaveType
from plugins.oa.leave.services import submit_requests
from plugins.oa.leave.years import grant_year
from plugins.oa.meetings.models import Attendee, Booking, MeetingRoom
from plugins.oa.meetings.services import repeat_bookings

LEAVE_TYPES = (
    # code, name, counts, needs a balance, half days, paid, days a year, carried over
    ("AL", "Annual leave", "working", True, True, True, 14, 5),
    ("SICK", "Sick leave", "working", False, True, True, 0, 0),
    ("PL", "Personal leave", "working", False, True, False, 0, 0),
    ("FAM", "Parental leave", "calendar", False, False, False, 0, 0),
)
HOLIDAYS = ((1, 1, "New Year's Day"), (2, 28, "Peace Memorial Day"), (4, 4, "Children's Day"), (5, 1, "Labour Day"),
            (10, 10, "National Day"), (12, 25, "Constitution Day"))
LEAVE = (
    # who, type, first day from today (or the next that is worked), days, until noon, reason; approved
    ("tom", "AL", -1, 4, False, "Family visit"),
    ("worker", "SICK", 0, 2, False, None),
    ("sofia", "AL", 12, 5, False, "Skiing"),
    ("warehouse", "PL", -20, 1, True, "Car inspection"),
    ("jiawei", "AL", -40, 3, False, None),
    ("buyer", "AL", 25, 2, False, None),
)
WAITING_LEAVE = (("agent", "AL", 9, 3, True, "Moving house"), ("worker", "AL", 18, 1, False, None))
EXPENSE_TYPES = (("TRAVEL", "Travel", None, False), ("HOTEL", "Hotel", 6_000, True), ("MEAL", "Meals", 1_500, False),
                 ("CLIENT", "Entertaining customers", 8_000, True), ("OFFICE", "Office supplies", 3_000, True))
CLAIMS = (
    # who, purpose, days ago, lines (type, amount, tax, invoice number, description); approved
    ("agent", "Visit to Hamburg", 30, (("TRAVEL", 18_400, 0, None, "Flight Taipei to Hamburg"), ("HOTEL", 5_600, 267, "DE-77120", "Two nights"), ("MEAL", 1_120, 0, None, "Meals"))),
    ("jiawei", "Dealer day in Kochi", 18, (("TRAVEL", 12_900, 0, None, "Flight and train"), ("CLIENT", 4_200, 200, "KC 2211", "Dinner with dealers"))),
    ("buyer", "Supplier audit, Changhua", 9, (("TRAVEL", 760, 36, None, "High-speed rail"), ("MEAL", 540, 26, None, "Lunch"))),
    ("planner", "Torque wrenches for the line", 5, (("OFFICE", 2_730, 130, "AB-10287733", "Three wrenches"),)),
)
WAITING_CLAIMS = (
    ("sofia", "Lisbon fair", 3, (("TRAVEL", 21_500, 0, None, "Flight"), ("HOTEL", 5_900, 281, "LX-8871", "Three nights"))),
    ("tom", "Bristol, fleet manager", 2, (("TRAVEL", 3_420, 0, None, "Train"), ("MEAL", 980, 0, None, "Meals"))),
)
ROOMS = (("Alishan", "2nd floor", 12, "Screen, camera"), ("Jade", "2nd floor", 6, "Screen"),
         ("Kenting", "1st floor, by the line", 8, "Whiteboard"), ("Nook", "3rd floor", 3, None))
MEETINGS = (
    # organiser, subject, room, day from today, begins, minutes, repeats, attendees
    ("manager", "Sales, week ahead", "Alishan", 0, 9, 60, "weekly", ("agent", "tom", "sofia", "jiawei", "wanting")),
    ("planner", "Production stand-up", "Kenting", 0, 8, 30, "workdays", ("worker", "warehouse", "buyer")),
    ("agent", "Nordrad spring range", "Jade", 0, 14, 90, None, ("manager",)),
    ("director", "Budget for next year", "Alishan", 0, 15, 120, None, ("accountant", "manager", "planner")),
    ("personnel", "Interview, assembler", "Nook", 0, 10, 45, None, ("planner",)),
    ("buyer", "Carbon frames, price talk", "Jade", 1, 11, 60, None, ("accountant",)),
    ("wanting", "Pacific Bike call", "Nook", 1, 9, 30, None, ()),
)


def found() -> None:
    """Make the calendar, the types of leave and of expenses, and grant the leave of the years."""
    current = session()
    current.add_all(
        LeaveType(code=code, name=name, counts=counts, needs_balance=balance, half_days=halves, paid=paid,
                  days_a_year=Decimal(days), carry_over=Decimal(carried))
        for code, name, counts, balance, halves, paid, days, carried in LEAVE_TYPES)
    current.add_all(
        ExpenseType(code=code, name=name, limit=Decimal(limit) if limit else None, needs_invoice=invoice)
        for code, name, limit, invoice in EXPENSE_TYPES)
    current.add_all(
        Holiday(day=dt.date(current.today.year + more, month, day), name=name)
        for more in (-2, -1, 0, 1) for month, day, name in HOLIDAYS)
    current.flush()
    for more in (0, 1):
        grant_year(current.today.year + more, actor().company_id or 0)


def make() -> None:
    """Make the demo's leave, claims and meetings through their services, and give the people their roles."""
    users = {user.login: user for user in session().scalars(select(User))}
    give_roles([users[login] for login in ("director", "manager", "planner")], ["oa.manager"])
    give_roles([users["director"]], ["oa.director"])
    give_roles([users["personnel"]], ["oa.personnel"])
    give_roles([users["accountant"]], ["oa.cashier"])
    logins = {user.id: login for login, user in users.items()}
    people = {logins[each.user_id]: each.id for each in session().scalars(
        select(Employee).where(Employee.user_id.in_(logins))) if each.user_id in logins}
    _leave(people, users)
    _claims(people, users)
    _meetings(people, users)


def _leave(people: dict[str, int], users: dict[str, User]) -> None:
    current = session()
    types = {each.code: each for each in current.scalars(select(LeaveType))}
    current.add(LeaveGrant(
        employee_id=people["agent"], leave_type_id=types["AL"].id, days=Decimal("2.5"), kind="carried",
        valid_from=dt.date(current.today.year, 1, 1), expires_on=current.today + dt.timedelta(days=40),
        comment="Left of last year"))
    current.flush()
    submit_requests([_request(row, people, types) for row in LEAVE])
    for row in WAITING_LEAVE:
        with acting_as(users[row[0]]):
            submit_requests([_request(row, people, types)])


def _request(
    row: tuple[str, str, int, int, bool, str | None], people: dict[str, int], types: dict[str, LeaveType]
) -> LeaveRequest:
    who, kind, start, days, to_noon, reason = row
    first = session().today + dt.timedelta(days=start)
    calendar = load_calendar(first, first + dt.timedelta(days=9))
    while not calendar.works(first):
        first += dt.timedelta(days=1)
    request = LeaveRequest(
        employee_id=people[who], leave_type_id=types[kind].id, first_day=first,
        last_day=first + dt.timedelta(days=days - 1), to_noon=to_noon, reason=reason)
    session().add(request)
    session().flush()
    return request


def _claims(people: dict[str, int], users: dict[str, User]) -> None:
    types = {each.code: each for each in session().scalars(select(ExpenseType))}
    submit_claims([_claim(row, people, types) for row in CLAIMS])
    for row in WAITING_CLAIMS:
        with acting_as(users[row[0]]):
            submit_claims([_claim(row, people, types)])


def _claim(
    row: tuple[str, str, int, tuple[tuple[str, int, int, str | None, str], ...]], people: dict[str, int],
    types: dict[str, ExpenseType],
) -> ExpenseClaim:
    who, purpose, ago, lines = row
    day = session().today - dt.timedelta(days=ago)
    claim = ExpenseClaim(employee_id=people[who], purpose=purpose, day=day)
    claim.lines = [
        ExpenseLine(expense_type_id=types[code].id, amount=Decimal(amount), tax_amount=Decimal(tax),
                    invoice_number=invoice, description=description, spent_on=day)
        for code, amount, tax, invoice, description in lines]
    session().add(claim)
    session().flush()
    return claim


def _meetings(people: dict[str, int], users: dict[str, User]) -> None:
    current = session()
    rooms = {name: MeetingRoom(name=name, place=place, seats=seats, equipment=equipment)
             for name, place, seats, equipment in ROOMS}
    current.add_all(rooms.values())
    current.flush()
    for who, subject, room, days, hour, minutes, repeats, attendees in MEETINGS:
        with acting_as(users[who]) as theirs:
            day = theirs.today + dt.timedelta(days=days)
            begin = dt.datetime.combine(day, dt.time(hour), ZoneInfo(actor().zone)).astimezone(dt.UTC)
            booking = Booking(
                subject=subject, room_id=rooms[room].id, starts_at=begin, ends_at=begin + dt.timedelta(minutes=minutes),
                repeats=repeats, repeats_until=day + dt.timedelta(days=21) if repeats else None)
            booking.attendees = [Attendee(employee_id=people[each]) for each in attendees]
            theirs.add(booking)
            theirs.flush()
            if repeats:
                repeat_bookings([booking])
