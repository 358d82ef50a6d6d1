"""People are told of what they follow and of what waits for them: once, as they want it, as far as they may read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

import kernel.notices.listeners
from kernel.discussion import services
from kernel.discussion.activities.services import follow_up
from kernel.discussion.following import (
    Following,
    change_following,
    follow,
    followers_of,
    following_of,
    follows,
    unfollow,
)
from kernel.discussion.models import FollowUp
from kernel.entities.work import Actor, as_system, in_sibling, session, unit_of_work
from kernel.errors import Invalid, NotFound, UsageError
from kernel.exchange import records
from kernel.files import FileStore, set_files
from kernel.identity.models import User
from kernel.notices.attention import attention
from kernel.notices.choices import Wanted, change_wanted, wanted_of
from kernel.notices.declare import declared_kinds, kind_named, notification
from kernel.notices.jobs import forget_old_notifications, tell_of_follow_ups
from kernel.notices.models import Notification
from kernel.notices.reading import my_notifications
from kernel.notices.services import Notice, notify, on_told, see_about_record, see_all
from kernel.permissions.declare import grant
from kernel.workflows.machine import workflow_of
from tests.conftest import MakeUser
from tests.kernel.web.garage import Repair, Rider

assert kernel.notices.listeners.tell_followers  # an installation loads the listeners by their files

RIGHTS = (grant("tests.rider", "read"), grant("tests.repair", "read create change comment agree", scope="company"))
patched = notification("tests.patched", label="A tube was patched", says="has {count} new patches")


@pytest.fixture(autouse=True)
def store(tmp_path: Path) -> Iterator[None]:
    set_files(FileStore(tmp_path / "files", 1000))
    yield
    set_files(None)


@pytest.fixture
def anna(make_user: MakeUser) -> Actor:
    return make_user("anna", *RIGHTS)


@pytest.fixture
def ben(make_user: MakeUser) -> Actor:
    return make_user("ben", *RIGHTS)


Make = Callable[..., int]


@pytest.fixture
def repair_of(system: Actor) -> Make:
    """Make a repair as somebody."""

    def make(who: Actor, **values: object) -> int:
        with unit_of_work(system):
            rider = records.create(Rider, [{"name": "Ada"}])[0].id
        with unit_of_work(who):
            return records.create(Repair, [{"rider": rider, "parts": [{"what": "Tube", "price": "9"}], **values}])[0].id

    return make


def told(who: Actor) -> list[tuple[str, str, str]]:
    with unit_of_work(who, reading=True):
        return [(each.kind.name.partition(".")[2], each.title, each.says) for each in my_notifications()[0]]


def say(who: Actor, id_: int, text: str) -> int:
    with unit_of_work(who):
        return services.comment(services.open_record(Repair, id_), text)


def step(who: Actor, ids: list[int], action: str = "agree") -> None:
    workflow = workflow_of(Repair)
    assert workflow
    with unit_of_work(who):
        workflow.run(action, [session().get_one(Repair, id_) for id_ in ids])


def follower_ids(who: Actor, id_: int) -> set[int]:
    with unit_of_work(who, reading=True):
        return followers_of(Repair, [id_]).get(id_, set())


def test_whoever_is_called_is_told_and_the_other_followers_of_the_comment(
    anna: Actor, ben: Actor, make_user: MakeUser, repair_of: Make
) -> None:
    carl = make_user("carl", *RIGHTS)
    id_ = repair_of(anna)
    say(carl, id_, "The tube is gone. @Ben please look")
    assert told(ben) == [("mentioned", "R-0001", "The tube is gone. @Ben please look")]
    assert told(anna) == [("commented_on", "R-0001", "The tube is gone. @Ben please look")]
    assert told(carl) == []
    assert follower_ids(anna, id_) == {anna.user_id, ben.user_id, carl.user_id}


def test_a_comment_that_was_changed_tells_whoever_is_newly_called_and_one_taken_back_tells_nobody(
    anna: Actor, ben: Actor, repair_of: Make
) -> None:
    comment = say(anna, repair_of(anna), "look")
    assert told(ben) == []
    with unit_of_work(anna):
        services.edit_comment(comment, "look, @Ben")
    assert told(ben) == [("mentioned", "R-0001", "look, @Ben")]
    with unit_of_work(anna):
        services.delete_comment(comment)
    assert told(ben) == []
    with unit_of_work(ben, reading=True):
        assert attention().news == 0


def test_who_makes_and_who_owns_a_record_follows_it_until_they_say_not(
    anna: Actor, ben: Actor, repair_of: Make
) -> None:
    id_ = repair_of(anna, mechanic=ben.user_id)
    assert follower_ids(anna, id_) == {anna.user_id, ben.user_id}
    with unit_of_work(ben):
        unfollow(session().get_one(Repair, id_))
        assert not follows(Repair, id_)
    assert follower_ids(anna, id_) == {anna.user_id}
    say(anna, id_, "@Ben once more")
    assert follower_ids(anna, id_) == {anna.user_id}, "who said no stays out"
    with unit_of_work(ben):
        follow(session().get_one(Repair, id_))
        assert follows(Repair, id_)


def test_what_makes_one_follow_is_ones_own_choice(anna: Actor, ben: Actor, repair_of: Make) -> None:
    with unit_of_work(ben):
        change_following(Following(made=False, owned=False, called=False, commented=True))
        change_following(Following(made=False, owned=False, called=False, commented=True))
    with unit_of_work(ben, reading=True):
        assert ben.user_id
        assert not following_of(ben.user_id).made
    id_ = repair_of(ben, mechanic=ben.user_id)
    say(anna, id_, "@Ben hello")
    assert follower_ids(anna, id_) == {anna.user_id}
    say(ben, id_, "hello")
    assert follower_ids(anna, id_) == {anna.user_id, ben.user_id}


def test_nobody_follows_what_they_may_not_read(anna: Actor, make_user: MakeUser, repair_of: Make) -> None:
    stranger = make_user("stranger")
    id_ = repair_of(anna)
    with unit_of_work(stranger), as_system("find it for them") as opened, pytest.raises(NotFound):
        record = opened.get_one(Repair, id_)
        with in_sibling(stranger):
            follow(record)


def test_followers_are_told_the_new_state_and_who_made_the_step_is_not(
    anna: Actor, ben: Actor, repair_of: Make
) -> None:
    id_ = repair_of(anna)
    with unit_of_work(ben):
        follow(session().get_one(Repair, id_))
    step(ben, [id_])
    assert told(anna) == [("state_changed", "R-0001", "is now “Agreed”")]
    assert told(ben) == []


def test_many_records_at_once_are_one_sentence_and_a_few_statements(
    anna: Actor, ben: Actor, repair_of: Make, count_statements: Callable[[], Any]
) -> None:
    ids = [repair_of(anna) for _ in range(8)]
    step(ben, ids)
    assert told(anna) == [("state_changed", "Repairs", "8 of them are now “Agreed”")]
    few, many = [repair_of(anna)], [repair_of(anna) for _ in range(6)]
    counts = []
    for some in (few, many):
        with count_statements() as counter:
            step(ben, some)
        counts.append(sum("kernel_follower" in each or "kernel_notification" in each for each in counter.statements))
    assert counts[0] == counts[1] == 3


def test_what_is_rolled_back_tells_nobody(anna: Actor, ben: Actor, repair_of: Make) -> None:
    id_ = repair_of(anna)
    workflow = workflow_of(Repair)
    assert workflow
    with pytest.raises(ZeroDivisionError), unit_of_work(ben):
        workflow.run("agree", [session().get_one(Repair, id_)])
        services.comment(session().get_one(Repair, id_), "done")
        raise ZeroDivisionError
    with unit_of_work(ben):
        nested = session().begin_nested()
        workflow.run("agree", [session().get_one(Repair, id_)])
        nested.rollback()
    assert told(anna) == []


def test_what_one_lost_the_right_to_read_is_neither_shown_nor_counted(
    anna: Actor, make_user: MakeUser, repair_of: Make, system: Actor
) -> None:
    dora = make_user("dora", grant("tests.repair", "read", scope="own"))
    id_ = repair_of(anna, mechanic=dora.user_id)
    say(anna, id_, "yours")
    assert [kind for kind, _title, _says in told(dora)] == ["commented_on"]
    with unit_of_work(system):
        session().get_one(Repair, id_).mechanic_id = anna.user_id
    assert told(dora) == []
    with unit_of_work(dora, reading=True):
        assert attention().news == 0


def test_a_kind_is_told_as_each_person_wants_it(
    anna: Actor, ben: Actor, repair_of: Make, system: Actor
) -> None:
    id_ = repair_of(anna)
    with unit_of_work(anna):
        change_wanted({"kernel.commented_on": Wanted(in_app=False, mail="daily")})
    say(ben, id_, "one")
    assert told(anna) == []
    with unit_of_work(system, reading=True) as opened:
        rows = opened.execute(select(Notification.in_app, Notification.mail)).all()
        assert [tuple(row) for row in rows] == [(False, "daily")]
    with unit_of_work(anna, reading=True):
        assert anna.user_id
        assert wanted_of(anna.user_id)["kernel.commented_on"] == Wanted(in_app=False, mail="daily")
    with unit_of_work(anna):
        change_wanted({"kernel.commented_on": Wanted(in_app=False, mail="")})
    say(ben, id_, "two")
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalar(select(func.count()).select_from(Notification)) == 1
    with unit_of_work(anna), pytest.raises(Invalid):
        change_wanted({"kernel.commented_on": Wanted(in_app=True, mail="hourly")})


def test_a_plugin_declares_a_kind_and_tells_many_at_once(
    anna: Actor, ben: Actor, repair_of: Make, system: Actor, count_statements: Callable[[], Any]
) -> None:
    ids = [repair_of(anna) for _ in range(30)]
    with unit_of_work(system):
        found = [session().get_one(Repair, id_) for id_ in ids]
        with count_statements() as counter:
            count = notify(patched, [
                Notice([anna.user_id, ben.user_id], each, {"count": at}) for at, each in enumerate(found)])
        assert count == 60
        assert len(counter.statements) == 2
    assert told(ben)[0] == ("patched", "R-0030", "has 29 new patches")
    assert kind_named("tests.patched") is declared_kinds()["tests.patched"]
    with unit_of_work(system, reading=True), pytest.raises(UsageError):
        notify(patched, [Notice([anna.user_id])])


def test_a_kind_has_a_full_name_and_one_declaration() -> None:
    with pytest.raises(UsageError):
        notification("patched", label="x", says="x")
    with pytest.raises(UsageError):
        notification("tests.patched", label="x", says="another")
    with pytest.raises(UsageError):
        kind_named("tests.unknown")


def test_nobody_is_told_who_may_not_sign_in(anna: Actor, ben: Actor, repair_of: Make, system: Actor) -> None:
    with unit_of_work(system) as opened:
        opened.execute(update(User).where(User.id == ben.user_id).values(active=False))
        assert notify(patched, [Notice([ben.user_id], None, {"count": 1})]) == 0


def test_the_bell_rings_after_the_commit_for_whom_it_concerns(anna: Actor, ben: Actor, repair_of: Make) -> None:
    id_ = repair_of(anna)
    rung: list[set[int]] = []
    silence = on_told(lambda people: rung.append(set(people)))
    try:
        say(ben, id_, "hello")
        assert rung == [{anna.user_id}]
        with unit_of_work(anna):
            see_about_record(Repair, id_)
        assert rung[1:] == [{anna.user_id}]
        with unit_of_work(anna):
            see_all()
        assert len(rung) == 2, "there was nothing left to see"
    finally:
        silence()
    with unit_of_work(anna, reading=True):
        assert attention().news == 0


def test_a_follow_up_is_told_once_when_its_day_has_come(anna: Actor, repair_of: Make, system: Actor) -> None:
    id_ = repair_of(anna)
    with unit_of_work(anna):
        record = session().get_one(Repair, id_)
        follow_up(record, session().today, "Call the rider")
        follow_up(record, session().today + dt.timedelta(days=3), "Later")
    for _ in range(2):
        with unit_of_work(system):
            tell_of_follow_ups()
    assert told(anna) == [("follow_up_due", "R-0001", "Call the rider")]
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalars(select(FollowUp.told_at.is_not(None)).order_by(FollowUp.id)).all() == [True, False]


def test_old_notifications_are_forgotten_and_those_of_a_deleted_record_go_with_it(
    anna: Actor, ben: Actor, repair_of: Make, system: Actor
) -> None:
    first, second = repair_of(anna), repair_of(anna)
    step(ben, [first])
    step(ben, [second])
    with unit_of_work(system) as opened:
        opened.execute(update(Notification).where(Notification.record_id == first).values(
            at=opened.now - dt.timedelta(days=200)))
        forget_old_notifications()
    assert [title for _kind, title, _says in told(anna)] == ["R-0002"]
    with unit_of_work(system) as opened:
        opened.delete(opened.get_one(Repair, second))
        opened.flush()
        assert opened.scalar(select(func.count()).select_from(Notification)) == 0


def test_older_notifications_come_page_by_page(anna: Actor, system: Actor) -> None:
    with unit_of_work(system):
        notify(patched, [Notice([anna.user_id], None, {"count": at}) for at in range(5)])
    with unit_of_work(anna, reading=True):
        first, more = my_notifications(limit=3)
        second, end = my_notifications(more, limit=3)
        assert [each.row.facts["count"] for each in (*first, *second)] == [4, 3, 2, 1, 0]
        assert end is None
