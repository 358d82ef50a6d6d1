"""The one writer of stock: postings bring goods in and out, reversals take them back."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import Table, func, select

from kernel import AnyRef, Invalid, Problem, Refusal, _, as_system, format_number, session
from plugins.erp_inventory.documents import plain
from plugins.erp_inventory.moves.backdating import Taken, never_negative
from plugins.erp_inventory.moves.book import Book, Pile, Stocked, open_book
from plugins.erp_inventory.moves.models import Balance, Move
from plugins.erp_inventory.moves.postings import OUTSIDE_OF, Movement, Posting, Stock
from plugins.erp_inventory.moves.signals import MovedLine, MovePosted, move_posted
from plugins.erp_inventory.moves.taking import Part, take_out
from plugins.erp_inventory.places.models import STOCK, Lot, Place
from plugins.erp_inventory.places.services import current_company, grounds

ZERO = Decimal(0)
WRITTEN_OFF = frozenset({"adjustment"})
"""The kinds of posting that may take expired goods out."""
_balances: Table = Balance.__table__  # type: ignore[assignment]  # a mapped class's Table
_moves: Table = Move.__table__  # type: ignore[assignment]  # a mapped class's Table


def post(postings: Sequence[Posting], because: Sequence[object] = ()) -> list[list[MovedLine]]:
    """Move goods in and out, write the balances and values, and tell `move_posted` once for all.

    Gives what was moved for each posting, a line for each of its lines, both figures signed. What goes out uses up
    the reservations of its line first, then free goods; what comes in is offered to those who wait. `because` names
    the events heard that led to the postings. A fixed number of statements.
    Raises Refusal STOCK_NEGATIVE, NOT_RESERVED, EXPIRED or FUTURE, and Invalid for quantities that make no sense.
    """
    postings = [each for each in postings if each.lines]
    if not postings:
        return []
    _check(postings)
    with as_system("post stock moves"):
        book = open_book(line.product_id for each in postings for line in each.lines)
        lots = _places_and_lots(postings)
        kept = book.ledger.of_lines(
            line.holder for each in postings if not each.comes_in for line in each.lines if line.holder)
        told: list[list[MovedLine]] = []
        taken: list[Taken] = []
        for each in postings:
            day = each.day or book.today
            moved = []
            for line in each.lines:
                if each.comes_in:
                    parts = [_bring_in(book, line, lots)]
                else:
                    holder = (line.holder.entity, line.holder.id) if line.holder else ("", 0)
                    parts = take_out(book, line, kept.get(holder, ()), expired_too=each.kind in WRITTEN_OFF,
                                     document=each.document)
                    taken += [Taken(each.document, (pile.product_id, pile.place_id, pile.lot_id), quantity, day)
                              for pile, quantity, _value in parts]
                moved.append(_note(book, each, line, day, parts))
            told.append(moved)
        never_negative(book, taken)
        if any(each.comes_in for each in postings):
            book.offer()
        book.write()
    move_posted.tell([
        MovePosted(document=each.document, kind=each.kind, day=each.day or session().today, lines=tuple(lines),
                   party_id=each.party_id, source=each.source)
        for each, lines in zip(postings, told, strict=True)], because=because)
    return told


def reverse(documents: Sequence[AnyRef]) -> list[list[MovedLine]]:
    """Take back all moves of documents that weren't taken back yet, today and at the values they had.

    Where the stock isn't worth that much any more, what is left of its value goes. What came in and is kept for
    somebody by now is taken from them: they wait again. Gives what was moved, for each document.
    Raises Refusal STOCK_NEGATIVE where what came in has gone.
    """
    if not documents:
        return []
    with as_system("take stock moves back"):
        found = _moves_of(documents)
        book = open_book({row.product_id for rows in found for row in rows})
        told = [
            [_take_back(book, document, row) for row in rows]
            for document, rows in zip(documents, found, strict=True)]
        book.offer()
        book.write()
    inside = [bool(rows) and rows[0].direction == "inside" for rows in found]
    move_posted.tell([
        MovePosted(
            document=document, kind=rows[0].kind, day=session().today, lines=tuple(lines), party_id=rows[0].party_id,
            source=_ref(rows[0], "source"), reversal=True)
        for document, rows, lines, stays in zip(documents, found, told, inside, strict=True) if rows and not stays])
    return told


def stock_of(product_ids: Sequence[int] | None = None) -> Mapping[int, Stock]:
    """Give the company's stock of products, or of all that have any: one statement."""
    wanted = (
        select(Balance.product_id, func.sum(Balance.on_hand), func.sum(Balance.reserved))
        .where(Balance.company_id == current_company()).group_by(Balance.product_id))
    some = None if product_ids is None else set(product_ids)
    if some is None:
        wanted = wanted.having(func.sum(Balance.on_hand) > 0)
    elif len(some) <= MOST_NAMED:
        wanted = wanted.where(Balance.product_id.in_(some))
    with as_system("know what is in stock") as system:
        rows = system.work.connection.execute(wanted)
        found = {product: Stock(on_hand, reserved) for product, on_hand, reserved in rows
                 if some is None or product in some}
    return found if some is None else {id_: found.get(id_, Stock(ZERO, ZERO)) for id_ in some}


