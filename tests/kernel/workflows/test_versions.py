"""Approvals are edited as drafts: versions stay, two editors lose nothing, and what can't work isn't published."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from kernel.permissions.declare import grant
from kernel.workflows.approvals import approve, my_tasks
from kernel.workflows.approvals.trying import rehearse
from kernel.workflows.approvals.versions import (
    change_draft,
    discard_draft,
    draft_of,
    flow_of,
    flows,
    new_flow,
    problems_of,
    publish,
    running_counts,
    switch_off,
    versions_of,
)
from kernel.workflows.flows import edits
from kernel.workflows.models import ApprovalDefinition
from tests.conftest import MakeUser
from tests.kernel.workflows.claims import Claim, asked, branch, node, put_under, run_of, state_now, submit

Crew = dict[str, Actor]
FLOW = "tests.flow"


@pytest.fixture
def admin(make_user: MakeUser) -> Actor:
    return make_user("ada", grant("kernel.approval_definition", "read create change delete", scope="all"),
                     grant("tests.claim", "read", scope="all"))


def add(kind: str = "approve", place: str = ":1") -> object:
    return lambda nodes: edits.add_node(nodes, kind, place)[0]


def fill(key: str, login: str) -> object:
    return partial(edits.change_node, key=key, values={"approvers": [{"by": "user", "value": login}]})


def test_running_documents_stay_and_new_ones_take_the_published_version(
    crew: Crew, system: Actor, admin: Actor
) -> None:
    put_under(system, node("n1", "boss"))
    old = submit(crew["anna"], 500)
    with unit_of_work(admin):
        draft = change_draft(FLOW, 0, add())
        draft = change_draft(FLOW, draft.version, fill("n2", "cfo"))
        assert (draft.revision, draft.stage) == (2, "draft")
    again = submit(crew["anna"], 600)
    with unit_of_work(admin):
        made = publish(FLOW, draft.version)
        assert [(each.revision, each.stage) for each in versions_of(FLOW)] == [(1, "retired"), (2, "active")]
        assert running_counts([versions_of(FLOW)[0].id]) == {versions_of(FLOW)[0].id: 2}
    new = submit(crew["anna"], 700)
    with unit_of_work(crew["boss"]):
        approve([task.id for task in my_tasks()])
    assert [state_now(system, each) for each in (old, again, new)] == ["paid", "paid", "submitted"]
    assert asked(system) == ["cfo"]
    with unit_of_work(system, reading=True):
        assert run_of(new).definition_id == made.id


def test_of_two_editors_the_second_is_told_who_was_first_and_may_do_it_again(
    crew: Crew, system: Actor, admin: Actor, make_user: MakeUser
) -> None:
    put_under(system, node("n1", "boss"))
    other = make_user("bob", grant("kernel.approval_definition", "read create change", scope="all"))
    with unit_of_work(admin):
        seen = draft_of(FLOW).version
    with unit_of_work(other):
        change_draft(FLOW, seen, add("cc"))
    with pytest.raises(Conflict, match="Bob changed this draft") as caught, unit_of_work(admin):
        change_draft(FLOW, seen, add("handle"))
    assert "nothing you typed is lost" in str(caught.value.fix)
    with unit_of_work(admin):
        now = draft_of(FLOW)
        assert [each["type"] for each in change_draft(FLOW, now.version, add("handle")).nodes] == [
            "approve", "handle", "cc"]


def test_a_draft_that_was_published_meanwhile_is_not_begun_again_in_silence(
    crew: Crew, system: Actor, admin: Actor
) -> None:
    put_under(system, node("n1", "boss"))
    with unit_of_work(admin):
        seen = draft_of(FLOW).version
        publish(FLOW, seen)
    with pytest.raises(Conflict, match="published"), unit_of_work(admin):
        change_draft(FLOW, seen, add())


def test_what_can_not_work_is_not_published(crew: Crew, system: Actor, admin: Actor) -> None:
    put_under(system, node("n1", "boss"))
    with unit_of_work(admin):
        draft = change_draft(FLOW, 0, add())
    with pytest.raises(Invalid, match="asks nobody"), unit_of_work(admin):
        publish(FLOW, draft.version)
    with unit_of_work(system, reading=True):
        assert [each.stage for each in versions_of(FLOW)] == ["active", "draft"]


def test_a_sub_flow_asks_the_steps_of_the_other_and_may_not_lead_back(
    crew: Crew, system: Actor, admin: Actor
) -> None:
    put_under(system, node("n1", "cfo"), code="tests.inner", conditions=[["amount", "gt", 10_000]])
    put_under(system, {"key": "s", "type": "subflow", "name": "Money", "flow": "tests.inner"}, node("n2", "boss"))
    submit(crew["anna"])
    assert asked(system) == ["cfo"]
    with unit_of_work(crew["cfo"]):
        approve([my_tasks()[0].id])
    assert asked(system) == ["boss"]
    with unit_of_work(admin):
        draft = change_draft("tests.inner", 0, add("subflow"))
        draft = change_draft("tests.inner", draft.version, partial(edits.change_node, key="n2", values={"flow": FLOW}))
        assert [problem.code for problem in problems_of(draft)] == ["SUBFLOW_LOOP"]
        draft = change_draft("tests.inner", draft.version, partial(edits.change_node, key="n2", values={"flow": "x"}))
        assert [problem.code for problem in problems_of(draft)] == ["SUBFLOW"]


def test_a_new_approval_waits_for_nobody_until_it_is_published(crew: Crew, system: Actor, admin: Actor) -> None:
    with unit_of_work(admin):
        made = new_flow("Large claims", "tests.claim", "pay")
        assert made.code == "own.large_claims"
        assert new_flow("Large claims", "tests.claim", "pay").code == "own.large_claims_2"
    claim = submit(crew["anna"])
    assert state_now(system, claim) == "paid"
    with unit_of_work(admin):
        publish("own.large_claims", made.version)
    submit(crew["anna"])
    assert asked(system) == ["boss"]
    with unit_of_work(admin):
        switch_off("own.large_claims")
    assert state_now(system, submit(crew["anna"])) == "paid"
    for name, entity, transition in (("", "tests.claim", "pay"), ("X", "tests.claim", "fly"), ("X", "no.such", "pay")):
        with pytest.raises(Invalid), unit_of_work(admin):
            new_flow(name, entity, transition)


def test_an_old_version_can_be_edited_again_but_not_beside_a_draft(crew: Crew, system: Actor, admin: Actor) -> None:
    put_under(system, node("n1", "boss"))
    with unit_of_work(admin):
        publish(FLOW, change_draft(FLOW, 0, partial(edits.change_node, key="n1", values={"name": "Second"})).version)
        again = draft_of(FLOW, 1)
        assert (again.revision, again.nodes[0]["name"]) == (3, "N1")
        with pytest.raises(Refusal, match="a draft already"):
            draft_of(FLOW, 2)
        assert discard_draft(FLOW)
        assert flow_of(FLOW).draft is None
        with pytest.raises(NotFound):
            discard_draft(FLOW)


def test_only_who_may_change_approvals_edits_them(crew: Crew, system: Actor) -> None:
    put_under(system, node("n1", "boss"))
    for do in (flows, lambda: flow_of(FLOW), lambda: change_draft(FLOW, 0, add()), lambda: publish(FLOW, 1),
               lambda: new_flow("X", "tests.claim", "pay"), lambda: switch_off(FLOW)):
        with pytest.raises(Forbidden), unit_of_work(crew["anna"]):
            do()


def test_a_block_moves_with_all_in_it_and_never_into_itself() -> None:
    flow = [node("a", "x"), branch("b", ([["amount", "gt", 1]], [node("c", "x")]), ([], []))]
    assert [each["key"] for each in edits.move_node(flow, "b", ":0")] == ["b", "a"]
    assert [each["key"] for each in edits.move_node(flow, "a", ":2")] == ["b", "a"]
    into = edits.move_node(flow, "a", "b1:0")
    assert [each["key"] for each in into[0]["paths"][1]["nodes"]] == ["a"]
    with pytest.raises(Invalid, match="into itself"):
        edits.move_node(flow, "b", "b0:0")
    for do in (lambda: edits.remove_node(flow, "z"), lambda: edits.move_node(flow, "a", "zz:0")):
        with pytest.raises(NotFound):
            do()
    assert [each["key"] for each in edits.remove_node(flow, "b")] == ["a"]
    assert [each["key"] for each in flow] == ["a", "b"], "the old flow is left alone"


def test_a_branch_keeps_two_paths_and_the_one_for_everything_else() -> None:
    flow = [branch("b", ([["x", "eq", 1]], []), ([], []))]
    for path in ("b0", "b1"):
        with pytest.raises(Invalid):
            edits.remove_path(flow, path)
    three = edits.add_path(flow, "b")
    assert [path["conditions"] for path in three[0]["paths"]] == [[["x", "eq", 1]], [], []]
    added = three[0]["paths"][1]["key"]
    assert [path["key"] for path in edits.move_path(three, added)[0]["paths"]] == [added, "b0", "b1"]
    assert len(edits.remove_path(three, added)[0]["paths"]) == 2
    with pytest.raises(Invalid, match="everything else"):
        edits.remove_path(three, "b1")


def test_a_dry_run_says_who_would_have_been_asked_and_why_and_asks_nobody(
    crew: Crew, system: Actor, admin: Actor
) -> None:
    small, large = submit(crew["anna"], 50), submit(crew["anna"], 5000)
    with unit_of_work(admin) as opened:
        definition = ApprovalDefinition(
            code="try", name="Try", entity="tests.claim", transition="pay", stage="draft",
            conditions=[{"field": "amount", "op": "gt", "value": "100"}],
            nodes=[node("a", {"by": "manager"}), node("b", {"by": "choice"}),
                   node("c", {"by": "field", "value": "gone"}), node("d", "anna", nobody="skip")])
        records = [(opened.get_one(Claim, id_), crew["anna"].user_id or 0) for id_ in (small, large)]
        passes, way = rehearse(definition, records, definition.nodes)
    assert (passes.applies, way.applies, way.initiator) == (False, True, "Anna")
    assert [(step.name, step.asked, step.trouble) for step in way.steps] == [
        ("A", (("Boss", "is the initiator's manager"),), ""), ("B", (), "the initiator chooses"),
        ("C", (), "There is no field gone on Claim"), ("D", (), "")]
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalars(select(ApprovalDefinition.code).where(ApprovalDefinition.code == "try")).all() == []
    assert asked(system) == []
