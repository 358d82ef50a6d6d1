"""What planning hears of sales, purchase and stock, and what it answers them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from kernel import PromiseQuestion, ask
from kernel.entities.fields import AnyRef
from kernel.entities.work import Session, session
from kernel.shared.contracts.questions import first_known
from kernel.shared.models import Product
from plugins.erp_inventory.moves.signals import MovedLine, MovePosted
from plugins.erp_mrp.planning.hooks import promise_date
from plugins.erp_mrp.planning.listeners import (
    expect_no_more,
    expect_what_was_ordered,
    follow_deliveries,
    follow_receipts,
    forget_what_was_cancelled,
    forget_what_was_closed,
    need_again,
    need_what_was_sold,
)
from plugins.erp_mrp.planning.models import Demand, PlannedOrder, Supply
from plugins.erp_mrp.planning.services import firm_plan, run_plan
from plugins.erp_mrp.products.extends import Planning
from plugins.erp_purchase.orders.signals import OrderApproved, OrderEnded, PurchasedLine
from plugins.erp_sales.orders.signals import OrderCancelled, OrderClosed, OrderConfirmed, OrderedLine
from tests.plugins.conftest import Goods
from tests.plugins.erp_inventory.stock import on_sqlite
from tests.plugins.erp_mrp.bicycles import Shop, set_up, stock

LINE = "erp_sales.order_line"


def sold(goods: Goods, order_id: int, *lines: tuple[int, int, int]) -> OrderConfirmed:
    """A confirmed order of (line, product, quantity), the second line in dozens."""
    return OrderConfirmed(
        order_id=order_id, number=f"SO-{order_id}", customer_id=goods.customer, owner_id=None,
        order_date=session().today, currency_id=None, subtotal=Decimal(1), tax_amount=Decimal(0), total=Decimal(1),
        promised_on=session().today + dt.timedelta(days=9),
        lines=tuple(OrderedLine(line, product, Decimal(quantity), goods.dozen if at else goods.piece, Decimal(1),
                                Decimal(1)) for at, (line, product, quantity) in enumerate(lines)))


def bought(order_id: int, *lines: tuple[int, int, int], unit: int) -> OrderApproved:
    return OrderApproved(
        order_id=order_id, number=f"PO-{order_id}", supplier_id=1, order_date=session().today,
        lines=tuple(PurchasedLine(line, product, Decimal(quantity), unit, Decimal(1), Decimal(quantity),
                                  session().today + dt.timedelta(days=6)) for line, product, quantity in lines))


def demands() -> list[tuple[int, Decimal, Decimal, str]]:
    session().expire_all()
    return [(each.product_id, each.quantity, each.delivered, each.state)
            for each in session().scalars(select(Demand).order_by(Demand.id))]


def supplies() -> list[tuple[str, Decimal, Decimal, str]]:
    session().expire_all()
    return [(each.kind, each.quantity, each.received, each.state)
            for each in session().scalars(select(Supply).order_by(Supply.id))]


def moved(kind: Any, product: int, quantity: int, line: AnyRef | None) -> MovePosted:
    """Goods that moved for a line; a negative quantity goes out."""
    return MovePosted(
        document=AnyRef("other.paper", 1, "P-1"), kind=kind, day=session().today,
        lines=(MovedLine(1, product, Decimal(quantity), 1, Decimal(0), line),))


def came(shop: Shop, line: int | None, quantity: int) -> None:
    follow_receipts([moved(
        "receipt", shop.rim, quantity, None if line is None else AnyRef("erp_purchase.order_line", line))])


def test_a_confirmed_order_needs_its_goods_in_their_own_unit(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    need_what_was_sold([sold(goods, 7, (71, shop.bike, 2), (72, shop.bike, 1), (73, goods.service, 1))])
    assert demands() == [(shop.bike, 2, 0, "open"), (shop.bike, 12, 0, "open")]
    [first, _second] = work.scalars(select(Demand).order_by(Demand.id))
    assert (first.source, first.due_on) == (AnyRef("erp_sales.order", 7, "SO-7"), work.today + dt.timedelta(days=9))


@on_sqlite
def test_a_cancelled_order_needs_nothing_any_more(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    need_what_was_sold([sold(goods, 7, (71, shop.bike, 2)), sold(goods, 8, (81, shop.bike, 3))])
    forget_what_was_cancelled([OrderCancelled(order_id=7, number="SO-7", customer_id=goods.customer, reason="x")])
    assert [state for *_rest, state in demands()] == ["cancelled", "open"]


def test_a_closed_order_needs_nothing_any_more_until_it_is_reopened(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    need_what_was_sold([sold(goods, 7, (71, shop.bike, 5), (72, shop.bike, 1))])
    follow_deliveries([moved("delivery", shop.bike, -12, AnyRef(LINE, 72))])
    closed = OrderClosed(order_id=7, number="SO-7", customer_id=goods.customer)
    forget_what_was_closed([closed])
    assert [state for *_rest, state in demands()] == ["cancelled", "done"]
    need_again([closed])
    assert demands() == [(shop.bike, 5, 0, "open"), (shop.bike, 12, 12, "done")]


def test_a_delivery_serves_its_demand_and_its_reversal_needs_it_again(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    need_what_was_sold([sold(goods, 7, (71, shop.bike, 3))])
    line = AnyRef(LINE, 71)
    follow_deliveries([moved("delivery", shop.bike, -1, line), moved("delivery", shop.bike, -2, line)])
    assert demands() == [(shop.bike, 3, 3, "done")]
    follow_deliveries([moved("delivery", shop.bike, 2, line)])
    assert demands() == [(shop.bike, 3, 1, "open")]


def test_listening_takes_the_same_statements_for_one_order_and_fifty(
    work: Session, goods: Goods, count_statements: Callable[[], Any]
) -> None:
    shop = set_up(goods)

    def hear(first: int, count: int) -> int:
        with count_statements() as counter:
            need_what_was_sold([sold(goods, id_, (id_ * 10, shop.bike, 2)) for id_ in range(first, first + count)])
            forget_what_was_cancelled([
                OrderCancelled(id_, "SO", goods.customer, None) for id_ in range(first, first + count)])
        return len(counter)

    few = hear(100, 1)
    assert hear(200, 50) <= few + 2


def test_what_a_plan_requested_is_covered_by_the_order_that_follows(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    need_what_was_sold([sold(goods, 7, (71, shop.rim, 10))])
    firm_plan(run_plan())
    assert supplies() == [("requested", 10, 0, "open")]
    expect_what_was_ordered([bought(4, (41, shop.rim, 6), unit=goods.piece)])
    assert supplies() == [("requested", 10, 6, "open"), ("ordered", 6, 0, "open")]
    run_plan()
    assert len(work.scalars(select(PlannedOrder).where(PlannedOrder.state == "planned")).all()) == 0
    expect_what_was_ordered([bought(5, (51, shop.rim, 1), unit=goods.dozen)])
    assert supplies() == [("requested", 10, 10, "closed"), ("ordered", 6, 0, "open"), ("ordered", 12, 0, "open")]


def test_goods_that_come_in_are_expected_no_more(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    expect_what_was_ordered([bought(4, (41, shop.rim, 6), unit=goods.piece)])
    came(shop, 41, 2)
    assert supplies() == [("ordered", 6, 2, "open")]
    came(shop, 41, 4)
    assert supplies() == [("ordered", 6, 6, "closed")]
    came(shop, 41, -4)
    assert supplies() == [("ordered", 6, 2, "open")]
    expect_no_more([OrderEnded(order_id=4, number="PO-4", supplier_id=1)])
    assert supplies() == [("ordered", 6, 2, "closed")]


@on_sqlite
def test_goods_that_nobody_ordered_cover_what_was_requested(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    work.add(Supply(product_id=shop.rim, quantity=Decimal(10), expected_on=work.today))
    work.flush()
    came(shop, None, 4)
    assert supplies() == [("requested", 10, 4, "open")]
    came(shop, 999, 6)
    assert supplies() == [("requested", 10, 10, "closed")]


@on_sqlite
def test_planning_cares_for_products_with_bills_their_parts_and_those_marked(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    service = work.get(Product, goods.service)
    other = Product(code="X", name="X", unit_id=goods.piece)
    marked = Product(code="Y", name="Y", unit_id=goods.piece)
    work.add_all([other, marked])
    work.flush()
    marked[Planning].planned = True
    work.flush()
    assert service is not None
    products = [shop.bike, shop.rim, other.id, marked.id]
    assert first_known(ask.supply_planned(products=products), 4) == [True, True, None, True]


@on_sqlite
def test_a_promise_waits_for_the_slowest_missing_part(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    stock(shop.bike, 1)

    def promised(quantity: int, wanted: dt.date | None = None) -> int:
        [day] = promise_date([PromiseQuestion(shop.bike, Decimal(quantity), wanted)])
        assert day is not None
        return (day - work.today).days

    assert promised(1) == 0
    assert promised(2) == 2 + 10
    stock(shop.frame, 1)
    assert promised(2) == 2 + 3 + 5
    stock(shop.wheel, 2)
    assert promised(2) == 2
    assert promised(3) == 2 + 10
    assert promised(1, work.today + dt.timedelta(days=30)) == 30
    assert promised(2, work.today + dt.timedelta(days=1)) == 2
    assert promise_date([PromiseQuestion(goods.service, Decimal(1))]) == [None]
