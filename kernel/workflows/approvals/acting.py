"""What people do with their tasks: approve, reject, send back, hand over, add approvers, take back, urge, copy."""

import datetime as dt
from collections.abc import Callable, Sequence

from sqlalchemy import select

from kernel.entities.work import actor, as_system, session
from kernel.errors import Forbidden, Invalid, NotFound, Problem, Refusal
from kernel.i18n import _, format_instant
from kernel.identity.models import User
from kernel.workflows.approvals.asking import (
    ADDED,
    OPEN,
    Decided,
    add_task,
    advance,
    at_node,
    decide,
    end,
    let_go,
    lock,
    remind,
)
from kernel.workflows.approvals.asking import copy_to as copy_run_to
from kernel.workflows.approvals.delegation import principals_of
from kernel.workflows.approvers import Approver, active_users
from kernel.workflows.flows.engine import reopened
from kernel.workflows.flows.graph import Node, earlier, find, later
from kernel.workflows.models import ApprovalRun, ApprovalTask
from kernel.workflows.reasons import LONGEST, reason_as_kept

__all__ = [
    "BETWEEN_URGES", "START", "add_signer", "allowed", "approve", "copy_to", "hand_over", "may_take_back", "reject",
    "revoke", "see_copies", "send_back", "take_back", "targets_of", "urge",
]

START = "start"
"""Where a document is sent back to its initiator, instead of to a node."""
BETWEEN_URGES = dt.timedelta(minutes=30)
PLACES = {"before": _("Before me"), "after": _("After me"), "beside": _("Beside me")}


def approve(task_ids: Sequence[int], comment: str | None = None) -> None:
    """Approve tasks of the current person; a run's last step lets its transition happen, as its initiator's.

    Raises Refusal ALREADY_DECIDED where somebody was first, Forbidden for another's task, and what the
    transition's guards refuse with; then nothing is decided.
    """
    def one(run: ApprovalRun, task: ApprovalTask) -> None:
        decide(run, task, Decided("approved", (comment or "").strip() or None, actor().user_id))

    _with_mine(task_ids, one)


def reject(task_ids: Sequence[int], comment: str) -> None:
    """Reject tasks of the current person, with a reason; their documents go back to where they came from.

    Raises Refusal HANDLE where a task is to be handled: what is not to be done is sent back.
    """
    said = _demand_comment(comment, Problem(
        "comment", _("Say why: a rejection needs a comment"), "REQUIRED"))

    def one(run: ApprovalRun, task: ApprovalTask) -> None:
        if (find(run.nodes, task.node) or {}).get("type") == "handle":
            raise Refusal("HANDLE", _("“{step}” is to be handled, not to be agreed to", step=_(task.label)),
                          fix=_("Send it back with a comment instead"))
        decide(run, task, Decided("rejected", said, actor().user_id))

    _with_mine(task_ids, one)


def targets_of(run: ApprovalRun, task: ApprovalTask) -> list[tuple[str, str]]:
    """List where a task's document may be sent back to: the initiator, and the nodes for people it has passed."""
    passed = {each.node for each in run.tasks if each.outcome == "approved"}
    return [(START, str(_("The person who submitted it"))), *(
        (node["key"], str(_(node["name"]))) for node in earlier(run.nodes, task.node) if node["key"] in passed)]


def send_back(task_id: int, to: str, comment: str, *, straight: bool = False) -> None:
    """Send a document back to a node it has passed, or to its initiator (`START`), with a reason.

    From the node it goes on step by step, or `straight` back to where it was. Raises Invalid without a comment or
    for a node it has not passed, Refusal NOT_ALLOWED where the node lets nobody send back.
    """
    said = _demand_comment(comment, Problem(
        "comment", _("Say why: sending back needs a comment"), "REQUIRED"))
    def one(run: ApprovalRun, task: ApprovalTask) -> None:
        _demand_allowed(run, task, "return", _("Sending back"))
        if to not in dict(targets_of(run, task)):
            raise Invalid([Problem("to", _("Choose a step that the document has passed"), "RETURN_TARGET")])
        let_go(task, "returned", said)
        task.decided_by_id = actor().user_id if actor().user_id != task.approver_id else None
        if to == START:
            end(run, "returned")
            return
        run.progress, closed = reopened(run.nodes, run.progress, to, straight=straight)
        for each in run.tasks:
            if each.node in closed and each.outcome in OPEN:
                each.outcome, each.due_at = "skipped", None
        session().flush()
        advance(run)

    _with_mine([task_id], one)