MOST_NAMED = 5000
"""How many products a question names one by one; beyond, all are read."""


@dataclass(frozen=True, slots=True)
class Shift:
    """What one document moves to a place inside the company; each line says where from."""

    document: AnyRef
    day: dt.date
    to_place_id: int
    lines: Sequence[Movement]


def shift(shifts: Sequence[Shift]) -> None:
    """Move free goods from place to place inside the company; what stays inside keeps its value and isn't told.

    A fixed number of statements. Raises Refusal STOCK_NEGATIVE, NOT_RESERVED, PLACE or FUTURE.
    """
    _check([Posting(each.document, "issue", each.lines, day=each.day) for each in shifts])
    with as_system("move goods inside"):
        book = open_book(line.product_id for each in shifts for line in each.lines)
        demand_stock_places({each.to_place_id for each in shifts})
        taken: list[Taken] = []
        for each in shifts:
            for line in each.lines:
                stocked = book.products[line.product_id]
                for pile, quantity, value in take_out(book, line, (), expired_too=True, document=each.document):
                    stocked.change(quantity, value)
                    book.pile(pile.product_id, each.to_place_id, pile.lot_id, pile.expires_on).move(quantity)
                    book.moves.append(_row(
                        stocked, quantity, ZERO, pile.place_id, each.to_place_id, pile.lot_id, "inside", "transfer",
                        each.day, each.document))
                    taken.append(Taken(
                        each.document, (pile.product_id, pile.place_id, pile.lot_id), quantity, each.day))
        never_negative(book, taken)
        book.write()


def begin_stock(piles: Sequence[tuple[int, int | None, int | None]]) -> None:
    """Open the books of products in places (the default where None) and lots, with nothing there yet."""
    if not piles:
        return
    with as_system("open the books of products"):
        book = open_book(product for product, _place, _lot in piles)
        demand_stock_places({place for _product, place, _lot in piles if place is not None})
        for product, place, lot in piles:
            book.pile(product, place or book.grounds.places[STOCK], lot)
        book.write()


def _check(postings: Sequence[Posting]) -> None:
    today = session().today
    problems = []
    for posting in postings:
        if posting.day is not None and posting.day > today:
            raise Refusal(
                "FUTURE", _("{document}: goods can't move on {day}, which is still to come",
                            document=posting.document.title, day=posting.day.isoformat()),
                record=posting.document, field="day", actual=posting.day, allowed=today,
                fix=_("Post it on that day, or take today"))
        for at, line in enumerate(posting.lines):
            if line.quantity <= 0:
                problems.append(Problem(f"lines.{at}.quantity", _("A quantity is greater than zero"), "QUANTITY",
                                        posting.document))
            if line.value is not None and line.value < 0:
                problems.append(Problem(f"lines.{at}.value", _("A value can't be less than zero"), "NEGATIVE",
                                        posting.document))
    if problems:
        raise Invalid(problems)


