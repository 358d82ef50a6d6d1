"""Notifications come by mail as each person wants: at once or once a day, in their language, what they may read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

import kernel.notices.listeners
from kernel.discussion import services
from kernel.entities.work import Actor, session, unit_of_work
from kernel.exchange import records
from kernel.files import FileStore, set_files
from kernel.identity.models import User
from kernel.jobs.doing import run_jobs
from kernel.mail.models import OutgoingMail
from kernel.mail.server import save_mail_server
from kernel.mail.threads import thread_of
from kernel.notices.choices import Wanted, change_wanted
from kernel.notices.mailing import _seven, mail_digests
from kernel.notices.models import Notification
from kernel.permissions.declare import grant
from kernel.sealing import set_secret
from tests.conftest import MakeUser
from tests.kernel.mail.postbox import PostBox, post_box
from tests.kernel.web.garage import Repair, Rider

assert kernel.notices.listeners.tell_followers  # an installation loads the listeners by their files



@pytest.fixture
def box(system: Actor, tmp_path: Path) -> Iterator[PostBox]:
    set_secret("a secret of the tests")
    set_files(FileStore(tmp_path / "files", 1000))
    with post_box() as opened:
        with unit_of_work(system):
            opened.use()
        yield opened
    set_files(None)


Mailed = Callable[..., Actor]


@pytest.fixture
def mailed(make_user: MakeUser, system: Actor) -> Mailed:
    """Make a user with an e-mail address."""

    def make(login: str, locale: str = "en", scope: str = "company") -> Actor:
        who = make_user(login, grant("tests.rider", "read"), grant(
            "tests.repair", "read create change comment", scope=scope))  # type: ignore[arg-type]
        with unit_of_work(system) as opened:
            opened.execute(update(User).where(User.id == who.user_id).values(
                email=f"{login}@example.com", locale=locale))
        return who

    return make


@pytest.fixture
def repair(system: Actor, mailed: Mailed) -> int:
    """A repair that anna made."""
    with unit_of_work(system):
        rider = records.create(Rider, [{"name": "Ada"}])[0].id
    with unit_of_work(mailed("anna")):
        return records.create(Repair, [{"rider": rider}])[0].id


def say(who: Actor, id_: int, text: str) -> None:
    with unit_of_work(who):
        services.comment(services.open_record(Repair, id_), text)


def test_who_is_called_gets_a_mail_in_their_language_with_a_way_to_the_record_and_out(
    box: PostBox, mailed: Mailed, repair: int
) -> None:
    ben = mailed("ben")
    mailed("mei", "zh_Hant")
    say(ben, repair, "<b>look</b> @Mei")
    run_jobs()
    [mail] = box.mails
    assert mail["To"] == "mei@example.com"
    assert mail["Subject"] == "R-0001: 有人在留言中提及我"
    assert mail["List-Unsubscribe"] == "<https://trellis.example/me/notifications>"
    assert mail["References"] == thread_of("tests.repair", repair, "formosa.example")
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text
    assert html
    assert "Ben: <b>look</b> @Mei" in text.get_content()
    assert "https://trellis.example/inbox/notifications/" in text.get_content()
    assert "&lt;b&gt;look" in html.get_content()
    assert 'lang="zh-Hant"' in html.get_content()
    run_jobs()
    assert len(box.mails) == 1


def test_what_is_rolled_back_mails_nothing(box: PostBox, mailed: Mailed, repair: int) -> None:
    ben = mailed("ben")
    with pytest.raises(ZeroDivisionError), unit_of_work(ben):
        services.comment(services.open_record(Repair, repair), "@Anna look")
        raise ZeroDivisionError
    run_jobs()
    assert box.mails == []


def test_what_one_may_not_read_any_more_is_not_mailed(
    box: PostBox, mailed: Mailed, repair: int, system: Actor
) -> None:
    dora, ben = mailed("dora", scope="own"), mailed("ben")
    with unit_of_work(system) as opened:
        opened.get_one(Repair, repair).mechanic_id = dora.user_id
    say(ben, repair, "@Dora look")
    with unit_of_work(system) as opened:
        opened.get_one(Repair, repair).mechanic_id = None
    run_jobs()
    assert box.mails == []
    with unit_of_work(system, reading=True) as opened:
        assert opened.scalar(select(func.count()).select_from(Notification).where(
            Notification.mail == "now", Notification.mailed_at.is_(None))) == 0


def test_many_at_once_come_in_one_mail(box: PostBox, mailed: Mailed, repair: int) -> None:
    ben = mailed("ben")
    with unit_of_work(ben):
        for at in range(6):
            services.comment(services.open_record(Repair, repair), f"{at} @Anna")
    run_jobs()
    [mail] = box.mails
    assert "6 notifications" in mail["Subject"]
    text = mail.get_body(("plain",))
    assert text
    assert [f"Ben: {at} @Anna" in text.get_content() for at in range(6)] == [True] * 6


def test_the_digest_comes_once_a_day_with_what_came_before_seven(
    box: PostBox, mailed: Mailed, repair: int, system: Actor
) -> None:
    ben = mailed("ben")
    with unit_of_work(system, reading=True) as opened:
        anna = opened.scalars(select(User.id).where(User.login == "anna")).one()
    with unit_of_work(Actor(user_id=anna, company_id=system.company_id)):
        change_wanted({"kernel.commented_on": Wanted(in_app=True, mail="daily")})
    say(ben, repair, "one")
    say(ben, repair, "two")
    with unit_of_work(system):
        session().execute(update(Notification).values(at=session().now - dt.timedelta(days=2)))
    say(ben, repair, "three, later")
    with unit_of_work(system):
        session().execute(update(Notification).where(Notification.at > session().now - dt.timedelta(days=1)).values(
            at=session().now + dt.timedelta(days=1)))
    for _ in range(2):
        with unit_of_work(system):
            mail_digests()
        run_jobs()
    [mail] = box.mails
    assert "2 notifications" in mail["Subject"]


def test_seven_is_where_one_is() -> None:
    now = dt.datetime(2026, 3, 2, 22, 30, tzinfo=dt.UTC)  # half past six in Taipei, the next day
    assert _seven(now, "Asia/Taipei") == dt.datetime(2026, 3, 2, 7, tzinfo=ZoneInfo("Asia/Taipei"))
    assert _seven(now, "UTC") == dt.datetime(2026, 3, 2, 7, tzinfo=dt.UTC)


def test_without_a_server_nothing_is_kept_to_be_mailed_later(
    box: PostBox, mailed: Mailed, repair: int, system: Actor
) -> None:
    ben = mailed("ben")
    with unit_of_work(system):
        save_mail_server(None)
    say(ben, repair, "@Anna")
    run_jobs()
    with unit_of_work(system):
        box.use()
        assert session().scalar(select(func.count()).select_from(OutgoingMail)) == 0
    run_jobs()
    assert box.mails == []
