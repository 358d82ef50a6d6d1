"""Rights hold for custom fields at every door, and imports, approvals and services treat them as any field."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest

from kernel.api.openapi import document
from kernel.entities.bulk import insert_rows, update_rows
from kernel.entities.database import Database
from kernel.entities.work import Actor, session, unit_of_work
from kernel.errors import Forbidden, Invalid
from kernel.exchange import records
from kernel.exchange.conflicts import ChangedMeanwhile
from kernel.exchange.exporting.lists import exported
from kernel.exchange.grouping import Grouping
from kernel.exchange.listing import Query
from kernel.exchange.paths import resolve
from kernel.exchange.sheets.columns import fields_by_path
from kernel.identity.models import Company
from kernel.permissions.declare import grant, hide, readonly
from kernel.registry.checks import run_checks
from kernel.registry.invariants import customs  # noqa: F401  # declares what is checked
from kernel.shared.models import Currency
from kernel.web.currencies import Currencies
from kernel.web.history import field_columns
from kernel.web.layout import columns_of, sections_of, tables_of, writable_names
from kernel.workflows.conditions import holds
from tests.conftest import MakeUser
from tests.kernel.custom.conftest import Define
from tests.kernel.exchange.studio import EVERYTHING, Commission, CommissionItem, Patron
from tests.kernel.exchange.test_sheets import Desk


def told(error: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {problem.field: problem.code for problem in error.value.problems}


@pytest.fixture
def ada(system: Actor, kinds: None) -> int:
    with unit_of_work(system):
        return records.create(Patron, [{
            "code": "ADA", "name": "Ada", "x_motto": "secret words", "x_budget": "5",
            "x_items": [{"x_what": "Easel"}]}])[0].id


HIDDEN = [hide("tests.patron", name) for name in ("x_motto", "x_budget", "x_items", "x_double")]


@pytest.mark.parametrize("ask", [
    {"filter": [["x_budget", "gt", "1"]]}, {"sort": ["x_budget"]}, {"fields": ["x_motto"]}, {"sums": ["x_budget"]},
    {"filter": [["x_motto", "contains", "secret"]]}, {"fields": ["x_items"]},
    {"filter": [["x_friend.x_motto", "eq", "a"]]}])
def test_a_hidden_field_is_refused_in_lists(make_user: MakeUser, ada: int, ask: dict[str, Any]) -> None:
    ben = make_user("ben", *EVERYTHING, *HIDDEN)
    with pytest.raises(Forbidden, match=r"x_motto|x_budget|x_items"), unit_of_work(ben, reading=True):
        Query(Patron, **ask).page()


def test_a_hidden_field_is_absent_everywhere(make_user: MakeUser, ada: int) -> None:
    names = {"x_motto", "x_budget", "x_items", "x_double"}
    ben = make_user("ben", *EVERYTHING, *HIDDEN)
    with unit_of_work(ben, reading=True):
        assert not names & set(records.to_json(Patron, [ada])[0])
        assert not names & {path for path, _field in columns_of(Patron)}
        placed = {each.path for section in sections_of(Patron) for each in section.fields}
        assert not names & placed
        assert "x_class" in placed
        assert tables_of(Patron) == []
        assert not names & writable_names(Patron)
        assert not names & set(field_columns(Patron))
        assert not names & set(fields_by_path(Patron))
        assert Query(Patron, search="secret").page().rows == []
        with pytest.raises(Forbidden):
            Grouping(Query(Patron), ("x_motto",)).answer()


@pytest.mark.parametrize("value", [{"x_motto": "new"}, {"x_budget": "9"}, {"x_items": [{"x_what": "Brush"}]}])
def test_hidden_and_locked_fields_take_no_input(
    make_user: MakeUser, ada: int, value: dict[str, Any]
) -> None:
    ben = make_user("ben", *EVERYTHING, *HIDDEN)
    with pytest.raises(Forbidden, match="x_"), unit_of_work(ben):
        records.change(Patron, [(ada, None, value)])
    cleo = make_user("cleo", *EVERYTHING, *(readonly("tests.patron", name) for name in value))
    with pytest.raises(Invalid) as refused, unit_of_work(cleo):
        records.change(Patron, [(ada, None, value)])
    assert set(told(refused).values()) == {"READONLY"}
    with unit_of_work(cleo, reading=True):
        assert set(value) <= set(records.to_json(Patron, [ada])[0])


def test_a_list_is_exported_with_its_custom_fields_and_without_hidden_ones(
    system: Actor, make_user: MakeUser, ada: int
) -> None:
    with unit_of_work(system):
        records.change(Patron, [(ada, None, {
            "x_class": "l", "x_vip": True, "x_items": [{"x_what": "Ink", "x_qty": "2", "x_price": "1.50"}]})])
    names = ("x_budget", "x_class", "x_vip", "x_double", "x_items")
    anna = make_user("anna", *EVERYTHING)
    with unit_of_work(anna, reading=True):
        _head, line = exported(Query(Patron, fields=names), names)
        assert line[:5] == [5, "Large", "yes", 10, "Easel · 0; Ink · 2 · 1.5 · 3"]
    ben = make_user("ben", *EVERYTHING, *HIDDEN)
    with pytest.raises(Forbidden), unit_of_work(ben, reading=True):
        list(exported(Query(Patron, fields=names), names))


def test_amounts_in_several_currencies_come_in_and_go_out_with_theirs(
    define: Define, make_user: MakeUser, system: Actor
) -> None:
    define(Patron, "link", "Pays in", "x_pays_in", target="kernel.currency")
    define(Patron, "money", "Retainer", "x_retainer", currency="x_pays_in")
    define(Patron, "formula", "Yearly", "x_yearly", formula="x_retainer * 12", result="money", currency="x_pays_in")
    with unit_of_work(system) as opened:
        opened.add_all([Currency(code="JPY", name="Yen", decimals=0), Currency(code="EUR", name="Euro", decimals=2)])
    anna = make_user("anna", *EVERYTHING, grant("kernel.currency", "read"))
    Desk(anna).bring("Code,Name,Retainer,Pays in\nA,Ada,1200,JPY\nB,Ben,10.5,EUR\n").take()
    with unit_of_work(anna, reading=True):
        names = ("name", "x_retainer", "x_yearly")
        head, *lines = exported(Query(Patron, fields=names, sort=("name",)), names)
        assert head == [*names, "Currency"]
        assert lines == [["Ada", 1200, 14400, "JPY"], ["Ben", Decimal("10.5"), 126, "EUR"]]
        found = Query(Patron, fields=names, filter=[["x_pays_in.code", "eq", "JPY"], ["x_retainer", "gt", "20"]]).page()
        assert [row.values["name"] for row in found.rows] == ["Ada"]
        paths = [resolve(Patron, "x_retainer")]
        currencies = Currencies(Patron, paths)
        currencies.read(Grouping(Query(Patron), currencies.levels).answer())
        assert [code for code, _filter in currencies.of("x_retainer")] == ["EUR", "JPY"], "never added up"


def test_amounts_of_a_sub_table_go_out_with_the_records_currency(
    define: Define, make_user: MakeUser, system: Actor
) -> None:
    define(Patron, "link", "Pays in", "x_pays_in", target="kernel.currency")
    define(Patron, "table", "Costs", "x_costs", columns=[
        {"code": "x_price", "kind": "money", "label": "Price", "currency": "x_pays_in"},
        {"code": "x_cur", "kind": "link", "label": "Currency", "target": "kernel.currency"},
        {"code": "x_abroad", "kind": "money", "label": "Abroad", "currency": "x_cur"}])
    with unit_of_work(system) as opened:
        opened.add(yen := Currency(code="JPY", name="Yen", decimals=0))
        opened.flush()
        id_ = yen.id
    anna = make_user("anna", *EVERYTHING, grant("kernel.currency", "read"))
    with unit_of_work(anna):
        records.create(Patron, [{"code": "A", "name": "Ada", "x_pays_in": id_, "x_costs": [
            {"x_price": "1200", "x_cur": id_, "x_abroad": "7.5"}]}])
    with unit_of_work(anna, reading=True):
        head, line = exported(Query(Patron, fields=("name", "x_costs")), ("Name", "Costs"))
        assert head == ["Name", "Costs", "Currency"]
        assert line == ["Ada", "1200 · JPY · 7.5", "JPY"]


def test_a_formula_takes_no_input(make_user: MakeUser, ada: int) -> None:
    anna = make_user("anna", *EVERYTHING)
    with pytest.raises(Invalid) as refused, unit_of_work(anna):
        records.change(Patron, [(ada, None, {"x_double": "1"})])
    assert told(refused) == {"x_double": "READONLY"}


def test_the_api_document_describes_them_as_what_they_are(system: Actor, kinds: None) -> None:
    with unit_of_work(system, reading=True):
        schemas = document()["components"]["schemas"]
        read, new = schemas["tests.patron"]["properties"], schemas["tests.patron.new"]["properties"]
        assert read["x_budget"]["pattern"] == r"^-?[0-9]+(\.[0-9]+)?$"
        assert new["x_born"]["anyOf"][0]["format"] == "date"
        assert new["x_class"]["anyOf"][0]["enum"] == ["s", "l"]
        assert "x_double" not in new
        assert set(new["x_items"]["items"]["properties"]) == {
            "id", "removed", "x_what", "x_qty", "x_price", "x_when", "x_for"}
        assert read["x_items"]["items"]["properties"]["x_amount"]["title"] == "Amount"


def test_an_import_matches_columns_by_label_and_names_the_bad_cell(make_user: MakeUser, ada: int) -> None:
    desk = Desk(make_user("anna", *EVERYTHING))
    desk.bring(
        "Code,Name,Motto,Size,Budget,Born,Vip,Class,Friend\n"
        "P1,Plato,Know thyself,1.5,10.50,2026-01-31,yes,Large,Ada\nP2,Bo,,many,,,,,\n")
    assert desk.counts("check") == (1, 0, 0, 1)
    assert [cells[0][0] for cells in desk.wrong().values()] == ["Size"]
    desk.take()
    with unit_of_work(desk.who, reading=True):
        [found] = Query(Patron, filter=[["x_motto", "starts", "Know"]]).page().rows
        [row] = records.to_json(Patron, [found.id])
        assert (row["x_budget"], row["x_born"], row["x_class"], row["x_friend"]["id"]) == (
            "10.50", "2026-01-31", "l", ada)
        assert row["x_double"] == "21.00"


def test_the_columns_of_a_file_find_their_fields_by_label_in_any_language(
    make_user: MakeUser, define: Define
) -> None:
    define(Patron, "text", "Motto", label_zh_hant="座右銘")
    desk = Desk(make_user("anna", *EVERYTHING)).bring("Code,Name,座右銘\nP1,Plato,Know thyself\n").take()
    with unit_of_work(desk.who, reading=True):
        assert Query(Patron, fields=("x_motto",)).page().rows[0]["x_motto"] == "Know thyself"


def test_approvals_decide_by_custom_fields(system: Actor, ada: int) -> None:
    with unit_of_work(system):
        record = records.get(Patron, ada)
        friend: Any = records.create(Patron, [{"code": "BO", "name": "Bo", "x_friend": "ADA", "x_class": "l"}])[0]
        assert holds(record, [{"field": "x_budget", "op": "gt", "value": "4.99"}])
        assert not holds(record, [{"field": "x_budget", "op": "gt", "value": "5"}])
        assert holds(friend, [{"field": "x_friend.x_motto", "op": "contains", "value": "secret"},
                              {"field": "x_class", "op": "in", "value": ["l", "m"]}])


def test_a_required_field_is_asked_of_whoever_enters_a_record_and_not_of_services(
    system: Actor, define: Define
) -> None:
    with unit_of_work(system):
        old = records.create(Patron, [{"code": "OLD", "name": "Old"}])[0].id
    define(Patron, "text", "Reason", required=True)
    with pytest.raises(Invalid) as refused, unit_of_work(system):
        records.create(Patron, [{"code": "A", "name": "A"}])
    assert told(refused) == {"x_reason": "REQUIRED"}
    with pytest.raises(Invalid) as emptied, unit_of_work(system):
        records.change(Patron, [(old, None, {"x_reason": " "})])
    assert told(emptied) == {"x_reason": "REQUIRED"}
    with unit_of_work(system) as opened:
        opened.add(Patron(code="B", name="B"))
        records.change(Patron, [(old, None, {"city": "Rome"})])


def test_whoever_may_not_write_a_required_field_can_still_make_records(
    make_user: MakeUser, define: Define
) -> None:
    define(Patron, "text", "Reason", required=True)
    ben = make_user("ben", *EVERYTHING, hide("tests.patron", "x_reason"))
    with unit_of_work(ben):
        assert records.create(Patron, [{"code": "A", "name": "A"}])[0].id


def test_a_unique_value_is_refused_twice_in_a_company_among_active_records(system: Actor, define: Define) -> None:
    define(Patron, "number", "Card", unique=True)
    with unit_of_work(system) as opened:
        other = Company(name="Other", currency="EUR")
        opened.add(other)
        opened.flush()
        records.create(Patron, [{"code": "A", "name": "A", "x_card": "5"}, {"code": "B", "name": "B"},
                                {"code": "C", "name": "C"}])
        opened.add(Patron(code="D", name="D", company_id=other.id, x_card=Decimal(5)))
    with pytest.raises(Invalid) as refused, unit_of_work(system):
        records.create(Patron, [{"code": "E", "name": "E", "x_card": "5.00"}])
    assert told(refused) == {"x_card": "DUPLICATE"}
    with pytest.raises(Invalid) as both, unit_of_work(system):
        records.create(Patron, [{"code": each, "name": each, "x_card": "6"} for each in "FG"])
    assert told(both) == {"1.x_card": "DUPLICATE"}
    with unit_of_work(system):
        [taken] = Query(Patron, filter=[["code", "eq", "A"]]).page().rows
        records.archive(Patron, [taken.id])
        assert records.create(Patron, [{"code": "E", "name": "E", "x_card": "5"}])
    with pytest.raises(Invalid), unit_of_work(system):
        records.restore(Patron, [taken.id])


def test_defaults_are_given_to_new_records_whoever_makes_them(system: Actor, define: Define) -> None:
    with unit_of_work(system):
        old = records.create(Patron, [{"code": "OLD", "name": "Old"}])[0].id
    define(Patron, "choice", "Rank", options=[{"value": "a", "label": "A"}], default_value="a")
    define(Patron, "money", "Fee", default_value="2.50")
    define(Patron, "boolean", "Post", default_value="1")
    with unit_of_work(system) as opened:
        made = Patron(code="A", name="A")
        opened.add(made)
        door = records.create(Patron, [{"code": "B", "name": "B", "x_post": False, "x_fee": "0"}])[0]
        held: Any = made
        assert (held.x_rank, held.x_fee, held.x_post) == ("a", Decimal("2.50"), True)
        typed: Any = door
        assert (typed.x_rank, typed.x_fee, typed.x_post) == ("a", 0, False)
        before: Any = records.get(Patron, old)
        assert (before.x_rank, before.x_fee, before.x_post) == (None, None, False)


def test_what_is_no_value_of_the_kind_never_gets_into_the_json(system: Actor, kinds: None) -> None:
    with unit_of_work(system) as opened:
        for name, value in (("x_budget", 1.5), ("x_budget", Decimal("1e12")), ("x_born", "2026-01-01"),
                            ("x_vip", 1), ("x_motto", 5), ("x_friend", "A")):
            with pytest.raises(ValueError, match=r".+"):
                setattr(Patron(code="A", name="A"), name, value)
        opened.add(Patron(code="A", name="A", custom={"x_budget": 1.5, "x_items": "none"}))
        with pytest.raises(Invalid) as refused:
            opened.flush()
        assert told(refused) == {"x_budget": "CUSTOM_VALUE", "x_items": "CUSTOM_VALUE"}
        opened.rollback()


def test_two_who_change_one_record_are_told_what_the_other_changed(system: Actor, ada: int) -> None:
    with unit_of_work(system):
        records.change(Patron, [(ada, 1, {"x_budget": "7"})])
    with pytest.raises(ChangedMeanwhile) as refused, unit_of_work(system):
        records.change(Patron, [(ada, 1, {"x_budget": "8"})])
    assert ("x_budget", "5.000000", "7.000000") in [
        (each.field, each.old, each.new) for each in refused.value.changes]


def test_bulk_verbs_leave_formulas_up_to_date(system: Actor, kinds: None) -> None:
    with unit_of_work(system):
        ids = insert_rows(Patron, [{"code": "A", "name": "A", "visits": 3}, {"code": "B", "name": "B", "visits": 4}])
    with unit_of_work(system):
        assert [row["x_double"] for row in Query(Patron, fields=("x_double",), sort=("id",)).page().rows] == [3, 4]
        update_rows(Patron, [{"id": ids[0], "visits": 9}])
    with unit_of_work(system, reading=True):
        assert [row["x_double"] for row in Query(Patron, fields=("x_double",), sort=("id",)).page().rows] == [9, 4]


def test_lines_of_documents_take_fields_of_their_own(system: Actor, define: Define) -> None:
    define(CommissionItem, "text", "Engraving")
    define(Commission, "formula", "Pieces", formula="sum(items.quantity)", result="number")
    with unit_of_work(system):
        records.create(Patron, [{"code": "P", "name": "P"}])
        made: Any = records.create(Commission, [{"patron": "P", "items": [
            {"what": "Ring", "quantity": "2", "x_engraving": "A+B"}, {"what": "Box"}]}])[0]
        assert made.x_pieces == 3
        id_ = made.id
    with unit_of_work(system):
        held: Any = records.get(Commission, id_)
        records.change(Commission, [(id_, None, {"items": [{"id": held.items[0].id, "quantity": "5"}]})])
    with unit_of_work(system, reading=True):
        [answer] = records.to_json(Commission, [id_])
        assert answer["x_pieces"] == "6"
        assert [line["x_engraving"] for line in answer["items"]] == ["A+B", None]


def test_lines_changed_by_themselves_change_what_their_document_adds_up(system: Actor, define: Define) -> None:
    define(Commission, "formula", "Pieces", formula="sum(items.quantity)", result="number")
    with unit_of_work(system):
        records.create(Patron, [{"code": "P", "name": "P"}])
        id_ = records.create(Commission, [{"patron": "P", "items": [{"what": "Ring", "quantity": "2"}]}])[0].id
    with unit_of_work(system) as opened:
        line = opened.query(CommissionItem).one()
        line.quantity = Decimal(7)
    with unit_of_work(system, reading=True):
        assert records.to_json(Commission, [id_])[0]["x_pieces"] == "7"
        assert session().get_one(Commission, id_).version == 1


def test_a_new_line_needs_the_required_fields_of_lines(system: Actor, define: Define) -> None:
    define(CommissionItem, "text", "Engraving", required=True)
    with pytest.raises(Invalid) as refused, unit_of_work(system):
        records.create(Patron, [{"code": "P", "name": "P"}])
        records.create(Commission, [{"patron": "P", "items": [
            {"what": "Ring", "x_engraving": "A"}, {"what": "Box"}]}])
    assert told(refused) == {"items.1.x_engraving": "REQUIRED"}


def test_two_at_once_can_not_both_take_a_unique_value(
    system: Actor, define: Define, database: Database
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    define(Patron, "number", "Card", unique=True)
    inside, outcomes = threading.Barrier(2, timeout=20), []

    def make(code: str) -> None:
        try:
            with unit_of_work(system):
                inside.wait()
                records.create(Patron, [{"code": code, "name": code, "x_card": "7"}])
            outcomes.append("made")
        except Invalid as refused:
            outcomes.append(refused.problems[0].code)

    threads = [threading.Thread(target=make, args=(code,)) for code in "AB"]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["DUPLICATE", "made"]


def test_the_check_names_records_whose_custom_values_were_spoilt(system: Actor, ada: int) -> None:
    table: Any = Patron.__table__
    with unit_of_work(system) as opened:
        opened.work.connection.execute(
            table.update().where(table.c.id == ada).values(custom={"x_budget": "much", "x_class": "l"}))
    report = run_checks(["kernel.custom_fields"])
    assert [(each.entity, each.record) for _invariant, each in report.found] == [("tests.patron", "Ada")]


def test_a_field_may_begin_with_the_day_the_moment_and_the_person(
    make_user: MakeUser, define: Define
) -> None:
    for kind in ("date", "instant", "member"):
        define(Patron, kind, kind, default_value="1", required=True)
    anna = make_user("anna", *EVERYTHING)
    with unit_of_work(anna) as opened:
        made: Any = records.create(Patron, [{"code": "A", "name": "A"}])[0]
        given: Any = records.create(Patron, [{"code": "B", "name": "B", "x_date": "2020-01-31"}])[0]
        assert (made.x_date, made.x_instant, made.x_member_id) == (opened.today, opened.now, anna.user_id)
        assert given.x_date.year == 2020
