"""What approvals tell."""

from dataclasses import dataclass

from kernel.entities.fields import AnyRef
from kernel.hooks.signals import signal
from kernel.i18n import _

__all__ = [
    "ApprovalAsked", "ApprovalDecided", "ApprovalReminded", "approval_asked", "approval_decided", "approval_reminded",
]


@dataclass(frozen=True, slots=True)
class ApprovalAsked:
    """An approval waits for somebody from now on."""

    task_id: int
    run_id: int
    flow: str
    record: AnyRef
    step: str
    approver_id: int


@dataclass(frozen=True, slots=True)
class ApprovalReminded:
    """Somebody is reminded of an approval that waits for them: its time limit was reached, or its initiator urges."""

    task_id: int
    run_id: int
    flow: str
    record: AnyRef
    step: str
    approver_id: int
    overdue: bool


@dataclass(frozen=True, slots=True)
class ApprovalDecided:
    """An approval ended: `outcome` is approved, rejected, returned or withdrawn."""

    run_id: int
    flow: str
    record: AnyRef
    transition: str
    outcome: str
    initiator_id: int


approval_asked = signal(
    "kernel.approval_asked", ApprovalAsked, version=1, about="record", label=_("Approval asked for"))
approval_reminded = signal(
    "kernel.approval_reminded", ApprovalReminded, version=1, about="record", label=_("Approver reminded"))
approval_decided = signal(
    "kernel.approval_decided", ApprovalDecided, version=1, about="record", label=_("Approval decided"))
