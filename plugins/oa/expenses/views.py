"""How expense claims look."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select

from kernel import (
    BoardView,
    Company,
    Employee,
    Figure,
    FormView,
    LinesView,
    ListView,
    Panel,
    Section,
    Tab,
    _,
    actor,
    card,
    format_number,
    panel,
    session,
)
from plugins.oa.expenses.models import ExpenseClaim

ListView("oa.expense_type", "code name limit needs_invoice", filters="needs_invoice", sort="code",
         phone="name limit code needs_invoice")
FormView("oa.expense_type", Section("", "code name limit needs_invoice"), subtitle="code")

ListView(
    "oa.expense_claim", "number employee purpose day total outstanding state department",
    filters="state employee department day", sort="-number", totals="total outstanding",
    tabs=(Tab(_("Mine"), "owner=me"), Tab(_("Waiting"), "state=submitted"), Tab(_("To pay"), "state=approved"),
          Tab(_("Paid"), "state=paid")),
    phone="purpose total employee number state day")
FormView(
    "oa.expense_claim", Section("", "employee purpose day department"),
    Section(_("Payment"), "outstanding paid_on invoice revoke_reason"), Section("", "comment"),
    lines=(LinesView("lines", "expense_type spent_on description amount tax_amount invoice_number",
                     sums="tax_amount total"),),
    subtitle="employee purpose day total")
BoardView("oa.expense_claim", by="state", card="employee purpose day total", total="total", hide="cancelled")


@panel("kernel.employee", _("Expenses"), icon="receipt", priority=60, needs="oa.expense_claim",
    shows="oa.expense_claim.total")
def expenses_of_employee(employees: Sequence[Employee]) -> list[Panel | None]:
    """Count an employee's claims on their way and what is still to pay, as far as one may see them."""
    rows = session().execute(
        select(ExpenseClaim.employee_id, func.count(), func.sum(ExpenseClaim.outstanding))
        .where(ExpenseClaim.employee_id.in_([each.id for each in employees]),
               ExpenseClaim.state.in_(("submitted", "approved")), ExpenseClaim.archived.is_(False))
        .group_by(ExpenseClaim.employee_id))
    found = {employee: (count, rest) for employee, count, rest in rows}
    return [
        Panel(rows=((_("On their way"), found[each.id][0]),
                    (_("Still to pay"), format_number(found[each.id][1] or Decimal(0), 0))),
              link=(_("All claims"), f"/oa/expense_claim?f.employee={each.id}"))
        if each.id in found else None
        for each in employees]


@card(_("Expenses to pay"), href="/oa/expense_claim?f.state=approved", needs="oa.expense_claim",
    shows="oa.expense_claim.total", order=62, board=True)
def claims_to_pay() -> Figure:
    """Sum up the approved claims that are still to be paid."""
    rest, count = session().execute(
        select(func.sum(ExpenseClaim.outstanding), func.count())
        .where(ExpenseClaim.state == "approved", ExpenseClaim.archived.is_(False))).one()
    company = session().get(Company, actor().company_id)
    return Figure(rest or Decimal(0), unit=company.currency if company else "",
                  note=_("{count} approved", count=count), good="less")