def _places_and_lots(postings: Sequence[Posting]) -> Mapping[int, Lot]:
    """Check the places that goods come to, and load the lots they come in: no statement where none are named."""
    coming = [line for each in postings if each.comes_in for line in each.lines]
    demand_stock_places({line.place_id for line in coming if line.place_id is not None})
    return _lots_of(coming)


def demand_stock_places(places: set[int]) -> None:
    """Raise Refusal PLACE for places that can't hold this company's goods."""
    if not places - {grounds().places[STOCK]}:
        return
    connection = session().work.connection
    right = set(connection.scalars(
        select(Place.id).where(Place.id.in_(places), Place.kind == STOCK, Place.company_id == current_company())))
    if wrong := places - right:
        name = connection.scalar(select(Place.name).where(Place.id.in_(wrong)).limit(1))
        raise Refusal("PLACE", _("{place} can't hold goods: it is no place of kind “stock” of this company",
                                 place=name or min(wrong)), field="place", actual=name or min(wrong))


def _lots_of(lines: Sequence[Movement]) -> Mapping[int, Lot]:
    """Load the lots that lines name; raises Refusal LOT for one of another product."""
    named = {line.lot_id for line in lines if line.lot_id is not None}
    if not named:
        return {}
    lots = {lot.id: lot for lot in session().scalars(select(Lot).where(Lot.id.in_(named)))}
    for line in lines:
        lot = lots.get(line.lot_id or 0)
        if line.lot_id is not None and (lot is None or lot.product_id != line.product_id):
            raise Refusal("LOT", _("Lot {lot} is of another product", lot=lot.number if lot else line.lot_id),
                          record=lot, field="lot")
    return lots


def _bring_in(book: Book, line: Movement, lots: Mapping[int, Lot]) -> Part:
    stocked = book.products[line.product_id]
    step = book.grounds.step
    value = stocked.cost_of(line.quantity, step) if line.value is None else line.value.quantize(step, ROUND_HALF_UP)
    lot = lots.get(line.lot_id or 0)
    pile = book.pile(line.product_id, line.place_id or book.grounds.places[STOCK], line.lot_id,
                     lot.expires_on if lot else None)
    pile.move(line.quantity)
    stocked.change(line.quantity, value)
    return pile, line.quantity, value


def _note(book: Book, posting: Posting, line: Movement, day: dt.date, parts: Sequence[Part]) -> MovedLine:
    """Add a line's moves to the book; gives the line as it is told."""
    stocked = book.products[line.product_id]
    outside = book.grounds.places[OUTSIDE_OF[posting.kind]]
    comes_in = posting.comes_in
    for pile, quantity, value in parts:
        ends = (outside, pile.place_id) if comes_in else (pile.place_id, outside)
        book.moves.append(_row(
            stocked, quantity, value, *ends, pile.lot_id, "in" if comes_in else "out", posting.kind, day,
            posting.document, posting.source, line.source_line, posting.party_id))
    sign = 1 if comes_in else -1
    return MovedLine(
        book.moves[-len(parts)]["id"], line.product_id, sign * line.quantity, stocked.unit_id,
        sign * sum((value for _pile, _quantity, value in parts), ZERO), line.source_line)


