"""The roles of the stock: who looks, who moves goods, who answers for counts and values."""

from kernel import _, grant, hide, role

DOCUMENTS = ("delivery", "receipt", "transfer")
BOOKS = ("warehouse", "place", "lot", "balance", "reservation", "wait", "move")
STEPS = "ship receive reserve release move cancel reverse"

READER = role(
    "erp_inventory.reader", _("Stock, reading"),
    *(grant(f"erp_inventory.{name}", "read") for name in (*BOOKS, *DOCUMENTS)),
    grant("kernel.product", "read"),
    grant("kernel.party", "read"),
    hide("erp_inventory.move", "value"),
    hide("erp_inventory.receipt_line", "unit_value"),
)

CLERK = role(
    "erp_inventory.clerk", _("Warehouse clerk"),
    *(grant(f"erp_inventory.{name}", "read") for name in BOOKS),
    grant("erp_inventory.lot", "create change"),
    *(grant(f"erp_inventory.{name}", f"read create change export {STEPS}") for name in DOCUMENTS),
    grant("erp_inventory.adjustment", "read create change post cancel"),
    grant("kernel.product", "read"),
    grant("kernel.party", "read"),
    hide("erp_inventory.move", "value"),
    hide("erp_inventory.receipt_line", "unit_value"),
    hide("erp_inventory.adjustment", "value"),
    hide("erp_inventory.adjustment_line", "unit_value"),
    hide("kernel.product", "cost"),
)

MANAGER = role(
    "erp_inventory.manager", _("Head of stock"),
    grant("kernel.saved_view", "share"),
    *(grant(f"erp_inventory.{name}", "read export") for name in (*BOOKS, "valuation")),
    *(grant(f"erp_inventory.{name}", "create change delete") for name in ("warehouse", "place", "lot")),
    *(grant(f"erp_inventory.{name}", f"read create change delete export {STEPS}") for name in DOCUMENTS),
    grant("erp_inventory.adjustment", "read create change delete export post cancel reverse"),
    grant("erp_inventory.opening", "read create delete export post reverse"),
    grant("kernel.product", "read"),
    grant("kernel.party", "read"),
)

VALUES = role(
    "erp_inventory.values", _("Stock values"),
    *(grant(f"erp_inventory.{name}", "read export")
      for name in (*BOOKS, *DOCUMENTS, "valuation", "adjustment", "opening")),
    grant("kernel.product", "read"),
)
