"""Deliveries: made of orders, reserved, shipped in parts, taken back; and by hand, without any order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, Session, session, unit_of_work
from kernel.errors import Forbidden, Invalid, Refusal
from kernel.exchange.removal import remove
from kernel.shared.models import Product
from plugins.erp_inventory.deliveries.hooks import held_up
from plugins.erp_inventory.deliveries.models import Delivery, DeliveryLine
from plugins.erp_inventory.deliveries.services import reserve_deliveries, reverse_deliveries, ship_deliveries
from plugins.erp_inventory.moves.signals import move_posted, stock_short
from plugins.erp_sales.orders.signals import (
    OrderCancelled,
    OrderClosed,
    OrderConfirmed,
    OrderedLine,
    OrderReopened,
    order_cancelled,
    order_closed,
    order_confirmed,
    order_reopened,
)
from tests.conftest import MakeUser
from tests.plugins.conftest import Goods
from tests.plugins.erp_inventory.stock import bring, on_hand, on_sqlite, sent, worth


def order(goods: Goods, *lines: tuple[int, object, int], **more: Any) -> OrderConfirmed:
    """Say that an order was confirmed: lines of product, quantity and unit."""
    ids = session().work.take_ids(1 + len(lines))
    return OrderConfirmed(
        order_id=ids[0], number=f"SO-{ids[0]}", customer_id=goods.customer, owner_id=None,
        order_date=session().today, currency_id=None, subtotal=Decimal(0), tax_amount=Decimal(0), total=Decimal(0),
        lines=tuple(OrderedLine(id_, product, Decimal(str(quantity)), unit, Decimal(1), Decimal(1))
                    for id_, (product, quantity, unit) in zip(ids[1:], lines, strict=True)), **more)


def confirm(goods: Goods, *lines: tuple[int, object, int], **more: Any) -> OrderConfirmed:
    event = order(goods, *lines, **more)
    order_confirmed.tell([event])
    return event


def deliveries(state: str | None = None) -> list[Delivery]:
    session().expire_all()
    wanted = select(Delivery).order_by(Delivery.id)
    return list(session().scalars(wanted if state is None else wanted.where(Delivery.state == state)))


def figures(delivery: Delivery) -> list[tuple[int, ...]]:
    """Give wanted, reserved, short, to ship and shipped of each line."""
    return [tuple(int(each) for each in (line.quantity, line.reserved, line.short, line.to_ship, line.shipped))
            for line in delivery.lines]


def test_a_confirmed_order_gets_a_delivery_with_what_is_free_reserved(work: Session, goods: Goods) -> None:
    bring(goods.bike, 3)
    with stock_short.overheard() as told:
        event = confirm(goods, (goods.bike, 5, goods.piece), (goods.service, 2, goods.piece),
                        promised_on=work.today + dt.timedelta(days=7))
    [delivery] = deliveries()
    assert figures(delivery) == [(5, 3, 2, 3, 0)]
    assert (delivery.source.entity, delivery.source.id, delivery.source.title) == (
        "erp_sales.order", event.order_id, event.number)
    assert delivery.promised_on == work.today + dt.timedelta(days=7)
    assert [(each.source.id, each.lines[0].source_line.id, each.lines[0].quantity, each.lines[0].needed_on)
            for each in told] == [(event.order_id, event.lines[0].line_id, 2, delivery.promised_on)]
    assert on_hand(goods.bike) == (3, 3)


def test_a_delivery_says_which_goods_keep_it(work: Session, goods: Goods) -> None:
    bring(goods.bike, 3)
    confirm(goods, (goods.bike, 3, goods.piece))
    confirm(goods, (goods.bike, 2, goods.piece))
    confirm(goods, (goods.bike, 4, goods.piece), (goods.bike, 6, goods.piece))
    ids = [each.id for each in deliveries()]
    title = work.get_one(Product, goods.bike).title
    assert [str(each) for each in held_up("erp_inventory.delivery", [*ids, 1])] == [
        "all of it is reserved and can be shipped", f"2 {title} not in stock", f"4 {title} and 1 more not in stock",
        "None"]
    assert held_up("erp_sales.order", ids) == [None, None, None]


def test_an_order_of_services_gets_none(work: Session, goods: Goods) -> None:
    confirm(goods, (goods.service, 2, goods.piece))
    assert deliveries() == []


def test_quantities_are_kept_in_the_products_own_unit(work: Session, goods: Goods) -> None:
    bring(goods.bike, 20)
    confirm(goods, (goods.bike, 1, goods.dozen))
    assert figures(deliveries()[0]) == [(12, 12, 0, 12, 0)]


def test_goods_that_come_in_reach_the_waiting_delivery(work: Session, goods: Goods) -> None:
    confirm(goods, (goods.bike, 5, goods.piece))
    bring(goods.bike, 2)
    assert figures(deliveries()[0]) == [(5, 2, 3, 2, 0)]
    deliveries()[0].lines[0].to_ship = Decimal(1)
    work.flush()
    bring(goods.bike, 9)
    assert figures(deliveries()[0]) == [(5, 5, 0, 1, 0)]


def test_shipping_moves_the_goods_and_tells_the_orders_lines(work: Session, goods: Goods) -> None:
    bring(goods.bike, 5, 50_000)
    event = confirm(goods, (goods.bike, 5, goods.piece))
    [delivery] = deliveries()
    with move_posted.overheard() as told:
        ship_deliveries([delivery])
    assert (delivery.state, delivery.shipped_on) == ("done", work.today)
    assert figures(delivery) == [(5, 0, 0, 0, 5)]
    [moved] = told
    assert (moved.kind, moved.document.id, moved.source.id, moved.party_id) == (
        "delivery", delivery.id, event.order_id, goods.customer)
    assert [(line.quantity, line.value, line.source_line.id, line.source_line.entity) for line in moved.lines] == [
        (-5, -50_000, event.lines[0].line_id, "erp_sales.order_line")]
    assert on_hand(goods.bike) == (0, 0)
    assert len(deliveries()) == 1


def test_what_is_not_shipped_goes_to_a_new_delivery(work: Session, goods: Goods) -> None:
    bring(goods.bike, 4)
    event = confirm(goods, (goods.bike, 5, goods.piece))
    [delivery] = deliveries()
    delivery.lines[0].to_ship = Decimal(1)
    work.flush()
    ship_deliveries([delivery])
    done, rest = deliveries()
    assert (figures(done), figures(rest)) == ([(5, 0, 0, 0, 1)], [(4, 3, 1, 3, 0)])
    assert (rest.earlier_id, rest.source, rest.lines[0].source_line.id) == (
        done.id, done.source, event.lines[0].line_id)
    bring(goods.bike, 1)
    assert figures(deliveries("open")[0]) == [(4, 4, 0, 4, 0)]
    ship_deliveries(deliveries("open"))
    assert on_hand(goods.bike) == (0, 0)


@on_sqlite
def test_more_than_is_reserved_is_not_shipped(work: Session, goods: Goods) -> None:
    bring(goods.bike, 3)
    confirm(goods, (goods.bike, 5, goods.piece))
    [delivery] = deliveries()
    delivery.lines[0].to_ship = Decimal(5)
    work.flush()
    with pytest.raises(Refusal) as refused:
        ship_deliveries([delivery])
    assert refused.value.code == "NOT_RESERVED"
    assert str(refused.value) == f"{delivery.number}: 5 of CC8-L are to be shipped, but 3 are reserved"
    assert (refused.value.actual, refused.value.allowed) == (5, 3)


@on_sqlite
def test_nothing_is_not_shipped(work: Session, goods: Goods) -> None:
    confirm(goods, (goods.bike, 5, goods.piece))
    with pytest.raises(Refusal) as refused:
        ship_deliveries(deliveries())
    assert refused.value.code == "NOTHING"


@on_sqlite
def test_nothing_is_shipped_twice(work: Session, goods: Goods) -> None:
    bring(goods.bike, 5)
    confirm(goods, (goods.bike, 5, goods.piece))
    [delivery] = deliveries()
    ship_deliveries([delivery])
    with pytest.raises(Refusal) as refused:
        ship_deliveries([delivery])
    assert refused.value.code == "ALREADY_SHIPPED"


def test_a_cancelled_order_gives_its_goods_to_the_next(work: Session, goods: Goods) -> None:
    bring(goods.bike, 3)
    first, _second = confirm(goods, (goods.bike, 3, goods.piece)), confirm(goods, (goods.bike, 2, goods.piece))
    order_cancelled.tell([OrderCancelled(first.order_id, first.number, goods.customer, "They went elsewhere")])
    cancelled, left = deliveries()
    assert (cancelled.state, cancelled.cancel_reason) == ("cancelled", "They went elsewhere")
    assert (figures(cancelled), figures(left)) == ([(3, 0, 0, 0, 0)], [(2, 2, 0, 2, 0)])
    assert on_hand(goods.bike) == (3, 2)


def test_a_closed_order_gets_nothing_more_and_reopened_what_it_lacks(work: Session, goods: Goods) -> None:
    bring(goods.bike, 5)
    event = confirm(goods, (goods.bike, 5, goods.piece))
    [delivery] = deliveries()
    delivery.lines[0].to_ship = Decimal(2)
    ship_deliveries([delivery])
    order_closed.tell([OrderClosed(event.order_id, event.number, goods.customer)])
    assert [each.state for each in deliveries()] == ["done", "cancelled"]
    assert on_hand(goods.bike) == (3, 0)
    left = OrderReopened(event.order_id, event.number, goods.customer, event.order_date, lines=tuple(
        replace(line, quantity=Decimal(3)) for line in event.lines))
    for _again in range(2):  # what an open delivery has is not delivered twice
        order_reopened.tell([left])
    _shipped, cancelled, again = deliveries()
    assert (again.state, figures(again), again.source.id) == ("open", [(3, 3, 0, 3, 0)], event.order_id)
    assert cancelled.cancel_reason == f"{event.number} was closed"


def test_a_delivery_taken_back_is_to_be_delivered_again(work: Session, goods: Goods) -> None:
    bring(goods.bike, 5, 50_000)
    event = confirm(goods, (goods.bike, 5, goods.piece))
    [delivery] = deliveries()
    ship_deliveries([delivery])
    with move_posted.overheard() as told:
        reverse_deliveries([delivery])
    assert [(each.reversal, each.lines[0].quantity, each.lines[0].value) for each in told] == [(True, 5, 50_000)]
    back, again = deliveries()
    assert (back.state, again.state, again.source.id) == ("reversed", "open", event.order_id)
    assert figures(again) == [(5, 5, 0, 5, 0)]
    assert worth(goods.bike) == (5, 50_000)


def by_hand(goods: Goods, quantity: int = 2) -> Delivery:
    delivery = Delivery(customer_id=goods.customer)
    delivery.lines = [DeliveryLine(product_id=goods.bike, quantity=Decimal(quantity))]
    session().add(delivery)
    session().flush()
    return delivery


def test_a_delivery_by_hand_is_reserved_shipped_and_taken_back(work: Session, goods: Goods) -> None:
    bring(goods.bike, 3)
    delivery = by_hand(goods)
    assert delivery.lines[0].unit_id == goods.piece
    reserve_deliveries([delivery])
    reserve_deliveries([delivery])
    assert figures(deliveries()[0]) == [(2, 2, 0, 2, 0)]
    ship_deliveries([delivery])
    reverse_deliveries([delivery])
    assert on_hand(goods.bike) == (3, 0)
    assert len(deliveries()) == 1


@on_sqlite
def test_services_are_not_delivered(work: Session, goods: Goods) -> None:
    with pytest.raises(Invalid, match="is a service"), work.begin_nested():
        work.add(Delivery(customer_id=goods.customer, lines=[DeliveryLine(product_id=goods.service)]))
        work.flush()


@on_sqlite
@pytest.mark.parametrize(("field", "value"), [("quantity", 0), ("to_ship", -1)])
def test_quantities_that_make_no_sense_are_named(work: Session, goods: Goods, field: str, value: int) -> None:
    delivery = by_hand(goods)
    with pytest.raises(Invalid) as refused, work.begin_nested():
        setattr(delivery.lines[0], field, Decimal(value))
        work.flush()
    assert [problem.field for problem in refused.value.problems] == [field]


@on_sqlite
def test_what_follows_an_order_is_not_changed_here(work: Session, goods: Goods) -> None:
    event = confirm(goods, (goods.bike, 5, goods.piece))
    with pytest.raises(Invalid, match=f"follows {event.number}"), work.begin_nested():
        deliveries()[0].lines[0].quantity = Decimal(1)
        work.flush()


@on_sqlite
def test_a_reserved_line_is_released_before_it_is_changed(work: Session, goods: Goods) -> None:
    bring(goods.bike, 3)
    delivery = by_hand(goods)
    reserve_deliveries([delivery])
    with pytest.raises(Invalid, match="release them first"), work.begin_nested():
        delivery.lines[0].quantity = Decimal(1)
        work.flush()


@on_sqlite
def test_what_was_shipped_stays_as_it_is(work: Session, goods: Goods) -> None:
    bring(goods.bike, 3)
    delivery = by_hand(goods)
    reserve_deliveries([delivery])
    ship_deliveries([delivery])
    with pytest.raises(Invalid, match="isn't open any more"), work.begin_nested():
        delivery.lines[0].to_ship = Decimal(1)
        work.flush()


@on_sqlite
def test_a_reserved_line_is_not_deleted(work: Session, goods: Goods) -> None:
    bring(goods.bike, 3)
    delivery = by_hand(goods)
    reserve_deliveries([delivery])
    with pytest.raises(Refusal) as refused, work.begin_nested():
        work.delete(deliveries()[0].lines[0])
        work.flush()
    assert refused.value.code == "RESERVED"


@on_sqlite
def test_an_open_delivery_is_cancelled_not_put_away(work: Session, goods: Goods) -> None:
    bring(goods.bike, 3)
    delivery = by_hand(goods)
    reserve_deliveries([delivery])
    with pytest.raises(Invalid, match="cancel it instead"), work.begin_nested():
        remove(deliveries())


def test_shipping_needs_its_grant(system: Actor, goods: Goods, make_user: MakeUser) -> None:
    with unit_of_work(system):
        bring(goods.bike, 3)
        id_ = by_hand(goods).id
        reserve_deliveries(deliveries())
    reader = make_user("nosy", roles=["erp_inventory.reader"])
    clerk = make_user("clerk", roles=["erp_inventory.clerk"])
    with unit_of_work(reader), pytest.raises(Forbidden):
        ship_deliveries([session().get_one(Delivery, id_)])
    with unit_of_work(clerk):
        ship_deliveries([session().get_one(Delivery, id_)])
        assert on_hand(goods.bike) == (1, 0)


def test_as_many_statements_for_many_orders_as_for_few(
    work: Session, goods: Goods, count_statements: Callable[[], Any]
) -> None:
    extra = [Product(code=f"P{n}", name=f"P{n}", unit_id=goods.piece, cost=Decimal(7)) for n in range(5)]
    work.add_all(extra)
    work.flush()
    for product in extra:
        bring(product.id, 1000)
    counts = []
    for number in (1, 3, 30):  # the first makes what is made once, and remembers
        events = [order(goods, *((product.id, 2, goods.piece) for product in extra)) for _n in range(number)]
        with count_statements() as confirming:
            order_confirmed.tell(events)
        open_ = deliveries("open")
        with count_statements() as shipping:
            ship_deliveries(open_)
        with count_statements() as reversing:
            reverse_deliveries(open_)
        made = deliveries("open")
        with count_statements() as cancelling:
            order_cancelled.tell([OrderCancelled(each.order_id, each.number, goods.customer, "x") for each in events])
        assert len(made) == number
        counts.append([len(sent(each)) for each in (confirming, shipping, reversing, cancelling)])
    assert counts[1] == counts[2]
