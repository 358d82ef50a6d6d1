"""The way of a payment: Draft → Posted → Undone."""

from kernel import State, Transition, Workflow, _
from plugins.erp_finance.ledger.periods import drafts
from plugins.erp_finance.payments.models import Payment
from plugins.erp_finance.payments.services import fill_in
from plugins.erp_finance.payments.settling import has_rest, may_be_posted, settle_posted, settle_rest, undo

flow = Workflow(
    Payment,
    states=(
        State("draft", _("Draft"), "gray"), State("submitted", _("Submitted"), "amber"),
        State("posted", _("Posted"), "green"), State("undone", _("Undone"), "red", final=True),
    ),
    transitions=(
        Transition("post", _("Post"), ("draft",), "posted", guards=(may_be_posted,), effect=settle_posted,
                   primary=True, icon="circle-check", already="ALREADY_POSTED"),
        Transition("suggest", _("Suggest allocations"), ("draft",), "draft", effect=fill_in, icon="wand"),
        Transition("allocate", _("Allocate the rest"), ("posted",), "posted", guards=(has_rest,), effect=settle_rest,
                   icon="link", offered=lambda payment: payment.unallocated > 0),
        Transition("undo", _("Undo"), ("posted",), "undone", effect=undo, risky=True, icon="arrow-back-up",
                   already="ALREADY_UNDONE"),
    ),
)

drafts.append((Payment, lambda period: Payment.day.between(period.first_day, period.last_day)))
