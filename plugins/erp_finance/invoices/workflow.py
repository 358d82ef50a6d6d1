"""The way of an invoice: Draft → Posted → Reversed; that it is paid follows from what is outstanding."""

from kernel import State, Transition, Workflow, _
from plugins.erp_finance.invoices.models import Invoice
from plugins.erp_finance.invoices.services import may_be_posted, not_allocated, post_drafts, take_back
from plugins.erp_finance.ledger.periods import drafts
from plugins.erp_finance.payments.services import pay_in_full, payable

flow = Workflow(
    Invoice,
    states=(
        State("draft", _("Draft"), "gray"),
        State("submitted", _("Submitted"), "amber"),
        State("posted", _("Posted"), "green"),
        State("reversed", _("Reversed"), "red", final=True),
    ),
    transitions=(
        Transition("post", _("Post"), ("draft",), "posted", guards=(may_be_posted,), effect=post_drafts, primary=True,
                   icon="circle-check", already="ALREADY_POSTED"),
        Transition("pay", _("Pay in full"), ("posted",), "posted", guards=(payable,), effect=pay_in_full, icon="cash",
                   offered=lambda invoice: invoice.outstanding > 0),
        Transition("reverse", _("Reverse"), ("posted",), "reversed", guards=(not_allocated,), effect=take_back,
                   risky=True, icon="arrow-back-up", already="ALREADY_REVERSED",
                   offered=lambda invoice: invoice.reversal_of_id is None and invoice.outstanding == invoice.total),
    ),
)

drafts.append((Invoice, lambda period: Invoice.day.between(period.first_day, period.last_day)))
