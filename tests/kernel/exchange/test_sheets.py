"""A person's own file: recognised, matched, checked, imported and undone, by the rights of that person."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import func, select

from kernel.entities.audit import AuditEntry
from kernel.entities.work import Actor, session, unit_of_work
from kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from kernel.exchange.models import FileImport, FilePart, ImportedRecord, WrongRow
from kernel.exchange.sheets import jobs
from kernel.exchange.sheets.choices import Choices, ColumnChoice
from kernel.exchange.sheets.columns import fields_by_path
from kernel.exchange.sheets.detecting import dates_of, encoding_of, numbers_of, separator_of
from kernel.exchange.sheets.files import read_again, upload
from kernel.exchange.sheets.opened import OpenImport
from kernel.exchange.sheets.starting import find_import, start_check, start_import, start_undo
from kernel.exchange.sheets.undoing import plan_undo
from kernel.jobs.doing import run_jobs
from kernel.permissions.declare import grant, hide, readonly
from kernel.workflows.machine import workflow_of
from tests.conftest import MakeUser
from tests.kernel.exchange.studio import EVERYTHING, Commission, CommissionItem, Patron, PatronTerms

PATRONS = "Code,Name,City,Visits,Limit\nP1,Ada,London,3,\"1,500.50\"\nP2,Plato,,,\n"


class Desk:
    """One person at work on files, each step a unit of work of its own as on the pages."""

    def __init__(self, who: Actor) -> None:
        self.who = who
        self.id = 0
        self.cls: type[Any] = Patron

    def bring(self, data: str | bytes, name: str = "patrons.csv", cls: type[Any] = Patron, **choices: Any) -> Desk:
        """Upload a file, choose, and check it."""
        self.cls = cls
        with unit_of_work(self.who):
            found = upload(cls, name, io.BytesIO(data if isinstance(data, bytes) else data.encode()))
            self.id = found.id
        with unit_of_work(self.who):
            found = self.found()
            start_check(found, replace(Choices.from_json(found.choices), **choices))
        return self

    def found(self) -> OpenImport:
        return find_import(self.cls, self.id)

    def take(self, *, all_or_nothing: bool = False) -> Desk:
        """Do what was checked."""
        with unit_of_work(self.who):
            start_import(self.found(), all_or_nothing=all_or_nothing)
        return self

    def undo(self, *, whole: bool = True) -> None:
        with unit_of_work(self.who):
            start_undo(self.found(), whole=whole)

    @property
    def state(self) -> str:
        with unit_of_work(self.who, reading=True):
            return self.found().state

    def counts(self, of: str) -> tuple[int, ...]:
        """Give how many are new, changed, unchanged and wrong."""
        with unit_of_work(self.who, reading=True):
            told = self.found().report[of]
            return tuple(told[name] for name in ("created", "changed", "unchanged", "wrong"))

    def wrong(self) -> dict[int, list[list[str]]]:
        with unit_of_work(reading=True) as opened:
            return {row.line: row.problems for row in opened.scalars(
                select(WrongRow).where(WrongRow.import_id == self.id))}


@pytest.fixture
def desk(make_user: MakeUser) -> Desk:
    return Desk(make_user("anna", *EVERYTHING))


def count(cls: type[Any]) -> int:
    with unit_of_work(reading=True) as opened:
        return opened.scalar(select(func.count()).select_from(cls)) or 0


def patrons(*names: str) -> list[tuple[Any, ...]]:
    with unit_of_work(reading=True) as opened:
        return [tuple(getattr(each, name) for name in names) for each in opened.scalars(
            select(Patron).order_by(Patron.code, Patron.id))]


def test_a_check_counts_and_changes_nothing_then_the_import_does(desk: Desk, system: Actor) -> None:
    before = count(AuditEntry)
    desk.bring(PATRONS)
    assert (desk.counts("check"), count(Patron), count(AuditEntry)) == ((2, 0, 0, 0), 0, before)
    desk.take()
    assert (desk.state, desk.counts("done")) == ("done", (2, 0, 0, 0))
    assert patrons("code", "name", "city", "visits") == [("P1", "Ada", "London", 3), ("P2", "Plato", None, 0)]
    with unit_of_work(system, reading=True) as opened:
        ada = opened.scalars(select(Patron).where(Patron.code == "P1")).one()
        assert ada[PatronTerms].limit == Decimal("1500.5")
        assert {entry.request_id for entry in opened.scalars(
            select(AuditEntry).where(AuditEntry.entity == "tests.patron"))} == {f"import-{desk.id}"}
    assert count(FilePart) == 0


@pytest.mark.parametrize(("encoding", "told"), [
    ("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("utf-16-be", "utf-16-be"),
    ("big5", "big5hkscs"), ("gb18030", "gb18030")])
def test_an_encoding_is_told_by_what_the_file_says(desk: Desk, encoding: str, told: str) -> None:
    name = "车轮零件有限公司" if encoding == "gb18030" else "車輪零件有限公司"
    data = f"code;name;city\nP1;{name};\n".encode(encoding)
    assert encoding_of(data) == told
    desk.bring(data).take()
    assert patrons("code", "name") == [("P1", name)]


def test_western_files_are_no_chinese() -> None:
    assert encoding_of("Nr;Firma\n1;Müller & Söhne, Vélo Sàrl\n".encode("windows-1252")) == "windows-1252"


def test_an_encoding_told_wrongly_can_be_overruled(desk: Desk) -> None:
    with unit_of_work(desk.who):
        found = upload(Patron, "a.csv", io.BytesIO("Code,Name\nP1,\xd6ystein\n".encode("windows-1252")))
        with pytest.raises(Refusal, match="not written in utf-8"):
            read_again(Patron, found, replace(Choices.from_json(found.choices), encoding="utf-8"))
        read_again(Patron, found, replace(Choices.from_json(found.choices), separator=";"))
        assert found.content["header"] == ["Code,Name"]


@pytest.mark.parametrize(("text", "told"), [
    ("a,b,c\n1;2;3", ","), ('"x,y,z";b;c\n', ";"), ("a\tb\n", "\t"), ("alone\n", ",")])
def test_what_separates_cells_is_told_by_the_header(text: str, told: str) -> None:
    assert separator_of(text) == told


@pytest.mark.parametrize(("cells", "told"), [
    (["1,234.56", "12"], "1,234.56"), (["1.234,56"], "1.234,56"), (["12,5", "7"], "1.234,56"), (["1,234"], "1,234.56"),
    (["1 234,5"], "1 234,56"), ([], "1,234.56")])
def test_how_numbers_are_written_is_told_by_the_cells(cells: list[str], told: str) -> None:
    assert numbers_of(cells) == told


@pytest.mark.parametrize(("cells", "told"), [
    (["2026-01-31"], "2026-12-31"), (["01/02/2026", "31/12/2026"], "31/12/2026"), (["12/31/2026"], "12/31/2026"),
    (["31.12.2026"], "31.12.2026"), (["2026年1月3日"], "2026年12月31日"), (["2026/1/3 08:30"], "2026/12/31")])
def test_how_dates_are_written_is_told_by_the_cells(cells: list[str], told: str) -> None:
    assert dates_of(cells) == told


def test_columns_are_guessed_by_name_label_and_near_spelling(desk: Desk) -> None:
    with unit_of_work(desk.who):
        found = upload(Patron, "a.csv", io.BytesIO(b"CODE,Naame,city ,Limit,Whatever\n1,2,3,4,5\n"))
        columns = Choices.from_json(found.choices).columns
    assert {name: each.field for name, each in columns.items()} == {
        "CODE": "code", "Naame": "name", "city": "city", "Limit": "terms.limit"}


def test_a_workbook_comes_in_with_its_own_numbers_and_dates(desk: Desk) -> None:
    desk.bring(PATRONS).take()
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Works")
        sheet.write_row(0, 0, ["Patron", "Due", "Style", "Urgent"])
        sheet.write_row(1, 0, ["P1"])
        sheet.write_datetime(1, 1, dt.datetime(2026, 3, 31), book.add_format({"num_format": "dd/mm/yyyy"}))  # noqa: DTZ001  # cells have no zone
        sheet.write_row(1, 2, ["Oil", True])
        book.add_worksheet("Empty")
    desk.bring(buffer.getvalue(), "works.xlsx", Commission)
    assert desk.counts("check") == (1, 0, 0, 0), desk.wrong()
    with unit_of_work(desk.who) as opened:
        found = desk.found()
        assert (found.content["sheets"], found.choices["sheet"]) == (["Works", "Empty"], "Works")
        with pytest.raises(Refusal, match="no header"):
            read_again(Commission, found, replace(Choices.from_json(found.choices), sheet="Empty"))
    desk.take()
    with unit_of_work(reading=True) as opened:
        work = opened.scalars(select(Commission)).one()
        assert (work.due, work.style, work.urgent, work.patron.code, work.number, work.state) == (
            dt.date(2026, 3, 31), "oil", True, "P1", "C-0001", "draft")


def test_every_bad_cell_is_told_in_the_persons_words(desk: Desk) -> None:
    desk.bring(PATRONS).take()
    desk.bring(
        "Patron,Due,Style,Urgent,Owner\nP1,2026-02-31,Oil,yes,\nP9,2026-02-01,crayon,perhaps,\n,,,,nobody\n",
        "works.csv", Commission)
    assert desk.wrong() == {
        2: [["Due", "is no date; dates look like 2026-01-31, 2026-01-31 00:00, 2026-01-31 00:00:00"]],
        3: [["Patron", "there is no Patron with this Code"], ["Style", "must be one of: Oil, Ink"],
            ["Urgent", "must be yes or no"]],
        4: [["Patron", "Patron is missing"], ["Owner", "there is no User with this Name"]],
    }
    assert desk.counts("check") == (0, 0, 0, 3)


def test_links_are_found_by_the_field_that_the_cells_fit(desk: Desk) -> None:
    desk.bring(PATRONS).take()
    with unit_of_work(desk.who):
        found = upload(Commission, "w.csv", io.BytesIO(b"patron\nPlato\nAda\n"))
        assert Choices.from_json(found.choices).columns == {"patron": ColumnChoice("patron", "name")}
        found = upload(Commission, "w.csv", io.BytesIO(b"patron\nP2\n"))
        assert Choices.from_json(found.choices).columns == {"patron": ColumnChoice("patron", "code")}


def test_good_rows_come_in_without_the_wrong_ones_or_nothing_does(desk: Desk) -> None:
    bad = PATRONS + "P3,,x,,\nP1,Again,,,\n"
    desk.bring(bad).take(all_or_nothing=True)
    assert (desk.state, count(Patron)) == ("checked", 0)
    desk.take()
    assert (desk.state, desk.counts("done"), count(Patron)) == ("done", (2, 0, 0, 2), 2)
    assert desk.wrong() == {
        4: [["Name", "Name is missing"]], 5: [["Code", "another Patron has this already"]]}


def test_existing_records_change_where_the_key_matches(desk: Desk) -> None:
    desk.bring(PATRONS).take()
    more = "Code,Name,City,Limit\nP1,Ada,Paris,900\nP2,Plato,,\nP3,Zeno,Elea,\nP1,Ada,Rome,\n"
    desk.bring(more, match="code")
    assert desk.counts("check") == (1, 1, 1, 1)
    assert desk.wrong() == {5: [["Code", "repeats the key of line 2, which changes the same record"]]}
    desk.take()
    assert patrons("code", "city", "version") == [("P1", "Paris", 2), ("P2", None, 1), ("P3", "Elea", 1)]


def test_only_existing_records_are_changed_by_few_columns(desk: Desk) -> None:
    desk.bring(PATRONS).take()
    desk.bring("Code,City\nP2,Athens\nP8,Nowhere\n", match="code", existing="only")
    assert (desk.counts("check"), desk.wrong()) == (
        (0, 1, 0, 1), {3: [["Code", "there is no Patron with this Code"]]})
    desk.take()
    assert patrons("code", "city") == [("P1", "London"), ("P2", "Athens")]


def test_what_several_records_have_finds_none_of_them(desk: Desk) -> None:
    desk.bring("Code,Name\nA,Same\nB,Same\n").take()
    desk.bring("Name,City\nSame,Rome\n", match="name", existing="only")
    assert desk.wrong() == {2: [["Name", "several Patrons have this Name"]]}


def test_a_required_field_without_a_column_is_said_before_anything_is_read(desk: Desk) -> None:
    with pytest.raises(Invalid, match="Name is needed and filled by no column"):
        desk.bring("Code,City\nP1,Rome\n")
    with pytest.raises(Invalid, match="more than one column"):
        desk.bring("Code,Name\nP1,Rome\n", columns={"Code": ColumnChoice("name"), "Name": ColumnChoice("name")})


def test_several_rows_with_one_key_are_one_record_with_lines(desk: Desk) -> None:
    desk.bring(PATRONS).take()
    works = ("Order,Patron,What,Quantity,Price\nA,P1,Portrait,2,10.5\nA,,Frame,1,4\nB,P2,Sketch,0,1\nB,P2,Pad,1,1\n"
             "C,P2,Bust,1,100\n")
    desk.bring(works, "works.csv", Commission, group="Order")
    assert desk.counts("check") == (2, 0, 0, 2)
    assert desk.wrong() == {
        4: [["Quantity", "Quantity must be above zero"]], 5: [["", "another row of this record is wrong"]]}
    desk.take()
    with unit_of_work(reading=True) as opened:
        made = opened.scalars(select(Commission).order_by(Commission.number)).all()
        assert [(work.total, [item.what for item in work.items]) for work in made] == [
            (Decimal(25), ["Portrait", "Frame"]), (Decimal(100), ["Bust"])]
    desk.undo()
    assert (count(Commission), count(CommissionItem), desk.state) == (0, 0, "undone")


def test_lines_need_a_column_that_groups_them(desk: Desk) -> None:
    with pytest.raises(Invalid, match="which column tells the rows of one record"):
        desk.bring("Patron,What\nP1,Frame\n", "works.csv", Commission)


def test_undoing_deletes_what_was_made_and_restores_what_was_changed(desk: Desk) -> None:
    desk.bring(PATRONS).take()
    desk.bring("Code,Name,City,Limit\nP1,Ada,Paris,900\nP3,Zeno,,\n", match="code").take()
    desk.undo()
    assert patrons("code", "city") == [("P1", "London"), ("P2", None)]
    with unit_of_work(reading=True) as opened:
        ada = opened.scalars(select(Patron).where(Patron.code == "P1")).one()
        assert ada[PatronTerms].limit == Decimal("1500.5")
    assert count(ImportedRecord) == 2
    with pytest.raises(Conflict):
        desk.undo()


def test_what_was_touched_since_is_not_undone_and_said(desk: Desk) -> None:
    desk.bring(PATRONS).take()
    with unit_of_work(desk.who) as opened:
        plato = opened.scalars(select(Patron).where(Patron.code == "P2")).one()
        plato.city = "Athens"
    with unit_of_work(desk.who, reading=True):
        plan = plan_undo(desk.found())
        assert [(title, str(reason)) for _id, title, reason in plan.blocked] == [("Plato", "it was changed since")]
        assert len(plan.delete) == 1
    with pytest.raises(Conflict, match="1 records can't be undone"):
        desk.undo()
    assert count(Patron) == 2
    desk.undo(whole=False)
    assert patrons("code") == [("P2",)]


def test_a_changed_record_stays_where_the_field_was_changed_again(desk: Desk) -> None:
    desk.bring(PATRONS).take()
    desk.bring("Code,Name,City\nP1,Ada,Paris\n", match="code").take()
    with unit_of_work(desk.who) as opened:
        opened.scalars(select(Patron).where(Patron.code == "P1")).one().city = "Ockham"
    with unit_of_work(desk.who, reading=True):
        assert [str(reason) for _id, _title, reason in plan_undo(desk.found()).blocked] == ["City was changed since"]


def test_what_is_referred_to_by_then_is_archived(desk: Desk) -> None:
    desk.bring(PATRONS).take()
    made = desk.id
    desk.bring("Patron\nP1\n", "works.csv", Commission).take()
    desk.cls, desk.id = Patron, made
    desk.undo()
    assert patrons("code", "archived") == [("P1", True)]


def test_documents_that_went_on_are_not_deleted(desk: Desk, system: Actor) -> None:
    desk.bring(PATRONS).take()
    desk.bring("Patron\nP1\n", "works.csv", Commission).take()
    with unit_of_work(system) as opened:
        work = opened.scalars(select(Commission)).one()
        work.remark = "Framed"
        workflow = workflow_of(Commission)
        assert workflow is not None
        workflow.run("finish", [work])
    with unit_of_work(desk.who, reading=True):
        assert [str(reason) for _id, _title, reason in plan_undo(desk.found()).blocked] == ["its state is Done"]


def test_one_needs_the_right_to_create(make_user: MakeUser) -> None:
    desk = Desk(make_user("ben", grant("tests.patron", "read change")))
    with pytest.raises(Forbidden):
        desk.bring(PATRONS)


def test_hidden_and_locked_fields_take_nothing(make_user: MakeUser) -> None:
    desk = Desk(make_user(
        "ben", grant("tests.patron", "read create"), hide("tests.patron", "secret_note"),
        readonly("tests.patron", "visits")))
    with unit_of_work(desk.who, reading=True):
        assert not {"secret_note", "visits", "terms.limit"} & set(fields_by_path(Patron))
    with pytest.raises(Invalid, match="You may not fill the field visits"):
        desk.bring(PATRONS, columns={
            "Code": ColumnChoice("code"), "Name": ColumnChoice("name"), "Visits": ColumnChoice("visits")})
    with pytest.raises(Invalid, match="You may not change Patrons"):
        desk.bring(PATRONS, match="code")


def test_an_import_is_its_persons_own(desk: Desk, make_user: MakeUser) -> None:
    desk.bring(PATRONS)
    ben = Desk(make_user("ben", *EVERYTHING))
    ben.id = desk.id
    with pytest.raises(NotFound), unit_of_work(ben.who, reading=True):
        ben.found()


def test_rows_outside_of_ones_scope_are_wrong_one_by_one(make_user: MakeUser, desk: Desk) -> None:
    desk.bring(PATRONS).take()
    ben = Desk(make_user(
        "ben", grant("tests.patron", "read"), grant("tests.commission", "read create", scope="own")))
    ben.bring("Patron,Owner\nP1,Ben\nP2,Anna\n", "works.csv", Commission)
    assert ben.counts("check") == (1, 0, 0, 1)
    assert "outside the records your roles cover" in ben.wrong()[3][0][1]


def test_a_large_file_is_a_job_and_its_mapping_is_known_next_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, count_statements: Callable[[], Any]
) -> None:
    monkeypatch.setattr("kernel.exchange.sheets.starting.AT_ONCE", 3)
    odd = {"Kode": ColumnChoice("code"), "Bezeichnung": ColumnChoice("name")}
    rows = "".join(f"P{n},N{n}\n" for n in range(10))
    desk.bring(f"Kode,Bezeichnung\n{rows}", columns=odd)
    assert desk.state == "checking"
    assert run_jobs() == 1
    assert (desk.state, desk.counts("check")) == ("checked", (10, 0, 0, 0))
    desk.take()
    with pytest.raises(Conflict, match="under way"):
        desk.take()
    assert (desk.state, count(Patron)) == ("running", 0)
    run_jobs()
    assert (desk.state, count(Patron)) == ("done", 10)
    with unit_of_work(desk.who):
        found = upload(Patron, "b.csv", io.BytesIO(b"Bezeichnung,Kode\nx,y\n"))
        assert Choices.from_json(found.choices).columns == odd
    desk.undo()
    run_jobs()
    assert (desk.state, count(Patron)) == ("undone", 0)


def test_what_breaks_off_leaves_nothing_and_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.exchange.sheets.starting.AT_ONCE", 1)
    desk.bring(PATRONS)
    run_jobs()
    desk.take()

    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("the lights went out")

    monkeypatch.setattr("kernel.exchange.sheets.running._remember_records", fail)
    assert run_jobs() == 1
    with unit_of_work(desk.who, reading=True):
        assert (desk.found().state, desk.found().report["failure"]) == (
            "checked", "It broke off, and nothing was changed: RuntimeError")
    assert count(Patron) == 0


def test_a_hundred_rows_take_no_more_statements_than_ten(
    desk: Desk, count_statements: Callable[[], Any]
) -> None:
    counted = []
    for size in (10, 100):
        rows = "".join(f"{size}-{n},N{n},{n}\n" for n in range(size))
        desk.bring(f"Code,Name,Limit\n{rows}")
        with count_statements() as counter:
            desk.take()
        counted.append(len(counter))
    assert counted[0] == counted[1]


def test_old_imports_are_forgotten(desk: Desk, system: Actor) -> None:
    desk.bring(PATRONS).take()
    done = desk.id
    desk.bring(PATRONS.replace("P", "Q"))
    with unit_of_work(system) as opened:
        for each in opened.scalars(select(FileImport)):
            each.at -= dt.timedelta(days=31)
        opened.flush()
        jobs.forget_old_imports()
    with unit_of_work(system, reading=True):
        assert [each.id for each in session().scalars(select(FileImport))] == [done]
    assert (count(FilePart), count(ImportedRecord)) == (0, 0)
