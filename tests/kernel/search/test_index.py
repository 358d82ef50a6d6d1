"""The search index is written by whatever writes records, and says of each record what is stored, no more."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import delete, func, insert, select, update

from kernel.authoring.counting import StatementCounter
from kernel.entities.bulk import insert_rows, update_rows
from kernel.entities.work import Actor, unit_of_work
from kernel.exchange.customising.services import define_field
from kernel.jobs.models import WaitingJob
from kernel.jobs.searching import jobs  # noqa: F401  # it is told of what became due
from kernel.permissions.declare import grant, hide, role
from kernel.permissions.roles import sync_roles
from kernel.registry import invariants  # noqa: F401  # what `trellis check` asks
from kernel.registry.checks import run_checks
from kernel.search.asking import _holds, find_words
from kernel.search.collecting import MOST_AT_ONCE
from kernel.search.filling import PART, all_due, catch_up, due
from kernel.search.models import SearchRow
from kernel.shared.models import Party
from tests.conftest import MakeUser
from tests.kernel.exchange.studio import Commission, Patron

Counting = Callable[[], AbstractContextManager[StatementCounter]]


@pytest.fixture
def office(system: Actor) -> Actor:
    """A company whose index is up to date."""
    catch_up()
    return system


def found(who: Actor, words: str, *kinds: type) -> list[str]:
    with unit_of_work(who, reading=True):
        return [hit.title for hit in find_words(words, kinds or (Patron, Party, Commission), 50)]


def faults() -> list[str]:
    return [f"{finding.entity} {finding.record} {finding.message}" for _each, finding in
            run_checks(["kernel.search"]).found]


def add(who: Actor, *records: object) -> None:
    with unit_of_work(who) as work:
        work.add_all(records)


@pytest.mark.parametrize(("words", "name"), [
    ("ada", "Ada Brown"), ("ADA br", "Ada Brown"), ("rown", "Ada Brown"), ("brown ada", "Ada Brown"),
    ("大安", "臺北市大安區公所"), ("安", "臺北市大安區公所"),
    ("安區公", "臺北市大安區公所"), ("臺北 公所", "臺北市大安區公所"),
    ("cafe", "Café Ångström"), ("CAFÉ", "Café Ångström"), ("angstr", "Café Ångström"), ("ＣＡＦＥ", "Café Ångström"),
    ("strasse", "Große Straße"), ("K-2026/0042", "K-2026-0042"), ("20260042", "K-2026-0042"), ("0042", "K-2026-0042"),
    ("longestofallnames", "Thelongestofallnameshere"),
])
def test_words_are_found_whatever_their_case_accents_width_and_punctuation(
    office: Actor, words: str, name: str
) -> None:
    add(office, *(Patron(code=f"C{at}", name=each) for at, each in enumerate((
        "Ada Brown", "臺北市大安區公所", "Café Ångström", "Große Straße", "K-2026-0042", "Thelongestofallnameshere",
        "Thelongofallnameshere"))))
    assert found(office, words, Patron) == [name]
    assert faults() == []


@pytest.mark.parametrize("typed", ["2345-6789", "+886 2 2345 6789", "9-2345", "8862", "6789"])
def test_a_telephone_number_is_found_however_it_is_written(office: Actor, typed: str) -> None:
    add(office, Party(name="Rose", phone="+886-2-2345-6789"), Party(name="Lily", phone="+886 4 9999 0000"))
    assert found(office, typed, Party) == ([] if typed == "9-2345" else ["Rose"])


def test_signs_alone_find_nothing(office: Actor) -> None:
    add(office, Patron(code="P", name="100 % _ \\ ' \" * wool"))
    for sign in ("%", "_", "' OR 1", '"', "*", "NEAR(", "-", ":*"):
        assert found(office, sign, Party) == []
    assert found(office, "100 wool") == ["100 % _ \\ ' \" * wool"]


def test_a_title_that_begins_with_the_words_comes_first(office: Actor) -> None:
    add(office, Patron(code="A", name="Roselyn"))
    add(office, Patron(code="B", name="The Roses"), Patron(code="C", name="Lily", city="Rosewood"))
    assert found(office, "rose") == ["Roselyn", "Lily", "The Roses"]


def test_what_changes_is_found_by_what_it_is_now(office: Actor) -> None:
    add(office, Patron(code="A", name="Ada"), Patron(code="B", name="Ben"))
    with unit_of_work(office) as work:
        ada, ben = work.scalars(select(Patron).order_by(Patron.code))
        ada.name = "Cleo"
        work.delete(ben)
    assert (found(office, "ada"), found(office, "ben"), found(office, "cleo")) == ([], [], ["Cleo"])
    with unit_of_work(office):
        update_rows(Patron, [{"id": ada.id, "name": "Dora"}])
    assert (found(office, "cleo"), found(office, "dora")) == ([], ["Dora"])
    assert faults() == []


def test_what_a_savepoint_takes_back_is_not_found(office: Actor) -> None:
    with unit_of_work(office) as work:
        work.add(Patron(code="A", name="Ada"))
        work.flush()
        with pytest.raises(ZeroDivisionError), work.begin_nested():
            work.add(Patron(code="B", name="Ben"))
            work.flush()
            raise ZeroDivisionError
    assert (found(office, "ada"), found(office, "ben")) == (["Ada"], [])
    assert faults() == []


def test_what_rolled_back_is_not_in_the_index(office: Actor) -> None:
    with pytest.raises(ZeroDivisionError), unit_of_work(office) as work:
        work.add(Patron(code="A", name="Ada"))
        work.flush()
        raise ZeroDivisionError
    assert found(office, "ada") == []
    assert faults() == []


def test_thousands_written_at_once_are_found_at_once_and_indexed_by_a_job(office: Actor) -> None:
    with unit_of_work(office):
        ids = insert_rows(Patron, [{"code": f"P{at}", "name": f"Patron {at}x"} for at in range(PART + 7)])
    with unit_of_work(office, reading=True) as work:
        (waiting,) = due()
        assert (waiting.entity, waiting.first, waiting.last) == ("tests.patron", ids[0], ids[-1])
        jobs = list(work.work.connection.scalars(select(WaitingJob.name)))
    assert jobs.count("kernel.fill_search_index") == 1
    assert found(office, "1003x") == ["Patron 1003x"]
    assert faults() == []
    assert catch_up() == PART + 7
    with unit_of_work(office, reading=True):
        assert due() == []
    assert found(office, "1003x") == ["Patron 1003x"]
    assert faults() == []


def test_many_records_of_one_piece_of_work_are_left_to_the_job_too(office: Actor) -> None:
    add(office, *(Patron(code=f"P{at}", name=f"Patron {at}x") for at in range(MOST_AT_ONCE + 1)))
    with unit_of_work(office, reading=True) as work:
        assert [each.entity for each in due()] == ["tests.patron"]
        assert work.work.connection.scalar(select(func.count()).select_from(SearchRow).where(
            SearchRow.entity == "tests.patron")) == 0
    assert found(office, "300x") == ["Patron 300x"]


def test_nobody_finds_a_record_by_a_field_that_is_hidden_from_them(office: Actor, make_user: MakeUser) -> None:
    open_to, closed = make_user("anna", grant("tests.patron", "read", scope="all")), make_user(
        "ben", grant("tests.patron", "read", scope="all"), hide("tests.patron", "city"))
    add(office, Patron(code="A", name="Ada", city="Tainan"))
    for _round in ("before the index knows of the rule", "after"):
        assert found(open_to, "tainan ada") == ["Ada"]
        assert found(closed, "tainan") == []
        assert found(closed, "ada") == ["Ada"]
        assert found(closed, "ada tainan") == []
        catch_up()
    with unit_of_work(office, reading=True) as work:
        rows = work.work.connection.execute(select(SearchRow.part, SearchRow.words).where(
            SearchRow.entity == "tests.patron").order_by(SearchRow.part)).all()
    assert ("city", "tainan") in [tuple(row) for row in rows]
    with unit_of_work(office) as work:
        work.scalars(select(Patron)).one().city = None
    assert found(open_to, "tainan") == []
    assert faults() == []


def test_a_rule_made_later_hides_what_was_indexed_before(office: Actor, make_user: MakeUser) -> None:
    ben = make_user("ben", grant("tests.patron", "read", scope="all"))
    add(office, Patron(code="A", name="Ada", city="Tainan"))
    assert found(ben, "tainan") == ["Ada"]
    with unit_of_work(office):
        sync_roles("test", [role("test.ben", "ben", grant("tests.patron", "read", scope="all"),
                                 hide("tests.patron", "city"))])
    assert found(ben, "tainan") == []
    catch_up()
    assert found(ben, "tainan") == []
    assert found(office, "tainan") == ["Ada"]


def test_scopes_and_companies_hold_and_archived_records_are_left_out(office: Actor, make_user: MakeUser) -> None:
    own = make_user("own", grant("tests.patron", "read", scope="own"))
    add(office, Patron(code="A", name="Ada"), Patron(code="B", name="Adam", archived=True))
    assert found(own, "ada") == []
    assert found(make_user("all", grant("tests.patron", "read", scope="all")), "ada") == ["Ada"]
    assert found(make_user("none", grant("kernel.party", "read")), "ada") == []


def test_custom_fields_are_searched_as_those_of_the_code(office: Actor) -> None:
    with unit_of_work(office):
        define_field(Patron, "text", "Motto", "x_motto", searchable=True)
    add(office, Patron(code="A", name="Ada", custom={"x_motto": "Per aspera"}))
    for _round in range(2):
        assert found(office, "aspera") == ["Ada"]
        assert faults() == []
        catch_up()
    with unit_of_work(office) as work:
        work.scalars(select(Patron)).one().custom = {"x_motto": "Ad astra"}
    assert (found(office, "aspera"), found(office, "astra")) == ([], ["Ada"])


def test_the_check_names_what_the_index_says_wrongly_and_a_rebuild_mends_it(office: Actor) -> None:
    add(office, Patron(code="A", name="Ada"), Patron(code="B", name="Ben"), Patron(code="C", name="Cleo"))
    with unit_of_work(office) as work:
        ada, ben, cleo = work.scalars(select(Patron.id).order_by(Patron.code))
        connection, table = work.work.connection, SearchRow.__table__
        connection.execute(update(SearchRow).where(table.c.record_id == ada).values(words="a eve"))
        connection.execute(delete(SearchRow).where(table.c.record_id == ben))
        connection.execute(insert(SearchRow).values(
            id=1, entity="tests.patron", record_id=cleo + 1_000_000, part="name", words="gone", grams="gone"))
    assert [each.split(" ", 2)[1] for each in faults()] == ["Ada", "Ben", str(cleo + 1_000_000)]
    with unit_of_work(office):
        all_due()
    assert found(office, "ben") == ["Ben"]
    assert catch_up() >= 3
    assert faults() == []
    assert found(office, "ben") == ["Ben"]


def test_words_are_looked_up_and_not_read_through(office: Actor) -> None:
    add(office, *(Patron(code=f"A{at}", name=f"Ada {at}") for at in range(50)))
    with unit_of_work(office) as work:
        connection = work.work.connection
        asked = select(SearchRow.__table__.c.id).where(_holds(SearchRow.__table__, "ada"))
        explain, used = "EXPLAIN", "ix_kernel_search_grams"
        if work.work.database.is_sqlite:
            explain, used = "EXPLAIN QUERY PLAN", "VIRTUAL TABLE INDEX"
        else:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # of so few rows it would read all
        compiled = asked.compile(connection.engine, compile_kwargs={"literal_binds": True})
        plan = connection.exec_driver_sql(f"{explain} {compiled}").all()
        if work.work.database.is_sqlite:
            connection.exec_driver_sql("INSERT INTO kernel_search_text (rowid, grams) VALUES (77, 'something else')")
    assert used in str(plan)
    assert bool(faults()) == (explain != "EXPLAIN")  # SQLite's table is its own, and compared with the index


def test_what_nobody_can_search_for_costs_no_statement_and_one_piece_of_work_one(
    office: Actor, count_statements: Counting
) -> None:
    add(office, Patron(code="Z", name="Zoe"))
    with count_statements() as counter:
        add(office, *(Patron(code=f"P{at}", name=f"Ada {at}") for at in range(50)))
    about = [each for each in counter.statements if "kernel_search" in each]
    assert len(about) == 1, about
    with count_statements() as counter, unit_of_work(office) as work:
        work.scalars(select(Patron).where(Patron.code == "Z")).one().visits = 7
    assert not [each for each in counter.statements if "kernel_search" in each]
