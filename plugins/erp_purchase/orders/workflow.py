"""The way of an order: Draft → Submitted (while an approval runs) → Approved → Closed, or cancelled."""

from kernel import State, Transition, Workflow, _
from plugins.erp_purchase.orders.billing import bill, billable
from plugins.erp_purchase.orders.models import Order
from plugins.erp_purchase.orders.receiving import receivable, receive_by_hand
from plugins.erp_purchase.orders.services import (
    above_minimum,
    has_lines,
    nothing_arrived,
    nothing_unbilled,
    supplier_allowed,
    tell_approved,
    tell_closed,
    undo,
)

flow = Workflow(
    Order,
    states=(
        State("draft", _("Draft"), "gray"),
        State("submitted", _("Submitted"), "amber"),
        State("approved", _("Approved"), "blue"),
        State("done", _("Closed"), "green", final=True),
        State("cancelled", _("Cancelled"), "red", final=True),
    ),
    transitions=(
        Transition("approve", _("Approve"), ("draft",), "approved", guards=(has_lines, supplier_allowed, above_minimum),
                   effect=tell_approved, primary=True, icon="circle-check", already="ALREADY_APPROVED"),
        Transition("receive", _("Receive"), ("approved",), "approved", guards=(receivable,), effect=receive_by_hand,
                   primary=True, icon="package-import", instead_of="erp_inventory",
                   offered=lambda order: order.received_percent < 100),
        Transition("bill", _("Enter invoice"), ("approved",), "approved", needs=("supplier_reference", "bill_day"),
                   guards=(billable,), effect=bill, primary=True, icon="file-invoice",
                   offered=lambda order: order.billed_percent < order.received_percent),
        Transition("close", _("Close"), ("approved",), "done", guards=(nothing_unbilled,), effect=tell_closed,
                   icon="lock"),
        Transition("reopen", _("Open again"), ("done",), "approved", icon="lock-open"),
        Transition("cancel", _("Cancel order"), ("draft", "approved"), "cancelled", needs=("cancel_reason",),
                   guards=(nothing_arrived,), effect=undo, risky=True, icon="circle-x"),
    ),
)
