"""Look at the days since a backdated posting: no stock may have been negative on any of them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select

from kernel import AnyRef, Refusal, _, format_number, session
from plugins.erp_inventory.moves.book import Book
from plugins.erp_inventory.moves.models import Move

Key = tuple[int, int, int | None]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a backdated posting took from a place, on which day."""

    document: AnyRef
    key: Key
    quantity: Decimal
    day: dt.date


def never_negative(book: Book, taken: Sequence[Taken]) -> None:
    """Raise Refusal STOCK_NEGATIVE where goods are taken on a day on which, or after which, they weren't there.

    To be asked with the takings already in the book: one statement for all of them.
    """
    late = [each for each in taken if each.day < book.today]
    if not late:
        return
    first = min(each.day for each in late)
    changes: dict[Key, dict[dt.date, Decimal]] = {}
    for place, sign in ((Move.from_place_id, -1), (Move.to_place_id, 1)):
        rows = session().work.connection.execute(
            select(Move.product_id, place, Move.lot_id, Move.day, func.sum(Move.quantity))
            .where(Move.company_id == book.company, Move.product_id.in_({each.key[0] for each in late}),
                   Move.day > first, Move.historical.is_(False))
            .group_by(Move.product_id, place, Move.lot_id, Move.day))
        for product, at, lot, day, quantity in rows:
            days = changes.setdefault((product, at, lot), {})
            days[day] = days.get(day, Decimal(0)) + sign * quantity
    for each in late:
        stocked = book.products[each.key[0]]
        pile = next(pile for pile in stocked.piles if (pile.place_id, pile.lot_id) == each.key[1:])
        was = pile.on_hand
        for day, change in sorted(changes.get(each.key, {}).items(), reverse=True):
            if day <= each.day:
                break
            was -= change
            if was < 0:
                raise Refusal(
                    "STOCK_NEGATIVE",
                    _("{document}: {quantity} of {product} weren't there on {day}: what came in came later",
                      document=each.document.title, quantity=format_number(each.quantity), product=stocked.name,
                      day=each.day.isoformat()),
                    record=each.document, field="day", actual=each.day, fix=_("Take a later day"))
