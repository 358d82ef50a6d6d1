"""Programs read the tags of records, put them on and take them off, and filter by them, by the rights of their user."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange import records
from kernel.permissions.declare import grant
from tests.conftest import MakeUser
from tests.kernel.api.conftest import Client
from tests.kernel.exchange.studio import EVERYTHING, Patron


@pytest.fixture
def patrons(system: Actor) -> list[int]:
    with unit_of_work(system):
        return [each.id for each in records.create(Patron, [
            {"code": code, "name": "Ada"} for code in ("A", "B", "C")])]


@pytest.fixture
def client(client_of: Callable[..., Client], make_user: MakeUser) -> Client:
    return client_of(make_user("anna", *EVERYTHING, grant("kernel.tag", "read create change")))


@pytest.fixture
def vip(client: Client) -> int:
    made = client("POST", "/kernel/tags", {"name": "VIP", "colour": "violet", "entity": "tests.patron"})
    assert made.status_code == 201, made.text
    return int(made.json["id"])


def test_tags_are_written_and_read_with_the_record(client: Client, patrons: list[int], vip: int) -> None:
    here = f"/tests/patrons/{patrons[0]}"
    assert client("GET", here).json["tags"] == []
    changed = client("PATCH", here, {"tags": ["VIP"]})
    assert changed.json["tags"] == [{"id": vip, "name": "VIP", "colour": "violet"}]
    assert client("PATCH", here, {"tags": changed.json["tags"]}).json["version"] == changed.json["version"]
    old = client("PATCH", here, {"tags": []}, headers={"If-Match": '"1"'})
    assert old.status_code == 412
    assert [each["field"] for each in old.json["changes"]] == ["tags"]
    made = client("POST", "/tests/patrons", {"code": "D", "name": "Di", "tags": ["+Fresh", vip]})
    assert [each["name"] for each in made.json["tags"]] == ["Fresh", "VIP"]


def test_many_are_tagged_at_once_and_found_by_it(client: Client, patrons: list[int], vip: int) -> None:
    done = client("POST", "/tests/patrons/tags", {"ids": patrons[:2], "put": [vip]})
    assert [len(each["tags"]) for each in done.json["data"]] == [1, 1]
    found = client("GET", f'/tests/patrons?filter=[["tags","eq",{vip}]]&fields=code,tags')
    assert [each["code"] for each in found.json["data"]] == ["B", "A"]
    client("POST", "/tests/patrons/tags", {"ids": patrons, "take": ["vip"]})
    assert client("GET", f'/tests/patrons?filter=[["tags","eq",{vip}]]').json["data"] == []


@pytest.mark.parametrize(("body", "status"), [
    ({"ids": []}, 422), ({"put": ["VIP"]}, 422), ({"ids": [1], "put": ["VIP"]}, 404),
    ({"ids": "patrons", "put": "VIP"}, 422), ({"ids": "patrons", "put": [None]}, 422),
    ({"ids": "patrons", "put": ["Nobody"]}, 422), ({"ids": "patrons", "also": 1}, 400)])
def test_what_can_not_be_done_is_refused_whole(
    client: Client, patrons: list[int], vip: int, body: dict[str, Any], status: int
) -> None:
    given = {**body, "ids": patrons} if body.get("ids") == "patrons" else body
    assert client("POST", "/tests/patrons/tags", given).status_code == status
    assert client("GET", f"/tests/patrons/{patrons[0]}").json["tags"] == []


def test_a_reader_puts_no_tag_and_makes_none(
    client_of: Callable[..., Client], make_user: MakeUser, patrons: list[int], vip: int
) -> None:
    reader = client_of(make_user("reader", grant("tests.patron", "read"), grant("kernel.tag", "read")))
    assert reader("POST", "/tests/patrons/tags", {"ids": patrons, "put": [vip]}).status_code == 403
    assert reader("PATCH", f"/tests/patrons/{patrons[0]}", {"tags": [vip]}).status_code == 403
    assert reader("POST", "/kernel/tags", {"name": "Mine"}).status_code == 403
    assert reader("GET", "/kernel/tags").json["data"][0]["name"] == "VIP"


def test_what_is_not_tagged_has_no_such_address(client: Client) -> None:
    assert client("POST", "/tests/commissions/tags", {"ids": [1]}).status_code == 404


def test_the_document_describes_tags(client: Client) -> None:
    document = client("GET", "/openapi.json").json
    assert "post" in document["paths"]["/tests/patrons/tags"]
    assert document["components"]["schemas"]["tests.patron"]["properties"]["tags"]["type"] == "array"
    assert "tags" in document["components"]["schemas"]["tests.patron.change"]["properties"]
    assert "/tests/commissions/tags" not in document["paths"]
