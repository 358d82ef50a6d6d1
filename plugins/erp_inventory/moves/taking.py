"""Take goods out of the book: reserved ones first, then free ones, and a clear refusal where there aren't enough."""

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

from kernel import AnyRef, Refusal, _, format_number
from plugins.erp_inventory.documents import plain
from plugins.erp_inventory.moves.book import Book, Pile, Stocked
from plugins.erp_inventory.moves.postings import Movement
from plugins.erp_inventory.reservations.ledger import Kept

ZERO = Decimal(0)
Part = tuple[Pile, Decimal, Decimal]
"""A pile with the quantity and value that came out of it."""


def take_out(
    book: Book, line: Movement, kept: Sequence[Kept], *, expired_too: bool, document: AnyRef
) -> list[Part]:
    """Take a line's quantity out of the piles and give its parts.

    Raises Refusal STOCK_NEGATIVE where there isn't enough, NOT_RESERVED where the rest is kept for others, EXPIRED
    where the rest may not be handed out any more.
    """
    stocked = book.products[line.product_id]
    left = line.quantity
    parts: list[Part] = []

    def take(pile: Pile, quantity: Decimal) -> None:
        value = stocked.worth_of(quantity, book.grounds.step)
        pile.move(-quantity)
        stocked.change(-quantity, -value)
        parts.append((pile, quantity, value))

    for each in kept:
        pile = book.known_pile(each.product_id, each.place_id, each.lot_id) if each.quantity else None
        if pile is None or each.product_id != line.product_id or not _suits(pile, line):
            continue
        part = min(each.quantity, left)
        if part:
            book.ledger.use(each, part)
            pile.keep(-part)
            take(pile, part)
            left -= part
    for pile in _free(stocked, line, book.today, expired_too):
        if not left:
            break
        part = min(pile.free, left)
        take(pile, part)
        left -= part
    if left:
        raise _refusal(stocked, line, line.quantity - left, document, book.today)
    return parts


def _suits(pile: Pile, line: Movement) -> bool:
    return line.place_id in (None, pile.place_id) and line.lot_id in (None, pile.lot_id)


def _free(stocked: Stocked, line: Movement, today: dt.date, expired_too: bool) -> Iterator[Pile]:
    if expired_too:
        piles: Sequence[Pile] = [pile for pile in stocked.piles if pile.free > 0]
    else:
        piles = list(stocked.usable(today))
    return (pile for pile in piles if _suits(pile, line))


def _refusal(
    stocked: Stocked, line: Movement, found: Decimal, document: AnyRef, today: dt.date
) -> Refusal:
    suiting = [pile for pile in stocked.piles if _suits(pile, line)]
    on_hand = sum((pile.on_hand for pile in suiting), found)  # what was found has been taken out already
    wanted, free = format_number(line.quantity), format_number(found)
    if on_hand < line.quantity:
        return Refusal(
            "STOCK_NEGATIVE",
            _("{document}: {wanted} of {product} are to go out, but only {free} are there", document=document.title,
              wanted=wanted, product=stocked.name, free=format_number(on_hand)),
            record=document, field="quantity", actual=plain(line.quantity), allowed=plain(on_hand),
            fix=_("Take in what is missing first, or move less"))
    if any(pile.free > 0 and pile.expires_on is not None and pile.expires_on < today for pile in suiting):
        return Refusal(
            "EXPIRED",
            _("{document}: {wanted} of {product} are to go out, but only {free} of them haven't expired",
              document=document.title, wanted=wanted, product=stocked.name, free=free),
            record=document, field="quantity", actual=plain(line.quantity), allowed=plain(found),
            fix=_("Write the expired lot off, or wait for fresh goods"))
    return Refusal(
        "NOT_RESERVED",
        _("{document}: {wanted} of {product} are to go out, but only {free} are free: the rest is kept for others",
          document=document.title, wanted=wanted, product=stocked.name, free=free),
        record=document, field="quantity", actual=plain(line.quantity), allowed=plain(found),
        fix=_("Move less, or have a reservation given up first"))
