"""How demands, supplies and plans look."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from kernel import (
    AnyRef,
    Figure,
    FormView,
    LinesView,
    ListView,
    Menu,
    MenuItem,
    NotFound,
    Panel,
    Product,
    Rows,
    Section,
    Tab,
    _,
    card,
    first_step,
    format_date,
    format_number,
    made,
    page,
    panel,
    rights,
    session,
)
from plugins.erp_mrp.planning.models import Demand, Message, Plan, PlannedOrder
from plugins.erp_mrp.planning.running import latest_plan
from plugins.erp_mrp.planning.why import days_of_product, reasons_of

ListView(
    "erp_mrp.demand", "product quantity delivered due_on state source", filters="product state due_on",
    sort="due_on", tabs=(Tab(_("Open"), "state=open"), Tab(_("Done"), "state=done")),
    phone="product quantity source due_on state delivered")
FormView("erp_mrp.demand", Section("", "product quantity due_on delivered state source comment"),
         subtitle="due_on source")

ListView(
    "erp_mrp.supply", "product quantity received expected_on kind state source",
    filters="product kind state expected_on", sort="expected_on",
    tabs=(Tab(_("Open"), "state=open"), Tab(_("Requested"), "state=open&kind=requested")),
    phone="product quantity source expected_on kind received")
FormView("erp_mrp.supply", Section("", "product quantity expected_on received kind state source planned_order"),
         subtitle="expected_on source")

ListView(
    "erp_mrp.plan", "number state run_on horizon_on products demands to_make to_buy messages seconds",
    filters="state run_on", sort="-number", phone="number state run_on messages to_make to_buy")
FormView(
    "erp_mrp.plan", Section("", "horizon_on comment"),
    Section(_("What came of it"), "run_on products demands to_make to_buy messages seconds"), subtitle="run_on")

ListView(
    "erp_mrp.planned_order", "product kind quantity release_on due_on late state plan",
    filters="product kind state late release_on due_on plan", sort="release_on",
    tabs=(Tab(_("Planned"), "state=planned"), Tab(_("To make"), "state=planned&kind=make"),
          Tab(_("To buy"), "state=planned&kind=buy"), Tab(_("Late"), "state=planned&late=true")),
    phone="product quantity kind release_on state due_on")
FormView(
    "erp_mrp.planned_order",
    Section("", "product kind quantity expected release_on due_on late bom plan"),
    lines=(LinesView("pegs", "kind demand parent_order work_order quantity"),), subtitle="kind due_on")

ListView(
    "erp_mrp.message", "kind product quantity from_on to_on work_order supply",
    filters="kind product plan", sort="to_on",
    tabs=(Tab(_("Expedite"), "kind=expedite,late"), Tab(_("Defer"), "kind=defer"),
          Tab(_("Cancel or reduce"), "kind=cancel,reduce")),
    phone="product kind quantity to_on from_on work_order")

Menu(
    "erp_mrp",
    MenuItem(_("The plan"), "/pages/erp_mrp/plan", "calendar-stats"),
    MenuItem(_("Work orders"), "erp_mrp.work_order", "tool"),
    MenuItem(_("Operation reports"), "erp_mrp.operation_report", "clipboard-check"),
    MenuItem(_("Demands"), "erp_mrp.demand", "target-arrow"),
    MenuItem(_("Plans"), "erp_mrp.plan", "calendar-due"),
    MenuItem(_("Planned orders"), "erp_mrp.planned_order", "list-details"),
    MenuItem(_("Messages"), "erp_mrp.message", "message-report"),
    MenuItem(_("Expected supplies"), "erp_mrp.supply", "truck-delivery"),
    MenuItem(_("Bills of materials"), "erp_mrp.bom", "sitemap"),
    MenuItem(_("Work centres"), "erp_mrp.work_centre", "building-factory-2"),
    MenuItem(_("Explosion of a bill of materials"), "/reports/erp_mrp.bom_explosion", "sitemap"),
    MenuItem(_("Cost by bills of materials"), "/reports/erp_mrp.cost_roll_up", "coins"),
    icon="tools", order=35)

ICONS = {"demand": "shopping-cart", "order": "calendar-due", "work_order": "tool", "safety": "shield"}
MOST_ORDERS = 200
"""How many of a plan's orders its page shows; the list has all."""


@panel("erp_mrp.planned_order", _("Why"), icon="help-circle", priority=10, needs="erp_mrp.plan")
def why_panel(orders: Sequence[PlannedOrder]) -> list[Panel | None]:
    """Lead from a planned order to the page that says why it is there."""
    return [
        Panel(link=(_("Why this order?"), f"/pages/erp_mrp/plan?id={order.plan_id}&order={order.id}"))
        for order in orders]


