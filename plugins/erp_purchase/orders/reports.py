"""What was bought: by year, by supplier, and what is still to come. History counts in what was spent."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import ColumnElement, extract, func, select

from kernel import Parameter, Party, ReportTable, _, report, session
from plugins.erp_purchase.orders.models import Order, OrderLine

BOUGHT = ("approved", "done")
ZERO = Decimal(0)
WHICH = Parameter(
    "orders", _("Orders"), choices=(
        ("", _("Approved and closed")), ("all", _("All there are")), ("draft", _("Draft")),
        ("submitted", _("Submitted")), ("approved", _("Approved")), ("done", _("Closed")),
        ("cancelled", _("Cancelled"))))


@report(_("Spend by year"), WHICH, needs="erp_purchase.order",
    shows="erp_purchase.order.subtotal", icon="chart-bar",
        help=_("Purchase orders and their amounts before tax, in the company's currency"))
def spend_by_year(orders: str | None = None) -> ReportTable:
    """Count the orders of each year and sum up their amounts, exactly."""
    year = extract("year", Order.order_date)
    found = session().execute(
        select(year, Order.exchange_rate, func.count(), func.sum(Order.subtotal), func.sum(Order.tax_amount),
               func.sum(Order.freight), func.sum(Order.total))
        .where(*_chosen(orders), Order.order_date.is_not(None)).group_by(year, Order.exchange_rate))
    years: dict[int, tuple[int, Decimal, Decimal, Decimal, Decimal]] = {}
    for each, rate, count, *amounts in found:
        before = years.get(int(each), (0, ZERO, ZERO, ZERO, ZERO))
        net, tax, freight, total = (had + rate * amount for had, amount in zip(before[1:], amounts, strict=True))
        years[int(each)] = (before[0] + count, net, tax, freight, total)
    rows = [(str(each), *years[each]) for each in sorted(years)]
    state = f"&f.state={orders}" if orders and orders != "all" else "" if orders else "&f.state=approved,done"
    return ReportTable(
        columns=(("year", _("Year"), "text"), ("orders", _("Orders"), "integer"), ("subtotal", _("Subtotal"), "money"),
                 ("tax_amount", _("Tax"), "money"), ("freight", _("Freight"), "money"), ("total", _("Total"), "money")),
        rows=rows, chart=("bar", "year", ("subtotal",)),
        totals={
            "orders": sum(row[1] for row in rows), "subtotal": sum((row[2] for row in rows), ZERO),
            "tax_amount": sum((row[3] for row in rows), ZERO), "freight": sum((row[4] for row in rows), ZERO),
            "total": sum((row[5] for row in rows), ZERO)},
        links=[f"/erp_purchase/order?f.order_date.from={each}-01-01&f.order_date.to={each}-12-31{state}"
               for each in sorted(years)])


@report(_("Spend by supplier"), Parameter("year", _("Year"), "integer"), WHICH, needs="erp_purchase.order",
    shows="erp_purchase.order.subtotal",
        icon="truck", help=_("What was bought from each supplier, before tax, in the company's currency"))
def spend_by_supplier(year: int | None = None, orders: str | None = None) -> ReportTable:
    """Sum up the orders of each supplier, the largest first."""
    wanted = select(Order.supplier_id, Order.exchange_rate, func.count(), func.sum(Order.subtotal)) \
        .where(*_chosen(orders)).group_by(Order.supplier_id, Order.exchange_rate)
    if year is not None:
        wanted = wanted.where(Order.order_date.between(dt.date(year, 1, 1), dt.date(year, 12, 31)))
    sums: dict[int, tuple[int, Decimal]] = {}
    for supplier, rate, count, amount in session().execute(wanted):
        before = sums.get(supplier, (0, ZERO))
        sums[supplier] = (before[0] + count, before[1] + rate * amount)
    ranked = sorted(sums, key=lambda each: (-sums[each][1], each))
    names = dict(session().execute(select(Party.id, Party.name).where(Party.id.in_(ranked))).all())
    whole = sum((amount for _count, amount in sums.values()), ZERO)
    return ReportTable(
        columns=(("supplier", _("Supplier"), "text"), ("orders", _("Orders"), "integer"),
                 ("subtotal", _("Subtotal"), "money"), ("share", _("Share"), "percent")),
        rows=[(names.get(each, _("(not open to you)")), *sums[each],
               (sums[each][1] * 100 / whole).quantize(Decimal("0.01")) if whole else ZERO) for each in ranked],
        chart=("bar", "supplier", ("subtotal",)),
        totals={"orders": sum(count for count, _amount in sums.values()), "subtotal": whole},
        links=[f"/erp_purchase/order?f.supplier={each}" for each in ranked])


@report(_("Open purchases"), needs="erp_purchase.order", icon="truck-loading",
        help=_("What was ordered and has not come, the longest overdue first"))
def open_purchases() -> ReportTable:
    """List the lines of approved orders that are still open, with the days they are overdue."""
    today = session().today
    due = func.coalesce(OrderLine.expected_on, Order.expected_on)
    found = session().execute(
        select(Order.id, Order.number, Party.name, OrderLine.description, due, OrderLine.quantity, OrderLine.received)
        .join(Order, Order.id == OrderLine.order_id).join(Party, Party.id == Order.supplier_id)
        .where(Order.state == "approved", Order.historical.is_(False), Order.archived.is_(False),
               OrderLine.received < OrderLine.quantity)
        .order_by(due.is_(None), due, OrderLine.id)).all()
    rows = []
    for _id, number, supplier, product, day, quantity, received in found:
        late = days_late(day, today)
        rows.append((number, supplier, product, day, quantity, received, quantity - received, late or None,
                     (_("Overdue"), "red") if late else (_("On time"), "gray")))
    return ReportTable(
        columns=(("number", _("Order"), "text"), ("supplier", _("Supplier"), "text"), ("product", _("Product"), "text"),
                 ("expected_on", _("Expected"), "date"), ("quantity", _("Ordered"), "quantity"),
                 ("received", _("Received"), "quantity"), ("open", _("Open"), "quantity"),
                 ("late", _("Days late"), "integer"), ("flag", _("State"), "status")),
        rows=rows, links=[f"/erp_purchase/order/{row[0]}" for row in found])


def days_late(due: dt.date | None, today: dt.date) -> int:
    """Say how many days ago something was due; what has no day is never late."""
    return 0 if due is None else max((today - due).days, 0)


def _chosen(orders: str | None) -> Iterable[ColumnElement[bool]]:
    """Say which states count; archived orders do."""
    if orders == "all":
        return ()
    return (Order.state.in_(BOUGHT) if orders is None else Order.state == orders,)
