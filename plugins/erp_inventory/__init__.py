"""Warehouses, stock moves at moving-average cost, deliveries and receipts."""

from kernel import Plugin, _

plugin = Plugin(
    name="erp_inventory",
    label=_("Inventory"),
    summary=_("Warehouses, stock moves at moving-average cost, deliveries and receipts"),
    suggests=("erp_sales", "erp_purchase", "erp_finance"),
    requires_kernel=">=0.1,<0.2",
    features=("places", "moves", "reservations"),
    icon="building-warehouse",
)
