"""A document under approval as the inbox shows it: what it is, the way it takes, and what may be done."""

import datetime as dt
from collections.abc import Sequence

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from kernel.entities.base import Entity, entities
from kernel.entities.work import actor, as_system, session
from kernel.errors import Refusal, UsageError
from kernel.exchange.rows import Row
from kernel.i18n import LazyText, _, format_instant
from kernel.identity.models import User
from kernel.permissions.rights import rights
from kernel.web.declare import views
from kernel.web.flows.words import wait_words
from kernel.web.formpage import facts_of, load_row, shown_lines
from kernel.web.inbox.people import people_choices
from kernel.web.panels import panels_of
from kernel.web.screen.inbox import ApprovalStep, Decision, Voice
from kernel.web.screen.shown import Choice, Person, Shown
from kernel.web.show import address, currency_of, shown
from kernel.workflows.approvals.acting import allowed, may_take_back, targets_of
from kernel.workflows.approvals.asking import ADDED, path_for
from kernel.workflows.approvals.delegation import principals_of
from kernel.workflows.approvers import Asking, approvers_of
from kernel.workflows.flows.graph import HUMAN, Node, find, on_the_way, walk
from kernel.workflows.machine import workflow_of
from kernel.workflows.models import ApprovalRun, ApprovalTask
from kernel.workflows.reasons import told_reason

__all__ = ["decision_of", "mode_label", "transition_label"]

FIGURES = ("money", "percent", "quantity", "integer")
MOST_FIGURES = 4
TONES = {"approved": "green", "rejected": "red", "waiting": "amber", "returned": "violet", "handed_over": "blue",
         "escalated": "blue"}


def transition_label(run: ApprovalRun) -> str:
    """Name the step that an approval is about."""
    cls = entities().get(run.entity)
    workflow = workflow_of(cls) if cls is not None else None
    step = workflow.transitions.get(run.transition) if workflow else None
    return str(step.label) if step else run.transition


def decision_of(chosen: ApprovalTask, which: str) -> Decision:
    """Show a task's document, its way, and what the current person may do with it."""
    run = session().scalars(
        select(ApprovalRun).where(ApprovalRun.id == chosen.run_id)
        .options(joinedload(ApprovalRun.definition), joinedload(ApprovalRun.initiator),
                 selectinload(ApprovalRun.tasks).options(
                     joinedload(ApprovalTask.approver), joinedload(ApprovalTask.decided_by),
                     joinedload(ApprovalTask.asked_by)))).one()
    cls = entities().get(run.entity)
    record = session().get(cls, run.record_id) if cls is not None and rights().may("read", run.entity) else None
    row = load_row(cls, run.record_id) if cls is not None and record is not None else None
    task = next((each for each in run.tasks if each.id == chosen.id), chosen)
    running = run.outcome == "running"
    mine = running and task.outcome == "waiting" and _may_decide(run, task)
    node = find(run.nodes, task.node)
    submitter = running and run.initiator_id == actor().user_id
    part = submitter or mine or task.approver_id == actor().user_id
    picks = people_choices() if mine or (running and part) else ()
    base = f"/inbox/{task.id}"
    decided = actor().user_id in ((task.decided_by_id,) if task.decided_by_id else (task.approver_id,))
    return Decision(
        title=run.record_title, kind=f"{cls.__label__ if cls else run.entity}: {transition_label(run)}",
        number=str(_("{flow}, version {version}", flow=_(run.definition.name), version=run.definition.revision)),
        href=address(cls, run.record_id) if cls is not None else "",
        submitted=str(_("{who} submitted it {when}", who=run.initiator.name, when=format_instant(run.created_at))),
        who=Person(run.initiator.name), figures=_figures(cls, row, run),
        facts=facts_of(cls, row) if cls and row else (),
        lines=shown_lines(cls, row) if cls and row else (), panels=panels_of([record])[0] if record is not None else (),
        steps=_steps(run, task, record), base=base, which=which,
        approve_url=f"{base}/approve" if mine else "", handle=mine and node is not None and node["type"] == "handle",
        targets=_targets(run, task) if mine and allowed(node, "return") else (),
        may_hand_over=mine and allowed(node, "hand_over"),
        may_add=mine and allowed(node, "add_sign") and task.kind not in ADDED,
        may_urge=submitter, may_revoke=submitter, may_copy=running and part and task.kind != "copy",
        may_take_back=decided and may_take_back(run, task),
        people=picks, comment=request.form.get("comment", ""), why_me=_why(task) if mine else "",
        quick=(str(_("Agreed")), str(_("Please give the reason"))) if mine else ())


def _may_decide(run: ApprovalRun, task: ApprovalTask) -> bool:
    me = actor().user_id
    if task.kind == "copy" or task.approver_id == me:
        return task.kind != "copy"
    principals = principals_of(me, session().today)
    flows = principals.get(task.approver_id)
    return task.approver_id in principals and run.initiator_id != me and (flows is None or run.flow in flows)


