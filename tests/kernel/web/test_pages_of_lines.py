"""A long sub-table shows a page of its lines; what isn't on the page stays as it is when the form is saved."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from tests.kernel.web.conftest import Browser, words
from tests.kernel.web.garage import Repair, Rider

MANY = 230


@pytest.fixture
def repair(system: Actor) -> int:
    with unit_of_work(system):
        rider = records.create(Rider, [{"name": "Ada"}])[0].id
        return records.create(Repair, [{"rider": rider, "parts": [
            {"what": f"Nut {n:03}" if n % 2 else f"Bolt {n:03}", "quantity": "1", "price": str(MANY - n)}
            for n in range(MANY)]}])[0].id


def shown(html: str) -> list[str]:
    """Name the parts on the page, without the empty row."""
    return re.findall(r'value="((?:Nut|Bolt) \d+)"', html)


def links(html: str) -> dict[str, str]:
    return {label: href.replace("&amp;", "&") for href, label in re.findall(
        r'<a class="btn[^"]*" href="([^"]+)"[^>]*aria-label="(Lines (?:before|after))"', html)}


def parts_of(system: Actor, id_: int) -> dict[str, Decimal]:
    with unit_of_work(system, reading=True) as opened:
        return {part.what: part.price for part in opened.get_one(Repair, id_).parts}


def test_a_page_shows_a_hundred_lines_and_links_to_the_others(anna: Browser, repair: int) -> None:
    first = anna.page(f"/tests/repair/{repair}")
    assert shown(first) == [f"{'Nut' if n % 2 else 'Bolt'} {n:03}" for n in range(100)]
    assert "1–100 of 230" in words(first)
    assert links(first).keys() == {"Lines after"}
    second = anna.page(links(first)["Lines after"])
    assert shown(second)[0] == "Bolt 100"
    last = anna.page(links(second)["Lines after"])
    assert (len(shown(last)), links(last).keys()) == (30, {"Lines before"})
    assert "201–230 of 230" in words(last)


def test_lines_are_searched_and_sorted_over_all_pages(anna: Browser, repair: int) -> None:
    found = anna.page(f"/tests/repair/{repair}?parts.q=nut+2")
    assert shown(found) == [f"Nut {n}" for n in range(201, MANY, 2)]
    cheapest = anna.page(f"/tests/repair/{repair}?parts.sort=price")
    assert shown(cheapest)[0] == "Nut 229"
    assert 'aria-sort="ascending"' in cheapest
    assert "parts.sort=-price" in cheapest
    assert shown(anna.page(f"/tests/repair/{repair}?parts.sort=price&parts.page=3"))[-1] == "Bolt 000"
    assert anna.get(f"/tests/repair/{repair}?parts.sort=secret").status_code == 422


def test_a_line_of_a_later_page_is_changed_alone(anna: Browser, system: Actor, repair: int) -> None:
    before = parts_of(system, repair)
    page = anna.page(f"/tests/repair/{repair}?parts.page=3")
    version = re.search(r'name="version" value="(\d+)"', page)
    key = re.search(r'name="parts\[(i\d+)\]\.id" value="(\d+)"', page)
    assert version
    assert key
    answer = anna.post(f"/tests/repair/{repair}", {
        "version": version[1], "parts.page": "3", f"parts[{key[1]}].id": key[2], f"parts[{key[1]}].price": "1000"})
    assert answer.status_code == 302, words(answer.text)
    assert answer.location == f"/tests/repair/{repair}?parts.page=3"
    assert parts_of(system, repair) == before | {"Bolt 200": Decimal(1000)}
    with unit_of_work(system, reading=True) as opened:
        assert opened.get_one(Repair, repair).total == sum(before.values()) - 30 + 1000


def test_a_refused_line_of_another_page_comes_back_as_it_was_typed(
    anna: Browser, system: Actor, repair: int
) -> None:
    page = anna.page(f"/tests/repair/{repair}?parts.page=3")
    version = re.search(r'name="version" value="(\d+)"', page)
    key = re.search(r'name="parts\[(i\d+)\]\.id" value="(\d+)"', page)
    assert version
    assert key
    answer = anna.post(f"/tests/repair/{repair}", {
        "version": version[1], f"parts[{key[1]}].id": key[2], f"parts[{key[1]}].quantity": "-4"})
    assert answer.status_code == 422
    assert "A quantity is more than nothing" in words(answer.text)
    assert re.search(rf'name="parts\[{key[1]}\]\.id" value="{key[2]}"', answer.text)
    assert re.search(rf'name="parts\[{key[1]}\]\.quantity"[^>]*value="-4"|value="-4"[^>]*name="parts\[{key[1]}\]',
                     answer.text)


def test_a_long_document_costs_two_statements_more_than_a_short_one(
    anna: Browser, system: Actor, repair: int, count_statements: Any
) -> None:
    with unit_of_work(system) as work:
        rider = work.get_one(Repair, repair).rider_id
        short = records.create(Repair, [{"rider": rider, "parts": [{"what": "Rim", "price": "3"}]}])[0].id
    counts = []
    for id_ in (short, repair, repair):
        anna.page(f"/tests/repair/{id_}")
        with count_statements() as counter:
            anna.page(f"/tests/repair/{id_}")
        counts.append(len(counter))
    assert counts[1] <= counts[0] + 2
