"""Imports that take a while, and what is forgotten of old ones."""

import datetime as dt

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError

from kernel.entities.database import is_transient
from kernel.entities.work import session
from kernel.errors import Refusal
from kernel.exchange.models import FileImport, FilePart, ImportedRecord, WrongRow
from kernel.exchange.sheets.notifications import import_ended
from kernel.exchange.sheets.opened import OpenImport
from kernel.exchange.sheets.progress import forget_progress
from kernel.exchange.sheets.running import check_import, do_import
from kernel.exchange.sheets.undoing import undo_import
from kernel.i18n import _, use_locale
from kernel.identity.models import User
from kernel.jobs.declare import every, job
from kernel.notices.services import Notice, notify

__all__ = ["UNDO_DAYS", "bring_in", "do_task", "forget_old_imports"]

log = structlog.get_logger("trellis.import")

UNDO_DAYS = 30
"""Days for which an import can be undone."""
UNFINISHED_DAYS = 7
"""Days for which a file waits for somebody to go on with it."""


@job("kernel.bring_in")
def bring_in(import_id: int, task: str) -> None:
    """Check, do or undo an import, in its person's language; a refusal is noted with it."""
    current = session()
    found = OpenImport.load(import_id)
    if found is None or found.state not in ("checking", "running", "undoing"):
        return
    before = {"checking": "uploaded", "running": "checked", "undoing": "done"}[found.state]
    user = current.work.connection.execute(
        User.__table__.select().where(User.__table__.c.id == found.user_id)).mappings().first()
    with use_locale(user["locale"] if user else "en", user["timezone"] if user else None):
        try:
            with current.begin_nested():
                do_task(found, task, told=True)
        except Refusal as refusal:
            _note_failure(import_id, before, " ".join(filter(None, (str(refusal.message), str(refusal.fix or "")))))
        except Exception as error:
            if isinstance(error, DBAPIError) and is_transient(error):
                raise
            log.exception("import.broke_off", id=import_id)
            _note_failure(import_id, before, str(_("It broke off, and nothing was changed: {error}",
                                               error=type(error).__name__)))
    forget_progress(import_id)
    _tell_ended(import_id)


def _tell_ended(import_id: int) -> None:
    """Tell who started it, who may have left the page long ago."""
    found = OpenImport.load(import_id)
    if found is not None and found.user_id is not None:
        plugin, _dot, name = found.entity.partition(".")
        notify(import_ended, [Notice([found.user_id], None, {
            "of": found.entity, "plugin": plugin, "name": name, "import_id": import_id, "file": found.file_name,
            "state": found.state, "failed": bool(found.report.get("failure"))})])


def _note_failure(import_id: int, state: str, reason: str) -> None:
    found = OpenImport.load(import_id)
    if found is not None:
        found.report = {**found.report, "failure": reason}
        found.save(state)


def do_task(found: OpenImport, task: str, *, told: bool = False) -> None:
    """Do one of an import's tasks here and now; `told` tells progress."""
    if task == "check":
        check_import(found, told=told)
    elif task in ("all", "good"):
        do_import(found, all_or_nothing=task == "all", told=told)
    else:
        undo_import(found, whole=task == "undo")


@every(days=1, name="kernel.forget_old_imports")
def forget_old_imports() -> None:
    """Drop imports that were never finished, and what undoing old ones would need."""
    current = session()
    connection = current.work.connection
    unfinished = current.now - dt.timedelta(days=UNFINISHED_DAYS)
    old = select(FileImport.id).where(FileImport.at < current.now - dt.timedelta(days=UNDO_DAYS))
    for model in (ImportedRecord, WrongRow, FilePart):
        connection.execute(delete(model).where(model.import_id.in_(old)))
    connection.execute(delete(FileImport).where(
        FileImport.at < unfinished, FileImport.state.in_(("uploaded", "checked"))))
