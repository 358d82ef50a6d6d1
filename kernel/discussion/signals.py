"""What the kernel tells of the talk about records."""

from dataclasses import dataclass

from kernel.entities.fields import AnyRef
from kernel.hooks.signals import signal
from kernel.i18n import _

__all__ = ["Attached", "CommentChanged", "Commented", "attached", "comment_changed", "commented"]


@dataclass(frozen=True, slots=True)
class Commented:
    """Somebody commented on a record, and called these people."""

    comment_id: int
    record: AnyRef
    user_id: int | None
    mentioned: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CommentChanged:
    """Somebody changed what they had said; `mentioned` are those called in it who were not before."""

    comment_id: int
    record: AnyRef
    user_id: int | None
    mentioned: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Attached:
    """Somebody put a file with a record."""

    attachment_id: int
    record: AnyRef
    user_id: int | None
    name: str
    size: int


commented = signal("kernel.commented", Commented, version=1, about="record", label=_("Commented"))
comment_changed = signal(
    "kernel.comment_changed", CommentChanged, version=1, about="record", label=_("Comment changed"))
attached = signal("kernel.attached", Attached, version=1, about="record", label=_("File attached"))