@panel("erp_mrp.plan", _("Orders of the plan"), icon="calendar-due", priority=10, needs="erp_mrp.planned_order")
def orders_of_plans(plans: Sequence[Plan]) -> list[Panel | None]:
    """Count a plan's orders that are late or not firm yet, and lead to them."""
    rows = session().execute(
        select(PlannedOrder.plan_id, PlannedOrder.state, PlannedOrder.late, func.count())
        .where(PlannedOrder.plan_id.in_([plan.id for plan in plans]))
        .group_by(PlannedOrder.plan_id, PlannedOrder.state, PlannedOrder.late))
    found: dict[int, dict[str, int]] = {}
    for plan_id, state, late, count in rows:
        figures = found.setdefault(plan_id, {"planned": 0, "firmed": 0, "late": 0})
        figures[state] += count
        figures["late"] += count if late else 0
    return [
        Panel(rows=[(_("Planned"), found[plan.id]["planned"]), (_("Firmed"), found[plan.id]["firmed"]),
                    (_("Late"), found[plan.id]["late"])],
              link=(_("The plan"), f"/pages/erp_mrp/plan?id={plan.id}")) if plan.id in found else None
        for plan in plans]


@page("plan", _("The plan"), icon="calendar-stats", needs="erp_mrp.plan")
def plan_page(query: Mapping[str, str]) -> tuple[str, Mapping[str, object]]:
    """Show a plan (`id`, else the latest): its messages and orders, and why one of them (`order`) is there."""
    plan = _asked(Plan, query.get("id")) if query.get("id") else latest_plan()
    may_plan = rights().may("create", "erp_mrp.plan")
    if plan is None:
        return "erp_mrp/plan.html", {"plan": None, "may_plan": may_plan}
    order = _asked(PlannedOrder, query.get("order")) if query.get("order") else None
    orders = session().scalars(
        select(PlannedOrder).where(PlannedOrder.plan_id == plan.id, PlannedOrder.state == "planned")
        .order_by(PlannedOrder.release_on, PlannedOrder.id).limit(MOST_ORDERS)).all()
    messages = session().scalars(
        select(Message).where(Message.plan_id == plan.id).order_by(Message.kind, Message.id).limit(MOST_ORDERS)).all()
    return "erp_mrp/plan.html", {
        "may_plan": may_plan,
        "plan": plan, "order": order, "today": session().today, "format_date": format_date, "number": format_number,
        "orders": orders, "messages": messages,
        "kinds": {each.value: each for each in Message.__fields__["kind"].choices},
        "reasons": _reasons(order) if order else (),
        "days": days_of_product(order.product_id, plan.id) if order else (),
    }


def _asked(cls: type[Any], id_: str | None) -> Any:
    found = session().get(cls, int(id_)) if id_ and id_.isdigit() and len(id_) < 18 else None
    if found is None:
        raise NotFound("NO_SUCH_RECORD", _("There is no such {what}, or it isn't open to you", what=cls.__label__))
    return found


def _reasons(order: PlannedOrder) -> list[dict[str, object]]:
    return [
        {"depth": min(each.depth, 6), "icon": ICONS[each.kind], "quantity": each.quantity, "day": each.day,
         "title": each.record.title if each.record else _("Safety stock"), "href": _address(each.record),
         "kind": each.kind}
        for each in reasons_of(order)]


def _address(record: AnyRef | None) -> str:
    if record is None:
        return ""
    plugin, name = record.entity.split(".")
    return f"/{plugin}/{name}/{record.id}"


@card(_("Late planned orders"), href="/erp_mrp/planned_order?f.state=planned&f.late=true",
      needs="erp_mrp.planned_order", order=33, home=False)
def late_planned() -> Figure:
    """Count the orders of the plan that should have been started before today."""
    plan = latest_plan()
    count = 0 if plan is None else session().scalar(
        select(func.count(PlannedOrder.id)).where(
            PlannedOrder.plan_id == plan.id, PlannedOrder.late, PlannedOrder.state == "planned"))
    return Figure(count or 0, good="less")


@card(_("Messages of the plan"), width=6, href="/erp_mrp/message", needs="erp_mrp.message", order=37, home=False)
def plan_messages() -> Rows:
    """List the first things the plan would change."""
    plan = latest_plan()
    columns = ((_("What"), "text"), (_("Product"), "text"), (_("Quantity"), "quantity"), (_("Wanted on"), "date"))
    if plan is None:
        return Rows(columns, [])
    kinds = Message.__fields__["kind"]
    found = session().execute(
        select(Message.id, Message.kind, Product.code, Message.quantity, Message.to_on)
        .join(Product, Product.id == Message.product_id).where(Message.plan_id == plan.id)
        .order_by(Message.to_on, Message.id).limit(6))
    return Rows(columns, [
        (f"/erp_mrp/message/{id_}", (kinds.choice(kind).label, code, quantity, day))
        for id_, kind, code, quantity, day in found])


def _overdue_href() -> str:
    return f"/erp_mrp/demand?f.state=open&f.due_on.to={session().today - dt.timedelta(days=1)}&sort=due_on"


@card(_("Demands overdue"), href=_overdue_href, needs="erp_mrp.demand", order=32, home=False)
def overdue_demands() -> Figure:
    """Count the open demands whose day has passed."""
    return Figure(session().scalar(
        select(func.count(Demand.id)).where(Demand.state == "open", Demand.due_on < session().today,
                                            Demand.archived.is_(False))) or 0, good="less")


first_step(
    "erp_mrp.first_plan", _("Run the plan"), needs="erp_mrp.plan", may="run", order=20, href="/pages/erp_mrp/plan",
    why=_("It says what to make and buy by when, and names the order each need comes from."), point="main .btn-primary",
    hint=_("Running it changes no order: it only proposes."), done=made("erp_mrp.plan"))
