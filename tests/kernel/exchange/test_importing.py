"""Importing by a mapping file: good rows come in, bad ones are told, and doing it again does no harm."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from kernel.entities.audit import AuditEntry
from kernel.entities.work import Actor, unit_of_work
from kernel.errors import Forbidden, Refusal
from kernel.exchange.importing import ImportReport, run_import
from kernel.exchange.models import ImportKey
from kernel.identity.models import Department, Employee
from kernel.permissions.declare import grant, readonly
from tests.conftest import MakeUser
from tests.kernel.exchange.studio import EVERYTHING, Commission, CommissionItem, Patron, PatronTerms

PATRONS = """
source = "Old studio"
[[step]]
name = "patrons"
entity = "tests.patron"
file = "patrons.csv"
key = "Id"
[step.fields]
code = "Id"
name = { template = "{First} {Last}" }
city = "City"
visits = { column = "Visits", default = 0 }
terms.limit = "Limit"
"""
COMMISSIONS = """
[[step]]
name = "commissions"
entity = "tests.commission"
file = "works.csv"
key = "No"
history = true
[step.fields]
number = "No"
patron = { column = "Patron", ref = "patrons" }
due = { column = "Due", dates = ["%d.%m.%Y"] }
style = { column = "Style", values = { O = "oil", I = "ink" } }
urgent = { formula = "Rush == 'yes'" }
state = { constant = "done" }
total = { column = "Total", decimal = ",", thousands = "." }
[[step]]
name = "items"
entity = "tests.commission_item"
file = "items.csv"
key = ["No", "#"]
history = true
[step.fields]
commission = { column = "No", ref = "commissions" }
what = "What"
quantity = "Qty"
price = { formula = "round(Amount / Qty, 4)" }
"""
GOOD = {
    "patrons.csv": "Id,First,Last,City,Visits,Limit\nP1,Ada,Lovelace,London,3,500\nP2,,Plato,,,\n",
    "works.csv": ("No,Patron,Due,Style,Rush,Total\nW1,P1,31.01.2026,O,yes,\"1.234,5\"\nW2,P2,,I,no,\"0,0001\"\n"),
    "items.csv": "No,What,Qty,Amount\nW1,Portrait,2,1234.5\nW1,Frame,1,10\nW2,Sketch,1,0.0001\n",
}
Import = Callable[..., ImportReport]


@pytest.fixture
def bring(database: object, tmp_path: Path) -> Import:
    """Write a mapping and files, and import them."""
    folder = tmp_path / "export"
    folder.mkdir()

    def bring(mapping: str, files: dict[str, str | bytes], **options: Any) -> ImportReport:
        (tmp_path / "mapping.toml").write_text(mapping, encoding="utf-8")
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (folder / name).write_bytes(data)
        return run_import(tmp_path / "mapping.toml", folder, **options)

    return bring


def count(cls: type[Any]) -> int:
    with unit_of_work(reading=True) as opened:
        return opened.scalar(select(func.count()).select_from(cls)) or 0


def told(report: ImportReport) -> list[tuple[str, int, str, str]]:
    return [(problem.file, problem.line, problem.column, problem.code) for problem in report.problems]


def test_records_components_history_and_lines_come_in(bring: Import) -> None:
    report = bring(PATRONS + COMMISSIONS, GOOD)
    assert report.clean
    assert [step.created for step in report.steps] == [2, 2, 3]
    with unit_of_work(reading=True) as opened:
        ada, plato = opened.scalars(select(Patron).order_by(Patron.code))
        assert (ada.name, ada.city, ada.visits, ada[PatronTerms].limit) == ("Ada Lovelace", "London", 3, Decimal(500))
        assert (plato.name, plato.city, plato.visits, plato[PatronTerms].limit) == ("Plato", None, 0, Decimal(100))
        first, second = opened.scalars(select(Commission).order_by(Commission.number))
        assert (first.number, first.patron_id, first.due, first.style, first.urgent, first.state, first.total) == (
            "W1", ada.id, dt.date(2026, 1, 31), "oil", True, "done", Decimal("1234.5"))
        assert first.historical
        assert second.total == Decimal("0.0001")
        assert [(item.what, item.quantity, item.price) for item in first.items] == [
            ("Portrait", Decimal(2), Decimal("617.25")), ("Frame", Decimal(1), Decimal(10))]


def test_importing_again_changes_nothing(bring: Import) -> None:
    bring(PATRONS + COMMISSIONS, GOOD)
    before = count(AuditEntry)
    report = bring(PATRONS + COMMISSIONS, GOOD)
    assert (report.created, report.changed, report.refused) == (0, 0, 0)
    assert [step.unchanged for step in report.steps] == [2, 2, 3]
    assert count(AuditEntry) == before


@pytest.mark.parametrize(("file", "old", "new", "cls", "changes"), [
    ("patrons.csv", "London", "Paris", Patron, {"city": ["London", "Paris"]}),
    ("patrons.csv", "500", "600", Patron, {"terms.limit": ["500", "600"]}),
    ("works.csv", "1.234,5", "1.234,6", Commission, {"total": ["1234.5", "1234.6"]}),
    ("items.csv", "Frame", "Easel", CommissionItem, {"what": ["Frame", "Easel"]}),
])
def test_one_changed_cell_changes_that_record_alone(
    bring: Import, file: str, old: str, new: str, cls: type[Any], changes: dict[str, list[str]]
) -> None:
    bring(PATRONS + COMMISSIONS, GOOD)
    before = count(AuditEntry)
    report = bring(PATRONS + COMMISSIONS, {file: str(GOOD[file]).replace(old, new)})
    assert (report.created, report.changed, report.refused) == (0, 1, 0)
    with unit_of_work(reading=True) as opened:
        entries = opened.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()[before:]
        assert [(entry.action, entry.entity, entry.changes) for entry in entries] == [
            ("change", cls.__entity__, changes)]
        record = opened.get(cls, entries[0].record_id)
        assert record is not None
        assert record.version == (1 if "terms.limit" in changes else 2)
    assert bring(PATRONS + COMMISSIONS, {}).changed == 0


def test_a_users_own_edit_stays_where_its_cell_did_not_change(bring: Import, system: Actor) -> None:
    bring(PATRONS, GOOD)
    with unit_of_work(system) as opened:
        opened.scalars(select(Patron).where(Patron.code == "P1")).one().city = "Ockham"
    bring(PATRONS, {"patrons.csv": str(GOOD["patrons.csv"]).replace("Ada", "Augusta")})
    with unit_of_work(reading=True) as opened:
        ada = opened.scalars(select(Patron).where(Patron.code == "P1")).one()
        assert (ada.name, ada.city) == ("Augusta Lovelace", "Ockham")


def test_a_field_added_to_the_mapping_is_filled_in_later(bring: Import) -> None:
    bring(PATRONS.replace('city = "City"\n', ""), GOOD)
    report = bring(PATRONS, GOOD)
    assert (report.created, report.changed, report.step("patrons").unchanged) == (0, 1, 1)


def test_rows_gone_from_the_source_are_reported_and_left(bring: Import) -> None:
    bring(PATRONS, GOOD)
    report = bring(PATRONS, {"patrons.csv": "Id,First,Last,City,Visits,Limit\nP1,Ada,Lovelace,London,3,500\n"})
    step = report.step("patrons")
    assert (step.gone, step.gone_keys, step.unchanged) == (1, ["P2"], 1)
    assert count(Patron) == 2


def test_bad_rows_are_told_one_by_one_and_good_ones_come_in(bring: Import) -> None:
    report = bring(PATRONS + COMMISSIONS, {
        "patrons.csv": ("Id,First,Last,City,Visits,Limit\nP1,Ada,Lovelace,,3,500\nP2,,,,1,\nP3,Bo,X,,many,\n"
                        f"P4,Cy,{'y' * 90},,,\nP1,Dee,Double,,,\nP5,short\n,Nobody,,,,\nP6,Eve,Z,,,1.2345678\n"),
        "works.csv": ("No,Patron,Due,Style,Rush,Total\nW1,P1,31.01.2026,O,yes,5\nW2,P2,,O,no,1\nW3,P9,,O,no,1\n"
                      "W4,P1,2026/01/31,O,no,1\nW5,P1,,X,no,1\nW6,,,O,no,1\n"),
        "items.csv": "No,What,Qty,Amount\nW1,Portrait,2,8\nW3,Sketch,1,1\nW1,Broken,0,1\n",
    })
    assert told(report) == [
        ("patrons.csv", 3, "First, Last", "REQUIRED"), ("patrons.csv", 4, "Visits", "NO_NUMBER"),
        ("patrons.csv", 5, "First, Last", "TOO_LONG"), ("patrons.csv", 6, "Id", "DUPLICATE_KEY"),
        ("patrons.csv", 7, "", "CELLS"), ("patrons.csv", 8, "Id", "REQUIRED"),
        ("patrons.csv", 9, "Limit", "TOO_PRECISE"),
        ("works.csv", 3, "Patron", "PARENT_REFUSED"), ("works.csv", 4, "Patron", "NOT_FOUND"),
        ("works.csv", 5, "Due", "NO_DATE"), ("works.csv", 6, "Style", "UNKNOWN_VALUE"),
        ("works.csv", 7, "Patron", "REQUIRED"),
        ("items.csv", 3, "No", "PARENT_REFUSED"), ("items.csv", 4, "Amount, Qty", "FORMULA"),
    ]
    assert [(step.read, step.created, step.refused) for step in report.steps] == [(8, 1, 7), (6, 1, 5), (3, 1, 2)]
    date = next(problem for problem in report.problems if problem.code == "NO_DATE")
    assert str(date) == "works.csv:5: Due = '2026/01/31': is no date; dates look like 31.01.2026"
    assert (count(Patron), count(Commission), count(CommissionItem)) == (1, 1, 1)


def test_refused_rows_come_in_once_they_are_mended(bring: Import) -> None:
    broken = str(GOOD["patrons.csv"]).replace("3,500", "three,500")
    report = bring(PATRONS + COMMISSIONS, {**GOOD, "patrons.csv": broken})
    assert [step.refused for step in report.steps] == [1, 1, 2]
    report = bring(PATRONS + COMMISSIONS, GOOD)
    assert [(step.created, step.unchanged, step.refused) for step in report.steps] == [(1, 1, 0), (1, 1, 0), (2, 1, 0)]


def test_a_used_number_is_told_before_the_database_would_refuse_the_batch(bring: Import, system: Actor) -> None:
    with unit_of_work(system) as opened:
        opened.add(Patron(code="P1", name="Somebody else"))
    report = bring(PATRONS, GOOD)
    assert told(report) == [("patrons.csv", 2, "Id", "DUPLICATE")]
    assert report.created == 1


def test_match_takes_an_existing_record_over(bring: Import, system: Actor) -> None:
    with unit_of_work(system) as opened:
        opened.add(Patron(code="P1", name="Ada"))
    matching = PATRONS.replace('key = "Id"', 'key = "Id"\nmatch = "code"')
    report = bring(matching, GOOD)
    assert (report.created, report.changed, report.clean) == (1, 1, True)
    with unit_of_work(reading=True) as opened:
        assert opened.scalars(select(Patron.name).where(Patron.code == "P1")).all() == ["Ada Lovelace"]
    assert bring(matching, GOOD).changed == 0


def test_a_record_taken_over_may_be_kept_as_it_is(bring: Import, system: Actor) -> None:
    with unit_of_work(system) as opened:
        opened.add(Patron(code="P1", name="Ada"))
    keeping = PATRONS.replace('key = "Id"', 'key = "Id"\nmatch = "code"\nexisting = "keep"')
    report = bring(keeping + COMMISSIONS, GOOD)
    assert (report.step("patrons").unchanged, report.step("patrons").created, report.clean) == (1, 1, True)
    with unit_of_work(reading=True) as opened:
        ada = opened.scalars(select(Patron).where(Patron.code == "P1")).one()
        assert (ada.name, ada.version) == ("Ada", 1)
        assert opened.scalars(select(Commission.patron_id).where(Commission.number == "W1")).one() == ada.id


def test_rules_of_the_entity_judge_each_row_and_refuse_only_theirs(bring: Import) -> None:
    plain = COMMISSIONS.replace("history = true\n", "").replace('state = { constant = "done" }\n', "").replace(
        'total = { column = "Total", decimal = ",", thousands = "." }\n', "").replace(
        'price = { formula = "round(Amount / Qty, 4)" }', 'price = "Amount"')
    report = bring(PATRONS + plain, {
        **GOOD, "items.csv": "No,What,Qty,Amount\nW1,Portrait,2,8\nW1,Nothing,0,1\nW1,Frame,1,4\n"})
    assert told(report) == [("items.csv", 3, "Qty", "QUANTITY")]
    with unit_of_work(reading=True) as opened:
        first = opened.scalars(select(Commission).where(Commission.number == "W1")).one()
        assert (len(first.items), first.historical, first.state) == (2, False, "draft")


def test_records_that_refer_to_each_other_come_in_whatever_their_order(bring: Import) -> None:
    report = bring("""
        source = "Tree"
        [[step]]
        name = "departments"
        entity = "kernel.department"
        file = "d.csv"
        key = "id"
        [step.fields]
        name = "name"
        parent = { column = "above", ref = "departments" }
        """, {"d.csv": "id,name,above\n3,Leaf,2\n2,Branch,1\n1,Root,\n4,Lost,9\n5,A,6\n6,B,5\n"})
    assert sorted(told(report)) == [
        ("d.csv", 5, "above", "NOT_FOUND"), ("d.csv", 6, "above", "NOT_FOUND"), ("d.csv", 7, "above", "NOT_FOUND")]
    with unit_of_work(reading=True) as opened:
        by_name = {each.name: each for each in opened.scalars(select(Department))}
        assert by_name["Leaf"].path == "/" + "/".join(
            str(by_name[name].id) for name in ("Root", "Branch", "Leaf")) + "/"


def test_existing_records_are_found_by_a_field_of_theirs(bring: Import, system: Actor) -> None:
    with unit_of_work(system) as opened:
        opened.add_all([Department(name=name, group=group) for name, group in (
            ("Sales", None), ("Twin", "a"), ("Twin", "b"))])
    report = bring("""
        source = "HR"
        [[step]]
        entity = "kernel.employee"
        file = "e.csv"
        key = "no"
        [step.fields]
        number = "no"
        name = "name"
        department = { column = "dept", find = "name", values = { S = "Sales", T = "Twin", P = "Purchasing" } }
        """, {"e.csv": "no,name,dept\n1,Anna,S\n2,Ben,P\n3,Cleo,\n4,Dora,T\n"})
    assert told(report) == [("e.csv", 3, "dept", "NOT_FOUND"), ("e.csv", 5, "dept", "SEVERAL")]
    with unit_of_work(reading=True) as opened:
        assert [(each.name, each.department.name if each.department else None)
                for each in opened.scalars(select(Employee).order_by(Employee.number))] == [
            ("Anna", "Sales"), ("Cleo", None)]


def test_joins_stand_other_files_beside_a_row(bring: Import) -> None:
    mapping = PATRONS.replace("[step.fields]", """
        [step.join.place]
        file = "cities.csv"
        on = { City = "Code" }
        where = { Kind = { not = "old" } }
        unused = "report"
        [step.fields]""").replace('city = "City"', 'city = "place.Name"')
    report = bring(mapping, {
        **GOOD, "cities.csv": "Code,Name,Kind\nLondon,Londinium,old\nLondon,Greater London,new\nX,Nowhere,new\n"})
    assert told(report) == [("cities.csv", 4, "Code", "NOT_FOUND")]
    assert (report.step("patrons").unused, report.refused, report.created) == (1, 0, 2)
    with unit_of_work(reading=True) as opened:
        assert opened.scalars(select(Patron.city).order_by(Patron.code)).all() == ["Greater London", None]


def test_several_matches_of_a_join_are_refused_unless_the_mapping_chooses(bring: Import) -> None:
    joined = PATRONS.replace("[step.fields]", """
        [step.join.place]
        file = "cities.csv"
        on = { City = "Code" }
        [step.fields]""").replace('city = "City"', 'city = "place.Name"')
    files = {**GOOD, "cities.csv": "Code,Name\nLondon,First\nLondon,Last\n"}
    assert told(bring(joined, files, dry_run=True)) == [("patrons.csv", 2, "City", "SEVERAL")]
    bring(joined.replace("[step.join.place]", "[step.join.place]\nseveral = \"last\""), files)
    with unit_of_work(reading=True) as opened:
        assert opened.scalars(select(Patron.city).where(Patron.code == "P1")).one() == "Last"


def test_a_dry_run_says_the_same_and_writes_nothing(bring: Import) -> None:
    before = count(AuditEntry)
    report = bring(PATRONS + COMMISSIONS, GOOD, dry_run=True)
    assert (report.dry_run, report.created) == (True, 7)
    assert (count(Patron), count(ImportKey), count(AuditEntry)) == (0, 0, before)


def test_all_or_nothing_takes_everything_back_where_a_row_is_refused(bring: Import) -> None:
    report = bring("all_or_nothing = true\n" + PATRONS, {
        "patrons.csv": "Id,First,Last,City,Visits,Limit\nP1,Ada,L,,,\nP2,,,,,\n"})
    assert (report.withdrawn, report.refused, count(Patron)) == (True, 1, 0)


def test_an_import_that_breaks_off_leaves_nothing_and_can_be_started_again(bring: Import) -> None:
    def break_off(step: Any) -> None:
        if step.name == "items":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring(PATRONS + COMMISSIONS, GOOD, on_progress=break_off)
    assert (count(Patron), count(Commission), count(ImportKey)) == (0, 0, 0)
    assert bring(PATRONS + COMMISSIONS, GOOD).created == 7


def test_deleted_records_stay_deleted_but_an_emptied_table_fills_again(bring: Import, system: Actor) -> None:
    bring(PATRONS, GOOD)
    with unit_of_work(system) as opened:
        opened.delete(opened.scalars(select(Patron).where(Patron.code == "P1")).one())
    report = bring(PATRONS + COMMISSIONS, GOOD)
    assert (report.step("patrons").unchanged, report.step("patrons").created) == (2, 0)
    assert told(report)[0] == ("works.csv", 2, "Patron", "NOT_FOUND")
    with unit_of_work(system) as opened:
        for item in opened.scalars(select(Commission)):
            opened.delete(item)
        opened.flush()
        opened.delete(opened.scalars(select(Patron)).one())
    assert bring(PATRONS, GOOD).created == 2


def test_a_bulk_batch_leaves_one_audit_row_and_few_statements(
    bring: Import, count_statements: Callable[[], Any]
) -> None:
    rows = "".join(f"P{n},Ada,No {n},,{n},{n % 3}\n" for n in range(3000))
    with count_statements() as counter:
        bring(PATRONS, {"patrons.csv": "Id,First,Last,City,Visits,Limit\n" + rows})
    assert len(counter) < 25
    with unit_of_work(reading=True) as opened:
        entries = opened.scalars(select(AuditEntry).where(AuditEntry.entity == "tests.patron")).all()
        assert [(entry.action, entry.changes["created"], entry.changes["step"]) for entry in entries] == [
            ("bulk", 3000, "patrons")]


def test_a_user_imports_what_their_grants_give(bring: Import, make_user: MakeUser) -> None:
    report = bring(PATRONS + COMMISSIONS, GOOD, who=make_user("anna", *EVERYTHING))
    assert (report.created, report.clean) == (7, True)
    with unit_of_work(reading=True) as opened:
        patron = opened.scalars(select(Patron).where(Patron.code == "P1")).one()
        assert patron.created_by_id is not None
    assert bring(PATRONS + COMMISSIONS, {
        "patrons.csv": str(GOOD["patrons.csv"]).replace("London", "Paris")}, who=make_user("bob", *EVERYTHING)
    ).changed == 1


def test_without_the_grant_or_against_a_field_rule_nothing_comes_in(bring: Import, make_user: MakeUser) -> None:
    with pytest.raises(Forbidden, match="create patrons"):
        bring(PATRONS, GOOD, who=make_user("ben", grant("tests.patron", "read"), grant("tests.patron_terms", "*")))
    with pytest.raises(Refusal, match="you may not write city"):
        bring(PATRONS, GOOD, who=make_user("cat", *EVERYTHING, readonly("tests.patron", "city")))
    assert count(Patron) == 0


ACTING = PATRONS + COMMISSIONS.replace("history = true\n", "").replace('state = { constant = "done" }\n', "").replace(
    'total = { column = "Total", decimal = ",", thousands = "." }\n', "").replace(
    'key = "No"\n', 'key = "No"\naction = "finish"\n').replace(
    "due = {", 'remark = "Note"\ndue = {')
ACTED = {**GOOD, "works.csv": "No,Patron,Due,Style,Rush,Note\nW1,P1,31.01.2026,O,yes,Signed\nW2,P2,,I,no,Signed\n"}


def test_what_came_in_new_is_taken_through_the_steps_action_once_all_steps_have_run(bring: Import) -> None:
    report = bring(ACTING, ACTED)
    assert report.clean, report.problems
    with unit_of_work(reading=True) as opened:
        works = opened.scalars(select(Commission).order_by(Commission.number)).all()
        assert [(each.state, each.historical) for each in works] == [("done", False), ("done", False)]
        assert [len(each.items) for each in works] == [2, 1]
    again = bring(ACTING, ACTED)
    assert (again.created, again.changed, again.clean) == (0, 0, True)


def test_a_refused_action_leaves_the_records_as_they_came_in_and_is_told(bring: Import) -> None:
    without = ACTED["works.csv"].replace("no,Signed", "no,")
    report = bring(ACTING, {**ACTED, "works.csv": without})
    [problem] = report.problems
    assert (problem.step, problem.code) == ("commissions", "REQUIRED")
    assert "“Finish” was refused" in str(problem.message)
    with unit_of_work(reading=True) as opened:
        assert set(opened.scalars(select(Commission.state))) == {"draft"}


def test_an_action_that_the_entity_lacks_stops_the_import(bring: Import) -> None:
    with pytest.raises(Refusal, match="has no action frame"):
        bring(ACTING.replace('"finish"', '"frame"'), ACTED)
    with unit_of_work(reading=True) as opened:
        assert opened.scalar(select(func.count()).select_from(Commission)) == 0
