"""What must hold of demands and supplies in a live database."""

from collections.abc import Iterable

from sqlalchemy import func, select

from kernel import Finding, Product, _, amount, invariant, session
from plugins.erp_mrp.planning.models import Demand, Peg, PlannedOrder, Supply


@invariant("erp_mrp.demand_delivered", _("No more is delivered than was needed, and the state says so"))
def delivered_within_demand() -> Iterable[Finding]:
    """Find demands whose delivered quantity or state can't be; history keeps its own figures."""
    for title, code, quantity, delivered, state in session().execute(
            select(Demand.source_title, Product.code, Demand.quantity, Demand.delivered, Demand.state)
            .join(Product, Product.id == Demand.product_id)
            .where(Demand.historical.is_(False),
                   (Demand.delivered < 0) | (Demand.delivered > Demand.quantity)
                   | ((Demand.state == "done") & (Demand.delivered < Demand.quantity))
                   | ((Demand.state == "open") & (Demand.delivered >= Demand.quantity)))):
        yield Finding("erp_mrp.demand", f"{title or ''} {code}".strip(), _(
            "{delivered} of {quantity} delivered, “{state}”", delivered=delivered, quantity=quantity, state=state))


@invariant("erp_mrp.supply_received", _("A supply that came in whole is not expected any more"))
def received_supplies_are_closed() -> Iterable[Finding]:
    """Find supplies that are open though all of them came."""
    for title, code, quantity, received in session().execute(
            select(Supply.source_title, Product.code, Supply.quantity, Supply.received)
            .join(Product, Product.id == Supply.product_id)
            .where(Supply.historical.is_(False),
                   (Supply.received < 0) | ((Supply.state == "open") & (Supply.received >= Supply.quantity)))):
        yield Finding("erp_mrp.supply", f"{title or ''} {code}".strip(), _(
            "{received} of {quantity} received and still open", received=received, quantity=quantity))


@invariant("erp_mrp.pegs", _("The parts of a planned order that are for somebody are no more than it gives"))
def pegged_within_orders() -> Iterable[Finding]:
    """Find planned orders that more is pegged to than comes of them."""
    pegged = func.coalesce(func.sum(Peg.quantity), amount(0))
    for code, day, expected, total in session().execute(
            select(Product.code, PlannedOrder.due_on, PlannedOrder.expected, pegged)
            .join(Peg, Peg.planned_order_id == PlannedOrder.id).join(Product, Product.id == PlannedOrder.product_id)
            .group_by(PlannedOrder.id, Product.code, PlannedOrder.due_on, PlannedOrder.expected)
            .having(pegged > PlannedOrder.expected)):
        yield Finding("erp_mrp.planned_order", f"{code} {day}", _(
            "{pegged} pegged, {expected} expected", pegged=total, expected=expected))
