"""Purchase: requests, orders, what arrived of them, and the suppliers' invoices."""

from kernel import Plugin, Setting, Step, _, approval
from plugins.erp_purchase.roles import BUYER, CLERK, MANAGER, REQUESTER

plugin = Plugin(
    name="erp_purchase",
    label=_("Purchase"),
    summary=_("Purchase requests, orders and supplier invoices"),
    suggests=("erp_inventory", "erp_finance", "erp_mrp"),
    requires_kernel=">=0.1,<0.2",
    features=("suppliers", "requests", "orders"),
    roles=(REQUESTER, BUYER, CLERK, MANAGER),
    approvals=(
        approval(
            "erp_purchase.large_order", _("Orders over 100,000"), entity="erp_purchase.order", transition="approve",
            conditions=({"field": "own_total", "op": "gt", "value": "100000"},),
            steps=(Step(_("Manager agrees to the order"), by="manager"),)),
    ),
    settings=(
        Setting("erp_purchase.tax_rounding", _("Round taxes per"), "line",
                help=_("“line” rounds the tax of each line, “document” the tax of the whole document")),
        Setting("erp_purchase.match_percent", _("Price difference on invoices, %"), 2,
                help=_("How far an invoice's price may be from the order's")),
        Setting("erp_purchase.short_percent", _("Shortage that closes an order, %"), 1,
                help=_("An order is closed when no more than this is missing and all that came is billed")),
        Setting("erp_purchase.trust_plans", _("Approve the requests of firm plans"), True,
                help=_("Otherwise they wait for approval as others do")),
    ),
    icon="shopping-bag",
)
