"""Printed documents by API: the same PDF as in the browser."""

from __future__ import annotations

from collections.abc import Callable

from kernel.entities.work import Actor, unit_of_work
from kernel.permissions.declare import grant
from kernel.web import views as kernel_views  # noqa: F401  # the registry loads them in an installation
from tests.conftest import MakeUser
from tests.kernel.api.conftest import Client
from tests.kernel.exchange.test_chain import pledges
from tests.kernel.printing.reading import pdf_text


def test_a_record_is_printed_for_whoever_may_read_it(
    client_of: Callable[..., Client], make_user: MakeUser, system: Actor
) -> None:
    with unit_of_work(system) as work:
        first, _second = pledges(work)
        title = first.title
    client = client_of(make_user("bert", grant("tests.pledge", "read")))
    there = f"/tests/pledges/{first.id}/documents/sheet.pdf"
    answer = client("GET", there)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert title in pdf_text(answer.data)
    assert "第" in pdf_text(client("GET", f"{there}?language=zh_Hant").data)
    assert client("GET", f"{there}?language=klingon").status_code == 422
    assert client("GET", there.replace("sheet", "poem")).status_code == 404
    assert client("POST", there).status_code == 405
    assert client("GET", f"/tests/pledges/{first.id + 1000}/documents/sheet.pdf").status_code == 404
    stranger = client_of(make_user("carl", grant("tests.visit", "read")))
    assert stranger("GET", there).status_code == 403


def test_a_line_is_not_printed_alone(client: Client) -> None:
    assert client("GET", "/tests/commission_items/1/documents/sheet.pdf").status_code == 404


def test_the_document_of_the_api_tells_of_it(client: Client) -> None:
    described = client("GET", "/openapi.json").json["paths"]["/tests/pledges/{id}/documents/{document}.pdf"]
    assert described["parameters"][1]["schema"]["enum"] == ["sheet"]
    assert "application/pdf" in described["get"]["responses"]["200"]["content"]
