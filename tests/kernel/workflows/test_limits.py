"""Time limits run on working hours, and do what the node says; who leaves is replaced."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, unit_of_work
from kernel.identity.models import Employee, User
from kernel.identity.workingtime import Holiday, WorkingHours, WorkingTime, time_of
from kernel.jobs.approvals.jobs import look_after_approvals
from kernel.jobs.doing import run_jobs
from kernel.jobs.models import WaitingJob
from kernel.permissions.declare import role
from kernel.permissions.roles import give_roles, sync_roles
from kernel.workflows.approvals import add_signer, approve, hand_over, my_tasks
from kernel.workflows.approvals.leaving import resolve_those_who_left
from kernel.workflows.approvals.limits import apply_limit, overdue_tasks
from kernel.workflows.approvals.timing import working_time
from kernel.workflows.models import ApprovalTask
from tests.kernel.workflows.claims import asked, history, node, put_under, state_now, submit, task_of

Crew = dict[str, Actor]
FRIDAY = dt.datetime(2026, 11, 27, 15, 0, tzinfo=dt.UTC)


def at(day: int, hour: int, month: int = 11) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, tzinfo=dt.UTC)


def test_hours_run_on_while_people_work_and_stand_still_at_night_and_at_weekends() -> None:
    usual = WorkingTime()
    assert usual.after(FRIDAY, 2) == at(27, 17)
    assert usual.after(FRIDAY, 3) == at(27, 18)
    assert usual.after(FRIDAY, 4) == at(30, 10)
    assert usual.after(at(28, 12), 1) == at(30, 10)


def test_a_break_a_holiday_and_a_made_up_day_count() -> None:
    week = dict.fromkeys(range(1, 6), ((540, 720), (780, 1080)))
    time = WorkingTime(week, {dt.date(2026, 11, 30): False, dt.date(2026, 11, 28): True})
    assert time.after(at(27, 11), 2) == at(27, 14)
    assert time.after(FRIDAY, 4) == at(28, 10), "Saturday is worked"
    assert time.after(at(28, 17), 2) == dt.datetime(2026, 12, 1, 10, tzinfo=dt.UTC), "Monday is off"


def test_the_companys_clocks_count() -> None:
    taipei = WorkingTime(zone="Asia/Taipei")
    assert taipei.after(at(27, 9), 2) == dt.datetime(2026, 11, 30, 2, tzinfo=dt.UTC), "17:00 there, then Monday 10:00"


def test_without_any_working_time_the_clock_counts() -> None:
    assert WorkingTime({}).after(FRIDAY, 3) == at(27, 18)


@pytest.mark.parametrize(("written", "minutes"), [
    ("09:00", 540), ("24:00", 1440), ("9:30", 570), ("24:01", None), ("9", None), ("ab:cd", None), ("12:60", None),
    ("", None), (None, None)])
def test_times_are_read(written: str | None, minutes: int | None) -> None:
    assert time_of(written) == minutes


def test_the_companys_hours_and_holidays_are_kept_as_data(system: Actor) -> None:
    with unit_of_work(system) as opened:
        opened.add_all([WorkingHours(weekday="1", starts="08:00", ends="12:00"),
                        Holiday(day=dt.date(2026, 11, 30), name="Founding day")])
    with unit_of_work(system, reading=True):
        time = working_time(system.company_id, FRIDAY.date())
        assert time.after(FRIDAY, 1) == dt.datetime(2026, 12, 7, 1, tzinfo=dt.UTC), "09:00 in Taipei"


def reach(system: Actor) -> None:
    """Let the time pass until what waits is due, and do what its limit says."""
    with unit_of_work(system) as opened:
        for task in opened.scalars(select(ApprovalTask).where(ApprovalTask.outcome == "waiting")):
            assert task.due_at is not None
            task.due_at = opened.now
    with unit_of_work(system):
        due = overdue_tasks()
        assert due
        for id_ in due:
            apply_limit(id_)


def limited(system: Actor, *stages: tuple[int, str], who: str = "boss") -> None:
    put_under(system, node("a", who, limits=[{"hours": hours, "then": then} for hours, then in stages]))


def test_who_is_late_is_reminded_and_then_it_is_passed_up(crew: Crew, system: Actor) -> None:
    limited(system, (8, "remind"), (4, "escalate"))
    claim = submit(crew["anna"])
    reach(system)
    with unit_of_work(system, reading=True) as opened:
        task = opened.scalars(select(ApprovalTask)).one()
        assert task.reminded_at is not None
        assert (task.stage, task.due_at is not None) == (1, True)
    reach(system)
    assert history(system) == [("a", "boss", "escalated"), ("a", "cfo", "waiting")]
    with unit_of_work(crew["cfo"]):
        approve([my_tasks()[0].id])
    assert state_now(system, claim) == "paid"


def test_passing_up_to_the_initiator_asks_an_administrator_instead(crew: Crew, system: Actor) -> None:
    with unit_of_work(system) as opened:
        sync_roles("kernel", [role("kernel.admin", "Administrator")])
        give_roles(opened.scalars(select(User).where(User.login == "dora")).all(), ["kernel.admin"])
        anna = opened.scalars(select(Employee).where(Employee.name == "Anna")).one()
        opened.add(Employee(number="9", name="Emil", user_id=crew["emil"].user_id, manager_id=anna.id))
    limited(system, (1, "escalate"), who="emil")
    submit(crew["anna"])
    reach(system)
    assert asked(system) == ["dora"]


@pytest.mark.parametrize(("then", "state"), [("pass", "paid"), ("reject", "draft")])
def test_a_limit_may_pass_or_reject_by_itself(crew: Crew, system: Actor, then: str, state: str) -> None:
    limited(system, (1, then))
    claim = submit(crew["anna"])
    reach(system)
    assert state_now(system, claim) == state
    with unit_of_work(system, reading=True) as opened:
        task = opened.scalars(select(ApprovalTask)).one()
        assert (task.automatic, task.comment) == (True, "The time limit was reached.")


def test_a_limit_reached_twice_or_after_the_answer_does_nothing(crew: Crew, system: Actor) -> None:
    limited(system, (1, "pass"))
    submit(crew["anna"])
    task = task_of(crew["boss"])
    with unit_of_work(crew["boss"]):
        approve([task], "fine")
    with unit_of_work(system) as opened:
        apply_limit(task)
        apply_limit(987654321)
        assert opened.get_one(ApprovalTask, task).comment == "fine"


def test_the_regular_job_finds_what_is_due_and_does_each_by_itself(crew: Crew, system: Actor) -> None:
    limited(system, (1, "pass"))
    claims = [submit(crew["anna"], amount) for amount in (100, 200)]
    with unit_of_work(system) as opened:
        first, _second = opened.scalars(select(ApprovalTask).order_by(ApprovalTask.id))
        first.due_at = opened.now
    with unit_of_work(system):
        look_after_approvals()
    with unit_of_work(system, reading=True) as opened:
        waiting = opened.work.connection.scalars(select(WaitingJob.name)).all()
    assert waiting.count("kernel.reach_limit") == 1, "the other task isn't due"
    assert run_jobs() >= len(waiting), "with it what mails tell of it, where they are loaded"
    assert [state_now(system, claim) for claim in claims] == ["paid", "submitted"]


def leave(system: Actor, who: Actor) -> None:
    with unit_of_work(system) as opened:
        opened.get_one(User, who.user_id).active = False


def test_what_waits_for_somebody_who_may_not_sign_in_any_more_is_asked_anew_at_once(
    crew: Crew, system: Actor
) -> None:
    with unit_of_work(system) as opened:
        sync_roles("tests", [role("tests.officer", "Officer")])
        give_roles(opened.scalars(select(User).where(User.login.in_(["dora"]))).all(), ["tests.officer"])
    put_under(system, node("a", {"by": "role", "value": "tests.officer"}, {"by": "manager"}, mode="all"))
    submit(crew["anna"])
    assert asked(system) == ["boss", "dora"]
    with unit_of_work(system) as opened:
        give_roles(opened.scalars(select(User).where(User.login == "emil")).all(), ["tests.officer"])
    leave(system, crew["dora"])
    assert asked(system) == ["boss", "emil"]
    leave(system, crew["boss"])
    assert asked(system) == ["cfo", "emil"], "the manager who left passes it further up"


def test_a_manager_who_is_moved_is_no_longer_asked(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", {"by": "manager"}))
    submit(crew["anna"])
    with unit_of_work(system) as opened:
        boss = opened.scalars(select(Employee).where(Employee.name == "Boss")).one()
        boss.user_id = None
    assert asked(system) == ["cfo"]


def test_somebody_who_is_moved_has_their_documents_decided_by_the_new_manager(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", {"by": "manager"}), node("b", "emil"))
    submit(crew["anna"])
    with unit_of_work(system) as opened:
        new = Employee(number="8", name="Dora", user_id=crew["dora"].user_id)
        opened.add(new)
        opened.flush()
        opened.scalars(select(Employee).where(Employee.name == "Anna")).one().manager_id = new.id
    assert history(system) == [("a", "boss", "replaced"), ("a", "dora", "waiting")]


def test_an_employee_whose_last_day_is_over_is_replaced_by_the_regular_job(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", {"by": "manager"}))
    submit(crew["anna"])
    with unit_of_work(system) as opened:
        boss = opened.scalars(select(Employee).where(Employee.name == "Boss")).one()
        boss.left_on = opened.today
    assert asked(system) == ["boss"], "the last day is not over"
    with unit_of_work(system) as opened:
        opened.execute(Employee.__table__.update().where(Employee.__table__.c.name == "Boss").values(
            left_on=opened.today - dt.timedelta(days=1)))
    with unit_of_work(system):
        assert resolve_those_who_left() == 1
    assert asked(system) == ["cfo"]


def test_what_was_handed_over_to_somebody_who_leaves_goes_to_their_manager(crew: Crew, system: Actor) -> None:
    put_under(system, node("a", "emil"))
    submit(crew["anna"])
    boss = crew["boss"].user_id
    assert boss is not None
    with unit_of_work(crew["emil"]):
        hand_over(my_tasks()[0].id, boss)
    leave(system, crew["boss"])
    assert asked(system) == ["cfo"]


def test_somebody_added_before_who_leaves_gives_the_task_back_through_their_successor(
    crew: Crew, system: Actor
) -> None:
    put_under(system, node("a", "emil"))
    claim = submit(crew["anna"])
    boss = crew["boss"].user_id
    assert boss is not None
    with unit_of_work(crew["emil"]):
        add_signer(my_tasks()[0].id, boss, "before")
    leave(system, crew["boss"])
    assert asked(system) == ["cfo"]
    for name in ("cfo", "emil"):
        with unit_of_work(crew[name]):
            approve([my_tasks()[0].id])
    assert state_now(system, claim) == "paid"
