"""How bills of materials look, and what they say on a product's page."""

from collections.abc import Sequence

from sqlalchemy import func, select

from kernel import FormView, LinesView, ListView, Panel, Product, Section, Tab, Text, _, panel, session
from plugins.erp_mrp.boms.models import Bom, BomLine

ListView(
    "erp_mrp.bom", "product revision quantity valid_from valid_until active", filters="product active valid_from",
    sort="product", tabs=(Tab(_("In use"), "active=true"),), phone="product quantity revision active valid_from")

FormView(
    "erp_mrp.bom",
    Section("", "product revision quantity active valid_from valid_until"),
    Section(_("More"), "comment"),
    lines=(
        LinesView("components", "component quantity unit fixed scrap_percent operation valid_from valid_until"),
        LinesView("operations", "sequence name work_centre setup_hours run_hours"),
    ),
    subtitle="product revision")


@panel("kernel.product", _("Bill of materials"), icon="sitemap", priority=40, needs="erp_mrp.bom")
def bills_of_products(products: Sequence[Product]) -> list[Panel | None]:
    """Show how many components a product has, and in how many others it is used."""
    ids = [product.id for product in products]
    bills = {
        product: (bom, count) for product, bom, count in session().execute(
            select(Bom.product_id, func.max(Bom.id), func.count(BomLine.id))
            .outerjoin(BomLine, BomLine.bom_id == Bom.id)
            .where(Bom.product_id.in_(ids), Bom.active, Bom.archived.is_(False)).group_by(Bom.product_id))}
    used = dict(session().execute(
        select(BomLine.component_id, func.count(Bom.id.distinct())).join(Bom, Bom.id == BomLine.bom_id)
        .where(BomLine.component_id.in_(ids), Bom.active, Bom.archived.is_(False))
        .group_by(BomLine.component_id)).all())
    return [_panel(product, bills.get(product.id), used.get(product.id, 0)) for product in products]


def _panel(product: Product, bill: tuple[int, int] | None, used: int) -> Panel | None:
    if bill is None and not used:
        return None
    rows: list[tuple[Text, object]] = []
    if bill is not None:
        rows.append((_("Components"), bill[1]))
    if used:
        rows.append((_("Used in"), used))
    link = (_("Bill of materials"), f"/erp_mrp/bom/{bill[0]}") if bill is not None else (
        _("Where it is used"), f"/reports/erp_mrp.where_used?product={product.code}")
    return Panel(rows=rows, link=link)
