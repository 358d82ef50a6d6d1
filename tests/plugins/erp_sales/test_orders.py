"""An order: exact amounts from its lines, the credit limit, the discount approval, and what confirming tells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.fields import AnyRef
from kernel.entities.work import Actor, Session, session, unit_of_work
from kernel.errors import Invalid, Refusal
from kernel.identity.models import Employee
from kernel.registry.settings import change_setting
from kernel.shared.models import Party
from kernel.workflows.approvals import approve, my_tasks, reject
from plugins.erp_sales.orders.checks import line_amounts, order_totals
from plugins.erp_sales.orders.models import Order, OrderLine
from plugins.erp_sales.orders.reports import sales_by_customer, sales_by_year
from plugins.erp_sales.orders.services import cancel_orders, close_orders, confirm_orders
from plugins.erp_sales.orders.signals import order_cancelled, order_confirmed
from plugins.erp_sales.terms.extends import SalesTerms
from tests.conftest import MakeUser
from tests.plugins.conftest import Goods


def make(goods: Goods, *lines: OrderLine, **values: object) -> Order:
    order = Order(customer_id=goods.customer, **values)
    order.lines = list(lines) or [OrderLine(product_id=goods.bike, quantity=Decimal(2))]
    session().add(order)
    session().flush()
    return order


def limit(goods: Goods, amount: int) -> None:
    party = session().get(Party, goods.customer)
    assert party is not None
    party[SalesTerms].credit_limit = Decimal(amount)
    session().flush()


def test_a_line_takes_price_unit_and_tax_from_its_product(work: Session, goods: Goods) -> None:
    order = make(goods)
    [line] = order.lines
    assert (line.description, line.unit_id, line.unit_price, line.tax_rate) == (
        "City Commuter 8s", goods.piece, 38_900, 5)
    assert line.price_source == "List price"
    assert (order.subtotal, order.tax_amount, order.total) == (77_800, 3_890, 81_690)
    assert order.order_date == work.today


def test_a_price_follows_its_unit_and_the_customers_discount(work: Session, goods: Goods) -> None:
    party = work.get(Party, goods.customer)
    assert party is not None
    party[SalesTerms].discount = Decimal("2.5")
    work.flush()
    order = make(goods, OrderLine(product_id=goods.bike, quantity=Decimal(1), unit_id=goods.dozen))
    assert (order.lines[0].unit_price, order.lines[0].discount) == (466_800, Decimal("2.5"))
    assert order.subtotal == 455_130


@pytest.mark.parametrize(("per", "tax"), [("line", 3), ("document", 2)])
def test_tax_is_rounded_per_line_or_per_document(work: Session, goods: Goods, per: str, tax: int) -> None:
    change_setting("erp_sales.tax_rounding", per)
    lines = [OrderLine(product_id=goods.bike, quantity=Decimal(1), unit_price=Decimal(14)) for _ in range(3)]
    order = make(goods, *lines)
    assert (order.subtotal, order.tax_amount, order.total) == (42, tax, 42 + tax)
    assert list(order_totals()) == []


def test_changing_a_line_changes_the_totals(work: Session, goods: Goods) -> None:
    id_ = make(goods).lines[0].id
    work.expunge_all()
    line = work.get(OrderLine, id_)
    assert line is not None
    line.quantity = Decimal(3)
    work.flush()
    assert line.order.total == 122_535


def test_a_line_that_makes_no_sense_is_named(work: Session, goods: Goods) -> None:
    with pytest.raises(Invalid) as refused, work.begin_nested():
        make(goods, OrderLine(product_id=goods.bike, quantity=Decimal(-1), discount=Decimal(120)))
    assert {problem.field for problem in refused.value.problems} == {"quantity", "discount"}


def test_confirming_tells_order_and_lines_once_for_all(work: Session, goods: Goods) -> None:
    orders = [make(goods), make(goods, OrderLine(product_id=goods.service, quantity=Decimal(3)))]
    with order_confirmed.overheard() as told:
        confirm_orders(orders)
    assert [order.state for order in orders] == ["confirmed", "confirmed"]
    assert [(each.number, each.total) for each in told] == [(order.number, order.total) for order in orders]
    assert [(line.product_id, line.quantity) for line in told[1].lines] == [(goods.service, 3)]


def test_an_order_of_nothing_is_not_confirmed(work: Session, goods: Goods) -> None:
    order = Order(customer_id=goods.customer)
    work.add(order)
    work.flush()
    with pytest.raises(Refusal) as refused:
        confirm_orders([order])
    assert refused.value.code == "NO_LINES"


def test_a_confirmed_order_is_not_edited(work: Session, goods: Goods) -> None:
    order = make(goods)
    confirm_orders([order])
    with pytest.raises(Invalid) as refused, work.begin_nested():
        order.lines[0].quantity = Decimal(9)
        work.flush()
    assert refused.value.problems[0].code == "APPROVED"
    work.expire_all()
    with pytest.raises(Invalid), work.begin_nested():
        order.lines.pop()
        work.flush()
    work.expire_all()
    order.comment = "Ring the bell"
    work.flush()
    assert order.total == 81_690


def test_credit_counts_open_orders_and_this_one(work: Session, goods: Goods) -> None:
    limit(goods, 200_000)
    first, second, third = make(goods), make(goods), make(goods)
    confirm_orders([first, second])
    with pytest.raises(Refusal) as refused:
        confirm_orders([third])
    assert (refused.value.code, refused.value.actual, refused.value.allowed) == ("CREDIT", 245_070, 200_000)
    close_orders([first])
    confirm_orders([third])


def test_orders_confirmed_together_share_one_limit(work: Session, goods: Goods) -> None:
    limit(goods, 100_000)
    with pytest.raises(Refusal) as refused:
        confirm_orders([make(goods), make(goods)])
    assert refused.value.code == "CREDIT"


def test_cancelling_needs_a_reason_and_tells_only_of_confirmed_orders(work: Session, goods: Goods) -> None:
    draft, confirmed = make(goods), make(goods)
    confirm_orders([confirmed])
    with pytest.raises(Invalid):
        cancel_orders([draft], "")
    with order_cancelled.overheard() as told:
        cancel_orders([draft, confirmed], "Wrong size")
    assert [(each.number, each.reason) for each in told] == [(confirmed.number, "Wrong size")]


@pytest.fixture
def team(make_user: MakeUser, system: Actor, goods: Goods) -> dict[str, Actor]:
    """Anna sells, Mei-Hua is her manager."""
    people = {"anna": make_user("anna", roles=["erp_sales.agent"]),
              "meihua": make_user("meihua", roles=["erp_sales.manager"])}
    with unit_of_work(system) as opened:
        boss = Employee(number="1", name="Mei-Hua", user_id=people["meihua"].user_id)
        opened.add(boss)
        opened.flush()
        opened.add(Employee(number="2", name="Anna", user_id=people["anna"].user_id, manager_id=boss.id))
    return people


@pytest.mark.parametrize(("decision", "state"), [("approve", "confirmed"), ("reject", "draft")])
def test_a_discount_over_five_percent_goes_to_the_manager(
    team: dict[str, Actor], goods: Goods, decision: str, state: str
) -> None:
    with unit_of_work(team["anna"]):
        order = make(goods, OrderLine(product_id=goods.bike, quantity=Decimal(2), discount=Decimal(8)))
        plain = make(goods, OrderLine(product_id=goods.bike, quantity=Decimal(2), discount=Decimal(5)))
        confirm_orders([order, plain])
        assert (order.state, plain.state) == ("submitted", "confirmed")
        id_ = order.id
    with unit_of_work(team["meihua"]):
        [task] = my_tasks()
        if decision == "approve":
            approve([task.id], "They take the whole range")
        else:
            reject([task.id], "Too much")
    with unit_of_work(team["anna"], reading=True) as hers:
        found = hers.get(Order, id_)
        assert found is not None
        assert found.state == state
        assert (found.confirmed_at is not None) == (state == "confirmed")


def test_an_agent_sees_own_orders_and_no_cost(team: dict[str, Actor], make_user: MakeUser, goods: Goods) -> None:
    with unit_of_work(team["anna"]):
        make(goods)
    with unit_of_work(make_user("tom", roles=["erp_sales.agent"]), reading=True) as his:
        assert his.scalars(select(Order)).all() == []
        assert sales_by_year().rows == []


def test_a_won_deal_drafts_an_order_for_its_owner(
    make_user: MakeUser, goods: Goods
) -> None:
    from plugins.crm.opportunities.models import Opportunity, OpportunityLine
    from plugins.crm.opportunities.services import win_opportunities

    seller = make_user("anna", roles=["crm.agent", "erp_sales.agent"])
    with unit_of_work(seller) as hers:
        deal = Opportunity(name="City relaunch", customer_id=goods.customer, amount=Decimal(900_000),
                           closes_on=dt.date(2026, 12, 1))
        deal.lines = [OpportunityLine(product_id=goods.bike, quantity=Decimal(24)),
                      OpportunityLine(product_id=goods.service, quantity=Decimal(1), unit_price=Decimal(300))]
        hers.add(deal)
        hers.flush()
        win_opportunities([deal])
        order = hers.scalars(select(Order)).one()
        assert (order.state, order.owner_id, order.customer_id) == ("draft", seller.user_id, goods.customer)
        assert order.subtotal == 24 * 38_900 + 300
        assert order.origin == f"{deal.number} City relaunch"
        assert order.source == AnyRef("crm.opportunity", deal.id, f"{deal.number} City relaunch")


def test_history_keeps_its_amounts_and_counts_in_the_report(work: Session, goods: Goods) -> None:
    from kernel.entities.bulk import insert_rows

    ids = insert_rows(Order, [
        {"number": "SO43659", "customer_id": goods.customer, "state": "done", "historical": True, "order_date": day,
         "subtotal": Decimal(subtotal), "tax_amount": Decimal("1971.5149"), "freight": Decimal("616.0984"),
         "total": Decimal("23153.2339"), "channel": "dealer"}
        for day, subtotal in ((dt.date(2011, 5, 31), "20565.6206"),)])
    insert_rows(OrderLine, [
        {"order_id": ids[0], "product_id": goods.bike, "unit_id": goods.piece, "quantity": Decimal(1),
         "unit_price": Decimal("2024.9940"), "line_total": Decimal("2024.994000")}])
    order = work.get(Order, ids[0])
    assert order is not None
    order.comment = "Brought in"
    work.flush()
    assert order.subtotal == Decimal("20565.6206")
    assert list(order_totals()) == list(line_amounts()) == []
    confirm_orders([make(goods, order_date=dt.date(2026, 3, 1))])
    make(goods, order_date=dt.date(2026, 3, 2))
    assert [row[:3] for row in sales_by_year().rows] == [
        ("2011", 1, Decimal("20565.6206")), ("2026", 1, Decimal(77_800))]
    assert sales_by_customer(2011).rows == [("Nordrad GmbH", 1, Decimal("20565.6206"))]


def test_checks_name_a_total_and_a_line_that_were_tampered_with(work: Session, goods: Goods) -> None:
    order = make(goods)
    work.connection().exec_driver_sql(f"UPDATE erp_sales_order SET total = 1 WHERE id = {order.id}")
    assert [finding.record for finding in order_totals()] == [order.number]
    work.connection().exec_driver_sql(f"UPDATE erp_sales_order_line SET line_total = 1 WHERE order_id = {order.id}")
    assert [finding.record for finding in line_amounts()] == [order.number]


def test_many_orders_are_confirmed_with_as_many_queries_as_few(
    work: Session, goods: Goods, count_statements: Callable[[], Any]
) -> None:
    limit(goods, 1_000_000_000)
    counts = []
    confirm_orders([make(goods)])  # what is remembered, and what neighbours make once, isn't counted
    for number in (3, 30):
        orders = [make(goods) for _ in range(number)]
        with count_statements() as counter:
            confirm_orders(orders)
        counts.append(sum(statement.startswith("SELECT") for statement in counter.statements))
    assert counts[0] == counts[1]
