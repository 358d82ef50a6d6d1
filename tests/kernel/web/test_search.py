"""Search goes through everything one may read: a number leads straight to its document, names follow by plugin."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.permissions.declare import grant, hide
from kernel.search.filling import catch_up
from kernel.shared.models import Party
from tests.kernel.exchange.pledges import Pledge
from tests.kernel.exchange.studio import Commission, Patron
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import Rider

MOST_STATEMENTS = 12


@pytest.fixture
def things(system: Actor) -> dict[str, Any]:
    with unit_of_work(system) as work:
        patron = Patron(code="P1", name="Ada Brown", city="Tainan")
        work.add_all([patron, Rider(name="Ada Chen", city="臺北市大安區"), Party(name="Ada GmbH"), Pledge()])
        work.flush()
        work.add_all([Commission(patron=patron) for _n in range(12)])
        work.flush()
        numbers = [each.number for each in work.query(Commission).order_by(Commission.id)]
        archived = Rider(name="Ada of old", archived=True)
        work.add(archived)
    return {"numbers": numbers, "patron": patron.id}


@pytest.fixture
def reader(sign_in: SignIn) -> Browser:
    """Somebody who reads everything here, and nothing of plugins that other tests have loaded."""
    return sign_in("reader", grant("tests.*", "read"), grant("kernel.*", "read"))


def found(browser: Browser, query: str, page: str = "/search/found") -> str:
    return words(browser.page(f"{page}?q={query}"))


def test_a_number_leads_straight_to_its_document(reader: Browser, things: dict[str, Any]) -> None:
    number = things["numbers"][0]
    for typed in (number, number.lower()):
        text = found(reader, typed)
        assert text.startswith(f"Number {number} Commission"), text
        assert text.count(number) == 1


def test_names_are_found_in_every_plugin_and_shown_by_plugin(reader: Browser, things: dict[str, Any]) -> None:
    text = found(reader, "ada")
    assert "Ada Brown" in text
    assert "Ada Chen" in text
    assert "Master data Ada GmbH" in text
    assert "Ada of old" not in text
    assert "Number" not in text


def test_chinese_is_found_inside_of_words(reader: Browser, things: dict[str, Any]) -> None:
    assert "Ada Chen" in found(reader, "大安")


def test_nobody_finds_what_they_may_not_read(sign_in: SignIn, things: dict[str, Any]) -> None:
    clerk = sign_in("clerk", grant("tests.rider", "read"), hide("tests.rider", "city"))
    assert "Ada Chen" in found(clerk, "ada")
    assert "Ada Brown" not in found(clerk, "ada")
    assert "Nothing found" in found(clerk, things["numbers"][0])
    assert "Ada Chen" not in found(clerk, "大安")
    own = sign_in("own", grant("tests.commission", "read", scope="own"))
    assert "Nothing found" in found(own, things["numbers"][0])


def test_pages_and_dashboards_are_found_beside_records(admin: Browser) -> None:
    assert "Map of signals" in found(admin, "signals")
    assert "Webhooks Settings" in found(admin, "webhooks")
    assert "Pages Garage App" in found(admin, "garage")


@pytest.mark.parametrize("page", ["/search/found", "/search"])
def test_a_search_costs_few_statements_however_many_kinds_there_are_and_however_much_it_finds(
    reader: Browser, system: Actor, things: dict[str, Any], count_statements: Any, page: str
) -> None:
    catch_up()
    counts = []
    for _round in range(2):
        found(reader, "ada", page)
        with count_statements() as counter:
            text = found(reader, "ada", page)
        counts.append(len(counter))
        with unit_of_work(system) as work:
            work.add_all([Rider(name=f"Ada {n}") for n in range(40)])
            work.add_all([Party(name=f"Ada {n} Ltd") for n in range(40)])
    assert "Ada 39 Rider Ada 38 Rider Ada 37 Rider Ada 36 Rider" in text  # four of a kind, the latest first
    assert "Ada 39 Ltd Party" in text
    assert counts[0] == counts[1] <= MOST_STATEMENTS
    asked = "\n".join(counter.statements)
    assert "tests_rider" in asked
    assert "FROM tests_pledge" not in asked  # only numbers are searched there, and there is no figure in the words


def test_a_search_costs_as_few_statements_before_the_index_is_made(
    reader: Browser, things: dict[str, Any], count_statements: Any
) -> None:
    found(reader, "ada")
    with count_statements() as counter:
        assert "Ada Chen" in found(reader, "ada")
    assert len(counter) <= MOST_STATEMENTS


def test_where_a_title_begins_with_the_words_comes_first(reader: Browser, system: Actor) -> None:
    with unit_of_work(system) as work:
        work.add_all([Rider(name="Old Rose"), Patron(code="R", name="Rosewood")])
    catch_up()
    text = found(reader, "rose")
    assert text.index("Rosewood") < text.index("Old Rose")
