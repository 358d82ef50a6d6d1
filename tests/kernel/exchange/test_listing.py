"""Lists answer the same on both databases, page by key, and never show or use what the actor may not see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, select

from kernel.entities.database import Database
from kernel.entities.work import Actor, unit_of_work
from kernel.errors import Forbidden, Invalid
from kernel.exchange import listing
from kernel.exchange.listing import Query
from kernel.identity.models import User
from kernel.permissions.declare import grant, hide
from kernel.permissions.models import Share
from tests.conftest import MakeUser
from tests.kernel.exchange.studio import EVERYTHING, Commission, CommissionItem, Patron, PatronTerms

DUES = [dt.date(2026, 1, 5), None, dt.date(2026, 1, 5), dt.date(2026, 3, 1), None, dt.date(2025, 12, 1), None]


def fill(system: Actor, owner: int | None = None) -> None:
    with unit_of_work(system) as opened:
        patrons = [
            Patron(code="P1", name="Ada Lovelace", city="London"),
            Patron(code="P2", name="Bo 50%_off", city=None),
            Patron(code="P3", name="王小明", city="Taipei", archived=True),
        ]
        patrons[0][PatronTerms].limit = Decimal(900)
        opened.add_all(patrons)
        for at, due in enumerate(DUES):
            work = Commission(
                patron=patrons[at % 2], patron_id=patrons[at % 2].id, due=due, owner_id=owner,
                style="oil" if at < 3 else "ink")
            work.items.append(CommissionItem(what=f"piece {at}", quantity=Decimal(1), price=Decimal(at * 10)))
            opened.add(work)


def fill_more(system: Actor) -> None:
    """Add commissions of nobody's."""
    with unit_of_work(system) as opened:
        patron = opened.scalars(select(Patron).where(Patron.code == "P1")).one()
        for at in range(4):
            work = Commission(patron=patron, patron_id=patron.id, style="oil", due=dt.date(2026, 2, 1))
            work.items.append(CommissionItem(what=f"more {at}", quantity=Decimal(1), price=Decimal(15)))
            opened.add(work)


@pytest.fixture
def studio(system: Actor) -> Iterator[None]:
    fill(system)
    with unit_of_work(system, reading=True):
        yield


def dues(query: Query) -> list[Any]:
    return [row["due"] for row in query.page().rows]


@pytest.mark.usefixtures("studio")
@pytest.mark.parametrize("sort", [["due"], ["-due"], ["due", "-total"], ["style", "-due"], ["-id"], ["patron", "due"],
                                  ["patron.city"], ["-patron.terms.limit", "due"], ["urgent", "-seen_at"]])
def test_paging_forward_and_back_sees_each_row_once_in_one_order(sort: list[str]) -> None:
    whole = [row.id for row in Query(Commission, sort=sort).page().rows]
    assert len(whole) == len(DUES)
    pages = [Query(Commission, sort=sort, limit=2).page()]
    while pages[-1].next_cursor:
        pages.append(Query(Commission, sort=sort, limit=2, cursor=pages[-1].next_cursor).page())
    assert [row.id for page in pages for row in page.rows] == whole
    assert pages[0].previous_cursor is None
    back = [pages[-1]]
    while back[-1].previous_cursor:
        back.append(Query(Commission, sort=sort, limit=2, cursor=back[-1].previous_cursor).page())
    assert [row.id for page in reversed(back) for row in page.rows] == whole


@pytest.mark.usefixtures("studio")
def test_empty_values_come_last_in_both_directions() -> None:
    ascending, descending = dues(Query(Commission, sort=["due"])), dues(Query(Commission, sort=["-due"]))
    assert ascending[-3:] == descending[-3:] == [None] * 3
    assert ascending[0] == dt.date(2025, 12, 1)
    assert descending[0] == dt.date(2026, 3, 1)


