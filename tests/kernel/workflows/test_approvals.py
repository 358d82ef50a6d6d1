"""A document's state moves through transitions only, and an approval parks it until enough people agreed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.errors import Forbidden, Invalid, Refusal, UsageError
from kernel.identity.models import Employee, User
from kernel.permissions.declare import grant, role
from kernel.permissions.roles import give_roles, sync_roles
from kernel.workflows.approvals import (
    APPROVAL_ROLES,
    Step,
    approval,
    approve,
    my_tasks,
    reject,
    revoke,
    running_approval,
    sync_approvals,
)
from kernel.workflows.machine import workflow_of
from tests.conftest import MakeUser
from tests.kernel.workflows.claims import RIGHTS, Claim, done, flow, state_now, submit


@pytest.fixture
def people(make_user: MakeUser, system: Actor) -> dict[str, Actor]:
    """Anna claims; Boss is her manager; Cfo and Cto have the role of the second step."""
    done.clear()
    with unit_of_work(system):
        sync_roles("kernel", APPROVAL_ROLES)
    found = {"anna": make_user("anna", RIGHTS), "boss": make_user("boss", grant("tests.claim", "read", scope="own")),
             "cfo": make_user("cfo", grant("tests.claim", "read")), "cto": make_user("cto")}
    with unit_of_work(system) as opened:
        boss = Employee(number="1", name="Boss", user_id=found["boss"].user_id)
        opened.add(boss)
        opened.flush()
        opened.add(Employee(number="2", name="Anna", user_id=found["anna"].user_id, manager_id=boss.id))
        sync_approvals("tests", [approval(
            "tests.large", "Large claims", entity="tests.claim", transition="pay",
            conditions=[{"field": "amount", "op": "gt", "value": "100"}],
            steps=[Step("Manager", by="manager"), Step("Officers", by="role", value="tests.officer", mode="all")])])
        sync_roles("tests", [role("tests.officer", "Officer")])
        give_roles(opened.scalars(select(User).where(User.login.in_(["cfo", "cto"]))).all(), ["tests.officer"])
    return found


def decide(who: Actor, how: str = "approve", comment: str = "") -> None:
    with unit_of_work(who):
        ids = [task.id for task in my_tasks()]
        assert ids, f"{who.name} has no task"
        approve(ids, comment) if how == "approve" else reject(ids, comment)


def test_a_small_claim_passes_at_once(people: dict[str, Actor], system: Actor) -> None:
    assert state_now(system, submit(people["anna"], 50)) == "paid"
    assert done == ["Claim 50"]


def test_a_large_claim_waits_for_manager_and_then_for_all_officers(people: dict[str, Actor], system: Actor) -> None:
    claim = submit(people["anna"], 500)
    assert state_now(system, claim) == "submitted"
    decide(people["boss"])
    assert state_now(system, claim) == "submitted"
    decide(people["cfo"])
    assert (state_now(system, claim), done) == ("submitted", [])
    decide(people["cto"])
    assert (state_now(system, claim), done) == ("paid", ["Claim 500"])


def test_an_approver_may_read_the_very_document_they_decide(people: dict[str, Actor]) -> None:
    """The boss may read claims of their own only; being asked shares this one with them."""
    claim, other = submit(people["anna"], 500), submit(people["anna"], 50)
    with unit_of_work(people["boss"], reading=True) as opened:
        assert opened.get(Claim, claim) is not None
        assert opened.get(Claim, other) is None
        assert [task.run.record_title for task in my_tasks()] == ["Claim 500"]


def test_one_rejection_returns_the_document(people: dict[str, Actor], system: Actor) -> None:
    claim = submit(people["anna"], 500)
    with pytest.raises(Invalid, match="comment"):
        decide(people["boss"], "reject")
    decide(people["boss"], "reject", "too much")
    assert state_now(system, claim) == "draft"
    with unit_of_work(people["anna"]) as opened:
        flow.run("pay", [opened.get_one(Claim, claim)])
    assert state_now(system, claim) == "submitted"


def test_only_the_asked_person_decides_and_only_once(people: dict[str, Actor], system: Actor) -> None:
    submit(people["anna"], 500)
    with unit_of_work(people["boss"]):
        task = my_tasks()[0].id
    for stranger in ("anna", "cfo"):
        with pytest.raises(Forbidden, match="yours"), unit_of_work(people[stranger]):
            approve([task])
    decide(people["boss"])
    with pytest.raises(Refusal, match="already"), unit_of_work(people["boss"]):
        approve([task])


def test_the_initiator_may_revoke(people: dict[str, Actor], system: Actor) -> None:
    claim = submit(people["anna"], 500)
    with unit_of_work(people["anna"]) as opened:
        run = running_approval(opened.get_one(Claim, claim))
        assert run is not None
        revoke(run.id)
    assert state_now(system, claim) == "draft"
    with unit_of_work(people["boss"], reading=True):
        assert list(my_tasks()) == []


def test_a_guard_refuses_before_anybody_is_asked(people: dict[str, Actor]) -> None:
    with pytest.raises(Refusal, match="not positive") as caught:
        submit(people["anna"], 0)
    assert caught.value.as_problem()["code"] == "NOT_POSITIVE"


def test_a_state_cannot_be_set_by_hand(people: dict[str, Actor]) -> None:
    with pytest.raises(UsageError, match="transition only"), unit_of_work(people["anna"]):
        Claim(name="x", state="paid")


def test_wrong_state_missing_need_and_missing_grant_are_refused(
    people: dict[str, Actor], make_user: MakeUser, system: Actor
) -> None:
    claim = submit(people["anna"], 50)
    with pytest.raises(Refusal, match="isn't possible"), unit_of_work(people["anna"]) as opened:
        flow.run("pay", [opened.get_one(Claim, claim)])
    with pytest.raises(Invalid, match="needs"), unit_of_work(people["anna"]) as opened:
        flow.run("void", [opened.get_one(Claim, claim)])
    with unit_of_work(people["anna"]) as opened:
        flow.run("void", [opened.get_one(Claim, claim)], {"reason": "twice"})
    assert state_now(system, claim) == "void"
    reader = make_user("reader", grant("tests.claim", "read"))
    other = submit(people["anna"], 60)
    with pytest.raises(Forbidden), unit_of_work(reader) as opened:
        flow.run("void", [opened.get_one(Claim, other)], {"reason": "no"})
    with unit_of_work(reader, reading=True) as opened:
        assert workflow_of(Claim).available(opened.get_one(Claim, other)) == []  # type: ignore[union-attr]
