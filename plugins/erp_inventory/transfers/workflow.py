"""The way of a transfer: draft, then moved or cancelled; what was moved can be taken back."""

from kernel import State, Transition, Workflow, _
from plugins.erp_inventory.transfers.models import Transfer
from plugins.erp_inventory.transfers.services import have_lines, move_inside, take_back

flow = Workflow(
    Transfer,
    states=(
        State("draft", _("Draft"), "gray"),
        State("done", _("Moved"), "green", final=True),
        State("cancelled", _("Cancelled"), "red", final=True),
        State("reversed", _("Taken back"), "amber", final=True),
    ),
    transitions=(
        Transition("move", _("Move"), ("draft",), "done", guards=(have_lines,), effect=move_inside, primary=True,
                   icon="arrow-right", already="ALREADY_MOVED"),
        Transition("cancel", _("Cancel transfer"), ("draft",), "cancelled", icon="circle-x"),
        Transition("reverse", _("Take back"), ("done",), "reversed", effect=take_back, risky=True,
                   icon="arrow-back-up", already="ALREADY_REVERSED"),
    ),
)
