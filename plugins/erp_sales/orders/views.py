"""How orders look."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select

from kernel import (
    BoardView,
    Company,
    Figure,
    FormView,
    LinesView,
    ListView,
    Menu,
    MenuItem,
    Panel,
    Party,
    ReportTable,
    Rows,
    Section,
    Tab,
    Text,
    _,
    actor,
    amount,
    card,
    first_step,
    format_money,
    format_percent,
    made,
    panel,
    session,
)
from plugins.erp_sales.orders.credit import Credit, credit_of
from plugins.erp_sales.orders.fulfilment import ALL
from plugins.erp_sales.orders.models import Order
from plugins.erp_sales.orders.reports import sales_by_month

ListView(
    "erp_sales.order",
    "number customer promised_on state delivered_percent invoiced_percent paid_percent owner total",
    filters="state owner customer order_date channel", sort="-number", totals="total",
    phone="customer total number promised_on state owner",
    tabs=(Tab(_("Open"), "state=draft,submitted,confirmed"), Tab(_("Mine"), "owner=me"),
          Tab(_("To approve"), "state=submitted"), Tab(_("Closed"), "state=done")))

ListView(
    "erp_sales.order_line",
    "order order.customer order.order_date product quantity unit_price discount delivered line_total",
    filters="product order.customer order.state order.order_date order.channel promised_on", sort="-id",
    totals="line_total quantity", phone="product line_total order.customer quantity order order.order_date")

FormView(
    "erp_sales.order",
    Section("", "customer contact customer_reference owner order_date promised_on"),
    Section(
        _("Delivery and payment"),
        "ship_to bill_to payment_days channel currency exchange_rate freight shipped_on"),
    Section(_("More"), "quote source comment cancel_reason"),
    lines=(LinesView(
        "lines", "product quantity unit unit_price discount tax delivered invoiced line_total",
        formula="quantity * unit_price * (1 - discount / 100)", sums="subtotal tax_amount freight total"),),
    subtitle="customer total promised_on")

BoardView("erp_sales.order", by="state", card="customer total promised_on owner", total="total", hide="cancelled")

Menu(
    "erp_sales",
    MenuItem(_("Quotes"), "erp_sales.quote", "file-text"),
    MenuItem(_("Orders"), "erp_sales.order", "shopping-cart"),
    MenuItem(_("Sales by month"), "/reports/erp_sales.sales_by_month", "chart-line"),
    MenuItem(_("Sales by year"), "/reports/erp_sales.sales_by_year", "chart-bar"),
    MenuItem(_("Sales by customer"), "/reports/erp_sales.sales_by_customer", "users"),
    MenuItem(_("Sales by product"), "erp_sales.order_line/pivot?rows=product&values=line_total&values=quantity"
             "&by=-line_total&f.order.state.not=draft,submitted,cancelled", "packages"),
    icon="shopping-cart", order=20)


@panel("erp_sales.order", _("Fulfilment"), icon="truck-delivery", priority=10, needs="erp_sales.order")
def fulfilment_of_order(orders: Sequence[Order]) -> list[Panel | None]:
    """Show what of a confirmed order is still to deliver, to invoice and to be paid, and how late it is."""
    today = session().today
    return [_fulfilment(order, today) if order.state in ("confirmed", "done") and not order.historical else None
            for order in orders]


@panel("erp_sales.order", _("Credit"), icon="coins", priority=20, needs="erp_sales.sales_terms",
    shows="erp_sales.sales_terms.credit_limit erp_sales.order.total")
def credit_of_order(orders: Sequence[Order]) -> list[Panel | None]:
    """Show how much of the customer's credit limit is used, this order included."""
    known = credit_of([order.customer_id for order in orders])
    return [
        _credit(known[order.customer_id], order.total * order.exchange_rate if order.state in ("draft", "submitted")
                else Decimal(0))
        for order in orders]


@panel("kernel.party", _("Sales"), icon="shopping-cart", priority=40, needs="erp_sales.order",
    shows="erp_sales.order.order_date")
def sales_of_party(parties: Sequence[Party]) -> list[Panel | None]:
    """Show what a customer has ordered so far, and the last time."""
    rows = session().execute(
        select(Order.customer_id, func.count(), func.max(Order.order_date))
        .where(Order.customer_id.in_([party.id for party in parties]), Order.state.in_(("confirmed", "done")),
               Order.archived.is_(False))
        .group_by(Order.customer_id))
    found = {customer: (count, last) for customer, count, last in rows}
    return [
        Panel(rows=[(_("Orders"), found[party.id][0]), (_("Last order"), found[party.id][1])],
              link=(_("All orders"), f"/erp_sales/order?f.customer={party.id}"))
        if party.id in found else None
        for party in parties]


def _fulfilment(order: Order, today: dt.date) -> Panel:
    late = (today - order.promised_on).days if order.promised_on and order.delivered_percent < ALL else 0
    rows: list[tuple[Text, object]] = [
        (_("Delivered"), format_percent(order.delivered_percent)),
        (_("Invoiced"), _in_its_currency(order, order.invoiced_amount)),
        (_("Paid"), _in_its_currency(order, order.paid_amount)),
        (_("Still to be paid"), _in_its_currency(order, order.total - order.paid_amount))]
    if late > 0:
        rows.append((_("Days late"), late))
    return Panel(rows=rows, percent=int(order.delivered_percent))


