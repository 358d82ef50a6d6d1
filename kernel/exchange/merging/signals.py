"""What the kernel tells when records became one."""

from dataclasses import dataclass

from kernel.entities.fields import AnyRef
from kernel.hooks.signals import signal
from kernel.i18n import _

__all__ = ["Merged", "merged"]


@dataclass(frozen=True, slots=True)
class Merged:
    """Records of one entity became part of `record`; what pointed to them points to it by now.

    Who keeps something by the id of a record outside of links, refs and custom fields passes it on here, or refuses.
    """

    record: AnyRef
    merged_ids: tuple[int, ...]
    titles: tuple[str, ...]
    """What the merged ones were called, in the order of their ids."""
    user_id: int | None


merged = signal("kernel.merged", Merged, version=1, about="record", label=_("Records merged"))
