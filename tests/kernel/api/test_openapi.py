"""The OpenAPI document is valid and complete, and the API keeps what it says under fuzzing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from kernel.api.openapi import document
from kernel.entities.base import entities
from kernel.entities.work import Actor
from tests.conftest import MakeUser
from tests.kernel.api.conftest import Client
from tests.kernel.exchange.studio import EVERYTHING

FUZZED = r"/tests/(patrons|commissions|commission_items)"


def test_the_document_is_valid_openapi() -> None:
    schemathesis.openapi.from_dict(document()).validate()


def test_a_broken_document_would_be_found() -> None:
    broken = document()
    del broken["info"]["title"]
    with pytest.raises(ValueError, match="title"):
        schemathesis.openapi.from_dict(broken).validate()


def test_every_entity_and_action_has_its_addresses(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/openapi.json")
    paths = answer.get_json()["paths"]
    assert sum(path.endswith("/{id}") for path in paths) == len(entities())
    assert {"get", "post"} <= set(paths["/tests/commissions"])
    assert {"get", "patch", "delete"} <= set(paths["/tests/commissions/{id}"])
    assert "post" in paths["/tests/commissions/{id}/finish"]
    assert "post" in paths["/tests/commissions/finish"]
    assert "post" not in paths["/tests/commission_items"]


def test_secrets_and_readonly_fields_are_not_in_what_is_taken() -> None:
    schemas = document()["components"]["schemas"]
    assert "password_hash" not in schemas["kernel.user"]["properties"]
    taken = schemas["tests.commission.new"]
    assert taken["required"] == ["patron"]
    assert {"number", "state", "total", "id"} & set(taken["properties"]) == set()
    assert set(taken["properties"]["items"]["items"]["properties"]) == {"what", "quantity", "price"}
    assert schemas["tests.patron.new"]["properties"]["terms"]["properties"]["limit"]["title"] == "Limit"


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_api_keeps_what_its_document_says(
    app: Flask, client_of: Callable[..., Client], make_user: MakeUser, system: Actor
) -> None:
    client = client_of(make_user("anna", *EVERYTHING))
    client("POST", "/tests/patrons", {"code": "P1", "name": "Ada"})
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app).include(path_regex=FUZZED)
    tried = 0
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]  # the document is valid

        @given(case=operation.as_strategy())
        @settings(
            max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate], derandomize=True,
            suppress_health_check=list(HealthCheck), database=None)
        def keeps(case: Any) -> None:
            nonlocal tried
            tried += 1
            case.call_and_validate(
                headers={"Authorization": f"Bearer {client.token}"},
                checks=[not_a_server_error, status_code_conformance, content_type_conformance,
                        response_schema_conformance])

        keeps()
    assert tried > 100
