"""32 who do the same with one order at once on PostgreSQL: one does it, the others are told why not."""

from __future__ import annotations

import datetime as dt

from kernel.entities.work import Actor, perform, session, unit_of_work
from kernel.errors import Refusal
from plugins.erp_purchase.orders.models import Order
from plugins.erp_purchase.orders.services import approve_orders, bill_orders, receive_orders
from plugins.erp_purchase.requests.models import Request, RequestLine
from plugins.erp_purchase.requests.services import approve_requests, order_requests
from tests.faults.test_concurrency import CLIENTS, all_at_once, database
from tests.plugins.erp_purchase.conftest import MakeOrder, Market

__all__ = ["database"]


def refused(found: list[Refusal | None]) -> list[str]:
    return sorted({each.code for each in found if isinstance(each, Refusal)})


def test_goods_arrive_once_and_are_billed_once_however_many_enter_them(draft: MakeOrder, system: Actor) -> None:
    with unit_of_work(system):
        order = draft()
        approve_orders([order])
        id_ = order.id

    def one() -> Order:
        return session().get_one(Order, id_)

    found = all_at_once(lambda number: perform(system, lambda: receive_orders([one()])))
    assert (found.count(None), refused(found)) == (1, ["NOTHING_OPEN"])
    found = all_at_once(
        lambda number: perform(system, lambda: bill_orders([one()], f"SC-{number}", dt.date(2026, 11, 20))))
    assert found.count(None) == 1
    assert set(refused(found)) <= {"STATE", "MATCH_QTY"}
    with unit_of_work(system, reading=True):
        order = one()
        assert (order.state, order.lines[0].received, order.lines[0].billed) == ("done", 10, 10)
        assert order.billed_amount == order.total


def test_a_request_is_ordered_once_however_many_order_it(market: Market, system: Actor) -> None:
    with unit_of_work(system) as work:
        request = Request()
        request.lines = [RequestLine(product_id=market.fork, quantity=4)]
        work.add(request)
        work.flush()
        approve_requests([request])
        id_ = request.id
    found = all_at_once(
        lambda number: perform(system, lambda: len(order_requests([session().get_one(Request, id_)]))))
    assert (found.count(1), len(refused(found))) == (1, 1)
    assert refused(found) == ["ALREADY_ORDERED"]
    assert len(found) == CLIENTS
    with unit_of_work(system, reading=True) as work:
        assert work.query(Order).count() == 1
