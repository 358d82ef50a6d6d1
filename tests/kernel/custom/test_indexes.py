"""Whoever runs an installation indexes custom fields: filters use it, and nothing is left of it where it is dropped."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text

from kernel.entities.base import fields_of
from kernel.entities.custom.stored import column_of
from kernel.entities.database import Database
from kernel.entities.work import Actor, unit_of_work
from kernel.errors import Invalid, NotFound
from kernel.exchange import records
from kernel.exchange.customising.indexes import drop_index, field_indexes, make_index
from kernel.exchange.customising.services import remove_field
from kernel.exchange.listing import Query
from kernel.registry.catalogue import snapshot
from tests.kernel.exchange.studio import Patron

pytestmark = pytest.mark.usefixtures("kinds")
VALUES: dict[str, tuple[object, object]] = {
    "x_motto": ("Ars longa", "Ars longa"), "x_size": ("1.125", "1.125"), "x_budget": ("1200.5", "1200.5"),
    "x_share": ("12.5", "12.5"), "x_born": ("2015-06-07", "2015-06-07"),
    "x_met": ("2015-06-07T23:59:59.999999+02:00", "2015-06-07T21:59:59.999999Z"), "x_vip": (True, True),
    "x_class": ("l", "l"),
}


def indexes(database: Database) -> set[str]:
    return {each.code for each in field_indexes(database)}


@pytest.mark.parametrize("code", VALUES)
def test_a_filter_finds_the_same_by_the_index_and_uses_it(
    database: Database, system: Actor, code: str
) -> None:
    given, asked = VALUES[code]
    with unit_of_work(system) as opened:
        records.create(Patron, [{"code": "A", "name": "Ada", code: given}, {"code": "B", "name": "Ben"}])
        opened.flush()
    found = []
    for _round in range(2):
        with unit_of_work(system, reading=True):
            page = Query(Patron, fields=("name", code), filter=[[code, "eq", asked]]).page()
            found.append([(row.values["name"], row.values[code]) for row in page.rows])
        make_index(database, Patron, code)
    assert found[0] == found[1]
    assert [name for name, _value in found[0]] == ["Ada"]
    assert indexes(database) == {code}
    with unit_of_work(system, reading=True) as opened:
        plan = _plan(opened, code, found[0][0][1])
    assert f"cx_tests_patron_{code}" in plan
    drop_index(database, Patron, code)
    assert indexes(database) == set()


def _plan(opened: Any, code: str, value: object) -> str:
    """Give the plan of a filter by a field; PostgreSQL is kept from reading a table of two rows as a whole."""
    connection = opened.work.connection
    column = column_of(Patron.__table__.c, fields_of(Patron)[code])
    statement = select(Patron.__table__.c.id).where(column.is_(True) if value is True else column == value)
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    values = {name: compiled._bind_processors.get(name, lambda each: each)(each)
              for name, each in compiled.params.items()}
    asked = f"EXPLAIN {'QUERY PLAN ' if sqlite else ''}{compiled}"
    given: Any = tuple(values[name] for name in compiled.positiontup) if sqlite else values
    return "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(asked, given))


def test_making_it_again_changes_nothing_and_dropping_leaves_no_trace(database: Database) -> None:
    with database.connect(reading=True) as connection:
        before = snapshot(connection)
    assert make_index(database, Patron, "x_budget") == make_index(database, Patron, "x_budget")
    drop_index(database, Patron, "x_budget")
    with database.connect(reading=True) as connection:
        assert snapshot(connection) == before


def test_what_there_is_no_index_of_is_said(database: Database, system: Actor) -> None:
    with pytest.raises(NotFound, match="no custom field x_nothing"):
        make_index(database, Patron, "x_nothing")
    with pytest.raises(NotFound, match=r"no index of tests\.patron x_budget"):
        drop_index(database, Patron, "x_budget")
    for code in ("x_story", "x_items"):
        with pytest.raises(Invalid, match="can't be indexed"):
            make_index(database, Patron, code)


def test_the_index_of_a_removed_field_is_told_and_can_be_dropped(database: Database, system: Actor) -> None:
    make_index(database, Patron, "x_born")
    with unit_of_work(system):
        remove_field(Patron, "x_born")
    (only,) = field_indexes(database)
    assert (only.entity, only.code, only.removed) == ("tests.patron", "x_born", True)
    drop_index(database, Patron, "x_born")
    assert field_indexes(database) == []
