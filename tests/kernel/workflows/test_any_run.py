"""Whatever people do with a run of whatever flow: somebody is asked until it ends, and agreeing always ends it."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.errors import Refusal
from kernel.registry.invariants.approvals import runs_and_tasks_agree
from kernel.workflows.approvals import add_signer, approve, hand_over, reject, revoke, send_back, take_back
from kernel.workflows.approvals.acting import targets_of
from kernel.workflows.approvals.limits import apply_limit
from kernel.workflows.models import ApprovalDefinition, ApprovalRun, ApprovalTask
from tests.kernel.workflows.claims import Claim, branch, node, parallel, put_under, run_of, submit

Crew = dict[str, Actor]
PEOPLE = ("boss", "cfo", "cto", "dora", "emil")
VERBS = ("approve", "approve", "approve", "send_back", "straight", "hand_over", "before", "after", "beside",
         "take_back", "limit", "reject", "revoke")
MOST = 80
"""Agreements after which a run must have ended, whatever was done to it before."""

asking = some.builds(
    lambda who, mode, same, then: node("", *who, mode=mode, ratio=60, same=same, limits=[{"hours": 1, "then": then}]),
    some.lists(some.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True),
    some.sampled_from(["any", "all", "order", "ratio"]), some.sampled_from(["ask", "pass"]),
    some.sampled_from(["remind", "escalate", "pass"]))
nodes = some.recursive(
    some.lists(asking, min_size=1, max_size=2),
    lambda inner: some.builds(
        lambda first, second, kind, after: [
            branch("", ([["amount", "gt", 100]], first), ([], second)) if kind == "branch"
            else parallel("", first, second), *after],
        inner, inner, some.sampled_from(["branch", "parallel"]), some.lists(asking, max_size=1)),
    max_leaves=4)


def keyed(flow: list[dict[str, Any]], prefix: str = "k") -> list[dict[str, Any]]:
    """Give the nodes and paths of a drawn flow keys of their own."""
    made = []
    for at, each in enumerate(flow):
        key = f"{prefix}{at}"
        paths = {"paths": [{**path, "key": f"{key}p{number}", "nodes": keyed(path["nodes"], f"{key}p{number}n")}
                           for number, path in enumerate(each["paths"])]} if "paths" in each else {}
        made.append({**each, "key": key, "name": key, **paths})
    return made


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flow=nodes, data=some.data())
def test_somebody_is_asked_until_it_ends_and_agreeing_ends_it(
    crew: Crew, system: Actor, flow: list[dict[str, Any]], data: some.DataObject
) -> None:
    with unit_of_work(system) as opened:
        for old in opened.scalars(select(ApprovalDefinition)):
            old.archived = True
    put_under(system, *keyed(flow))
    claim = submit(crew["anna"])
    for _step in range(data.draw(some.integers(0, 14))):
        act(crew, system, claim, data)
        holds_together(system, claim)
    for _step in range(MOST):
        if not agree(crew, system, claim):
            break
    holds_together(system, claim)
    with unit_of_work(system, reading=True):
        assert run_of(claim).outcome != "running"


def act(crew: Crew, system: Actor, claim: int, data: some.DataObject) -> None:
    """Let somebody do something; what is refused changes nothing."""
    with unit_of_work(system, reading=True) as opened:
        run = run_of(claim)
        tasks = [(task.id, task.approver.login, targets_of(run, task)) for task in run.tasks
                 if task.outcome == "waiting"]
        answered = [(task.id, task.approver.login) for task in run.tasks if task.outcome == "approved"]
        run_id, ended = run.id, run.outcome != "running"
        assert opened.get_one(Claim, claim)
    if ended:
        return
    task, who, targets = data.draw(some.sampled_from(tasks))
    other = crew[data.draw(some.sampled_from(PEOPLE))].user_id or 0
    verb = data.draw(some.sampled_from(VERBS))
    try:
        if verb == "limit":
            with unit_of_work(system) as opened:
                opened.get_one(ApprovalTask, task).due_at = opened.now
                opened.flush()
                apply_limit(task)
            return
        if verb == "take_back" and answered:
            task, who = data.draw(some.sampled_from(answered))
        with unit_of_work(crew["anna" if verb == "revoke" else who]):
            if verb == "approve":
                approve([task])
            elif verb == "reject":
                reject([task], "no")
            elif verb in ("send_back", "straight"):
                send_back(task, data.draw(some.sampled_from(targets))[0], "again", straight=verb == "straight")
            elif verb == "hand_over":
                hand_over(task, other)
            elif verb == "take_back":
                take_back(task)
            elif verb == "revoke":
                revoke(run_id)
            else:
                add_signer(task, other, verb)
    except Refusal:
        pass


def agree(crew: Crew, system: Actor, claim: int) -> bool:
    """Let one of those who are asked agree; says whether anybody was."""
    with unit_of_work(system, reading=True):
        run = run_of(claim)
        waiting = next(((task.id, task.approver.login) for task in run.tasks if task.outcome == "waiting"), None)
    if waiting is None:
        return False
    with unit_of_work(crew[waiting[1]]):
        approve([waiting[0]])
    return True


def holds_together(system: Actor, claim: int) -> None:
    """Compare the run with its tasks, and the document with the run."""
    with unit_of_work(system, reading=True) as opened:
        assert [(finding.entity, str(finding.message)) for finding in runs_and_tasks_agree()] == []
        state, outcome = opened.get_one(Claim, claim).state, run_of(claim).outcome
        assert state == {"running": "submitted", "approved": "paid"}.get(outcome, "draft")
        twice = opened.execute(select(ApprovalRun.id).where(
            ApprovalRun.record_id == claim, ApprovalRun.outcome == "running")).all()
        assert len(twice) <= 1
