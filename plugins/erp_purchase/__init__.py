"""Purchase requests, orders and supplier invoices."""

from kernel import Plugin, _

plugin = Plugin(
    name="erp_purchase",
    label=_("Purchase"),
    summary=_("Purchase requests, orders and supplier invoices"),
    suggests=("erp_inventory", "erp_finance", "erp_mrp"),
    requires_kernel=">=0.1,<0.2",
    features=("orders",),
    icon="shopping-bag",
)
