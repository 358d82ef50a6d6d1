"""The way of a request: Draft → Submitted → Approved → Ordered, or cancelled."""

from kernel import State, Transition, Workflow, _
from plugins.erp_purchase.requests.models import Request
from plugins.erp_purchase.requests.services import has_lines, make_orders, suppliers_known, tell_cancelled

flow = Workflow(
    Request,
    states=(
        State("draft", _("Draft"), "gray"),
        State("submitted", _("Submitted"), "amber"),
        State("approved", _("Approved"), "blue"),
        State("ordered", _("Ordered"), "green", final=True),
        State("cancelled", _("Cancelled"), "red", final=True),
    ),
    transitions=(
        Transition("submit", _("Submit"), ("draft",), "submitted", guards=(has_lines,), primary=True, icon="send"),
        Transition("approve", _("Approve"), ("draft", "submitted"), "approved", guards=(has_lines,), primary=True,
                   icon="circle-check", already="ALREADY_APPROVED"),
        Transition("reject", _("Send back"), ("submitted",), "draft", needs=("reject_reason",), icon="arrow-back-up"),
        Transition("order", _("Order"), ("approved",), "ordered", guards=(suppliers_known,), effect=make_orders,
                   primary=True, icon="shopping-bag", already="ALREADY_ORDERED"),
        Transition("reopen", _("Open again"), ("ordered",), "approved", icon="lock-open"),
        Transition("cancel", _("Cancel request"), ("draft", "submitted", "approved"), "cancelled",
                   needs=("cancel_reason",), effect=tell_cancelled, risky=True, icon="circle-x"),
    ),
)
