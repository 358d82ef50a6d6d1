"""How much leave was taken: by department and month, each day in the month it falls into."""

import datetime as dt
from decimal import Decimal

from sqlalchemy import select

from kernel import Department, Parameter, ReportTable, _, report, session
from plugins.oa.calendar.services import counted_days, load_calendar
from plugins.oa.leave.models import LeaveRequest, LeaveType

ZERO = Decimal(0)
MONTHS = tuple(range(1, 13))


@report(_("Leave by department"), Parameter("year", _("Year"), "integer"), needs="oa.leave_request", icon="beach",
        help=_("Days of approved leave in each month of a year, this one where none is named; history counts too"))
def leave_by_department(year: int | None = None) -> ReportTable:
    """Add up the days of approved leave by department and month: four statements."""
    wanted = year or session().today.year
    first, last = dt.date(wanted, 1, 1), dt.date(wanted, 12, 31)
    calendar = load_calendar(first, last)
    rows = session().execute(
        select(LeaveRequest.department_id, LeaveType.counts, LeaveRequest.first_day, LeaveRequest.last_day,
               LeaveRequest.from_noon, LeaveRequest.to_noon)
        .join(LeaveType, LeaveType.id == LeaveRequest.leave_type_id)
        .where(LeaveRequest.state == "approved", LeaveRequest.first_day <= last, LeaveRequest.last_day >= first))
    sums: dict[int | None, list[Decimal]] = {}
    for department, counts, begins, ends, from_noon, to_noon in rows:
        months = sums.setdefault(department, [ZERO] * 12)
        for day, part in counted_days(
                counts, calendar, max(begins, first), min(ends, last), from_noon=from_noon and begins >= first,
                to_noon=to_noon and ends <= last):
            months[day.month - 1] += part
    names = dict(session().execute(select(Department.id, Department.name).where(
        Department.id.in_([each for each in sums if each is not None]))).all())
    ordered = sorted(sums, key=lambda each: (each is None, names.get(each or 0, ""), each or 0))
    return ReportTable(
        columns=(("department", _("Department"), "text"),
                 *((f"m{month}", f"{month:02}", "quantity") for month in MONTHS), ("days", _("Days"), "quantity")),
        rows=[(names.get(each or 0, _("(none)")), *sums[each], sum(sums[each], ZERO)) for each in ordered],
        chart=("bar", "department", ("days",)),
        totals={**{f"m{month}": sum((sums[each][month - 1] for each in ordered), ZERO) for month in MONTHS},
                "days": sum((sum(sums[each], ZERO) for each in ordered), ZERO)},
        links=[f"/oa/leave_request?f.department={each}" if each else "/oa/leave_request" for each in ordered])
