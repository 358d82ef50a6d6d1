"""A field of every kind stands like a built-in one at every door: written, read, filtered, sorted, grouped, found."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.audit import AuditEntry
from kernel.entities.base import fields_of
from kernel.entities.work import Actor, session, unit_of_work
from kernel.errors import Invalid
from kernel.exchange import records
from kernel.exchange.grouping import Grouping
from kernel.exchange.listing import Query
from kernel.exchange.values import FORM
from kernel.i18n import use_locale
from kernel.identity.models import User
from tests.kernel.custom.conftest import KINDS, Define
from tests.kernel.exchange.studio import Commission, Patron

pytestmark = pytest.mark.usefixtures("kinds")

WRITTEN: dict[str, Any] = {
    "x_motto": "Measure twice", "x_story": "One\nTwo", "x_size": "-12.125", "x_budget": "1250.50", "x_share": "12.5",
    "x_born": "1815-12-10", "x_met": "2026-03-01T10:00:00+08:00", "x_vip": True, "x_class": "l",
    "x_items": [{"x_what": "Easel", "x_qty": "3", "x_price": "10.10", "x_when": "2026-03-31"}, {"x_what": "Brush"}],
}
ANSWERED = {
    **WRITTEN, "x_met": "2026-03-01T02:00:00Z", "x_double": "2501.00", "x_keeper": None, "x_friend": None,
    "x_items": [
        {"x_what": "Easel", "x_qty": "3", "x_price": "10.10", "x_when": "2026-03-31", "x_for": None,
         "x_amount": "30.30"},
        {"x_what": "Brush", "x_qty": None, "x_price": None, "x_when": None, "x_for": None, "x_amount": "0.00"}],
}


def told(error: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {problem.field: problem.code for problem in error.value.problems}


def make(code: str, **values: Any) -> int:
    return records.create(Patron, [{"code": code, "name": code, **values}])[0].id


def ask(**more: Any) -> list[str]:
    return [row.values["code"] for row in Query(Patron, fields=("code",), **more).page().rows]


@pytest.fixture
def some(system: Actor, kinds: None) -> None:
    with unit_of_work(system):
        for code, size, born, met in (("a", "9", "2026-02-01", "2026-01-01T00:00:00Z"),
                                      ("b", "10", "2025-12-31", "2026-01-01T00:00:00.000001Z"),
                                      ("c", "-2.5", "2026-01-15", "2025-06-01T12:00:00Z")):
            make(code, x_size=size, x_budget=size, x_share=size, x_born=born, x_met=met, x_vip=code == "b",
                 x_class="l" if code == "c" else "s", x_motto=f"Motto {code.upper()}", x_story=f"Story {code}")
        make("d")


def test_what_is_written_is_read_again_exactly(system: Actor) -> None:
    with unit_of_work(system):
        id_ = make("A", **WRITTEN)
    with unit_of_work(system, reading=True):
        [answer] = records.to_json(Patron, [id_])
        for line in answer["x_items"]:
            del line["id"]
        assert {name: answer[name] for name in ANSWERED} == ANSWERED
        record = records.get(Patron, id_)
        held: Any = record
        assert held.x_size == Decimal("-12.125")
        assert held.x_met == dt.datetime(2026, 3, 1, 2, tzinfo=dt.UTC)
        assert held.custom["x_budget"] == "1250.500000"
        assert not any(isinstance(value, float) for value in held.custom.values())


def test_a_form_writes_what_the_api_does(system: Actor) -> None:
    with unit_of_work(system):
        one = make("A", **WRITTEN)
        typed = {name: value for name, value in WRITTEN.items() if name != "x_items"} | {"x_vip": "on"}
        other = records.create(Patron, [{"code": "B", "name": "B", **typed}], reading=FORM)[0].id
    with unit_of_work(system, reading=True):
        first, second = records.to_json(Patron, [one, other])
        assert {name: second[name] for name in typed} == {name: first[name] for name in typed}


def test_links_to_people_and_records_have_titles_and_hold_what_they_point_to(system: Actor) -> None:
    with unit_of_work(system):
        user = User(login="kim", name="Kim")
        session().add(user)
        session().flush()
        ada = make("ADA", city="London")
        bo = make("BO", x_keeper=user.id, x_friend="ADA", x_items=[{"x_what": "Gift", "x_for": "ADA"}])
    with unit_of_work(system, reading=True):
        [answer] = records.to_json(Patron, [bo])
        assert answer["x_keeper"] == {"id": user.id, "title": "Kim"}
        assert answer["x_friend"] == answer["x_items"][0]["x_for"] == {"id": ada, "title": "ADA"}
        row = Query(Patron, filter=[["x_friend.city", "eq", "London"]], fields=("x_friend", "x_friend.city")).page()
        told = [(each.id, each["x_friend"].title, each["x_friend.city"]) for each in row.rows]
        assert told == [(bo, "ADA", "London")]
        held: Any = records.get(Patron, bo)
        assert (held.x_friend.code, held.x_friend_id) == ("ADA", ada)
    with unit_of_work(system):
        assert records.delete(Patron, [ada]).archived == [ada]


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize(("condition", "found"), [
    (["x_size", "gt", "9"], "b"), (["x_size", "between", ["-3", "9"]], "ac"), (["x_size", "is_null", True], "d"),
    (["x_budget", "lt", "10"], "ac"), (["x_share", "eq", "10"], "b"), (["x_size", "in", ["9", "10.000"]], "ab"),
    (["x_born", "ge", "2026-01-15"], "ac"), (["x_born", "eq", "2025-12-31"], "b"),
    (["x_met", "gt", "2026-01-01T08:00:00+08:00"], "b"), (["x_met", "le", "2026-01-01T00:00:00Z"], "ac"),
    (["x_vip", "eq", True], "b"), (["x_vip", "eq", False], "acd"), (["x_class", "in", ["l"]], "c"),
    (["x_class", "ne", "l"], "abd"), (["x_motto", "contains", "TO b"], "b"), (["x_motto", "starts", "motto"], "abc"),
    (["x_story", "contains", "y c"], "c"), (["x_double", "ge", "18"], "ab"), (["x_friend", "is_null", True], "abcd"),
])
def test_filters_compare_each_kind_as_what_it_is(system: Actor, condition: list[Any], found: str) -> None:
    with unit_of_work(system, reading=True):
        assert "".join(sorted(ask(filter=[condition]))) == found


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize(("sort", "order"), [
    ("x_size", "cabd"), ("-x_size", "bacd"), ("x_born", "bcad"), ("x_met", "cabd"), ("x_budget", "cabd"),
    ("x_double", "cabd"), ("x_motto", "abcd"),
])
def test_lists_sort_and_page_by_any_kind(system: Actor, sort: str, order: str) -> None:
    if sort == "x_double":  # of an empty budget it is nothing more than the visits
        order = "cdab"
    with unit_of_work(system, reading=True):
        found: list[str] = []
        cursor = None
        while True:
            page = Query(Patron, fields=("code",), sort=(sort,), limit=1, cursor=cursor).page()
            found += [row.values["code"] for row in page.rows]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert "".join(found) == order


@pytest.mark.usefixtures("some")
def test_groups_form_by_custom_fields_and_sum_them(system: Actor) -> None:
    with unit_of_work(system, reading=True):
        answer = Grouping(Query(Patron), ("x_class",), ("x_budget", "x_size:greatest")).answer()
        assert [(each.value, each.count, each.measures) for each in answer.groups] == [
            ("s", 2, {"x_budget": 19, "x_size:greatest": 10}), ("l", 1, {"x_budget": Decimal("-2.5"),
                                                                        "x_size:greatest": Decimal("-2.5")}),
            (None, 1, {"x_budget": 0, "x_size:greatest": None})]
        months = Grouping(Query(Patron), ("x_born:month", "x_met:year")).answer()
        assert [(each.values[0], each.count) for each in months.groups][:1] == [(dt.date(2025, 12, 1), 1)]


@pytest.mark.usefixtures("some")
def test_search_looks_into_the_fields_that_were_said_to_be_found(system: Actor) -> None:
    with unit_of_work(system, reading=True):
        assert ask(search="motto b") == ["b"]
        assert ask(search="story") == []


def test_every_fault_is_told_at_its_field(system: Actor) -> None:
    wrong = {
        "x_motto": "x" * 401, "x_size": "1.2345", "x_budget": "much", "x_born": "soon", "x_met": "2026-03-01T10:00:00",
        "x_vip": "perhaps", "x_class": "m", "x_friend": "NOBODY", "x_keeper": 99,
        "x_items": [{"x_what": "Easel", "x_qty": "many"}, {"x_when": "never", "x_amount": "5"}]}
    with unit_of_work(system), pytest.raises(Invalid) as refused:
        make("A", **wrong)
    assert told(refused) == {
        "x_motto": "TOO_LONG", "x_size": "TOO_PRECISE", "x_budget": "NOT_NUMBER", "x_born": "NOT_DATE",
        "x_met": "NO_ZONE", "x_vip": "NOT_BOOLEAN", "x_class": "NOT_A_CHOICE", "x_friend": "NO_SUCH_RECORD",
        "x_keeper": "NO_SUCH_RECORD", "x_items.0.x_qty": "NOT_NUMBER", "x_items.1.x_when": "NOT_DATE",
        "x_items.1.x_amount": "READONLY"}


def test_lines_are_changed_added_and_taken_away_by_their_ids(system: Actor) -> None:
    with unit_of_work(system):
        id_ = make("A", **WRITTEN)
    with unit_of_work(system):
        held: Any = records.get(Patron, id_)
        easel, brush = (line["id"] for line in held.x_items)
        records.change(Patron, [(id_, 1, {"x_items": [
            {"id": easel, "x_qty": "5"}, {"id": brush, "removed": True}, {"x_what": "Frame", "x_price": "7"}]})])
        assert [(line["x_what"], line["x_qty"], line["x_amount"]) for line in held.x_items] == [
            ("Easel", 5, Decimal("50.50")), ("Frame", None, 0)]
    with unit_of_work(system), pytest.raises(Invalid) as refused:
        records.change(Patron, [(id_, None, {"x_items": [{"id": 5, "x_qty": "5"}, {"x_qty": "1"}]})])
    assert told(refused) == {"x_items.0.id": "NO_SUCH_LINE", "x_items.1.x_what": "REQUIRED"}


def test_the_audit_trail_tells_old_and_new_of_each_field_by_itself(system: Actor) -> None:
    with unit_of_work(system):
        id_ = make("A", x_budget="10", x_motto="Old")
    with unit_of_work(system):
        records.change(Patron, [(id_, None, {"x_budget": "12.5", "x_motto": None})])
    with unit_of_work(system, reading=True):
        table = AuditEntry.__table__.c
        made, changed = session().work.connection.scalars(
            select(table.changes).where(table.record_id == id_).order_by(table.id)).all()
        assert (made["x_budget"], made["x_double"]) == ("10.000000", "20.000000")
        assert changed == {"x_budget": ["10.000000", "12.500000"], "x_motto": ["Old", None],
                           "x_double": ["20.000000", "25.000000"]}


def test_labels_and_options_are_in_the_persons_language(system: Actor) -> None:
    with unit_of_work(system, reading=True):
        field = fields_of(Patron)["x_class"]
        with use_locale("zh_Hant"):
            assert [str(each.label) for each in field.choices] == ["小", "Large"]
        assert [str(each.label) for each in field.choices] == ["Small", "Large"]


def test_hostile_text_stays_text(system: Actor) -> None:
    for text in ("<script>alert(1)</script>", "'; DROP TABLE kernel_user; --", "\u202eevil", "%_\\", "{0.__class__}"):
        with unit_of_work(system):
            id_ = make(f"h{abs(hash(text)) % 10**6}", x_motto=text)
        with unit_of_work(system, reading=True):
            assert records.to_json(Patron, [id_])[0]["x_motto"] == text
            page = Query(Patron, filter=[["x_motto", "contains", text], ["x_motto", "eq", text]]).page()
            assert [row.id for row in page.rows] == [id_]


def test_custom_fields_cost_no_statement_more_a_row(system: Actor, count_statements: Any, define: Define) -> None:
    with unit_of_work(system):
        records.create(Patron, [{"code": f"P{at}", "name": "P", **WRITTEN} for at in range(60)])
    names = ("code", *(code for code, _kind, _given in KINDS))
    counts = []
    for limit in (5, 50):
        with unit_of_work(system, reading=True), count_statements() as counted:
            assert len(Query(Patron, fields=names, limit=limit).page().rows) == limit
        counts.append(len(counted))
    assert counts[0] == counts[1] <= 4


def test_fields_of_another_entity_are_not_there(system: Actor) -> None:
    with unit_of_work(system, reading=True):
        assert "x_hours" in fields_of(Commission)
        assert "x_hours" not in fields_of(Patron)
        assert not hasattr(Patron, "x_hours")
        with pytest.raises(Invalid):
            ask(filter=[["x_hours", "eq", "1"]])
