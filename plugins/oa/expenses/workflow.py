"""The way of a claim: Draft → Submitted → Approved → Paid, or cancelled."""

from kernel import State, Transition, Workflow, _
from plugins.oa.expenses.models import ExpenseClaim
from plugins.oa.expenses.services import (
    complete,
    invoices_unused,
    note_paid,
    note_unpaid,
    nothing_paid,
    settled,
    tell_approved,
    tell_revoked,
    unsettled,
)

flow = Workflow(
    ExpenseClaim,
    states=(
        State("draft", _("Draft"), "gray"),
        State("submitted", _("Submitted"), "amber"),
        State("approved", _("Approved"), "blue"),
        State("paid", _("Paid"), "green", final=True),
        State("cancelled", _("Cancelled"), "red", final=True),
    ),
    transitions=(
        Transition("submit", _("Submit"), ("draft",), "approved", guards=(complete, invoices_unused),
                   effect=tell_approved, primary=True, icon="send"),
        Transition("mark_paid", _("Mark as paid"), ("approved",), "paid", guards=(settled,), effect=note_paid,
                   primary=True, icon="cash"),
        Transition("mark_unpaid", _("Not paid after all"), ("paid",), "approved", guards=(unsettled,),
                   effect=note_unpaid, risky=True, icon="arrow-back-up"),
        Transition("cancel", _("Cancel claim"), ("draft",), "cancelled", icon="circle-x"),
        Transition("revoke", _("Take back"), ("approved",), "cancelled", guards=(nothing_paid,),
                   needs=("revoke_reason",), effect=tell_revoked, risky=True, icon="arrow-back-up"),
    ),
)
