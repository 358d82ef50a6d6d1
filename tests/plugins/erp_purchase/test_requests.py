"""A purchase request: from a person, a firm plan or a shortage to orders, one for each supplier."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.fields import AnyRef
from kernel.entities.work import Session, session, unit_of_work
from kernel.errors import Forbidden, Invalid, Refusal
from kernel.hooks.participation import switch_on
from kernel.hooks.specifications import hook, temporary_hooks
from kernel.registry.settings import change_setting
from kernel.shared.models import Product
from kernel.workflows.machine import workflow_of
from plugins.erp_inventory.moves.signals import ShortLine, StockShort, stock_short
from plugins.erp_mrp.planning.signals import PlanFirmed, PlannedPurchase, plan_firmed
from plugins.erp_purchase.orders.models import Order
from plugins.erp_purchase.orders.services import approve_orders, cancel_orders
from plugins.erp_purchase.orders.signals import order_approved
from plugins.erp_purchase.requests.models import Request, RequestLine
from plugins.erp_purchase.requests.services import (
    approve_requests,
    cancel_requests,
    order_requests,
    submit_requests,
)
from plugins.erp_purchase.requests.signals import request_cancelled
from plugins.erp_purchase.suppliers import hooks
from tests.conftest import MakeUser
from tests.plugins.erp_purchase.conftest import Market

SOON = dt.date(2030, 1, 15)


def make(*lines: RequestLine, **values: object) -> Request:
    request = Request(**values)
    request.lines = list(lines)
    session().add(request)
    session().flush()
    return request


def line(product: int, count: int, **values: object) -> RequestLine:
    return RequestLine(product_id=product, quantity=Decimal(count), **values)


def test_a_request_suggests_suppliers_and_estimates_what_it_costs(work: Session, market: Market) -> None:
    request = make(line(market.fork, 10), line(market.battery, 2), needed_on=SOON)
    forks, batteries = request.lines
    assert (forks.description, forks.unit_id, forks.needed_on) == ("Carbon fork", market.piece, SOON)
    assert (forks.supplier_id, forks.estimate) == (market.suntek, 88_000)
    assert (batteries.supplier_id, batteries.estimate, request.estimate) == (None, 0, 88_000)


def test_requests_become_orders_by_supplier_with_equal_needs_put_together(work: Session, market: Market) -> None:
    first = make(line(market.fork, 20, needed_on=SOON), line(market.battery, 5, supplier_id=market.changjiang))
    second = make(line(market.fork, 35, needed_on=SOON, wanted_for="SO-7"), line(market.fork, 1, needed_on=None))
    approve_requests([first, second])
    orders = order_requests([first, second])
    assert [order.supplier_id for order in orders] == [market.suntek, market.changjiang]
    suntek, changjiang = orders
    merged, single = suntek.lines
    assert (merged.quantity, merged.unit_price, merged.expected_on) == (55, 8200, SOON)  # the price from 50 on
    assert (single.quantity, single.unit_price) == (1, 8800)
    assert single.expected_on == work.today + dt.timedelta(days=14)
    assert [(each.request_id, each.quantity, each.wanted_for) for each in suntek.origins if each.order_line is merged] \
        == [(first.id, 20, None), (second.id, 35, "SO-7")]
    assert [each.product_id for each in changjiang.lines] == [market.battery]
    assert {request.state for request in (first, second)} == {"ordered"}
    with pytest.raises(Refusal) as refused:
        order_requests([first])
    assert refused.value.code == "ALREADY_ORDERED"


def test_less_than_a_suppliers_minimum_is_raised_to_it(work: Session, market: Market) -> None:
    from plugins.erp_purchase.suppliers.models import ProductSupplier

    work.add(ProductSupplier(product_id=market.battery, supplier_id=market.changjiang, price=Decimal(3900),
                             minimum=Decimal(20)))
    work.flush()
    request = make(line(market.battery, 3))
    approve_requests([request])
    [order] = order_requests([request])
    assert (order.lines[0].quantity, order.lines[0].price_source) == (20, "Price of Chang Jiang from 20 on")
    assert order.origins[0].quantity == 3


def test_what_nobody_delivers_is_named_before_anything_is_ordered(work: Session, market: Market) -> None:
    request = make(line(market.fork, 1), line(market.battery, 1))
    approve_requests([request])
    with pytest.raises(Refusal) as refused:
        order_requests([request])
    assert (refused.value.code, refused.value.actual) == ("NO_SUPPLIER", market.battery)
    assert work.scalars(select(Order)).all() == []
    request.lines[1].supplier_id = market.changjiang
    work.flush()
    assert len(order_requests([request])) == 2


def test_a_cancelled_orders_requests_are_ordered_anew_and_only_they(work: Session, market: Market) -> None:
    request = make(line(market.fork, 10), line(market.battery, 2, supplier_id=market.changjiang))
    approve_requests([request])
    suntek, changjiang = order_requests([request])
    approve_orders([suntek, changjiang])
    cancel_orders([suntek], "Out of carbon")
    work.refresh(request)
    assert request.state == "approved"
    [anew] = order_requests([request])
    assert [each.product_id for each in anew.lines] == [market.fork]
    assert request.state == "ordered"


def test_a_requested_line_stays_on_its_order(work: Session, market: Market) -> None:
    request = make(line(market.fork, 10), line(market.fork, 5, needed_on=SOON))
    approve_requests([request])
    [order] = order_requests([request])
    with pytest.raises(Invalid) as refused, work.begin_nested():
        order.lines.pop()
        work.flush()
    assert refused.value.problems[0].code == "REQUESTED"


def test_a_submitted_request_keeps_its_lines_but_not_its_supplier(work: Session, market: Market) -> None:
    request = make(line(market.fork, 10))
    submit_requests([request])
    with pytest.raises(Invalid) as refused, work.begin_nested():
        request.lines[0].quantity = Decimal(11)
        work.flush()
    assert refused.value.problems[0].code == "APPROVED"
    work.expire_all()
    request.lines[0].supplier_id = market.changjiang
    work.flush()
    flow = workflow_of(Request)
    assert flow is not None
    with pytest.raises(Invalid), work.begin_nested():
        flow.run("reject", [request])
    flow.run("reject", [request], {"reject_reason": "Too many"})
    assert request.state == "draft"


def test_bad_requests_are_refused(work: Session, market: Market) -> None:
    with pytest.raises(Invalid) as invalid, work.begin_nested():
        make(line(market.fork, 0))
    assert invalid.value.problems[0].code == "QUANTITY"
    with pytest.raises(Refusal) as refused:
        approve_requests([make()])
    assert refused.value.code == "NO_LINES"
    draft = make(line(market.fork, 1))
    with pytest.raises(Refusal) as refused:
        order_requests([draft])
    assert refused.value.code == "STATE"


def test_cancelling_tells_what_is_not_bought_and_why_it_was_wanted(work: Session, market: Market) -> None:
    request = make(line(market.fork, 4, source=AnyRef("erp_mrp.planned_order", 77, "PLAN-1")))
    approve_requests([request])
    with request_cancelled.overheard() as told:
        cancel_requests([request], "Plan changed")
    assert [(each.number, each.reason) for each in told] == [(request.number, "Plan changed")]
    assert [(each.product_id, each.quantity, each.source) for each in told[0].lines] == [
        (market.fork, 4, AnyRef("erp_mrp.planned_order", 77, "PLAN-1"))]


def test_people_request_for_themselves_and_cannot_approve(market: Market, make_user: MakeUser) -> None:
    asker, other = (make_user(name, roles=("erp_purchase.requester",)) for name in ("asker", "other"))
    with unit_of_work(asker):
        request = make(line(market.fork, 1))
        submit_requests([request])
        with pytest.raises(Forbidden):
            approve_requests([request])
        id_ = request.id
    with unit_of_work(other, reading=True) as work:
        assert work.get(Request, id_) is None


def plan(market: Market, number: int = 1) -> PlanFirmed:
    orders = (AnyRef("erp_sales.order", 501, "SO-2026-00001"), AnyRef("erp_sales.order", 502, "SO-2026-00002"))
    return PlanFirmed(plan_id=number, number=f"PLAN-{number}", to_buy=(
        PlannedPurchase(900 + number, market.fork, Decimal(12), market.piece, SOON, SOON, orders),
        PlannedPurchase(950 + number, market.battery, Decimal(3), market.piece, SOON, SOON)))


def test_a_firm_plan_becomes_an_approved_request_that_follows_its_planned_orders(
    work: Session, market: Market
) -> None:
    plan_firmed.tell([plan(market), PlanFirmed(2, "PLAN-2", ())])
    request = work.scalars(select(Request)).one()
    assert (request.state, request.source, request.needed_on) == ("approved", AnyRef("erp_mrp.plan", 1, "PLAN-1"), SOON)
    forks, batteries = request.lines
    assert (forks.source, forks.wanted_for) == (
        AnyRef("erp_mrp.planned_order", 901, "PLAN-1"), "SO-2026-00001, SO-2026-00002")
    assert [each["id"] for each in forks.demands] == [501, 502]
    assert (batteries.wanted_for, batteries.quantity) == (None, 3)
    batteries.supplier_id = market.changjiang
    work.flush()
    orders = order_requests([request])
    with order_approved.overheard() as told:
        approve_orders(orders)
    assert [each.origins for order in told for each in order.lines] == [
        (AnyRef("erp_mrp.planned_order", 901, "PLAN-1"),), (AnyRef("erp_mrp.planned_order", 951, "PLAN-1"),)]


def test_plans_wait_for_approval_where_the_company_says_so(work: Session, market: Market) -> None:
    change_setting("erp_purchase.trust_plans", False)
    plan_firmed.tell([plan(market)])
    assert work.scalars(select(Request.state)).all() == ["submitted"]


class Planner:
    """A plan that cares for batteries."""

    def __init__(self, battery: int) -> None:
        self.battery = battery

    @hook
    def supply_planned(self, products: Sequence[int]) -> Sequence[bool | None]:
        return [True if product == self.battery else None for product in products]


def shortage(market: Market, number: int = 7) -> StockShort:
    order = AnyRef("erp_sales.order", number, f"SO-{number}")
    lines = [(market.fork, 4), (market.battery, 2), (market.service, 1)]
    return StockShort(order, tuple(
        ShortLine(AnyRef("erp_sales.order_line", 70 + place), product, Decimal(count), market.piece, SOON)
        for place, (product, count) in enumerate(lines)))


def test_what_stock_lacks_is_requested_unless_a_plan_cares_for_it(work: Session, market: Market) -> None:
    with temporary_hooks() as manager:
        manager.register("erp_purchase", hooks)
        manager._plugins.register(Planner(market.battery))
        stock_short.tell([shortage(market)])
    request = work.scalars(select(Request)).one()
    assert (request.state, request.source) == ("submitted", AnyRef("erp_sales.order", 7, "SO-7"))
    assert [(each.product_id, each.quantity, each.needed_on) for each in request.lines] == [(market.fork, 4, SOON)]
    assert request.lines[0].source == request.source


def test_what_cannot_be_bought_is_not_requested(work: Session, market: Market) -> None:
    for product in work.scalars(select(Product)):
        product.buyable = False
    work.flush()
    stock_short.tell([shortage(market)])
    assert work.scalars(select(Request)).all() == []


@pytest.mark.parametrize("count", [1, 60])
def test_any_number_of_plans_takes_the_same_number_of_statements(
    work: Session, market: Market, count: int, count_statements: Callable[[], Any]
) -> None:
    switch_on("erp_mrp")
    with count_statements() as hearing:
        plan_firmed.tell([plan(market, number) for number in range(1, count + 1)])
    requests = work.scalars(select(Request).order_by(Request.id)).all()
    for each in work.scalars(select(RequestLine).where(RequestLine.supplier_id.is_(None))):
        each.supplier_id = market.changjiang
    work.flush()
    with count_statements() as ordering:
        assert len(order_requests(requests)) == 2
    counts = [
        len([each for each in counted.statements if not each.startswith("UPDATE erp_purchase_request SET")])
        for counted in (hearing, ordering)]
    assert all(each <= most for each, most in zip(counts, (24, 40), strict=True)), counts
