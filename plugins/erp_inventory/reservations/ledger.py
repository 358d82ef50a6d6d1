"""The reservations and waits that one piece of work touches: read when asked for, written with the stock's book."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, bindparam, delete, select

from kernel import AnyRef, UpdateEach, insert_rows, session
from plugins.erp_inventory.reservations.models import Reservation, Wait

ZERO = Decimal(0)
_kept: Table = Reservation.__table__  # type: ignore[assignment]  # a mapped class's Table
_waits: Table = Wait.__table__  # type: ignore[assignment]  # a mapped class's Table


_OF_LINES, _OF_SOURCES, _OF_PRODUCTS = (
    select(_kept).where(_kept.c.company_id == bindparam("company"), column.in_(bindparam("ids", expanding=True)))
    .order_by(_kept.c.id)
    for column in (_kept.c.source_line_id, _kept.c.source_id, _kept.c.product_id))

_LESS_KEPT, _LESS_WAITING = (
    UpdateEach(cls, {"quantity": cls.__table__.c.quantity.type}, lambda given: {"quantity": given["quantity"]})
    for cls in (Reservation, Wait))


@dataclass(slots=True)
class Kept:
    """A reservation, or what is left of it."""

    id: int
    product_id: int
    place_id: int
    lot_id: int | None
    quantity: Decimal
    needed_on: dt.date | None
    source: AnyRef
    source_line: AnyRef


@dataclass(slots=True)
class Waiting:
    """A need that goods are still to come for."""

    id: int
    product_id: int
    quantity: Decimal
    needed_on: dt.date | None
    source: AnyRef
    source_line: AnyRef


@dataclass(slots=True)
class Told:
    """What changed for one line: how much more is kept for it, and how much more it lacks."""

    line_id: int
    kept: Decimal = ZERO
    lacking: Decimal = ZERO


Follower = Callable[[Sequence[Told]], None]
_followers: dict[str, Follower] = {}


def follow(entity: str, follower: Follower) -> None:
    """Let the lines of an entity know, in the same transaction, when goods are kept for them or taken from them."""
    _followers[entity] = follower


class Ledger:
    """What is kept and waited for, as far as it is at work."""

    def __init__(self, company: int) -> None:
        self._company = company
        self._added: list[dict[str, Any]] = []
        self._waits_added: list[dict[str, Any]] = []
        self._reservations: dict[int, Kept] = {}
        self._waits: dict[int, Waiting] = {}
        self._touched: set[int] = set()
        self._waits_touched: set[int] = set()
        self._told: dict[tuple[str, int], Told] = {}

    def of_lines(self, lines: Iterable[AnyRef]) -> dict[tuple[str, int], list[Kept]]:
        """Read what is kept for lines, by entity and id."""
        wanted = {(line.entity, line.id) for line in lines}
        found: dict[tuple[str, int], list[Kept]] = {}
        if wanted:
            for each in self._read(_OF_LINES, {id_ for _entity, id_ in wanted}):
                key = (each.source_line.entity, each.source_line.id)
                if key in wanted:
                    found.setdefault(key, []).append(each)
        return found

    def of_sources(self, sources: Iterable[AnyRef]) -> list[Kept]:
        """Read what is kept for documents."""
        wanted = {(source.entity, source.id) for source in sources}
        return [
            each for each in self._read(_OF_SOURCES, {id_ for _entity, id_ in wanted})
            if (each.source.entity, each.source.id) in wanted]

    def of_products(self, products: Iterable[int]) -> list[Kept]:
        """Read what is kept of products, what was kept last first."""
        return self._read(_OF_PRODUCTS, set(products))[::-1]

    def waiting_for(self, products: Iterable[int]) -> list[Waiting]:
        """Read who waits for products, the earliest needed first; without a day last."""
        wanted = set(products)
        fresh = [each for each in self._waits.values() if each.product_id in wanted and each.quantity]
        if wanted:
            known = {each.id for each in fresh}
            fresh += [
                each for each in self._read_waits(_waits.c.product_id.in_(wanted))
                if each.id not in known and each.quantity]
        return sorted(fresh, key=lambda each: (each.needed_on or dt.date.max, each.id))

    def waits_of(self, sources: Iterable[AnyRef]) -> list[Waiting]:
        """Read what documents wait for."""
        wanted = {(source.entity, source.id) for source in sources}
        return [
            each for each in self._read_waits(_waits.c.source_id.in_({id_ for _entity, id_ in wanted}))
            if (each.source.entity, each.source.id) in wanted]

    def add(
        self, product_id: int, place_id: int, lot_id: int | None, quantity: Decimal, source: AnyRef,
        source_line: AnyRef, needed_on: dt.date | None,
    ) -> None:
        """Keep goods for a line."""
        self._added.append({
            "product_id": product_id, "place_id": place_id, "lot_id": lot_id, "quantity": quantity,
            "needed_on": needed_on, **_named("source", source), **_named("source_line", source_line)})
        self._tell(source_line).kept += quantity

    def take(self, kept: Kept, quantity: Decimal) -> None:
        """Keep less for a line."""
        self.use(kept, quantity)
        self._tell(kept.source_line).kept -= quantity

    def use(self, kept: Kept, quantity: Decimal) -> None:
        """Use up what is kept for a line; whoever moves the goods knows, so nobody is told."""
        kept.quantity -= quantity
        self._touched.add(kept.id)

    def wait(
        self, product_id: int, quantity: Decimal, source: AnyRef, source_line: AnyRef, needed_on: dt.date | None
    ) -> None:
        """Remember what a line lacks; goods coming in later in the same work count for it, too."""
        id_ = session().work.take_ids(1)[0]
        self._waits[id_] = Waiting(id_, product_id, quantity, needed_on, source, source_line)
        self._waits_added.append({"id": id_})
        self._tell(source_line).lacking += quantity

    def satisfy(self, wait: Waiting, quantity: Decimal) -> None:
        """Let a line lack less."""
        wait.quantity -= quantity
        self._waits_touched.add(wait.id)
        self._tell(wait.source_line).lacking -= quantity

    def write(self) -> None:
        """Write what changed and tell the lines' own documents."""
        added = {row["id"] for row in self._waits_added}
        insert_rows(Reservation, self._added, audit=False)
        insert_rows(Wait, [_row(self._waits[id_]) for id_ in sorted(added) if self._waits[id_].quantity], audit=False)
        _settle(_kept, _LESS_KEPT, [self._reservations[id_] for id_ in self._touched])
        _settle(_waits, _LESS_WAITING, [self._waits[id_] for id_ in self._waits_touched - added])
        told, self._told = self._told, {}
        self._added, self._waits_added = [], []
        self._touched, self._waits_touched = set(), set()
        by_entity: dict[str, list[Told]] = {}
        for (entity, _id), each in told.items():
            if entity in _followers and (each.kept or each.lacking):
                by_entity.setdefault(entity, []).append(each)
        for entity, changes in by_entity.items():
            _followers[entity](changes)

    def _tell(self, line: AnyRef) -> Told:
        return self._told.setdefault((line.entity, line.id), Told(line.id))

    def _read(self, statement: Any, ids: set[int]) -> list[Kept]:
        rows = session().work.connection.execute(statement, {"company": self._company, "ids": list(ids)})
        return [
            self._reservations.setdefault(row.id, Kept(
                row.id, row.product_id, row.place_id, row.lot_id, row.quantity, row.needed_on, *_refs(row)))
            for row in rows]

    def _read_waits(self, condition: Any) -> list[Waiting]:
        rows = session().work.connection.execute(
            select(_waits).where(_waits.c.company_id == self._company, condition).order_by(_waits.c.id))
        return [
            self._waits.setdefault(row.id, Waiting(row.id, row.product_id, row.quantity, row.needed_on, *_refs(row)))
            for row in rows]


def _settle(table: Table, lessen: UpdateEach, rows: Sequence[Kept | Waiting]) -> None:
    """Delete what nothing is left of, and lessen the rest: one statement each."""
    if gone := [row.id for row in rows if not row.quantity]:
        session().work.connection.execute(delete(table).where(table.c.id.in_(gone)))
    lessen.run([{"id": row.id, "quantity": row.quantity} for row in rows if row.quantity])


def _refs(row: Any) -> tuple[AnyRef, AnyRef]:
    return (
        AnyRef(row.source_entity, row.source_id, row.source_title),
        AnyRef(row.source_line_entity, row.source_line_id, row.source_line_title))


def _named(name: str, ref: AnyRef) -> dict[str, Any]:
    return {f"{name}_entity": ref.entity, f"{name}_id": ref.id, f"{name}_title": ref.title}


def _row(wait: Waiting) -> dict[str, Any]:
    return {
        "id": wait.id, "product_id": wait.product_id, "quantity": wait.quantity, "needed_on": wait.needed_on,
        **_named("source", wait.source), **_named("source_line", wait.source_line)}
