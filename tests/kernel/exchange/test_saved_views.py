"""Saved views: whose they are, who finds and changes them, and what a reader never learns from one."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from kernel.entities.work import Actor, current_work, unit_of_work
from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from kernel.exchange import savedviews
from kernel.exchange.models import SavedView, SavedViewDefault
from kernel.exchange.savedviews import change_view, delete_view, get_view, save_view, set_default, views_of
from kernel.permissions.declare import grant
from kernel.registry.traces import claims
from tests.conftest import MakeUser
from tests.kernel.exchange.studio import Commission, Patron

READING = (grant("tests.patron", "read"), grant("tests.commission", "read"))
SHARING = (*READING, grant("kernel.saved_view", "share", scope="all"))
STATE = [("f.city", "London"), ("sort", "-name")]


def names(cls: type[Patron] | type[Commission]) -> list[str]:
    return [view.name for view in views_of(cls)]


def test_a_view_is_ones_own_until_it_is_shared(make_user: MakeUser) -> None:
    ada, ben = make_user("ada", *SHARING), make_user("ben", *READING)
    with unit_of_work(ada):
        id_ = save_view(Patron, "  In  London ", "list", STATE)
        assert [(view.name, view.mine, view.state) for view in views_of(Patron)] == [("In London", True, tuple(STATE))]
        assert names(Commission) == []
    with unit_of_work(ben):
        assert names(Patron) == []
        for attempt in (lambda: get_view(Patron, id_), lambda: set_default(Patron, id_),
                        lambda: delete_view(Patron, id_)):
            with pytest.raises(NotFound):
                attempt()
    with unit_of_work(ada):
        change_view(Patron, id_, shared=True)
    with unit_of_work(ben):
        assert [(view.name, view.mine, view.changeable) for view in views_of(Patron)] == [("In London", False, False)]
        for change in ({"name": "Mine now"}, {"state": []}, {"shared": False}):
            with pytest.raises(Forbidden, match="somebody else's"):
                change_view(Patron, id_, **change)  # type: ignore[arg-type]
        with pytest.raises(Forbidden):
            delete_view(Patron, id_)


def test_sharing_needs_the_right_to_share(make_user: MakeUser) -> None:
    with unit_of_work(make_user("ben", *READING)):
        with pytest.raises(Forbidden, match="may not share"):
            save_view(Patron, "For all", "list", STATE, shared=True)
        id_ = save_view(Patron, "For me", "list", STATE)
        with pytest.raises(Forbidden, match="may not share"):
            change_view(Patron, id_, shared=True)


def test_whoever_may_change_views_changes_the_shared_ones_of_others(make_user: MakeUser) -> None:
    ada = make_user("ada", *SHARING)
    boss = make_user("boss", *READING, grant("kernel.saved_view", "change", scope="all"))
    with unit_of_work(ada):
        shared = save_view(Patron, "Shared", "list", STATE, shared=True)
        own = save_view(Patron, "Own", "list", STATE)
    with unit_of_work(boss):
        change_view(Patron, shared, name="For everybody", state=[("q", "x")])
        with pytest.raises(NotFound):
            change_view(Patron, own, name="Seen")
    with unit_of_work(ada):
        assert get_view(Patron, shared).state == (("q", "x"),)
        assert names(Patron) == ["For everybody", "Own"]
    with unit_of_work(boss):
        delete_view(Patron, shared)
        assert names(Patron) == []


def test_a_name_that_came_in_at_the_same_moment_is_refused_in_words(
    make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = make_user("ada", *READING)
    with unit_of_work(ada):
        save_view(Patron, "London", "list", STATE)
    monkeypatch.setattr(savedviews, "_name", lambda cls, owner, name, but=None: name)  # it wasn't there a moment ago
    with pytest.raises(Conflict, match="exists already"), unit_of_work(ada):
        save_view(Patron, "London", "list", STATE)


def test_names_are_ones_own_and_told_apart(make_user: MakeUser) -> None:
    ada, ben = make_user("ada", *READING), make_user("ben", *READING)
    with unit_of_work(ada):
        first = save_view(Patron, "London", "list", STATE)
        save_view(Patron, "Paris", "list", STATE)
        for name in ("London", "", "   ", "x" * 61):
            with pytest.raises(Invalid):
                save_view(Patron, name, "list", STATE)
        with pytest.raises(Invalid, match="already"):
            change_view(Patron, first, name="Paris")
        change_view(Patron, first, name="London")
        for page, state in (("pivot", STATE), ("list", [("q", "x" * 5000)])):
            with pytest.raises(Invalid):
                save_view(Patron, "Other", page, state)
    with unit_of_work(ben):
        assert save_view(Patron, "London", "board", STATE)


def test_a_list_opens_with_the_view_one_chose_while_one_finds_it(make_user: MakeUser) -> None:
    ada, ben = make_user("ada", *SHARING), make_user("ben", *READING)
    with unit_of_work(ada):
        first = save_view(Patron, "First", "list", STATE, shared=True)
        second = save_view(Patron, "Second", "list", STATE)
        set_default(Patron, first)
        set_default(Patron, second)
        assert {view.name: view.default for view in views_of(Patron)} == {"First": False, "Second": True}
    with unit_of_work(ben):
        set_default(Patron, first)
        assert [view.default for view in views_of(Patron)] == [True]
    with unit_of_work(ada):
        change_view(Patron, first, shared=False)
        assert current_work().connection.scalar(select(func.count()).select_from(SavedViewDefault.__table__)) == 1
        delete_view(Patron, second)
        set_default(Patron, None)
        assert current_work().connection.scalar(select(func.count()).select_from(SavedViewDefault.__table__)) == 0


def test_nobody_saves_views_of_what_they_may_not_read(make_user: MakeUser, system: Actor) -> None:
    with unit_of_work(make_user("eve")), pytest.raises(Forbidden):
        save_view(Patron, "Mine", "list", STATE)
    with unit_of_work(system), pytest.raises(Forbidden, match="Only people"):
        save_view(Patron, "Nobody's", "list", STATE)


def test_a_plugin_that_goes_takes_the_views_of_its_entities_along(make_user: MakeUser) -> None:
    with unit_of_work(make_user("ada", *READING)):
        set_default(Patron, save_view(Patron, "London", "list", STATE))
        connection = current_work().connection
        for table in (SavedView.__tablename__, SavedViewDefault.__tablename__):
            for plugin, count in (("tests", 1), ("test", 0)):
                found, condition = claims(plugin, {})[table]
                assert connection.scalar(select(func.count()).select_from(found).where(condition)) == count
