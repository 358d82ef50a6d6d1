"""The way of a work order: Draft → Released → In progress → Completed → Closed; and of a report of work."""

from kernel import State, Transition, Workflow, _
from plugins.erp_mrp.work_orders.finishing import cancel, close, complete, nothing_received, receive, within_order
from plugins.erp_mrp.work_orders.issuing import (
    enough_there,
    issue,
    lacks_material,
    reason_for_more,
    release,
    something_to_issue,
)
from plugins.erp_mrp.work_orders.making import fill_orders
from plugins.erp_mrp.work_orders.models import OperationReport, WorkOrder
from plugins.erp_mrp.work_orders.reporting import RUNNING, not_over_reported, post_reports, running, take_back

orders = Workflow(
    WorkOrder,
    states=(
        State("draft", _("Draft"), "gray"),
        State("released", _("Released"), "blue"),
        State("in_progress", _("In progress"), "amber"),
        State("completed", _("Completed"), "violet"),
        State("closed", _("Closed"), "green", final=True),
        State("cancelled", _("Cancelled"), "red", final=True),
    ),
    transitions=(
        Transition("fill", _("Fill from the bill"), ("draft",), "draft", effect=fill_orders, icon="sitemap"),
        Transition("release", _("Release"), ("draft",), "released", effect=release, primary=True,
                   icon="player-play", already="ALREADY_RELEASED"),
        Transition("issue", _("Issue material"), RUNNING, "in_progress",
                   guards=(something_to_issue, reason_for_more, enough_there), effect=issue, primary=True,
                   icon="package-export", offered=lacks_material),
        Transition("receive", _("Receive"), RUNNING, "in_progress", guards=(within_order,), effect=receive,
                   primary=True, icon="package-import"),
        Transition("complete", _("Complete"), ("in_progress",), "completed", effect=complete, icon="flag-check"),
        Transition("close", _("Close"), ("completed",), "closed", effect=close, primary=True, icon="lock",
                   already="ALREADY_CLOSED"),
        Transition("cancel", _("Cancel work order"), ("draft", *RUNNING), "cancelled", guards=(nothing_received,),
                   needs=("cancel_reason",), effect=cancel, risky=True, icon="circle-x", already="ALREADY_CANCELLED"),
    ),
)

reports = Workflow(
    OperationReport,
    states=(
        State("draft", _("Draft"), "gray"), State("posted", _("Posted"), "green"),
        State("reversed", _("Taken back"), "red", final=True),
    ),
    transitions=(
        Transition("post", _("Post"), ("draft",), "posted", guards=(running, not_over_reported), effect=post_reports,
                   primary=True, icon="circle-check", already="ALREADY_POSTED"),
        Transition("take_back", _("Take back"), ("posted",), "reversed", guards=(running,), effect=take_back,
                   risky=True, icon="arrow-back-up", already="ALREADY_REVERSED"),
    ),
)
