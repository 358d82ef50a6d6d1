"""How orders look, here and on suppliers and products."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import ColumnElement, func, select

from kernel import (
    BoardView,
    Figure,
    FormView,
    GanttView,
    LinesView,
    ListView,
    Menu,
    MenuItem,
    Panel,
    Party,
    Product,
    Rounding,
    Rows,
    Section,
    Tab,
    Unit,
    _,
    card,
    company_currency,
    first_step,
    format_number,
    made,
    panel,
    session,
)
from plugins.erp_purchase.orders.models import Order, OrderLine
from plugins.erp_purchase.suppliers.offers import exact, unit_factors

ListView(
    "erp_purchase.order", "number supplier order_date expected_on state received_percent billed_percent owner total",
    filters="state owner supplier order_date expected_on", sort="-number", totals="own_total",
    phone="supplier total number expected_on state owner",
    tabs=(Tab(_("Open"), "state=draft,submitted,approved"), Tab(_("Mine"), "owner=me"),
          Tab(_("To approve"), "state=submitted"), Tab(_("Under way"), "state=approved"),
          Tab(_("Closed"), "state=done")))

ListView(
    "erp_purchase.order_line",
    "order order.supplier order.order_date product quantity unit_price received expected_on line_total",
    filters="product order.supplier order.state order.order_date expected_on", sort="-id",
    totals="line_total quantity", phone="product line_total order.supplier quantity order expected_on")

FormView(
    "erp_purchase.order",
    Section("", "supplier contact supplier_order owner order_date expected_on"),
    Section(_("Terms"), "payment_days over_percent currency exchange_rate freight shipped_on"),
    Section(_("Progress"), "received_percent billed_percent billed_amount paid_amount billed_as own_total"),
    Section(_("Supplier's invoice"), "supplier_reference bill_day"),
    Section(_("More"), "comment cancel_reason"),
    lines=(
        LinesView(
            "lines", "product quantity unit unit_price line_total received arriving billed bill_quantity bill_price "
            "expected_on discount tax",
            formula="quantity * unit_price * (1 - discount / 100)", sums="subtotal tax_amount freight total"),
        LinesView("origins", "request request_line quantity wanted_for")),
    subtitle="supplier total expected_on")

BoardView("erp_purchase.order", by="state", card="supplier total expected_on owner", total="own_total",
          hide="cancelled")

GanttView("erp_purchase.order", start="order_date", end="expected_on", by="supplier owner state", label="supplier",
          open="submitted approved", hide="cancelled")

SPENT = ("approved", "done")
"""The states in which an order counts as spending."""

Menu(
    "erp_purchase",
    MenuItem(_("Requests"), "erp_purchase.request", "clipboard-list"),
    MenuItem(_("Orders"), "erp_purchase.order", "shopping-bag"),
    MenuItem(_("Suppliers"), "kernel.party?is_supplier=1", "address-book"),
    MenuItem(_("Suppliers' prices"), "erp_purchase.product_supplier", "truck"),
    MenuItem(_("Open purchases"), "/reports/erp_purchase.open_purchases", "truck-loading"),
    MenuItem(_("Spend by year"), "/reports/erp_purchase.spend_by_year", "chart-bar"),
    MenuItem(_("Spend by supplier"), "/reports/erp_purchase.spend_by_supplier", "users"),
    icon="shopping-bag", order=30)


@panel("kernel.party", _("Purchases"), icon="shopping-bag", priority=45, needs="erp_purchase.order",
    shows="erp_purchase.order.total")
def purchases_of_party(parties: Sequence[Party]) -> list[Panel | None]:
    """Show what was bought from a supplier so far, when last, and how many orders are late."""
    ids = [party.id for party in parties]
    bought: dict[int, tuple[int, Decimal, dt.date | None]] = {}
    for supplier, rate, count, amount, last in session().execute(
            select(Order.supplier_id, Order.exchange_rate, func.count(), func.sum(Order.subtotal),
                   func.max(Order.order_date))
            .where(Order.supplier_id.in_(ids), Order.state.in_(("approved", "done")), Order.archived.is_(False))
            .group_by(Order.supplier_id, Order.exchange_rate)):
        had = bought.get(supplier, (0, Decimal(0), None))
        bought[supplier] = (had[0] + count, had[1] + rate * amount, max(filter(None, (had[2], last)), default=None))
    late = dict(session().execute(
        select(Order.supplier_id, func.count()).where(Order.supplier_id.in_(ids), *_late()).group_by(Order.supplier_id)
    ).all())
    rounding = Rounding(company_currency().step)
    return [
        Panel(rows=[(_("Orders"), bought[party.id][0]), (_("Spend"), rounding.amount(bought[party.id][1])),
                    (_("Last order"), bought[party.id][2]), (_("Late"), late.get(party.id, 0))],
              link=(_("All orders"), f"/erp_purchase/order?f.supplier={party.id}"))
        if party.id in bought else None
        for party in parties]


@panel("kernel.product", _("On order"), icon="truck-loading", priority=41, needs="erp_purchase.order")
def product_on_order(products: Sequence[Product]) -> list[Panel | None]:
    """Show how much of a product is still to come, in its unit, and the next day some of it should."""
    due = func.coalesce(OrderLine.expected_on, Order.expected_on)
    rows = session().execute(
        select(OrderLine.product_id, OrderLine.unit_id, Product.unit_id, Unit.code,
               func.sum(OrderLine.quantity), func.sum(OrderLine.received), func.min(due))
        .join(Order, Order.id == OrderLine.order_id).join(Product, Product.id == OrderLine.product_id)
        .join(Unit, Unit.id == Product.unit_id)
        .where(OrderLine.product_id.in_([product.id for product in products]), Order.state == "approved",
               Order.historical.is_(False), OrderLine.received < OrderLine.quantity)
        .group_by(OrderLine.product_id, OrderLine.unit_id, Product.unit_id, Unit.code)).all()
    factors = unit_factors({unit for row in rows for unit in (row[1], row[2])})
    found: dict[int, tuple[Decimal, str, dt.date | None]] = {}
    for product, unit, own, code, ordered, received, day in rows:
        had = found.get(product, (Decimal(0), code, None))
        open_ = exact(Fraction(ordered - received) * factors[unit] / factors[own], 6)
        found[product] = (had[0] + open_, code, min(filter(None, (had[2], day)), default=None))
    return [
        Panel(rows=[(_("Still to come"), f"{format_number(found[product.id][0])} {found[product.id][1]}"),
                    (_("Next arrival"), found[product.id][2])],
              link=(_("Open purchases"), "/reports/erp_purchase.open_purchases"))
        if product.id in found else None
        for product in products]


@card(_("Purchase orders to approve"), href="/erp_purchase/order?f.state=submitted", needs="erp_purchase.order",
      order=32, home=False)
def orders_to_approve() -> Figure:
    """Count the orders that an approval holds up."""
    return Figure(_count(Order.state == "submitted", Order.historical.is_(False)), good="less")


def _late_href() -> str:
    yesterday = session().today - dt.timedelta(days=1)
    return ("/erp_purchase/order?f.state=approved&f.received_percent.to=99.99&sort=expected_on"
            f"&f.expected_on.to={yesterday}")


@card(_("Late purchases"), href=_late_href, needs="erp_purchase.order", order=33, board=True)
def late_purchases() -> Figure:
    """Count the approved orders that should have come by now."""
    return Figure(_count(*_late()), good="less", note=_("should have come by now"))


def _spent_href() -> str:
    return f"/erp_purchase/order?f.state={','.join(SPENT)}&f.order_date.from={session().today.replace(day=1)}"


@card(_("Spend this month"), href=_spent_href, needs="erp_purchase.order",
    shows="erp_purchase.order.subtotal", order=34, home=False)
def spend_this_month() -> Figure:
    """Sum up what was ordered this month, against the month before."""
    today = session().today
    first = today.replace(day=1)
    last = first - dt.timedelta(days=1)
    return Figure(_ordered(first, today), unit=company_currency().code, was=_ordered(last.replace(day=1), last),
                  good="less", note=_("against last month"))


@card(_("Expected next"), width=6, href="/reports/erp_purchase.open_purchases", needs="erp_purchase.order", order=35,
      home=False)
def expected_next() -> Rows:
    """List the approved orders that should come next."""
    found = session().execute(
        select(Order.id, Order.number, Party.name, Order.expected_on, Order.own_total)
        .join(Party, Party.id == Order.supplier_id)
        .where(Order.state == "approved", Order.received_percent < 100, Order.historical.is_(False),
               Order.archived.is_(False))
        .order_by(Order.expected_on.is_(None), Order.expected_on, Order.id).limit(6))
    return Rows(
        columns=((_("Order"), "text"), (_("Supplier"), "text"), (_("Expected"), "date"), (_("Total"), "money")),
        rows=[(f"/erp_purchase/order/{id_}", (number, name, day, total)) for id_, number, name, day, total in found])


def _late() -> tuple[ColumnElement[bool], ...]:
    return (Order.state == "approved", Order.expected_on < session().today, Order.received_percent < 100,
            Order.historical.is_(False), Order.archived.is_(False))


def _count(*conditions: ColumnElement[bool]) -> int:
    return session().scalar(select(func.count(Order.id)).where(*conditions, Order.archived.is_(False))) or 0


def _ordered(first: dt.date, last: dt.date) -> Decimal:
    rows = session().execute(
        select(Order.exchange_rate, func.sum(Order.subtotal))
        .where(Order.state.in_(SPENT), Order.order_date.between(first, last))
        .group_by(Order.exchange_rate))
    return sum((rate * subtotal for rate, subtotal in rows), Decimal(0))


first_step(
    "erp_purchase.first_request", _("Ask for something"), needs="erp_purchase.request", may="create", order=24,
    href="/erp_purchase/request/new", why=_("A request is approved before anybody spends money."), point="#f-reason",
    hint=_("Say what it is for, then add what you need as lines."), done=made("erp_purchase.request"))
first_step(
    "erp_purchase.first_order", _("Order from a supplier"), needs="erp_purchase.order", may="create", order=22,
    href="/erp_purchase/order/new", why=_("Receipts and the supplier's invoice are matched with it later."),
    point="#f-supplier", hint=_("Choose the supplier; prices come from their price list."),
    done=made("erp_purchase.order"))
