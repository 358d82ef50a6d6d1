"""Nothing is made of itself, however many levels down: bills of materials that would say so are refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import inspect, select

from kernel import Entity, Problem, Product, _, entity, session

if TYPE_CHECKING:
    from plugins.erp_mrp.boms.models import Bom, BomLine

ARROW = " → "


def refuse_loops(boms: Sequence[Bom], lines: Sequence[BomLine]) -> Iterable[Problem]:
    """Refuse BOM_LOOP for changed bills or lines through which a product would be part of itself.

    Validity is left out of account: bills that would form a loop on no single day would still mislead whoever reads
    them. Two statements for any number of changes.
    """
    changed: list[tuple[Entity, int, list[int]]] = []
    for bom in boms:
        if not _set_aside(bom):
            own = [_component(line) for line in _held(bom)]
            changed.append((bom, _id(bom, "product"), [each for each in own if each]))
    for line in lines:
        parent: Bom | None = line.bom
        if parent is not None and not _set_aside(parent) and _component(line):
            changed.append((line, _id(parent, "product"), [_component(line)]))
    starts = {product for _record, product, _below in changed if product}
    if not starts:
        return
    edges = _edges_below(starts | {each for _record, _product, below in changed for each in below})
    for _record, product, below in changed:
        edges.setdefault(product, set()).update(below)
    found: dict[int, list[int]] = {}
    for start in starts:
        if path := find_loop(edges, start):
            found[start] = path
    if not found:
        return
    codes = dict(session().execute(
        select(Product.id, Product.code).where(Product.id.in_({id_ for path in found.values() for id_ in path}))).all())
    told = set()
    for record, product, _below in changed:
        path = found.get(product, [])
        if path and product not in told:
            told.add(product)
            named = ARROW.join(str(codes.get(each, each)) for each in path)
            field = "components" if record.__entity__ == "erp_mrp.bom" else "component"
            yield Problem(
                field, _("{product} would be made of itself: {path}", product=codes.get(product, product), path=named),
                "BOM_LOOP", record)


def find_loop(edges: Mapping[int, Iterable[int]], start: int) -> list[int] | None:
    """Give the products from one back to itself, that one first and last; None where it isn't part of itself."""
    came_from: dict[int, int] = {}
    waiting = [start]
    while waiting:
        here = waiting.pop()
        for below in sorted(edges.get(here, ())):
            if below == start:
                path = [start, here]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return path[::-1]
            if below not in came_from:
                came_from[below] = here
                waiting.append(below)
    return None


def _edges_below(starts: set[int]) -> dict[int, set[int]]:
    """Load what products are made of, all levels down, by all active bills."""
    bom: type[Bom] = entity("erp_mrp.bom")  # type: ignore[assignment]  # the models import this file
    line: type[BomLine] = entity("erp_mrp.bom_line")  # type: ignore[assignment]  # the models import this file
    below = select(Product.id).where(Product.id.in_(starts)).cte("below", recursive=True)
    below = below.union(
        select(line.component_id).join(bom, bom.id == line.bom_id).join(below, below.c.id == bom.product_id)
        .where(bom.active, bom.archived.is_(False)))
    rows = session().execute(
        select(line.id, bom.id, bom.product_id, line.component_id).join(bom, bom.id == line.bom_id)
        .where(bom.active, bom.archived.is_(False), bom.product_id.in_(select(below.c.id))))
    gone = {record.id for record in session().deleted if record.__entity__ in ("erp_mrp.bom", "erp_mrp.bom_line")}
    moved = {
        record.id for record in session().dirty
        if isinstance(record, line) and inspect(record).attrs["component_id"].history.has_changes()}
    edges: dict[int, set[int]] = {}
    for line_id, bom_id, product, component in rows:
        if line_id not in gone and bom_id not in gone and line_id not in moved:
            edges.setdefault(product, set()).add(component)
    for record in (*session().new, *session().dirty):
        parent: Bom | None = record.bom if isinstance(record, line) else None
        if isinstance(record, line) and parent is not None and not _set_aside(parent):
            edges.setdefault(_id(parent, "product"), set()).add(_component(record))
    return edges


def _set_aside(bom: Bom) -> bool:
    return not bom.active or bool(bom.archived)


def _held(bom: Bom) -> Sequence[BomLine]:
    return bom.components if "components" in bom.__dict__ or inspect(bom).pending else ()


def _component(line: BomLine) -> int:
    return _id(line, "component")


def _id(record: Bom | BomLine, link: str) -> int:
    value = getattr(record, f"{link}_id")
    if value is None:
        value = getattr(record.__dict__.get(link), "id", None)
    return value or 0
