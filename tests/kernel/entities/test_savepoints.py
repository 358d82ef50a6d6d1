"""A savepoint holds whatever is written inside: by the session itself, by siblings, by the bulk verbs."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kernel.entities.bulk import insert_rows
from kernel.entities.work import Session, as_system, session
from kernel.errors import Conflict
from kernel.identity.models import Company, User
from kernel.permissions.actors import acting_as
from kernel.permissions.roles import give_roles


@pytest.fixture
def user(work: Session) -> User:
    found = User(login="anna", name="Anna", home_company_id=work.actor.company_id)
    work.add(found)
    work.flush()
    give_roles([found], ["kernel.admin"])
    return found


def names(work: Session) -> list[str]:
    return sorted(work.scalars(select(Company.name)))


def test_what_a_sibling_wrote_in_a_savepoint_stays(work: Session, user: User) -> None:
    before = names(work)
    with work.begin_nested(), acting_as(user), as_system("a test") as sibling:
        sibling.add(Company(name="Zweigwerk"))
    assert names(work) == [*before, "Zweigwerk"]


def test_what_a_sibling_or_a_bulk_verb_wrote_goes_with_its_savepoint(work: Session, user: User) -> None:
    before = names(work)
    with pytest.raises(RuntimeError), work.begin_nested():
        insert_rows(Company, [{"name": "Bulk"}])
        with acting_as(user), as_system("a test") as sibling:
            sibling.add(Company(name="Zweigwerk"))
        raise RuntimeError
    assert names(work) == before


def test_a_broken_constraint_inside_leaves_the_work_usable(work: Session, user: User) -> None:
    before = names(work)
    with pytest.raises(Conflict), work.begin_nested(), acting_as(user), as_system("a test"):
        insert_rows(Company, [{"name": "Twice"}, {"name": "Twice"}])
    assert names(work) == before
    session().add(Company(name="Zweigwerk"))
    assert names(work) == [*before, "Zweigwerk"]
