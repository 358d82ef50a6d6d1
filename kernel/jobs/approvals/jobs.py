"""What approvals need done regularly: limits and waits that are over, deputies whose days begin, approvers who left."""

from kernel.jobs.declare import enqueue, every, job
from kernel.workflows.approvals.delegation import share_with_deputies
from kernel.workflows.approvals.leaving import resolve_those_who_left
from kernel.workflows.approvals.limits import apply_limit, overdue_tasks
from kernel.workflows.approvals.waiting import due_runs, wake

__all__ = ["end_wait", "look_after_approvals", "reach_limit"]


@job("kernel.reach_limit")
def reach_limit(task_id: int) -> None:
    """Do what the time limit of one task says; a document whose guards refuse keeps no other one from it."""
    apply_limit(task_id)


@job("kernel.end_wait")
def end_wait(run_id: int) -> None:
    """Carry one approval on whose wait is over."""
    wake(run_id)


@every(minutes=5, name="kernel.look_after_approvals")
def look_after_approvals() -> None:
    """Find limits that are reached and waits that are over, open documents to deputies, replace who left."""
    for task_id in overdue_tasks():
        enqueue(reach_limit, task_id)
    for run_id in due_runs():
        enqueue(end_wait, run_id)
    share_with_deputies()
    resolve_those_who_left()
