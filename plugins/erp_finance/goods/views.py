"""How goods that wait for their invoice look."""

from kernel import ListView, Tab, _

ListView(
    "erp_finance.unbilled_goods",
    "order product side moved_quantity invoiced_quantity moved_value cleared_value ahead_value",
    filters="side product", sort="-id", totals="moved_value cleared_value ahead_value",
    phone="order product moved_value moved_quantity invoiced_quantity side",
    tabs=(Tab(_("Shipped"), "side=shipped"), Tab(_("Received"), "side=received")))
