"""All bills of materials that hold on a day, as arrays: what each product is made of, level by level."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, and_, or_, select

from kernel import Product, Refusal, Unit, _, actor, session
from plugins.erp_mrp.boms.loops import ARROW, find_loop
from plugins.erp_mrp.boms.models import Bom, BomLine
from plugins.erp_mrp.micro import MICRO, Whole, fitting, millionths, product_of, spread

HUNDRED = 100 * MICRO


@dataclass(frozen=True, slots=True)
class Structure:
    """Products by place in `products` (ids in order); the components of place p are lines start[p] to start[p + 1].

    One piece of the parent takes numerator ÷ denominator pieces of the component; with `fixed`, one order does.
    """

    products: Whole
    bom: Whole
    """The bill that counts, by place; 0 for products that aren't made."""
    start: Whole
    component: Whole
    numerator: Whole
    denominator: Whole
    scrap: Whole
    """What is lost of the component, in millionths of a percent."""
    fixed: np.ndarray[Any, np.dtype[np.bool_]]
    line: Whole
    """The line's id."""

    def places(self, ids: Sequence[int] | Whole) -> Whole:
        """Give the places of products; -1 for those in no bill."""
        wanted = np.asarray(ids, dtype=np.int64)
        if not len(self.products):
            return np.full(len(wanted), -1, dtype=np.int64)
        found = np.minimum(np.searchsorted(self.products, wanted), len(self.products) - 1)
        return np.where(self.products[found] == wanted, found, -1)

    @property
    def count(self) -> Whole:
        """Give how many components each product has."""
        return np.diff(self.start)

    def lines_of(self, places: Whole) -> tuple[Whole, Whole]:
        """Give the lines of products, and for each the position of its product in `places`."""
        counts = self.count[places]
        return spread(self.start[places], counts), np.repeat(np.arange(len(places)), counts)

    def levels(self) -> Whole:
        """Give each product's low-level code: 0 where it is part of nothing, else one more than the deepest parent's.

        Raises Refusal BOM_LOOP where there is none.
        """
        levels = np.zeros(len(self.products), dtype=np.int64)
        parents = np.repeat(np.arange(len(self.products)), self.count)
        for _round in range(len(self.products) + 1):
            deeper = levels.copy()
            np.maximum.at(deeper, self.component, levels[parents] + 1)
            if np.array_equal(deeper, levels):
                return levels
            levels = deeper
            if _round >= DEEPEST:
                break
        raise self.loop()

    def loop(self) -> Refusal:
        """Name a loop among the bills."""
        edges = {
            place: set(self.component[self.start[place]:self.start[place + 1]].tolist())
            for place in range(len(self.products))}
        for place in edges:
            if path := find_loop(edges, place):
                ids = [int(self.products[each]) for each in path]
                codes = dict(session().execute(select(Product.id, Product.code).where(Product.id.in_(ids))).all())
                named = ARROW.join(str(codes.get(each, each)) for each in ids)
                return Refusal("BOM_LOOP", _("{product} would be made of itself: {path}",
                                             product=codes.get(ids[0], ids[0]), path=named),
                               fix=_("Take one of these out of the other's bill of materials"))
        return Refusal("BOM_LOOP", _("The bills of materials have more than {count} levels", count=DEEPEST))

    def over(self, products: Whole) -> "Structure":
        """Give the same bills over more products; `products` are ids in order and hold all of these."""
        places = np.searchsorted(products, self.products)
        bom = np.zeros(len(products), dtype=np.int64)
        bom[places] = self.bom
        return _sorted(
            products, bom, places[np.repeat(np.arange(len(self.products)), self.count)], places[self.component],
            self.numerator, self.denominator, self.scrap, self.fixed, self.line)

    def taken(self, places: Whole, quantity: Whole, step: Whole) -> tuple[Whole, Whole, Whole]:
        """Give what orders for quantities of products take: the lines, the position of each line's order, how much.

        Component = quantity × per piece ÷ (1 − scrap), rounded up to the component's step; a fixed line's as it is.
        """
        lines, at = self.lines_of(places)
        numerator, denominator, scrap = self.numerator[lines], self.denominator[lines], self.scrap[lines]
        if scrap.any():
            lossy = np.flatnonzero(scrap)
            numerator, denominator = numerator.copy(), denominator.copy()
            numerator[lossy], denominator[lossy] = _reduced(
                numerator[lossy].astype(object) * HUNDRED,
                denominator[lossy].astype(object) * (HUNDRED - scrap[lossy]))
        pieces = np.where(self.fixed[lines], MICRO, quantity[at])
        return lines, at, product_of(pieces, numerator, denominator, step[self.component[lines]])

    def without(self, phantoms: Whole) -> "Structure":
        """Put the components of phantoms in their place, so that orders take what phantoms are made of."""
        made = np.zeros(len(self.products), dtype=bool)
        made[phantoms] = True
        flat, rounds = self, 0
        while True:
            inner = made[flat.component] & (flat.count[flat.component] > 0)
            if not inner.any():
                return flat
            rounds += 1
            if rounds > DEEPEST:
                raise self.loop()
            flat = flat._unfold(inner)

    def _unfold(self, inner: np.ndarray[Any, np.dtype[np.bool_]]) -> "Structure":
        parents = np.repeat(np.arange(len(self.products)), self.count)
        outer = np.flatnonzero(inner)
        below, at = self.lines_of(self.component[outer])
        above = outer[at]
        numerator, denominator = _reduced(
            self.numerator[above].astype(object) * self.numerator[below].astype(object),
            self.denominator[above].astype(object) * self.denominator[below].astype(object))
        scrap = HUNDRED - (HUNDRED - self.scrap[above]) * (HUNDRED - self.scrap[below]) // HUNDRED
        kept = np.flatnonzero(~inner)
        return _sorted(
            self.products, self.bom, np.concatenate([parents[kept], parents[above]]),
            np.concatenate([self.component[kept], self.component[below]]),
            np.concatenate([self.numerator[kept], numerator]),
            np.concatenate([self.denominator[kept], denominator]),
            np.concatenate([self.scrap[kept], scrap]),
            np.concatenate([self.fixed[kept], self.fixed[above] | self.fixed[below]]),
            np.concatenate([self.line[kept], self.line[below]]))


