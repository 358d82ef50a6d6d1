"""A purchase order: its prices and totals, its approval, what arrives and is billed, and how it ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Table, select, update

from kernel.entities.work import Actor, Session, unit_of_work
from kernel.errors import Forbidden, Invalid, Refusal
from kernel.identity.models import Employee
from kernel.registry.checks import run_checks
from kernel.shared.models import CurrencyRate, Party
from kernel.workflows.approvals import approve, my_tasks, reject
from plugins.erp_purchase.orders.models import Order, OrderLine
from plugins.erp_purchase.orders.services import (
    approve_orders,
    bill_orders,
    cancel_orders,
    close_orders,
    receive_orders,
)
from plugins.erp_purchase.orders.signals import bill_received, order_approved, order_ended
from plugins.erp_purchase.suppliers.extends import SupplierTerms
from tests.conftest import MakeUser
from tests.plugins.erp_purchase.conftest import MakeOrder, Market

BILL_DAY = dt.date(2026, 11, 20)


def lines(order: Order) -> list[tuple[Decimal, Decimal]]:
    return [(line.received, line.billed) for line in order.lines]


def test_an_order_takes_prices_from_the_supplier_and_terms_from_the_party(
    work: Session, draft: MakeOrder, market: Market
) -> None:
    order = draft()
    [line] = order.lines
    assert (line.unit_price, line.price_source, line.tax_rate) == (8800, "Price of Suntek Carbon", 5)
    assert (order.subtotal, order.tax_amount, order.total, order.own_total) == (88_000, 4_400, 92_400, 92_400)
    assert (order.payment_days, order.expected_on) == (45, work.today + dt.timedelta(days=10))
    many = draft(OrderLine(product_id=market.fork, quantity=Decimal(5), unit_id=market.dozen))
    assert (many.lines[0].unit_price, many.lines[0].price_source) == (98_400, "Price of Suntek Carbon from 4.166667 on")


def test_without_a_suppliers_price_the_standard_cost_counts(work: Session, draft: MakeOrder, market: Market) -> None:
    order = draft(OrderLine(product_id=market.battery, quantity=Decimal(1)))
    assert (order.lines[0].unit_price, order.lines[0].price_source) == (4000, "Standard cost")
    with pytest.raises(Invalid) as refused, work.begin_nested():
        draft(OrderLine(product_id=market.service, quantity=Decimal(1)))
    assert [problem.code for problem in refused.value.problems] == ["PRICE"]


def test_an_order_in_another_currency_takes_the_rate_of_its_day(
    work: Session, draft: MakeOrder, market: Market
) -> None:
    work.add(CurrencyRate(currency_id=market.euro, valid_from=dt.date(2026, 1, 1), rate=Decimal("34.42")))
    work.get_one(Party, market.changjiang).currency_id = market.euro
    work.flush()
    order = draft(OrderLine(product_id=market.battery, quantity=Decimal(3)), supplier_id=market.changjiang)
    assert (order.currency_id, order.exchange_rate) == (market.euro, Decimal("34.42"))
    assert order.lines[0].unit_price == Decimal("116.2115")  # 4,000 in dollars
    assert (order.subtotal, order.tax_amount) == (Decimal("348.63"), Decimal("17.43"))
    assert order.own_total == 12_600


def test_approving_tells_once_for_all_what_is_to_come(work: Session, draft: MakeOrder, market: Market) -> None:
    orders = [draft(), draft(OrderLine(product_id=market.battery, quantity=Decimal(2)), over_percent=Decimal(5))]
    with order_approved.overheard() as told:
        approve_orders(orders)
    assert [order.state for order in orders] == ["approved", "approved"]
    assert [(each.number, each.over_percent) for each in told] == [(orders[0].number, 0), (orders[1].number, 5)]
    [line] = told[0].lines
    assert (line.product_id, line.quantity, line.unit_price, line.net) == (market.fork, 10, 8800, 88_000)
    assert line.expected_on == orders[0].expected_on
    with pytest.raises(Refusal) as refused:
        approve_orders(orders)
    assert refused.value.code == "ALREADY_APPROVED"


def test_nothing_is_ordered_of_nothing_from_suspended_suppliers_or_below_their_minimum(
    work: Session, draft: MakeOrder, market: Market
) -> None:
    empty = Order(supplier_id=market.suntek)
    work.add(empty)
    order = draft()
    terms = work.get_one(Party, market.suntek)[SupplierTerms]
    for standing, minimum, which, code in (
        ("preferred", None, empty, "NO_LINES"), ("suspended", None, order, "SUPPLIER_BLOCKED"),
        ("preferred", Decimal(90_000), order, "MINIMUM_ORDER"),
    ):
        terms.standing, terms.minimum_order = standing, minimum
        work.flush()
        with pytest.raises(Refusal) as refused:
            approve_orders([which])
        assert refused.value.code == code
        assert refused.value.fix
    assert order.state == "draft"


def test_an_approved_order_is_not_edited(work: Session, draft: MakeOrder) -> None:
    order = draft()
    approve_orders([order])
    with pytest.raises(Invalid) as refused, work.begin_nested():
        order.lines[0].quantity = Decimal(9)
        work.flush()
    assert refused.value.problems[0].code == "APPROVED"
    work.expire_all()
    with pytest.raises(Invalid), work.begin_nested():
        order.freight = Decimal(100)
        work.flush()


def test_bad_values_are_named(work: Session, draft: MakeOrder, market: Market) -> None:
    with pytest.raises(Invalid) as refused, work.begin_nested():
        draft(OrderLine(product_id=market.fork, quantity=Decimal(0), discount=Decimal(101), arriving=Decimal(-1)),
              freight=Decimal(-1), exchange_rate=Decimal(0), over_percent=Decimal(101))
    assert {problem.field for problem in refused.value.problems} == {
        "quantity", "discount", "arriving", "freight", "exchange_rate", "over_percent"}


def test_alone_an_order_is_received_and_billed_by_hand_and_closes_itself(work: Session, draft: MakeOrder) -> None:
    order = draft()
    approve_orders([order])
    order.lines[0].arriving = Decimal(4)
    receive_orders([order])
    assert (lines(order), order.received_percent, order.lines[0].arriving) == ([(4, 0)], 40, None)
    with bill_received.overheard() as told:
        bill_orders([order], "SC-881", BILL_DAY)
    [bill] = told
    assert (bill.supplier_reference, bill.day, bill.payment_days) == ("SC-881", BILL_DAY, 45)
    assert [(line.quantity, line.net, line.tax_amount) for line in bill.lines] == [(4, 35_200, 1_760)]
    assert (lines(order), order.billed_percent, order.billed_amount) == ([(4, 4)], 40, 36_960)
    assert (order.supplier_reference, order.bill_day, order.billed_as) == (None, None, "SC-881")
    receive_orders([order])
    bill_orders([order], "SC-902", BILL_DAY)
    assert (lines(order), order.state, order.billed_amount) == ([(10, 10)], "done", order.total)
    assert order.billed_as == "SC-881, SC-902"


def test_parts_of_a_bill_add_up_to_the_order_exactly(work: Session, draft: MakeOrder, market: Market) -> None:
    order = draft(OrderLine(product_id=market.battery, quantity=Decimal(3), unit_price=Decimal("33.35")),
                  freight=Decimal(50))
    approve_orders([order])
    with bill_received.overheard() as told:
        for part in range(3):
            order.lines[0].arriving = Decimal(1)
            receive_orders([order])
            bill_orders([order], f"B-{part}", BILL_DAY)
    assert [each.lines[0].net for each in told] == [33, 34, 33]
    assert [each.freight for each in told] == [50, 0, 0]
    assert sum(each.lines[0].net for each in told) == order.subtotal
    assert (order.billed_amount, order.state) == (order.total, "done")


def test_no_more_arrives_than_was_ordered_and_tolerated(work: Session, draft: MakeOrder) -> None:
    order = draft(over_percent=Decimal(10))
    approve_orders([order])
    order.lines[0].arriving = Decimal("11.5")
    with pytest.raises(Refusal) as refused:
        receive_orders([order])
    assert (refused.value.code, refused.value.actual, refused.value.allowed) == ("OVER_RECEIPT", Decimal("11.5"), 11)
    order.lines[0].arriving = Decimal(11)
    receive_orders([order])
    with pytest.raises(Refusal) as refused:
        receive_orders([order])
    assert refused.value.code == "NOTHING_OPEN"
    bill_orders([order], "SC-1", BILL_DAY)
    assert (order.state, order.billed_amount) == ("done", 101_640)


def test_a_bill_matches_what_arrived_and_what_was_agreed(work: Session, draft: MakeOrder) -> None:
    order = draft()
    approve_orders([order])
    with pytest.raises(Refusal) as refused:
        bill_orders([order], "SC-1", BILL_DAY)
    assert refused.value.code == "MATCH_QTY"
    order.lines[0].arriving = Decimal(6)
    receive_orders([order])
    order.lines[0].bill_quantity = Decimal(7)
    with pytest.raises(Refusal) as refused:
        bill_orders([order], "SC-1", BILL_DAY)
    assert (refused.value.code, refused.value.actual, refused.value.allowed) == ("MATCH_QTY", 7, 6)
    order.lines[0].bill_quantity, order.lines[0].bill_price = Decimal(5), Decimal(9000)
    with pytest.raises(Refusal) as refused:
        bill_orders([order], "SC-1", BILL_DAY)
    assert (refused.value.code, refused.value.allowed) == ("MATCH_PRICE", 8800)
    order.lines[0].bill_price = Decimal(8900)
    with bill_received.overheard() as told:
        bill_orders([order], "SC-1", BILL_DAY)
    assert [(line.quantity, line.unit_price, line.net) for line in told[0].lines] == [(5, 8900, 44_500)]
    assert (lines(order), order.lines[0].bill_quantity, order.lines[0].bill_price) == ([(6, 5)], None, None)


def test_a_bill_needs_its_number_and_day(work: Session, draft: MakeOrder) -> None:
    order = draft()
    approve_orders([order])
    receive_orders([order])
    with pytest.raises(Invalid) as refused, work.begin_nested():
        bill_orders([order], "", None)
    assert {problem.field for problem in refused.value.problems} == {"supplier_reference", "bill_day"}


def test_services_need_no_receipt(work: Session, draft: MakeOrder, market: Market) -> None:
    order = draft(OrderLine(product_id=market.service, quantity=Decimal(2), unit_price=Decimal(500)))
    approve_orders([order])
    with pytest.raises(Refusal) as refused:
        receive_orders([order])
    assert refused.value.code == "NOTHING_OPEN"
    bill_orders([order], "W-7", BILL_DAY)
    assert (order.state, order.billed_amount) == ("done", 1000)


def test_a_small_shortage_closes_an_order_and_says_that_no_more_comes(
    work: Session, draft: MakeOrder, market: Market
) -> None:
    order = draft(OrderLine(product_id=market.fork, quantity=Decimal(100)))
    approve_orders([order])
    order.lines[0].arriving = Decimal(99)
    receive_orders([order])
    with order_ended.overheard() as told:
        bill_orders([order], "SC-1", BILL_DAY)
    assert (order.state, [each.number for each in told]) == ("done", [order.number])


def test_what_arrived_stops_a_cancellation_but_not_closing_short(work: Session, draft: MakeOrder) -> None:
    order = draft()
    approve_orders([order])
    order.lines[0].arriving = Decimal(3)
    receive_orders([order])
    with pytest.raises(Refusal) as refused:
        cancel_orders([order], "Found cheaper")
    assert refused.value.code == "RECEIVED"
    with pytest.raises(Refusal) as refused:
        close_orders([order])
    assert (refused.value.code, refused.value.allowed) == ("UNBILLED", 3)
    bill_orders([order], "SC-1", BILL_DAY)
    with order_ended.overheard() as told:
        close_orders([order])
    assert (order.state, [each.order_id for each in told]) == ("done", [order.id])


def test_a_billed_service_stops_a_cancellation(work: Session, draft: MakeOrder, market: Market) -> None:
    order = draft(OrderLine(product_id=market.service, quantity=Decimal(2), unit_price=Decimal(500)))
    approve_orders([order])
    order.lines[0].bill_quantity = Decimal(1)
    bill_orders([order], "W-7", BILL_DAY)
    with pytest.raises(Refusal) as refused:
        cancel_orders([order], "Not needed")
    assert refused.value.code == "BILLED"


def test_cancelling_tells_only_of_approved_orders_and_needs_a_reason(work: Session, draft: MakeOrder) -> None:
    first, second = draft(), draft()
    approve_orders([second])
    with pytest.raises(Invalid):
        cancel_orders([first], "")
    with order_ended.overheard() as told:
        cancel_orders([first, second], "Found cheaper")
    assert [(each.number, each.reason) for each in told] == [(second.number, "Found cheaper")]


def people(make_user: MakeUser, system: Actor) -> tuple[Actor, Actor]:
    """A buyer and the manager above."""
    buyer, boss = make_user("chun", roles=("erp_purchase.buyer",)), make_user("shufen", roles=("erp_purchase.manager",))
    with unit_of_work(system) as opened:
        head = Employee(number="1", name="Shu-Fen", user_id=boss.user_id)
        opened.add(head)
        opened.flush()
        opened.add(Employee(number="2", name="Chun", user_id=buyer.user_id, manager_id=head.id))
    return buyer, boss


def test_an_order_over_100000_waits_for_the_manager(
    draft: MakeOrder, market: Market, make_user: MakeUser, system: Actor
) -> None:
    buyer, boss = people(make_user, system)
    with unit_of_work(buyer) as work:
        small, large = draft(), draft(OrderLine(product_id=market.fork, quantity=Decimal(12)))
        approve_orders([small, large])
        assert (small.state, large.state) == ("approved", "submitted")
        id_ = large.id
    with unit_of_work(boss):
        reject([my_tasks()[0].id], "Ask for a better price")
    with unit_of_work(buyer) as work:
        large = work.get_one(Order, id_)
        assert large.state == "draft"
        approve_orders([large])
    with unit_of_work(boss), order_approved.overheard() as told:
        approve([my_tasks()[0].id])
    assert [each.order_id for each in told] == [id_]
    with unit_of_work(buyer, reading=True) as work:
        assert work.get_one(Order, id_).state == "approved"


def test_who_only_requests_sees_and_makes_no_orders(draft: MakeOrder, make_user: MakeUser) -> None:
    asker = make_user("asker", roles=("erp_purchase.requester",))
    with pytest.raises(Forbidden), unit_of_work(asker):
        draft()


def test_a_clerk_enters_invoices_and_nothing_else(draft: MakeOrder, make_user: MakeUser, system: Actor) -> None:
    with unit_of_work(system):
        order = draft()
        approve_orders([order])
        receive_orders([order])
        id_ = order.id
    clerk = make_user("lihua", roles=("erp_purchase.clerk",))
    with pytest.raises(Forbidden), unit_of_work(clerk) as work:
        cancel_orders([work.get_one(Order, id_)], "Not mine")
    with unit_of_work(clerk) as work:
        bill_orders([work.get_one(Order, id_)], "SC-1", BILL_DAY)
    with unit_of_work(clerk, reading=True) as work:
        assert work.get_one(Order, id_).state == "done"


@pytest.mark.parametrize("count", [1, 60])
def test_any_number_of_orders_takes_the_same_number_of_statements(
    work: Session, draft: MakeOrder, market: Market, count: int, count_statements: Callable[[], Any]
) -> None:
    orders = []
    for _number in range(count):
        order = Order(supplier_id=market.suntek)
        order.lines = [OrderLine(product_id=market.fork, quantity=Decimal(1)) for _line in range(3)]
        orders.append(order)
    with count_statements() as creating:
        work.add_all(orders)
        work.flush()
    with count_statements() as approving:
        approve_orders(orders)
    again = select(Order).order_by(Order.id)
    work.scalars(again).all()
    with count_statements() as receiving:
        receive_orders(orders)
    work.scalars(again).all()
    with count_statements() as billing:
        bill_orders(orders, "SC-1", BILL_DAY)
    assert {order.state for order in orders} == {"done"}
    counts = tuple(fixed(each) for each in (creating, approving, receiving, billing))
    assert all(each <= most for each, most in zip(counts, (21, 8, 14, 22), strict=True)), counts


def fixed(counted: Any) -> int:
    """Count statements, those apart by which the workflow takes each document to its state."""
    return len([each for each in counted.statements if not each.startswith("UPDATE erp_purchase_order SET")])


def test_an_order_that_waits_for_nobody_is_found_unless_it_came_in_as_history(draft: MakeOrder, system: Actor) -> None:
    with unit_of_work(system) as opened:
        ours, imported = draft(), draft()
        opened.flush()
        table: Table = Order.__table__  # type: ignore[assignment]  # a mapped class's Table
        both = table.c.id.in_([ours.id, imported.id])
        opened.work.connection.execute(update(table).where(both).values(state="submitted"))
        opened.work.connection.execute(update(table).where(table.c.id == imported.id).values(historical=True))
        number = ours.number
    assert [finding.record for _invariant, finding in run_checks(["kernel.approval_documents"]).found] == [number]
