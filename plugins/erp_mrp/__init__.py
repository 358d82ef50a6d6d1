"""Bills of materials, material planning, work orders."""

from kernel import Plugin, Setting, _
from plugins.erp_mrp.roles import PLANNER, VIEWER, WORKER

plugin = Plugin(
    name="erp_mrp",
    label=_("Production"),
    summary=_("Bills of materials, material planning, work orders"),
    requires=("erp_inventory",),
    suggests=("erp_sales", "erp_purchase", "erp_finance"),
    requires_kernel=">=0.1,<0.2",
    features=("products", "work_centres", "boms", "planning", "work_orders"),
    roles=(PLANNER, WORKER, VIEWER),
    settings=(
        Setting("erp_mrp.workdays", _("Lead times leave weekends out"), False,
                help=_("Lead times count the days from Monday to Friday only")),
        Setting("erp_mrp.defer_days", _("Days before a supply is deferred"), 7,
                help=_("Plans leave supply alone that comes at most so many days too early")),
    ),
    icon="tools",
)
