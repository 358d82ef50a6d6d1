"""Listeners that hear after the commit: exactly once, again where they failed, kept where they keep failing."""

from __future__ import annotations

import datetime as dt
import signal as os_signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from kernel.entities.audit import AuditEntry
from kernel.entities.database import Database
from kernel.entities.work import Actor, actor, current_work, session, unit_of_work
from kernel.errors import Forbidden
from kernel.hooks.events import on_posted
from kernel.hooks.letters import dead_letters, replay
from kernel.hooks.models import Event, Outbox
from kernel.hooks.outbox import ATTEMPTS, deliver_outbox
from kernel.hooks.participation import switch_off, switch_on
from kernel.permissions.declare import grant
from tests.kernel.hooks.shop import Placed, ShopHold, hold_goods, listening, place

ROOT = Path(__file__).parents[3]


def waiting(system: Actor) -> Sequence[Outbox]:
    with unit_of_work(system, reading=True) as reading:
        found = reading.scalars(select(Outbox).order_by(Outbox.event_id)).all()
        reading.expunge_all()
        return found


def holds(system: Actor) -> list[str]:
    with unit_of_work(system, reading=True) as reading:
        return list(reading.scalars(select(ShopHold.name).order_by(ShopHold.id)))


def make_due(system: Actor) -> None:
    with unit_of_work(system) as work:
        work.work.connection.execute(update(Outbox).values(due_at=work.now - dt.timedelta(seconds=1)))


def test_a_later_listener_hears_after_the_commit_and_once(system: Actor) -> None:
    with listening("tests.order_placed", hold_goods, later=True):
        with unit_of_work(system):
            orders = place("one", "two")
        assert holds(system) == []
        assert deliver_outbox().delivered == 2
        assert deliver_outbox().delivered == 0
    assert holds(system) == [f"for {order.id}" for order in orders]
    assert waiting(system) == []


def test_what_rolled_back_is_never_delivered(system: Actor) -> None:
    with listening("tests.order_placed", hold_goods, later=True):
        with pytest.raises(ZeroDivisionError), unit_of_work(system):
            place("one")
            _ = 1 / 0
        assert deliver_outbox().delivered == 0


def test_a_later_listener_works_for_the_person_with_the_event_as_its_cause(
    make_user: Callable[..., Actor], system: Actor
) -> None:
    anna = make_user("anna", grant("tests.shop_order", "read create"))
    seen: list[tuple[Actor, Any, str | None]] = []

    def watch(events: Sequence[Placed]) -> None:
        hold_goods(events)
        seen.append((actor(), session().today, current_work().request_id))

    with listening("tests.order_placed", watch, later=True):
        with unit_of_work(anna, request_id="r-7"):
            place("one")
        deliver_outbox()
    (who, _, request), = seen
    assert (who.user_id, who.name, who.company_id, who.zone, who.plugin, who.system, request) == (
        anna.user_id, "Anna", anna.company_id, "Asia/Taipei", "tests", False, "r-7")
    with unit_of_work(system, reading=True) as reading:
        cause = reading.scalar(select(Event.id).where(Event.name == "tests.order_placed"))
        row = reading.scalars(select(AuditEntry).where(AuditEntry.entity == "tests.shop_hold")).one()
        assert (row.event_id, row.user_id, row.plugin) == (cause, anna.user_id, "tests")


def test_one_bad_event_does_not_hold_up_the_others(system: Actor) -> None:
    def picky(events: Sequence[Placed]) -> None:
        hold_goods(events)
        if any(event.order_id == bad for event in events):
            raise ValueError("this one I do not like")

    with listening("tests.order_placed", picky, later=True):
        with unit_of_work(system):
            orders = place("one", "two", "three")
        bad = orders[1].id
        outcome = deliver_outbox()
        assert (outcome.delivered, outcome.failed, outcome.died) == (2, 1, 0)
        assert holds(system) == [f"for {orders[0].id}", f"for {orders[2].id}"]
        left, = waiting(system)
        assert left.error == "ValueError: this one I do not like"
        assert left.attempts == 2
        assert outcome.next_due == left.due_at
        assert deliver_outbox().failed == 0  # not due yet
        bad = 0
        make_due(system)
        assert deliver_outbox().delivered == 1
    assert len(holds(system)) == 3


