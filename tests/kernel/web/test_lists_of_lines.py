"""The lines of documents as a list and a pivot of their own: which parts went into which repairs."""

from __future__ import annotations

import csv
import io

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.permissions.declare import grant, hide
from tests.kernel.web.conftest import Browser, SignIn, words
from tests.kernel.web.garage import MECHANIC, Repair, Rider

LINES = "/tests/repair_part"


@pytest.fixture
def repairs(system: Actor) -> list[int]:
    """Two repairs: a wheel with a tube and a spoke, a brake with two tubes."""
    with unit_of_work(system):
        [ada] = records.create(Rider, [{"name": "Ada", "city": "Taipei"}])
        made = records.create(Repair, [
            {"rider": ada.id, "kind": "wheel", "due": "2026-11-02",
             "parts": [{"what": "Tube", "price": "10"}, {"what": "Spoke", "quantity": "3", "price": "1"}]},
            {"rider": ada.id, "kind": "brake", "due": "2026-12-02",
             "parts": [{"what": "Tube", "quantity": "2", "price": "10"}]}])
    return [each.id for each in made]


def test_a_list_shows_the_lines_and_each_leads_to_its_document(anna: Browser, repairs: list[int]) -> None:
    html = anna.page(LINES)
    assert "3 records" in words(html)
    assert html.count(f'<tr data-href="/tests/repair/{repairs[0]}">') == 2
    assert html.count(f'<tr data-href="/tests/repair/{repairs[1]}">') == 1
    assert "data-all" not in html, "there is nothing to do with many lines at once"
    assert f'href="{LINES}/new"' not in html
    assert "data-cell" not in html, "a line is changed on its document"


def test_the_documents_list_leads_to_its_lines(anna: Browser, repairs: list[int]) -> None:
    assert f'href="{LINES}"' in anna.page("/tests/repair")


def test_lines_are_filtered_and_grouped_by_their_document(anna: Browser, repairs: list[int]) -> None:
    assert "1 record" in words(anna.page(f"{LINES}?f.repair.kind=brake"))
    html = words(anna.page(f"{LINES}?group=repair.kind"))
    assert "Wheel 2" in html
    assert "Brake 1" in html


def test_a_pivot_adds_up_lines_by_what_they_are_and_what_their_document_is(anna: Browser, repairs: list[int]) -> None:
    html = anna.page(f"{LINES}/pivot?rows=what&cols=repair.due:month&values=quantity")
    assert "Tube 1 2 3" in words(html)
    assert "Spoke 3 3" in words(html)
    offered = anna.page(f"{LINES}/pivot")
    for path in ("what", "repair", "repair.kind", "repair.due:month", "repair.rider", "repair.rider.city"):
        assert f'value="{path}"' in offered, path


def test_a_cell_leads_to_the_lines_behind_it(anna: Browser, repairs: list[int]) -> None:
    html = anna.page(f"{LINES}?f.what.is=Tube&f.repair.kind=brake")
    assert "1 record" in words(html)


def test_lines_are_had_as_a_file_with_the_documents_right(sign_in: SignIn, anna: Browser, repairs: list[int]) -> None:
    clerk = sign_in("clerk", *MECHANIC, grant("tests.repair", "export"))
    answer = clerk.get(f"{LINES}/export/csv?sort=id&columns=repair.kind&columns=what&columns=quantity")
    assert list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))) == [
        ["Kind", "What", "Quantity"], ["Wheel", "Tube", "1"], ["Wheel", "Spoke", "3"], ["Brake", "Tube", "2"]]
    assert anna.get(f"{LINES}/export/csv").status_code == 403


def test_lines_of_documents_outside_ones_scope_are_not_there(sign_in: SignIn, repairs: list[int]) -> None:
    owner = sign_in("olga", grant("tests.repair", "read", scope="own"), grant("tests.rider", "read"))
    assert "0 records" in words(owner.page(LINES))
    assert owner.page(f"{LINES}/pivot?rows=what&values=quantity").count("Tube") == 0
    assert sign_in("pia", grant("tests.rider", "read")).get(LINES).status_code == 403


def test_a_field_hidden_on_the_document_is_hidden_from_its_lines(sign_in: SignIn, repairs: list[int]) -> None:
    blind = sign_in("dora", *MECHANIC, hide("tests.repair", "kind"))
    assert 'value="repair.kind"' not in blind.page(f"{LINES}/pivot")
    assert blind.get(f"{LINES}?f.repair.kind=brake").status_code == 403
    assert "Brake" not in words(blind.page(f"{LINES}/pivot?rows=repair.kind&values=count"))


def test_pages_that_only_documents_have_are_not_there_for_lines(anna: Browser, repairs: list[int]) -> None:
    for tail in ("/new", "/calendar", "/board", "/import", "/1", "/print"):
        assert anna.get(f"{LINES}{tail}").status_code in (404, 405), tail


def test_a_view_of_lines_is_saved_like_any_other(anna: Browser, repairs: list[int]) -> None:
    answer = anna.post(f"{LINES}/views", {"name": "Tubes", "page": "list", "state": "f.what.is=Tube"})
    assert answer.status_code == 302
    html = anna.page(answer.headers["Location"])
    assert "Tubes" in html
    assert "2 records" in words(html)
