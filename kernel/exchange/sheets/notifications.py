"""What people are told of imports that took a while."""

from kernel.i18n import Text, _
from kernel.notices.declare import Facts, notification

__all__ = ["import_ended"]

ENDED: dict[str, Text] = {
    "checked": _("“{file}” was checked"), "done": _("“{file}” was imported"),
    "undone": _("the import of “{file}” was undone"),
}


def _ended(facts: Facts) -> Facts:
    """Say how it ended."""
    said = _("“{file}” could not be brought in") if facts["failed"] else ENDED.get(
        str(facts["state"]), _("“{file}” has been worked through"))
    return {"what": str(said).format(file=facts["file"])}


import_ended = notification(
    "kernel.import_ended", label=_("An import of mine has ended"), says="{what}", icon="file-import",
    path="/{plugin}/{name}/import/{import_id}", fill=_ended, oneself=True)
