"""The pivot of any entity: counted and summed by rows and columns, each cell a way to the records behind it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import update

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.permissions.declare import grant, hide
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import MECHANIC, Repair, Rider, Voucher

PIVOT = "/tests/repair/pivot"


@pytest.fixture
def repairs(system: Actor) -> list[int]:
    """Five repairs of two riders: 10 and 20 for wheels in November, 40 for a brake and 80 for a wheel in December."""
    with unit_of_work(system):
        ada, bo = (each.id for each in records.create(Rider, [
            {"name": "Ada", "city": "Taipei"}, {"name": "Bo"}]))
        made = records.create(Repair, [
            {"rider": rider, "kind": kind, "due": due, "urgent": urgent, "parts": [{"what": "Part", "price": price}]}
            for rider, kind, due, urgent, price in (
                (ada, "wheel", "2026-11-02", True, "10"), (ada, "wheel", "2026-11-30", False, "20"),
                (bo, "brake", "2026-12-01", False, "40"), (ada, "wheel", "2026-12-31", False, "80"),
                (bo, None, None, False, "160"))])
    return [each.id for each in made]


def lines(html: str) -> list[list[str]]:
    """Give the texts of the table, row by row."""
    table = re.search(r'<table class="tt pv">(.*?)</table>', html, re.DOTALL)
    assert table, words(html)
    return [[words(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
            for row in re.findall(r"<tr[^>]*>(.*?)</tr>", table[1], re.DOTALL)]


def there(href: str) -> str:
    """Give a link's address without the place on the page."""
    return unescape(href).partition("#")[0]


def cells(html: str) -> list[tuple[str, str]]:
    """Give the figures with their addresses."""
    return [(text, unescape(href))
            for href, text in re.findall(r'<td class="num[^"]*"><a href="([^"]+)">([^<]+)</a></td>', html)]


def test_rows_columns_and_values_are_added_up_with_totals(anna: Browser, repairs: list[int]) -> None:
    html = anna.page(f"{PIVOT}?rows=kind&cols=due:month&values=count&values=total")
    assert "Repairs 5 records" in words(html)
    assert lines(html) == [
        ["Kind", "November 2026", "December 2026", "empty", "Total"],
        ["Count", "Total (TWD)"] * 4,
        ["Wheel", "2", "30.00", "1", "80.00", "", "", "3", "110.00"],
        ["Brake", "", "", "1", "40.00", "", "", "1", "40.00"],
        ["empty", "", "", "", "", "1", "160.00", "1", "160.00"],
        ["Total", "2", "30.00", "2", "120.00", "1", "160.00", "5", "310.00"],
    ]


def test_every_cell_leads_to_exactly_the_records_it_is_made_of(anna: Browser, repairs: list[int]) -> None:
    for question in ("rows=kind&cols=due:month", "rows=rider.city&rows=due:week", "rows=urgent&cols=rider",
                     "rows=state&cols=due:quarter&cols=kind", "rows=created_at:day&cols=due:year", "rows=mechanic",
                     "rows=rider.garage.limit&values=count&f.due.from=2026-11-15", "rows=due:day&q=R-000"):
        html = anna.page(f"{PIVOT}?{question}&values=count")
        found = cells(html)
        assert found, question
        for text, href in found:
            count = re.search(r"(\d+) records?", words(anna.page(href)))
            assert count, href
            assert count[1] == text, (question, href)


def test_averages_are_of_the_records_and_not_of_the_groups(anna: Browser, repairs: list[int]) -> None:
    html = anna.page(f"{PIVOT}?rows=kind&values=total:average&values=total:least&values=total:greatest")
    assert lines(html)[0] == ["Kind", "Total, average (TWD)", "Total, least (TWD)", "Total, greatest (TWD)"]
    assert lines(html)[1] == ["Wheel", "36.67", "10.00", "80.00"]
    assert lines(html)[-1] == ["Total", "62.00", "10.00", "160.00"]


def test_groups_within_groups_are_folded_and_opened(anna: Browser, repairs: list[int]) -> None:
    html = anna.page(f"{PIVOT}?rows=rider&rows=kind&cols=urgent&values=count")
    assert [line[0] for line in lines(html)[1:]] == ["Ada", "Wheel", "Bo", "Brake", "empty", "Total"]
    fold = re.search(r'<a class="tgl" id="fold-\d+" href="([^"]+)" aria-expanded="true" aria-label="Fold Bo"', html)
    assert fold
    html = anna.page(there(fold[1]))
    assert [line[0] for line in lines(html)[1:]] == ["Ada", "Wheel", "Bo", "Total"]
    assert lines(html)[3] == ["Bo", "2", "", "2"]
    again = re.search(r'href="([^"]+)" aria-expanded="false" aria-label="Open Bo"', html)
    assert again
    assert [line[0] for line in lines(anna.page(there(again[1])))[1:]][-3:] == ["Brake", "empty", "Total"]


