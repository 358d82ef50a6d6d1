"""What the people of the demo company find when they sign in."""

from sqlalchemy import func, insert, select

from kernel.entities.work import Actor, unit_of_work
from kernel.notices.demo import UNREAD, settle
from kernel.notices.models import Notification
from tests.conftest import MakeUser


def test_only_the_last_that_each_person_was_told_is_new_to_them(make_user: MakeUser, system: Actor) -> None:
    anna, bert = (make_user(login).user_id for login in ("anna", "bert"))
    with unit_of_work(system) as opened:
        for user, count in ((anna, UNREAD + 3), (bert, 2)):
            opened.work.connection.execute(insert(Notification), [
                {"id": id_, "user_id": user, "kind": "kernel.mentioned", "plugin": "kernel", "at": opened.now,
                 "facts": {}, "in_app": True, "mail": "no"} for id_ in opened.work.take_ids(count)])
        settle()
    table = Notification.__table__.c
    with unit_of_work(system, reading=True) as opened:
        unread = dict(opened.work.connection.execute(
            select(table.user_id, func.count()).where(table.seen_at.is_(None)).group_by(table.user_id)).all())
        newest = opened.work.connection.scalar(select(func.max(table.id)).where(table.user_id == anna))
        seen = opened.work.connection.scalar(select(table.seen_at).where(table.id == newest))
    assert unread == {anna: UNREAD, bert: 2}
    assert seen is None
