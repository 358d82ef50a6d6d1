"""Activities: planned by type, done with a result that is said of the record, followed by the next, or by a plan."""

from __future__ import annotations

import datetime as dt

import pytest

from kernel.discussion import first_records, services
from kernel.discussion.activities.models import ActivityPlan, ActivityStep, ActivityType
from kernel.discussion.activities.reading import CONDITION, activity_types, standings_of
from kernel.discussion.activities.services import Next, cancel_follow_up, finish_follow_up, follow_up, start_plan
from kernel.discussion.reading import comments_of, follow_ups_of, my_activities_between, my_follow_ups
from kernel.entities.work import Actor, unit_of_work
from kernel.errors import Forbidden, Invalid, NotFound, Refusal
from kernel.exchange.listing import Query
from kernel.i18n import use_locale
from kernel.notices.attention import attention
from kernel.permissions.declare import grant
from tests.conftest import MakeUser
from tests.kernel.web.garage import Repair, Rider


@pytest.fixture
def kinds(system: Actor) -> dict[str, int]:
    """The types of activities of every installation, by name."""
    with unit_of_work(system):
        first_records.make()
    with unit_of_work(system, reading=True):
        return {each.label: each.id for each in activity_types()}


@pytest.fixture
def anna(make_user: MakeUser) -> Actor:
    return make_user("anna", grant("tests.repair", "read create change"), grant("tests.rider", "read"))


@pytest.fixture
def ben(make_user: MakeUser) -> Actor:
    return make_user("ben", grant("tests.repair", "read"), grant("tests.rider", "read"))


@pytest.fixture
def carl(make_user: MakeUser) -> Actor:
    return make_user("carl", grant("tests.rider", "read"))


@pytest.fixture
def repair(system: Actor, anna: Actor) -> int:
    with unit_of_work(system) as opened:
        opened.add(rider := Rider(name="Ada"))
        opened.flush()
        opened.add(made := Repair(rider_id=rider.id, mechanic_id=anna.user_id))
        opened.flush()
        return made.id


def there(id_: int) -> Repair:
    record = services.open_record(Repair, id_)
    assert isinstance(record, Repair)
    return record


def test_every_installation_has_the_usual_types_in_the_reader_s_language(system: Actor, kinds: dict[str, int]) -> None:
    assert list(kinds) == ["Call", "Meeting", "E-mail", "To-do", "Visit"]
    with unit_of_work(system, reading=True), use_locale("zh_Hant"):
        assert activity_types()[0].label == "電話"


def test_a_type_brings_its_days_and_its_text(system: Actor, anna: Actor, repair: int, kinds: dict[str, int]) -> None:
    with unit_of_work(system) as opened:
        opened.get_one(ActivityType, kinds["Visit"]).note = "See the workshop"
    with unit_of_work(anna) as opened:
        follow_up(there(repair), None, kind_id=kinds["Visit"])
        follow_up(there(repair), opened.today, "Ask first", kind_id=kinds["Call"])
        first, second = follow_ups_of(Repair, repair)
        assert (first.note, first.due_on, first.kind_id) == ("Ask first", opened.today, kinds["Call"])
        assert (second.note, second.due_on) == ("See the workshop", opened.today + dt.timedelta(days=7))


def test_what_came_of_it_is_said_of_the_record_and_the_next_is_planned_in_the_same_step(
    anna: Actor, ben: Actor, repair: int, kinds: dict[str, int]
) -> None:
    with unit_of_work(anna) as opened:
        id_ = follow_up(there(repair), opened.today, "About the brake", ben.user_id, kinds["Visit"])
    with unit_of_work(ben) as opened:
        assert attention().follow_ups == 1
        following = finish_follow_up(id_, "Needs a new cable", Next(kinds["Call"]))
    with unit_of_work(ben) as opened:
        assert attention().follow_ups == 0
        [each] = follow_ups_of(Repair, repair)
        assert (each.id, each.user_id, each.kind_id) == (following, ben.user_id, kinds["Call"])
        assert each.due_on == opened.today + dt.timedelta(days=1)
        [said] = comments_of(Repair, repair)
        assert (said.text, said.user_id) == ("Visit done: About the brake\nNeeds a new cable", ben.user_id)
        assert finish_follow_up(id_, "Again", Next(kinds["Call"])) is None
        assert (len(comments_of(Repair, repair)), len(follow_ups_of(Repair, repair))) == (1, 1)


def test_what_is_called_off_is_said_of_nothing_and_only_who_may_ends_it(
    anna: Actor, ben: Actor, carl: Actor, make_user: MakeUser, repair: int, kinds: dict[str, int]
) -> None:
    dora = make_user("dora", grant("tests.repair", "read"), grant("tests.rider", "read"))
    with unit_of_work(anna) as opened:
        id_ = follow_up(there(repair), opened.today, user_id=ben.user_id, kind_id=kinds["Call"])
        with pytest.raises(Refusal, match="may not read"):
            follow_up(there(repair), opened.today, user_id=carl.user_id)
    for who, refused in ((carl, (NotFound, Forbidden)), (dora, (Forbidden,))):
        with unit_of_work(who), pytest.raises(refused):
            cancel_follow_up(id_)
    with unit_of_work(ben):
        cancel_follow_up(id_)
        assert (follow_ups_of(Repair, repair), comments_of(Repair, repair)) == ([], [])


