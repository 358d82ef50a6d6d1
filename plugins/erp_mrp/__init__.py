"""Bills of materials, material planning, work orders."""

from kernel import Plugin, _

plugin = Plugin(
    name="erp_mrp",
    label=_("Production"),
    summary=_("Bills of materials, material planning, work orders"),
    requires=("erp_inventory",),
    suggests=("erp_sales", "erp_purchase", "erp_finance"),
    requires_kernel=">=0.1,<0.2",
    features=("planning", "work_orders"),
    icon="tools",
)
