"""Many answer at the same moment: every approver's voice counts once, and the run ends once."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from kernel.entities.database import Database
from kernel.entities.work import Actor, perform, unit_of_work
from kernel.errors import Refusal
from kernel.workflows.approvals import approve, my_tasks, reject, revoke
from kernel.workflows.models import ApprovalRun, ApprovalTask
from tests.kernel.workflows.claims import done, node, put_under, state_now, submit

PEOPLE = ("boss", "cfo", "cto", "dora")
CLIENTS = 32


def at_once(tries: list[tuple[str, Actor, int]], *, rejecting: bool = False) -> Counter[tuple[str, str]]:
    """Let all try at the same moment; gives how often each got through ("done") or by which code they were refused."""
    start = threading.Barrier(len(tries))

    def one(each: tuple[str, Actor, int]) -> tuple[str, str]:
        name, who, task = each
        start.wait()
        try:
            if rejecting and name == "cto":
                perform(who, lambda: reject([task], "no"), attempts=20)
            else:
                perform(who, lambda: approve([task]), attempts=20)
        except Refusal as refusal:
            return name, refusal.code
        return name, "done"

    with ThreadPoolExecutor(len(tries)) as pool:
        return Counter(pool.map(one, tries))


def tasks_of(crew: dict[str, Actor]) -> dict[str, int]:
    found = {}
    for name in PEOPLE:
        with unit_of_work(crew[name], reading=True):
            [task] = my_tasks()
            found[name] = task.id
    return found


def test_of_many_who_countersign_each_voice_counts_once_and_the_step_is_taken_once(
    crew: dict[str, Actor], system: Actor, database: Database
) -> None:
    clients = 8 if database.is_sqlite else CLIENTS  # SQLite has one writer: they stand in line
    put_under(system, node("a", *PEOPLE, mode="all"))
    claim = submit(crew["anna"])
    tasks = tasks_of(crew)
    found = at_once([(name, crew[name], tasks[name]) for name in PEOPLE] * (clients // len(PEOPLE)))
    assert {name: found[name, "done"] for name in PEOPLE} == dict.fromkeys(PEOPLE, 1)
    assert {code for _name, code in found} == {"done", "ALREADY_DECIDED"}
    assert (state_now(system, claim), done) == ("paid", ["Claim 500"])


def test_a_rejection_among_approvals_leaves_one_story(
    crew: dict[str, Actor], system: Actor, database: Database
) -> None:
    put_under(system, node("a", *PEOPLE, mode="any"))
    claim = submit(crew["anna"])
    tasks = tasks_of(crew)
    found = at_once([(name, crew[name], tasks[name]) for name in PEOPLE], rejecting=True)
    assert sum(count for (_name, what), count in found.items() if what == "done") == 1
    with unit_of_work(system, reading=True) as opened:
        outcome = opened.scalars(select(ApprovalRun.outcome)).one()
        assert Counter(opened.scalars(select(ApprovalTask.outcome))) == {outcome: 1, "skipped": 3}
    assert state_now(system, claim) == ("paid" if outcome == "approved" else "draft")


def test_revoking_while_another_approves_has_one_winner(
    crew: dict[str, Actor], system: Actor, database: Database
) -> None:
    put_under(system, node("a", "boss"))
    claim = submit(crew["anna"])
    with unit_of_work(crew["boss"], reading=True):
        task, run = my_tasks()[0].id, my_tasks()[0].run_id
    start = threading.Barrier(2)

    def try_it(who: Actor, approving: bool) -> str:
        start.wait()
        try:
            perform(who, (lambda: approve([task])) if approving else (lambda: revoke(run)), attempts=20)
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(try_it, crew["boss"], True)
        second = pool.submit(try_it, crew["anna"], False)
        assert sorted([first.result(), second.result()]) == ["ALREADY_DECIDED", "done"]
    assert state_now(system, claim) == ("paid" if first.result() == "done" else "draft")