def _in_its_currency(order: Order, value: Decimal) -> Decimal | str:
    currency = order.currency
    return value if currency is None else format_money(value, currency.code, currency.decimals)


def _credit(credit: Credit, adding: Decimal) -> Panel | None:
    if credit.limit is None:
        return None
    used = credit.used + adding
    rows: list[tuple[Text, object]] = [
        (_("Limit"), credit.limit), (_("Open orders"), credit.open_orders), (_("Owed"), credit.balance),
        (_("Used with this order"), used)]
    return Panel(rows=rows, percent=int(used / credit.limit * 100) if credit.limit else 100)


def _money_unit() -> str:
    company = session().get(Company, actor().company_id)
    return company.currency if company else ""


def _ordered_href() -> str:
    return f"/erp_sales/order?f.state=confirmed,done&f.order_date.from={session().today.replace(day=1)}"


@card(_("Orders this month"), href=_ordered_href, needs="erp_sales.order",
    shows="erp_sales.order.total erp_sales.order.subtotal", order=12, board=True)
def orders_this_month() -> Figure:
    """Sum up what was ordered this month, against the month before."""
    first = session().today.replace(day=1)
    before = (first - dt.timedelta(days=1)).replace(day=1)
    return Figure(
        _ordered(first, session().today), unit=_money_unit(), was=_ordered(before, first - dt.timedelta(days=1)),
        note=_("against last month"))


@card(_("Orders waiting for approval"), href="/erp_sales/order?f.state=submitted", needs="erp_sales.order", order=13)
def waiting_orders() -> Figure:
    """Count the orders that an approval holds up."""
    count = session().scalar(select(func.count(Order.id)).where(Order.state == "submitted", Order.archived.is_(False)))
    return Figure(count or 0, good="less")


def _late_href() -> str:
    yesterday = session().today - dt.timedelta(days=1)
    return ("/erp_sales/order?f.state=confirmed&f.delivered_percent.to=99.99&sort=promised_on"
            f"&f.promised_on.to={yesterday}")


@card(_("Late orders"), href=_late_href, needs="erp_sales.order", order=14, board=True)
def late_orders() -> Figure:
    """Count the orders promised before today of which something is still to be delivered."""
    count = session().scalar(select(func.count(Order.id)).where(
        Order.state == "confirmed", Order.promised_on < session().today, Order.delivered_percent < amount(ALL),
        Order.archived.is_(False), Order.historical.is_(False)))
    return Figure(count or 0, note=_("promised before today, not delivered"), good="less")


@card(_("Sales by month"), width=6, href="/reports/erp_sales.sales_by_month", needs="erp_sales.order",
    shows="erp_sales.order.subtotal", order=20)
def monthly_sales() -> ReportTable:
    """Draw what was sold in the last twelve months."""
    return sales_by_month()


@card(_("Latest orders"), width=6, href="/erp_sales/order", needs="erp_sales.order",
    shows="erp_sales.order.order_date erp_sales.order.total", order=21)
def latest_orders() -> Rows:
    """List the orders entered last."""
    found = session().execute(
        select(Order.id, Order.number, Party.name, Order.order_date, Order.total)
        .join(Party, Party.id == Order.customer_id)
        .where(Order.historical.is_(False), Order.archived.is_(False)).order_by(Order.id.desc()).limit(6))
    return Rows(
        columns=((_("Order"), "text"), (_("Customer"), "text"), (_("Ordered"), "date"), (_("Total"), "money")),
        rows=[(f"/erp_sales/order/{id_}", (number, name, day, total)) for id_, number, name, day, total in found])


def _ordered(first: dt.date, last: dt.date) -> Decimal:
    rows = session().execute(
        select(Order.exchange_rate, func.sum(Order.subtotal))
        .where(Order.state.in_(("confirmed", "done")), Order.order_date.between(first, last))
        .group_by(Order.exchange_rate))
    return sum((rate * subtotal for rate, subtotal in rows), Decimal(0))


def _late_order() -> str:
    """Lead to the order not yet delivered that was promised first: the one most likely late."""
    found = session().scalars(
        select(Order.id).where(
            Order.state == "confirmed", Order.promised_on.is_not(None), Order.delivered_percent < amount(ALL),
            Order.historical.is_(False))
        .order_by(Order.promised_on).limit(1)).first()
    return f"/erp_sales/order/{found}" if found else ""


first_step(
    "erp_sales.first_order", _("Make an order"), needs="erp_sales.order", may="create", order=20,
    href="/erp_sales/order/new", why=_("Stock, purchases and the invoice all follow from it."),
    point="#f-customer", hint=_("Choose who buys, then add the products as lines below."), done=made("erp_sales.order"))
first_step(
    "erp_sales.confirm", _("Confirm an order"), needs="erp_sales.order", may="confirm", order=30,
    href="/erp_sales/order?f.state=draft",
    why=_("From then on it is promised: stock is reserved and credit is checked."), point=".tt tbody a",
    hint=_("Open a draft and press “Confirm” at its top right."), done=made("erp_sales.order", past="draft"))
first_step(
    "erp_sales.why_late", _("See why an order is late"), needs="erp_sales.order", order=34, href=_late_order,
    why=_("The trace shows what it waits for, through every department."), point='.t-head a[href$="/trace"]',
    hint=_("“Trace” draws what the order came of and what came of it; what is late is red."))
