"""The pages and the API of stock: for a clerk, for a reader, and for whoever has an order's page before them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from kernel.entities.work import Actor, unit_of_work
from kernel.hooks.participation import switched_off
from kernel.web.declare import views
from plugins.erp_inventory.deliveries.views import deliveries_of_orders
from plugins.erp_sales.orders.models import Order, OrderLine
from plugins.erp_sales.orders.services import confirm_orders
from tests.conftest import MakeUser
from tests.kernel.api.conftest import Client, client_of
from tests.kernel.web.conftest import SignIn, sign_in, words
from tests.plugins.conftest import Goods
from tests.plugins.erp_inventory.stock import bring, on_hand, on_sqlite, paper
from tests.scenarios.conftest import app

__all__ = ["app", "client_of", "sign_in"]

pytestmark = on_sqlite
ENTITIES = ("delivery", "receipt", "adjustment", "transfer", "move", "balance", "reservation", "wait", "lot", "place",
            "warehouse", "opening", "valuation")
REPORTS = ("stock_on_hand", "stock_by_place", "stock_in_and_out", "stock_as_of", "open_deliveries")


@pytest.fixture
def order(system: Actor, goods: Goods) -> int:
    """A confirmed order for five of which three are there."""
    with unit_of_work(system) as opened:
        bring(goods.bike, 3, 300)
        order = Order(customer_id=goods.customer)
        order.lines = [OrderLine(product_id=goods.bike, quantity=5)]
        opened.add(order)
        opened.flush()
        confirm_orders([order])
        return order.id


def test_every_page_opens_and_says_what_is_there(sign_in: SignIn, order: int, goods: Goods) -> None:
    head = sign_in("head", roles=("erp_inventory.manager", "erp_sales.manager"))
    for name in ENTITIES:
        head.page(f"/erp_inventory/{name}")
    for name in ("delivery", "receipt", "adjustment", "transfer", "opening", "lot", "place", "warehouse"):
        head.page(f"/erp_inventory/{name}/new")
    for name in ("move", "balance", "reservation"):  # documents make them
        assert head.get(f"/erp_inventory/{name}/new").status_code == 403
    for name in REPORTS:
        assert "CC8-L" in head.page(f"/reports/erp_inventory.{name}") or name == "stock_by_place"
    assert "Main stock" in head.page("/reports/erp_inventory.stock_by_place")
    assert "Stock value" in words(head.page("/"))
    assert "Free 0" in words(head.page(f"/kernel/product/{goods.bike}"))


def test_an_orders_page_says_what_is_reserved_and_short(sign_in: SignIn, order: int, system: Actor) -> None:
    head = sign_in("head", roles=("erp_inventory.reader", "erp_sales.manager", "kernel.admin"))
    assert "Reserved 3 Short 2 Shipped 0 Deliveries (1)" in words(head.page(f"/erp_sales/order/{order}"))
    with unit_of_work(system, reading=True):
        assert views.slots["erp_inventory.deliveries_of_orders"].entity == "erp_sales.order"
        assert deliveries_of_orders([]) == []
    assert "erp_sales" not in switched_off()


def test_a_reader_sees_quantities_but_no_values(
    sign_in: SignIn, client_of: Callable[..., Client], make_user: MakeUser, order: int
) -> None:
    reader = sign_in("reader", roles=("erp_inventory.reader",))
    page = words(reader.page("/reports/erp_inventory.stock_on_hand"))
    assert "On hand" in page
    assert "Value" not in page
    assert reader.get("/erp_inventory/valuation").status_code == 403
    assert "value" not in client_of(make_user("rita", roles=["erp_inventory.reader"]))(
        "GET", "/erp_inventory/moves").json["data"][0]


def test_a_delivery_is_shipped_in_the_browser(sign_in: SignIn, system: Actor, order: int, goods: Goods) -> None:
    clerk = sign_in("clerk", roles=("erp_inventory.clerk",))
    listed = clerk.page("/erp_inventory/delivery")
    id_ = re.findall(r"/erp_inventory/delivery/(\d+)", listed)[0]
    page = clerk.page(f"/erp_inventory/delivery/{id_}")
    assert "Ship" in words(page)
    answer = clerk.post(f"/erp_inventory/delivery/{id_}/do/ship")
    assert answer.status_code == 302, words(answer.text)
    with unit_of_work(system, reading=True):
        assert on_hand(goods.bike) == (0, 0)
    refused = clerk.post(f"/erp_inventory/delivery/{id_}/do/ship")
    assert refused.status_code == 422
    assert "isn’t possible" in refused.text or "isn't possible" in words(refused.text)


def test_the_api_moves_goods_and_reports_them(
    client_of: Callable[..., Client], make_user: MakeUser, order: int, goods: Goods
) -> None:
    api = client_of(make_user("head", roles=["erp_inventory.manager"]))

    def done(answer: Any, status: int = 200) -> Any:
        assert answer.status_code == status, answer.text
        return answer.json

    receipt = done(api("POST", "/erp_inventory/receipts", {
        "supplier": goods.customer, "lines": [{"product": goods.bike, "quantity": "4", "unit_value": "120"}]}), 201)
    assert done(api("POST", f"/erp_inventory/receipts/{receipt['id']}/receive"))["state"] == "done"
    [delivery] = done(api("GET", "/erp_inventory/deliveries"))["data"]
    shown = done(api("GET", f"/erp_inventory/deliveries/{delivery['id']}"))
    assert shown["source"]["entity"] == "erp_sales.order"
    assert [(line["reserved"], line["short"], line["to_ship"]) for line in shown["lines"]] == [
        ("5", "0", "5")]
    [line] = shown["lines"]
    too_much = api("PATCH", f"/erp_inventory/deliveries/{delivery['id']}", {
        "lines": [{"id": line["id"], "to_ship": "6"}]})
    assert too_much.status_code == 200
    refused = api("POST", f"/erp_inventory/deliveries/{delivery['id']}/ship")
    assert (refused.status_code, refused.json["code"], refused.json["actual"], refused.json["allowed"]) == (
        422, "NOT_RESERVED", "6", "5")
    done(api("PATCH", f"/erp_inventory/deliveries/{delivery['id']}", {
        "lines": [{"id": line["id"], "to_ship": "5"}]}))
    assert done(api("POST", f"/erp_inventory/deliveries/{delivery['id']}/ship"))["state"] == "done"
    report = done(api("GET", "/erp_inventory/reports/stock_by_place"))
    assert (report["totals"]["on_hand"], report["totals"]["products"]) == ("2", 1)
    opening = done(api("POST", "/erp_inventory/openings", {"product": goods.bike, "quantity": "3"}), 201)
    assert done(api("GET", f"/erp_inventory/openings/{opening['id']}"))["state"] == "done"
    assert api("POST", "/erp_inventory/moves", {"quantity": "1"}).status_code in (403, 422)
    assert paper().entity == "other.paper"
