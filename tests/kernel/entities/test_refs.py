"""A ref names a record of any plugin, installed or not, and keeps its title."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Mapped

import kernel.registry.invariants  # noqa: F401  # declares the check of references
from kernel.entities.base import Document
from kernel.entities.fields import AnyRef, ref, text
from kernel.entities.work import Actor, Session, unit_of_work
from kernel.exchange.listing import Query
from kernel.exchange.records import create, delete, get, to_json
from kernel.identity.models import Department
from kernel.registry.checks import run_checks
from kernel.web.show import shown


class Errand(Document, label="Errand", plural="Errands"):
    """Something to fetch because of another record."""

    name: Mapped[str] = text(40)
    source: Mapped[AnyRef | None] = ref(label="Source")
    source_id: Mapped[int | None]
    source_entity: Mapped[str | None]


def test_it_is_read_back_as_it_was_written_and_may_be_none(system: Actor) -> None:
    with unit_of_work(system) as opened:
        department = Department(name="Paint shop")
        opened.add(department)
        opened.flush()
        opened.add_all([Errand(name="a", source=AnyRef.to(department)), Errand(name="b")])
    with unit_of_work(system, reading=True) as opened:
        with_one, without = opened.scalars(select(Errand).order_by(Errand.name))
        assert with_one.source == AnyRef("kernel.department", department.id, "Paint shop")
        assert (without.source, without.source_entity) == (None, None)
        found = opened.scalars(select(Errand).where(Errand.source_id == department.id)).all()
        assert [each.name for each in found] == ["a"]


def test_answers_and_pages_tell_it_and_dim_it_where_its_plugin_is_gone(work: Session) -> None:
    department = Department(name="Paint shop")
    work.add(department)
    work.flush()
    here = Errand(name="a", source=AnyRef.to(department))
    gone = Errand(name="b", source=AnyRef("nowhere.thing", 7, "THING-7"))
    work.add_all([here, gone])
    work.flush()
    told = to_json(Errand, [here, gone])
    assert told[0]["source"] == {"id": department.id, "title": "Paint shop", "entity": "kernel.department"}
    assert told[1]["source"] == {"id": 7, "title": "THING-7", "entity": "nowhere.thing"}
    rows: list[Any] = list(Query(Errand, fields=["source"], sort=["name"]).page().rows)
    links = [shown(Errand.__fields__["source"], row["source"]) for row in rows]
    assert [(link.text, link.href) for link in links] == [
        ("Paint shop", f"/kernel/department/{department.id}"), ("THING-7", "")]
    filtered = Query(Errand, filter=[["source", "eq", department.id]]).page().rows
    assert [row.id for row in filtered] == [here.id]


def test_no_door_writes_it(work: Session) -> None:
    with pytest.raises(Exception, match="can't be written"):
        create(Errand, [{"name": "a", "source": 7}])


def test_what_is_referred_to_is_archived_instead_of_deleted(work: Session) -> None:
    department = Department(name="Paint shop")
    work.add(department)
    work.flush()
    work.add(Errand(name="a", source=AnyRef.to(department)))
    work.flush()
    removed = delete(Department, [department.id])
    assert (removed.deleted, removed.archived) == ([], [department.id])
    assert get(Department, department.id).archived


def test_the_check_names_a_lost_record_but_not_a_plugin_that_has_gone(system: Actor) -> None:
    with unit_of_work(system) as opened:
        opened.add_all([
            Errand(name="lost", source=AnyRef("kernel.department", 4711, "Paint shop")),
            Errand(name="gone", source=AnyRef("nowhere.thing", 7, "THING-7"))])
    found = [finding.record for _each, finding in run_checks(["kernel.references"]).found]
    assert found == ["lost"]