def _targets(run: ApprovalRun, task: ApprovalTask) -> tuple[Choice, ...]:
    return tuple(Choice(key, name, at == 0) for at, (key, name) in enumerate(targets_of(run, task)))


def _why(task: ApprovalTask) -> str:
    reason = told_reason(task)
    because = str(_("Why you: {reason}.", reason=reason)) if reason else ""
    if task.approver_id != actor().user_id:
        return f"{_('You stand in for {who}.', who=task.approver.name)} {because}".strip()
    return because


def _figures(cls: type[Entity] | None, row: Row | None, run: ApprovalRun) -> tuple[Shown, ...]:
    """Take the figures that decide: what the approval asks for, what a list adds up, then other amounts."""
    if cls is None or row is None:
        return ()
    view = views.lists.get(cls.__entity__)
    known = {field.name: field for field in rights().visible(cls)
             if field.kind in FIGURES and row.values.get(field.name) is not None}
    leading = [*_asked_about(run), *(view.totals if view else ())]
    others = [name for name, field in known.items()
              if field.kind in ("money", "percent") and not field.hidden and row.values[name]]
    return tuple(
        Shown(shown(known[name], row.values[name], currency=currency_of(known[name], row.values)).text,
              second=str(known[name].label))
        for name in list(dict.fromkeys(name for name in (*leading, *others) if name in known))[:MOST_FIGURES])


def _asked_about(run: ApprovalRun) -> list[str]:
    """Name the fields that an approval and its branches decide by."""
    branches = [path for node in walk(run.nodes) if node["type"] == "branch" for path in node["paths"]]
    asked = [run.definition.conditions, *(path.get("conditions") for path in branches)]
    return [str(each.get("field", "")) for conditions in asked for each in conditions or ()]


def _steps(run: ApprovalRun, chosen: ApprovalTask, record: Entity | None) -> tuple[ApprovalStep, ...]:
    """Draw the way of a run: what it has passed, where it is, and what is still to come."""
    steps = [ApprovalStep(
        str(_("Handed in")), "done", format_instant(run.created_at), voices=(Voice(Person(run.initiator.name)),))]
    beside = _beside(run)
    for node in _way(run, record):
        if node["type"] in HUMAN:
            steps.append(_human(run, node, chosen, record, together=node["key"] in beside))
        elif node["type"] == "cc":
            steps.append(_copy(run, node, record))
        elif node["type"] == "wait":
            steps.append(_waiting(run, node))
    return (*steps, *_further_copies(run))


def _way(run: ApprovalRun, record: Entity | None) -> Sequence[Node]:
    def choose(node: Node) -> str:
        taken = (run.progress or {}).get(node["key"], {}).get("path")
        if taken is None and record is not None and run.outcome == "running":
            try:
                taken = path_for(node, record)
            except UsageError:  # a field that is gone: the run will say so when it comes there
                taken = None
        return str(taken or node["paths"][-1]["key"])

    way = on_the_way(run.nodes, choose)
    if run.outcome == "running":
        return way
    return [node for node in way if node["key"] in (run.progress or {})]


def _beside(run: ApprovalRun) -> set[str]:
    """Give the keys of nodes that lie on parallel paths."""
    return {each["key"] for node in on_the_way(run.nodes, lambda branch: str(branch["paths"][-1]["key"]))
            if node["type"] == "parallel" for path in node["paths"]
            for each in on_the_way(path["nodes"], lambda branch: str(branch["paths"][-1]["key"]))}


def _human(
    run: ApprovalRun, node: Node, chosen: ApprovalTask, record: Entity | None, *, together: bool
) -> ApprovalStep:
    tasks = sorted((each for each in run.tasks if each.node == node["key"] and each.kind != "copy"),
                   key=lambda each: (each.round, each.position, each.id))
    at = (run.progress or {}).get(node["key"], {}).get("at", "")
    now, over = at == "open" and run.outcome == "running", at == "done" or (run.outcome != "running" and bool(tasks))
    latest = [each for each in tasks if each.round == max(each.round for each in tasks)] if tasks else []
    voices = [_voice(each, chosen) for each in tasks
              if each.outcome not in ("skipped", "replaced") or (now and each in latest)]
    if not tasks:
        voices = [Voice(Person(name), why) for name, why in _expected(run, node, record)]
    decided = [each.decided_at for each in tasks if each.decided_at]
    asked = [each for each in latest if each.outcome not in ("handed_over", "escalated", "replaced", "skipped")]
    due = min((each.due_at for each in latest if each.due_at and each.outcome == "waiting"), default=None)
    several = len(asked) > 1 or (not tasks and len(voices) > 1)
    rules = [mode_label(node)] if several else []
    if together:
        rules.append(str(_("at the same time")))
    return ApprovalStep(
        str(LazyText(node["name"])), "now" if now else "done" if over else "",
        format_instant(max(decided)) if decided and over else "", rule=", ".join(rules),
        tally=f"{sum(each.outcome == 'approved' for each in asked)} / {len(asked)}" if now and several else "",
        voices=tuple(voices), limit=_limit(due) if now and due else "",
        limit_percent=_used(latest, due) if now else None, limit_note=_then(node, latest) if now and due else "")


