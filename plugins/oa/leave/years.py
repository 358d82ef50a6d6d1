"""What a year does to leave: it grants days, lets others expire and carries some over."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select

from kernel import Company, Employee, User, as_system, insert_rows, session
from plugins.oa.leave.accounts import close_grants, lock_employees
from plugins.oa.leave.models import LeaveGrant, LeaveRequest, LeaveType

HALF = Decimal("0.5")


def expire_grants(company_id: int, today: dt.date) -> int:
    """Let grants whose last day is past expire; what may be carried over goes into a grant of its own.

    A grant that a request still waiting for approval could use stays until that is decided. Gives how many expired.
    """
    with as_system("let leave expire") as system:
        waiting = exists().where(
            LeaveRequest.employee_id == LeaveGrant.employee_id, LeaveRequest.leave_type_id == LeaveGrant.leave_type_id,
            LeaveRequest.state == "submitted", LeaveRequest.first_day <= LeaveGrant.expires_on)
        over = (LeaveGrant.company_id == company_id, LeaveGrant.expires_on < today, LeaveGrant.left > 0, ~waiting)
        lock_employees(system.scalars(select(LeaveGrant.employee_id).where(*over)))
        rows = system.execute(
            select(LeaveGrant.id, LeaveGrant.employee_id, LeaveGrant.owner_id, LeaveGrant.leave_type_id,
                   LeaveGrant.kind, LeaveGrant.left, LeaveGrant.expires_on, LeaveType.carry_over,
                   LeaveType.carry_months)
            .join(LeaveType, LeaveType.id == LeaveGrant.leave_type_id).where(*over).order_by(LeaveGrant.id)).all()
        close_grants([row.id for row in rows], "expiry")
        carried = [row for row in rows if row.kind == "yearly" and row.carry_over > 0]
        insert_rows(LeaveGrant, [
            {"company_id": company_id, "employee_id": row.employee_id, "owner_id": row.owner_id,
             "leave_type_id": row.leave_type_id, "kind": "carried", "days": min(row.left, row.carry_over),
             "left": min(row.left, row.carry_over), "valid_from": row.expires_on + dt.timedelta(days=1),
             "expires_on": _months_later(row.expires_on, row.carry_months), "carried_from_id": row.id}
            for row in carried])
        return len(rows)


def _months_later(day: dt.date, months: int) -> dt.date:
    """Give the end of the month that lies so many months after a day."""
    year, month = divmod(day.year * 12 + day.month + months, 12)
    return dt.date(year, month + 1, 1) - dt.timedelta(days=1)


def grant_year(year: int, company_id: int) -> int:
    """Grant everybody the days their year brings, pro rata from the day of hiring, once; gives how many were.

    Who leaves within the year is granted the whole of it: the final pay settles that.
    """
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    with as_system("grant leave for the year") as system:
        types = system.execute(
            select(LeaveType.id, LeaveType.days_a_year)
            .where(LeaveType.days_a_year > 0, LeaveType.archived.is_(False),
                   LeaveType.company_id.is_(None) | (LeaveType.company_id == company_id))).all()
        employees = system.execute(
            select(Employee.id, Employee.user_id, Employee.hired_on)
            .outerjoin(User, User.id == Employee.user_id)
            .where(func.coalesce(Employee.company_id, User.home_company_id) == company_id,
                   Employee.archived.is_(False), Employee.hired_on.is_(None) | (Employee.hired_on <= last),
                   Employee.left_on.is_(None) | (Employee.left_on >= first)).order_by(Employee.id)).all()
        lock_employees(row.id for row in employees)
        had = set(system.execute(
            select(LeaveGrant.employee_id, LeaveGrant.leave_type_id)
            .where(LeaveGrant.year == year, LeaveGrant.company_id == company_id)).all())
        rows: list[dict[str, Any]] = []
        for type_id, days in types:
            for employee in employees:
                start = max(first, employee.hired_on or first)
                part = _pro_rata(days, start, first, last)
                if (employee.id, type_id) not in had and part > 0:
                    rows.append({
                        "company_id": company_id, "employee_id": employee.id, "owner_id": employee.user_id,
                        "leave_type_id": type_id, "kind": "yearly", "year": year, "days": part, "left": part,
                        "valid_from": start, "expires_on": last})
        insert_rows(LeaveGrant, rows)
        return len(rows)


def _pro_rata(days: Decimal, start: dt.date, first: dt.date, last: dt.date) -> Decimal:
    """Give the part of a year's days from a day on, rounded to halves."""
    employed, whole = (last - start).days + 1, (last - first).days + 1
    return (days * employed / whole * 2).quantize(Decimal(1), ROUND_HALF_UP) * HALF


def keep_accounts() -> None:
    """Grant the year and let expire what is over, for each company on its own day; done daily, as the system."""
    current = session()
    for id_, zone in current.execute(select(Company.id, Company.timezone).where(Company.archived.is_(False))).all():
        today = current.now.astimezone(ZoneInfo(zone or "UTC")).date()
        expire_grants(id_, today)
        grant_year(today.year, id_)
