"""What a product is made of, what it is used in, and what it should cost."""

import datetime as dt
from decimal import Decimal

import numpy as np
from sqlalchemy import or_, select

from kernel import Parameter, Product, Refusal, ReportTable, Unit, _, report, session
from plugins.erp_mrp.amounts import own_rounding
from plugins.erp_mrp.boms.costs import cost_of
from plugins.erp_mrp.boms.explosion import explode
from plugins.erp_mrp.boms.structure import Structure, load_structure

PRODUCT = Parameter("product", _("Product"), "text")
DAY = Parameter("day", _("Day"), "date")


@report(_("Explosion of a bill of materials"), PRODUCT, DAY, needs="erp_mrp.bom", icon="sitemap",
        help=_("All components of one piece, over all levels; those that end there are marked as parts"))
def bom_explosion(product: str | None = None, day: dt.date | None = None) -> ReportTable:
    """List the components of a product (by its code or id) with their totals over all paths."""
    columns = (
        ("code", _("Code"), "text"), ("name", _("Name"), "text"), ("level", _("Level"), "integer"),
        ("quantity", _("Quantity"), "quantity"), ("unit", _("Unit"), "text"), ("part", _("Part"), "text"),
        ("product_id", _("Product no."), "text"))
    root = _find(product)
    if root is None:
        return ReportTable(columns, [])
    found = explode([root.id], day or session().today)[0]
    known = _named([each.product_id for each in found])
    return ReportTable(
        columns,
        [(*known[each.product_id][:2], each.level, each.quantity, known[each.product_id][2],
          _("Part") if each.leaf else "", str(each.product_id)) for each in found],
        totals={"quantity": sum((each.quantity for each in found), Decimal(0)),
                "level": max((each.level for each in found), default=0)},
        links=[f"/kernel/product/{each.product_id}" for each in found])


@report(_("Where a product is used"), PRODUCT, DAY, needs="erp_mrp.bom", icon="sitemap",
        help=_("Everything that takes the product, directly or further down"))
def where_used(product: str | None = None, day: dt.date | None = None) -> ReportTable:
    """List all products that a product (by its code or id) is part of, with how many of it one piece takes."""
    columns = (
        ("code", _("Code"), "text"), ("name", _("Name"), "text"), ("level", _("Level"), "integer"),
        ("quantity", _("In one piece"), "quantity"))
    part = _find(product)
    if part is None:
        return ReportTable(columns, [])
    known = load_structure(day or session().today)
    above = _above(known, part.id)
    found = [
        (root, each) for root, components in zip(above, explode(above, dt.date.min, known), strict=True)
        for each in components if each.product_id == part.id]
    found.sort(key=lambda pair: (pair[1].level, pair[0]))
    named = _named([root for root, _each in found])
    return ReportTable(
        columns, [(*named[root][:2], each.level, each.quantity) for root, each in found],
        links=[f"/kernel/product/{root}" for root, _each in found])


@report(_("Cost by bills of materials"), PRODUCT, DAY, needs="erp_mrp.bom", icon="coins",
        help=_("Standard costs of parts and work at the centres' rates, rolled up; against the standard cost"))
def cost_roll_up(product: str | None = None, day: dt.date | None = None) -> ReportTable:
    """Roll up what made products should cost, all of them or one (by its code or id)."""
    columns = (
        ("code", _("Code"), "text"), ("name", _("Name"), "text"), ("material", _("Material"), "money"),
        ("work", _("Work"), "money"), ("total", _("Total"), "money"), ("standard", _("Standard cost"), "money"))
    one = _find(product)
    costs = cost_of(day or session().today)
    chosen = [id_ for id_ in costs if one is None or id_ == one.id]
    rows = {id_: (code, name, cost) for id_, code, name, cost in session().execute(
        select(Product.id, Product.code, Product.name, Product.cost).where(Product.id.in_(chosen)))}
    money = own_rounding()
    shown = sorted((rows[id_][0], id_) for id_ in chosen if id_ in rows)
    return ReportTable(
        columns,
        [(code, rows[id_][1], money.amount(costs[id_].material), money.amount(costs[id_].work),
          money.amount(costs[id_].material + costs[id_].work), rows[id_][2]) for code, id_ in shown],
        links=[f"/kernel/product/{id_}" for _code, id_ in shown])


def _find(product: str | None) -> Product | None:
    """Find a product by its code, else by its id."""
    if not product:
        return None
    wanted = Product.code == product
    found = session().scalars(select(Product).where(
        or_(wanted, Product.id == int(product)) if product.isdigit() and len(product) < 18 else wanted)
        .order_by(wanted.desc()).limit(1)).first()
    if found is None:
        raise Refusal("UNKNOWN_PRODUCT", _("There is no product {code}", code=product[:60]), field="product",
                      fix=_("Enter the product's code"))
    return found


def _named(ids: list[int]) -> dict[int, tuple[str, str, str]]:
    return {id_: (code, name, unit) for id_, code, name, unit in session().execute(
        select(Product.id, Product.code, Product.name, Unit.code).join(Unit, Unit.id == Product.unit_id)
        .where(Product.id.in_(ids)))}


def _above(known: Structure, part: int) -> list[int]:
    """Give the products that a product is part of, directly or further down."""
    parents = np.repeat(np.arange(len(known.products)), known.count)
    place = int(known.places([part])[0])
    if place < 0:
        return []
    found = np.zeros(len(known.products), dtype=bool)
    reached = np.array([place])
    while len(reached):
        fresh = np.unique(parents[np.isin(known.component, reached)])
        reached = fresh[~found[fresh]]
        found[reached] = True
    return [int(id_) for id_ in known.products[found]]
