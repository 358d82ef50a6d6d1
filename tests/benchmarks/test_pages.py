"""P7 opens every generated page of the demo company, and P8 goes by links that are there."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from benchmarks.company import signed_in
from benchmarks.p07_pages import KINDS, Page, Pages, fetched
from benchmarks.p08_click_to_page import WAYS
from benchmarks.transfer import transfer
from kernel.entities.base import entities
from kernel.entities.work import current_database, set_database
from kernel.registry.start import open_installation
from tests.demo_company import PASSWORD, demo_company

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """The administrator of a demo company; the process has its database back afterwards."""
    try:
        before = current_database()
    except Exception:  # noqa: BLE001  # no database was open
        before = None
    company = demo_company(tmp_path_factory.mktemp("demo"))
    opened = open_installation(company.config)
    yield signed_in(company.config, "admin", PASSWORD)
    opened.dispose()
    set_database(before)


@pytest.mark.apart
def test_every_kind_of_page_is_opened_and_each_asks_the_database(client: FlaskClient) -> None:
    found = Pages(client)
    assert all(found.by_kind[kind] for kind in KINDS)
    assert len(found.by_kind["list50"]) == len(found.by_kind["list500"]) > len(entities()) / 3
    assert all(page.statements > 3 for pages in found.by_kind.values() for page in pages)
    few, many = found.steepest()
    assert few.path.removesuffix("?rows=50") == many.path.removesuffix("?rows=500")
    assert few.statements == many.statements


def test_the_largest_is_the_page_that_asks_the_most() -> None:
    found = Pages.__new__(Pages)
    found.by_kind = {"list50": [Page(7, "/a"), Page(3, "/b")], "list500": [Page(7, "/a"), Page(5, "/b")]}
    assert found.largest("list50") == Page(7, "/a")
    assert found.steepest() == (Page(3, "/b"), Page(5, "/b"))


def test_the_first_transfer_is_the_page_compressed_and_its_files(client: FlaskClient) -> None:
    sizes = transfer("/", lambda path: fetched(client, path))
    assert any(path.startswith("/static/trellis.css") for path in sizes)
    assert any("/js/shell.js" in path for path in sizes)
    assert any(".woff2?v=" in path for path in sizes)
    assert 0 < sizes["/"] < len(client.get("/").data) / 3


def test_the_ways_to_pages_begin_where_their_link_is(client: FlaskClient) -> None:
    for way in WAYS:
        answer = client.get(way.start)
        assert answer.status_code == 200, way.start
        if href := re.search(r"\[href(\^?)='([^']+)'\]", way.links[0]):
            assert f'href="{href[2]}' in answer.text, way.name
        else:
            assert re.search(r'<tr[^>]*data-href="', answer.text), way.name
