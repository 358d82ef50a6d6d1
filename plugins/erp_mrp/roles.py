"""The roles of production: who plans, who makes, and who looks on."""

from kernel import _, grant, hide, role

MASTERS = "read create change export"

PLANNER = role(
    "erp_mrp.planner", _("Production planner"),
    grant("erp_mrp.bom", f"{MASTERS} delete"),
    grant("erp_mrp.work_centre", MASTERS),
    grant("erp_mrp.scrap_reason", MASTERS),
    grant("erp_mrp.planning", "read change"),
    grant("erp_mrp.demand", f"{MASTERS} delete"),
    grant("erp_mrp.supply", MASTERS),
    grant("erp_mrp.plan", f"{MASTERS} run firm supersede"),
    grant("erp_mrp.planned_order", "read export firm"),
    grant("erp_mrp.message", "read export"),
    grant("erp_mrp.work_order", f"{MASTERS} fill release issue receive complete close cancel"),
    grant("erp_mrp.operation_report", f"{MASTERS} post take_back"),
    grant("kernel.product", "read create change export"),
    grant("kernel.employee", "read"),
    grant("kernel.unit", "read"),
)

WORKER = role(
    "erp_mrp.worker", _("Production worker"),
    grant("erp_mrp.bom", "read"),
    grant("erp_mrp.work_centre", "read"),
    grant("erp_mrp.scrap_reason", "read"),
    grant("erp_mrp.work_order", "read change issue receive"),
    grant("erp_mrp.operation_report", "read create change post"),
    grant("kernel.product", "read"),
    grant("kernel.employee", "read"),
    hide("kernel.product", "cost", "list_price"),
    hide("erp_mrp.work_order", "material_cost", "labour_cost", "received_value", "variance"),
    hide("erp_mrp.work_order_component", "issued_value"),
    hide("erp_mrp.work_order_operation", "cost", "planned_cost"),
    hide("erp_mrp.operation_report", "cost"),
)

VIEWER = role(
    "erp_mrp.viewer", _("Production, reading"),
    grant("erp_mrp.bom", "read"),
    grant("erp_mrp.work_centre", "read"),
    grant("erp_mrp.demand", "read"),
    grant("erp_mrp.supply", "read"),
    grant("erp_mrp.plan", "read"),
    grant("erp_mrp.planned_order", "read"),
    grant("erp_mrp.message", "read"),
    grant("erp_mrp.work_order", "read export"),
    grant("erp_mrp.operation_report", "read"),
    grant("kernel.product", "read"),
)
