"""Run approvals: park documents, ask approvers, decide, and let the approved step happen as its initiator's."""

from kernel.workflows.approvals.acting import (
    add_signer,
    approve,
    copy_to,
    hand_over,
    reject,
    revoke,
    see_copies,
    send_back,
    take_back,
    urge,
)
from kernel.workflows.approvals.declare import (
    APPROVAL_ROLES,
    ApprovalDeclaration,
    Step,
    approval,
    sync_approvals,
)
from kernel.workflows.approvals.leaving import resolve_again
from kernel.workflows.approvals.running import choosing, my_copies, my_tasks, running_approval

__all__ = [
    "APPROVAL_ROLES", "ApprovalDeclaration", "Step", "add_signer", "approval", "approve", "choosing", "copy_to",
    "hand_over", "my_copies", "my_tasks", "reject", "resolve_again", "revoke", "running_approval", "see_copies",
    "send_back", "sync_approvals", "take_back", "urge",
]