def hand_over(task_id: int, to_user_id: int, comment: str | None = None) -> None:
    """Let somebody else decide a task; both stay named in the history.

    Raises Invalid for oneself, the initiator, somebody asked already or somebody who can't sign in.
    """
    def one(run: ApprovalRun, task: ApprovalTask) -> None:
        _demand_allowed(run, task, "hand_over", _("Handing over"))
        _demand_new(run, task, to_user_id, itself=Problem(
            "to", _("You can't hand a task over to yourself"), "HAND_OVER_SELF"))
        let_go(task, "handed_over", (comment or "").strip() or None)
        mine = add_task(
            run, task, Approver(to_user_id, _("{who} handed it over", who=actor().name)), kind=task.kind,
            before=task.before)
        for each in run.tasks:  # whoever was added before the task comes back to the one who has it now
            if each.before is task and each.outcome in OPEN:
                each.before = mine
        session().flush()

    _with_mine([task_id], one)


def add_signer(task_id: int, user_id: int, place: str, comment: str | None = None) -> None:
    """Ask one more person: `before` (then it comes back), `after` (one's own answer is yes) or `beside` oneself.

    Raises Refusal ADD_SIGN_NESTED where the task was itself added, ADD_SIGN_SELF for somebody the step asks already.
    """
    if place not in PLACES:
        raise Invalid([Problem("place", _("An approver is added before, after or beside"), "PLACE")])
    def one(run: ApprovalRun, task: ApprovalTask) -> None:
        _demand_allowed(run, task, "add_sign", _("Adding approvers"))
        if task.kind in ADDED:
            raise Refusal("ADD_SIGN_NESTED", _("You were added to this step yourself and can't add others"),
                          fix=_("Say in your comment who should look at it"))
        _demand_new(run, task, user_id, code="ADD_SIGN_SELF")
        said = (comment or "").strip() or None
        reason = _("{who} added them", who=actor().name)
        if place == "before":
            task.outcome, task.due_at = "later", None
        added = add_task(run, task, Approver(user_id, reason), kind=place, before=task if place == "before" else None)
        if place == "after":
            decide(run, task, Decided("approved", said, actor().user_id))
        else:
            kept = _("{who} added them: {said}", who=actor().name, said=said[:LONGEST]) if said else reason
            for name, value in reason_as_kept(kept).items():
                setattr(added, name, value)
        session().flush()

    _with_mine([task_id], one)


def may_take_back(run: ApprovalRun, task: ApprovalTask) -> bool:
    """Say whether an approval may still be taken back: it runs, and nobody has acted at a node after it."""
    if run.outcome != "running" or task.outcome != "approved" or task.automatic:
        return False
    if task not in at_node(run, task.node) or task.node not in run.progress:
        return False
    after = later(run.nodes, task.node) & run.progress.keys()
    return not any(
        each.node in after and each.kind != "copy" and not each.automatic and each.decided_at is not None
        and each.decided_at >= (task.decided_at or each.decided_at) for each in run.tasks)


