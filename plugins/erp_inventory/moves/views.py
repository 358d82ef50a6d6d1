"""How the books of stock look: moves, balances and values; what a product's page says of them; the cards."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select

from kernel import (
    Company,
    Figure,
    FormView,
    ListView,
    Panel,
    Product,
    ReportTable,
    Rows,
    Section,
    Tab,
    Text,
    _,
    actor,
    card,
    format_number,
    panel,
    rights,
    session,
)
from plugins.erp_inventory.documents import KEPT
from plugins.erp_inventory.moves.models import Move, Valuation
from plugins.erp_inventory.moves.reports import stock_by_place
from plugins.erp_inventory.moves.services import stock_of

ZERO = Decimal(0)

ListView(
    "erp_inventory.move", "day product quantity unit direction from_place to_place value document",
    filters="product kind direction day from_place to_place party lot", sort="-id",
    tabs=(Tab(_("In"), "direction=in"), Tab(_("Out"), "direction=out"), Tab(_("Inside"), "direction=inside")),
    phone="product quantity document day direction to_place")
ListView(
    "erp_inventory.balance", "product place lot on_hand reserved", filters="product place lot", sort="product",
    totals="on_hand reserved", phone="product on_hand place reserved lot")
ListView("erp_inventory.valuation", "product quantity value", filters="product", sort="product", totals="value",
         phone="product value quantity")

FormView(
    "erp_inventory.move",
    Section("", "day product quantity unit direction kind value"),
    Section(_("Where"), "from_place to_place lot"),
    Section(_("Why"), "document source party reverses"),
    subtitle="product quantity day")
FormView("erp_inventory.balance", Section("", "product place lot on_hand reserved"), subtitle="place on_hand")
FormView("erp_inventory.valuation", Section("", "product quantity value"), subtitle="quantity value")


@panel("kernel.product", _("Stock"), icon="building-warehouse", priority=20, needs="erp_inventory.balance",
    shows="erp_inventory.balance.on_hand erp_inventory.balance.reserved erp_inventory.valuation.value")
def stock_of_products(products: Sequence[Product]) -> list[Panel | None]:
    """Show how much of a product there is, how much is free, and what it is worth."""
    kept = [product.id for product in products if product.kind in KEPT]
    stock = stock_of(kept) if kept else {}
    worth = {}
    if kept and rights().may("read", Valuation.__entity__):
        worth = dict(session().execute(
            select(Valuation.product_id, Valuation.value).where(Valuation.product_id.in_(kept))).all())
    found: list[Panel | None] = []
    for product in products:
        if product.id not in stock:
            found.append(None)
            continue
        known = stock[product.id]
        rows: list[tuple[Text, object]] = [
            (_("On hand"), format_number(known.on_hand)), (_("Reserved"), format_number(known.reserved)),
            (_("Free"), format_number(known.free))]
        if product.id in worth:
            rows.append((_("Value"), worth[product.id]))
        found.append(Panel(rows=rows, link=(_("All moves"), f"/erp_inventory/move?f.product={product.id}")))
    return found


@card(_("Stock value"), href="/reports/erp_inventory.stock_on_hand", needs="erp_inventory.valuation",
    shows="erp_inventory.valuation.value", order=30,
      board=True)
def stock_value() -> Figure:
    """Sum up what the stock is worth."""
    company = session().get(Company, actor().company_id)
    value = session().scalar(select(func.sum(Valuation.value)))
    return Figure(value or ZERO, unit=company.currency if company else "", note=_("at moving-average cost"))


@card(_("Stock by place"), width=6, href="/reports/erp_inventory.stock_by_place", needs="erp_inventory.balance",
    shows="erp_inventory.balance.on_hand erp_inventory.balance.reserved erp_inventory.valuation.value",
      order=36, home=False)
def places_chart() -> ReportTable:
    """Draw how much lies in each place."""
    return stock_by_place()


@card(_("Latest moves"), width=6, href="/erp_inventory/move", needs="erp_inventory.move",
    shows="erp_inventory.move.quantity erp_inventory.move.day", order=37, home=False)
def latest_moves() -> Rows:
    """List what moved last."""
    sign = {"in": "+", "out": "−"}
    found = session().execute(
        select(Move.id, Product.code, Move.direction, Move.quantity, Move.document_title, Move.day)
        .join(Product, Product.id == Move.product_id).where(Move.historical.is_(False))
        .order_by(Move.id.desc()).limit(6))
    return Rows(
        columns=((_("Product"), "text"), (_("Quantity"), "text"), (_("Document"), "text"), (_("Day"), "date")),
        rows=[(f"/erp_inventory/move/{row.id}",
               (row.code, f"{sign.get(row.direction, '')}{format_number(row.quantity)}", row.document_title, row.day))
              for row in found])
