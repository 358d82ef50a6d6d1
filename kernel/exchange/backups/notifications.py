"""What administrators are told of backups."""

from pathlib import Path

import structlog
from sqlalchemy.exc import DBAPIError

from kernel.entities.work import SYSTEM, unit_of_work
from kernel.exchange.backups.manifest import Manifest
from kernel.i18n import _, format_number
from kernel.notices.declare import Facts, notification
from kernel.notices.services import Notice, notify
from kernel.workflows.approvers import administrators

__all__ = ["backup_ended", "tell_of_backup"]

log = structlog.get_logger("trellis.backup")


def _ended(facts: Facts) -> Facts:
    said = _("the backup is written; {missing} attached files are missing") if facts["missing"] else _(
        "the backup is written: {rows} rows, {files} files")
    return {"what": str(said).format(**{name: format_number(facts[name]) for name in ("rows", "files", "missing")})}


backup_ended = notification(
    "kernel.backup_ended", label=_("A backup has ended"), says="{what}", icon="package", fill=_ended)


def tell_of_backup(path: Path, manifest: Manifest) -> None:
    """Tell administrators that a backup was written; one of an older schema, before an upgrade, tells nobody."""
    try:
        with unit_of_work(SYSTEM):
            notify(backup_ended, [Notice([each.user_id for each in administrators(0, "")], None, {
                "title": path.name, "rows": manifest.records, "files": manifest.files,
                "missing": len(manifest.missing)})])
    except DBAPIError as error:
        log.info("backup.not_told", error=str(error.orig))