def take_back(task_id: int) -> None:
    """Take back one's own approval while the next node is untouched; it can then be decided anew.

    Raises Refusal ALREADY_PROCESSED where somebody has acted on it since, or the run has ended.
    """
    with as_system("take an approval back") as system:
        task = _theirs(system.get(ApprovalTask, task_id))
        run = lock(task.run_id)
        system.refresh(task)
        if not may_take_back(run, task):
            raise Refusal(
                "ALREADY_PROCESSED", _("{document} has gone further; your answer can't be taken back",
                                       document=run.record_title),
                fix=_("Ask whoever has it now to send it back"))
        was_done = run.progress[task.node]["at"] == "done"
        progress, closed = reopened(run.nodes, run.progress, task.node, straight=False)
        run.progress = {**progress, task.node: {"at": "open"}}
        for each in run.tasks:
            if each.node in closed - {task.node} and each.outcome in OPEN:
                each.outcome, each.due_at = "skipped", None
        mode = (find(run.nodes, task.node) or {}).get("mode")
        for each in at_node(run, task.node) if was_done else ():
            if each.outcome == "skipped":
                each.outcome = "later" if mode == "order" else "waiting"
        task.outcome, task.comment, task.decided_at, task.dwell, task.decided_by_id = "waiting", None, None, None, None
        system.flush()


def revoke(run_id: int) -> None:
    """Take a document out of its approval; only its initiator may, and only while it runs."""
    me = actor().user_id
    with as_system("revoke an approval") as system:
        found = system.get(ApprovalRun, run_id)
        if found is None or found.initiator_id != me:
            raise Forbidden("FORBIDDEN", _("Only the person who submitted a document can revoke it"))
        run = lock(run_id)
        _demand_running(run)
        end(run, "withdrawn")


