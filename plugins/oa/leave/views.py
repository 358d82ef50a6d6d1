"""How leave looks."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select

from kernel import (
    BoardView,
    Employee,
    FormView,
    GanttView,
    ListView,
    Menu,
    MenuItem,
    Panel,
    Rows,
    Section,
    Tab,
    _,
    actor,
    as_system,
    card,
    first_step,
    format_number,
    made,
    panel,
    session,
)
from plugins.oa.leave.models import LeaveGrant, LeaveRequest, LeaveType
from plugins.oa.leave.services import away_between

Menu(
    "oa",
    MenuItem(_("Leave"), "oa.leave_request", "beach"),
    MenuItem(_("Expense claims"), "oa.expense_claim", "receipt"),
    MenuItem(_("Rooms today"), "/pages/oa/rooms", "door"),
    MenuItem(_("Room bookings"), "oa.booking", "calendar-event"),
    MenuItem(_("Leave granted"), "oa.leave_grant", "calendar-plus"),
    MenuItem(_("Leave by department"), "/reports/oa.leave_by_department", "chart-bar"),
    MenuItem(_("Expenses by type"), "/reports/oa.expenses_by_type", "chart-bar"),
    MenuItem(_("Leave types"), "oa.leave_type", "list"),
    MenuItem(_("Holidays"), "oa.holiday", "calendar-event"),
    MenuItem(_("Expense types"), "oa.expense_type", "list"),
    MenuItem(_("Meeting rooms"), "oa.meeting_room", "door"),
    icon="briefcase", order=60)

ListView(
    "oa.leave_type", "code name counts needs_balance days_a_year carry_over half_days paid", sort="code",
    filters="counts needs_balance paid", phone="name days_a_year code counts")
FormView(
    "oa.leave_type", Section("", "code name counts paid needs_balance half_days"),
    Section(_("Each year"), "days_a_year carry_over carry_months"), subtitle="code")

ListView(
    "oa.leave_request", "number employee leave_type first_day last_day days state department",
    filters="state leave_type employee department first_day", sort="-first_day", totals="days",
    tabs=(Tab(_("Mine"), "owner=me"), Tab(_("Waiting"), "state=submitted"), Tab(_("Approved"), "state=approved")),
    phone="employee days leave_type first_day state number")
FormView(
    "oa.leave_request", Section("", "employee leave_type first_day last_day from_noon to_noon days"),
    Section("", "reason"), Section(_("Afterwards"), "department revoke_reason"),
    subtitle="employee leave_type first_day last_day")
BoardView("oa.leave_request", by="state", card="employee leave_type first_day last_day days", hide="cancelled")
GanttView("oa.leave_request", start="first_day", end="last_day", by="employee department leave_type",
          label="leave_type", hide="draft cancelled")

ListView(
    "oa.leave_grant", "number employee leave_type kind days left valid_from expires_on state",
    filters="leave_type employee kind state expires_on", sort="expires_on", totals="days left",
    tabs=(Tab(_("Mine"), "owner=me"), Tab(_("Open"), "state=open")),
    phone="leave_type left employee expires_on kind number")
FormView(
    "oa.leave_grant", Section("", "employee leave_type kind days left valid_from expires_on comment"),
    Section(_("Origin"), "carried_from withdraw_reason"), subtitle="employee leave_type")


@panel("oa.leave_request", _("Leave left"), icon="calendar-plus", needs="oa.leave_request",
    shows="oa.leave_grant.left")
def leave_left(requests: Sequence[LeaveRequest]) -> list[Panel | None]:
    """Show whoever may see a request what its employee has left of that type, and what else waits for approval."""
    people, types = {each.employee_id for each in requests}, {each.leave_type_id for each in requests}
    with as_system("show what leave is left beside a request") as system:
        left = _left(system.execute(
            select(LeaveGrant.employee_id, LeaveGrant.leave_type_id, func.sum(LeaveGrant.left),
                   func.min(LeaveGrant.expires_on))
            .where(LeaveGrant.employee_id.in_(people), LeaveGrant.leave_type_id.in_(types), LeaveGrant.left > 0,
                   LeaveGrant.archived.is_(False))
            .group_by(LeaveGrant.employee_id, LeaveGrant.leave_type_id)).all())
        waiting = {(row[0], row[1]): row[2] for row in system.execute(
            select(LeaveRequest.employee_id, LeaveRequest.leave_type_id, func.sum(LeaveRequest.days))
            .where(LeaveRequest.employee_id.in_(people), LeaveRequest.state == "submitted")
            .group_by(LeaveRequest.employee_id, LeaveRequest.leave_type_id))}
    found: list[Panel | None] = []
    for each in requests:
        if not each.charged:
            found.append(None)
            continue
        key = (each.employee_id, each.leave_type_id)
        days, expires = left.get(key, (Decimal(0), None))
        rows: list[tuple[object, object]] = [(_("Days left now"), format_number(days))]
        if key in waiting:
            rows.append((_("Days waiting for approval"), format_number(waiting[key])))
        if expires is not None:
            rows.append((_("Expires first"), expires))
        found.append(Panel(rows=rows))  # type: ignore[arg-type]  # labels are Text
    return found


def _left(rows: object) -> dict[tuple[int, int], tuple[Decimal, object]]:
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}  # type: ignore[attr-defined]  # rows of a result


@panel("kernel.employee", _("Days of leave left"), icon="beach", needs="oa.leave_grant",
    shows="oa.leave_grant.left")
def leave_of_employee(employees: Sequence[Employee]) -> list[Panel | None]:
    """Sum up what an employee has left of each type, as far as one may see it."""
    rows = session().execute(
        select(LeaveGrant.employee_id, LeaveType.name, func.sum(LeaveGrant.left))
        .join(LeaveType, LeaveType.id == LeaveGrant.leave_type_id)
        .where(LeaveGrant.employee_id.in_([each.id for each in employees]), LeaveGrant.left > 0,
               LeaveGrant.archived.is_(False))
        .group_by(LeaveGrant.employee_id, LeaveType.name).order_by(LeaveType.name))
    found: dict[int, list[tuple[str, object]]] = {}
    for employee, name, days in rows:
        found.setdefault(employee, []).append((name, format_number(days)))
    return [
        Panel(rows=found[each.id], link=(_("All leave"), f"/oa/leave_request?f.employee={each.id}"))
        if each.id in found else None
        for each in employees]


@card(_("Away today"), width=4, needs="oa.leave_request", order=60)
def away_today() -> Rows:
    """List who is on leave today, and until when."""
    today = session().today
    return Rows(
        columns=((_("Employee"), "text"), (_("Until"), "date")),
        rows=[(f"/kernel/employee/{each.employee_id}", (each.name, each.last_day))
              for each in away_between(today, today)[:6]])


@card(_("My leave left"), width=4, href="/oa/leave_grant", needs="oa.leave_grant",
    shows="oa.leave_grant.left oa.leave_grant.expires_on", order=61)
def my_leave_left() -> Rows:
    """Sum up what the person who asks has left of each type of leave, and when it begins to expire."""
    rows = session().execute(
        select(LeaveType.id, LeaveType.name, func.sum(LeaveGrant.left), func.min(LeaveGrant.expires_on))
        .join(LeaveType, LeaveType.id == LeaveGrant.leave_type_id)
        .where(LeaveGrant.owner_id == actor().user_id, LeaveGrant.left > 0, LeaveGrant.archived.is_(False))
        .group_by(LeaveType.id, LeaveType.name).order_by(LeaveType.name))
    return Rows(
        columns=((_("Leave type"), "text"), (_("Days"), "quantity"), (_("Expires first"), "date")),
        rows=[(f"/oa/leave_grant?f.leave_type={id_}", (name, days, expires)) for id_, name, days, expires in rows])


first_step(
    "oa.first_leave", _("Ask for leave"), needs="oa.leave_request", may="create", order=60,
    href="/oa/leave_request/new", why=_("You see what is left, and your manager is asked by itself."),
    point="#f-leave_type", hint=_("Choose the type and the days; submit it once it is saved."),
    done=made("oa.leave_request"))
