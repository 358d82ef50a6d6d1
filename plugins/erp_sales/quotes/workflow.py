"""The way of a quote: Draft → Sent → Accepted, or declined."""

from kernel import State, Transition, Workflow, _
from plugins.erp_sales.quotes.models import Quote
from plugins.erp_sales.quotes.services import draft_orders, has_lines, still_valid

flow = Workflow(
    Quote,
    states=(
        State("draft", _("Draft"), "gray"),
        State("sent", _("Sent"), "blue"),
        State("accepted", _("Accepted"), "green", final=True),
        State("declined", _("Declined"), "red", final=True),
    ),
    transitions=(
        Transition("send", _("Mark as sent"), ("draft",), "sent", guards=(has_lines,), primary=True, icon="send"),
        Transition("accept", _("Accept"), ("sent",), "accepted", guards=(has_lines, still_valid), effect=draft_orders,
                   primary=True, icon="circle-check", already="ALREADY_ACCEPTED"),
        Transition("decline", _("Decline"), ("sent",), "declined", needs=("decline_reason",), icon="circle-x"),
        Transition("reopen", _("Make it a draft again"), ("sent", "declined"), "draft", icon="arrow-back-up"),
    ),
)
