"""The way of an order: Draft → Submitted (while an approval runs) → Approved → Closed, or cancelled.

Deliveries, invoices and payments don't change the state: an order that all of them are through of closes itself.
Where the plugin that makes them is missing, they are marked by hand.
"""

from kernel import State, Transition, Workflow, _, installed
from plugins.erp_sales.orders.credit import within_credit
from plugins.erp_sales.orders.fulfilment import ALL, mark_delivered, mark_invoiced, mark_paid
from plugins.erp_sales.orders.invoicing import ask_for_invoices
from plugins.erp_sales.orders.models import Order
from plugins.erp_sales.orders.services import (
    has_lines,
    invoiced_and_not_paid,
    marked_by_hand,
    not_yet_delivered,
    not_yet_invoiced,
    nothing_done,
    something_by_hand,
    take_back,
    tell_cancelled,
    tell_closed,
    tell_confirmed,
    tell_reopened,
)

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
                   effect=tell_confirmed, stamp="confirmed_at", primary=True, icon="circle-check",
                   already="ALREADY_CONFIRMED"),
        Transition("invoice", _("Invoice"), ("confirmed",), "confirmed", effect=ask_for_invoices, primary=True,
                   icon="file-invoice",
                   offered=lambda order: installed("erp_finance") and order.invoiced_percent < ALL),
        Transition("deliver", _("Mark as delivered"), ("confirmed",), "confirmed", guards=(not_yet_delivered,),
                   effect=mark_delivered, icon="truck-delivery", instead_of="erp_inventory",
                   offered=lambda order: order.delivered_percent < ALL),
        Transition("mark_invoiced", _("Mark as invoiced"), ("confirmed",), "confirmed", guards=(not_yet_invoiced,),
                   effect=mark_invoiced, icon="file-invoice", instead_of="erp_finance",
                   offered=lambda order: order.invoiced_percent < ALL),
        Transition("mark_paid", _("Mark as paid"), ("confirmed",), "confirmed", guards=(invoiced_and_not_paid,),
                   effect=mark_paid, icon="cash", instead_of="erp_finance",
                   offered=lambda order: order.invoiced_percent >= ALL and order.paid_percent < ALL),
        Transition("take_back", _("Take back what was marked"), ("confirmed", "done"), "confirmed",
                   guards=(something_by_hand,), effect=take_back, icon="arrow-back-up", offered=marked_by_hand),
        Transition("close", _("Close"), ("confirmed",), "done", effect=tell_closed, icon="lock"),
        Transition("reopen", _("Reopen"), ("done",), "confirmed", effect=tell_reopened, icon="lock-open"),
        Transition("cancel", _("Cancel order"), ("draft", "confirmed"), "cancelled", needs=("cancel_reason",),
                   guards=(nothing_done,), effect=tell_cancelled, risky=True, icon="circle-x"),
    ),
)
