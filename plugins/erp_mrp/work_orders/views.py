"""How work orders look, what they say on orders' and products' pages, and what the dashboard shows of them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from kernel import (
    AnyRef,
    BoardView,
    Figure,
    FormView,
    GanttView,
    LinesView,
    ListView,
    Panel,
    Product,
    ReportTable,
    Rows,
    Section,
    Tab,
    Text,
    _,
    as_system,
    card,
    first_step,
    format_number,
    made,
    panel,
    rights,
    session,
)
from plugins.erp_inventory.api import reserved_for, stock_of
from plugins.erp_mrp.work_orders.feeding import feeds
from plugins.erp_mrp.work_orders.issuing import components_of, line_ref
from plugins.erp_mrp.work_orders.models import WorkOrder, WorkOrderComponent, WorkOrderOperation, WorkOrderPeg

ZERO = Decimal(0)
RUNNING = ("released", "in_progress")

ListView(
    "erp_mrp.work_order", "number product quantity received state start_on due_on owner",
    filters="state product owner start_on due_on", sort="-number", totals="quantity",
    tabs=(Tab(_("Running"), "state=released,in_progress"), Tab(_("Draft"), "state=draft"), Tab(_("Mine"), "owner=me"),
          Tab(_("Completed"), "state=completed")),
    phone="product quantity number due_on state received")
FormView(
    "erp_mrp.work_order",
    Section("", "product quantity bom owner start_on due_on"),
    Section(_("Receiving"), "receiving received scrapped scrap_reason"),
    Section(_("Cost"), "material_cost labour_cost received_value variance"),
    Section(_("More"), "yield_percent started_on ended_on planned_order comment cancel_reason"),
    lines=(
        LinesView("components", "product quantity issued issuing over_reason step issued_value"),
        LinesView("operations", "sequence name work_centre planned_hours hours good scrap planned_cost cost"),
        LinesView("pegs", "source due_on"),
    ),
    subtitle="product quantity due_on")
BoardView("erp_mrp.work_order", by="state", card="product quantity due_on owner", total="quantity",
          hide="closed cancelled")
GanttView("erp_mrp.work_order", start="start_on", end="due_on", by="product owner state", label="product",
          open="draft released in_progress", hide="closed cancelled", after=feeds)

ListView(
    "erp_mrp.operation_report", "number work_order sequence employee day good scrap hours cost state",
    filters="state work_order employee day", sort="-number", totals="good scrap hours",
    tabs=(Tab(_("Draft"), "state=draft"), Tab(_("Posted"), "state=posted")),
    phone="work_order good number day state hours")
FormView(
    "erp_mrp.operation_report",
    Section("", "work_order sequence employee day good scrap scrap_reason hours cost"), subtitle="work_order day")


@panel("erp_mrp.work_order", _("Missing parts"), icon="puzzle", priority=10, needs="erp_mrp.work_order")
def missing_parts(orders: Sequence[WorkOrder]) -> list[Panel | None]:
    """Show which components of open orders are neither reserved for them nor free, and how many."""
    open_orders = [order for order in orders if order.state in ("draft", *RUNNING)]
    components = components_of(open_orders)
    kept = {ref.id: quantity for ref, quantity in reserved_for([AnyRef.to(order) for order in open_orders]).items()}
    stocks = stock_of(list({each.product_id for some in components.values() for each in some}))
    titles = _titles(stocks)
    answers: list[Panel | None] = []
    for order in orders:
        lacking: dict[int, Decimal] = defaultdict(Decimal)
        for each in components.get(order.id, ()):
            left = each.quantity - each.issued - kept.get(line_ref(order, each).id, ZERO)
            lacking[each.product_id] += max(left, ZERO)
        rows = [
            (titles[product], format_number(quantity - max(stocks[product].free, ZERO)))
            for product, quantity in lacking.items() if quantity > max(stocks[product].free, ZERO)]
        if order.id not in components or not components[order.id]:
            answers.append(None)
        else:
            answers.append(Panel(rows=rows or [(_("All there"), len(components[order.id]))]))
    return answers


@panel("erp_mrp.work_order", _("Work to report"), icon="clipboard-check", priority=20, needs="erp_mrp.operation_report")
def work_to_report(orders: Sequence[WorkOrder]) -> list[Panel | None]:
    """Show how far the steps of running orders are, and lead to the report of the next one."""
    running = {order.id: order for order in orders if order.state in RUNNING}
    steps: dict[int, list[WorkOrderOperation]] = defaultdict(list)
    for step in session().scalars(
            select(WorkOrderOperation).where(WorkOrderOperation.work_order_id.in_(running))
            .order_by(WorkOrderOperation.sequence)):
        steps[step.work_order_id].append(step)
    return [_steps_left(order, steps[order.id]) if order.id in steps else None for order in orders]


def _steps_left(order: WorkOrder, steps: Sequence[WorkOrderOperation]) -> Panel:
    rows: list[tuple[Text, object]] = [
        (f"{step.sequence} {step.name}", _("{done} of {all}", done=format_number(step.good + step.scrap),
                                           all=format_number(order.quantity)))
        for step in steps]
    step = next((step for step in steps if step.good + step.scrap < order.quantity), None)
    if step is None or not rights().may("create", "erp_mrp.operation_report"):
        return Panel(rows=rows)
    left = order.quantity - step.good - step.scrap
    return Panel(rows=rows, link=(
        _("Report {step}", step=step.name),
        f"/erp_mrp/operation_report/new?work_order={order.id}&sequence={step.sequence}&good={left.normalize():f}"))


@panel("erp_sales.order", _("Production"), icon="tool", priority=35, needs="erp_mrp.work_order")
def production_of_orders(orders: Sequence[Any]) -> list[Panel | None]:
    """Count the work orders that are made for a sales order, and lead to the one that ends last."""
    rows = session().execute(
        select(WorkOrderPeg.source_id, WorkOrder.id, WorkOrder.number, WorkOrder.state, WorkOrder.due_on)
        .join(WorkOrder, WorkOrder.id == WorkOrderPeg.work_order_id)
        .where(WorkOrderPeg.source_entity == "erp_sales.order",
               WorkOrderPeg.source_id.in_([order.id for order in orders]))
        .order_by(WorkOrder.due_on, WorkOrder.id).distinct()).all()
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.source_id or 0].append(row)
    return [_production(found[order.id]) if found.get(order.id) else None for order in orders]


def _production(rows: Sequence[Any]) -> Panel:
    done = sum(row.state in ("completed", "closed") for row in rows)
    last = rows[-1]
    return Panel(
        rows=[(_("Work orders"), len(rows)), (_("Completed"), done), (_("Last due on"), last.due_on)],
        link=(last.number, f"/erp_mrp/work_order/{last.id}"),
        percent=done * 100 // len(rows))


@card(_("Running work orders"), href="/erp_mrp/work_order?f.state=released,in_progress", needs="erp_mrp.work_order",
      order=30, board=True, home=False)
def running_orders() -> Figure:
    """Count the work orders that are released or in progress."""
    return Figure(_count(WorkOrder.state.in_(RUNNING)), note=_("released or in progress"))


def _late_href() -> str:
    yesterday = session().today - dt.timedelta(days=1)
    return f"/erp_mrp/work_order?f.state=draft,released,in_progress&f.due_on.to={yesterday}&sort=due_on"


@card(_("Late work orders"), href=_late_href, needs="erp_mrp.work_order", order=31, board=True, home=False)
def late_orders() -> Figure:
    """Count the open work orders whose day has passed."""
    return Figure(_count(WorkOrder.state.in_(("draft", *RUNNING)), WorkOrder.due_on < session().today), good="less")


@card(_("Missing parts"), width=6, href="/erp_mrp/work_order?f.state=released,in_progress", needs="erp_mrp.work_order",
      order=35, home=False)
def parts_missing() -> Rows:
    """List the parts that running orders lack most, stock counted."""
    columns = ((_("Part"), "text"), (_("Needed"), "quantity"), (_("On hand"), "quantity"), (_("Missing"), "quantity"))
    needed = dict(session().execute(
        select(WorkOrderComponent.product_id, func.sum(WorkOrderComponent.quantity - WorkOrderComponent.issued))
        .join(WorkOrder, WorkOrder.id == WorkOrderComponent.work_order_id)
        .where(WorkOrder.state.in_(RUNNING), WorkOrder.historical.is_(False),
               WorkOrderComponent.quantity > WorkOrderComponent.issued)
        .group_by(WorkOrderComponent.product_id)).all())
    if not needed:
        return Rows(columns, [])
    stocks = stock_of(list(needed))
    short = sorted(
        ((quantity - stocks[product].on_hand, product) for product, quantity in needed.items()
         if quantity > stocks[product].on_hand), key=lambda pair: (-pair[0], pair[1]))[:6]
    titles = _titles(product for _lacking, product in short)
    return Rows(columns, [
        (f"/kernel/product/{product}", (titles[product], needed[product], stocks[product].on_hand, lacking))
        for lacking, product in short])


@card(_("Output by week"), width=6, href="/erp_mrp/work_order", needs="erp_mrp.work_order", order=36, home=False)
def output_by_week() -> ReportTable:
    """Draw how much work orders gave in each of the last eight weeks."""
    today = session().today
    first = today - dt.timedelta(days=today.weekday() + 7 * 7)
    weeks: dict[dt.date, Decimal] = {first + dt.timedelta(days=7 * week): ZERO for week in range(8)}
    for day, received in session().execute(
            select(WorkOrder.ended_on, func.sum(WorkOrder.received))
            .where(WorkOrder.ended_on >= first, WorkOrder.ended_on <= today).group_by(WorkOrder.ended_on)):
        if day is not None:
            weeks[day - dt.timedelta(days=day.weekday())] += received
    return ReportTable(
        columns=(("week", _("Week from"), "date"), ("received", _("Received"), "quantity")),
        rows=list(weeks.items()), chart=("bar", "week", ("received",)))


def _count(*conditions: Any) -> int:
    return session().scalar(
        select(func.count(WorkOrder.id)).where(
            *conditions, WorkOrder.archived.is_(False), WorkOrder.historical.is_(False))) or 0


def _titles(products: Iterable[int]) -> dict[int, str]:
    with as_system("name parts"):
        return {id_: f"{code} {name}" for id_, code, name in session().execute(
            select(Product.id, Product.code, Product.name).where(Product.id.in_(list(products))))}


first_step(
    "erp_mrp.release", _("Release a work order"), needs="erp_mrp.work_order", may="release", order=26,
    href="/erp_mrp/work_order?f.state=draft", why=_("The shop floor sees only what is released."),
    point=".tt tbody a", hint=_("Open a draft and press “Release” at its top right."),
    done=made("erp_mrp.work_order", past="draft"))
first_step(
    "erp_mrp.over_time", _("See the work over time"), needs="erp_mrp.work_order", may="change", order=36,
    href="/erp_mrp/work_order/gantt", why=_("Bars in red begin before what they wait for, or are late."),
    point=".gb", hint=_("Drag a bar to move it, its edges to make it longer or shorter."))
