"""The API takes and gives custom fields as it does built-in ones, and adds and describes them at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.exchange.customising.services import define_field
from kernel.permissions.declare import hide
from tests.conftest import MakeUser
from tests.kernel.exchange.studio import EVERYTHING, Patron


@pytest.fixture
def fields(system: Actor) -> None:
    with unit_of_work(system):
        define_field(Patron, "money", "Budget", required=True)
        define_field(Patron, "table", "Items", columns=[
            {"code": "x_what", "kind": "text", "label": "What"}, {"code": "x_qty", "kind": "number", "label": "Qty"}])
        define_field(Patron, "formula", "Pieces", formula="sum(x_items.x_qty)", result="number", decimals=0)


def test_a_record_goes_in_and_comes_out_with_its_custom_fields(
    client_of: Callable[..., Any], anna: Actor, fields: None
) -> None:
    api = client_of(anna)
    lacking = api("POST", "/tests/patrons", {"code": "A", "name": "Ada"})
    assert (lacking.status_code, [each["field"] for each in lacking.json["errors"]]) == (422, ["x_budget"])
    made = api("POST", "/tests/patrons", {
        "code": "A", "name": "Ada", "x_budget": "1250.50", "x_items": [{"x_what": "Ink", "x_qty": "2"}]})
    assert made.status_code == 201, made.text
    id_ = made.json["id"]
    assert (made.json["x_budget"], made.json["x_pieces"]) == ("1250.50", "2")
    line = made.json["x_items"][0]["id"]
    changed = api("PATCH", f"/tests/patrons/{id_}", {"x_items": [{"id": line, "x_qty": "5"}, {"x_what": "Oil"}]},
                  headers={"If-Match": made.headers["ETag"]})
    assert [each["x_what"] for each in changed.json["x_items"]] == ["Ink", "Oil"]
    assert changed.json["x_pieces"] == "5"
    wrong = api("PATCH", f"/tests/patrons/{id_}", {"x_budget": 12.5, "x_items": [{"x_qty": "many"}], "x_nothing": 1})
    assert {each["field"] for each in wrong.json["errors"]} >= {"x_items.0.x_qty", "x_nothing"}
    asked = orjson.dumps([["x_budget", "gt", "1000"], ["x_pieces", "eq", "5"]]).decode()
    found = api("GET", "/tests/patrons", query_string={
        "filter": asked, "sort": "-x_budget", "fields": "name,x_budget", "sums": "x_budget"})
    assert [(each["name"], each["x_budget"]) for each in found.json["data"]] == [("Ada", "1250.50")]
    assert found.json["sums"] == {"x_budget": "1250.50"}
    assert api("GET", "/tests/patrons", query_string={"filter": '[["x_nothing","eq","1"]]'}).status_code == 422


def test_the_document_and_the_answers_know_no_field_that_is_hidden(
    client_of: Callable[..., Any], make_user: MakeUser, anna: Actor, fields: None
) -> None:
    api = client_of(make_user("ben", *EVERYTHING, hide("tests.patron", "x_budget")))
    made = api("POST", "/tests/patrons", {"code": "A", "name": "Ada"})
    assert made.status_code == 201, made.text
    assert "x_budget" not in made.json
    assert "x_pieces" in made.json
    refused = api("PATCH", f"/tests/patrons/{made.json['id']}", {"x_budget": "5"})
    assert (refused.status_code, refused.json["code"]) == (403, "HIDDEN_FIELD")
    schema = api("GET", "/openapi.json").json["components"]["schemas"]["tests.patron"]["properties"]
    assert "x_pieces" in schema
    assert "x_budget" not in schema
    nobody = client_of(anna)
    nobody.token = None
    open_to_all = nobody("GET", "/openapi.json").json["components"]["schemas"]["tests.patron"]["properties"]
    assert "name" in open_to_all
    assert not [name for name in open_to_all if name.startswith("x_")]
