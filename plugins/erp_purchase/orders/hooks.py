"""What purchase orders answer: what keeps them from being done."""

from collections.abc import Sequence

from sqlalchemy import select

from kernel import Party, Text, _, format_percent, hook, session
from plugins.erp_purchase.orders.models import Order


@hook
def held_up(entity: str, ids: Sequence[int]) -> Sequence[Text | None]:
    """Say of approved orders how much has come, and from whom the rest should."""
    if entity != Order.__entity__:
        return [None] * len(ids)
    known = {id_: (name, percent) for id_, name, percent in session().execute(
        select(Order.id, Party.name, Order.received_percent).join(Party, Party.id == Order.supplier_id)
        .where(Order.id.in_(ids), Order.state == "approved"))}
    return [
        _("{supplier} has delivered {percent}", supplier=known[id_][0], percent=format_percent(known[id_][1]))
        if id_ in known else None for id_ in ids]