DEEPEST = 500
"""How many levels bills of materials may have."""


def load_structure(
    day: dt.date, only: Collection[int] | None = None, instead: Mapping[int, int] | None = None
) -> Structure:
    """Load what the bills of materials say on a day: of each product's active bills the one that began last.

    `only` limits it to the bills of some products; `instead` names the bills that count for products, valid or not.
    Two statements, two more where lines have units of their own.
    """
    current, named = session(), dict(instead or {})
    boms = select(Bom.id, Bom.product_id, millionths(Bom.quantity)).where(Bom.archived.is_(False), _ours(Bom)) \
        .where(or_(and_(Bom.active, _valid(Bom, day)), Bom.id.in_(named.values())) if named
               else and_(Bom.active, _valid(Bom, day))) \
        .order_by(Bom.valid_from.is_not(None), Bom.valid_from, Bom.id)
    if only is not None:
        boms = boms.where(Bom.product_id.in_(only))
    chosen = {}
    for id_, product, batch in current.execute(boms):
        if named.get(product, id_) == id_:
            chosen[product] = (id_, batch)
    lines = select(BomLine.id, BomLine.bom_id, BomLine.component_id, millionths(BomLine.quantity),
                   millionths(BomLine.scrap_percent), BomLine.fixed, BomLine.unit_id) \
        .where(BomLine.archived.is_(False), _valid(BomLine, day)).order_by(BomLine.id)
    if only is not None:
        lines = lines.where(BomLine.bom_id.in_([id_ for id_, _batch in chosen.values()]))
    rows: Sequence[Any] = current.execute(lines).all()
    parent_of = {id_: (product, batch) for product, (id_, batch) in chosen.items()}
    rows = [row for row in rows if row[1] in parent_of]
    columns: list[Any] = list(zip(*rows, strict=True)) or [()] * 7
    parents = fitting([parent_of[id_][0] for id_ in columns[1]])
    components = fitting(columns[2])
    products = np.unique(np.concatenate([parents, components, fitting(list(chosen))]))
    numerator, denominator = _per_piece(rows, [parent_of[id_][1] for id_ in columns[1]])
    bom = np.zeros(len(products), dtype=np.int64)
    bom[np.searchsorted(products, fitting(list(chosen)))] = fitting([id_ for id_, _batch in chosen.values()])
    return _sorted(
        products, bom, np.searchsorted(products, parents), np.searchsorted(products, components), numerator,
        denominator, fitting(columns[4]), np.array(columns[5], dtype=bool), fitting(columns[0]))


def _valid(cls: type[Bom] | type[BomLine], day: dt.date) -> ColumnElement[bool]:
    return and_(or_(cls.valid_from.is_(None), cls.valid_from <= day),
                or_(cls.valid_until.is_(None), cls.valid_until > day))


def _ours(cls: type[Bom]) -> ColumnElement[bool]:
    return or_(cls.company_id.is_(None), cls.company_id == actor().company_id)


def _per_piece(rows: Sequence[Any], batches: Sequence[int]) -> tuple[Whole, Whole]:
    """Give each line's quantity for one piece of the parent, in the component's unit, as a reduced fraction.

    A fixed line's is for one order.
    """
    fixed = np.array([row[5] for row in rows], dtype=bool)
    numerator = fitting([row[3] for row in rows])
    denominator = np.where(fixed, MICRO, fitting(batches))
    converted = {at: row[6] for at, row in enumerate(rows) if row[6] is not None}
    if converted:
        units = dict(session().execute(
            select(Product.id, Product.unit_id).where(Product.id.in_({rows[at][2] for at in converted}))).all())
        factors = {
            id_: Fraction(up, down) for id_, up, down in session().execute(
                select(Unit.id, Unit.numerator, Unit.denominator))}
        for at, unit in converted.items():
            own = units.get(rows[at][2], unit)
            if own != unit:
                exact = Fraction(int(numerator[at]), int(denominator[at])) * factors[unit] / factors[own]
                numerator[at], denominator[at] = exact.numerator, exact.denominator
    common = np.gcd(numerator, denominator)
    return numerator // np.maximum(common, 1), denominator // np.maximum(common, 1)


def _reduced(numerator: np.ndarray[Any, Any], denominator: np.ndarray[Any, Any]) -> tuple[Whole, Whole]:
    common = np.gcd(numerator, denominator)
    return fitting(numerator // common), fitting(denominator // common)


def _sorted(
    products: Whole, bom: Whole, parents: Whole, component: Whole, numerator: Whole, denominator: Whole,
    scrap: Whole, fixed: np.ndarray[Any, np.dtype[np.bool_]], line: Whole,
) -> Structure:
    order = np.lexsort((line, parents))
    start = np.zeros(len(products) + 1, dtype=np.int64)
    np.add.at(start, parents + 1, 1)
    return Structure(
        products, bom, np.cumsum(start), component[order], numerator[order], denominator[order], scrap[order],
        fixed[order], line[order])
