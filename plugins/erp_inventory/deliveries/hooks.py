"""What deliveries answer: what keeps them from going."""

from collections.abc import Sequence

from sqlalchemy import select

from kernel import Product, Text, _, format_number, hook, session
from plugins.erp_inventory.deliveries.models import Delivery, DeliveryLine


@hook
def held_up(entity: str, ids: Sequence[int]) -> Sequence[Text | None]:
    """Name the goods that open deliveries lack; those that lack nothing wait for a hand."""
    if entity != Delivery.__entity__:
        return [None] * len(ids)
    lacking: dict[int, list[str]] = {}
    for delivery, short, product in session().execute(
            select(DeliveryLine.delivery_id, DeliveryLine.short, Product)
            .join(Product, Product.id == DeliveryLine.product_id)
            .where(DeliveryLine.delivery_id.in_(ids)).order_by(DeliveryLine.id)):
        found = lacking.setdefault(delivery, [])
        if short:
            found.append(f"{format_number(short)} {product.title}")
    return [_sentence(lacking[id_]) if id_ in lacking else None for id_ in ids]


def _sentence(goods: Sequence[str]) -> Text:
    if not goods:
        return _("all of it is reserved and can be shipped")
    if len(goods) == 1:
        return _("{what} not in stock", what=goods[0])
    return _("{what} and {count} more not in stock", what=goods[0], count=len(goods) - 1)