def test_what_keeps_failing_is_kept_until_somebody_replays_it(
    system: Actor, make_user: Callable[..., Actor]
) -> None:
    broken = True

    def fail(events: Sequence[Placed]) -> None:
        if broken:
            raise ValueError("no mail server")
        hold_goods(events)

    with listening("tests.order_placed", fail, later=True):
        with unit_of_work(system):
            order, = place("one")
        deaths = 0
        for _ in range(ATTEMPTS + 2):
            deaths += deliver_outbox().died
            make_due(system)
        assert deaths == 1
        with unit_of_work(make_user("anna"), reading=True), pytest.raises(Forbidden):
            dead_letters()
        with unit_of_work(system):
            letter, = dead_letters()
            assert (letter.event, letter.listener, letter.error) == (
                "tests.order_placed", "tests.fail", "ValueError: no mail server")
            assert replay([letter.id, 0]) == 1
        broken = False
        assert deliver_outbox().delivered == 1
    assert holds(system) == [f"for {order.id}"]


def test_a_plugin_that_is_switched_off_finds_its_post_when_it_returns(system: Actor) -> None:
    with listening("tests.order_placed", hold_goods, later=True):
        with unit_of_work(system):
            place("one")
        switch_off("tests")
        try:
            assert deliver_outbox().delivered == 0
        finally:
            switch_on("tests")
        assert deliver_outbox().delivered == 1


def test_the_worker_is_woken_once_after_the_commit(system: Actor) -> None:
    rung: list[bool] = []
    take_back = on_posted(lambda: rung.append(True))
    try:
        with listening("tests.order_placed", hold_goods, later=True), unit_of_work(system):
            place("one")
            place("two")
            assert rung == []
        assert rung == [True]
        with unit_of_work(system):
            place("three")
        assert rung == [True]
    finally:
        take_back()


def test_delivering_many_costs_as_many_statements_as_few(system: Actor, count_statements: Any) -> None:
    def cost(count: int) -> int:
        with unit_of_work(system):
            place(*(f"order {n}" for n in range(count)))
        with count_statements() as counter:
            assert deliver_outbox().delivered == count
        return len(counter)

    with listening("tests.order_placed", hold_goods, later=True):
        cost(1)
        few, many = cost(2), cost(150)
    assert many <= few + 2  # two more where a block of ids ran out


def test_several_workers_deliver_each_event_once(system: Actor, database: Database) -> None:
    with listening("tests.order_placed", hold_goods, later=True):
        with unit_of_work(system):
            orders = place(*(f"order {n}" for n in range(40)))
        workers = [threading.Thread(target=deliver_outbox, kwargs={"database": database}) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        deliver_outbox()
    assert sorted(holds(system)) == sorted(f"for {order.id}" for order in orders)


PROGRAM = """
__name__ = "tests.program"
import os, signal, sys, time
import kernel.permissions
from kernel.entities.database import Database
from kernel.entities.work import Actor, set_database, unit_of_work
from kernel.hooks.listeners import on
from kernel.hooks.outbox import deliver_outbox
from tests.kernel.hooks.shop import hold_goods, place

set_database(Database(sys.argv[1]))

@on("tests.order_placed", later=True, name="kill")
def dawdle(events):
    hold_goods(events)
    if sys.argv[2] == "dawdle":
        print("working", flush=True)
        time.sleep(60)

if sys.argv[2] == "tell":
    with unit_of_work(Actor(system=True, company_id=int(sys.argv[3]))):
        place("one")
    os.kill(os.getpid(), signal.SIGKILL)
print(deliver_outbox().delivered, flush=True)
"""


@pytest.mark.slow
def test_a_killed_process_leaves_its_work_to_the_next_one_exactly_once(database: Database, system: Actor) -> None:
    url = database.url.render_as_string(hide_password=False)

    def start(what: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, url, what, str(system.company_id)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True)

    teller = start("tell")
    assert teller.wait(30) == -os_signal.SIGKILL  # killed after its commit, before any delivery
    assert len(waiting(system)) == 1
    dawdler = start("dawdle")
    assert dawdler.stdout is not None
    assert dawdler.stdout.readline() == "working\n"
    dawdler.kill()  # killed in the middle of the delivery
    dawdler.wait(30)
    time.sleep(0.2)
    assert holds(system) == []
    for delivered in ("1", "0"):
        finisher = start("finish")
        assert finisher.communicate(timeout=30)[0].strip() == delivered
    assert len(holds(system)) == 1
    with unit_of_work(system, reading=True) as reading:
        assert reading.scalar(select(func.count(Outbox.id))) == 0
