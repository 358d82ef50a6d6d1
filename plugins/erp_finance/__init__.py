"""Ledger, customer and supplier invoices, payments."""

from kernel import Plugin, _

plugin = Plugin(
    name="erp_finance",
    label=_("Finance"),
    summary=_("Ledger, customer and supplier invoices, payments"),
    suggests=("erp_sales", "erp_purchase", "erp_inventory", "oa"),
    requires_kernel=">=0.1,<0.2",
    features=("invoices", "payments"),
    icon="coins",
)
