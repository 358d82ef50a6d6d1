"""The inbox: what waits for the person's approval, the document beside it, and the way it takes."""

from collections.abc import Sequence

from flask import Blueprint, Response, flash, make_response, redirect, request
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from kernel.entities.base import Entity, entities
from kernel.entities.work import actor, session
from kernel.errors import NotFound, Refusal
from kernel.exchange.rows import Row
from kernel.i18n import LazyText, _, current_timezone, format_date, format_instant
from kernel.permissions.rights import rights
from kernel.web.formpage import facts_of, load_row, shown_lines
from kernel.web.frame import crumb, shell
from kernel.web.once import once
from kernel.web.panels import panels_of
from kernel.web.reminders import inbox_tabs
from kernel.web.screen.inbox import ApprovalStep, Decision, InboxPage, Voice, Waiting, WaitingGroup
from kernel.web.screen.shown import Choice, Empty, Person, Refused, Shown
from kernel.web.serving import Answer, render, served
from kernel.web.show import address, currency_of, shown
from kernel.workflows.approvals import approve, my_tasks, reject
from kernel.workflows.machine import workflow_of
from kernel.workflows.models import ApprovalRun, ApprovalTask

__all__ = ["blueprint", "document_address"]

blueprint = Blueprint("inbox", __name__)
TONES = {"approved": "green", "rejected": "red", "waiting": "amber", "skipped": ""}
KEPT = 50
"""Decided or submitted documents shown at most."""


def document_address(run: ApprovalRun) -> str:
    """Give the address of the document under approval, or nothing where its plugin is gone."""
    cls = entities().get(run.entity)
    return address(cls, run.record_id) if cls is not None else ""


@blueprint.get("/inbox")
@served()
def inbox() -> Answer:
    """Show what waits, with the first document open on a wide screen."""
    return _page(request.args.get("which", "waiting"), None)


@blueprint.get("/inbox/<int:task_id>")
@served()
def task(task_id: int) -> Answer:
    """Show one task with its document."""
    return _page(request.args.get("which", "waiting"), task_id)


def _refused(refusal: Refusal, task_id: int) -> Answer:
    return _page("waiting", task_id, refusal), refusal.status


@blueprint.post("/inbox/<int:task_id>/approve")
@served(refused=_refused)
def approve_task(task_id: int) -> Answer:
    """Approve one task."""
    def decide() -> Response:
        approve([task_id], request.form.get("comment") or None)
        flash(str(_("Approved.")), "green")
        return make_response(redirect("/inbox"))

    return once(decide)


@blueprint.post("/inbox/<int:task_id>/reject")
@served(refused=_refused)
def reject_task(task_id: int) -> Answer:
    """Reject one task, with its reason."""
    def decide() -> Response:
        reject([task_id], request.form.get("comment", ""))
        flash(str(_("Rejected; the document went back.")), "amber")
        return make_response(redirect("/inbox"))

    return once(decide)


def _page(which: str, task_id: int | None, refusal: Refusal | None = None) -> str:
    tasks = _tasks(which)
    if task_id is None and tasks and which == "waiting" and _is_wide():
        chosen: ApprovalTask | None = tasks[0]
    else:
        chosen = _chosen(tasks, task_id)
    counts = len(tasks) if which == "waiting" else 0
    kinds = tuple(
        Choice(code, f"{label} {counts}" if counts and code == which else str(label), code == which,
               f"/inbox?which={code}")
        for code, label in (("waiting", _("Waiting")), ("decided", _("Decided")), ("mine", _("Sent by me"))))
    page = InboxPage(
        str(_("Inbox")), kinds, _groups(tasks, which, chosen),
        _decision(chosen) if chosen else None, _empty(which),
        Refused(str(refusal), fix=str(refusal.fix or "")) if refusal else None, tabs=inbox_tabs("/inbox"))
    return render(
        "inbox.html", page, shell=shell([crumb(_("Inbox"))], here="inbox", rail=True),
        choose=Empty("inbox", str(_("Choose a document")), str(_("What it is and who has seen it stands here."))))


def _is_wide() -> bool:
    """Guess from the browser's own hint; a phone gets the list first."""
    return request.headers.get("Sec-CH-UA-Mobile", "?0") != "?1" and "Mobi" not in request.headers.get("User-Agent", "")


def _tasks(which: str) -> Sequence[ApprovalTask]:
    if which == "waiting":
        return my_tasks()
    statement = (
        select(ApprovalTask).options(joinedload(ApprovalTask.run).joinedload(ApprovalRun.initiator))
        .order_by(ApprovalTask.id.desc()).limit(KEPT))
    me = actor().user_id
    if which == "decided":
        return session().scalars(statement.where(
            ApprovalTask.approver_id == me, ApprovalTask.outcome.in_(("approved", "rejected")))).all()
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
        day = format_date(run.created_at.astimezone(current_timezone()).date())
        cls = entities().get(run.entity)
        groups.setdefault(day, []).append(Waiting(
            f"/inbox/{each.id}?which={which}", run.record_title, str(cls.__label__) if cls else run.entity,
            Person(run.initiator.name), _transition_label(run), _outcome(run) if which == "mine" else "",
            current=chosen is not None and chosen.id == each.id))
    return tuple(WaitingGroup(day, tuple(entries)) for day, entries in groups.items())


