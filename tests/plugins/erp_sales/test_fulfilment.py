"""An order knows how far it is: delivered, invoiced, paid; through, it closes, and opens where something returns."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from kernel.entities.work import Actor, Session, unit_of_work
from kernel.errors import Refusal
from kernel.workflows.machine import workflow_of
from plugins.erp_sales.orders.checks import cancelled_orders, how_far
from plugins.erp_sales.orders.credit import credit_of
from plugins.erp_sales.orders.models import Order, OrderLine
from plugins.erp_sales.orders.services import cancel_orders, close_orders, confirm_orders, request_invoices
from plugins.erp_sales.orders.signals import InvoiceRequested, invoice_requested, order_closed, order_reopened
from plugins.erp_sales.orders.views import fulfilment_of_order, late_orders
from plugins.erp_sales.terms.extends import SalesTerms
from tests.conftest import MakeUser
from tests.plugins.conftest import Goods
from tests.plugins.erp_sales.conftest import Draft
from tests.plugins.erp_sales.neighbours import deliver, invoice, pay

pytestmark = pytest.mark.usefixtures("played")


def requested(orders: list[Order]) -> list[InvoiceRequested]:
    with invoice_requested.overheard() as told:
        request_invoices(orders)
    return told


def test_what_left_is_delivered_and_what_came_back_is_not(work: Session, draft: Draft) -> None:
    order = draft()
    [line] = order.lines
    confirm_orders([order])
    deliver(order, {line.id: 1})
    assert (line.delivered, order.delivered_percent, order.state) == (1, 50, "confirmed")
    deliver(order, {line.id: 1})
    assert (line.delivered, order.delivered_percent) == (2, 100)
    deliver(order, {line.id: 2}, back=True)
    assert (line.delivered, order.delivered_percent) == (0, 0)


def test_twelve_pieces_delivered_one_by_one_are_the_dozen_that_was_sold(
    work: Session, draft: Draft, goods: Goods
) -> None:
    order = draft(OrderLine(product_id=goods.bike, quantity=Decimal(1), unit_id=goods.dozen))
    [line] = order.lines
    confirm_orders([order])
    for _ in range(5):
        deliver(order, {line.id: 1})
    assert (line.delivered, order.delivered_percent) == (Decimal("0.416667"), Decimal("41.66"))
    for _ in range(7):
        deliver(order, {line.id: 1})
    assert (line.delivered, order.delivered_percent) == (1, 100)


def test_moves_of_others_and_of_other_kinds_say_nothing_of_an_order(work: Session, draft: Draft) -> None:
    order, other = draft(), draft()
    confirm_orders([order, other])
    deliver(other, {other.lines[0].id: 2})
    assert (order.delivered_percent, other.delivered_percent) == (0, 100)


def test_an_order_that_is_through_closes_and_opens_again_where_something_returns(
    work: Session, draft: Draft, goods: Goods
) -> None:
    order = draft(OrderLine(product_id=goods.bike, quantity=Decimal(2)),
                  OrderLine(product_id=goods.service, quantity=Decimal(1)), freight=Decimal(500))
    confirm_orders([order])
    deliver(order, {order.lines[0].id: 2})
    told = requested([order])
    [total] = invoice(told)
    assert (total, order.invoiced_amount, order.invoiced_percent) == (order.total, order.total, 100)
    assert order.state == "confirmed"
    pay(order, 10_000)
    assert (order.state, order.paid_amount) == ("confirmed", 10_000)
    pay(order, order.total - 10_000)
    assert (order.state, order.paid_percent) == ("done", 100)
    assert list(how_far()) == []
    pay(order, -10_000)
    assert (order.state, order.paid_amount) == ("confirmed", order.total - 10_000)
    pay(order, 10_000)
    assert order.state == "done"
    deliver(order, {order.lines[0].id: 1}, back=True)
    assert order.state == "confirmed"
    assert list(how_far()) == []


def test_an_order_closed_by_hand_stays_closed_when_money_comes(work: Session, draft: Draft) -> None:
    order = draft()
    confirm_orders([order])
    close_orders([order])
    pay(order, 100)
    assert (order.state, order.paid_amount) == ("done", 100)


def test_a_closed_order_tells_so_and_a_reopened_one_what_is_left(work: Session, draft: Draft) -> None:
    order = draft()
    confirm_orders([order])
    wanted = order.lines[0].quantity
    deliver(order, {order.lines[0].id: 1})
    with order_closed.overheard() as closed, order_reopened.overheard() as reopened:
        close_orders([order])
        workflow_of(Order).run("reopen", [order])
    assert [each.order_id for each in closed] == [order.id]
    assert [(line.line_id, line.quantity) for line in reopened[0].lines] == [(order.lines[0].id, wanted - 1)]


def test_listeners_see_every_owners_orders(
    make_user: MakeUser, system: Actor, goods: Goods, draft: Draft
) -> None:
    with unit_of_work(system):
        order = draft()
        confirm_orders([order])
    with unit_of_work(make_user("store")) as theirs:
        del theirs
        deliver(order, {order.lines[0].id: 2})
    with unit_of_work(system, reading=True) as again:
        found = again.get(Order, order.id)
        assert found is not None
        assert found.delivered_percent == 100


def test_what_was_delivered_or_invoiced_is_not_cancelled(work: Session, draft: Draft, goods: Goods) -> None:
    order = draft()
    confirm_orders([order])
    deliver(order, {order.lines[0].id: 1})
    with pytest.raises(Refusal) as refused:
        cancel_orders([order], "Wrong size")
    assert (refused.value.code, str(refused.value)) == ("DELIVERED", f"Some of {order.number} was delivered")
    assert "deliveries back first" in str(refused.value.fix)

    service = draft(OrderLine(product_id=goods.service, quantity=Decimal(3)))
    confirm_orders([service])
    assert service.delivered_percent == 100
    told = requested([service])
    invoice(told)
    with pytest.raises(Refusal) as refused:
        cancel_orders([service], "Wrong size")
    assert refused.value.code == "INVOICED"

    invoice(told, back=True)
    deliver(order, {order.lines[0].id: 1}, back=True)
    cancel_orders([order, service], "Wrong size")
    assert list(cancelled_orders()) == list(how_far()) == []


def test_credit_counts_what_is_not_invoiced_yet(work: Session, draft: Draft, goods: Goods) -> None:
    order = draft()
    order.customer[SalesTerms].credit_limit = Decimal(200_000)
    work.flush()
    confirm_orders([order])
    assert credit_of([goods.customer])[goods.customer].open_orders == 81_690
    deliver(order, {order.lines[0].id: 1})
    invoice(requested([order]))
    assert credit_of([goods.customer])[goods.customer].open_orders == 40_845


def test_the_panel_and_the_card_tell_what_is_late(work: Session, draft: Draft) -> None:
    import datetime as dt

    late = draft(promised_on=work.today - dt.timedelta(days=4))
    draft(promised_on=work.today + dt.timedelta(days=4))
    assert fulfilment_of_order([late]) == [None]
    confirm_orders([late])
    [panel] = fulfilment_of_order([late])
    assert panel is not None
    assert [str(label) for label, _value in panel.rows][-1] == "Days late"
    assert panel.rows[-1][1] == 4
    assert late_orders().value == 1
    deliver(late, {late.lines[0].id: 2})
    assert late_orders().value == 0


@pytest.mark.parametrize(("column", "table"), [
    ("delivered_percent", "order"), ("invoiced_percent", "order"), ("paid_percent", "order"),
    ("invoiced = 9000000, invoiced_net", "order_line"), ("delivered = 9000000, shipped", "order_line")])
def test_the_check_finds_an_order_that_is_not_as_far_as_it_says(
    work: Session, draft: Draft, column: str, table: str
) -> None:
    order = draft()
    confirm_orders([order])
    assert list(how_far()) == []
    key = "id" if table == "order" else "order_id"
    work.connection().exec_driver_sql(f"UPDATE erp_sales_{table} SET {column} = 7000000 WHERE {key} = {order.id}")
    assert {finding.record for finding in how_far()} == {order.number}


def test_the_check_finds_a_cancelled_order_of_which_something_left(work: Session, draft: Draft) -> None:
    order = draft()
    cancel_orders([order], "Wrong size")
    work.connection().exec_driver_sql(f"UPDATE erp_sales_order_line SET delivered = 1 WHERE order_id = {order.id}")
    assert {finding.record for finding in cancelled_orders()} == {order.number}


def test_as_many_statements_for_many_orders_as_for_few(
    work: Session, draft: Draft, count_statements: Callable[[], Any]
) -> None:
    counts = []
    for number in (2, 20):
        orders = [draft() for _ in range(number)]
        confirm_orders(orders)
        lines = {order.id: order.lines[0].id for order in orders}
        work.expire_all()
        with count_statements() as counter:
            from plugins.erp_sales.orders.fulfilment import Billed, note_invoiced, note_paid, note_shipped

            note_shipped({id_: {line: Decimal(1)} for id_, line in lines.items()})
            note_invoiced({id_: Billed(Decimal(1), Decimal(0), {line: (Decimal(1), Decimal(1))})
                           for id_, line in lines.items()})
            note_paid({id_: Decimal(1) for id_ in lines})
        counts.append(len(counter))
    assert counts[0] == counts[1]
