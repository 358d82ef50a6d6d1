"""Links of many records load by one statement, within the reader's rights, and never over what was changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import or_, select

from kernel.entities.work import Actor, Session, unit_of_work
from kernel.permissions.declare import grant, row_rule
from kernel.shared.models import Party
from tests.conftest import MakeUser

row_rule("tests.members", lambda rows, context: or_(rows.name.like("Member%"), rows.name == "Head 3"))


@pytest.fixture
def groups(system: Actor) -> list[int]:
    """Ten parties, each with one it belongs to; gives the ids of the ten."""
    with unit_of_work(system) as work:
        heads = [Party(name=f"Head {at}", kind="organisation", country_id=None) for at in range(10)]
        members = [Party(name=f"Member {at}", kind="organisation", parent=head) for at, head in enumerate(heads)]
        work.add_all([*heads, *members])
        work.flush()
        return [member.id for member in members]


def loaded(work: Session, ids: list[int]) -> list[Party]:
    return list(work.scalars(select(Party).where(Party.id.in_(ids)).order_by(Party.id)))


def test_the_first_link_brings_those_of_all_records(
    system: Actor, groups: list[int], count_statements: Callable[[], Any]
) -> None:
    with unit_of_work(system, reading=True) as work:
        members = loaded(work, groups)
        with count_statements() as counter:
            names = [member.parent.name for member in members if member.parent]
    assert names == [f"Head {at}" for at in range(10)]
    assert len(counter) == 1


def test_what_the_reader_may_not_see_is_nothing_for_each(
    system: Actor, groups: list[int], make_user: MakeUser, count_statements: Callable[[], Any]
) -> None:
    anna = make_user("anna", grant("kernel.party", "read", scope="rule", rule="tests.members"))
    with unit_of_work(anna, reading=True) as work:
        members = loaded(work, groups)
        with count_statements() as counter:
            seen = [member.parent.name if member.parent else None for member in members]
    assert seen == [None, None, None, "Head 3", *[None] * 6]
    assert len(counter) == 1


def test_a_link_that_was_set_and_not_saved_stays(system: Actor, groups: list[int]) -> None:
    with unit_of_work(system) as work:
        members = loaded(work, groups)
        members[5].parent_id = members[0].parent_id
        assert members[1].parent is not None
        assert members[1].parent.name == "Head 1"
        work.flush()
        work.refresh(members[5], ["parent"])
        assert members[5].parent is members[0].parent
