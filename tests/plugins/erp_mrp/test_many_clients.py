"""Several people at once: a plan is firmed once, a work order gives no more than it was for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from kernel.entities.work import Actor, perform, session, unit_of_work
from kernel.errors import Refusal
from plugins.erp_mrp.planning.models import Demand, Plan
from plugins.erp_mrp.planning.services import firm_plan, run_plan
from plugins.erp_mrp.work_orders.models import WorkOrder
from plugins.erp_mrp.work_orders.services import issue_orders, receive_orders, release_orders
from tests.plugins.conftest import Goods
from tests.plugins.erp_mrp.bicycles import on_hand, set_up, stock

CLIENTS = 8


@pytest.fixture
def order(system: Actor, goods: Goods) -> int:
    """A running work order for three bikes, one to be received at a time."""
    with unit_of_work(system):
        shop = set_up(goods)
        stock(shop.frame, 3, 300)
        stock(shop.wheel, 6, 180)
        made = WorkOrder(product_id=shop.bike, quantity=Decimal(3))
        session().add(made)
        session().flush()
        release_orders([made])
        issue_orders([made])
        return made.id


def at_once(who: Actor, do: object) -> list[str]:
    """Let many do the same at once; gives what each was told."""
    def once(_n: int) -> str:
        try:
            perform(who, do, attempts=10)  # type: ignore[arg-type]  # a callable
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(once, range(CLIENTS)))


def test_many_receive_no_more_than_was_ordered(order: int, system: Actor, goods: Goods) -> None:
    def one() -> None:
        made = session().get(WorkOrder, order)
        assert made is not None
        made.receiving = Decimal(1)
        receive_orders([made])

    told = at_once(system, one)
    with unit_of_work(system, reading=True):
        made = session().get(WorkOrder, order)
        assert made is not None
        count = told.count("done")
        assert (made.received, made.received_value, on_hand(goods.bike)[0]) == (count, 160 * count, count)
        assert 1 <= count <= 3


def test_a_plan_is_firmed_once(system: Actor, goods: Goods) -> None:
    with unit_of_work(system) as opened:
        shop = set_up(goods)
        opened.add(Demand(product_id=shop.bike, quantity=Decimal(3), due_on=opened.today))
        opened.flush()
        id_ = run_plan().id

    def firm() -> None:
        plan = session().get(Plan, id_)
        assert plan is not None
        firm_plan(plan)

    told = at_once(system, firm)
    assert told.count("done") == 1
    assert set(told) <= {"done", "ALREADY_FIRMED", "CHANGED_MEANWHILE"}
    with unit_of_work(system, reading=True):
        assert session().scalar(select(func.count(WorkOrder.id))) == 2
