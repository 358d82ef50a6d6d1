"""How suppliers' prices look, here and on products."""

from collections.abc import Sequence

from sqlalchemy import select

from kernel import (
    FormView,
    ListView,
    Panel,
    Party,
    Product,
    Section,
    _,
    company_currency,
    currency_facts,
    format_money,
    format_number,
    panel,
    session,
)
from plugins.erp_purchase.suppliers.extends import STANDINGS, SupplierTerms
from plugins.erp_purchase.suppliers.models import ProductSupplier

ListView(
    "erp_purchase.product_supplier",
    "product supplier supplier_code minimum unit price currency lead_days valid_until priority",
    filters="product supplier valid_until", sort="product",
    phone="product price supplier minimum lead_days valid_until")

FormView(
    "erp_purchase.product_supplier",
    Section("", "product supplier supplier_code price currency unit"),
    Section(_("When it applies"), "minimum maximum valid_from valid_until lead_days priority"),
    subtitle="product supplier price")

MOST = 4


@panel("kernel.product", _("Suppliers"), icon="truck", priority=40, needs="erp_purchase.product_supplier",
    shows="erp_purchase.product_supplier.price "
          "erp_purchase.product_supplier.lead_days erp_purchase.product_supplier.minimum")
def suppliers_of_product(products: Sequence[Product]) -> list[Panel | None]:
    """Show who delivers a product, at which price and how soon, the first choice on top."""
    rows = session().execute(
        select(ProductSupplier, Party.name, SupplierTerms.standing, SupplierTerms.lead_days)
        .join(Party, Party.id == ProductSupplier.supplier_id).join(SupplierTerms, SupplierTerms.row_id == Party.id)
        .where(ProductSupplier.product_id.in_([product.id for product in products]),
               ProductSupplier.archived.is_(False))
        .order_by(ProductSupplier.priority, ProductSupplier.minimum, ProductSupplier.id))
    found: dict[int, list[tuple[object, object]]] = {}
    standings = {value: label for value, label, _colour in STANDINGS}
    for offer, name, standing, lead_days in rows:
        days = lead_days if offer.lead_days is None else offer.lead_days
        label = _("{supplier} ({standing})", supplier=name, standing=standings[standing]) \
            if standing == "suspended" else name
        if offer.minimum:
            label = _("{supplier} from {minimum}", supplier=label, minimum=format_number(offer.minimum))
        found.setdefault(offer.product_id, []).append((
            label, str(_("{price}, {days} days", price=_price(offer), days=days))))
    return [
        Panel(rows=found[product.id][:MOST],  # type: ignore[arg-type]  # labels are texts
              link=(_("All suppliers"), f"/erp_purchase/product_supplier?f.product={product.id}"))
        if product.id in found else None
        for product in products]


def _price(offer: ProductSupplier) -> str:
    """Show a price in its currency, with the decimals that it has, and more only where the price does."""
    currency = currency_facts()[offer.currency_id] if offer.currency_id else company_currency()
    exponent = offer.price.normalize().as_tuple().exponent
    return format_money(offer.price, currency.code, max(currency.decimals, -int(exponent)))
