"""The way of a leave request: Draft → Submitted → Approved, or cancelled; and of a grant that was a mistake."""

from kernel import State, Transition, Workflow, _
from plugins.oa.leave.accounts import enough_left, withdraw_left
from plugins.oa.leave.models import LeaveGrant, LeaveRequest
from plugins.oa.leave.services import not_begun, not_overlapping, tell_approved, tell_revoked

flow = Workflow(
    LeaveRequest,
    states=(
        State("draft", _("Draft"), "gray"),
        State("submitted", _("Submitted"), "amber"),
        State("approved", _("Approved"), "green"),
        State("cancelled", _("Cancelled"), "red", final=True),
    ),
    transitions=(
        Transition("submit", _("Submit"), ("draft",), "approved", guards=(not_overlapping, enough_left),
                   effect=tell_approved, primary=True, icon="send"),
        Transition("cancel", _("Cancel request"), ("draft",), "cancelled", icon="circle-x"),
        Transition("revoke", _("Take back"), ("approved",), "cancelled", guards=(not_begun,),
                   needs=("revoke_reason",), effect=tell_revoked, risky=True, icon="arrow-back-up"),
    ),
)

grants = Workflow(
    LeaveGrant,
    states=(State("open", _("Open"), "green"), State("withdrawn", _("Withdrawn"), "red", final=True)),
    transitions=(
        Transition("withdraw", _("Withdraw what is left"), ("open",), "withdrawn", needs=("withdraw_reason",),
                   effect=withdraw_left, risky=True, icon="circle-x"),
    ),
)
