"""What is done in the inbox: one address for each thing that may be done with a task or a run."""

from collections.abc import Callable

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, request

from kernel.entities.work import session
from kernel.errors import Invalid, Problem, Refusal
from kernel.i18n import Text, _
from kernel.web.inbox.pages import inbox_page
from kernel.web.inbox.people import is_id, people_choices
from kernel.web.once import once
from kernel.web.serving import Answer, served
from kernel.workflows import approvals
from kernel.workflows.models import ApprovalTask

__all__ = ["blueprint"]

blueprint = Blueprint("inbox_acts", __name__)


def _refused(refusal: Refusal, task_id: int) -> Answer:
    return inbox_page(request.form.get("which", "waiting"), task_id, refusal), refusal.status


def _acted(do: Callable[[], None], said: Text, tone: str = "green", to: str = "/inbox") -> Response:
    def act() -> Response:
        do()
        flash(str(said), tone)
        return make_response(redirect(to))

    return once(act)


def _comment() -> str:
    return request.form.get("comment", "").strip()


def _person(field: str) -> int:
    chosen = request.form.get(field, "")
    if not is_id(chosen):
        raise Invalid([Problem(field, _("Choose somebody first"), "REQUIRED")])
    return int(chosen)


def _run_of(task_id: int) -> int:
    found = session().get(ApprovalTask, task_id)
    if found is None:
        raise Refusal("TASK", _("This task isn't there, or isn't open to you"))
    return found.run_id


@blueprint.post("/inbox/<int:task_id>/approve")
@served(refused=_refused)
def approve(task_id: int) -> Answer:
    """Approve one task."""
    return _acted(lambda: approvals.approve([task_id], _comment() or None), _("Approved."))


@blueprint.post("/inbox/<int:task_id>/reject")
@served(refused=_refused)
def reject(task_id: int) -> Answer:
    """Reject one task, with its reason."""
    return _acted(lambda: approvals.reject([task_id], _comment()), _("Rejected; the document went back."), "amber")


@blueprint.post("/inbox/<int:task_id>/send-back")
@served(refused=_refused)
def send_back(task_id: int) -> Answer:
    """Send the document back to its initiator or to a step it has passed."""
    return _acted(
        lambda: approvals.send_back(task_id, request.form.get("to", ""), _comment(),
                                    straight=request.form.get("straight") == "1"),
        _("Sent back."), "amber")


@blueprint.post("/inbox/<int:task_id>/hand-over")
@served(refused=_refused)
def hand_over(task_id: int) -> Answer:
    """Let somebody else decide."""
    return _acted(lambda: approvals.hand_over(task_id, _person("person"), _comment() or None), _("Handed over."))


@blueprint.post("/inbox/<int:task_id>/add")
@served(refused=_refused)
def add(task_id: int) -> Answer:
    """Ask one more person: before, after or beside oneself."""
    return _acted(
        lambda: approvals.add_signer(task_id, _person("signer"), request.form.get("place", ""), _comment() or None),
        _("One more person is asked."))


@blueprint.post("/inbox/<int:task_id>/take-back")
@served(refused=_refused)
def take_back(task_id: int) -> Answer:
    """Take back one's own answer while the next step is untouched."""
    return _acted(lambda: approvals.take_back(task_id), _("Your answer was taken back; decide anew."), "amber",
                  f"/inbox/{task_id}")


@blueprint.post("/inbox/<int:task_id>/revoke")
@served(refused=_refused)
def revoke(task_id: int) -> Answer:
    """Take one's own document out of its approval."""
    return _acted(lambda: approvals.revoke(_run_of(task_id)), _("Revoked; the document is yours again."), "amber",
                  "/inbox?which=mine")


@blueprint.post("/inbox/<int:task_id>/urge")
@served(refused=_refused)
def urge(task_id: int) -> Answer:
    """Remind those who are asked."""
    return _acted(lambda: approvals.urge(_run_of(task_id)), _("They were reminded."), "green",
                  f"/inbox/{task_id}?which=mine")


@blueprint.post("/inbox/<int:task_id>/copy")
@served(refused=_refused)
def copy(task_id: int) -> Answer:
    """Let somebody know of it."""
    which = request.form.get("which", "waiting")
    return _acted(lambda: approvals.copy_to(_run_of(task_id), [_person("copy_to")]), _("A copy was sent."), "green",
                  f"/inbox/{task_id}?which={which if which in ('mine', 'decided') else 'waiting'}")


@blueprint.post("/inbox/<int:task_id>/seen")
@served(refused=_refused)
def seen(task_id: int) -> Answer:
    """Say that a copy was seen."""
    approvals.see_copies([task_id])
    return make_response(redirect("/inbox?which=copies", 303))


@blueprint.post("/inbox/copies/seen")
@served()
def all_seen() -> Answer:
    """Say that all copies were seen."""
    approvals.see_copies([task.id for task in approvals.my_copies() if task.outcome == "copied"])
    return make_response(redirect("/inbox?which=copies", 303))


@blueprint.get("/inbox/people")
@served()
def people() -> Answer:
    """Give people for the pickers, by part of their name."""
    found = people_choices(request.args.get("q", "").strip()[:60])
    return jsonify([{"value": each.value, "label": each.label, "note": each.note} for each in found])
