"""Warehouses, stock moves at moving-average cost, deliveries and receipts."""

from kernel import Plugin, Step, _, approval
from plugins.erp_inventory.roles import CLERK, MANAGER, READER, VALUES

plugin = Plugin(
    name="erp_inventory",
    label=_("Inventory"),
    summary=_("Warehouses, stock moves at moving-average cost, deliveries and receipts"),
    suggests=("erp_sales", "erp_purchase", "erp_finance"),
    requires_kernel=">=0.1,<0.2",
    features=("places", "moves", "reservations", "deliveries", "receipts", "adjustments", "transfers"),
    roles=(READER, CLERK, MANAGER, VALUES),
    approvals=(
        approval(
            "erp_inventory.adjustment", _("Stock differences over 50,000"), entity="erp_inventory.adjustment",
            transition="post", conditions=({"field": "value", "op": "gt", "value": "50000"},),
            steps=(Step(_("Manager agrees to the differences"), by="manager"),)),
    ),
    icon="building-warehouse",
)
