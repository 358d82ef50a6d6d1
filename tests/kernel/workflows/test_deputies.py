"""A deputy decides for somebody on their days and for their approvals; the principal still may."""

from __future__ import annotations

import datetime as dt

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.errors import Forbidden, Invalid, Refusal
from kernel.notices.attention import attention
from kernel.workflows.approvals import approve, my_tasks
from kernel.workflows.approvals.delegation import delegate, end_delegation, my_delegations
from kernel.workflows.models import ApprovalDelegation, ApprovalTask
from tests.kernel.workflows.claims import Claim, node, put_under, state_now, submit

Crew = dict[str, Actor]


def stand_in(crew: Crew, principal: str, deputy: str, first: int = 0, last: int = 5, *flows: str) -> int:
    deputy_id = crew[deputy].user_id
    assert deputy_id is not None
    with unit_of_work(crew[principal]) as opened:
        today = opened.today
        return delegate(deputy_id, today + dt.timedelta(days=first), today + dt.timedelta(days=last), flows)


def waits(crew: Crew, who: str) -> list[int]:
    with unit_of_work(crew[who], reading=True):
        assert attention().approvals == len(my_tasks())
        return [task.id for task in my_tasks()]


def test_a_deputy_decides_and_both_are_named(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss"))
    claim = submit(crew["anna"])
    stand_in(crew, "boss", "dora")
    assert waits(crew, "dora") == waits(crew, "boss") != []
    with unit_of_work(crew["dora"]) as opened:
        assert opened.get(Claim, claim) is not None
        approve(waiting := [task.id for task in my_tasks()])
    assert state_now(system, claim) == "paid"
    with unit_of_work(system, reading=True) as opened:
        task = opened.get_one(ApprovalTask, waiting[0])
        assert (task.approver.login, task.decided_by and task.decided_by.login) == ("boss", "dora")


def test_the_principal_may_still_act_and_a_document_that_comes_later_is_the_deputys_too(
    crew: Crew, system: Actor
) -> None:
    put_under(system, node("a", "boss"))
    stand_in(crew, "boss", "dora")
    claim = submit(crew["anna"])
    assert len(waits(crew, "dora")) == 1
    with unit_of_work(crew["boss"]):
        approve([task.id for task in my_tasks()])
    assert state_now(system, claim) == "paid"
    assert waits(crew, "dora") == []


@pytest.mark.parametrize(("first", "last", "flows"), [(1, 5, ()), (0, 5, ("tests.other",))])
def test_outside_of_its_days_and_approvals_a_delegation_gives_nothing(
    crew: Crew, system: Actor, first: int, last: int, flows: tuple[str, ...]
) -> None:
    put_under(system, node("a", "boss"))
    claim = submit(crew["anna"])
    stand_in(crew, "boss", "dora", first, last, *flows)
    assert waits(crew, "dora") == []
    task = waits(crew, "boss")
    with pytest.raises(Forbidden), unit_of_work(crew["dora"]):
        approve(task)
    with unit_of_work(crew["dora"], reading=True) as opened:
        assert opened.get(Claim, claim) is None


def test_a_deputy_of_a_deputy_decides_too(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss"))
    submit(crew["anna"])
    stand_in(crew, "boss", "dora")
    stand_in(crew, "dora", "emil", 0, 5, "tests.flow")
    assert len(waits(crew, "emil")) == 1


def test_nobody_decides_about_their_own_document_as_a_deputy(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss"))
    submit(crew["anna"])
    stand_in(crew, "boss", "anna")
    assert waits(crew, "anna") == []
    task = waits(crew, "boss")
    with pytest.raises(Forbidden), unit_of_work(crew["anna"]):
        approve(task)


def test_a_circle_is_refused_however_long(crew: Crew, system: Actor) -> None:
    stand_in(crew, "boss", "cfo")
    stand_in(crew, "cfo", "dora")
    for principal in ("cfo", "dora"):
        with pytest.raises(Refusal, match="can't stand in") as caught:
            stand_in(crew, principal, "boss")
        assert caught.value.code == "DELEGATION_LOOP"
    stand_in(crew, "dora", "boss", 6, 9)  # other days, no circle


def test_impossible_delegations_are_refused_with_the_field(crew: Crew) -> None:
    for deputy, first, last, field in (("boss", 0, 1, "deputy"), ("cfo", 3, 1, "ends_on"), ("cfo", -5, -1, "ends_on"),
                                       ("cfo", 0, 900, "ends_on")):
        with pytest.raises(Invalid) as caught:
            stand_in(crew, "boss", deputy, first, last)
        assert [problem.field for problem in caught.value.problems] == [field]


def test_only_who_delegated_ends_it(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss"))
    submit(crew["anna"])
    made = stand_in(crew, "boss", "dora")
    with unit_of_work(crew["dora"], reading=True):
        assert [each.id for each in my_delegations()] == [made]
    with pytest.raises(Forbidden), unit_of_work(crew["dora"]):
        end_delegation(made)
    with unit_of_work(crew["boss"]):
        end_delegation(made)
    assert waits(crew, "dora") == []
    with unit_of_work(system, reading=True) as opened:
        assert opened.get_one(ApprovalDelegation, made).archived
