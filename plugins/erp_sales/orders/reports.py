"""What was sold: by month, year and customer. History counts, archived orders too; drafts and cancelled ones don't."""

import datetime as dt
from decimal import Decimal

from sqlalchemy import extract, func, select

from kernel import Parameter, Party, ReportTable, _, report, session
from plugins.erp_sales.orders.models import Order

SOLD = ("confirmed", "done")
ZERO = Decimal(0)


@report(_("Sales by year"), needs="erp_sales.order",
    shows="erp_sales.order.subtotal erp_sales.order.tax_amount "
          "erp_sales.order.freight erp_sales.order.total", icon="chart-bar",
        help=_("Orders and their amounts before tax, in the company's currency"))
def sales_by_year() -> ReportTable:
    """Count the orders of each year and sum up their amounts, exactly."""
    year = extract("year", Order.order_date)
    found = session().execute(
        select(year, Order.exchange_rate, func.count(), func.sum(Order.subtotal), func.sum(Order.tax_amount),
               func.sum(Order.freight), func.sum(Order.total))
        .where(Order.state.in_(SOLD), Order.order_date.is_not(None)).group_by(year, Order.exchange_rate))
    years: dict[int, tuple[int, Decimal, Decimal, Decimal, Decimal]] = {}
    for each, rate, count, *amounts in found:
        before = years.get(int(each), (0, ZERO, ZERO, ZERO, ZERO))
        net, tax, freight, total = (had + rate * amount for had, amount in zip(before[1:], amounts, strict=True))
        years[int(each)] = (before[0] + count, net, tax, freight, total)
    rows = [(str(each), *years[each]) for each in sorted(years)]
    return ReportTable(
        columns=(("year", _("Year"), "text"), ("orders", _("Orders"), "integer"), ("subtotal", _("Subtotal"), "money"),
                 ("tax_amount", _("Tax"), "money"), ("freight", _("Freight"), "money"), ("total", _("Total"), "money")),
        rows=rows, chart=("bar", "year", ("subtotal",)),
        totals={
            "orders": sum(row[1] for row in rows), "subtotal": sum((row[2] for row in rows), ZERO),
            "tax_amount": sum((row[3] for row in rows), ZERO), "freight": sum((row[4] for row in rows), ZERO),
            "total": sum((row[5] for row in rows), ZERO)},
        links=[
            f"/erp_sales/order?f.order_date.from={each}-01-01&f.order_date.to={each}-12-31" for each in sorted(years)])


@report(_("Sales by month"), needs="erp_sales.order",
    shows="erp_sales.order.subtotal", icon="chart-line",
        help=_("Orders of the last twelve months and their amounts before tax, in the company's currency"))
def sales_by_month() -> ReportTable:
    """Sum up the orders of each of the last twelve months, those without any included."""
    today = session().today
    months = [_month_before(today, back) for back in range(11, -1, -1)]
    found = session().execute(
        select(extract("year", Order.order_date), extract("month", Order.order_date), Order.exchange_rate, func.count(),
               func.sum(Order.subtotal))
        .where(Order.state.in_(SOLD), Order.order_date >= months[0])
        .group_by(extract("year", Order.order_date), extract("month", Order.order_date), Order.exchange_rate))
    sums = dict.fromkeys(months, (0, ZERO))
    for year, number, rate, count, subtotal in found:
        month = dt.date(int(year), int(number), 1)
        if month in sums:
            sums[month] = (sums[month][0] + count, sums[month][1] + rate * subtotal)
    return ReportTable(
        columns=(("month", _("Month"), "text"), ("orders", _("Orders"), "integer"),
                 ("subtotal", _("Subtotal"), "money")),
        rows=[(f"{month:%Y-%m}", *sums[month]) for month in months], chart=("bar", "month", ("subtotal",)),
        totals={"orders": sum(count for count, _sum in sums.values()),
                "subtotal": sum((each for _count, each in sums.values()), ZERO)},
        links=[
            f"/erp_sales/order?f.order_date.from={month}&f.order_date.to={_month_before(month, -1) - dt.timedelta(1)}"
            for month in months])


def _month_before(day: dt.date, back: int) -> dt.date:
    months = day.year * 12 + day.month - 1 - back
    return dt.date(months // 12, months % 12 + 1, 1)


@report(_("Sales by customer"), Parameter("year", _("Year"), "integer"), needs="erp_sales.order",
    shows="erp_sales.order.subtotal", icon="users",
        help=_("The twenty customers that bought most, before tax"))
def sales_by_customer(year: int | None = None) -> ReportTable:
    """Sum up the orders of each customer and give the twenty largest."""
    wanted = select(Order.customer_id, Order.exchange_rate, func.count(), func.sum(Order.subtotal)) \
        .where(Order.state.in_(SOLD)).group_by(Order.customer_id, Order.exchange_rate)
    if year is not None:
        wanted = wanted.where(Order.order_date.between(dt.date(year, 1, 1), dt.date(year, 12, 31)))
    sums: dict[int, tuple[int, Decimal]] = {}
    for customer, rate, count, amount in session().execute(wanted):
        before = sums.get(customer, (0, ZERO))
        sums[customer] = (before[0] + count, before[1] + rate * amount)
    first = sorted(sums, key=lambda each: (-sums[each][1], each))[:20]
    names = dict(session().execute(select(Party.id, Party.name).where(Party.id.in_(first))).all())
    return ReportTable(
        columns=(("customer", _("Customer"), "text"), ("orders", _("Orders"), "integer"),
                 ("subtotal", _("Subtotal"), "money")),
        rows=[(names.get(each, _("(not open to you)")), *sums[each]) for each in first],
        chart=("bar", "customer", ("subtotal",)),
        totals={
            "orders": sum(sums[each][0] for each in first), "subtotal": sum((sums[each][1] for each in first), ZERO)},
        links=[f"/erp_sales/order?f.customer={each}" for each in first])
