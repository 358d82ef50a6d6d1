"""Changed records are written together: one statement, each with its version checked, audited and taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.audit import AuditEntry
from kernel.entities.base import fields_of
from kernel.entities.bulk import update_rows
from kernel.entities.work import Actor, Session, in_sibling, unit_of_work
from kernel.errors import Conflict
from kernel.identity.models import Department


@pytest.fixture
def departments(system: Actor) -> list[int]:
    with unit_of_work(system) as opened:
        made = [Department(name=f"Hall {number}") for number in range(5)]
        opened.add_all(made)
        opened.flush()
        return [each.id for each in made]


def all_of(current: Session, ids: list[int]) -> list[Department]:
    return list(current.scalars(select(Department).where(Department.id.in_(ids)).order_by(Department.id)))


def test_many_changes_are_one_statement_and_audited_each(
    system: Actor, departments: list[int], count_statements: Callable[[], Any]
) -> None:
    with unit_of_work(system) as opened:
        found = all_of(opened, departments)
        fields_of(Department)  # once per unit of work: whether anybody has added fields
        with count_statements() as counter:
            for number, each in enumerate(found):
                each.name = f"Store {number}"
            opened.flush()
        assert [statement.split()[0] for statement in counter.statements] == ["UPDATE"]
        assert [each.version for each in found] == [2] * 5
        assert not opened.dirty
    with unit_of_work(system, reading=True) as again:
        assert [each.name for each in all_of(again, departments)] == [f"Store {number}" for number in range(5)]
        audit = AuditEntry.__table__.c
        told = again.work.connection.scalars(
            select(audit.changes).where(audit.action == "change", audit.record_id == departments[3]))
        assert [each["name"] for each in told] == [["Hall 3", "Store 3"]]


def test_a_lost_update_of_one_refuses_them_all(system: Actor, departments: list[int]) -> None:
    with pytest.raises(Conflict) as refused, unit_of_work(system) as opened:
        found = all_of(opened, departments)
        opened.connection().exec_driver_sql(f"UPDATE kernel_department SET version = 9 WHERE id = {departments[2]}")
        for each in found:
            each.name = "Gone"
        opened.flush()
    assert refused.value.code == "CHANGED_MEANWHILE"
    with unit_of_work(system, reading=True) as again:
        assert [each.name for each in all_of(again, departments)] == [f"Hall {number}" for number in range(5)]


def test_what_a_savepoint_takes_back_is_loaded_anew(system: Actor, departments: list[int]) -> None:
    with unit_of_work(system) as opened:
        first, second, *_rest = all_of(opened, departments)
        savepoint = opened.begin_nested()
        first.name = second.name = "Never"
        opened.flush()
        savepoint.rollback()
        assert (first.name, first.version, second.name) == ("Hall 0", 1, "Hall 1")
        first.name = "Hall A"
    with unit_of_work(system, reading=True) as again:
        assert [(each.name, each.version) for each in all_of(again, departments)][:2] == [("Hall A", 2), ("Hall 1", 1)]


def test_bulk_verbs_and_siblings_go_with_the_savepoint_around_them(system: Actor, departments: list[int]) -> None:
    with unit_of_work(system) as opened:
        savepoint = opened.begin_nested()
        update_rows(Department, [{"id": departments[0], "name": "Never"}])
        savepoint.rollback()
        with opened.begin_nested():
            assert len(all_of(opened, departments)) == 5
            with in_sibling(system):
                update_rows(Department, [{"id": departments[1], "name": "Kept"}])
    with unit_of_work(system, reading=True) as again:
        assert [each.name for each in all_of(again, departments)][:2] == ["Hall 0", "Kept"]


def test_what_a_sibling_wrote_in_bulk_is_taken_over_without_reading(
    system: Actor, departments: list[int], count_statements: Callable[[], Any]
) -> None:
    with unit_of_work(system) as opened:
        made = Department(name="Hall A")
        opened.add(made)
        opened.flush()
        with count_statements() as counter:
            with in_sibling(system):
                update_rows(Department, [{"id": made.id, "name": "Store A"}])
                update_rows(Department, [{"id": made.id, "name": "Store B"}])
            assert (made.name, made.version) == ("Store B", 3)
            made.name = "Store C"
            opened.flush()
        assert [statement.split()[0] for statement in counter.statements] == ["UPDATE"] * 3


def test_what_a_sibling_took_back_is_not_taken_over(system: Actor, departments: list[int]) -> None:
    with unit_of_work(system) as opened:
        made = Department(name="Hall A")
        opened.add(made)
        opened.flush()
        with in_sibling(system) as sibling:
            savepoint = sibling.begin_nested()
            update_rows(Department, [{"id": made.id, "name": "Never"}])
            savepoint.rollback()
        assert (made.name, made.version) == ("Hall A", 1)
        savepoint = opened.begin_nested()
        with in_sibling(system):
            update_rows(Department, [{"id": made.id, "name": "Never"}])
        assert made.name == "Never"
        savepoint.rollback()
        assert (made.name, made.version) == ("Hall A", 1)
