"""A node that waits for a time: working hours, or a day or moment of the document; then the document goes on."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.errors import Invalid, Refusal
from kernel.jobs.approvals.jobs import look_after_approvals
from kernel.jobs.doing import run_jobs
from kernel.workflows.approvals import approve, revoke, take_back, urge
from kernel.workflows.approvals.timing import working_time
from kernel.workflows.approvals.trying import rehearse
from kernel.workflows.approvals.versions import problems_of
from kernel.workflows.approvals.waiting import due_runs, wake
from kernel.workflows.flows.edits import add_node
from kernel.workflows.flows.graph import check_nodes
from kernel.workflows.models import ApprovalDefinition, ApprovalRun
from tests.kernel.workflows.claims import (
    Claim,
    asked,
    node,
    parallel,
    put_under,
    run_of,
    state_now,
    submit,
    task_of,
    wait,
)

Crew = dict[str, Actor]


def wakes(system: Actor, claim: int) -> dt.datetime | None:
    with unit_of_work(system, reading=True):
        return run_of(claim).wakes_at


def reach(system: Actor) -> None:
    """Let the time pass until each wait is over, and let the regular job see to it."""
    with unit_of_work(system) as opened:
        for run in opened.scalars(select(ApprovalRun).where(ApprovalRun.wakes_at.is_not(None))):
            long_ago = (opened.now - dt.timedelta(minutes=1))
            run.wakes_at = long_ago
            run.progress = {key: entry | {"until": long_ago.isoformat()} if "until" in entry else entry
                            for key, entry in run.progress.items()}
    with unit_of_work(system):
        look_after_approvals()
    run_jobs()


def test_a_document_waits_for_working_hours_before_the_next_is_asked(crew: Crew, system: Actor) -> None:
    put_under(system, wait("w", 8), node("a", "boss"))
    claim = submit(crew["anna"])
    assert asked(system) == []
    with unit_of_work(system, reading=True):
        run = run_of(claim)
        assert run.wakes_at == working_time(system.company_id, run.created_at.date()).after(run.created_at, 8)
        assert due_runs() == [], "it isn't over yet"
    with unit_of_work(system):
        wake(run.id)
    assert asked(system) == [], "woken too early it goes on waiting"
    reach(system)
    assert asked(system) == ["boss"]
    assert wakes(system, claim) is None
    task = task_of(crew["boss"])
    with unit_of_work(crew["boss"]):
        approve([task])
    assert state_now(system, claim) == "paid"


def test_a_wait_at_the_end_lets_the_action_happen_by_itself(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss"), wait("w", 8))
    claim = submit(crew["anna"])
    task = task_of(crew["boss"])
    with unit_of_work(crew["boss"]):
        approve([task])
    assert state_now(system, claim) == "submitted"
    reach(system)
    assert state_now(system, claim) == "paid"


def test_a_day_begins_at_midnight_by_the_companys_clocks(crew: Crew, system: Actor) -> None:
    put_under(system, wait("w", field="due"), node("a", "boss"))
    claim = submit(crew["anna"], due=dt.date(2199, 5, 3))
    with unit_of_work(system, reading=True):
        zone = working_time(system.company_id, dt.date(2199, 5, 3)).zone
    assert wakes(system, claim) == dt.datetime(2199, 5, 3, tzinfo=ZoneInfo(zone))


def test_a_moment_is_waited_for_to_the_second(crew: Crew, system: Actor) -> None:
    put_under(system, wait("w", field="opens"), node("a", "boss"))
    moment = dt.datetime(2199, 5, 3, 14, 30, 5, tzinfo=dt.UTC)
    assert wakes(system, submit(crew["anna"], opens=moment)) == moment


@pytest.mark.parametrize("due", [None, dt.date(2001, 1, 1)])
def test_without_a_day_or_where_it_is_over_the_document_goes_on_at_once(
    crew: Crew, system: Actor, due: dt.date | None
) -> None:
    put_under(system, wait("w", field="due"), node("a", "boss"))
    claim = submit(crew["anna"], due=due)
    assert asked(system) == ["boss"]
    assert wakes(system, claim) is None


def test_a_day_put_off_meanwhile_is_waited_for_anew(crew: Crew, system: Actor) -> None:
    put_under(system, wait("w", field="opens"), node("a", "boss"))
    claim = submit(crew["anna"], opens=dt.datetime(2199, 1, 1, tzinfo=dt.UTC))
    later = dt.datetime(2199, 6, 1, tzinfo=dt.UTC)
    with unit_of_work(system) as opened:
        opened.get_one(Claim, claim).opens = later
    reach(system)
    assert asked(system) == []
    assert wakes(system, claim) == later


def test_waits_on_parallel_paths_end_one_by_one(crew: Crew, system: Actor) -> None:
    put_under(system, parallel("p", [wait("v", field="opens")], [wait("w", field="due"), node("a", "boss")]))
    claim = submit(crew["anna"], opens=dt.datetime(2199, 1, 1, tzinfo=dt.UTC), due=dt.date(2199, 3, 1))
    assert wakes(system, claim) == dt.datetime(2199, 1, 1, tzinfo=dt.UTC)
    with unit_of_work(system) as opened:
        opened.get_one(Claim, claim).opens = None
        run = run_of(claim)
        run.progress = {**run.progress, "v": {"at": "open", "until": "2001-01-01T00:00:00+00:00"}}
        opened.flush()
        wake(run.id)
    after = wakes(system, claim)
    assert after is not None
    assert after.year == 2199
    assert asked(system) == [], "the other path still waits"
    reach_day(system, claim)
    assert asked(system) == ["boss"]


def reach_day(system: Actor, claim: int) -> None:
    with unit_of_work(system) as opened:
        opened.get_one(Claim, claim).due = dt.date(2001, 1, 1)
    reach(system)


def test_revoked_it_waits_no_more_and_nobody_is_urged_meanwhile(crew: Crew, system: Actor) -> None:
    put_under(system, wait("w", 8), node("a", "boss"))
    claim = submit(crew["anna"])
    with unit_of_work(system, reading=True):
        run = run_of(claim).id
    with pytest.raises(Refusal, match="Nobody is asked now"), unit_of_work(crew["anna"]):
        urge(run)
    with unit_of_work(crew["anna"]):
        revoke(run)
    assert wakes(system, claim) is None
    with unit_of_work(system):
        wake(run)
        wake(987654321)
    assert state_now(system, claim) == "draft"


def test_an_answer_taken_back_takes_its_wait_back(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss"), wait("w", 8), node("b", "cfo"))
    submit(crew["anna"])
    task = task_of(crew["boss"])
    with unit_of_work(crew["boss"]):
        approve([task])
    with unit_of_work(crew["boss"]):
        take_back(task)
    reach(system)
    assert asked(system) == ["boss"]
    with unit_of_work(crew["boss"]):
        approve([task])
    assert asked(system) == [], "the wait begins anew"


@pytest.mark.parametrize("wrong", [
    {"until": "never"}, {"until": "field", "field": ""}, {"until": "hours", "hours": 0},
    {"until": "hours", "hours": 2001}, {"until": "hours", "hours": "8"}, {"until": "hours", "hours": True}])
def test_a_wait_that_says_nothing_sound_is_refused(crew: Crew, system: Actor, wrong: dict[str, Any]) -> None:
    nodes = [{**wait("w", 8), **wrong}, node("a", "boss")]
    assert [(each.field, each.code) for each in check_nodes(nodes)] == [("w", "UNTIL")]
    with pytest.raises(Invalid):
        put_under(system, *nodes)


@pytest.mark.parametrize(("field", "codes"), [
    ("due", []), ("opens", []), ("keeper.left_on", []), ("amount", ["UNTIL"]), ("nothing", ["UNTIL"]),
    ("due.day", ["UNTIL"])])
def test_it_waits_for_days_of_the_document_alone(crew: Crew, system: Actor, field: str, codes: list[str]) -> None:
    id_ = put_under(system, wait("w", field=field), node("a", "boss"))
    with unit_of_work(system, reading=True) as opened:
        assert [each.code for each in problems_of(opened.get_one(ApprovalDefinition, id_))] == codes


def test_a_new_wait_is_sound_as_it_stands() -> None:
    nodes, key = add_node([node("a", "boss")], "wait", ":1")
    assert key == "n1"
    assert check_nodes(nodes) == []


def test_a_dry_run_says_how_long_each_document_would_wait(crew: Crew, system: Actor) -> None:
    id_ = put_under(system, wait("w", 8), wait("u", field="due"), node("a", "boss"), stage="retired", archived=True)
    due = submit(crew["anna"], due=dt.date(2199, 5, 3))
    without = submit(crew["anna"])
    with unit_of_work(system, reading=True) as opened:
        definition = opened.get_one(ApprovalDefinition, id_)
        first, second = rehearse(definition, [
            (opened.get_one(Claim, each), crew["anna"].user_id or 0) for each in (due, without)], definition.nodes)
    assert [step.until for step in first.steps] == ["waits for 8 working hours", "waits until May 3, 2199", ""]
    assert second.steps[1].until == "waits for no day: the field is empty"
    assert first.same_as(second), "the same people are asked"
