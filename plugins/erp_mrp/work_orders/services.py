"""What one does with work orders and reports of work; all take many at once."""

from collections.abc import Sequence
from typing import TypeVar

from kernel import Entity, Refusal, _, workflow_of
from plugins.erp_mrp.work_orders.models import OperationReport, WorkOrder

E = TypeVar("E", bound=Entity)


def release_orders(orders: Sequence[WorkOrder]) -> None:
    """Release drafts: fill them from their bills of materials where empty, and reserve their components."""
    _run(WorkOrder, "release", orders)


def issue_orders(orders: Sequence[WorkOrder]) -> None:
    """Issue material: what was entered beside the components, else all that is left.

    Raises Refusal STOCK_SHORT naming the missing parts, OVER_ISSUE without a reason, NOTHING_TO_ISSUE.
    """
    _run(WorkOrder, "issue", orders)


def receive_orders(orders: Sequence[WorkOrder]) -> None:
    """Receive goods: `receiving`, else all that is left. Raises Refusal OVER_RECEIVED, NOT_ISSUED."""
    _run(WorkOrder, "receive", orders)


def complete_orders(orders: Sequence[WorkOrder]) -> None:
    """Complete orders: nothing more will be made."""
    _run(WorkOrder, "complete", orders)


def close_orders(orders: Sequence[WorkOrder]) -> None:
    """Close completed orders with their variance."""
    _run(WorkOrder, "close", orders)


def cancel_orders(orders: Sequence[WorkOrder], reason: str) -> None:
    """Cancel orders; material comes back. Raises Refusal RECEIVED where goods were received."""
    _run(WorkOrder, "cancel", orders, reason)


def post_work(reports: Sequence[OperationReport]) -> None:
    """Post reports of work. Raises Refusal OVER_REPORT, NOT_RUNNING, UNKNOWN_STEP, EMPTY."""
    _run(OperationReport, "post", reports)


def take_work_back(reports: Sequence[OperationReport]) -> None:
    """Take posted reports back while their order runs."""
    _run(OperationReport, "take_back", reports)


def _run(cls: type[E], action: str, records: Sequence[E], reason: str | None = None) -> None:
    flow = workflow_of(cls)
    if flow is None:
        raise Refusal("NO_WORKFLOW", _("{what} have no workflow", what=cls.__plural__))
    flow.run(action, records, {"cancel_reason": reason} if reason else None)
