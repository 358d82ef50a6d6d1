"""Sales: quotes, orders, what customers may owe and what they pay for things."""

from kernel import Plugin, Setting, Step, _, approval
from plugins.erp_sales.roles import AGENT, MANAGER

plugin = Plugin(
    name="erp_sales",
    label=_("Sales"),
    summary=_("Quotes and sales orders, with prices, taxes and credit limits"),
    suggests=("crm",),
    requires_kernel=">=0.1,<0.2",
    features=("terms", "quotes", "orders"),
    roles=(AGENT, MANAGER),
    approvals=(
        approval(
            "erp_sales.discount", _("Discount over 5 %"), entity="erp_sales.order", transition="confirm",
            conditions=({"field": "largest_discount", "op": "gt", "value": "5"},),
            steps=(Step(_("Manager agrees to the discount"), by="manager"),)),
    ),
    settings=(
        Setting("erp_sales.tax_rounding", _("Round taxes per"), "line",
                help=_("“line” rounds the tax of each line, “document” the tax of the whole document")),
        Setting("erp_sales.quote_days", _("Days a quote is valid"), 30),
    ),
    icon="shopping-cart",
)
