"""Production in the browser and by the API: from an order to finished goods, and who may see what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, session, unit_of_work
from kernel.hooks.trace import trace
from plugins.erp_mrp.planning.models import Demand, PlannedOrder
from plugins.erp_sales.orders.models import Order, OrderLine
from plugins.erp_sales.orders.services import confirm_orders
from tests.conftest import MakeUser
from tests.kernel.api.conftest import Client, client_of
from tests.kernel.web.conftest import SignIn, sign_in, words
from tests.plugins.conftest import Goods
from tests.plugins.erp_inventory.stock import on_sqlite
from tests.plugins.erp_mrp.bicycles import Shop, set_up, stock
from tests.scenarios.conftest import app

__all__ = ["app", "client_of", "sign_in"]

pytestmark = on_sqlite
ENTITIES = ("bom", "work_centre", "scrap_reason", "demand", "supply", "plan", "work_order", "operation_report")
READ_ONLY = ("planned_order", "message")


@pytest.fixture
def shop(system: Actor, goods: Goods) -> Shop:
    """A shop with parts for two bikes, and an order for three."""
    with unit_of_work(system) as opened:
        made = set_up(goods)
        stock(made.frame, 3, 300)
        stock(made.wheel, 4, 120)
        stock(made.spoke, 64, 64)
        stock(made.rim, 2, 20)
        order = Order(customer_id=goods.customer, promised_on=opened.today + dt.timedelta(days=20))
        order.lines = [OrderLine(product_id=made.bike, quantity=Decimal(3))]
        opened.add(order)
        opened.flush()
        confirm_orders([order])
        return made


@pytest.fixture
def planner(make_user: MakeUser, client_of: Callable[..., Client]) -> Client:
    return client_of(make_user("ming", roles=["erp_mrp.planner"]))


def done(answer: object) -> dict[str, object]:
    assert answer.status_code in (200, 201), answer.text  # type: ignore[attr-defined]  # a response
    return answer.json  # type: ignore[attr-defined,no-any-return]  # a response


def run(planner: Client) -> int:
    """Make and run a plan by the API."""
    plan = done(planner("POST", "/erp_mrp/plans", {}))
    assert done(planner("POST", f"/erp_mrp/plans/{plan['id']}/run"))["state"] == "planned"
    return int(str(plan["id"]))


def test_the_way_from_an_order_to_finished_goods_by_the_api(
    shop: Shop, planner: Client, system: Actor
) -> None:
    plan = run(planner)
    assert done(planner("POST", f"/erp_mrp/plans/{plan}/firm"))["state"] == "firmed"
    orders = {each["product"]["id"]: each for each in done(planner("GET", "/erp_mrp/work_orders"))["data"]}  # type: ignore[index,union-attr]  # JSON
    assert {id_: each["quantity"] for id_, each in orders.items()} == {shop.bike: "3", shop.wheel: "2"}
    for product in (shop.wheel, shop.bike):
        path = f"/erp_mrp/work_orders/{orders[product]['id']}"
        for action in ("release", "issue"):
            done(planner("POST", f"{path}/{action}"))
        received = done(planner("POST", f"{path}/receive"))
        assert received["state"] == "completed"
        assert done(planner("POST", f"{path}/close"))["state"] == "closed"
    with unit_of_work(system):
        demand = session().scalars(select(Demand)).one()
        assert demand.source is not None
        chain = {each.key for each in trace(demand.source.entity, demand.source.id).records}
        assert {("erp_mrp.work_order", each["id"]) for each in orders.values()} <= chain
        assert ("erp_mrp.demand", demand.id) in chain


def test_a_refusal_by_the_api_says_what_is_missing(shop: Shop, planner: Client) -> None:
    made = done(planner("POST", "/erp_mrp/work_orders", {"product": shop.bike, "quantity": "9"}))
    done(planner("POST", f"/erp_mrp/work_orders/{made['id']}/release"))
    refused = planner("POST", f"/erp_mrp/work_orders/{made['id']}/issue")
    assert (refused.status_code, refused.json["code"]) == (422, "STOCK_SHORT")
    assert "6 FRAME" in refused.json["title"]


def test_reports_answer_by_the_api(shop: Shop, planner: Client) -> None:
    exploded = done(planner("GET", "/erp_mrp/reports/bom_explosion?product=CC8-L"))
    assert exploded["totals"] == {"quantity": "69", "level": 2}
    used = done(planner("GET", "/erp_mrp/reports/where_used?product=SPOKE"))
    assert [(row["code"], row["quantity"]) for row in used["rows"]] == [("WHEEL", "32"), ("CC8-L", "64")]  # type: ignore[attr-defined,index]  # JSON
    [bike, _wheel] = done(planner("GET", "/erp_mrp/reports/cost_roll_up"))["rows"]  # type: ignore[misc]  # JSON
    assert (bike["material"], bike["work"], bike["total"]) == ("670", "450", "1120")
    unknown = planner("GET", "/erp_mrp/reports/bom_explosion?product=NOPE")
    assert (unknown.status_code, unknown.json["code"]) == (422, "UNKNOWN_PRODUCT")


def test_every_page_opens(sign_in: SignIn, shop: Shop, planner: Client, system: Actor) -> None:
    ming = sign_in("head", roles=("erp_mrp.planner", "erp_sales.manager", "kernel.admin"))
    assert "No plan was run yet" in ming.page("/pages/erp_mrp/plan")
    plan = run(planner)
    for name in (*ENTITIES, *READ_ONLY):
        ming.page(f"/erp_mrp/{name}")
    for name in ENTITIES:
        ming.page(f"/erp_mrp/{name}/new")
    ming.page("/erp_mrp/work_order/board")
    ming.page("/apps/erp_mrp")
    for report in ("bom_explosion?product=CC8-L", "where_used?product=RIM", "cost_roll_up"):
        ming.page(f"/reports/erp_mrp.{report}")
    assert "Used in 1" in words(ming.page(f"/kernel/product/{shop.rim}"))
    with unit_of_work(system, reading=True):
        wheel = session().scalars(select(PlannedOrder).where(PlannedOrder.product_id == shop.wheel)).one().id
        sold = session().scalars(select(Order)).one()
        order, number = sold.id, sold.number
    page = words(ming.page(f"/pages/erp_mrp/plan?id={plan}&order={wheel}"))
    assert "Make 2 start on" in page
    assert number in page
    assert "Needed 0 6 Arrives 0 2 On hand 4 0" in page
    done(planner("POST", f"/erp_mrp/plans/{plan}/firm"))
    assert "Work orders 2 Completed 0" in words(ming.page(f"/erp_sales/order/{order}"))


def test_a_seller_sees_nothing_of_production(sign_in: SignIn, shop: Shop) -> None:
    anna = sign_in("anna", roles=("erp_sales.agent",))
    for path in ("/erp_mrp/work_order", "/pages/erp_mrp/plan", "/reports/erp_mrp.cost_roll_up"):
        assert anna.get(path).status_code in (403, 404)


def test_a_worker_may_not_plan_or_see_costs(
    make_user: MakeUser, client_of: Callable[..., Client], shop: Shop, planner: Client
) -> None:
    worker = client_of(make_user("wu", roles=["erp_mrp.worker"]))
    assert worker("POST", "/erp_mrp/plans", {}).status_code == 403
    made = done(planner("POST", "/erp_mrp/work_orders", {"product": shop.bike, "quantity": "1"}))
    done(planner("POST", f"/erp_mrp/work_orders/{made['id']}/release"))
    seen = done(worker("GET", f"/erp_mrp/work_orders/{made['id']}"))
    assert "material_cost" not in seen
    assert worker("POST", f"/erp_mrp/work_orders/{made['id']}/close").status_code == 403
    reported = done(worker("POST", "/erp_mrp/operation_reports", {
        "work_order": made["id"], "sequence": 10, "good": "1", "hours": "0.5"}))
    assert done(worker("POST", f"/erp_mrp/operation_reports/{reported['id']}/post"))["state"] == "posted"
