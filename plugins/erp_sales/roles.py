"""The roles of sales: an agent's own quotes and orders, a manager's department and what lies below it."""

from kernel import _, grant, hide, role

QUOTE_STEPS = "send accept decline reopen"
ORDER_STEPS = "confirm invoice deliver mark_invoiced mark_paid take_back close cancel"

AGENT = role(
    "erp_sales.agent", _("Order clerk"),
    grant("erp_sales.quote", f"read create change {QUOTE_STEPS}", scope="own"),
    grant("erp_sales.order", f"read create change {ORDER_STEPS}", scope="own"),
    grant("erp_sales.sales_terms", "read"),
    grant("kernel.party", "read"),
    grant("kernel.product", "read"),
    hide("kernel.product", "cost"),
)

MANAGER = role(
    "erp_sales.manager", _("Head of sales"),
    grant("kernel.saved_view", "share"),
    grant("erp_sales.quote", f"read create change delete export {QUOTE_STEPS}", scope="subtree"),
    grant("erp_sales.order", f"read create change delete export reopen {ORDER_STEPS}", scope="subtree"),
    grant("erp_sales.sales_terms", "read change"),
    grant("kernel.party", "read create change export"),
    grant("kernel.product", "read create change export"),
)
