"""Formulas: exact, closed, quick to end, right about what they can't do, and up to date."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from kernel.entities.bulk import insert_rows
from kernel.entities.custom.computing import explain_formulas
from kernel.entities.custom.formula import DEEPEST, LONGEST, parse_formula
from kernel.entities.custom.functions import FUNCTIONS, FormulaError, result_of
from kernel.entities.work import Actor, session, unit_of_work
from kernel.errors import Invalid
from kernel.exchange import records
from kernel.exchange.customising import jobs
from kernel.exchange.customising.services import change_field, custom_field, define_field
from kernel.exchange.listing import Query
from kernel.jobs.doing import run_jobs
from kernel.permissions.declare import grant
from tests.conftest import MakeUser
from tests.kernel.custom.conftest import Define
from tests.kernel.exchange.studio import Commission, CommissionItem, Patron

DAY = dt.date(2026, 1, 31)
VALUES: dict[str, Any] = {
    "n": Decimal("2.50"), "zero": Decimal(0), "none": None, "t": "Ada", "d": DAY, "yes": True, "no": False,
    "items.qty": [Decimal("0.1"), Decimal("0.2"), None], "items": [{}, {}, {}],
}


def work_out(source: str) -> Any:
    return parse_formula(source).work_out(VALUES)


@pytest.mark.parametrize(("source", "result"), [
    ("0.1 + 0.2", Decimal("0.3")), ("n * 3 - 1", Decimal("6.5")), ("n / 4", Decimal("0.625")),
    ("-n + none", Decimal("-2.5")),
    ("12345678901.123456789012 + 0", Decimal("12345678901.123456789012")), ("round(2.345, 2)", Decimal("2.35")),
    ("min(n, 1) + max(1, 2)", 3), ("sum(items.qty)", Decimal("0.3")), ("count(items)", 3), ("count(items.qty)", 2),
    ("average(items.qty)", Decimal("0.15")), ("least(items.qty)", Decimal("0.1")),
    ("greatest(items.qty)", Decimal("0.2")), ("t & ' ' & n", "Ada 2.5"), ("'yes' if n > 2 else 'no'", "yes"),
    ("1 < n <= 2.5 and not no", True), ("no or t == 'Ada'", True), ("none == 0", True), ("t != 'Bo'", True),
    ("d + 1", dt.date(2026, 2, 1)), ("d - months_later(d, -1)", 31), ("months_later(d, 1)", dt.date(2026, 2, 28)),
    ("year(d) * 100 + month(d)", 202601), ("d > months_later(d, -1)", True), ("none == d", False),
    ("upper(left(t, 1)) & right(t, 2)", "Ada"), ("length(t)", 3), ("contains(t, 'DA')", True), ("empty(none)", True),
])
def test_formulas_come_to_exact_results(source: str, result: Any) -> None:
    found = work_out(source)
    assert found == result
    assert not isinstance(found, float)


@pytest.mark.parametrize(("source", "code"), [
    ("n / zero", "FORMULA_ZERO"), ("n / (n - 2.5)", "FORMULA_ZERO"), ("t + 1", "FORMULA_TYPE"),
    ("yes * 2", "FORMULA_TYPE"),
    ("n and yes", "FORMULA_TYPE"), ("t > n", "FORMULA_TYPE"), ("d * 2", "FORMULA_TYPE"),
    ("1 if n else 2", "FORMULA_TYPE"),
    ("999999999999 * 999999999999 * 999999999999 * 999999999999", "FORMULA_SIZE"),
    ("d + 99999999", "FORMULA_SIZE"), ("round(n, 99)", "FORMULA_TYPE"), ("left(t, -1)", "FORMULA_TYPE"),
])
def test_what_has_no_result_is_said_in_a_word(source: str, code: str) -> None:
    with pytest.raises(FormulaError) as refused:
        work_out(source)
    assert refused.value.code == code


@pytest.mark.parametrize("source", [
    "__import__('os').system('true')", "().__class__", "n.__class__.__mro__", "t.upper()", "n ** 9", "9 ** 9 ** 9",
    "[n for n in (1, 2)]", "lambda: 1", "f'{n}'", "'a' % n", "n if n", "{'a': 1}", "(1, 2)", "n[0]", "n := 1",
    "globals()", "eval('1')", "sum([1])", "sum(1)", "round(x=1)", "*n", "n; n", "import os", "n @ n", "n // 2",
    "1j", "b'a'", "...", "0x10 + 1e999", "1e400", "1e-400", "while True: pass", "'\\ud800' & t\x00", "", "  ", "_n",
    "t.__len__", "n is n", "n in n", "yield n", "await n", "print(n)", "n.format(n)", "a.b.c.d.e.f",
    "-" * 1900 + "1", "(" * 900 + "1" + ")" * 900, "not " * 400 + "1",
    "(" * 60 + "1" + ")" * 60 + "+", "-" * 60 + "1", "1" + "+1" * 400, "x" * (LONGEST + 1),
])
def test_what_is_not_part_of_the_language_is_refused_before_anything_runs(source: str) -> None:
    with pytest.raises(FormulaError):
        parse_formula(source)


def test_texts_can_not_grow_without_end() -> None:
    source = "t"
    for _time in range(9):
        source = f"({source}) & ({source})" if len(source) < LONGEST // 2 - 10 else source
    assert len(source) < LONGEST
    big = {**VALUES, "t": "x" * 3000}
    with pytest.raises(FormulaError) as refused:
        parse_formula(source).work_out(big)
    assert refused.value.code == "FORMULA_SIZE"


ATOMS = st.sampled_from([
    "n", "zero", "none", "t", "d", "yes", "no", "1", "0", "0.1", "999999999999", "'x'", "sum(items.qty)"])


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from([
        "+", "-", "*", "/", "&", "<", "==", "!=", ">=", " and ", " or ", "**", "//", "%", "@", " in ", " is ", "|",
        "<<", "."])
    calls = st.sampled_from([*FUNCTIONS, "eval", "__import__", "getattr"])
    return st.one_of(
        st.tuples(inner, operators, inner).map(lambda parts: f"({parts[0]}{parts[1]}{parts[2]})"),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} if {parts[1]} else {parts[2]})"),
        st.tuples(calls, st.lists(inner, max_size=3)).map(lambda parts: f"{parts[0]}({', '.join(parts[1])})"),
        inner.map(lambda each: f"-{each}"), inner.map(lambda each: f"not {each}"),
        inner.map(lambda each: f"{each}.__class__"), inner.map(lambda each: f"{each}[0]"))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.one_of(st.recursive(ATOMS, _joined, max_leaves=25), st.text(max_size=80)))
def test_any_text_ends_in_a_plain_value_or_in_a_refusal(source: str) -> None:
    told, found = "", None
    try:
        read = parse_formula(source)
        found = result_of(read.work_out({**dict.fromkeys((*read.names, *read.lists)), **VALUES}), "text", 2)
    except FormulaError as refused:
        told = refused.code
    assert told.startswith("FORMULA") or told in ("", "REQUIRED")
    assert found is None or (isinstance(found, str) and len(found) <= 400)


def test_nesting_up_to_the_limit_works() -> None:
    assert work_out("-" * (DEEPEST - 2) + "1") == 1


@pytest.fixture
def some(system: Actor, define: Define) -> list[int]:
    """Ada, and Bo whose friend she is; a formula over the friend, and one over that."""
    define(Patron, "money", "Budget")
    define(Patron, "link", "Friend", target="tests.patron")
    define(Patron, "formula", "Theirs", formula="x_friend.x_budget / visits", result="money")
    define(Patron, "formula", "Text", formula="name & ': ' & x_theirs & ' ' & x_friend.city", result="text")
    with unit_of_work(system):
        return [each.id for each in records.create(Patron, [
            {"code": "A", "name": "Ada", "x_budget": "10", "city": "Rome"},
            {"code": "B", "name": "Bo", "x_friend": None, "visits": 4}])]


def shown(id_: int) -> tuple[Any, Any]:
    answer = records.to_json(Patron, [id_], ["x_theirs", "x_text"])[0]
    return answer["x_theirs"], answer["x_text"]


def test_a_formula_follows_the_record_it_reads(system: Actor, some: list[int]) -> None:
    ada, bo = some
    with unit_of_work(system):
        records.change(Patron, [(bo, None, {"x_friend": ada})])
        assert shown(bo) == ("2.50", "Bo: 2.5 Rome")
    with unit_of_work(system):
        records.change(Patron, [(ada, None, {"x_budget": "20", "city": "Pisa"})])
        session().flush()
    with unit_of_work(system, reading=True):
        assert shown(bo) == ("5.00", "Bo: 5 Pisa")
        assert session().get_one(Patron, bo).version == 2


def test_a_formula_reads_what_is_changed_in_the_same_work(system: Actor, some: list[int]) -> None:
    with unit_of_work(system):
        made = records.create(Patron, [{"code": "C", "name": "Cy", "x_budget": "8"}])[0]
        [dan] = records.create(Patron, [{"code": "D", "name": "Dan", "x_friend": made.id, "visits": 2}])
        assert shown(dan.id)[0] == "4.00"


def test_who_saves_makes_no_difference_to_a_result(
    system: Actor, some: list[int], make_user: MakeUser
) -> None:
    ada, bo = some
    ben = make_user("ben", grant("tests.patron", "read change", scope="own"))
    with unit_of_work(system):
        session().get_one(Patron, bo).created_by_id = ben.user_id
        records.change(Patron, [(bo, None, {"x_friend": ada})])
    with unit_of_work(system):
        session().get_one(Patron, bo).company_id = ben.company_id
    with unit_of_work(ben):
        records.change(Patron, [(bo, None, {"visits": 5})])
        assert shown(bo)[0] == "2.00"


def test_what_divides_by_zero_is_empty_and_says_why(system: Actor, some: list[int]) -> None:
    ada, bo = some
    with unit_of_work(system):
        record = records.change(Patron, [(bo, None, {"x_friend": ada, "visits": 0})])[0]
        assert shown(bo)[0] is None
        assert {code: error.code for code, error in explain_formulas(session(), Patron, record).items()} == {
            "x_theirs": "FORMULA_ZERO"}


def test_a_cycle_is_refused_with_its_way(system: Actor, define: Define) -> None:
    define(Patron, "number", "Size")
    define(Patron, "formula", "A", formula="x_size + 1", result="number")
    define(Patron, "formula", "B", formula="x_a * 2", result="number")
    with pytest.raises(Invalid, match=r"x_b → x_a → x_b|x_a → x_b → x_a") as refused, unit_of_work(system):
        change_field(Patron, "x_a", None, formula="x_b + 1")
    assert [each.code for each in refused.value.problems] == ["FORMULA_CYCLE"]


def test_a_changed_formula_is_worked_out_for_the_records_there_are(system: Actor, define: Define) -> None:
    with unit_of_work(system):
        records.create(Patron, [{"code": each, "name": each, "visits": 3} for each in "AB"])
    define(Patron, "formula", "Twice", formula="visits * 2", result="number")
    with unit_of_work(system):
        assert [row["x_twice"] for row in Query(Patron, fields=("x_twice",)).page().rows] == [6, 6]
        change_field(Patron, "x_twice", None, formula="visits * 3")
    with unit_of_work(system, reading=True):
        assert [row["x_twice"] for row in Query(Patron, fields=("x_twice",)).page().rows] == [9, 9]


def test_many_records_are_left_to_a_job_that_tells_how_far_it_is(
    system: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    monkeypatch.setattr(jobs, "MOST_AT_ONCE", 2)
    with unit_of_work(system):
        records.create(Patron, [{"code": each, "name": each, "visits": 3} for each in "ABCDE"])
    with unit_of_work(system):
        define_field(Patron, "formula", "Twice", formula="visits * 2", result="number")
        assert custom_field(Patron, "x_twice").progress == [0, 5]
    with unit_of_work(system):
        jobs.work_out_part("tests.patron", custom_field(Patron, "x_twice").id, 0)
    with unit_of_work(system, reading=True):
        assert session().scalar(select(type(custom_field(Patron, "x_twice")).progress)) == [2, 5]
    run_jobs()
    with unit_of_work(system, reading=True):
        assert {row["x_twice"] for row in Query(Patron, fields=("x_twice",)).page().rows} == {6}
        held = custom_field(Patron, "x_twice")
        assert (held.progress, held.version) == (None, 1)


def test_more_dependants_than_one_work_sees_to_follow_by_a_job(
    system: Actor, define: Define, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kernel.entities.custom import dependants

    define(Commission, "formula", "Where", formula="patron.city & ''", result="text")
    with unit_of_work(system):
        patron = records.create(Patron, [{"code": "A", "name": "A", "city": "Rome"}])[0].id
        records.create(Commission, [{"patron": patron} for _each in range(5)])
    monkeypatch.setattr(dependants, "MOST_AT_ONCE", 3)
    with unit_of_work(system):
        records.change(Patron, [(patron, None, {"city": "Pisa"})])
    run_jobs()
    with unit_of_work(system, reading=True):
        assert {row["x_where"] for row in Query(Commission, fields=("x_where",)).page().rows} == {"Pisa"}


def test_formulas_over_links_take_one_statement_for_many_records(
    system: Actor, define: Define, count_statements: Any
) -> None:
    define(Commission, "formula", "Where", formula="patron.city & ''", result="text")
    counts = []
    for number in (2, 40):
        with unit_of_work(system):
            ids = [each.id for each in records.create(Patron, [
                {"code": f"{number}-{at}", "name": "A", "city": "Rome"} for at in range(number)])]
        with unit_of_work(system), count_statements() as counted:
            records.create(Commission, [{"patron": id_} for id_ in ids])
        counts.append(len(counted))
    assert counts[1] <= counts[0]


def test_a_formula_follows_the_component_it_reads_and_lines_written_in_bulk(system: Actor, define: Define) -> None:
    define(Patron, "formula", "Rest", formula="terms.limit - visits", result="money")
    define(Commission, "formula", "Pieces", formula="sum(items.quantity) + total", result="number")
    with unit_of_work(system):
        patron = records.create(Patron, [{"code": "A", "name": "A", "visits": 1, "terms": {"limit": "50"}}])[0].id
        id_ = records.create(Commission, [{
            "patron": patron, "items": [{"what": "Ring", "quantity": "2", "price": 5}]}])[0].id
    with unit_of_work(system):
        assert records.to_json(Patron, [patron], ["x_rest"])[0]["x_rest"] == "49.00"
        assert records.to_json(Commission, [id_], ["x_pieces"])[0]["x_pieces"] == "12"
        records.change(Patron, [(patron, None, {"terms": {"limit": "60"}})])
        insert_rows(CommissionItem, [
            {"commission_id": id_, "what": "Box", "quantity": Decimal(4), "price": Decimal(0)}])
    with unit_of_work(system, reading=True):
        assert records.to_json(Patron, [patron], ["x_rest"])[0]["x_rest"] == "59.00"
        assert records.to_json(Commission, [id_], ["x_pieces"])[0]["x_pieces"] == "16"


def test_what_follows_is_followed_over_several_links(system: Actor, define: Define) -> None:
    define(Patron, "money", "Own")
    define(Patron, "link", "Friend", target="tests.patron")
    define(Patron, "formula", "Theirs", formula="x_friend.x_own", result="money")
    define(Patron, "formula", "Further", formula="x_friend.x_theirs + x_friend.x_own", result="money")
    with unit_of_work(system):
        ids: list[int] = []
        for at in range(3):
            ids.append(records.create(Patron, [{
                "code": str(at), "name": str(at), "x_own": "1", "x_friend": ids[-1] if ids else None}])[0].id)
    with unit_of_work(system):
        records.change(Patron, [(ids[0], None, {"x_own": "10"})])
    with unit_of_work(system, reading=True):
        assert records.to_json(Patron, [ids[2]], ["x_further"])[0]["x_further"] == "11.00"


def test_a_cycle_over_a_link_is_refused_too(system: Actor, define: Define) -> None:
    define(Patron, "link", "Friend", target="tests.patron")
    define(Patron, "formula", "Count", formula="visits + 1", result="number")
    with pytest.raises(Invalid) as refused, unit_of_work(system):
        change_field(Patron, "x_count", None, formula="1 + x_friend.x_count")
    assert [each.code for each in refused.value.problems] == ["FORMULA_CYCLE"]


def test_a_link_that_a_service_sets_by_its_record_counts_at_once(system: Actor, define: Define) -> None:
    define(Commission, "formula", "Where", formula="patron.city & ''", result="text")
    with unit_of_work(system) as opened:
        ada, bo = records.create(Patron, [
            {"code": "A", "name": "A", "city": "Rome"}, {"code": "B", "name": "B", "city": "Pisa"}])
        made: Any = Commission(patron=ada)
        opened.add(made)
        opened.flush()
        assert made.x_where == "Rome"
        made.patron = bo
        opened.flush()
        assert made.x_where == "Pisa"
