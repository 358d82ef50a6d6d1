"""The stock of some products, open on the desk: locked and read in one statement, changed in memory, written in a few.

Whoever writes stock locks all balances of the products concerned, in the order of their ids. So two never work on one
product at once, and nobody waits in a circle. What a product has no balance of gets an empty one first, to lock.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import Table, bindparam, select

from kernel import AnyRef, Conflict, Entity, Product, UpdateEach, _, insert_rows, session
from plugins.erp_inventory.moves.models import Balance, Move, Valuation
from plugins.erp_inventory.places.models import Lot
from plugins.erp_inventory.places.services import Grounds, current_company, default_place, grounds, insert_unless_there
from plugins.erp_inventory.reservations.ledger import Ledger

ZERO = Decimal(0)
_balances: Table = Balance.__table__  # type: ignore[assignment]  # a mapped class's Table
_values: Table = Valuation.__table__  # type: ignore[assignment]  # a mapped class's Table


@dataclass(slots=True)
class Pile:
    """A product in one place and lot: how much lies there, and how much of that is kept for somebody."""

    id: int
    product_id: int
    place_id: int
    lot_id: int | None
    expires_on: dt.date | None
    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO
    moved: Decimal = ZERO
    """What was added to `on_hand` since it was read."""
    kept: Decimal = ZERO
    """What was added to `reserved` since it was read."""
    fresh: bool = False
    """Not written yet."""

    @property
    def free(self) -> Decimal:
        """Give what nobody is promised."""
        return self.on_hand - self.reserved

    def move(self, quantity: Decimal) -> None:
        """Add to what lies there."""
        self.on_hand += quantity
        self.moved += quantity

    def keep(self, quantity: Decimal) -> None:
        """Add to what is kept."""
        self.reserved += quantity
        self.kept += quantity


@dataclass(slots=True)
class Stocked:
    """A product with its piles and what they are worth together."""

    product_id: int
    name: str
    unit_id: int
    cost: Decimal
    valuation_id: int
    quantity: Decimal
    value: Decimal
    piles: list[Pile] = field(default_factory=list)
    gained: Decimal = ZERO
    worth_more: Decimal = ZERO

    def change(self, quantity: Decimal, value: Decimal) -> None:
        """Add to the quantity and value of the whole."""
        self.quantity += quantity
        self.value += value
        self.gained += quantity
        self.worth_more += value

    def worth_of(self, quantity: Decimal, step: Decimal) -> Decimal:
        """Give what a part is worth at the moving average, rounded; the last piece takes what is left."""
        if quantity >= self.quantity:
            return self.value
        return min((self.value * quantity / self.quantity).quantize(step, ROUND_HALF_UP), self.value)

    def cost_of(self, quantity: Decimal, step: Decimal) -> Decimal:
        """Give what more of it is taken to cost: the moving average, else the product's standard cost."""
        average = self.value / self.quantity if self.quantity else self.cost
        return (average * quantity).quantize(step, ROUND_HALF_UP)

    def usable(self, today: dt.date) -> Iterable[Pile]:
        """Give the piles that may be handed out, what expires first before the rest."""
        return sorted(
            (pile for pile in self.piles if pile.free > 0 and (pile.expires_on is None or pile.expires_on >= today)),
            key=lambda pile: (pile.expires_on or dt.date.max, pile.place_id, pile.id))