def test_columns_within_columns_have_their_subtotals(anna: Browser, repairs: list[int]) -> None:
    html = anna.page(f"{PIVOT}?cols=rider&cols=kind&values=total")
    assert lines(html) == [
        ["", "Ada", "Bo", "Total"], ["Wheel", "Total", "Brake", "empty", "Total"],
        ["Total", "110.00", "110.00", "40.00", "160.00", "200.00", "310.00"]]
    folded = re.search(r'href="([^"]+)" aria-expanded="true" aria-label="Fold Bo"', html)
    assert folded
    assert lines(anna.page(there(folded[1])))[-1] == ["Total", "110.00", "110.00", "200.00", "310.00"]


def test_rows_are_sorted_by_a_figure_and_axes_swapped(anna: Browser, repairs: list[int]) -> None:
    html = anna.page(f"{PIVOT}?rows=kind&values=total")
    sort = re.search(r'class="pv-sort" id="sort-\d+" href="([^"]+)"', html)
    assert sort
    html = anna.page(unescape(sort[1]))
    assert [line[0] for line in lines(html)[1:]] == ["empty", "Wheel", "Brake", "Total"]
    assert 'aria-sort="descending"' in html
    swapped = re.search(r'href="([^"]+)" aria-label="Swap rows and columns"', html)
    assert swapped
    assert lines(anna.page(unescape(swapped[1])))[0] == ["", "Wheel", "Brake", "empty", "Total"]


def test_without_a_question_there_is_a_first_one_and_fields_are_added_by_a_form(
    anna: Browser, repairs: list[int]
) -> None:
    html = anna.page(PIVOT)
    assert lines(html) == [["State", "Count", "Total (TWD)"], ["Draft", "5", "310.00"], ["Total", "5", "310.00"]]
    assert f'href="{PIVOT}"' in anna.page("/tests/repair")
    assert '<optgroup label="Rider"><option value="rider.city">City</option>' in html
    assert '<option value="due:month">Due</option>' in html
    assert '<select class="form-select" name="cols"' in html
    kept = re.findall(r'<input type="hidden" name="(rows|values)" value="([^"]+)">', html)
    assert set(kept) == {("rows", "state"), ("values", "count"), ("values", "total")}
    html = anna.page(f"{PIVOT}?rows=state&values=count")
    away = re.search(r'class="pv-x" href="([^"]+)" aria-label="Take away State"', html)
    assert away
    assert lines(anna.page(unescape(away[1])))[-1] == ["Total", "5"]


def test_amounts_of_two_currencies_are_kept_apart(anna: Browser, system: Actor, repairs: list[int]) -> None:
    with unit_of_work(system):
        records.create(Voucher, [{"code": "A", "amount": "5", "currency": "EUR"}, {"code": "B", "amount": "7"},
                                 {"code": "C", "amount": "11", "currency": "TWD"},
                                 {"code": "D", "amount": "13", "currency": "EUR"}])
    html = anna.page("/tests/voucher/pivot?rows=used&values=count&values=amount")
    assert lines(html) == [
        ["Used", "Count", "Amount (EUR)", "Amount (TWD)"], ["no", "4", "18.00", "18.00"],
        ["Total", "4", "18.00", "18.00"]]
    for text, href in cells(html):
        assert f"{2 if '.' in text else 4} records" in words(anna.page(href)), href
    drawn = words(anna.page("/tests/voucher/pivot?rows=code&values=amount&as=stacked"))
    assert "only: two currencies have no common scale" in drawn


def test_nobody_sees_in_a_pivot_what_they_may_not_see(
    sign_in: SignIn, anna: Browser, repairs: list[int]
) -> None:
    nobody = sign_in("nick", grant("tests.rider", "read"))
    assert nobody.get(PIVOT).status_code == 403
    own = sign_in("olga", grant("tests.repair", "read", scope="own"), grant("tests.rider", "read"))
    assert "No records fall into what you asked for" in words(own.page(f"{PIVOT}?rows=kind&values=total"))
    blind = sign_in("ben", grant("tests.repair", "read", scope="company"), grant("tests.rider", "read"),
                    hide("tests.repair", "total"))
    html = blind.page(f"{PIVOT}?rows=kind&values=total")
    assert "You may not see the field total" in words(html)
    assert "310" not in words(html)
    assert 'value="total"' not in blind.page(f"{PIVOT}?rows=kind").partition("Add a figure")[2]
    assert blind.get(f"{PIVOT}/csv?rows=kind&values=total").status_code == 403
    assert "rider.city" not in sign_in(
        "carl", grant("tests.repair", "read", scope="company")).page(f"{PIVOT}?rows=kind")


