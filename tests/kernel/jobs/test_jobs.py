"""Jobs: put by in the transaction that wants them, done once, again where they failed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update

from kernel.entities.work import Actor, actor, current_work, session, unit_of_work
from kernel.errors import Forbidden, UsageError
from kernel.hooks.participation import switch_off, switch_on
from kernel.jobs import declare
from kernel.jobs.declare import enqueue, every, job
from kernel.jobs.doing import run_jobs, start_regular_jobs, work_off
from kernel.jobs.keeping import dead_jobs, redo
from kernel.jobs.models import Schedule, WaitingJob
from kernel.permissions.declare import grant
from tests.kernel.hooks.shop import ShopHold, hold_goods, listening, place


@dataclass(frozen=True)
class Letter:
    to: str
    on: dt.date


@job("tests.write")
def write(names: tuple[str, ...], price: Decimal = Decimal(0), letter: Letter | None = None) -> None:
    session().add_all(ShopHold(name=f"{name} {price} {letter.on.year if letter else ''}".strip()) for name in names)


def holds(system: Actor) -> list[str]:
    with unit_of_work(system, reading=True) as reading:
        return list(reading.scalars(select(ShopHold.name).order_by(ShopHold.id)))


def waiting(system: Actor) -> int:
    with unit_of_work(system, reading=True) as reading:
        return reading.scalar(select(func.count(WaitingJob.id))) or 0


@contextmanager
def declared(name: str) -> Iterator[None]:
    """Take a job's declaration back at the end of a block."""
    try:
        yield
    finally:
        del declare._jobs[name]


def pass_time(system: Actor, **span: int) -> None:
    with unit_of_work(system) as work:
        earlier = dt.timedelta(**span)
        connection = work.work.connection
        for key, due in (
            (WaitingJob.id, WaitingJob.due_at), (Schedule.name, Schedule.due_at),
        ):
            for row in connection.execute(select(key.label("key"), due.label("due_at"))).all():
                connection.execute(update(key.class_).where(key == row.key).values(due_at=row.due_at - earlier))


def test_a_job_is_done_after_the_commit_and_once(system: Actor) -> None:
    with unit_of_work(system):
        enqueue(write, ("one", "two"), price=Decimal("1.5"), letter=Letter("Ann", dt.date(2024, 2, 29)))
    assert holds(system) == []
    assert run_jobs() == 1
    assert run_jobs() == 0
    assert holds(system) == ["one 1.5 2024", "two 1.5 2024"]
    assert waiting(system) == 0


def test_a_job_of_work_that_rolled_back_is_never_done(system: Actor) -> None:
    with pytest.raises(ZeroDivisionError), unit_of_work(system):
        enqueue(write, ("one",))
        _ = 1 / 0
    assert run_jobs() == 0


def test_a_job_has_the_rights_of_whoever_wanted_it(system: Actor, make_user: Callable[..., Actor]) -> None:
    seen: list[tuple[Actor, str | None]] = []

    @job("tests.look")
    def look() -> None:
        seen.append((actor(), current_work().request_id))

    anna, bob = make_user("anna"), make_user("bob", grant("tests.shop_hold", "create"))
    with declared("tests.look"):
        with unit_of_work(anna, request_id="r-9"):
            enqueue(write, ("by anna",))
            enqueue(look)
        with unit_of_work(bob):
            enqueue(write, ("by bob",))
        run_jobs()
    assert holds(system) == ["by bob 0"]
    (who, request), = seen
    assert (who, request) == (anna, "r-9")
    with unit_of_work(system, reading=True) as reading:
        refused = reading.scalars(select(WaitingJob.error)).one()
        assert refused == "Forbidden: You may not create holds: none of your roles grants it"


def test_a_job_that_keeps_failing_is_kept_until_somebody_has_it_done_again(
    system: Actor, make_user: Callable[..., Actor]
) -> None:
    broken = True

    @job("tests.fail", retries=2)
    def fail() -> None:
        session().add(ShopHold(name="half done"))
        session().flush()
        if broken:
            raise ValueError("printer on fire")

    with declared("tests.fail"):
        with unit_of_work(system):
            enqueue(fail)
        for _ in range(5):
            assert run_jobs() == 0
            pass_time(system, hours=1)
        assert holds(system) == []
        with unit_of_work(make_user("anna"), reading=True), pytest.raises(Forbidden):
            dead_jobs()
        with unit_of_work(system):
            dead, = dead_jobs()
            assert (dead.name, dead.attempts, dead.error) == ("tests.fail", 3, "ValueError: printer on fire")
            assert redo([dead.id]) == 1
        broken = False
        assert run_jobs() == 1
    assert holds(system) == ["half done"]


def test_a_failed_job_waits_before_it_is_tried_again(system: Actor) -> None:
    @job("tests.fail")
    def fail() -> None:
        raise ValueError("not now")

    with declared("tests.fail"):
        with unit_of_work(system):
            enqueue(fail)
        due = work_off()
    assert due is not None
    assert 5 < (due - dt.datetime.now(dt.UTC)).total_seconds() <= 10


def test_a_regular_job_is_done_once_per_interval(system: Actor) -> None:
    @every(minutes=5)
    def count_stock() -> None:
        assert actor().system
        session().add(ShopHold(name="counted", company_id=system.company_id))

    with declared("tests.count_stock"):
        work_off()
        work_off()
        assert len(holds(system)) == 1
        pass_time(system, minutes=4)
        work_off()
        assert len(holds(system)) == 1
        for _hour in range(2):  # the second time it still waits
            pass_time(system, minutes=60)
            start_regular_jobs()
            with unit_of_work(system, reading=True) as opened:
                assert list(opened.scalars(
                    select(WaitingJob.name).where(WaitingJob.name == "tests.count_stock"))) == ["tests.count_stock"]
        work_off()
        assert len(holds(system)) == 2


def test_a_job_of_a_plugin_that_is_switched_off_waits(system: Actor) -> None:
    with unit_of_work(system):
        enqueue(write, ("one",))
    switch_off("tests")
    try:
        assert run_jobs() == 0
    finally:
        switch_on("tests")
    assert run_jobs() == 1


def test_what_a_job_tells_reaches_later_listeners_in_the_same_round(
    system: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(declare, "_jobs", {})  # another test of the process may have declared regular ones
    @job("tests.order")
    def order() -> None:
        place("one")

    with declared("tests.order"), listening("tests.order_placed", hold_goods, later=True):
        with unit_of_work(system):
            enqueue(order)
        assert work_off() is None
    assert len(holds(system)) == 1


def test_jobs_take_plain_facts_only(system: Actor) -> None:
    def odd(price: float) -> None:
        """Do."""

    with pytest.raises(UsageError, match=r"tests\.odd\(price\): a payload holds .* not float"):
        job("tests.odd")(odd)
    with pytest.raises(UsageError, match="every minute at most"):
        every(minutes=0)
    with pytest.raises(TypeError), unit_of_work(system):
        enqueue(write, wrong=1)  # type: ignore[call-arg]  # what the test is about
    with pytest.raises(UsageError, match="reading"), unit_of_work(system, reading=True):
        enqueue(write, ("one",))
