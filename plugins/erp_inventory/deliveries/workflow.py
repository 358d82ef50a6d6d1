"""The way of a delivery: open, then done or cancelled; what was done can be taken back."""

from kernel import State, Transition, Workflow, _
from plugins.erp_inventory.deliveries.models import Delivery
from plugins.erp_inventory.deliveries.services import give_free, keep_goods, may_ship, send_goods, take_back

flow = Workflow(
    Delivery,
    states=(
        State("open", _("Open"), "blue"),
        State("done", _("Shipped"), "green", final=True),
        State("cancelled", _("Cancelled"), "red", final=True),
        State("reversed", _("Taken back"), "amber", final=True),
    ),
    transitions=(
        Transition("ship", _("Ship"), ("open",), "done", guards=(may_ship,), effect=send_goods, primary=True,
                   icon="truck-delivery", already="ALREADY_SHIPPED"),
        Transition("reserve", _("Reserve"), ("open",), "open", effect=keep_goods, icon="lock"),
        Transition("release", _("Release"), ("open",), "open", effect=give_free, icon="lock-open"),
        Transition("cancel", _("Cancel delivery"), ("open",), "cancelled", needs=("cancel_reason",), effect=give_free,
                   risky=True, icon="circle-x"),
        Transition("reverse", _("Take back"), ("done",), "reversed", effect=take_back, risky=True,
                   icon="arrow-back-up", already="ALREADY_REVERSED"),
    ),
)
