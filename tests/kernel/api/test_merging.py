"""Programs merge records, and are led from an old address to what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.hooks.specifications import add_specifications, temporary_hooks
from kernel.permissions.declare import grant
from kernel.shared.contracts import questions
from tests.conftest import MakeUser
from tests.kernel.api.conftest import Client
from tests.kernel.exchange.studio import EVERYTHING, Patron


@pytest.fixture(autouse=True)
def asked() -> Iterator[None]:
    with temporary_hooks():
        add_specifications(questions)
        yield


@pytest.fixture
def twins(system: Actor) -> list[int]:
    with unit_of_work(system):
        return [each.id for each in records.create(Patron, [
            {"code": "A", "name": "Ada"}, {"code": "B", "name": "Ada", "city": "London"}])]


@pytest.fixture
def client(client_of: Callable[..., Client], make_user: MakeUser) -> Client:
    return client_of(make_user("anna", *EVERYTHING, grant("tests.patron", "merge")))


def test_records_are_merged_and_the_old_address_leads_to_the_survivor(client: Client, twins: list[int]) -> None:
    ada, other = twins
    done = client("POST", f"/tests/patrons/{ada}/merge", {
        "merge": [other], "values": {"city": other}, "versions": {str(ada): 1, str(other): 1}})
    assert (done.status_code, done.json["city"], done.json["id"]) == (200, "London", ada)
    moved = client("GET", f"/tests/patrons/{other}")
    assert (moved.status_code, moved.headers["Location"]) == (308, f"/api/v1/tests/patrons/{ada}")
    again = client("POST", f"/tests/patrons/{ada}/merge", {"merge": [other]})
    assert (again.status_code, again.json["code"]) == (409, "MERGED_ALREADY")


@pytest.mark.parametrize(("body", "status", "code"), [
    ({}, 422, "INVALID"), ({"merge": []}, 422, "MERGE_SELF"), ({"merge": [True]}, 422, "INVALID"),
    ({"merge": ["other"], "values": []}, 422, "INVALID"),
    ({"merge": ["other"], "values": {"code": 99}}, 422, "INVALID"),
    ({"merge": ["other"], "versions": {"x": 1}}, 422, "INVALID"), ({"merge": [424242]}, 404, "NOT_FOUND"),
    ({"merge": ["other"], "also": 1}, 400, "UNKNOWN_FIELD"), ({"merge": ["self"]}, 422, "MERGE_SELF")])
def test_a_merge_that_can_not_be_is_refused_whole(
    client: Client, twins: list[int], body: dict[str, Any], status: int, code: str
) -> None:
    known = {"other": twins[1], "self": twins[0]}
    given = {**body, **({"merge": [known.get(each, each) if isinstance(each, str) else each for each in body["merge"]]}
                        if "merge" in body else {})}
    answer = client("POST", f"/tests/patrons/{twins[0]}/merge", given)
    assert (answer.status_code, answer.json["code"] if code != "INVALID" else "INVALID") == (status, code), answer.text
    assert client("GET", f"/tests/patrons/{twins[1]}").status_code == 200


def test_whoever_may_not_merge_does_not(
    client_of: Callable[..., Client], make_user: MakeUser, twins: list[int]
) -> None:
    other = client_of(make_user("ben", grant("tests.patron", "read change delete")))
    assert other("POST", f"/tests/patrons/{twins[0]}/merge", {"merge": twins[1:]}).status_code == 403


def test_what_does_not_merge_has_no_such_address_and_what_does_is_described(client: Client) -> None:
    assert client("POST", "/tests/commissions/1/merge", {"merge": [2]}).status_code == 404
    document = client("GET", "/openapi.json").json
    assert "post" in document["paths"]["/tests/patrons/{id}/merge"]
    assert "308" in document["paths"]["/tests/patrons/{id}"]["get"]["responses"]
    assert "/tests/commissions/{id}/merge" not in document["paths"]
