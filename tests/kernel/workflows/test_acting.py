"""What may be done with a task, and what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.errors import Forbidden, Invalid, Refusal
from kernel.workflows.approvals import (
    add_signer,
    approve,
    copy_to,
    hand_over,
    my_copies,
    my_tasks,
    reject,
    revoke,
    see_copies,
    send_back,
    take_back,
    urge,
)
from kernel.workflows.approvals.acting import START, targets_of
from kernel.workflows.models import ApprovalRun, ApprovalTask
from tests.kernel.workflows.claims import (
    Claim,
    asked,
    branch,
    done,
    history,
    node,
    parallel,
    put_under,
    run_of,
    state_now,
    submit,
    task_of,
)

Crew = dict[str, Actor]


def id_of(who: Actor) -> int:
    assert who.user_id is not None
    return who.user_id


def say_yes(crew: Crew, *names: str) -> None:
    for name in names:
        task = task_of(crew[name])
        with unit_of_work(crew[name]):
            approve([task], f"{name} agrees")


def test_a_branch_leads_each_document_its_way(crew: Crew, system: Actor) -> None:
    put_under(system, branch("b", ([["amount", "ge", 1000]], [node("c", "cfo")]), ([], [node("d", "boss")])))
    small, large = submit(crew["anna"], 50), submit(crew["anna"], 5000)
    say_yes(crew, "boss")
    assert (state_now(system, small), state_now(system, large)) == ("paid", "submitted")
    say_yes(crew, "cfo")
    assert state_now(system, large) == "paid"


def test_parallel_paths_ask_at_once_and_both_must_pass(crew: Crew, system: Actor) -> None:
    put_under(system, parallel("p", [node("a", "boss")], [node("b", "cfo")]), node("c", "cto"))
    claim = submit(crew["anna"])
    assert asked(system) == ["boss", "cfo"]
    say_yes(crew, "cfo")
    assert asked(system) == ["boss"]
    say_yes(crew, "boss", "cto")
    assert state_now(system, claim) == "paid"


def test_in_order_each_is_asked_after_the_one_before(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "cto", "boss", "cfo", mode="order"))
    claim = submit(crew["anna"])
    for name in ("cto", "boss", "cfo"):
        assert asked(system) == [name]
        say_yes(crew, name)
    assert state_now(system, claim) == "paid"


def test_one_rejection_of_a_countersignature_rejects(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss", "cfo", "cto", mode="all"))
    claim = submit(crew["anna"])
    say_yes(crew, "boss")
    with unit_of_work(crew["cto"]):
        reject([my_tasks()[0].id], "no")
    assert state_now(system, claim) == "draft"
    assert history(system) == [("a", "boss", "approved"), ("a", "cfo", "skipped"), ("a", "cto", "rejected")]


def test_a_share_of_the_votes_is_enough(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss", "cfo", "cto", mode="ratio", ratio=60))
    claim = submit(crew["anna"])
    say_yes(crew, "boss", "cto")
    assert state_now(system, claim) == "paid"


def test_a_running_document_ends_on_the_flow_it_started_on(crew: Crew, system: Actor) -> None:
    from kernel.workflows.models import ApprovalDefinition

    made = put_under(system, node("a", "boss"), node("b", "cfo"))
    claim = submit(crew["anna"])
    with unit_of_work(system) as opened:
        opened.get_one(ApprovalDefinition, made).nodes = [node("z", "cto")]
    say_yes(crew, "boss", "cfo")
    assert state_now(system, claim) == "paid"


def test_added_before_comes_back_to_me(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss"))
    claim = submit(crew["anna"])
    task = task_of(crew["boss"])
    with unit_of_work(crew["boss"]):
        add_signer(task, id_of(crew["dora"]), "before", "is this right?")
    assert asked(system) == ["dora"]
    with pytest.raises(Refusal, match="decided already"), unit_of_work(crew["boss"]):
        approve([task])
    say_yes(crew, "dora")
    assert (asked(system), state_now(system, claim)) == (["boss"], "submitted")
    say_yes(crew, "boss")
    assert state_now(system, claim) == "paid"


def test_added_after_is_asked_once_i_have_agreed(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss", "cfo"), node("b", "cto"))
    submit(crew["anna"])
    with unit_of_work(crew["boss"]):
        add_signer(my_tasks()[0].id, id_of(crew["dora"]), "after", "fine with me")
    assert asked(system) == ["dora"], "boss agreed, so the cfo is not needed; dora is"
    say_yes(crew, "dora")
    assert asked(system) == ["cto"]


def test_added_beside_is_asked_at_the_same_time_and_their_no_counts(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss"))
    claim = submit(crew["anna"])
    with unit_of_work(crew["boss"]):
        add_signer(my_tasks()[0].id, id_of(crew["dora"]), "beside")
    assert asked(system) == ["boss", "dora"]
    say_yes(crew, "boss")
    assert state_now(system, claim) == "submitted"
    with unit_of_work(crew["dora"]):
        reject([my_tasks()[0].id], "no budget")
    assert state_now(system, claim) == "draft"


def test_who_was_added_can_not_add_and_nobody_is_added_twice(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss", "cfo", mode="all"))
    submit(crew["anna"])
    task = task_of(crew["boss"])
    for name, code in (("boss", "ADD_SIGN_SELF"), ("cfo", "ADD_SIGN_SELF"), ("anna", "INITIATOR")):
        with pytest.raises(Refusal) as caught, unit_of_work(crew["boss"]):
            add_signer(task, id_of(crew[name]), "beside")
        assert caught.value.code == code
    with unit_of_work(crew["boss"]):
        add_signer(task, id_of(crew["dora"]), "beside")
    with pytest.raises(Refusal) as caught, unit_of_work(crew["dora"]):
        add_signer(my_tasks()[0].id, id_of(crew["emil"]), "after")
    assert caught.value.code == "ADD_SIGN_NESTED"


def test_handing_over_names_both_and_lets_the_other_read(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss"))
    claim = submit(crew["anna"])
    task = task_of(crew["boss"])
    with pytest.raises(Invalid, match="yourself"), unit_of_work(crew["boss"]):
        hand_over(task, id_of(crew["boss"]))
    with pytest.raises(Refusal, match="of their own"), unit_of_work(crew["boss"]):
        hand_over(task, id_of(crew["anna"]))
    with unit_of_work(crew["boss"]):
        hand_over(task, id_of(crew["emil"]), "you know it better")
    assert history(system) == [("a", "boss", "handed_over"), ("a", "emil", "waiting")]
    with unit_of_work(crew["emil"], reading=True) as opened:
        assert opened.get(Claim, claim) is not None
    say_yes(crew, "emil")
    assert state_now(system, claim) == "paid"


def to_node(crew: Crew, who: str, to: str, *, straight: bool = False) -> None:
    with unit_of_work(crew[who]):
        send_back(my_tasks()[0].id, to, "please look again", straight=straight)


def test_sent_back_the_document_goes_step_by_step_again(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss"), node("b", "cfo"), node("c", "cto"))
    claim = submit(crew["anna"])
    say_yes(crew, "boss", "cfo")
    to_node(crew, "cto", "a")
    assert asked(system) == ["boss"]
    say_yes(crew, "boss")
    assert asked(system) == ["cfo"]
    say_yes(crew, "cfo", "cto")
    assert state_now(system, claim) == "paid"


def test_sent_back_the_document_may_return_straight(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss"), node("b", "cfo"), node("c", "cto"))
    claim = submit(crew["anna"])
    say_yes(crew, "boss", "cfo")
    to_node(crew, "cto", "a", straight=True)
    say_yes(crew, "boss")
    assert asked(system) == ["cto"]
    say_yes(crew, "cto")
    assert state_now(system, claim) == "paid"


def test_sent_back_to_the_initiator_the_document_is_a_draft_again(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss"))
    claim = submit(crew["anna"])
    with unit_of_work(crew["boss"]):
        [task] = my_tasks()
        assert [key for key, _name in targets_of(task.run, task)] == [START]
    for to, comment, message in ((START, " ", "needs a comment"), ("b", "why", "has passed")):
        with pytest.raises(Invalid, match=message), unit_of_work(crew["boss"]):
            send_back(my_tasks()[0].id, to, comment)
    to_node(crew, "boss", START)
    assert state_now(system, claim) == "draft"
    with unit_of_work(system, reading=True):
        assert run_of(claim).outcome == "returned"


def test_a_node_says_what_its_approvers_may_not_do(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss", may=["hand_over"]))
    submit(crew["anna"])
    task = task_of(crew["boss"])
    with pytest.raises(Refusal, match="Sending back isn't provided for"), unit_of_work(crew["boss"]):
        send_back(task, START, "x")
    with pytest.raises(Refusal, match="Adding approvers isn't provided for"), unit_of_work(crew["boss"]):
        add_signer(task, id_of(crew["dora"]), "after")


def test_what_is_to_be_handled_is_done_or_sent_back_but_not_rejected(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss", kind="handle"))
    claim = submit(crew["anna"])
    with pytest.raises(Refusal, match="handled"), unit_of_work(crew["boss"]):
        reject([my_tasks()[0].id], "no")
    say_yes(crew, "boss")
    assert state_now(system, claim) == "paid"


def test_an_answer_is_taken_back_while_the_next_is_untouched(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss", "dora"), node("b", "cfo", "cto", mode="all"), node("k", "emil", kind="cc"))
    submit(crew["anna"])
    task = task_of(crew["boss"])
    say_yes(crew, "boss")
    assert asked(system) == ["cfo", "cto"]
    with pytest.raises(Forbidden), unit_of_work(crew["cfo"]):
        take_back(task)
    with unit_of_work(crew["boss"]):
        take_back(task)
    assert asked(system) == ["boss", "dora"]
    say_yes(crew, "dora")
    assert asked(system) == ["cfo", "cto"]


def test_an_answer_that_was_followed_can_not_be_taken_back(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss"), node("b", "cfo", "cto", mode="all"))
    submit(crew["anna"])
    task = task_of(crew["boss"])
    say_yes(crew, "boss", "cfo")
    with pytest.raises(Refusal) as caught, unit_of_work(crew["boss"]):
        take_back(task)
    assert caught.value.code == "ALREADY_PROCESSED"
    say_yes(crew, "cto")
    with pytest.raises(Refusal) as caught, unit_of_work(crew["boss"]):
        take_back(task)
    assert caught.value.code == "ALREADY_PROCESSED"


def test_urging_reminds_whoever_is_asked_and_not_again_within_half_an_hour(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss"))
    claim = submit(crew["anna"])
    with unit_of_work(crew["boss"], reading=True):
        task, run = my_tasks()[0].id, my_tasks()[0].run_id
    with pytest.raises(Forbidden), unit_of_work(crew["boss"]):
        urge(run)
    with unit_of_work(crew["anna"]):
        urge(run)
    with pytest.raises(Refusal, match="again in 30 minutes"), unit_of_work(crew["anna"]):
        urge(run)
    with unit_of_work(system) as opened:
        assert opened.get_one(ApprovalTask, task).reminded_at is not None
        opened.get_one(ApprovalRun, run).urged_at = opened.now - dt.timedelta(minutes=30)
    with unit_of_work(crew["anna"]):
        urge(run)
    with unit_of_work(crew["anna"]):
        revoke(run)
    with pytest.raises(Refusal, match="decided already"), unit_of_work(crew["anna"]):
        urge(run)
    assert state_now(system, claim) == "draft"


def test_a_copy_may_be_read_and_nothing_else(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss"))
    claim = submit(crew["anna"])
    with unit_of_work(crew["boss"]):
        run = my_tasks()[0].run_id
        copy_to(run, [id_of(crew["emil"])])
    with unit_of_work(crew["emil"], reading=True) as opened:
        assert opened.get(Claim, claim) is not None
        assert list(my_tasks()) == []
        [copy] = my_copies()
    with pytest.raises(Forbidden), unit_of_work(crew["emil"]):
        approve([copy.id])
    with pytest.raises(Forbidden), unit_of_work(crew["emil"]):
        copy_to(run, [id_of(crew["dora"])])
    with unit_of_work(crew["emil"]):
        see_copies([copy.id])
    assert ("", "emil", "seen") in history(system)


def test_deciding_all_tasks_at_once_is_all_or_nothing(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "boss"))
    claims = [submit(crew["anna"], amount) for amount in (100, 200, 300)]
    with unit_of_work(crew["boss"], reading=True):
        ids: Sequence[int] = [task.id for task in my_tasks()]
    with pytest.raises(Forbidden), unit_of_work(crew["boss"]):
        approve([*ids, 987654321])
    assert done == []
    with unit_of_work(crew["boss"]):
        approve(ids)
    assert [state_now(system, claim) for claim in claims] == ["paid"] * 3


def test_the_approval_is_told_as_a_signal(crew: Crew, system: Actor) -> None:
    from kernel.workflows.approvals.signals import approval_decided

    put_under(system, node("a", "boss"))
    submit(crew["anna"])
    with approval_decided.overheard() as told:
        say_yes(crew, "boss")
    assert [(event.outcome, event.record.entity) for event in told] == [("approved", "tests.claim")]
