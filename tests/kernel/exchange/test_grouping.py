"""Groups add up the same on both databases, under the filter, the rights and the row scopes of a list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.base import fields_of
from kernel.entities.work import Actor, unit_of_work
from kernel.errors import Forbidden, Invalid
from kernel.exchange.buckets import BUCKETS, bucket_label, last_day
from kernel.exchange.grouping import Grouped, Grouping, lanes
from kernel.exchange.listing import Query
from kernel.exchange.rows import Linked
from kernel.i18n import use_locale
from kernel.permissions.declare import grant, hide
from tests.conftest import MakeUser
from tests.kernel.exchange.studio import EVERYTHING, Commission, Patron
from tests.kernel.exchange.test_listing import DUES, fill


@pytest.fixture
def studio(system: Actor) -> Iterator[None]:
    fill(system)
    with unit_of_work(system, reading=True):
        yield


def ask(*by: str, **more: Any) -> Grouped:
    query = Query(Commission, filter=more.pop("filter", ()))
    return Grouping(query, by, more.pop("measures", ("total",)), **more).answer()


@pytest.mark.usefixtures("studio")
def test_groups_stand_in_the_order_of_their_labels_with_counts_and_sums() -> None:
    by_style = ask("style")
    assert [(each.value, each.count, each.measures["total"]) for each in by_style.groups] == [
        ("oil", 3, 30), ("ink", 4, 180)]
    by_patron = ask("patron", sort="-total", measures=("total", "total:average", "total:least", "total:greatest"))
    assert [(each.value.title, each.count) for each in by_patron.groups] == [("Ada Lovelace", 4), ("Bo 50%_off", 3)]
    assert by_patron.groups[0].measures == {
        "total": 120, "total:average": 30, "total:least": 0, "total:greatest": 60}


@pytest.mark.usefixtures("studio")
def test_two_levels_and_none_come_from_one_statement(count_statements: Any) -> None:
    fields_of(Commission)  # once per unit of work: whether anybody has added fields
    with count_statements() as counted:
        both = ask("style", "patron")
    assert len(counted) == 1
    assert [(each.values[0], each.values[1].title, each.count) for each in both.groups] == [
        ("oil", "Ada Lovelace", 2), ("oil", "Bo 50%_off", 1), ("ink", "Ada Lovelace", 2), ("ink", "Bo 50%_off", 2)]
    whole = ask()
    assert [(each.values, each.count, each.measures) for each in whole.groups] == [((), 7, {"total": 210})]


@pytest.mark.usefixtures("studio")
@pytest.mark.parametrize(("bucket", "firsts"), [
    ("month", ["2025-12-01", "2026-01-01", "2026-03-01"]), ("quarter", ["2025-10-01", "2026-01-01"]),
    ("year", ["2025-01-01", "2026-01-01"]), ("week", ["2025-12-01", "2026-01-05", "2026-02-23"]),
    ("day", ["2025-12-01", "2026-01-05", "2026-03-01"])])
def test_dates_fall_into_buckets_and_each_leads_back_to_its_records(bucket: str, firsts: list[str]) -> None:
    found = ask(f"due:{bucket}")
    assert [str(each.value) for each in found.groups] == [*firsts, "None"]
    assert sum(each.count for each in found.groups) == len(DUES)
    for group in found.groups:
        assert Query(Commission, filter=found.conditions(group), count=True).page().total == group.count


def test_a_moment_belongs_to_the_day_it_has_where_the_person_is(system: Actor) -> None:
    fill(system)
    with unit_of_work(system) as opened:
        for work, hour in zip(opened.scalars(select(Commission).order_by(Commission.id)), (15, 16, 17), strict=False):
            work.seen_at = dt.datetime(2026, 3, 31, hour, tzinfo=dt.UTC)
    with unit_of_work(system, reading=True), use_locale("en", "Asia/Taipei"):
        found = ask("seen_at:quarter", filter=[["seen_at", "is_null", False]])
        assert [(str(each.value), each.count) for each in found.groups] == [("2026-01-01", 1), ("2026-04-01", 2)]
        for group in found.groups:
            assert len(Query(Commission, filter=found.conditions(group)).page().rows) == group.count
        assert [str(each.value) for each in ask("seen_at").groups] == ["2026-03-31", "2026-04-01", "None"]


@pytest.mark.usefixtures("studio")
def test_a_group_of_any_kind_leads_back_to_its_records() -> None:
    for by in ("style", "patron", "patron.city", "urgent", "state", "owner", "patron.terms.limit"):
        found = ask(by)
        assert sum(each.count for each in found.groups) == len(DUES)
        for group in found.groups:
            assert len(Query(Commission, filter=found.conditions(group)).page().rows) == group.count


@pytest.mark.usefixtures("studio")
def test_groups_sort_by_a_figure_and_say_that_there_are_more() -> None:
    assert [each.value for each in ask("style", sort="-total").groups] == ["ink", "oil"]
    assert [each.value for each in ask("style", sort="count").groups] == ["oil", "ink"]
    averages = ask("style", sort="-total:average", measures=("total:average",))
    assert [each.measures["total:average"] for each in averages.groups] == [45, 10]
    first = ask("due", limit=2)
    assert (len(first.groups), first.more) == (2, True)
    assert ask("style", limit=2).more is False


@pytest.mark.usefixtures("studio")
def test_what_cannot_be_grouped_or_measured_is_refused() -> None:
    for by, measures, sort in (
        (["remark"], [], ""), (["items"], [], ""), (["style:month"], [], ""), (["due:decade"], [], ""),
        (["nothing"], [], ""), (["style"], ["due"], ""), (["style"], ["total:median"], ""),
        (["style"], [], "-total"),
        ([*(f"due:{each}" for each in BUCKETS), "style", "state", "owner", "patron", "id", "total"], [], "")):
        with pytest.raises(Invalid):
            Grouping(Query(Commission), by, measures, sort).answer()
    with pytest.raises(Invalid, match="1 to 5000"):
        ask("style", limit=5001)


def test_rights_hold_for_groups_as_for_rows(system: Actor, make_user: MakeUser) -> None:
    fill(system)
    own = grant("tests.commission", "read", scope="own")
    ben = make_user("ben", *EVERYTHING[:1], hide("tests.patron", "city"), own)
    eve = make_user("eve", grant("tests.patron", "read"))
    with unit_of_work(system) as opened:
        for work in opened.scalars(select(Commission).order_by(Commission.id)).all()[:2]:
            work.owner_id = ben.user_id
    with unit_of_work(ben, reading=True):
        assert sum(each.count for each in ask("style").groups) == 2
        for by, measures in ((["patron.city"], []), (["style"], ["patron.terms.limit"])):
            with pytest.raises(Forbidden):
                Grouping(Query(Commission), by, measures).answer()
    with unit_of_work(eve, reading=True), pytest.raises(Forbidden):
        ask("style")


@pytest.mark.usefixtures("studio")
def test_lanes_hold_the_first_rows_of_each_group() -> None:
    found = lanes(Query(Commission, sort=["-total"], limit=2), "style")
    assert [[row["total"] for row in lane.rows] for lane in found] == [[20, 10], [60, 50]]
    by_link = lanes(Query(Commission, limit=1, fields=["number"]), "patron")
    assert [len(lane.rows) for lane in by_link] == [1, 1]
    assert isinstance(by_link[0].group.value, Linked)
    assert lanes(Query(Patron), "city", ["visits"])[0].group.measures == {"visits": Decimal(0)}


def test_buckets_are_named_and_end_where_the_next_begins() -> None:
    first = dt.date(2026, 10, 1)
    assert [str(last_day(first, each)) for each in ("month", "quarter", "year")] == [
        "2026-10-31", "2026-12-31", "2027-09-30"]
    assert bucket_label(first, "quarter") == "Q4 2026"
    with use_locale("zh_Hant"):
        assert bucket_label(first, "month") == "2026年10月"
        assert bucket_label(first, "year") == "2026年"