def test_what_cannot_be_asked_is_said_in_the_place_of_the_table(anna: Browser, repairs: list[int]) -> None:
    for question, said in (
            ("rows=nothing", "There is no field nothing"), ("rows=remark", "remark can't be grouped by"),
            ("rows=kind&values=rider", "rider can't be summed"), ("rows=due:decade", "can't be grouped by “decade”"),
            ("rows=kind&rows=state&rows=rider&rows=urgent", "at most 3 fields"),
            ("rows=kind&values=total:median", "“median” is no measure"), ("q=zzz", "No records fall into")):
        html = anna.page(f"{PIVOT}?{question}")
        assert said in words(html), question
        assert '<table class="tt pv">' not in html
    assert anna.get("/tests/nothing/pivot").status_code == 404
    assert anna.get(f"{PIVOT}/pdf").status_code == 404


def test_a_table_too_large_to_be_read_is_refused_in_words(
    anna: Browser, repairs: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kernel.web.pivot.layout.MOST_COLUMNS", 3)
    assert "That makes 4 columns; at most 3 fit" in words(anna.page(f"{PIVOT}?cols=kind"))
    monkeypatch.setattr("kernel.web.pivot.layout.MOST_LINES", 3)
    assert "That makes 4 rows" in words(anna.page(f"{PIVOT}?rows=kind"))
    monkeypatch.setattr("kernel.web.pivot.sums.LARGEST", 2)
    assert "more than 2 groups" in words(anna.page(f"{PIVOT}?rows=kind"))


@pytest.mark.parametrize("shape", ["bar", "stacked", "line", "area", "pie"])
def test_a_chart_is_drawn_with_the_table_below_it(anna: Browser, repairs: list[int], shape: str) -> None:
    html = anna.page(f"{PIVOT}?rows=due:month&cols=kind&values=total&as={shape}")
    assert '<script type="application/json" id="pivot-data">' in html
    assert "Repairs: 3 values; the highest" in html
    assert lines(html)[1][0] == "November 2026"
    assert '<svg' in html.partition('data-chart="pivot-data"')[2]


def test_a_pivot_is_had_as_csv_and_as_a_workbook(sign_in: SignIn, repairs: list[int], system: Actor) -> None:
    clerk = sign_in("clerk", *MECHANIC, grant("tests.repair", "export"))
    with unit_of_work(system):
        records.create(Repair, [{"rider": records.create(Rider, [{"name": "Eve", "city": "=1+1"}])[0].id}])
    answer = clerk.get(f"{PIVOT}/csv?rows=rider.city&cols=urgent&values=total")
    assert answer.mimetype == "text/csv"
    assert "tests-repair.csv" in answer.headers["Content-Disposition"]
    assert list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))) == [
        ["Rider: City", "no", "yes", "Total"], ["'=1+1", "0", "", "0"], ["Taipei", "100", "10", "110"],
        ["empty", "200", "", "200"], ["Total", "300", "10", "310"]]
    answer = clerk.get(f"{PIVOT}/xlsx?rows=rider.city&values=total&values=count")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0)
    assert sheet.to_python() == [
        ["Rider: City", "Total (TWD)", "Count"], ["=1+1", 0, 1], ["Taipei", 110, 3], ["empty", 200, 2],
        ["Total", 310, 6]]


def test_a_pivot_takes_as_many_statements_for_many_records_as_for_none(
    anna: Browser, system: Actor, repairs: list[int], count_statements: Callable[[], Any]
) -> None:
    anna.page(f"{PIVOT}?rows=rider&cols=due:month&values=total")
    counts = []
    for _more in range(2):
        with count_statements() as counter:
            anna.page(f"{PIVOT}?rows=rider&cols=due:month&values=total")
        counts.append(len(counter))
        with unit_of_work(system):
            riders = records.create(Rider, [{"name": f"Rider {at}"} for at in range(30)])
            records.create(Repair, [{"rider": rider.id, "due": "2027-01-01"} for rider in riders])
    assert counts[0] == counts[1] <= 12


def test_archived_records_are_not_counted(anna: Browser, system: Actor, repairs: list[int]) -> None:
    with unit_of_work(system) as opened:
        opened.connection().execute(update(Repair.__table__).where(Repair.__table__.c.id == repairs[0]).values(
            archived=True))
    assert lines(anna.page(f"{PIVOT}?rows=kind&values=count"))[-1] == ["Total", "4"]