def _row(
    stocked: Stocked, quantity: Decimal, value: Decimal, from_place: int, to_place: int, lot: int | None,
    direction: str, kind: str, day: dt.date, document: AnyRef, source: AnyRef | None = None,
    source_line: AnyRef | None = None, party: int | None = None, reverses: int | None = None,
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": session().work.take_ids(1)[0], "product_id": stocked.product_id, "quantity": quantity,
        "unit_id": stocked.unit_id, "direction": direction, "value": value, "day": day, "kind": kind,
        "from_place_id": from_place, "to_place_id": to_place, "lot_id": lot, "party_id": party, "reverses_id": reverses}
    for name, ref in (("document", document), ("source", source), ("source_line", source_line)):
        row[f"{name}_entity"] = ref.entity if ref else None
        row[f"{name}_id"] = ref.id if ref else None
        row[f"{name}_title"] = ref.title if ref else None
    return row


def _moves_of(documents: Sequence[AnyRef]) -> list[list[Any]]:
    """Read the moves of each document that weren't taken back; what went out comes first, to be back in time."""
    again = _moves.alias("again")
    rows = session().work.connection.execute(
        select(_moves).outerjoin(again, again.c.reverses_id == _moves.c.id)
        .where(_moves.c.company_id == current_company(), _moves.c.document_id.in_([each.id for each in documents]),
               _moves.c.reverses_id.is_(None), again.c.id.is_(None), _moves.c.historical.is_(False))
        .order_by(_moves.c.direction.desc(), _moves.c.id)).all()
    found: dict[tuple[str, int], list[Any]] = {}
    for row in rows:
        found.setdefault((row.document_entity, row.document_id), []).append(row)
    return [found.get((each.entity, each.id), []) for each in documents]


def _take_back(book: Book, document: AnyRef, row: Any) -> MovedLine:
    stocked = book.products[row.product_id]
    value = row.value
    if row.direction == "out":
        pile = book.pile(row.product_id, row.from_place_id, row.lot_id)
        stocked.change(row.quantity, value)
    else:
        pile = book.pile(row.product_id, row.to_place_id, row.lot_id)
        _make_free(book, stocked, pile, row.quantity, document)
        if row.direction == "in":
            value = stocked.value if row.quantity >= stocked.quantity else min(value, stocked.value)
            stocked.change(-row.quantity, -value)
    pile.move(row.quantity if row.direction == "out" else -row.quantity)
    if row.direction == "inside":
        book.pile(row.product_id, row.from_place_id, row.lot_id).move(row.quantity)
    back = {"in": "out", "out": "in"}.get(row.direction, row.direction)
    book.moves.append(_row(
        stocked, row.quantity, value, row.to_place_id, row.from_place_id, row.lot_id, back, row.kind, book.today,
        document, _ref(row, "source"), _ref(row, "source_line"), row.party_id, row.id))
    sign = 1 if row.direction == "out" else -1
    return MovedLine(book.moves[-1]["id"], row.product_id, sign * row.quantity, stocked.unit_id, sign * value,
                     _ref(row, "source_line"))


def _make_free(book: Book, stocked: Stocked, pile: Pile, quantity: Decimal, document: AnyRef) -> None:
    """See that a quantity of a pile is free, taking it from those it was kept for last: they wait again."""
    if pile.on_hand < quantity:
        raise Refusal(
            "STOCK_NEGATIVE",
            _("{document} brought in {quantity} of {product}, but only {left} are still there",
              document=document.title, quantity=format_number(quantity), product=stocked.name,
              left=format_number(pile.on_hand)),
            record=document, field="quantity", actual=plain(quantity), allowed=plain(pile.on_hand),
            fix=_("Take back first what was done with them"))
    if pile.free >= quantity:
        return
    for kept in book.ledger.of_products([pile.product_id]):
        part = min(quantity - pile.free, kept.quantity)
        if part > 0 and (kept.place_id, kept.lot_id) == (pile.place_id, pile.lot_id):
            book.ledger.take(kept, part)
            pile.keep(-part)
            book.ledger.wait(kept.product_id, part, kept.source, kept.source_line, kept.needed_on)


def _ref(row: Any, name: str) -> AnyRef | None:
    entity = getattr(row, f"{name}_entity")
    return AnyRef(entity, getattr(row, f"{name}_id"), getattr(row, f"{name}_title")) if entity else None


