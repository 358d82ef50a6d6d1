"""Approvals for programs: what waits for somebody, and everything that may be done with a task or a run."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response

from kernel.api.answers import answer
from kernel.api.requests import parameters, payload
from kernel.entities.work import actor, session
from kernel.errors import Invalid, NotFound, Problem
from kernel.i18n import _
from kernel.permissions.rights import rights
from kernel.workflows import approvals
from kernel.workflows.models import ApprovalRun, ApprovalTask
from kernel.workflows.reasons import told_reason

__all__ = ["RUN_VERBS", "TASK_VERBS", "act_on_run", "act_on_task", "waiting"]

Shape = dict[str, Any]
COMMENT: Shape = {"type": "string", "maxLength": 10_000}
USER: Shape = {"type": "integer", "minimum": 1, "exclusiveMaximum": 2**53}
TASK_VERBS: Mapping[str, tuple[str, tuple[str, ...], Shape]] = {
    "approve": ("Approve, or mark as handled", (), {"comment": COMMENT}),
    "reject": ("Reject, with the reason", ("comment",), {"comment": COMMENT}),
    "send_back": ("Send back to `start` or to a node that was passed", ("to", "comment"), {
        "to": {"type": "string"}, "comment": COMMENT, "straight": {"type": "boolean"}}),
    "hand_over": ("Let somebody else decide", ("user",), {"user": USER, "comment": COMMENT}),
    "add_signer": ("Ask one more person", ("user", "place"), {
        "user": USER, "place": {"type": "string", "enum": ["before", "after", "beside"]}, "comment": COMMENT}),
    "take_back": ("Take one's own answer back while the next node is untouched", (), {}),
}
"""For each verb its summary, the fields it needs, and the fields it takes."""
RUN_VERBS: Mapping[str, tuple[str, tuple[str, ...], Shape]] = {
    "urge": ("Remind those who are asked", (), {}),
    "revoke": ("Take one's own document out of its approval", (), {}),
    "copy": ("Let people know of it, read only", ("users",), {
        "users": {"type": "array", "minItems": 1, "maxItems": 100, "items": USER}}),
}


def waiting() -> Response:
    """Answer the tasks that wait for whoever asks, and for those they stand in for."""
    parameters(())
    rights().demand("read", "kernel.approval_run")
    return answer({"data": [_task(task) for task in approvals.my_tasks()]})


def _task(task: ApprovalTask) -> Shape:
    run = task.run
    return {
        "id": task.id, "run": run.id, "flow": run.flow, "node": task.node, "step": str(_(task.label)),
        "kind": task.kind, "entity": run.entity, "record": {"id": run.record_id, "title": run.record_title},
        "action": run.transition, "submitted_by": {"id": run.initiator_id, "title": run.initiator.name},
        "submitted_at": run.created_at.isoformat(), "asked_at": task.asked_at.isoformat() if task.asked_at else None,
        "due_at": task.due_at.isoformat() if task.due_at else None,
        "reason": told_reason(task), "as_deputy": task.approver_id != actor().user_id}


def act_on_task(id_: int, verb: str) -> Response:
    """Do something with a task; answers where its run stands then."""
    given = _body(TASK_VERBS[verb])
    said = given.get("comment")
    _demand()
    do: dict[str, Callable[[], None]] = {
        "approve": lambda: approvals.approve([id_], said),
        "reject": lambda: approvals.reject([id_], said or ""),
        "send_back": lambda: approvals.send_back(id_, given["to"], said or "", straight=given.get("straight", False)),
        "hand_over": lambda: approvals.hand_over(id_, given["user"], said),
        "add_signer": lambda: approvals.add_signer(id_, given["user"], given["place"], said),
        "take_back": lambda: approvals.take_back(id_),
    }
    do[verb]()
    task = session().get(ApprovalTask, id_)
    return _standing(task.run_id if task is not None else None)


def act_on_run(id_: int, verb: str) -> Response:
    """Do something with a run as its initiator, or as somebody who has a part in it."""
    given = _body(RUN_VERBS[verb])
    _demand()
    if session().get(ApprovalRun, id_) is None:
        raise NotFound("RUN", _("This approval isn't there, or isn't open to you"))
    if verb == "copy":
        approvals.copy_to(id_, given["users"])
    else:
        (approvals.urge if verb == "urge" else approvals.revoke)(id_)
    return _standing(id_)


def _demand() -> None:
    """Demand the right that a token may leave out."""
    rights().demand("decide", "kernel.approval_run")


def _standing(run_id: int | None) -> Response:
    run = session().get(ApprovalRun, run_id) if run_id is not None else None
    if run is None:
        return answer({"run": run_id, "outcome": None, "waits_for": []})
    return answer({
        "run": run.id, "outcome": run.outcome,
        "waits_for": [{"task": task.id, "node": task.node, "user": task.approver_id}
                      for task in run.tasks if task.outcome == "waiting"]})


def _body(verb: tuple[str, tuple[str, ...], Shape]) -> dict[str, Any]:
    _summary, needed, shapes = verb
    parameters(())
    data = payload()
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise Invalid([Problem("", _("The body must be a JSON object"), "NOT_AN_OBJECT")])
    problems = [Problem(name, _("There is no field {field}", field=str(name)[:80]), "UNKNOWN_FIELD")
                for name in data if name not in shapes]
    problems += [Problem(name, _("{name} is needed", name=name), "REQUIRED") for name in needed if name not in data]
    problems += [Problem(name, _("{name} has the wrong kind of value", name=name), "TYPE")
                 for name, value in data.items() if name in shapes and not _fits(shapes[name], value)]
    if problems:
        raise Invalid(problems)
    return data


def _fits(shape: Shape, value: object) -> bool:
    kind = shape["type"]
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "array":
        return (isinstance(value, list) and 0 < len(value) <= shape["maxItems"]
                and all(_fits(shape["items"], each) for each in value))
    return (isinstance(value, str) and len(value) <= shape.get("maxLength", 200) and "\x00" not in value
            and value in shape.get("enum", [value]))
