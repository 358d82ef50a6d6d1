"""The way of a receipt: open, then received or cancelled; what was received can be taken back."""

from kernel import State, Transition, Workflow, _
from plugins.erp_inventory.receipts.models import Receipt
from plugins.erp_inventory.receipts.services import bring_goods_in, may_receive, take_back

flow = Workflow(
    Receipt,
    states=(
        State("open", _("Open"), "blue"),
        State("done", _("Received"), "green", final=True),
        State("cancelled", _("Cancelled"), "red", final=True),
        State("reversed", _("Taken back"), "amber", final=True),
    ),
    transitions=(
        Transition("receive", _("Receive"), ("open",), "done", guards=(may_receive,), effect=bring_goods_in,
                   primary=True, icon="truck-loading", already="ALREADY_RECEIVED"),
        Transition("cancel", _("Cancel receipt"), ("open",), "cancelled", needs=("cancel_reason",), risky=True,
                   icon="circle-x"),
        Transition("reverse", _("Take back"), ("done",), "reversed", effect=take_back, risky=True,
                   icon="arrow-back-up", already="ALREADY_REVERSED"),
    ),
)
