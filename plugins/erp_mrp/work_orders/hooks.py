"""What work orders answer: what keeps them from being done."""

from collections.abc import Sequence

from sqlalchemy import func, select

from kernel import Text, _, format_number, hook, session
from plugins.erp_mrp.work_orders.models import WorkOrder, WorkOrderComponent


@hook
def held_up(entity: str, ids: Sequence[int]) -> Sequence[Text | None]:
    """Say how much of work orders is made, and of how many components something is still to be issued."""
    if entity != WorkOrder.__entity__:
        return [None] * len(ids)
    left = dict(session().execute(
        select(WorkOrderComponent.work_order_id, func.count())
        .where(WorkOrderComponent.work_order_id.in_(ids), WorkOrderComponent.issued < WorkOrderComponent.quantity)
        .group_by(WorkOrderComponent.work_order_id)).all())
    known = {order.id: order for order in session().scalars(select(WorkOrder).where(WorkOrder.id.in_(ids)))}
    return [_sentence(known[id_], left.get(id_, 0)) if id_ in known else None for id_ in ids]


def _sentence(order: WorkOrder, components: int) -> Text:
    made, all_ = format_number(order.received), format_number(order.quantity)
    if components:
        return _("{made} of {all} made, {count} components still to be issued", made=made, all=all_, count=components)
    return _("{made} of {all} made", made=made, all=all_)