def _outcome(run: ApprovalRun) -> str:
    return str(ApprovalRun.__fields__["outcome"].choice(run.outcome).label)


def _transition_label(run: ApprovalRun) -> str:
    cls = entities().get(run.entity)
    workflow = workflow_of(cls) if cls is not None else None
    step = workflow.transitions.get(run.transition) if workflow else None
    return str(step.label) if step else run.transition


def _decision(chosen: ApprovalTask) -> Decision:
    run = session().scalars(
        select(ApprovalRun).where(ApprovalRun.id == chosen.run_id)
        .options(joinedload(ApprovalRun.definition), joinedload(ApprovalRun.initiator),
                 selectinload(ApprovalRun.tasks).joinedload(ApprovalTask.approver))).one()
    cls = entities().get(run.entity)
    record = session().get(cls, run.record_id) if cls is not None and rights().may("read", run.entity) else None
    row = load_row(cls, run.record_id) if cls is not None and record is not None else None
    mine = chosen.approver_id == actor().user_id and chosen.outcome == "waiting" and run.outcome == "running"
    return Decision(
        title=run.record_title, kind=f"{cls.__label__ if cls else run.entity}: {_transition_label(run)}",
        number=str(_(run.definition.name)), href=document_address(run),
        submitted=str(_("{who} submitted it {when}", who=run.initiator.name, when=format_instant(run.created_at))),
        who=Person(run.initiator.name), figures=_figures(cls, row), facts=facts_of(cls, row) if cls and row else (),
        lines=shown_lines(cls, row) if cls and row else (), panels=panels_of([record])[0] if record is not None else (),
        steps=_steps(run, chosen), approve_url=f"/inbox/{chosen.id}/approve" if mine else "",
        reject_url=f"/inbox/{chosen.id}/reject", comment=request.form.get("comment", ""),
        why_me=str(_("Why you: {reason}.", reason=_(chosen.reason))) if mine and chosen.reason else "",
        quick=(str(_("Agreed")), str(_("Please give the reason"))))


def _figures(cls: type[Entity] | None, row: Row | None) -> tuple[Shown, ...]:
    """Take the document's own amounts, the ones that decide: the last four."""
    if cls is None or row is None:
        return ()
    found = []
    for field in rights().visible(cls):
        value = row.values.get(field.name)
        if field.kind in ("money", "percent") and not field.hidden and value is not None:
            text = shown(field, value, currency=currency_of(field, row.values)).text
            found.append(Shown(text, second=str(field.label)))
    return tuple(found[-4:])


def _steps(run: ApprovalRun, chosen: ApprovalTask) -> tuple[ApprovalStep, ...]:
    steps = [ApprovalStep(
        str(_("Handed in")), "done", format_instant(run.created_at), voices=(Voice(Person(run.initiator.name)),))]
    for number, step in enumerate(run.definition.steps):
        tasks = [task for task in run.tasks if task.step == number]
        asked = [task for task in tasks if task.outcome != "skipped"] or tasks
        over = number < run.step or run.outcome != "running"
        decided = [task.decided_at for task in tasks if task.decided_at]
        steps.append(ApprovalStep(
            str(LazyText(step["label"])), "done" if over and tasks else "now" if number == run.step else "",
            format_instant(max(decided)) if decided and over else "", rule=_rule(step) if len(tasks) > 1 else "",
            tally=f"{sum(task.outcome == 'approved' for task in tasks)} / {len(tasks)}" if tasks and not over else "",
            voices=tuple(
                Voice(Person(task.approver.name), "", _verdict(task), TONES[task.outcome], task.id == chosen.id)
                for task in asked),
            comment=next((task.comment for task in tasks if task.comment), "") or ""))
    return tuple(steps)


def _verdict(task: ApprovalTask) -> str:
    return str(ApprovalTask.__fields__["outcome"].choice(task.outcome).label)


def _rule(step: dict[str, object]) -> str:
    mode = step.get("mode", "any")
    if mode == "all":
        return str(_("all must agree"))
    return str(_("{percent}% must agree", percent=step.get("ratio", 100)) if mode == "ratio" else _("one is enough"))


def _empty(which: str) -> Empty:
    if which == "waiting":
        return Empty("circle-check", str(_("Nothing waits for you")),
                     str(_("When somebody submits a document that needs your approval, it stands here.")))
    return Empty("inbox", str(_("Nothing here yet")), str(_("Documents stay listed here once they are decided.")))