def _voice(task: ApprovalTask, chosen: ApprovalTask) -> Voice:
    outcome = ApprovalTask.__fields__["outcome"].choice(task.outcome)
    role = str(ApprovalTask.__fields__["kind"].choice(task.kind).label) if task.kind in ADDED else ""
    if task.decided_by is not None:
        role = str(_("by deputy {who}", who=task.decided_by.name))
    elif task.asked_by is not None:
        role = str(_("from {who}", who=task.asked_by.name)) if not role else f"{role}, {task.asked_by.name}"
    return Voice(
        Person(task.approver.name), role, str(outcome.label), TONES.get(task.outcome, ""), task.id == chosen.id,
        task.comment or "")


def _copy(run: ApprovalRun, node: Node, record: Entity | None) -> ApprovalStep:
    tasks = [each for each in run.tasks if each.node == node["key"]]
    voices = [_voice(each, each) for each in tasks]
    if not tasks:
        voices = [Voice(Person(name), why) for name, why in _expected(run, node, record)]
    return ApprovalStep(str(LazyText(node["name"])), "done" if tasks else "", rule=str(_("Copy")), voices=tuple(
        Voice(each.who, each.role, each.verdict if tasks else "") for each in voices))


def _waiting(run: ApprovalRun, node: Node) -> ApprovalStep:
    entry = (run.progress or {}).get(node["key"], {})
    name, until = str(LazyText(node["name"])), entry.get("until")
    if entry.get("at") == "open" and until and run.outcome == "running":
        when = format_instant(dt.datetime.fromisoformat(until))
        return ApprovalStep(name, "now", rule=str(_("waits until {when}", when=when)))
    cls = entities().get(run.entity)
    return ApprovalStep(name, "done" if entry else "", rule=wait_words(node, cls))


def _further_copies(run: ApprovalRun) -> tuple[ApprovalStep, ...]:
    sent = [each for each in run.tasks if each.kind == "copy" and not each.node]
    if not sent:
        return ()
    return (ApprovalStep(str(_("Copies")), "done", voices=tuple(
        Voice(Person(each.approver.name), str(_("from {who}", who=each.asked_by.name)) if each.asked_by else "",
              str(ApprovalTask.__fields__["outcome"].choice(each.outcome).label)) for each in sent)),)


def _expected(run: ApprovalRun, node: Node, record: Entity | None) -> list[tuple[str, str]]:
    """Say who would be asked at a node that the run has yet to reach; nothing where that can't be told now."""
    with as_system("say who will be asked") as system:
        try:
            there = system.get(type(record), record.id) if record is not None else None
            found = approvers_of(node, Asking(run.initiator_id, there, run.chosen or {}))
        except Refusal:
            return []
        names = {row.id: row.name for row in system.execute(
            select(User.id, User.name).where(User.id.in_([each.user_id for each in found])))}
    return [(names[each.user_id], "") for each in found if each.user_id in names][:6]


def mode_label(node: Node) -> str:
    """Say how many of those a node asks must agree."""
    mode = node.get("mode", "any")
    return str({
        "all": _("all must agree"), "order": _("one after the other"),
        "ratio": _("{percent}% must agree", percent=node.get("ratio", 100))}.get(mode, _("one is enough")))


def _limit(due: dt.datetime) -> str:
    when = format_instant(due)
    return str(_("Overdue since {when}", when=when) if due <= session().now else _("Due {when}", when=when))


def _used(tasks: Sequence[ApprovalTask], due: dt.datetime | None) -> int | None:
    started = min((each.asked_at for each in tasks if each.asked_at), default=None)
    if due is None or started is None:
        return None
    whole, gone = (due - started).total_seconds(), (session().now - started).total_seconds()
    return max(0, min(100, round(100 * gone / whole))) if whole > 0 else 100


def _then(node: Node, tasks: Sequence[ApprovalTask]) -> str:
    stage = min((each.stage for each in tasks if each.outcome == "waiting"), default=0)
    stages = (node.get("limits") or [])[stage:stage + 1]
    return str({
        "remind": _("Then a reminder is sent."), "escalate": _("Then it is passed up to the manager."),
        "pass": _("Then it counts as approved."), "reject": _("Then it counts as rejected."),
    }[stages[0]["then"]]) if stages else ""
