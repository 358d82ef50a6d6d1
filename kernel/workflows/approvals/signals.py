"""What approvals tell."""

from dataclasses import dataclass

from kernel.entities.fields import AnyRef
from kernel.hooks.signals import signal
from kernel.i18n import _

__all__ = ["ApprovalDecided", "approval_decided"]


@dataclass(frozen=True, slots=True)
class ApprovalDecided:
    """An approval ended: `outcome` is approved, rejected, returned or withdrawn."""

    run_id: int
    flow: str
    record: AnyRef
    transition: str
    outcome: str
    initiator_id: int


approval_decided = signal(
    "kernel.approval_decided", ApprovalDecided, version=1, about="record", label=_("Approval decided"))
