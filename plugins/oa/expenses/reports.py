"""What was spent: by type and month, of claims approved and paid."""

import datetime as dt
from decimal import Decimal

from sqlalchemy import extract, func, select

from kernel import Parameter, ReportTable, _, report, session
from plugins.oa.expenses.models import ExpenseClaim, ExpenseLine, ExpenseType

ZERO = Decimal(0)
MONTHS = tuple(range(1, 13))


@report(_("Expenses by type"), Parameter("year", _("Year"), "integer"), needs="oa.expense_claim", icon="receipt",
        help=_("What approved claims come to, tax included, by the month it was spent in; history counts too"))
def expenses_by_type(year: int | None = None) -> ReportTable:
    """Add up approved expenses by type and month, exactly: two statements."""
    wanted = year or session().today.year
    month = extract("month", ExpenseLine.spent_on)
    rows = session().execute(
        select(ExpenseLine.expense_type_id, month, func.sum(ExpenseLine.amount))
        .join(ExpenseClaim, ExpenseClaim.id == ExpenseLine.claim_id)
        .where(ExpenseClaim.state.in_(("approved", "paid")),
               ExpenseLine.spent_on.between(dt.date(wanted, 1, 1), dt.date(wanted, 12, 31)))
        .group_by(ExpenseLine.expense_type_id, month))
    sums: dict[int, list[Decimal]] = {}
    for kind, number, amount in rows:
        sums.setdefault(kind, [ZERO] * 12)[int(number) - 1] += amount
    names = dict(session().execute(
        select(ExpenseType.id, ExpenseType.name).where(ExpenseType.id.in_(sums))).all())
    ordered = sorted(sums, key=lambda each: (names.get(each, ""), each))
    return ReportTable(
        columns=(("type", _("Expense type"), "text"), *((f"m{each}", f"{each:02}", "money") for each in MONTHS),
                 ("amount", _("Amount"), "money")),
        rows=[(names.get(each, _("(not open to you)")), *sums[each], sum(sums[each], ZERO)) for each in ordered],
        chart=("bar", "type", ("amount",)),
        totals={**{f"m{number}": sum((sums[each][number - 1] for each in ordered), ZERO) for number in MONTHS},
                "amount": sum((sum(sums[each], ZERO) for each in ordered), ZERO)},
        links=["/oa/expense_claim?f.state=approved,paid"] * len(ordered))
