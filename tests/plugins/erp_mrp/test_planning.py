"""A plan: what is short is ordered in time, level by level; every order says what it is for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.fields import AnyRef
from kernel.entities.work import Session, session
from kernel.errors import Refusal
from kernel.registry.settings import change_setting
from kernel.shared.models import Product
from plugins.erp_mrp.planning.models import Demand, Message, Peg, Plan, PlannedOrder, Supply
from plugins.erp_mrp.planning.services import firm_orders, firm_plan, run_plan
from plugins.erp_mrp.planning.signals import plan_firmed
from plugins.erp_mrp.products.extends import Planning
from plugins.erp_mrp.work_orders.models import WorkOrder
from tests.plugins.conftest import Goods
from tests.plugins.erp_inventory.stock import on_sqlite
from tests.plugins.erp_mrp.bicycles import bill, codes, product, set_up, stock

Planned = dict[str, list[tuple[str, Decimal, int, int]]]


def need(product_id: int, quantity: object, in_days: int, source: AnyRef | None = None) -> Demand:
    demand = Demand(
        product_id=product_id, quantity=Decimal(str(quantity)), due_on=session().today + dt.timedelta(days=in_days))
    if source is not None:
        demand.source = source
    session().add(demand)
    session().flush()
    return demand


def planned(plan: Plan) -> Planned:
    """Give the planned orders by product: kind, quantity, days until the start, days until needed."""
    names, today = codes(), session().today
    found: Planned = {}
    for each in session().scalars(
            select(PlannedOrder).where(PlannedOrder.plan_id == plan.id).order_by(PlannedOrder.due_on, PlannedOrder.id)):
        found.setdefault(names[each.product_id], []).append(
            (each.kind, each.quantity, (each.release_on - today).days, (each.due_on - today).days))
    return found


def messages(plan: Plan) -> set[tuple[str, str]]:
    names = codes()
    return {(each.kind, names[each.product_id]) for each in session().scalars(
        select(Message).where(Message.plan_id == plan.id))}


def test_what_is_short_is_made_and_bought_in_time_over_all_levels(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    stock(shop.bike, 2)
    stock(shop.spoke, 100)
    need(shop.bike, 7, 30)
    plan = run_plan()
    assert planned(plan) == {
        "CC8-L": [("make", 5, 28, 30)], "FRAME": [("buy", 5, 18, 28)], "WHEEL": [("make", 10, 25, 28)],
        "SPOKE": [("buy", 220, 20, 25)], "RIM": [("buy", 10, 21, 25)]}
    assert (plan.state, plan.products, plan.demands, plan.to_make, plan.to_buy, plan.messages) == (
        "planned", 5, 1, 2, 3, 0)


@on_sqlite
def test_demands_of_one_day_are_made_together_and_later_ones_later(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    stock(shop.wheel, 4)
    need(shop.wheel, 3, 10)
    need(shop.wheel, 3, 10)
    need(shop.wheel, 1, 20)
    assert planned(run_plan())["WHEEL"] == [("make", 2, 7, 10), ("make", 1, 17, 20)]


@on_sqlite
def test_stock_is_used_once_though_it_is_reserved_for_a_demand(work: Session, goods: Goods) -> None:
    from plugins.erp_inventory.api import Need, reserve
    shop = set_up(goods)
    stock(shop.wheel, 10)
    demand = need(shop.wheel, 6, 5)
    reserve([Need(AnyRef.to(demand), AnyRef.to(demand), shop.wheel, Decimal(6))])
    need(shop.wheel, 6, 10)
    assert planned(run_plan())["WHEEL"] == [("make", 2, 7, 10)]


@on_sqlite
def test_the_safety_stock_is_filled_up_and_told_apart(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    rim = work.get(Product, shop.rim)
    assert rim is not None
    rim[Planning].safety_stock = Decimal(8)
    work.flush()
    stock(shop.rim, 4)
    need(shop.rim, 36, 10)
    plan = run_plan()
    assert planned(plan)["RIM"] == [("buy", 4, 0, 0), ("buy", 36, 6, 10)]
    pegs = {(peg.kind, peg.quantity) for peg in work.scalars(select(Peg))}
    assert pegs == {("safety", 4), ("demand", 36)}


@on_sqlite
@pytest.mark.parametrize(("rule", "expected"), [
    ({"lot_rule": "fixed", "lot_size": 50}, [("buy", 50, 6, 10), ("buy", 50, 6, 10), ("buy", 50, 16, 20)]),
    ({"lot_rule": "multiple", "lot_size": 25}, [("buy", 75, 6, 10), ("buy", 50, 16, 20)]),
    ({"lot_rule": "period", "period_days": 11}, [("buy", 120, 6, 10)]),
    ({"lot_rule": "period", "period_days": 10}, [("buy", 60, 6, 10), ("buy", 60, 16, 20)]),
    ({"minimum": 90}, [("buy", 90, 6, 10), ("buy", 90, 16, 20)]),
    ({"minimum": 200}, [("buy", 200, 6, 10)]),
])
def test_lots_follow_the_products_rule(
    work: Session, goods: Goods, rule: dict[str, Any], expected: list[tuple[str, int, int, int]]
) -> None:
    shop = set_up(goods)
    rim = work.get(Product, shop.rim)
    assert rim is not None
    for name, value in rule.items():
        setattr(rim[Planning], name, Decimal(value) if name in ("lot_size", "minimum") else value)
    work.flush()
    need(shop.rim, 60, 10)
    need(shop.rim, 60, 20)
    assert planned(run_plan())["RIM"] == expected


def test_yield_starts_more_and_component_scrap_takes_more_each_once(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    wheel = work.get(Product, shop.wheel)
    assert wheel is not None
    wheel[Planning].yield_percent = Decimal(80)
    made = work.scalars(select(PlannedOrder)).first()
    assert made is None
    from plugins.erp_mrp.boms.models import Bom
    spokes = work.scalars(select(Bom).where(Bom.product_id == shop.wheel)).one().components[0]
    spokes.scrap_percent = Decimal(20)
    work.flush()
    need(shop.wheel, 8, 20)
    plan = run_plan()
    assert planned(plan)["WHEEL"] == [("make", 10, 17, 20)]
    assert planned(plan)["SPOKE"] == [("buy", 400, 12, 17)]
    assert planned(plan)["RIM"] == [("buy", 10, 13, 17)]
    order = work.scalars(select(PlannedOrder).where(PlannedOrder.product_id == shop.wheel)).one()
    assert order.expected == 8


@on_sqlite
def test_a_fixed_component_is_taken_once_per_order(work: Session, goods: Goods) -> None:
    box, manual = product("BOX", goods.piece), product("MANUAL", goods.piece)
    made = bill(box.id, (manual.id, 1))
    made.components[0].fixed = True
    work.flush()
    need(box.id, 500, 3)
    assert planned(run_plan())["MANUAL"] == [("buy", 1, 3, 3)]


@on_sqlite
def test_a_phantom_is_never_ordered_its_components_are(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    wheel = work.get(Product, shop.wheel)
    assert wheel is not None
    wheel[Planning].supply = "phantom"
    work.flush()
    need(shop.bike, 1, 30)
    found = planned(run_plan())
    assert "WHEEL" not in found
    assert found["SPOKE"] == [("buy", 64, 23, 28)]


@on_sqlite
def test_what_starts_too_late_starts_today_and_is_told(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    need(shop.bike, 1, -3)
    plan = run_plan()
    assert planned(plan)["CC8-L"] == [("make", 1, 0, 0)]
    assert ("late", "CC8-L") in messages(plan)
    assert ("late", "FRAME") in messages(plan)


@on_sqlite
def test_lead_times_leave_weekends_out_where_the_company_says_so(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    change_setting("erp_mrp.workdays", True)
    monday = work.today + dt.timedelta(days=14 - work.today.weekday())
    need(shop.rim, 1, (monday - work.today).days)
    run_plan()
    order = work.scalars(select(PlannedOrder)).one()
    assert order.release_on == monday - dt.timedelta(days=6)


def test_supply_under_way_is_counted_and_told_to_hurry_wait_shrink_or_stop(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    soon, late = work.today + dt.timedelta(days=2), work.today + dt.timedelta(days=40)
    for id_, quantity, day in (
            (shop.rim, 10, late), (shop.spoke, 10, soon), (shop.frame, 10, soon), (shop.wheel, 5, soon)):
        work.add(Supply(product_id=id_, quantity=Decimal(quantity), expected_on=day, kind="ordered"))
    work.flush()
    need(shop.rim, 10, 10)
    need(shop.spoke, 10, 30)
    need(shop.frame, 4, 5)
    plan = run_plan()
    assert planned(plan) == {}
    assert messages(plan) == {("expedite", "RIM"), ("defer", "SPOKE"), ("reduce", "FRAME"), ("cancel", "WHEEL")}


@on_sqlite
def test_what_is_made_without_a_bill_is_told(work: Session, goods: Goods) -> None:
    odd = product("ODD", goods.piece, supply="made", planned=True)
    need(odd.id, 1, 5)
    assert ("no_bom", "ODD") in messages(run_plan())


@on_sqlite
def test_what_nobody_plans_is_left_alone(work: Session, goods: Goods) -> None:
    need(goods.bike, 5, 5)
    assert planned(run_plan()) == {}


@on_sqlite
def test_a_horizon_leaves_later_demands_out(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    need(shop.rim, 1, 5)
    need(shop.rim, 1, 50)
    assert len(planned(run_plan(work.today + dt.timedelta(days=20)))["RIM"]) == 1


@on_sqlite
def test_the_same_grounds_give_the_same_plan(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    for days in range(1, 30):
        need(shop.bike, days % 7 + 1, days)
    assert planned(run_plan()) == planned(run_plan())


@on_sqlite
def test_a_new_plan_sets_the_one_before_aside(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    need(shop.rim, 1, 5)
    before = run_plan()
    run_plan()
    assert before.state == "superseded"
    order = work.scalars(select(PlannedOrder).where(PlannedOrder.plan_id == before.id)).one()
    with pytest.raises(Refusal) as refused:
        firm_orders([order])
    assert refused.value.code == "SUPERSEDED"


def test_firming_makes_work_orders_and_tells_what_to_buy_for_whom(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    order = AnyRef("erp_sales.order", 77, "SO-77")
    need(shop.bike, 2, 30, order)
    plan = run_plan()
    with plan_firmed.overheard() as told:
        firm_plan(plan)
    assert plan.state == "firmed"
    assert {each.state for each in work.scalars(select(PlannedOrder))} == {"firmed"}
    names = codes()
    made = {names[each.product_id]: each for each in work.scalars(select(WorkOrder))}
    assert {code: (each.quantity, each.state) for code, each in made.items()} == {
        "CC8-L": (2, "draft"), "WHEEL": (4, "draft")}
    assert {(names[each.product_id], each.quantity) for each in made["WHEEL"].components} == {
        ("SPOKE", 128), ("RIM", 4)}
    assert [(each.sequence, each.planned_hours, each.planned_cost) for each in made["CC8-L"].operations] == [
        (10, 1, 600), (20, Decimal("0.5"), 300)]
    assert [peg.source for peg in made["WHEEL"].pegs] == [order]
    [event] = told
    assert {(names[each.product_id], each.quantity, each.demands) for each in event.to_buy} == {
        ("FRAME", 2, (order,)), ("SPOKE", 128, (order,)), ("RIM", 4, (order,))}


def test_a_second_plan_asks_for_nothing_again(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    need(shop.bike, 2, 30)
    firm_plan(run_plan())
    again = run_plan()
    assert planned(again) == {}
    assert messages(again) == set()


@on_sqlite
def test_one_order_may_be_firmed_alone_and_only_once(work: Session, goods: Goods) -> None:
    shop = set_up(goods)
    need(shop.bike, 2, 30)
    run_plan()
    bike = work.scalars(select(PlannedOrder).where(PlannedOrder.product_id == shop.bike)).one()
    firm_orders([bike])
    assert len(work.scalars(select(WorkOrder)).all()) == 1
    with pytest.raises(Refusal) as refused:
        firm_orders([bike])
    assert refused.value.code == "ALREADY_FIRMED"
    assert "CC8-L" not in planned(run_plan())


def test_planning_200_products_in_five_levels_takes_the_statements_of_one(
    work: Session, goods: Goods, count_statements: Callable[[], Any]
) -> None:
    shop = set_up(goods)
    need(shop.bike, 1, 30)
    with count_statements() as few:
        firm_plan(run_plan())
    shelf = [[product(f"L{level}-{n}", goods.piece, lead_days=2) for n in range(8)] for level in range(5)]
    for above, below in pairwise(shelf):
        for at, each in enumerate(above):
            bill(each.id, (below[at].id, 2), (below[(at + 1) % 8].id, 1), (below[(at + 3) % 8].id, "0.5"))
    for n in range(60):
        need(shelf[0][n % 8].id, n % 5 + 1, n % 30)
    with count_statements() as many:
        firm_plan(run_plan())
    assert len(work.scalars(select(WorkOrder)).all()) > 100
    assert len(many) <= len(few) + 3


