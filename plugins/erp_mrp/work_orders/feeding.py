"""Which work order makes what another one takes: told by the pegs of the plan that both came of."""

from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from kernel import session
from plugins.erp_mrp.planning.models import Peg
from plugins.erp_mrp.work_orders.models import WorkOrder

__all__ = ["feeds"]


def feeds(ids: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Give pairs (work order, the one that takes what it makes) among some work orders."""
    maker, taker = aliased(WorkOrder), aliased(WorkOrder)
    found = session().execute(
        select(maker.id, taker.id).distinct()
        .join(Peg, Peg.planned_order_id == maker.planned_order_id)
        .join(taker, or_(taker.id == Peg.work_order_id, taker.planned_order_id == Peg.parent_order_id))
        .where(maker.id.in_(ids), taker.id.in_(ids), maker.id != taker.id))
    return [(made, takes) for made, takes in found]
