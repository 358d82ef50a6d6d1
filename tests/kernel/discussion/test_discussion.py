"""Comments, mentions, files, follow-ups and stars have the rights of their record and go with it."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from kernel.discussion import checks, services
from kernel.discussion.activities import services as activities
from kernel.discussion.jobs import remove_orphaned_files
from kernel.discussion.mentions import candidates
from kernel.discussion.models import ABOUT_RECORDS, Attachment, Mention
from kernel.discussion.reading import (
    attachments_of,
    comments_of,
    follow_ups_of,
    my_follow_ups,
    my_mentions,
)
from kernel.discussion.signals import attached, commented
from kernel.entities.work import Actor, session, unit_of_work
from kernel.errors import Forbidden, NotFound, Refusal
from kernel.exchange import records
from kernel.files import FileStore, set_files
from kernel.identity.models import User
from kernel.notices.attention import attention
from kernel.permissions.actors import as_plugin
from kernel.permissions.declare import GrantDeclaration, grant
from kernel.permissions.models import Role
from tests.conftest import MakeUser
from tests.kernel.exchange.studio import Commission, Patron

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
READER = (grant("tests.patron", "read"), grant("tests.commission", "read create change", scope="own"))


@pytest.fixture(autouse=True)
def store(tmp_path: Path) -> Iterator[FileStore]:
    made = FileStore(tmp_path / "files", 1000)
    set_files(made)
    yield made
    set_files(None)


@pytest.fixture
def anna(make_user: MakeUser) -> Actor:
    return make_user("anna", *READER, grant("tests.patron", "change"))


@pytest.fixture
def ben(make_user: MakeUser) -> Actor:
    return make_user("ben", *READER)


@pytest.fixture
def ada(system: Actor) -> int:
    with unit_of_work(system):
        return records.create(Patron, [{"code": "A", "name": "Ada"}])[0].id


def say(who: Actor, id_: int, text: str) -> int:
    with unit_of_work(who):
        return services.comment(services.open_record(Patron, id_), text)


def put(who: Actor, id_: int, name: str, content: bytes) -> int:
    with unit_of_work(who):
        return services.attach(services.open_record(Patron, id_), name, io.BytesIO(content))


def said(who: Actor, id_: int) -> list[Any]:
    with unit_of_work(who, reading=True):
        return list(comments_of(Patron, id_))


def waiting(who: Actor) -> tuple[int, int]:
    with unit_of_work(who, reading=True):
        return attention().mentions, attention().follow_ups


def test_a_mention_stands_in_the_inbox_until_it_was_seen(anna: Actor, ben: Actor, ada: int) -> None:
    with commented.overheard() as told:
        id_ = say(anna, ada, "  @Ben, please look.\r\nThanks  ")
    assert [(event.comment_id, event.mentioned) for event in told] == [(id_, (ben.user_id,))]
    [comment] = said(ben, ada)
    assert (comment.text, comment.mentioned, comment.who, comment.calls_me) == (
        "@Ben, please look.\nThanks", ["Ben"], "Anna", True)
    assert waiting(ben) == (1, 0)
    assert waiting(anna) == (0, 0)
    with unit_of_work(ben, reading=True):
        assert [each.title for each in my_mentions()] == ["Ada"]
    with unit_of_work(ben):
        services.see_mentions([id_])
    assert waiting(ben) == (0, 0)


@pytest.mark.parametrize(("text", "called"), [
    ("ben@Ben.example", []), ("@Bens", []), ("@ben", ["ben"]), ("(@Ben)", ["Ben"]), ("請@Ben看", ["Ben"]),
    ("@@Ben", ["Ben"]),
])
def test_only_a_name_after_an_at_calls(anna: Actor, ben: Actor, ada: int, text: str, called: list[str]) -> None:
    say(anna, ada, text)
    assert said(anna, ada)[0].mentioned == called


def test_who_may_not_read_the_record_can_not_be_called(
    anna: Actor, ada: int, make_user: MakeUser
) -> None:
    make_user("carl", grant("tests.commission", "read"))
    with pytest.raises(Refusal, match="Carl may not read this record") as caught:
        say(anna, ada, "@Carl?")
    assert caught.value.fix
    assert said(anna, ada) == []
    with unit_of_work(anna, reading=True):
        assert [each.name for each in candidates(Patron, ada, "")] == ["Anna"]


def test_two_people_of_one_name_are_told_apart_by_their_user_names(
    anna: Actor, ada: int, make_user: MakeUser, system: Actor
) -> None:
    twins = [make_user(login, *READER) for login in ("wei1", "wei2")]
    with unit_of_work(system) as opened:
        for twin in twins:
            opened.get_one(User, twin.user_id).name = "Chen Wei"
    with pytest.raises(Refusal, match="2 people are called Chen Wei"):
        say(anna, ada, "@Chen Wei")
    with unit_of_work(anna, reading=True):
        assert {each.written for each in candidates(Patron, ada, "chen")} == {"wei1", "wei2"}
    say(anna, ada, "@wei2 it is you")
    assert [waiting(twin)[0] for twin in twins] == [0, 1]


def test_a_row_scope_decides_who_may_be_called(
    anna: Actor, ben: Actor, make_user: MakeUser, system: Actor
) -> None:
    boss = make_user("boss", grant("tests.commission", "read", scope="all"), grant("tests.patron", "read"))
    with unit_of_work(system):
        patron = records.create(Patron, [{"code": "B", "name": "Bo"}])[0].id
        mine = records.create(Commission, [{"patron": patron, "owner": anna.user_id}])[0].id
    with unit_of_work(anna, reading=True):
        assert {each.user_id for each in candidates(Commission, mine, "")} == {anna.user_id, boss.user_id}
    with unit_of_work(ben), pytest.raises(NotFound):
        services.open_record(Commission, mine)


def test_only_who_wrote_a_comment_changes_or_deletes_it(anna: Actor, ben: Actor, ada: int) -> None:
    id_ = say(anna, ada, "first")
    with unit_of_work(ben), pytest.raises(Forbidden, match="Only who wrote"):
        services.edit_comment(id_, "other")
    with unit_of_work(anna):
        services.edit_comment(id_, "second, @Ben")
    [comment] = said(ben, ada)
    assert (comment.text, comment.changed_at is not None) == ("second, @Ben", True)
    assert waiting(ben) == (1, 0)
    with unit_of_work(anna):
        services.edit_comment(id_, "third")
    assert waiting(ben) == (0, 0)
    with unit_of_work(anna):
        services.edit_comment(id_, "@Ben again")
        services.delete_comment(id_)
    [comment] = said(ben, ada)
    assert (comment.text, comment.mentioned, comment.deleted_at is not None) == ("", [], True)
    assert waiting(ben) == (0, 0)
    with unit_of_work(anna), pytest.raises(NotFound):
        services.edit_comment(id_, "back")


@pytest.mark.parametrize(("text", "words"), [
    ("", "Write something"), (" \n\0", "Write something"), ("x" * 10_001, "10000")])
def test_nothing_and_too_much_are_refused(anna: Actor, ada: int, text: str, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        say(anna, ada, text)


def test_reading_brings_the_right_to_comment_unless_it_is_taken(
    ada: int, make_user: MakeUser, anna: Actor
) -> None:
    assert "comment" in grant("tests.patron", "read").actions
    mute = make_user("mute", GrantDeclaration("tests.patron", ("read",)))
    for do in (
        lambda: say(mute, ada, "hello"), lambda: put(mute, ada, "a.txt", b"a"),
    ):
        with pytest.raises(Forbidden, match="comment"):
            do()
    nobody = make_user("nobody", grant("tests.commission", "read"))
    with pytest.raises(NotFound):
        say(nobody, ada, "hello")


def test_who_loses_a_record_loses_what_waits_of_it(
    anna: Actor, ada: int, make_user: MakeUser, system: Actor
) -> None:
    ben = make_user("benno", *READER)
    say(anna, ada, "@Benno")
    with unit_of_work(ben) as opened:
        record = services.open_record(Patron, ada)
        activities.follow_up(record, opened.today)
        services.star(record)
    with unit_of_work(ben, reading=True):
        assert (attention().waiting, [each.title for each in attention().starred]) == (2, ["Ada"])
    with unit_of_work(system) as opened:
        opened.delete(opened.scalars(select(Role).where(Role.code == "test.benno")).one())
    with unit_of_work(ben, reading=True):
        assert (attention().waiting, attention().starred, my_mentions(), my_follow_ups()) == (0, (), [], [])


def test_the_same_file_twice_is_stored_once(anna: Actor, ben: Actor, ada: int, store: FileStore) -> None:
    with attached.overheard() as told:
        put(anna, ada, "C:\\plans\\../../etc/Plan\u202e.png", PNG)
    put(ben, ada, "again.bin", PNG)
    put(ben, ada, "..", b"<script>")
    assert [(event.name, event.size) for event in told] == [("Plan.png", len(PNG))]
    with unit_of_work(ben, reading=True):
        found = attachments_of(Patron, ada)
    assert [(each.name, each.media_type, each.who) for each in found] == [
        ("File", "application/octet-stream", "Ben"), ("again.bin", "image/png", "Ben"),
        ("Plan.png", "image/png", "Anna")]
    assert len(list(store.digests())) == 2


@pytest.mark.parametrize(("content", "words"), [(b"", "empty"), (b"x" * 1001, "larger than")])
def test_empty_and_huge_files_leave_nothing_behind(
    anna: Actor, ada: int, store: FileStore, tmp_path: Path, content: bytes, words: str
) -> None:
    with pytest.raises(Refusal, match=words):
        put(anna, ada, "a.txt", content)
    assert [each for each in (tmp_path / "files").rglob("*") if each.is_file()] == []


def test_a_file_is_taken_away_by_who_added_it_or_may_change_the_record(
    anna: Actor, ben: Actor, ada: int, make_user: MakeUser
) -> None:
    carl = make_user("carl", *READER)
    his, hers, other = (put(who, ada, "a.txt", b"a") for who in (ben, anna, ben))
    with unit_of_work(carl), pytest.raises(Forbidden):
        services.detach(his)
    with unit_of_work(ben), pytest.raises(Forbidden):
        services.detach(hers)
    with unit_of_work(ben):
        services.detach(his)
    with unit_of_work(anna):
        services.detach(other)
    with unit_of_work(anna, reading=True):
        assert [each.id for each in attachments_of(Patron, ada)] == [hers]


def test_files_that_nobody_refers_to_are_removed_after_a_day(
    anna: Actor, ada: int, store: FileStore, system: Actor
) -> None:
    _kept, gone, new = (put(anna, ada, f"{n}.txt", n.encode()) for n in ("kept", "gone", "new"))
    with unit_of_work(anna):
        services.detach(gone)
        services.detach(new)
    old = time.time() - 2 * 24 * 3600
    for name in (b"kept", b"gone"):
        os.utime(store.path(hashlib.sha256(name).hexdigest()), (old, old))
    remove_orphaned_files()
    assert {store.path(each).read_bytes() for each in store.digests()} == {b"kept", b"new"}


def test_the_check_finds_files_that_are_gone_or_changed(
    anna: Actor, ada: int, store: FileStore, system: Actor
) -> None:
    put(anna, ada, "a.txt", b"a")
    put(anna, ada, "b.txt", b"b")
    put(anna, ada, "c.txt", b"c")
    first, second, _third = [
        store.path(row.sha256) for row in sorted(_attachments(system), key=lambda row: row.name)]
    first.unlink()
    second.write_bytes(b"B")
    with unit_of_work(system, reading=True):
        found = [str(each.message) for each in checks.files_are_there()]
    assert len(found) == 2
    assert {name for name in "abc" for each in found if f"“{name}.txt”" in each} == {"a", "b"}


def _attachments(system: Actor) -> list[Any]:
    with unit_of_work(system, reading=True):
        return list(session().work.connection.execute(select(Attachment.__table__)))


def test_a_deleted_record_takes_all_of_it_along(anna: Actor, ben: Actor, ada: int, system: Actor) -> None:
    say(anna, ada, "@Ben")
    put(anna, ada, "a.txt", b"a")
    with unit_of_work(anna) as opened:
        record = services.open_record(Patron, ada)
        activities.follow_up(record, opened.today)
        services.star(record)
    with unit_of_work(system):
        records.delete(Patron, [ada])
    with unit_of_work(system, reading=True) as opened:
        for model in (*ABOUT_RECORDS, Mention):
            assert opened.work.connection.scalar(select(func.count()).select_from(model.__table__)) == 0


def test_a_follow_up_reminds_when_it_is_due(anna: Actor, ben: Actor, ada: int) -> None:
    with unit_of_work(anna) as opened:
        record, today = services.open_record(Patron, ada), opened.today
        due = activities.follow_up(record, today, " call \n back ", ben.user_id)
        activities.follow_up(record, today + dt.timedelta(days=3), user_id=ben.user_id)
    assert waiting(ben) == (0, 1)
    with unit_of_work(ben, reading=True):
        assert [each.row.note for each in my_follow_ups()] == ["call back", ""]
        assert [each.who for each in follow_ups_of(Patron, ada)] == ["Ben", "Ben"]
    with unit_of_work(ben):
        activities.finish_follow_up(due)
    assert waiting(ben) == (0, 0)
    with unit_of_work(anna, reading=True):
        assert len(follow_ups_of(Patron, ada)) == 1


def test_a_follow_up_for_yesterday_or_for_somebody_without_the_record_is_refused(
    anna: Actor, ada: int, make_user: MakeUser
) -> None:
    carl = make_user("carl", grant("tests.commission", "read"))
    with unit_of_work(anna) as opened:
        record, today = services.open_record(Patron, ada), opened.today
        with pytest.raises(Refusal, match="past"):
            activities.follow_up(record, today - dt.timedelta(days=1))
        with pytest.raises(Refusal, match="may not read"):
            activities.follow_up(record, today, user_id=carl.user_id)


def test_stars_have_an_end(anna: Actor, system: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_STARS", 2)
    with unit_of_work(system):
        ids = [each.id for each in records.create(Patron, [{"code": c, "name": c} for c in "XYZ"])]
    with unit_of_work(anna):
        for id_ in (ids[0], ids[1], ids[0]):
            services.star(services.open_record(Patron, id_))
        with pytest.raises(Refusal, match="2 starred records"):
            services.star(services.open_record(Patron, ids[2]))
        services.unstar(Patron, ids[1])
    with unit_of_work(anna, reading=True):
        assert [each.title for each in attention().starred] == ["X"]


def test_what_waits_is_asked_in_two_statements_however_much_it_is(
    anna: Actor, ben: Actor, system: Actor, count_statements: Callable[[], Any]
) -> None:
    with unit_of_work(system):
        ids = [each.id for each in records.create(Patron, [{"code": f"P{n}", "name": f"N{n}"} for n in range(12)])]
    for id_ in ids:
        say(anna, id_, "@Ben")
        with unit_of_work(ben) as opened:
            activities.follow_up(services.open_record(Patron, id_), opened.today)
            services.star(services.open_record(Patron, id_))
    with unit_of_work(ben, reading=True):
        attention()  # rights are remembered from here on
    with unit_of_work(ben, reading=True), count_statements() as counter:
        found = attention()
    assert (found.mentions, found.follow_ups, len(found.starred)) == (12, 12, 12)
    assert len(counter) <= 3  # what is remembered has its generations compared


def test_a_plugin_comments_in_the_persons_name(anna: Actor, ada: int) -> None:
    with unit_of_work(anna), as_plugin("tests"):
        services.comment(services.open_record(Patron, ada), "Counted.")
    with unit_of_work(anna, reading=True):
        [row] = comments_of(Patron, ada)
    assert (row.by_plugin, row.who) == ("tests", "Anna")
