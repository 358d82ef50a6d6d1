"""What approvals need done regularly: time limits, deputies whose days begin, approvers whose last day is over."""

from kernel.jobs.declare import enqueue, every, job
from kernel.workflows.approvals.delegation import share_with_deputies
from kernel.workflows.approvals.leaving import resolve_those_who_left
from kernel.workflows.approvals.limits import apply_limit, overdue_tasks

__all__ = ["look_after_approvals", "reach_limit"]


@job("kernel.reach_limit")
def reach_limit(task_id: int) -> None:
    """Do what the time limit of one task says; a document whose guards refuse keeps no other one from it."""
    apply_limit(task_id)


@every(minutes=5, name="kernel.look_after_approvals")
def look_after_approvals() -> None:
    """Find the tasks whose limit is reached, open documents to deputies, and ask others in place of who left."""
    for task_id in overdue_tasks():
        enqueue(reach_limit, task_id)
    share_with_deputies()
    resolve_those_who_left()
