"""The way of an order: Draft → Submitted (while an approval runs) → Approved → Closed, or cancelled."""

from kernel import State, Transition, Workflow, _
from plugins.erp_sales.orders.credit import within_credit
from plugins.erp_sales.orders.models import Order
from plugins.erp_sales.orders.services import has_lines, tell_cancelled, tell_confirmed

flow = Workflow(
    Order,
    states=(
        State("draft", _("Draft"), "gray"),
        State("submitted", _("Submitted"), "amber"),
        State("confirmed", _("Approved"), "blue"),
        State("done", _("Closed"), "green", final=True),
        State("cancelled", _("Cancelled"), "red", final=True),
    ),
    transitions=(
        Transition("confirm", _("Confirm"), ("draft",), "confirmed", guards=(has_lines, within_credit),
                   effect=tell_confirmed, primary=True, icon="circle-check", already="ALREADY_CONFIRMED"),
        Transition("close", _("Close"), ("confirmed",), "done", icon="lock"),
        Transition("cancel", _("Cancel order"), ("draft", "confirmed"), "cancelled", needs=("cancel_reason",),
                   effect=tell_cancelled, risky=True, icon="circle-x"),
    ),
)
