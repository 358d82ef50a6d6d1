"""A record's chain by API."""

from __future__ import annotations

from collections.abc import Callable

from kernel.entities.work import Actor, unit_of_work
from kernel.permissions.declare import grant
from tests.conftest import MakeUser
from tests.kernel.api.conftest import Client
from tests.kernel.exchange.test_chain import pledges


def test_a_trace_is_answered_to_whoever_may_read_the_record(
    client_of: Callable[..., Client], make_user: MakeUser, system: Actor
) -> None:
    with unit_of_work(system) as work:
        first, second = pledges(work)
    client = client_of(make_user("bert", grant("tests.pledge", "read")))
    answer = client("GET", f"/tests/pledges/{first.id}/trace")
    assert answer.status_code == 200
    assert [node["id"] for node in answer.json["nodes"]] == [first.id, second.id]
    assert answer.json["hidden"] == 1
    assert client("POST", f"/tests/pledges/{first.id}/trace").status_code == 405
    assert client("GET", f"/tests/pledges/{second.id + 1000}/trace").status_code == 404
    stranger = client_of(make_user("carl", grant("tests.visit", "read")))
    assert stranger("GET", f"/tests/pledges/{first.id}/trace").status_code == 403


def test_a_line_has_no_trace_of_its_own(client: Client) -> None:
    assert client("GET", "/tests/commission_items/1/trace").status_code == 404


def test_the_document_of_the_api_tells_of_it(client: Client) -> None:
    paths = client("GET", "/openapi.json").json["paths"]
    schema = paths["/tests/pledges/{id}/trace"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Chain"}
