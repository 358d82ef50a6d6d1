"""A list by groups: counts and subtotals, one opened to its rows, each leading to the list of its records."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.permissions.declare import hide
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import MECHANIC, Repair, Rider


@pytest.fixture
def garage(system: Actor) -> None:
    """Six repairs: two wheels of Ada's, three brakes of Bo's over two months, one of no kind."""
    with unit_of_work(system):
        ada, bo = (each.id for each in records.create(Rider, [
            {"name": "Ada", "city": "Taipei"}, {"name": "Bo", "city": None}]))
        records.create(Repair, [
            {"rider": rider, "kind": kind, "due": due, "urgent": kind is None,
             "parts": [{"what": "Spoke", "price": price}]}
            for rider, kind, due, price in (
                (ada, "wheel", "2026-11-30", "10"), (ada, "wheel", "2026-12-01", "20"),
                (bo, "brake", "2026-12-02", "100"), (bo, "brake", "2026-12-03", "200"),
                (bo, "brake", "2026-11-01", "300"), (bo, None, None, "5"))])


def heads(html: str) -> list[str]:
    """Give the words of each group's head."""
    return [words(each) for each in re.findall(r'<tr class="grp.*?</tr>', html, re.DOTALL)]


def link_in(html: str, pattern: str) -> str:
    found = re.search(pattern, html, re.DOTALL)
    assert found, pattern
    return unescape(found[1])


@pytest.mark.usefixtures("garage")
def test_groups_stand_folded_with_counts_and_subtotals(anna: Browser) -> None:
    html = anna.page("/tests/repair?group=kind")
    assert heads(html) == ["Wheel 2 30.00", "Brake 3 600.00", "Without: Kind 1 5.00"]
    assert "6 records in 3 groups Total 635.00" in words(html)
    assert "R-0001" not in html
    by_total = anna.page("/tests/repair?group=kind&order=-total")
    assert [each.split()[0] for each in heads(by_total)] == ["Brake", "Wheel", "Without:"]


@pytest.mark.usefixtures("garage")
@pytest.mark.parametrize(("by", "found"), [
    ("due:month", ["November 2026 2 310.00", "December 2026 3 320.00", "Without: Due 1 5.00"]),
    ("due:quarter", ["Q4 2026 5 630.00", "Without: Due 1 5.00"]),
    ("urgent", ["Urgent: no 5 630.00", "Urgent: yes 1 5.00"]),
    ("rider", ["Ada 2 30.00", "Bo 4 605.00"]), ("rider.city", ["Taipei 2 30.00", "Without: City 4 605.00"]),
    ("state", ["Draft 6 635.00"])])
def test_every_kind_of_group_leads_to_the_list_of_its_records(anna: Browser, by: str, found: list[str]) -> None:
    html = anna.page(f"/tests/repair?group={by}")
    assert heads(html) == found
    for head, address in zip(found, re.findall(r'class="n tn" href="([^"]+)"', html), strict=True):
        count = head.rsplit(maxsplit=2)[1]
        assert f"{count} record" in words(anna.page(unescape(address)))


@pytest.mark.usefixtures("garage")
def test_a_group_opens_and_closes_by_its_address(anna: Browser) -> None:
    closed = anna.page("/tests/repair?group=kind&sort=number")
    opening = link_in(closed, r'class="tgl"[^>]*href="([^"#]+)#[^"]*"[^>]*>(?:(?!</a>).)*Brake')
    opened = anna.page(opening)
    assert re.findall(r"R-000\d", words(opened)) == ["R-0003", "R-0004", "R-0005"]
    assert opened.count('aria-expanded="true"') == 1
    closing = link_in(opened, r'aria-expanded="true" hx-get="([^"]+)"')
    assert "R-0003" not in anna.page(closing)


@pytest.mark.usefixtures("garage")
def test_a_second_level_opens_within_the_first(anna: Browser) -> None:
    html = anna.page("/tests/repair?group=rider&group=due:month&group=kind")
    assert heads(html) == ["Ada 2 30.00", "Bo 4 605.00"]
    bo = link_in(html, r'hx-get="([^"]+)"[^>]*>(?:(?!</a>).)*Bo</a>')
    within = anna.page(bo)
    assert heads(within) == [
        "Ada 2 30.00", "Bo 4 605.00", "November 2026 1 300.00", "December 2026 2 300.00", "Without: Due 1 5.00"]
    december = link_in(within, r'hx-get="([^"]+)"[^>]*>(?:(?!</a>).)*December 2026')
    assert set(re.findall(r"R-000\d", words(anna.page(december)))) == {"R-0003", "R-0004"}
    nothing = link_in(within, r'hx-get="([^"]+)"[^>]*>(?:(?!</a>).)*Without')
    assert set(re.findall(r"R-000\d", words(anna.page(nothing)))) == {"R-0006"}


@pytest.mark.usefixtures("garage")
def test_filters_and_tabs_hold_for_groups_and_stay_when_one_leads_to_its_list(anna: Browser) -> None:
    html = anna.page("/tests/repair?group=due:month&f.due.from=2026-12-02&f.rider=Bo")
    assert heads(html) == ["December 2026 2 300.00"]
    there = link_in(html, r'class="n tn" href="([^"]+)"')
    assert "f.due.from=2026-12-02" in there
    assert "2 records" in words(anna.page(there))
    assert heads(anna.page("/tests/repair?group=kind&tab=1")) == []


def test_an_opened_group_shows_fifty_and_then_more(anna: Browser, system: Actor) -> None:
    with unit_of_work(system):
        rider = records.create(Rider, [{"name": "Ada"}])[0].id
        records.create(Repair, [{"rider": rider, "kind": "wheel"} for _each in range(60)])
    html = anna.page("/tests/repair?group=kind&open=wheel")
    assert html.count("<tr data-href") == 50
    assert "Show all 60" in html
    more = anna.page(link_in(html, r'id="g-\w+-m" href="([^"#]+)#'))
    assert more.count("<tr data-href") == 60
    assert "Show all" not in more


@pytest.mark.usefixtures("garage")
@pytest.mark.parametrize("query", [
    "group=nothing", "group=remark", "group=parts", "group=kind:month", "group=due:decade", "group="])
def test_what_cannot_be_grouped_by_is_left_out(anna: Browser, query: str) -> None:
    html = anna.page(f"/tests/repair?{query}")
    assert heads(html) == []
    assert "R-0001" in html


@pytest.mark.usefixtures("garage")
def test_nobody_groups_by_what_is_hidden_from_them(sign_in: SignIn) -> None:
    ben = sign_in("ben", *MECHANIC, hide("tests.repair", "kind"), hide("tests.repair", "total"))
    html = ben.page("/tests/repair?group=kind")
    assert heads(html) == []
    assert '<option value="kind"' not in html
    assert heads(ben.page("/tests/repair?group=rider&order=-total")) == ["Ada 2", "Bo 4"]


@pytest.mark.parametrize("many", [5, 80])
def test_a_grouped_list_costs_the_same_for_any_number_of_groups(
    anna: Browser, system: Actor, count_statements: Any, many: int
) -> None:
    with unit_of_work(system):
        riders = records.create(Rider, [{"name": f"Rider {at}"} for at in range(many)])
        records.create(Repair, [{"rider": rider.id, "kind": "wheel"} for rider in riders])
    first = riders[0].id
    anna.page("/tests/repair")
    with count_statements() as counted:
        anna.page(f"/tests/repair?group=rider&group=kind&open={first}&open=wheel")
    assert len(counted) <= 12
