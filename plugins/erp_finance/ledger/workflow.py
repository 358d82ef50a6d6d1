"""The way of a voucher: Draft → Posted → Reversed; and of a period: Open → Closed, and back."""

from kernel import State, Transition, Workflow, _
from plugins.erp_finance.ledger.models import Entry, Period
from plugins.erp_finance.ledger.periods import close_months, no_drafts, oldest_first, open_months, reopenable
from plugins.erp_finance.ledger.services import (
    may_be_posted,
    may_be_reversed,
    post_drafts,
    two_persons,
    write_reversals,
)

entries = Workflow(
    Entry,
    states=(
        State("draft", _("Draft"), "gray"), State("posted", _("Posted"), "green"),
        State("reversed", _("Reversed"), "red", final=True),
    ),
    transitions=(
        Transition("post", _("Post"), ("draft",), "posted", guards=(may_be_posted, two_persons), effect=post_drafts,
                   primary=True, icon="circle-check", already="ALREADY_POSTED"),
        Transition("reverse", _("Reverse"), ("posted",), "reversed", guards=(may_be_reversed,), effect=write_reversals,
                   risky=True, icon="arrow-back-up", already="ALREADY_REVERSED",
                   offered=lambda entry: entry.event is None and entry.reversal_of_id is None),
    ),
)

periods = Workflow(
    Period,
    states=(State("open", _("Open"), "green"), State("closed", _("Closed"), "gray", final=True)),
    transitions=(
        Transition("close", _("Close"), ("open",), "closed", guards=(no_drafts, oldest_first), effect=close_months,
                   primary=True, icon="lock", already="ALREADY_CLOSED"),
        Transition("reopen", _("Reopen"), ("closed",), "open", guards=(reopenable,), effect=open_months, risky=True,
                   icon="lock-open", already="ALREADY_OPEN"),
    ),
)
