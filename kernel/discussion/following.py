"""Who follows a record: whoever made or owns it, was called or commented, and whoever says so; until they say not.

What makes somebody follow by itself is each person's choice. Makers and owners follow without a row of their own, so
a million records brought in cost nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Boolean, func, insert, literal, select, true, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from kernel.discussion.models import Follower, FollowingChoice
from kernel.entities.base import Entity
from kernel.entities.work import actor, session
from kernel.errors import NotFound
from kernel.i18n import _
from kernel.permissions.scopes import owner_column

__all__ = [
    "Following", "change_following", "follow", "followers_of", "following_of", "follows", "join", "unfollow",
]

AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Following:
    """What makes somebody follow a record by itself."""

    made: bool = True
    owned: bool = True
    called: bool = True
    commented: bool = True


def follow(record: Entity) -> None:
    """Follow a record that one may read, from now on."""
    _say(record, following=True)


def unfollow(record: Entity) -> None:
    """Follow a record no more, whatever made one follow it."""
    _say(record, following=False)


def _say(record: Entity, *, following: bool) -> None:
    if session().get(type(record), record.id) is None:
        raise NotFound("NO_SUCH_RECORD", _(
            "There is no such {what}, or it isn't open to you", what=type(record).__label__))
    me = actor().user_id
    if me is not None:
        _write(record, [me], following=following, anew=True)


def join(record: Entity, *, commented: Collection[int] = (), called: Collection[int] = ()) -> None:
    """Let people follow a record who commented on it or were called, as far as they want that and said nothing else."""
    people = {*commented, *called}
    if not people:
        return
    table = FollowingChoice.__table__.c
    choices = {row.user_id: row for row in session().work.connection.execute(
        select(FollowingChoice.__table__).where(table.user_id.in_(people)))}
    wanting = [
        user_id for user_id in sorted(people)
        if (choice := choices.get(user_id)) is None
        or (user_id in commented and choice.commented) or (user_id in called and choice.called)]
    if wanting:
        _write(record, wanting, following=True, anew=False)


def _write(record: Entity, user_ids: Sequence[int], *, following: bool, anew: bool) -> None:
    work = session().work
    dialect: Any = sqlite if work.database.is_sqlite else postgresql
    statement = dialect.insert(Follower).values([
        {"user_id": user_id, "entity": record.__entity__, "record_id": record.id, "following": following,
         "at": work.now} for user_id in user_ids])
    key = ["user_id", "entity", "record_id"]
    work.connection.execute(
        statement.on_conflict_do_update(index_elements=key, set_={"following": following, "at": work.now}) if anew
        else statement.on_conflict_do_nothing(index_elements=key))


def follows(cls: type[Entity], id_: int) -> bool:
    """Say whether the current person follows a record."""
    return actor().user_id in followers_of(cls, [id_]).get(id_, ())


def followers_of(cls: type[Entity], ids: Iterable[int]) -> dict[int, set[int]]:
    """Give who follows which of these records: one statement for two thousand of them."""
    wanted = list(ids)
    found: dict[int, set[int]] = {}
    for start in range(0, len(wanted), AT_ONCE):
        said: dict[tuple[int, int], bool] = {}
        for row in session().work.connection.execute(_asked(cls, wanted[start:start + AT_ONCE])):
            if row.said:
                said[row.record_id, row.user_id] = row.following
            elif row.following:
                found.setdefault(row.record_id, set()).add(row.user_id)
        for (record_id, user_id), following in said.items():
            people = found.setdefault(record_id, set())
            (people.add if following else people.discard)(user_id)
    return {record_id: people for record_id, people in found.items() if people}


def _asked(cls: type[Entity], ids: Sequence[int]) -> Any:
    """Ask for what people said, and for makers and owners with what they choose."""
    records, said, choice = cls.__table__, Follower.__table__.c, FollowingChoice.__table__
    parts = [select(
        said.record_id.label("record_id"), said.user_id.label("user_id"), literal(True, Boolean).label("said"),
        said.following.label("following")).where(
            said.record_id.in_(ids), said.entity == cls.__entity__)]
    columns = {"created_by_id": choice.c.made}
    if cls.__owner__ and (owner := owner_column(cls)) != "created_by_id":
        columns[owner] = choice.c.owned
    parts += [
        select(records.c.id, records.c[name], literal(False, Boolean), func.coalesce(wanted, true()))
        .select_from(records.outerjoin(choice, choice.c.user_id == records.c[name]))
        .where(records.c.id.in_(ids), records.c[name].is_not(None))
        for name, wanted in columns.items()]
    return union_all(*parts)


def following_of(user_id: int) -> Following:
    """Give what makes somebody follow by itself."""
    table = FollowingChoice.__table__
    row = session().work.connection.execute(select(table).where(table.c.user_id == user_id)).first()
    return Following(row.made, row.owned, row.called, row.commented) if row is not None else Following()


def change_following(chosen: Following) -> None:
    """Choose what makes one follow by itself; what one follows already stays."""
    connection, table, me = session().work.connection, FollowingChoice.__table__, actor().user_id
    changed = connection.execute(update(FollowingChoice).where(table.c.user_id == me).values(asdict(chosen)))
    if not changed.rowcount:
        connection.execute(insert(FollowingChoice).values(user_id=me, **asdict(chosen)))
