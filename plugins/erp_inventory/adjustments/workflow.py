"""The ways of adjustments and of opening stock."""

from kernel import State, Transition, Workflow, _
from plugins.erp_inventory.adjustments.models import Adjustment, Opening
from plugins.erp_inventory.adjustments.services import (
    can_be_posted,
    close_stock,
    move_differences,
    open_stock,
    take_back,
)

adjusting = Workflow(
    Adjustment,
    states=(
        State("draft", _("Draft"), "gray"),
        State("submitted", _("Submitted"), "amber"),
        State("done", _("Posted"), "green", final=True),
        State("cancelled", _("Cancelled"), "red", final=True),
        State("reversed", _("Taken back"), "amber", final=True),
    ),
    transitions=(
        Transition("post", _("Post"), ("draft",), "done", guards=(can_be_posted,), effect=move_differences,
                   primary=True, icon="circle-check", already="ALREADY_POSTED"),
        Transition("cancel", _("Cancel adjustment"), ("draft",), "cancelled", icon="circle-x"),
        Transition("reverse", _("Take back"), ("done",), "reversed", effect=take_back, risky=True,
                   icon="arrow-back-up", already="ALREADY_REVERSED"),
    ),
)

opening = Workflow(
    Opening,
    states=(
        State("draft", _("Draft"), "gray"),
        State("done", _("Posted"), "green", final=True),
        State("reversed", _("Taken back"), "amber", final=True),
    ),
    transitions=(
        Transition("post", _("Post"), ("draft",), "done", effect=open_stock, primary=True, icon="circle-check",
                   already="ALREADY_POSTED"),
        Transition("reverse", _("Take back"), ("done",), "reversed", effect=close_stock, risky=True,
                   icon="arrow-back-up", already="ALREADY_REVERSED"),
    ),
)