@pytest.mark.usefixtures("studio")
def test_a_cursor_fits_only_its_own_list() -> None:
    cursor = Query(Commission, sort=["due"], limit=2).page().next_cursor
    assert cursor
    for wrong in (Query(Commission, sort=["-due"], cursor=cursor), Query(Commission, sort=["due"], cursor=cursor[:-2]),
                  Query(Commission, sort=["due"], cursor="nonsense!"), Query(Patron, sort=["name"], cursor=cursor)):
        with pytest.raises(Invalid, match="another list"):
            wrong.page()


@pytest.mark.usefixtures("studio")
@pytest.mark.parametrize(("condition", "count"), [
    (["style", "eq", "oil"], 3), (["style", "ne", "oil"], 4), (["style", "in", ["oil", "ink"]], 7),
    (["style", "in", []], 0),
    (["due", "lt", "2026-01-05"], 1), (["due", "le", "2026-01-05"], 3), (["due", "gt", "2026-01-05"], 1),
    (["due", "ge", "2026-01-05"], 3), (["due", "between", ["2026-01-01", "2026-01-31"]], 2),
    (["due", "is_null", True], 3), (["due", "is_null", False], 4), (["due", "eq", None], 3),
    (["due", "ne", "2026-03-01"], 6),
    (["total", "ge", "30"], 4), (["total", "eq", 10], 1), (["patron.name", "contains", "love"], 4),
    (["patron.name", "starts", "bo"], 3), (["patron.name", "contains", "%"], 3), (["patron.name", "contains", "0_"], 0),
    (["patron", "contains", "ADA"], 4), (["patron.terms.limit", "gt", "100"], 4),
    (["patron.terms.limit", "eq", "100"], 3),
    (["urgent", "eq", False], 7), (["created_at", "gt", "2020-01-01T00:00:00Z"], 7), (["owner", "eq", "me"], 7),
])
def test_each_operator_finds_what_it_says(condition: list[Any], count: int) -> None:
    assert len(Query(Commission, filter=[condition]).page().rows) == count


