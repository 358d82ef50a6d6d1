"""Who is asked at a node, by every rule, and what happens where that is nobody or the initiator."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from kernel.entities.base import components_of
from kernel.entities.work import Actor, unit_of_work
from kernel.errors import Refusal
from kernel.exchange.customising.services import define_field
from kernel.i18n import use_locale
from kernel.identity.models import Department, Employee, User
from kernel.permissions.declare import role
from kernel.permissions.models import Role
from kernel.permissions.roles import give_roles, sync_roles
from kernel.workflows.approvals import approve, choosing
from kernel.workflows.models import ApprovalTask
from kernel.workflows.reasons import told_reason
from tests.conftest import MakeUser
from tests.kernel.workflows.claims import (
    Care,
    Claim,
    asked,
    branch,
    flow,
    history,
    node,
    parallel,
    put_under,
    state_now,
    submit,
    task_of,
)


def user_id(who: Actor) -> int:
    assert who.user_id is not None
    return who.user_id


def make_admin(system: Actor, login: str) -> None:
    with unit_of_work(system) as opened:
        sync_roles("kernel", [role("kernel.admin", "Administrator")])
        give_roles(opened.scalars(select(User).where(User.login == login)).all(), ["kernel.admin"])


def test_the_nth_manager_is_found_by_climbing(crew: dict[str, Actor], system: Actor) -> None:
    put_under(system, parallel(
        "p", [node("a", {"by": "manager", "value": 1})], [node("b", {"by": "manager", "value": 2})]))
    submit(crew["anna"])
    assert asked(system) == ["boss", "cfo"]


def test_the_department_head_is_found(crew: dict[str, Actor], system: Actor) -> None:
    with unit_of_work(system) as opened:
        department = Department(name="Sales")
        opened.add(department)
        opened.flush()
        for employee in opened.scalars(select(Employee)):
            employee.department_id = department.id
            employee.heads_department = employee.name == "Cfo"
    put_under(system, node("a", {"by": "department_head"}))
    submit(crew["anna"])
    assert asked(system) == ["cfo"]


def test_a_field_of_the_document_names_the_approver_as_user_or_as_employee(
    crew: dict[str, Actor], system: Actor
) -> None:
    put_under(system, node("a", {"by": "field", "value": "reviewer"}, {"by": "field", "value": "keeper"}, mode="all"))
    with unit_of_work(system, reading=True) as opened:
        keeper = opened.scalars(select(Employee.id).where(Employee.name == "Boss")).one()
    submit(crew["anna"], reviewer_id=user_id(crew["dora"]), keeper_id=keeper)
    assert asked(system) == ["boss", "dora"]


def test_a_field_that_another_plugin_added_names_the_approver(crew: dict[str, Actor], system: Actor) -> None:
    [slot] = components_of(Claim)
    put_under(system, node("a", {"by": "field", "value": f"{slot}.minder"}, nobody="refuse"))
    with unit_of_work(crew["anna"]) as opened:
        opened.add(claim := Claim(name="Minded", amount=5))
        opened.flush()
        claim_id = claim.id
    with unit_of_work(system) as opened:
        opened.get_one(Claim, claim_id)[Care].minder_id = user_id(crew["emil"])
    with unit_of_work(crew["anna"]) as opened:
        flow.run("pay", [opened.get_one(Claim, claim_id)])
    assert asked(system) == ["emil"]


def test_fields_added_at_run_time_decide_the_branch_and_name_the_approver(
    crew: dict[str, Actor], system: Actor
) -> None:
    with unit_of_work(system):
        define_field(Claim, "money", "Budget", "x_budget")
        define_field(Claim, "member", "Keeper", "x_keeper")
    put_under(system, branch(
        "b", ([["x_budget", "ge", "100"]], [node("a", {"by": "field", "value": "x_keeper"}, nobody="refuse")]),
        ([], [node("c", "boss")])))
    for budget in (50, 150):
        submit(crew["anna"], budget, custom={"x_budget": f"{budget}.000000", "x_keeper": user_id(crew["emil"])})
    assert asked(system) == ["boss", "emil"]


def test_the_initiator_chooses_and_must(crew: dict[str, Actor], system: Actor) -> None:
    put_under(system, branch("b", ([["amount", "gt", 100]], [node("a", {"by": "choice"})]), ([], [node("c", "boss")])))
    with pytest.raises(Refusal, match="Choose who approves") as caught:
        submit(crew["anna"], 500)
    assert caught.value.code == "APPROVER_CHOICE"
    submit(crew["anna"], 50)
    with choosing({"a": [user_id(crew["emil"])]}):
        submit(crew["anna"], 500)
    assert asked(system) == ["boss", "emil"]


@pytest.mark.parametrize(("nobody", "then"), [("admin", "submitted"), ("skip", "paid")])
def test_where_nobody_is_found_administrators_are_asked_or_the_node_is_passed_over(
    crew: dict[str, Actor], system: Actor, nobody: str, then: str
) -> None:
    make_admin(system, "dora")
    put_under(system, node("a", {"by": "field", "value": "reviewer"}, nobody=nobody))
    claim = submit(crew["anna"])
    assert state_now(system, claim) == then
    assert asked(system) == (["dora"] if nobody == "admin" else [])


def test_where_nobody_is_found_a_node_may_refuse(crew: dict[str, Actor], system: Actor) -> None:
    make_admin(system, "dora")
    put_under(system, node("a", {"by": "field", "value": "reviewer"}, nobody="refuse"))
    with pytest.raises(Refusal, match="Nobody can approve") as caught:
        submit(crew["anna"])
    assert caught.value.code == "APPROVER_NONE"


@pytest.mark.parametrize(("rule", "found"), [
    ("skip", ["emil"]), ("manager", ["boss", "emil"]), ("admin", ["dora", "emil"])])
def test_the_initiator_never_approves_their_own_document(
    crew: dict[str, Actor], system: Actor, rule: str, found: list[str]
) -> None:
    make_admin(system, "dora")
    put_under(system, node("a", "anna", "emil", mode="all", initiator=rule))
    submit(crew["anna"])
    assert asked(system) == found


def test_somebody_who_left_or_may_not_sign_in_is_not_asked(crew: dict[str, Actor], system: Actor) -> None:
    with unit_of_work(system) as opened:
        opened.get_one(User, user_id(crew["dora"])).active = False
        boss = opened.scalars(select(Employee).where(Employee.name == "Boss")).one()
        boss.left_on = opened.today - dt.timedelta(days=1)
    put_under(system, node("a", "dora", "boss", "emil", mode="all"))
    submit(crew["anna"])
    assert asked(system) == ["emil"]


def test_who_approved_an_earlier_step_passes_a_later_one_where_the_node_says_so(
    crew: dict[str, Actor], system: Actor
) -> None:
    put_under(system, node("a", "boss"), node("b", "boss", "cfo", mode="all", same="pass"), node("c", "boss"))
    submit(crew["anna"])
    with unit_of_work(crew["boss"]):
        approve([task_of_now()])
    assert asked(system) == ["cfo"]
    with unit_of_work(crew["cfo"]):
        approve([task_of_now()])
    assert asked(system) == ["boss"], "node c asks again"


def test_in_order_the_next_is_asked_where_the_first_passes_by_rule(crew: dict[str, Actor], system: Actor) -> None:
    put_under(system, node("a", "boss"), node("b", "boss", "cfo", mode="order", same="pass"))
    submit(crew["anna"])
    with unit_of_work(crew["boss"]):
        approve([task_of_now()])
    assert asked(system) == ["cfo"]


def task_of_now() -> int:
    from kernel.workflows.approvals import my_tasks

    [task] = my_tasks()
    return task.id


def test_everyone_is_asked_once_however_many_rules_name_them(crew: dict[str, Actor], system: Actor) -> None:
    put_under(system, node("a", "boss", {"by": "manager"}, "boss", mode="all"))
    submit(crew["anna"])
    assert history(system) == [("a", "boss", "waiting")]
    assert task_of(crew["boss"])


def test_a_copy_is_sent_and_waits_for_nobody(crew: dict[str, Actor], system: Actor, make_user: MakeUser) -> None:
    put_under(system, node("a", "boss"), node("k", "dora", kind="cc"))
    claim = submit(crew["anna"])
    with unit_of_work(crew["boss"]):
        approve([task_of_now()])
    assert state_now(system, claim) == "paid"
    assert ("k", "dora", "copied") in history(system)


def test_why_somebody_is_asked_is_told_in_the_language_of_whoever_reads_it(
    crew: dict[str, Actor], system: Actor
) -> None:
    make_admin(system, "dora")
    with unit_of_work(system) as opened:
        opened.scalars(select(Role).where(Role.code == "kernel.admin")).one().name_zh_hans = "总管"
    put_under(system, node("a", {"by": "role", "value": "kernel.admin"}))
    with use_locale("zh_Hant"):
        submit(crew["anna"])
    with unit_of_work(system, reading=True) as opened:
        task = opened.scalars(select(ApprovalTask).where(ApprovalTask.node == "a")).one()
        assert told_reason(task) == "has the role Administrator"
        with use_locale("zh_Hans"):
            assert told_reason(task) == "具有角色 总管"
        assert task.reason == "has the role kernel.admin"


def test_a_field_that_names_the_approver_is_called_by_its_label(crew: dict[str, Actor], system: Actor) -> None:
    put_under(system, node("a", {"by": "field", "value": "reviewer"}))
    submit(crew["anna"], reviewer_id=user_id(crew["emil"]))
    with unit_of_work(system, reading=True) as opened:
        task = opened.scalars(select(ApprovalTask)).one()
        assert told_reason(task) == f"stands in the document's field {Claim.__fields__['reviewer'].label}"
