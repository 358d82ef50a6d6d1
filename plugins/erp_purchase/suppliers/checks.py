"""What must hold of suppliers in a live database."""

from collections.abc import Iterable

from sqlalchemy import select

from kernel import Finding, Party, Product, _, invariant, session
from plugins.erp_purchase.suppliers.extends import SupplierTerms
from plugins.erp_purchase.suppliers.models import ProductSupplier


@invariant("erp_purchase.terms", _("Days, tolerances and minimum orders of suppliers aren't negative"))
def sensible_terms() -> Iterable[Finding]:
    """Find terms whose figures make no sense."""
    rows = session().execute(
        select(Party.number, SupplierTerms.payment_days, SupplierTerms.lead_days, SupplierTerms.over_percent)
        .join(SupplierTerms)
        .where((SupplierTerms.payment_days < 0) | (SupplierTerms.lead_days < 0) | (SupplierTerms.over_percent < 0)
               | (SupplierTerms.minimum_order < 0)))
    for number, payment, lead, over in rows:
        yield Finding("kernel.party", number, _("{payment} days to pay, {lead} to deliver, {over} % more than ordered",
                                                payment=payment, lead=lead, over=over))


@invariant("erp_purchase.prices", _("Suppliers' prices aren't negative and their ranges aren't empty"))
def sensible_prices() -> Iterable[Finding]:
    """Find suppliers' prices that can't be right."""
    offer = ProductSupplier
    rows = session().execute(
        select(Product.code, Party.name, offer.price)
        .join(Product, Product.id == offer.product_id).join(Party, Party.id == offer.supplier_id)
        .where((offer.price < 0) | (offer.minimum < 0) | (offer.maximum < offer.minimum)
               | (offer.valid_until < offer.valid_from)))
    for product, supplier, price in rows:
        yield Finding("erp_purchase.product_supplier", f"{product} / {supplier}",
                      _("price {price}, or its range of quantities or days is empty", price=price))
