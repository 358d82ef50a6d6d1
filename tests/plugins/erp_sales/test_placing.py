"""Many orders placed at once: the same amounts as one by one, all that is wrong named, a fixed number of statements."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.work import Actor, Session, unit_of_work
from kernel.errors import Forbidden, Invalid
from kernel.permissions.declare import grant
from plugins.erp_sales.orders.checks import line_amounts, order_totals
from plugins.erp_sales.orders.models import Order, OrderLine
from plugins.erp_sales.orders.placing import NewLine, NewOrder, place_orders
from plugins.erp_sales.orders.services import confirm_orders
from plugins.erp_sales.terms.extends import SalesTerms
from tests.conftest import MakeUser
from tests.plugins.conftest import Goods
from tests.plugins.erp_sales.conftest import Draft

VALUES = ("subtotal", "tax_amount", "total", "largest_discount", "order_date", "owner_id", "channel", "state")
LEASES = ("kernel_id_", "kernel_number_counter")
"""Where blocks of ids and numbers come from: more records, more blocks."""
LINE_VALUES = ("description", "unit_id", "unit_price", "discount", "tax_id", "tax_rate", "tax_amount", "line_total",
               "price_source")


def test_placed_orders_are_as_those_entered_one_by_one(work: Session, draft: Draft, goods: Goods) -> None:
    entered = draft(OrderLine(product_id=goods.bike, quantity=Decimal(2), discount=Decimal(3)),
                    OrderLine(product_id=goods.service, quantity=Decimal("1.5")), freight=Decimal(80))
    entered.customer[SalesTerms].discount = Decimal(2)
    work.flush()
    placed, other = place_orders([
        NewOrder(goods.customer, [NewLine(goods.bike, Decimal(2), discount=Decimal(3)),
                                  NewLine(goods.service, Decimal("1.5"), discount=Decimal(0))], freight=Decimal(80)),
        NewOrder(goods.customer, [NewLine(goods.bike, unit_id=goods.dozen)])])
    entered.lines[1].unit_price = None
    work.flush()
    for name in VALUES:
        assert getattr(placed, name) == getattr(entered, name), name
    for name in LINE_VALUES:
        assert [getattr(line, name) for line in placed.lines] == [getattr(line, name) for line in entered.lines], name
    assert (other.lines[0].unit_price, other.lines[0].unit_id) == (466_800, goods.dozen)
    assert len({entered.number, placed.number, other.number}) == 3
    assert list(order_totals()) == list(line_amounts()) == []


def test_all_that_is_wrong_is_named_and_nothing_is_written(work: Session, goods: Goods) -> None:
    with pytest.raises(Invalid) as refused:
        place_orders([
            NewOrder(goods.customer, [NewLine(goods.bike, Decimal(-1))]),
            NewOrder(999, [NewLine(goods.bike), NewLine(998), NewLine(goods.bike, discount=Decimal(101))])])
    assert {(problem.field, problem.code) for problem in refused.value.problems} == {
        ("orders.0.lines.0.quantity", "QUANTITY"), ("orders.1.customer", "UNKNOWN"),
        ("orders.1.lines.1.product", "UNKNOWN"), ("orders.1.lines.2.discount", "DISCOUNT")}
    with pytest.raises(Invalid) as refused:
        place_orders([NewOrder(goods.customer, [NewLine(goods.bike)], currency_id=999)])
    assert refused.value.problems[0].field == "orders.0.currency"
    assert work.scalars(select(Order)).all() == []
    assert place_orders([]) == []


def test_who_may_not_enter_orders_may_not_place_them(make_user: MakeUser, system: Actor, goods: Goods) -> None:
    reader = make_user("tom", grant("erp_sales.order", "read"), grant("kernel.party", "read"),
                       grant("kernel.product", "read"))
    with pytest.raises(Forbidden), unit_of_work(reader):
        place_orders([NewOrder(goods.customer, [NewLine(goods.bike)])])
    with unit_of_work(make_user("anna", roles=["erp_sales.agent"])) as hers:
        [order] = place_orders([NewOrder(goods.customer, [NewLine(goods.bike)])])
        assert order.owner_id == hers.actor.user_id


def test_two_hundred_are_placed_and_confirmed_with_as_many_statements_as_two(
    work: Session, goods: Goods, count_statements: Callable[[], Any]
) -> None:
    counts = []
    for number in (1, 2, 200):  # the first remembers taxes, units and settings
        with count_statements() as counter:
            confirm_orders(place_orders([
                NewOrder(goods.customer, [NewLine(goods.bike) for _ in range(5)]) for _ in range(number)]))
        counts.append(sum(not any(name in each for name in LEASES) for each in counter.statements))
    assert counts[1] == counts[2]