def urge(run_id: int) -> None:
    """Remind whoever is asked about a run; its initiator may, half an hour after the last time at the earliest.

    Raises Refusal URGED_LATELY before that, WAITS where only time is waited for.
    """
    me = actor().user_id
    with as_system("urge approvers") as system:
        found = system.get(ApprovalRun, run_id)
        if found is None or found.initiator_id != me:
            raise Forbidden("FORBIDDEN", _("Only the person who submitted a document can urge its approvers"))
        run = lock(run_id)
        _demand_running(run)
        if run.urged_at is not None and system.now - run.urged_at < BETWEEN_URGES:
            left = BETWEEN_URGES - (system.now - run.urged_at)
            raise Refusal(
                "URGED_LATELY", _("You have urged them already; again in {minutes} minutes",
                                  minutes=int(left.total_seconds() // 60) + 1))
        asked = [task for task in run.tasks if task.outcome == "waiting"]
        if not asked and run.wakes_at is not None:
            raise Refusal("WAITS", _("Nobody is asked now: {document} waits until {when}",
                                     document=run.record_title, when=format_instant(run.wakes_at)))
        run.urged_at = system.now
        remind(run, asked, overdue=False)
        system.flush()


def copy_to(run_id: int, user_ids: Sequence[int]) -> None:
    """Let people know of a run, read only: its initiator and whoever has a task of it may."""
    me = actor()
    if session().get(ApprovalRun, run_id) is None:
        raise NotFound("RUN", _("This approval isn't there, or isn't open to you"))
    with as_system("copy an approval to people") as system:
        run = lock(run_id)
        part = {run.initiator_id, *(task.approver_id for task in run.tasks if task.kind != "copy")}
        if me.user_id not in part and not part & principals_of(me.user_id, system.today).keys():
            raise Forbidden("FORBIDDEN", _("Only who has a part in an approval can copy it to others"))
        active = active_users(list(user_ids))
        if not active or len(active) != len(set(user_ids)):
            raise Invalid([Problem("to", _("Choose people who can sign in"), "USER")])
        for each in active:
            copy_run_to(run, "", str(_("Copy")), Approver(each, _("{who} sent a copy", who=me.name)))
        system.flush()


def see_copies(task_ids: Sequence[int]) -> None:
    """Say that copies of the current person were seen."""
    me = actor().user_id
    with as_system("note that copies were seen") as system:
        for task in system.scalars(select(ApprovalTask).where(
                ApprovalTask.id.in_(task_ids), ApprovalTask.approver_id == me, ApprovalTask.outcome == "copied")):
            task.outcome, task.decided_at = "seen", system.now
        system.flush()


def _with_mine(task_ids: Sequence[int], do: Callable[[ApprovalRun, ApprovalTask], None]) -> None:
    """Do something with tasks of the current person, one after the other, each with its run locked, as the system.

    Each is looked at anew after the ones before it: deciding one may have ended the run of the next.
    """
    with as_system("decide approval tasks") as system:
        tasks = system.scalars(
            select(ApprovalTask).where(ApprovalTask.id.in_(task_ids)).order_by(ApprovalTask.id)).all()
        if len(tasks) != len(set(task_ids)) or not tasks:
            raise Forbidden("FORBIDDEN", _("This task isn't yours to decide"))
        for task in tasks:
            _demand_mine(task)
        for task in tasks:
            run = lock(task.run_id)
            system.refresh(task)
            _demand_running(run)
            if task.outcome != "waiting":
                raise Refusal("ALREADY_DECIDED", _("{document} has been decided already", document=run.record_title))
            do(run, task)
        system.flush()


def _demand_mine(task: ApprovalTask) -> None:
    me = actor().user_id
    if task.approver_id == me and task.kind != "copy":
        return
    principals = principals_of(me, session().today)
    flows = principals.get(task.approver_id)
    if (task.kind == "copy" or task.approver_id not in principals or task.run.initiator_id == me
            or (flows is not None and task.run.flow not in flows)):
        raise Forbidden("FORBIDDEN", _("This task isn't yours to decide"))


def _theirs(task: ApprovalTask | None) -> ApprovalTask:
    """Demand that the current person decided a task, for themselves or as a deputy."""
    me = actor().user_id
    if task is None or me not in ((task.decided_by_id,) if task.decided_by_id else (task.approver_id,)):
        raise Forbidden("FORBIDDEN", _("Only who has decided can take it back"))
    return task


def _demand_running(run: ApprovalRun) -> None:
    if run.outcome != "running":
        raise Refusal("ALREADY_DECIDED", _("{document} has been decided already", document=run.record_title))


def _demand_comment(comment: str, missing: Problem) -> str:
    said = (comment or "").strip()
    if not said:
        raise Invalid([missing])
    return said


def _kind(run: ApprovalRun, task: ApprovalTask) -> str:
    return str((find(run.nodes, task.node) or {}).get("type", "approve"))


def allowed(node: Node | None, verb: str) -> bool:
    """Say whether a node lets its approvers do something; where it says nothing, everything."""
    may = (node or {}).get("may")
    return may is None or verb in may


def _demand_allowed(run: ApprovalRun, task: ApprovalTask, verb: str, what: object) -> None:
    if not allowed(find(run.nodes, task.node), verb):
        raise Refusal("NOT_ALLOWED", _("{what} isn't provided for at the step “{step}”", what=what, step=_(task.label)))


def _demand_new(
    run: ApprovalRun, task: ApprovalTask, user_id: int, *, code: str = "ALREADY_ASKED", itself: Problem | None = None
) -> None:
    """Demand somebody who may sign in, isn't asked at the node yet and isn't the initiator."""
    if itself is not None and user_id in (actor().user_id, task.approver_id):
        raise Invalid([itself])
    if not active_users([user_id]):
        raise Invalid([Problem("to", _("Choose somebody who can sign in"), "USER")])
    if user_id == run.initiator_id:
        raise Refusal("INITIATOR", _("Nobody decides about a document of their own"), field="to",
                      fix=_("Choose somebody else"))
    asked = {each.approver_id for each in at_node(run, task.node) if each.outcome in (*OPEN, "approved")}
    if user_id in asked | {actor().user_id}:
        name = session().scalar(select(User.name).where(User.id == user_id))
        raise Refusal(code, _("{who} is asked at this step already", who=name), field="to",
                      fix=_("Choose somebody else"))