def test_a_record_stands_as_the_first_of_its_activities_does(
    system: Actor, anna: Actor, ben: Actor, repair: int, kinds: dict[str, int]
) -> None:
    def found(who: Actor, value: str) -> int:
        with unit_of_work(who, reading=True):
            return len(Query(Repair, filter=[[CONDITION, "eq", value]]).page().rows)

    assert [found(anna, value) for value in ("none", "mine", "overdue", "today", "planned")] == [1, 0, 0, 0, 0]
    with unit_of_work(anna) as opened:
        follow_up(there(repair), opened.today + dt.timedelta(days=3), kind_id=kinds["Call"])
        assert standings_of(Repair, [repair])[repair].state == "planned"
        id_ = follow_up(there(repair), opened.today, user_id=ben.user_id)
        standing = standings_of(Repair, [repair])[repair]
        assert (standing.state, standing.count, standing.due_on) == ("today", 2, opened.today)
    assert [found(anna, value) for value in ("none", "mine", "overdue", "today", "planned")] == [0, 1, 0, 1, 1]
    assert found(ben, "mine") == 1
    with unit_of_work(system) as opened:
        opened.work.connection.exec_driver_sql(f"UPDATE kernel_follow_up SET due_on = '2020-01-01' WHERE id = {id_}")
        assert standings_of(Repair, [repair])[repair].state == "overdue"
    assert found(ben, "overdue") == 1
    with unit_of_work(ben, reading=True) as opened:
        assert [each.row.id for each in my_follow_ups()] == [id_]
        assert [each.row.id for each in my_activities_between(dt.date(2020, 1, 1), dt.date(2020, 1, 31))] == [id_]
        assert my_activities_between(opened.today, opened.today) == []
    for wrong in (["x"], "nonsense", None, 7):
        with unit_of_work(anna, reading=True), pytest.raises(Invalid):
            Query(Repair, filter=[[CONDITION, "eq", wrong]]).page()
    with unit_of_work(anna, reading=True), pytest.raises(Invalid):
        Query(Repair, filter=[[CONDITION, "ne", "mine"]]).page()


def test_a_plan_starts_all_its_activities_or_none(
    system: Actor, anna: Actor, ben: Actor, carl: Actor, repair: int, kinds: dict[str, int]
) -> None:
    def plan(name: str, user_id: int | None) -> int:
        with unit_of_work(system) as opened:
            made = ActivityPlan(name=name, steps=[
                ActivityStep(kind_id=kinds["Call"], days=0, note="Welcome"),
                ActivityStep(kind_id=kinds["Visit"], days=5, whom="owner"),
                ActivityStep(kind_id=kinds["To-do"], days=9, whom="user", user_id=user_id)])
            opened.add(made)
            opened.flush()
            return made.id

    onboarding, broken = plan("Onboarding", anna.user_id), plan("Broken", carl.user_id)
    with unit_of_work(ben) as opened:
        ids = start_plan(there(repair), onboarding)
        rows = {row.id: row for row in follow_ups_of(Repair, repair)}
        assert [(rows[id_].user_id, (rows[id_].due_on - opened.today).days, rows[id_].note) for id_ in ids] == [
            (ben.user_id, 0, "Welcome"), (anna.user_id, 5, ""), (anna.user_id, 9, "")]
    with pytest.raises(Refusal, match="may not read"), unit_of_work(ben):
        start_plan(there(repair), broken)
    with unit_of_work(ben):
        assert len(follow_ups_of(Repair, repair)) == 3
        with pytest.raises(Refusal, match="no such plan"):
            start_plan(there(repair), 1)
    with unit_of_work(carl), pytest.raises((NotFound, Forbidden)):
        start_plan(there(repair), onboarding)


@pytest.mark.parametrize("wrong", [{"days": -1}, {"days": 9999}])
def test_a_type_that_can_not_be_is_refused(system: Actor, wrong: dict[str, int]) -> None:
    with pytest.raises(Invalid), unit_of_work(system) as opened:
        opened.add(ActivityType(name="Odd", **wrong))


def test_a_plan_without_steps_or_without_its_person_is_refused(system: Actor, kinds: dict[str, int]) -> None:
    for steps in ([], [ActivityStep(kind_id=kinds["Call"], whom="user")]):
        with pytest.raises(Invalid), unit_of_work(system) as opened:
            opened.add(ActivityPlan(name="Odd", steps=steps))


def test_a_type_that_is_archived_stays_with_what_was_planned_and_is_not_offered(
    system: Actor, anna: Actor, repair: int, kinds: dict[str, int]
) -> None:
    with unit_of_work(anna) as opened:
        id_ = follow_up(there(repair), opened.today, kind_id=kinds["Call"])
    with unit_of_work(system) as opened:
        opened.get_one(ActivityType, kinds["Call"]).archived = True
    with unit_of_work(anna) as opened:
        assert "Call" not in [each.label for each in activity_types()]
        with pytest.raises(Refusal, match="no such type"):
            follow_up(there(repair), opened.today, kind_id=kinds["Call"])
        finish_follow_up(id_, "Reached")
        assert comments_of(Repair, repair)[0].text == "Call done\nReached"


def test_days_that_can_not_be_are_refused(anna: Actor, repair: int) -> None:
    with unit_of_work(anna) as opened:
        for day, said in ((None, "Choose the day"), (opened.today - dt.timedelta(days=1), "can't be past"),
                          (dt.date(9999, 12, 31), "too far")):
            with pytest.raises(Refusal, match=said):
                follow_up(there(repair), day)
        id_ = follow_up(there(repair), opened.today)
        with pytest.raises(Refusal, match="at most"):
            finish_follow_up(id_, "x" * 5001)
