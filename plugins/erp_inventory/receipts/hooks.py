"""What stock answers: how much may still be promised, and whether it could go today."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from kernel import AvailabilityQuestion, PromiseQuestion, as_system, hook, session
from plugins.erp_inventory.documents import KEPT, products_of
from plugins.erp_inventory.moves.services import stock_of
from plugins.erp_inventory.receipts.services import expected_by
from plugins.erp_inventory.reservations.services import waited_for

ZERO = Decimal(0)


@hook
def availability(questions: Sequence[AvailabilityQuestion]) -> Sequence[Decimal | None]:
    """Answer with what is free, plus what receipts bring by the day, less what others wait for."""
    ids = [question.product_id for question in questions]
    with as_system("know what may be promised"):
        goods = {id_ for id_, product in products_of(ids).items() if product.kind in KEPT}
        stock, expected, waits = stock_of(ids), expected_by(ids), waited_for(ids)
    today = session().today
    return [
        None if each.product_id not in goods else
        stock[each.product_id].free - waits.get(each.product_id, ZERO) + sum(
            (quantity for day, quantity in expected.get(each.product_id, ())
             if each.day is not None and day is not None and day <= max(each.day, today)), ZERO)
        for each in questions]


@hook
def promise_date(questions: Sequence[PromiseQuestion]) -> Sequence[dt.date | None]:
    """Answer today where what is free suffices; when more could be there is for a plan to say."""
    stock = stock_of([question.product_id for question in questions])
    today = session().today
    return [today if stock[each.product_id].free >= each.quantity > 0 else None for each in questions]
