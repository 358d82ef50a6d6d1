"""The inbox's list: what waits for the person's approval, what they decided, sent or got a copy of."""

from collections.abc import Sequence

from flask import Blueprint, request
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from kernel.entities.base import entities
from kernel.entities.work import actor, session
from kernel.errors import NotFound, Refusal
from kernel.i18n import _, current_timezone, format_date, format_instant
from kernel.notices.attention import attention
from kernel.notices.services import see_about_record
from kernel.web.frame import crumb, shell
from kernel.web.inbox.decision import decision_of, transition_label
from kernel.web.inbox.reminders import inbox_tabs
from kernel.web.inbox.seeing import seen_after
from kernel.web.screen.inbox import InboxPage, Waiting, WaitingGroup
from kernel.web.screen.shown import Choice, Empty, Person
from kernel.web.serving import Answer, render, served
from kernel.web.show import refused
from kernel.workflows.approvals import my_copies, my_tasks
from kernel.workflows.models import ApprovalRun, ApprovalTask

__all__ = ["blueprint", "inbox_page"]

blueprint = Blueprint("inbox", __name__)
KEPT = 50
"""Decided or submitted documents shown at most."""
WHICH = (("waiting", _("Waiting")), ("decided", _("Decided")), ("mine", _("Sent")), ("copies", _("Copies")))


@blueprint.get("/inbox")
@served()
def inbox() -> Answer:
    """Show what waits, with the first document open on a wide screen."""
    return inbox_page(request.args.get("which", "waiting"), None)


@blueprint.get("/inbox/<int:task_id>")
@served()
def task(task_id: int) -> Answer:
    """Show one task with its document."""
    return inbox_page(request.args.get("which", "waiting"), task_id)


def inbox_page(which: str, task_id: int | None, refusal: Refusal | None = None) -> str:
    """Make the page of one of the inbox's lists, with a document open beside it."""
    tasks = _tasks(which)
    if task_id is None and tasks and which == "waiting" and _is_wide():
        chosen: ApprovalTask | None = tasks[0]
    else:
        chosen = _chosen(tasks, task_id)
    if chosen is not None:
        _see(chosen.run)
    counts = {which: len(tasks) if which == "waiting" else 0}
    counts["copies"] = _unseen()
    kinds = tuple(
        Choice(code, f"{label} {counts[code]}" if counts.get(code) else str(label), code == which,
               f"/inbox?which={code}") for code, label in WHICH)
    page = InboxPage(
        str(_("Inbox")), kinds, _groups(tasks, which, chosen),
        decision_of(chosen, which) if chosen else None, _empty(which),
        refused(refusal), tabs=inbox_tabs("/inbox"),
        all_url="/inbox/copies/seen" if which == "copies" and counts["copies"] > 1 else "",
        deputies_url="/inbox/deputies")
    crumbs = [crumb(_("Inbox"), f"/inbox?which={which}"), *([crumb(chosen.run.record_title)] if chosen else ())]
    return render(
        "inbox.html", page, shell=shell(crumbs, here="inbox", rail=True),
        choose=Empty("inbox", str(_("Choose a document")), str(_("What it is and who has seen it stands here."))))


def _see(run: ApprovalRun) -> None:
    """Take what was told of a document that is opened here out of the news."""
    cls = entities().get(run.entity)
    if cls is not None and (run.entity, run.record_id) in attention().told_of:
        seen_after(lambda: see_about_record(cls, run.record_id))


def _is_wide() -> bool:
    """Guess from the browser's own hint; a phone gets the list first."""
    return request.headers.get("Sec-CH-UA-Mobile", "?0") != "?1" and "Mobi" not in request.headers.get("User-Agent", "")


def _unseen() -> int:
    table = ApprovalTask.__table__.c
    return session().work.connection.scalar(
        select(func.count()).select_from(ApprovalTask.__table__)
        .where(table.approver_id == actor().user_id, table.outcome == "copied")) or 0


def _tasks(which: str) -> Sequence[ApprovalTask]:
    if which == "waiting":
        return my_tasks()
    if which == "copies":
        return my_copies(KEPT)
    statement = (
        select(ApprovalTask).options(joinedload(ApprovalTask.run).joinedload(ApprovalRun.initiator))
        .order_by(ApprovalTask.id.desc()).limit(KEPT))
    me = actor().user_id
    if which == "decided":
        decided = ("approved", "rejected", "returned", "handed_over")
        return session().scalars(statement.where(
            (ApprovalTask.approver_id == me) | (ApprovalTask.decided_by_id == me),
            ApprovalTask.outcome.in_(decided))).all()
    found = session().scalars(
        statement.join(ApprovalRun, ApprovalRun.id == ApprovalTask.run_id)
        .where(ApprovalRun.initiator_id == me)).all()
    by_run = {each.run_id: each for each in reversed(found)}
    return sorted(by_run.values(), key=lambda each: -each.run_id)


def _chosen(tasks: Sequence[ApprovalTask], task_id: int | None) -> ApprovalTask | None:
    if task_id is None:
        return None
    for each in tasks:
        if each.id == task_id:
            return each
    found = session().scalars(
        select(ApprovalTask).where(ApprovalTask.id == task_id)
        .options(joinedload(ApprovalTask.run).joinedload(ApprovalRun.initiator))).first()
    if found is None:
        raise NotFound("TASK", _("This task isn't there, or isn't open to you"))
    return found


def _groups(
    tasks: Sequence[ApprovalTask], which: str, chosen: ApprovalTask | None
) -> tuple[WaitingGroup, ...]:
    groups: dict[str, list[Waiting]] = {}
    for each in tasks:
        run = each.run
        cls = entities().get(run.entity)
        late = which == "waiting" and each.due_at is not None and each.due_at <= session().now
        groups.setdefault(_heading(each, which, late=late), []).append(Waiting(
            f"/inbox/{each.id}?which={which}", run.record_title, str(cls.__label__) if cls else run.entity,
            Person(run.initiator.name), transition_label(run), _beside(each, which),
            late=late or _reminded(each, which), current=chosen is not None and chosen.id == each.id,
            done_url=f"/inbox/{each.id}/seen" if each.outcome == "copied" else "", done=str(_("Seen"))))
    return tuple(WaitingGroup(day, tuple(entries)) for day, entries in groups.items())


def _heading(task: ApprovalTask, which: str, *, late: bool) -> str:
    """Say under what heading a task stands: what is overdue or due today first, the rest by the day it came."""
    zone = current_timezone()
    if which == "waiting" and task.due_at is not None:
        if late:
            return str(_("Overdue"))
        if task.due_at.astimezone(zone).date() == session().now.astimezone(zone).date():
            return str(_("Due today"))
    return format_date(task.run.created_at.astimezone(zone).date())


def _reminded(task: ApprovalTask, which: str) -> bool:
    return which == "waiting" and task.reminded_at is not None


def _beside(task: ApprovalTask, which: str) -> str:
    if which == "mine":
        return str(ApprovalRun.__fields__["outcome"].choice(task.run.outcome).label)
    if which == "decided":
        return str(ApprovalTask.__fields__["outcome"].choice(task.outcome).label)
    if which == "waiting" and task.reminded_at is not None:
        return str(_("Reminded"))
    return format_instant(task.due_at) if which == "waiting" and task.due_at else ""


def _empty(which: str) -> Empty:
    if which == "waiting":
        return Empty("circle-check", str(_("Nothing waits for you")),
                     str(_("When somebody submits a document that needs your approval, it stands here.")))
    return Empty("inbox", str(_("Nothing here yet")), str(_("Documents stay listed here once they are decided.")))
