"""Every attachment's file is there, and is what it was."""

from collections.abc import Iterable

from sqlalchemy import select

from kernel.discussion.models import Attachment
from kernel.files import files
from kernel.i18n import _
from kernel.registry.checks import Finding, invariant
from kernel.registry.invariants.asking import SHOWN, ask

__all__ = ["files_are_there"]


@invariant("kernel.files", _("Every attached file is there, and is what it was"))
def files_are_there() -> Iterable[Finding]:
    """Read each file of the store that an attachment refers to, and compare it with its name."""
    table = Attachment.__table__.c
    told = 0
    digest, sound = "", True
    for row in ask(select(table.id, table.name, table.sha256).order_by(table.sha256, table.id)):
        if row.sha256 != digest:
            digest, sound = row.sha256, files().is_sound(row.sha256)
        if not sound and told < SHOWN:
            told += 1
            yield Finding("kernel_attachment", str(row.id), _(
                "The file “{name}” is missing, or isn't what it was", name=row.name))
