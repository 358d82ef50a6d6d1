"""What may be defined, by whom, how it changes, and how it goes and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, make_url, text

from kernel.entities.base import Declared, fields_of
from kernel.entities.custom.definitions import definitions_of, is_removed
from kernel.entities.custom.models import CustomField
from kernel.entities.database import Database
from kernel.entities.fields import note
from kernel.entities.work import Actor, set_database, unit_of_work
from kernel.errors import Conflict, Forbidden, Invalid, NotFound, UsageError
from kernel.exchange import records
from kernel.exchange.conflicts import ChangedMeanwhile
from kernel.exchange.customising.mentions import mentions_of
from kernel.exchange.customising.services import (
    change_field,
    code_for,
    custom_field,
    custom_fields,
    define_field,
    move_field,
    remove_field,
    restore_field,
)
from kernel.exchange.listing import Query
from kernel.exchange.models import SavedView
from kernel.i18n import use_locale
from kernel.permissions.declare import grant, hide
from kernel.permissions.roles import sync_roles
from kernel.testing.databases import postgres_server
from kernel.workflows.conditions import holds
from kernel.workflows.models import ApprovalDefinition
from tests.conftest import MakeUser
from tests.kernel.custom.conftest import Define
from tests.kernel.exchange.studio import EVERYTHING, Commission, Patron

OPTIONS = [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]


def told(error: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {problem.field: problem.code for problem in error.value.problems}


WRONG: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("text", {"code": "Warranty"}, {"code": "CODE"}), ("text", {"code": "x_party_id"}, {"code": "CODE"}),
    ("text", {"code": "x_a; --"}, {"code": "CODE"}), ("text", {"code": "x_" + "a" * 60}, {"code": "CODE"}),
    ("text", {"help": "x" * 301}, {"help": "TOO_LONG"}), ("magic", {}, {"kind": "KIND"}),
    ("choice", {}, {"options": "REQUIRED"}),
    ("choice", {"options": [*OPTIONS, {"value": "a", "label": "Z"}]}, {"options": "DUPLICATE"}),
    ("choice", {"options": [{"value": "a", "label": "A", "colour": "pink"}]}, {"options": "COLOUR"}),
    ("choice", {"options": OPTIONS, "default_value": "c"}, {"default_value": "DEFAULT"}),
    ("number", {"default_value": "many"}, {"default_value": "DEFAULT"}),
    ("number", {"default_value": "1.234", "decimals": 2}, {"default_value": "DEFAULT"}),
    ("number", {"decimals": 7}, {"decimals": "DECIMALS"}), ("link", {}, {"target": "REQUIRED"}),
    ("link", {"target": "nobody.knows"}, {"target": "REQUIRED"}),
    ("link", {"target": "tests.commission_item"}, {"target": "TARGET"}),
    ("link", {"target": "tests.patron", "fills": ["nothing"]}, {"fills": "FILLS"}),
    ("note", {"unique": True}, {"unique": "UNIQUE"}), ("formula", {"formula": "visits"}, {"result": "REQUIRED"}),
    ("formula", {"result": "number"}, {"formula": "REQUIRED"}),
    ("formula", {"result": "number", "formula": "unknown + 1"}, {"formula": "FORMULA_NAME"}),
    ("formula", {"result": "number", "formula": "x_f + 1", "code": "x_f"}, {"formula": "FORMULA_CYCLE"}),
    ("table", {}, {"columns": "REQUIRED"}),
    ("table", {"columns": [{"code": "qty", "kind": "number", "label": "Q"}]}, {"columns": "CODE"}),
    ("table", {"columns": [{"code": "x_t", "kind": "table", "label": "T"}]}, {"columns": "KIND"}),
    ("table", {"columns": [{"code": "x_t", "kind": "text"}]}, {"columns": "REQUIRED"}),
    ("table", {"columns": [{"code": "x_f", "kind": "formula", "label": "F", "result": "number",
                            "formula": "x_g * 2"}]}, {"columns": "FORMULA_NAME"}),
    ("table", {"columns": [
        {"code": "x_f", "kind": "formula", "label": "F", "result": "number", "formula": "x_g"},
        {"code": "x_g", "kind": "formula", "label": "G", "result": "number", "formula": "x_f"}]},
     {"columns": "FORMULA_CYCLE"}),
]


def test_a_wrong_definition_is_refused_at_its_field(system: Actor) -> None:
    refusals = []
    for kind, given, _wrong in WRONG:
        values = dict(given)
        with pytest.raises(Invalid) as refused, unit_of_work(system):
            define_field(Patron, kind, "Field", values.pop("code", ""), **values)
        refusals.append((kind, given, told(refused)))
    assert refusals == WRONG


def test_no_door_brings_in_what_the_verbs_would_refuse(system: Actor) -> None:
    for given in ({"kind": "formula", "formula": "__import__('os')", "result": "number"},
                  {"kind": "text", "code": "name"}, {"kind": "text", "entity": "no.such"}):
        values = {"entity": "tests.patron", "code": "x_a", "label": "A", **given}
        with pytest.raises(Invalid), unit_of_work(system):
            records.create(CustomField, [values])


def test_codes_are_made_of_labels_and_never_twice(system: Actor) -> None:
    assert code_for("Warranty (months)", {}) == "x_warranty_months"
    assert code_for("保固", {}) == "x_field"
    assert code_for("Party ID", {}) == "x_party"
    assert code_for("Warranty", {"x_warranty": 1, "x_warranty_2": 1}) == "x_warranty_3"
    with unit_of_work(system):
        assert [define_field(Patron, "text", "Size").code for _time in range(2)] == ["x_size", "x_size_2"]


def test_customising_needs_its_right(make_user: MakeUser, define: Define) -> None:
    define(Patron, "text", "Motto")
    anna = make_user("anna", *EVERYTHING)
    for verb in (lambda: define_field(Patron, "text", "Size"), lambda: remove_field(Patron, "x_motto"),
                 lambda: change_field(Patron, "x_motto", None, label="B"),
                 lambda: move_field(Patron, "x_motto", up=True)):
        with pytest.raises(Forbidden), unit_of_work(anna):
            verb()
    keeper = make_user("kim", *EVERYTHING, grant("kernel.custom_field", "read create change"))
    with unit_of_work(keeper):
        assert define_field(Patron, "text", "Size").code == "x_size"


def test_a_renamed_field_keeps_its_code_and_its_values(system: Actor, define: Define) -> None:
    made = define(Patron, "text", "Motto")
    with unit_of_work(system):
        id_ = records.create(Patron, [{"code": "A", "name": "A", "x_motto": "Go"}])[0].id
    with unit_of_work(system):
        change_field(Patron, "x_motto", made.version, label="Slogan", label_zh_hans="口号")
    with unit_of_work(system, reading=True):
        assert str(fields_of(Patron)["x_motto"].label) == "Slogan"
        with use_locale("zh_Hant"):
            assert str(fields_of(Patron)["x_motto"].label) == "口号"
        assert records.to_json(Patron, [id_])[0]["x_motto"] == "Go"


@pytest.mark.parametrize("change", [{"kind": "number"}, {"code": "x_other"}, {"entity": "tests.commission"}])
def test_what_values_are_stored_by_stays(system: Actor, define: Define, change: dict[str, str]) -> None:
    define(Patron, "text", "Motto")
    with pytest.raises(Invalid) as refused, unit_of_work(system):
        held = custom_field(Patron, "x_motto")
        for name, value in change.items():
            setattr(held, name, value)
    assert set(told(refused)) == set(change)


def test_the_second_of_two_administrators_is_told_what_changed(system: Actor, define: Define) -> None:
    made = define(Patron, "text", "Motto")
    with unit_of_work(system):
        change_field(Patron, "x_motto", made.version, label="Slogan", required=True)
    for verb in (lambda: change_field(Patron, "x_motto", made.version, label="Cry"),
                 lambda: remove_field(Patron, "x_motto", made.version)):
        with pytest.raises(ChangedMeanwhile) as refused, unit_of_work(system):
            verb()
        assert {(each.field, each.new) for each in refused.value.changes} == {("label", "Slogan"), ("required", True)}


@pytest.fixture
def second(database: Database, tmp_path: Path) -> Iterator[Database]:
    """The same database as another process has it open: an engine and caches of its own."""
    url = f"sqlite:///{tmp_path}/trellis.db"
    if not database.is_sqlite:
        with unit_of_work(reading=True, database=database) as opened:
            name = opened.work.connection.scalar(text("SELECT current_database()"))
        url = make_url(postgres_server()).set(database=name).render_as_string(hide_password=False)
    opened_again = Database(url)
    yield opened_again
    opened_again.dispose()


def test_two_processes_see_a_new_field_at_once(system: Actor, database: Database, second: Database) -> None:
    other = second

    def seen(by: Database) -> list[str]:
        with unit_of_work(system, reading=True, database=by):
            return list(definitions_of(Patron))

    try:
        assert seen(database) == seen(other) == []
        with unit_of_work(system, database=database):
            define_field(Patron, "text", "Motto")
            assert list(definitions_of(Patron)) == ["x_motto"]
        assert seen(other) == seen(database) == ["x_motto"]
        set_database(other)
        with unit_of_work(system, database=other):
            made = records.create(Patron, [{"code": "A", "name": "A", "x_motto": "Go"}])[0].id
            remove_field(Patron, "x_motto")
        assert seen(database) == []
        set_database(database)
        with unit_of_work(system, reading=True):
            assert "x_motto" not in records.to_json(Patron, [made])[0]
    finally:
        set_database(database)


def test_what_was_rolled_back_was_never_there(system: Actor) -> None:
    with pytest.raises(Conflict), unit_of_work(system):
        define_field(Patron, "text", "Motto")
        assert "x_motto" in fields_of(Patron)
        raise Conflict("STOP", "stop")
    with unit_of_work(system, reading=True):
        assert "x_motto" not in fields_of(Patron)
        assert not hasattr(Patron, "x_motto")


def test_entities_without_custom_fields_cost_nothing(
    system: Actor, define: Define, make_user: MakeUser, count_statements: Any
) -> None:
    anna = make_user("anna", *EVERYTHING)
    counts = []
    for step in (lambda: None, lambda: define(Commission, "text", "Motto")):
        step()
        for _time in range(2):  # the first of a process reads the definitions
            with unit_of_work(anna, reading=True), count_statements() as counted:
                Query(Patron, count=True).page()
        counts.append(len(counted))
    assert counts[0] == counts[1]


def test_a_removed_field_is_hidden_and_comes_back_with_its_values(system: Actor, define: Define) -> None:
    define(Patron, "text", "Motto", unique=True)
    define(Patron, "number", "Size")
    with unit_of_work(system):
        id_ = records.create(Patron, [{"code": "A", "name": "A", "x_motto": "Go", "x_size": "3"}])[0].id
        remove_field(Patron, "x_motto")
        assert [each.code for each in custom_fields(Patron)] == ["x_size"]
        assert [each.code for each in custom_fields(Patron, removed=True)] == ["x_motto"]
    with unit_of_work(system):
        assert is_removed(Patron, "x_motto")
        assert "x_motto" not in records.to_json(Patron, [id_])[0]
        with pytest.raises(Invalid, match="x_motto"):
            Query(Patron, filter=[["x_motto", "eq", "Go"]]).page()
        with pytest.raises(Invalid):
            records.change(Patron, [(id_, None, {"x_motto": "Stop"})])
    with unit_of_work(system):
        records.change(Patron, [(id_, None, {"x_size": "4"})])
    with unit_of_work(system):
        restore_field(Patron, "x_motto")
    with unit_of_work(system, reading=True):
        answer = records.to_json(Patron, [id_])[0]
        assert (answer["x_motto"], answer["x_size"]) == ("Go", "4")


def test_a_code_is_not_given_twice_while_a_removed_field_holds_it(system: Actor, define: Define) -> None:
    define(Patron, "text", "Motto")
    with unit_of_work(system):
        remove_field(Patron, "x_motto")
        assert define_field(Patron, "number", "Motto").code == "x_motto_2"
    with pytest.raises(Invalid) as refused, unit_of_work(system):
        define_field(Patron, "number", "Motto", "x_motto")
    assert told(refused) == {"code": "DUPLICATE"}


def test_before_removal_everything_that_names_the_field_is_told(
    system: Actor, define: Define, make_user: MakeUser
) -> None:
    define(Patron, "number", "Size")
    define(Patron, "formula", "Area", formula="x_size * x_size", result="number")
    define(Commission, "link", "For", target="tests.patron", fills=["x_size"])
    anna = make_user("anna", *EVERYTHING, hide("tests.patron", "x_size"))
    with unit_of_work(system) as opened:
        opened.work.connection.execute(insert(SavedView).values(
            id=1, entity="tests.patron", user_id=anna.user_id, name="Big ones", page="list", shared=False,
            state=[["f.x_size.from", "5"]]))
        opened.work.connection.execute(insert(SavedView).values(
            id=2, entity="tests.patron", user_id=anna.user_id, name="Others", page="list", shared=False,
            state=[["sort", "x_size_2"]]))
        opened.add(ApprovalDefinition(
            code="a", name="Large", entity="tests.patron", transition="t", stage="draft", nodes=[],
            conditions=[{"field": "x_size", "op": "gt", "value": "5"}]))
        opened.add(ApprovalDefinition(
            code="b", name="Branched", entity="tests.patron", transition="t", stage="draft", nodes=[
                {"key": "n1", "type": "branch", "name": "How large", "paths": [
                    {"key": "n2", "name": "Large", "nodes": [],
                     "conditions": [{"field": "x_size", "op": "gt", "value": "9"}]},
                    {"key": "n3", "name": "Otherwise", "nodes": [], "conditions": []}]}]))
    with unit_of_work(system, reading=True):
        assert sorted((str(each.what), each.name) for each in mentions_of(Patron, "x_size")) == [
            ("Approval", "Branched"), ("Approval", "Large"), ("Field rule of the role", "anna"), ("Formula", "Area"),
            ("Link", "For"), ("Saved view", "Big ones")]


def test_approvals_and_formulas_go_on_with_the_values_of_a_removed_field(system: Actor, define: Define) -> None:
    define(Patron, "number", "Size")
    define(Patron, "formula", "Area", formula="x_size * x_size", result="number")
    with unit_of_work(system):
        id_ = records.create(Patron, [{"code": "A", "name": "A", "x_size": "3"}])[0].id
        remove_field(Patron, "x_size")
    with unit_of_work(system):
        record = records.change(Patron, [(id_, None, {"city": "Rome"})])[0]
        assert holds(record, [{"field": "x_size", "op": "eq", "value": "3"},
                              {"field": "x_area", "op": "eq", "value": "9"}])


def test_a_rule_that_names_a_removed_field_waits_for_it(system: Actor, define: Define, make_user: MakeUser) -> None:
    define(Patron, "number", "Size")
    anna = make_user("anna", *EVERYTHING, hide("tests.patron", "x_size"))
    with unit_of_work(system):
        remove_field(Patron, "x_size")
        sync_roles("nobody", [])
    with unit_of_work(system):
        restore_field(Patron, "x_size")
    with unit_of_work(anna, reading=True), pytest.raises(Forbidden):
        Query(Patron, sort=("x_size",)).page()


def test_a_record_that_a_removed_link_points_to_is_kept(system: Actor, define: Define) -> None:
    define(Patron, "link", "Friend", target="tests.patron")
    with unit_of_work(system):
        ada, bo = (each.id for each in records.create(Patron, [
            {"code": "A", "name": "Ada"}, {"code": "B", "name": "Bo"}]))
        records.change(Patron, [(bo, None, {"x_friend": ada})])
        remove_field(Patron, "x_friend")
    with unit_of_work(system):
        assert records.delete(Patron, [ada]).archived == [ada]


def test_values_that_repeat_keep_a_field_from_becoming_unique(system: Actor, define: Define) -> None:
    define(Patron, "number", "Size")
    with unit_of_work(system):
        records.create(Patron, [{"code": each, "name": each, "x_size": "3"} for each in "AB"])
    with pytest.raises(Invalid) as refused, unit_of_work(system):
        change_field(Patron, "x_size", None, unique=True)
    assert told(refused) == {"unique": "DUPLICATE"}


def test_a_column_that_was_taken_away_keeps_what_lines_hold(system: Actor, define: Define) -> None:
    columns = [{"code": "x_what", "kind": "text", "label": "What"}, {"code": "x_qty", "kind": "number", "label": "Q"}]
    define(Patron, "table", "Items", columns=columns)
    with unit_of_work(system):
        id_ = records.create(Patron, [{"code": "A", "name": "A", "x_items": [{"x_what": "Ink", "x_qty": "2"}]}])[0].id
        change_field(Patron, "x_items", None, columns=[columns[0], {**columns[1], "archived": True}])
    with unit_of_work(system):
        held: Any = records.get(Patron, id_)
        records.change(Patron, [(id_, None, {"x_items": [{"id": held.x_items[0]["id"], "x_what": "Oil"}]})])
        assert "x_qty" not in records.to_json(Patron, [id_])[0]["x_items"][0]
        change_field(Patron, "x_items", None, columns=columns)
    with unit_of_work(system, reading=True):
        line = records.to_json(Patron, [id_])[0]["x_items"][0]
        assert (line["x_what"], line["x_qty"]) == ("Oil", "2")


def test_fields_are_put_in_another_order(system: Actor, define: Define) -> None:
    for label in "ABC":
        define(Patron, "text", label)
    with unit_of_work(system):
        move_field(Patron, "x_c", up=True)
        move_field(Patron, "x_a", up=True)
    with unit_of_work(system, reading=True):
        assert [name for name in fields_of(Patron) if name.startswith("x_")] == ["x_a", "x_c", "x_b"]
    with pytest.raises(NotFound), unit_of_work(system):
        move_field(Patron, "x_z", up=True)


def test_a_field_of_code_keeps_clear_of_the_names_of_custom_ones() -> None:
    clashing = type("Clashing", (Declared,), {"x_size": note(), "__annotations__": {"x_size": "Mapped[str]"}})
    with pytest.raises(UsageError, match="x_"):
        clashing.declare_fields()
