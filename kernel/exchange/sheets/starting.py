"""Take an import from one state to the next, exactly once: small ones at once, large ones as a job."""

from collections.abc import Sequence

from sqlalchemy import update

from kernel.entities.base import Entity, entity
from kernel.entities.work import actor, session
from kernel.errors import Conflict, NotFound
from kernel.exchange.models import FileImport, ImportProgress
from kernel.exchange.sheets.choices import Choices
from kernel.exchange.sheets.columns import fields_by_path
from kernel.exchange.sheets.jobs import bring_in, do_task
from kernel.exchange.sheets.opened import OpenImport
from kernel.exchange.sheets.plan import check_choices
from kernel.exchange.sheets.progress import forget_progress
from kernel.exchange.sheets.undoing import may_undo, undo_size
from kernel.i18n import _
from kernel.jobs.declare import enqueue
from kernel.permissions.rights import rights

__all__ = ["AT_ONCE", "find_import", "start_check", "start_import", "start_undo"]

AT_ONCE = 2_000
"""Rows that are taken while the person waits; more are a job."""


def find_import(cls: type[Entity], import_id: int) -> OpenImport:
    """Find an import of an entity: the person's own, since its rows are for nobody else, but for who may undo any."""
    found = OpenImport.load(import_id)
    mine = found is not None and found.user_id == actor().user_id
    if (
        found is None or found.entity != cls.__entity__ or found.company_id != actor().company_id
        or not (mine or rights().may("undo", "kernel.file_import"))
    ):
        raise NotFound("NO_SUCH_IMPORT", _("There is no such import"))
    return found


def start_check(found: OpenImport, choices: Choices) -> None:
    """Check an import by these choices. Raises Invalid where they can't work."""
    cls = entity(found.entity)
    rights().demand("create", cls.__entity__)
    check_choices(cls, choices, fields_by_path(cls))
    _claim(found, ("uploaded", "checked"), "checking")
    found.choices = choices.as_json()
    _go(found, "check", int(found.content["count"]))


def start_import(found: OpenImport, *, all_or_nothing: bool) -> None:
    """Do a checked import."""
    rights().demand("create", found.entity)
    _claim(found, ("checked",), "running")
    _go(found, "all" if all_or_nothing else "good", int(found.content["count"]))


def start_undo(found: OpenImport, *, whole: bool) -> None:
    """Undo an import."""
    if not may_undo(found):
        raise Conflict("NOT_DONE", _("This import can't be undone, or not by you"))
    _claim(found, ("done",), "undoing")
    _go(found, "undo" if whole else "undo what can be", undo_size(found))


def _claim(found: OpenImport, states: Sequence[str], state: str) -> None:
    """Move an import on; raises Conflict where somebody else did a moment ago."""
    current = session()
    moved = current.work.connection.execute(
        update(FileImport).where(FileImport.id == found.id, FileImport.state.in_(states))
        .values(state=state, at=current.now))
    if not moved.rowcount:
        raise Conflict("UNDER_WAY", _("This import is under way or done already"), fix=_("Load the page again"))
    current.work.connection.execute(
        update(ImportProgress).where(ImportProgress.import_id == found.id).values(done=0))
    forget_progress(found.id)
    found.state, found.at = state, current.now


def _go(found: OpenImport, task: str, rows: int) -> None:
    found.save()
    if rows <= AT_ONCE:
        do_task(found, task)
    else:
        enqueue(bring_in, found.id, task)