class Book:
    """The products at work; `write` writes what was changed. To be used inside `as_system`, by postings alone."""

    def __init__(self, products: dict[int, Stocked], company: int, base: Grounds) -> None:
        self.products = products
        self.company = company
        self.grounds = base
        self.today = session().today
        self.ledger = Ledger(company)
        self.moves: list[dict[str, Any]] = []
        self._piles = {
            (pile.product_id, pile.place_id, pile.lot_id): pile for each in products.values() for pile in each.piles}

    def pile(
        self, product_id: int, place_id: int, lot_id: int | None = None, expires_on: dt.date | None = None
    ) -> Pile:
        """Give the pile of a product in a place and lot, a new one where there is none."""
        key = (product_id, place_id, lot_id)
        found = self._piles.get(key)
        if found is None:
            found = self._piles[key] = Pile(
                session().work.take_ids(1)[0], product_id, place_id, lot_id, expires_on, fresh=True)
            self.products[product_id].piles.append(found)
        return found

    def known_pile(self, product_id: int, place_id: int, lot_id: int | None) -> Pile:
        """Give the pile that a reservation or an earlier move names."""
        return self._piles[product_id, place_id, lot_id]

    def keep(
        self, product_id: int, quantity: Decimal, source: AnyRef, source_line: AnyRef, needed_on: dt.date | None
    ) -> Decimal:
        """Keep free goods for somebody, as many as there are and no more; gives how many."""
        left = quantity
        for pile in self.products[product_id].usable(self.today):
            part = min(pile.free, left)
            pile.keep(part)
            self.ledger.add(pile.product_id, pile.place_id, pile.lot_id, part, source, source_line, needed_on)
            left -= part
            if not left:
                break
        return quantity - left

    def offer(self) -> None:
        """Give free goods to those who wait for them, the earliest needed first."""
        some = [id_ for id_, each in self.products.items() if any(pile.free > 0 for pile in each.piles)]
        for wait in self.ledger.waiting_for(some):
            given = self.keep(wait.product_id, wait.quantity, wait.source, wait.source_line, wait.needed_on)
            if given:
                self.ledger.satisfy(wait, given)

    def write(self) -> None:
        """Write balances, values, reservations and moves: a fixed number of statements, each for all of them."""
        piles = list(self._piles.values())
        fresh = [pile for pile in piles if pile.fresh]
        changed = [pile for pile in piles if not pile.fresh and (pile.moved or pile.kept)]
        insert_rows(Balance, [
            {"id": each.id, "product_id": each.product_id, "place_id": each.place_id, "lot_id": each.lot_id,
             "on_hand": each.on_hand, "reserved": each.reserved} for each in fresh], audit=False)
        self._update(_CHANGE_PILE, Balance, [
            {"id": each.id, "moved": each.moved, "kept": each.kept} for each in changed])
        self._update(_CHANGE_VALUE, Valuation, [
            {"id": each.valuation_id, "gained": each.gained, "worth": each.worth_more}
            for each in self.products.values() if each.gained or each.worth_more])
        for each in piles:
            each.fresh, each.moved, each.kept = False, ZERO, ZERO
        for stocked in self.products.values():
            stocked.gained = stocked.worth_more = ZERO
        insert_rows(Move, self.moves)
        self.moves = []
        self.ledger.write()

    def _update(self, change: UpdateEach, cls: type[Entity], rows: Sequence[dict[str, Any]]) -> None:
        if change.run(rows) != len(rows):
            raise Conflict("STOCK_CHANGED", _("Somebody else moved the same goods a moment ago; please try again"))
        refresh(cls, [row["id"] for row in rows])


def refresh(cls: type[Entity], ids: Iterable[int]) -> None:
    """Have records that Core changed read again where somebody holds them."""
    current = session()
    for id_ in ids:
        current.touch(cls, id_)


_READ = (
    select(Balance.id, Balance.product_id, Balance.place_id, Balance.lot_id, Lot.expires_on, Balance.on_hand,
           Balance.reserved, Valuation.id.label("valuation_id"), Valuation.quantity, Valuation.value,
           Product.code, Product.unit_id, Product.cost)
    .select_from(_balances)
    .join(_values, (_values.c.company_id == _balances.c.company_id) & (_values.c.product_id == _balances.c.product_id))
    .join(Product.__table__, Product.id == Balance.product_id)
    .outerjoin(Lot.__table__, Lot.id == Balance.lot_id)
    .where(Balance.company_id == bindparam("company"), Balance.product_id.in_(bindparam("products", expanding=True)))
    .order_by(Balance.id).with_for_update(of=[_balances, _values]))
_CHANGE_PILE = UpdateEach(
    Balance, {"moved": _balances.c.on_hand.type, "kept": _balances.c.reserved.type},
    lambda given: {
        "on_hand": _balances.c.on_hand + given["moved"], "reserved": _balances.c.reserved + given["kept"]},
    where=lambda given: (
        _balances.c.reserved + given["kept"] >= 0,
        _balances.c.reserved + given["kept"] <= _balances.c.on_hand + given["moved"]))
_CHANGE_VALUE = UpdateEach(
    Valuation, {"gained": _values.c.quantity.type, "worth": _values.c.value.type},
    lambda given: {"quantity": _values.c.quantity + given["gained"], "value": _values.c.value + given["worth"]})


def open_book(product_ids: Iterable[int]) -> Book:
    """Lock the stock of products in the current company and read it: one statement, two more for new products."""
    company = current_company()
    wanted = sorted(set(product_ids))
    found = _read(company, wanted)
    missing = [id_ for id_ in wanted if id_ not in found]
    if missing:
        _begin(company, missing)
        found |= _read(company, missing)
    return Book(found, company, grounds())


def _read(company: int, products: Sequence[int]) -> dict[int, Stocked]:
    if not products:
        return {}
    rows = session().work.connection.execute(_READ, {"company": company, "products": list(products)})
    found: dict[int, Stocked] = {}
    for row in rows:
        stocked = found.get(row.product_id)
        if stocked is None:
            stocked = found[row.product_id] = Stocked(
                row.product_id, row.code, row.unit_id, row.cost, row.valuation_id, row.quantity, row.value)
        stocked.piles.append(Pile(
            row.id, row.product_id, row.place_id, row.lot_id, row.expires_on, row.on_hand, row.reserved))
    return found


def _begin(company: int, products: Sequence[int]) -> None:
    """Open the books of products that never had stock here: an empty balance and value each."""
    connection = session().work.connection
    place = default_place()
    insert_unless_there(connection, _values, company, [
        {"product_id": id_, "quantity": ZERO, "value": ZERO} for id_ in products])
    insert_unless_there(connection, _balances, company, [
        {"product_id": id_, "place_id": place, "lot_id": None, "on_hand": ZERO, "reserved": ZERO}
        for id_ in products])
