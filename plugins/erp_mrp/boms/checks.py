"""What must hold of bills of materials in a live database."""

from collections.abc import Iterable

from sqlalchemy import select

from kernel import Finding, Product, _, invariant, session
from plugins.erp_mrp.boms.loops import ARROW, find_loop
from plugins.erp_mrp.boms.models import Bom, BomLine


@invariant("erp_mrp.bom_loops", _("No product is made of itself"))
def no_loops() -> Iterable[Finding]:
    """Find products that the bills in use make part of themselves."""
    edges: dict[int, set[int]] = {}
    for product, component in session().execute(
            select(Bom.product_id, BomLine.component_id).join(BomLine, BomLine.bom_id == Bom.id)
            .where(Bom.active, Bom.archived.is_(False))):
        edges.setdefault(product, set()).add(component)
    open_ends = _within_loops(edges)
    if not open_ends:
        return
    codes = dict(session().execute(select(Product.id, Product.code).where(Product.id.in_(open_ends))).all())
    told: set[int] = set()
    for product in sorted(open_ends):
        path = None if product in told else find_loop(edges, product)
        if path is not None:
            told.update(path)
            yield Finding("erp_mrp.bom", codes.get(product, str(product)), _(
                "made of itself: {path}", path=ARROW.join(codes.get(each, str(each)) for each in path)))


@invariant("erp_mrp.bom_quantities", _("A component's quantity is greater than zero, its scrap below 100 %"))
def sensible_lines() -> Iterable[Finding]:
    """Find lines and bills with figures that no order could be made by."""
    for code, quantity, scrap, batch in session().execute(
            select(Product.code, BomLine.quantity, BomLine.scrap_percent, Bom.quantity.label("batch"))
            .join(Bom, Bom.id == BomLine.bom_id).join(Product, Product.id == Bom.product_id)
            .where((BomLine.quantity <= 0) | (BomLine.scrap_percent < 0) | (BomLine.scrap_percent >= 100)
                   | (Bom.quantity <= 0))):
        yield Finding("erp_mrp.bom", code, _(
            "quantity {quantity}, scrap {scrap} %, batch {batch}", quantity=quantity, scrap=scrap, batch=batch))


def _within_loops(edges: dict[int, set[int]]) -> set[int]:
    """Give the products left when all that end somewhere are taken away, level by level."""
    above: dict[int, set[int]] = {}
    for product, components in edges.items():
        for component in components:
            above.setdefault(component, set()).add(product)
    count = {product: len(components) for product, components in edges.items()}
    ended = [component for component in above if component not in edges]
    while ended:
        for product in above.get(ended.pop(), ()):
            count[product] -= 1
            if not count[product]:
                ended.append(product)
    return {product for product, left in count.items() if left}
