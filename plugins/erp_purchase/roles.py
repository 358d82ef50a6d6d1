"""The roles of purchase: who requests, who buys, who enters the suppliers' invoices, and who heads them."""

from kernel import _, grant, role

STEPS = "approve receive bill close cancel"

REQUESTER = role(
    "erp_purchase.requester", _("Requester"),
    grant("erp_purchase.request", "read create change submit cancel", scope="own"),
    grant("erp_purchase.product_supplier", "read"),  # or nothing is suggested to them
    grant("erp_purchase.supplier_terms", "read"),
    grant("kernel.party", "read"),
    grant("kernel.product", "read"),
)

BUYER = role(
    "erp_purchase.buyer", _("Buyer"),
    grant("erp_purchase.request", "read create change submit approve reject order cancel export"),
    grant("erp_purchase.order", f"read create change export {STEPS}"),
    grant("erp_purchase.product_supplier", "read create change export"),
    grant("erp_purchase.supplier_terms", "read change"),
    grant("kernel.party", "read create change"),
    grant("kernel.product", "read"),
)

CLERK = role(
    "erp_purchase.clerk", _("Invoice clerk"),
    grant("erp_purchase.order", "read bill export"),
    grant("kernel.party", "read"),
    grant("kernel.product", "read"),
)

MANAGER = role(
    "erp_purchase.manager", _("Head of purchasing"),
    grant("kernel.saved_view", "share"),
    grant("erp_purchase.request", "read create change delete submit approve reject order cancel export"),
    grant("erp_purchase.order", f"read create change export {STEPS}"),
    grant("erp_purchase.product_supplier", "read create change delete export"),
    grant("erp_purchase.supplier_terms", "read change"),
    grant("kernel.party", "read create change export"),
    grant("kernel.product", "read create change export"),
)
