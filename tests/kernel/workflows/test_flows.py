"""Flows are plain data: what comes next, what the answers amount to, what is wrong with one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kernel.workflows.flows.engine import Progress, Vote, advanced, reopened, verdict
from kernel.workflows.flows.graph import check_nodes, earlier, expanded, find, later, next_key, on_the_way, walk
from tests.kernel.workflows.claims import branch, node, parallel

FLOW = [
    node("a", "x"),
    branch("b", ([["amount", "gt", 5]], [node("c", "x"), node("d", "x")]), ([], [node("e", "x")])),
    parallel("p", [node("f", "x"), node("g", "x")], [node("h", "x")]),
    node("i", "x"),
]


def first(each: dict[str, Any]) -> str:
    return str(each["paths"][0]["key"])


def passed(progress: Progress, *keys: str) -> Progress:
    return {**progress, **{key: {"at": "done"} for key in keys}}


def go(progress: Progress) -> tuple[Progress, list[str], bool]:
    now, reached, ended = advanced(FLOW, progress, first)
    return {**now, **{each["key"]: {"at": "open"} for each in reached}}, [each["key"] for each in reached], ended


def test_nodes_are_reached_one_after_the_other_and_parallel_ones_at_once() -> None:
    seen, progress = [], {}
    while True:
        progress, reached, ended = go(progress)
        if ended:
            break
        seen.append(reached)
        progress = passed(progress, *reached)
    assert seen == [["a"], ["c"], ["d"], ["f", "h"], ["g"], ["i"]]


def test_a_join_waits_for_every_path() -> None:
    progress, reached, _ended = go(passed({}, "a", "c", "d"))
    assert reached == ["f", "h"]
    assert go(passed(progress, "f"))[1] == ["g"]
    assert go(passed(progress, "f", "g"))[1] == []
    assert go(passed(progress, "f", "g", "h"))[1] == ["i"]


def test_before_and_after_keep_to_a_nodes_own_way() -> None:
    assert [each["key"] for each in earlier(FLOW, "g")] == ["a", "c", "d", "e", "f"]
    assert later(FLOW, "f") == {"g", "i"}
    assert later(FLOW, "c") == {"d", "p", "f", "g", "h", "i"}


def test_going_back_step_by_step_asks_everything_after_anew_and_straight_only_what_was_open() -> None:
    progress, _reached, _ended = go(passed(go({})[0], "a"))
    progress, _reached, _ended = go(passed(progress, "c"))
    progress, _reached, _ended = go(passed(progress, "d"))
    progress, _reached, _ended = go(passed(progress, "f", "g", "h"))
    assert progress["i"] == {"at": "open"}
    stepwise, closed = reopened(FLOW, progress, "c", straight=False)
    assert closed == {"c", "i"}
    assert go(stepwise)[1] == ["c"]
    assert go(passed(go(stepwise)[0], "c"))[1] == ["d"]
    straight, _closed = reopened(FLOW, progress, "c", straight=True)
    assert go(straight)[1] == ["c"]
    assert go(passed(go(straight)[0], "c"))[1] == ["i"]


@pytest.mark.parametrize(("mode", "outcomes", "found"), [
    ("any", ["waiting", "approved"], "approved"), ("any", ["waiting", "rejected"], "rejected"),
    ("all", ["approved", "waiting"], None), ("all", ["approved", "approved"], "approved"),
    ("all", ["waiting", "rejected"], "rejected"), ("order", ["approved", "later"], None),
    ("ratio", ["approved", "approved", "waiting"], "approved"), ("ratio", ["rejected", "approved", "waiting"], None),
    ("ratio", ["rejected", "rejected", "waiting"], "rejected"), ("all", ["handed_over", "approved"], "approved"),
])
def test_the_mode_says_what_answers_amount_to(mode: str, outcomes: list[str], found: str | None) -> None:
    assert verdict(mode, 60, [Vote(each) for each in outcomes]) == found


def test_an_added_approver_has_to_agree_as_well() -> None:
    assert verdict("any", 100, [Vote("approved"), Vote("waiting", added=True)]) is None
    assert verdict("any", 100, [Vote("approved"), Vote("rejected", added=True)]) == "rejected"
    assert verdict("any", 100, [Vote("approved"), Vote("approved", added=True)]) == "approved"


@given(some.lists(some.sampled_from(["approved", "rejected", "waiting"]), min_size=1, max_size=7),
       some.integers(1, 100))
def test_further_answers_never_turn_a_ratio_around(outcomes: list[str], ratio: int) -> None:
    found = verdict("ratio", ratio, [Vote(each) for each in outcomes])
    for answer in ("approved", "rejected"):
        later_on = verdict("ratio", ratio, [Vote(answer if each == "waiting" else each) for each in outcomes])
        assert later_on is not None
        assert found in (None, later_on)


def test_a_sub_flow_is_put_in_its_place_and_one_that_leads_into_itself_ends_there() -> None:
    inner = [node("a", "x"), {"key": "s", "type": "subflow", "name": "S", "flow": "outer"}]
    made = expanded([{"key": "z", "type": "subflow", "name": "Z", "flow": "inner"}], {
        "inner": inner, "outer": [{"key": "q", "type": "subflow", "name": "Q", "flow": "inner"}]}.__getitem__,
        ("outer",))
    assert [each["key"] for each in walk(made)] == ["z", "z.a", "z.s"]
    assert find(made, "z.a") is not None
    assert [each["key"] for each in on_the_way(made, first)] == ["z", "z.a", "z.s"]


def test_a_new_key_is_one_that_no_node_has() -> None:
    assert next_key([node("n1", "x"), branch("n2", ([], []), ([], []))]) == "n3"


@pytest.mark.parametrize(("nodes", "code"), [
    ([], "NOBODY_ASKED"), ("x", "NODES"), ([node("a")], "APPROVERS"), ([node("a", {"by": "role"})], "APPROVERS"),
    ([node("a", "x", mode="most")], "CHOICE"), ([node("a", "x", mode="ratio", ratio=0)], "RATIO"),
    ([node("a", "x"), node("a", "x")], "NODES"), ([node("a", "x", kind="dance")], "KIND"),
    ([node("a", "x", limits=[{"hours": 0, "then": "remind"}])], "LIMIT"),
    ([node("a", "x"), branch("b", ([], []))], "PATHS"),
    ([node("a", "x"), branch("b", ([["x", "eq", 1]], []), ([["x", "eq", 2]], []))], "PATHS"),
    ([{**node("a", "x"), "name": " "}], "REQUIRED"),
    ([{"key": "s", "type": "subflow", "name": "S"}], "SUBFLOW"),
])
def test_a_flow_that_can_not_work_is_told_what_is_wrong(nodes: Any, code: str) -> None:
    assert code in {problem.code for problem in check_nodes(nodes)}


def test_a_sound_flow_has_no_problems() -> None:
    assert check_nodes(FLOW) == []