@pytest.mark.usefixtures("studio")
@pytest.mark.parametrize(("condition", "message"), [
    (["colour", "eq", 1], "no field colour"), (["style", "lt", "oil"], "can't be compared"),
    (["due", "eq", "soon"], "date"),
    (["total", "eq", 1.5], "written as text"), (["style", "in", "oil"], "list"),
    (["due"], "three parts"), ("due", "three parts"),
    (["due", "between", ["2026-01-01"]], "two values"), (["patron.name.x", "eq", 1], "no field"),
    (["items.what", "eq", "x"], "no field"),
    (["a.b.c.d.e", "eq", 1], "no field"), (["style", "eq", "wax"], "one of"), (["due", "gt", None], "needs a value"),
    (["patron", "eq", "Ada"], "by id"),
])
def test_a_condition_that_makes_no_sense_is_refused_with_what_would(condition: Any, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        Query(Commission, filter=[condition]).page()


@pytest.mark.usefixtures("studio")
def test_rows_carry_links_components_and_lines() -> None:
    page = Query(
        Commission, filter=[["total", "eq", "20"]], count=True, sums=["total", "patron.terms.limit"],
        fields=["number", "patron", "patron.city", "patron.terms.limit", "items", "total", "company"]).page()
    [row] = page.rows
    assert (row.title, row["number"], row["patron.city"]) == ("C-0003", "C-0003", "London")
    assert row["patron"].title == "Ada Lovelace"
    assert row["patron.terms.limit"] == 900
    assert [item["what"] for item in row["items"]] == ["piece 2"]
    assert (page.total, page.sums) == (1, {"total": Decimal(20), "patron.terms.limit": Decimal(900)})
    [answer] = page.as_json()
    assert answer["patron"] == {
        "id": row["patron"].id, "title": "Ada Lovelace", "city": "London", "terms": {"limit": "900.00"}}
    assert answer["items"][0]["price"] == "20.00"
    assert answer["items"][0]["quantity"] == "1"
    assert answer["total"] == "20.00"


@pytest.mark.usefixtures("studio")
def test_archived_rows_are_left_out_until_asked_for_but_links_to_them_stay() -> None:
    assert {row["code"] for row in Query(Patron).page().rows} == {"P1", "P2"}
    assert {row["code"] for row in Query(Patron, archived=True).page().rows} == {"P1", "P2", "P3"}


@pytest.mark.usefixtures("studio")
def test_a_search_finds_all_words_in_any_searchable_field() -> None:
    def found(text: str) -> list[str]:
        return [row["code"] for row in Query(Patron, search=text, archived=True).page().rows]

    assert found("lond ADA") == ["P1"]
    assert found("小明") == ["P3"]
    assert found("50%_") == ["P2"]
    assert found("P1") == []
    assert found("ada taipei") == []


@pytest.mark.usefixtures("studio")
def test_all_ids_of_a_filter_are_given_for_acting_on_all() -> None:
    assert len(Query(Commission, filter=[["style", "eq", "ink"]]).ids()) == 4
    with pytest.raises(Invalid, match="More than 2"):
        Query(Commission).ids(most=2)


@pytest.mark.parametrize("many", [3, 60])
def test_a_list_costs_the_same_statements_for_any_number_of_rows(
    system: Actor, make_user: MakeUser, count_statements: Any, many: int
) -> None:
    with unit_of_work(system) as opened:
        for at in range(many):
            patron = Patron(code=f"N{at}", name=f"Patron {at}")
            opened.add(patron)
            work = Commission(patron=patron, patron_id=patron.id, style="oil")
            work.items.append(CommissionItem(what="x", quantity=Decimal(1), price=Decimal(1)))
            opened.add(work)
    anna = make_user("anna", *EVERYTHING)
    with unit_of_work(anna, reading=True), count_statements() as counter:
        page = Query(
            Commission, limit=500, count=True, sums=["total"],
            fields=["number", "patron", "owner", "patron.terms.limit", "patron.terms.advisor", "items"]).page()
        assert len(page.rows) == many
        assert len(page.as_json()[0]["items"]) == 1
    rights_statements = 4
    assert len(counter) <= rights_statements + 3


@pytest.mark.usefixtures("studio")
def test_a_count_stops_where_it_is_bounded_and_says_so() -> None:
    whole = Query(Commission, count=True, sums=["total"], counted=len(DUES)).page()
    assert (whole.total, whole.exact, whole.sums) == (len(DUES), True, {"total": Decimal(210)})
    cut = Query(Commission, count=True, sums=["total"], counted=len(DUES) - 1, limit=2).page()
    assert (cut.total, cut.exact, cut.sums) == (len(DUES) - 1, False, {})
    assert len(cut.rows) == 2
    assert cut.next_cursor
    narrow = Query(Commission, filter=[["style", "eq", "oil"]], count=True, sums=["total"], counted=3).page()
    assert (narrow.total, narrow.exact, narrow.sums) == (3, True, {"total": Decimal(30)})


@pytest.mark.parametrize(("scope", "shared", "many"), [
    ("own", False, 6), ("own", True, 7), ("department", False, 6), ("company", False, 8)])
@pytest.mark.parametrize("sort", [["-number"], ["due"], ["-id"], ["patron", "-total"]])
def test_a_page_out_of_very_many_rows_is_the_same_page(
    system: Actor, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch, scope: str, shared: bool, many: int,
    sort: list[str],
) -> None:
    anna = make_user("anna", grant("tests.commission", "read", scope=scope), grant("tests.patron", "read"))
    fill(system, owner=anna.user_id)
    fill_more(system)
    if shared:
        with unit_of_work(system) as opened:
            one = opened.scalars(select(Commission.id).where(Commission.owner_id.is_(None))).first()
            opened.add(Share(entity="tests.commission", record_id=one, user_id=anna.user_id, mode="read"))
    wanted: list[Any] = [["style", "in", ["oil", "ink"]], ["total", "ge", "10"]]
    pages = []
    for most in (1000, 1):
        monkeypatch.setattr(listing, "MOST_COUNTED", most)
        with unit_of_work(anna, reading=True):
            first = Query(Commission, filter=wanted, sort=sort, limit=4, count=True).page()
            second = Query(Commission, filter=wanted, sort=sort, limit=4, count=True, cursor=first.next_cursor).page()
        pages.append([row.id for page in (first, second) for row in page.rows])
    assert pages[0] == pages[1]
    assert len(pages[0]) == many


@pytest.mark.parametrize(("sort", "shared"), [
    ("-number", False), ("-due", False), ("-id", False), ("-due", True), ("-id", True)])
def test_a_page_out_of_very_many_rows_walks_the_index_of_its_order(
    system: Actor, make_user: MakeUser, database: Database, monkeypatch: pytest.MonkeyPatch, sort: str, shared: bool
) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has statistics")
    anna = make_user("anna", grant("tests.commission", "read", scope="own"), grant("tests.patron", "read"))
    fill(system, owner=anna.user_id)
    if shared:
        with unit_of_work(system) as opened:
            opened.add(Share(entity="tests.commission", record_id=1, user_id=anna.user_id, mode="read"))
    monkeypatch.setattr(listing, "MOST_COUNTED", 1)
    plans: list[str] = []

    def explain(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if "ORDER BY" in statement:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.append("; ".join(row[3] for row in cursor.fetchall()))

    event.listen(database.engine, "before_cursor_execute", explain)
    try:
        with unit_of_work(anna, reading=True):
            Query(Commission, filter=[["state", "eq", "draft"]], sort=[sort], count=True, fields=["number"]).page()
    finally:
        event.remove(database.engine, "before_cursor_execute", explain)
    assert len(plans) == 1
    assert "TEMP B-TREE" not in plans[0], plans


@pytest.mark.parametrize("use", [
    {"filter": [["secret_note", "eq", "x"]]}, {"sort": ["-secret_note"]}, {"fields": ["secret_note"]},
    {"filter": [["terms.limit", "gt", "5"]]}, {"sums": ["terms.limit"]},
])
def test_a_hidden_field_is_refused_wherever_it_could_leak(
    system: Actor, make_user: MakeUser, use: dict[str, Any]
) -> None:
    fill(system)
    ben = make_user("ben", grant("tests.patron", "read"), hide("tests.patron", "secret_note"))
    with unit_of_work(ben, reading=True), pytest.raises(Forbidden, match=r"secret_note|terms\.limit"):
        Query(Patron, **use).page()


def test_a_hidden_field_is_not_searched_and_not_shown(system: Actor, make_user: MakeUser) -> None:
    fill(system)
    ben = make_user("ben", grant("tests.patron", "read"), hide("tests.patron", "city"))
    with unit_of_work(ben, reading=True):
        assert Query(Patron, search="London").page().rows == []
        assert "city" not in Query(Patron).page().as_json()[0]


def test_rows_and_titles_outside_the_scope_stay_unknown(system: Actor, make_user: MakeUser) -> None:
    anna = make_user("anna", grant("tests.commission", "read", scope="own"))
    fill(system, owner=anna.user_id)
    ben = make_user("ben", grant("tests.commission", "read", scope="own"))
    with unit_of_work(ben, reading=True):
        assert Query(Commission).page().rows == []
        assert Query(Commission, count=True).page().total == 0
    with unit_of_work(anna, reading=True):
        page = Query(Commission).page()
        assert len(page.rows) == len(DUES)
        assert page.rows[0]["patron"].title is None
        assert page.rows[0]["owner"].title == "Anna"
        with pytest.raises(Forbidden):
            Query(Commission, fields=["patron.name"]).page()
        with pytest.raises(Forbidden, match="read patrons"):
            Query(Patron).page()


def test_secrets_are_no_fields_for_anybody(system: Actor) -> None:
    with unit_of_work(system, reading=True):
        with pytest.raises(Invalid, match="no field"):
            Query(User, filter=[["password_hash", "is_null", False]]).page()
        with pytest.raises(Invalid, match="1 to 500"):
            Query(User, limit=501).page()
