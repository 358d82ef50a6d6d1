"""From a request to the supplier's invoice by the API: who asks, who buys, who enters the invoice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from kernel.entities.work import Actor
from tests.conftest import MakeUser
from tests.kernel.api.conftest import Client, client_of
from tests.plugins.erp_purchase.conftest import Market
from tests.scenarios.conftest import app

__all__ = ["app", "client_of"]


def done(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, (answer.status_code, answer.text)
    return answer.json


def test_a_request_is_ordered_received_and_billed(
    app: Flask, market: Market, make_user: MakeUser, client_of: Callable[[Actor], Client]
) -> None:
    asker, buyer, clerk = (
        client_of(make_user(name, roles=(f"erp_purchase.{name}",))) for name in ("requester", "buyer", "clerk"))
    request = done(asker("POST", "/erp_purchase/requests", {
        "reason": "Spare forks", "needed_on": "2030-01-15", "lines": [{"product": market.fork, "quantity": "6"}]}), 201)
    assert (request["estimate"], request["lines"][0]["supplier"]["title"]) == ("52800.00", "Suntek Carbon")
    done(asker("POST", f"/erp_purchase/requests/{request['id']}/submit"))
    assert asker("POST", f"/erp_purchase/requests/{request['id']}/approve").status_code == 403
    assert asker("GET", "/erp_purchase/orders").status_code == 403
    done(buyer("POST", f"/erp_purchase/requests/{request['id']}/approve"))
    done(buyer("POST", f"/erp_purchase/requests/{request['id']}/order"))

    [found] = done(buyer("GET", "/erp_purchase/orders"))["data"]
    address = f"/erp_purchase/orders/{found['id']}"
    order = done(buyer("GET", address))
    assert [each["request"]["title"] for each in order["origins"]] == [request["number"]]
    assert (order["total"], order["owner"]["title"]) == ("55440.00", "Buyer")
    done(buyer("POST", f"{address}/approve"))
    done(buyer("PATCH", address, {"lines": [{"id": order["lines"][0]["id"], "arriving": "4"}]}))
    assert done(buyer("POST", f"{address}/receive"))["received_percent"] == "66.67"

    refused = clerk("POST", f"{address}/bill")
    assert (refused.status_code, {each["field"] for each in refused.json["errors"]}) == (
        422, {"supplier_reference", "bill_day"})
    values = {"values": {"supplier_reference": "SC-881", "bill_day": "2026-11-20"}}
    order = done(clerk("POST", f"{address}/bill", values))
    assert (order["billed_amount"], order["billed_as"], order["lines"][0]["billed"]) == ("36960.00", "SC-881", "4")
    refused = clerk("POST", f"{address}/bill", values)
    assert (refused.status_code, refused.json["code"]) == (422, "MATCH_QTY")
    done(buyer("POST", f"{address}/receive"))
    assert done(clerk("POST", f"{address}/bill", {"values": {
        "supplier_reference": "SC-902", "bill_day": "2026-11-22"}}))["state"] == "done"
    spend = done(buyer("GET", "/erp_purchase/reports/spend_by_supplier"))
    assert [(row["supplier"], row["subtotal"]) for row in spend["rows"]] == [("Suntek Carbon", "52800")]
