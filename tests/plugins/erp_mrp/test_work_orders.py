"""A work order: material out of stock, work reported, goods in at what they cost, the rest as variance."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from kernel.entities.fields import AnyRef
from kernel.entities.work import Actor, Session, session, unit_of_work
from kernel.errors import Invalid, Refusal
from plugins.erp_inventory.moves.signals import move_posted
from plugins.erp_mrp.work_orders.hooks import held_up
from plugins.erp_mrp.work_orders.models import OperationReport, WorkOrder
from plugins.erp_mrp.work_orders.services import (
    cancel_orders,
    close_orders,
    complete_orders,
    issue_orders,
    post_work,
    receive_orders,
    release_orders,
    take_work_back,
)
from plugins.erp_mrp.work_orders.signals import operation_reported, order_closed, order_received
from tests.conftest import MakeUser
from tests.plugins.conftest import Goods
from tests.plugins.erp_inventory.stock import on_sqlite
from tests.plugins.erp_mrp.bicycles import Shop, on_hand, set_up, stock


@pytest.fixture
def shop(work: Session, goods: Goods) -> Shop:
    """Parts for three bikes: frames at 100, wheels at 30."""
    made = set_up(goods)
    stock(made.frame, 3, 300)
    stock(made.wheel, 6, 180)
    return made


def order(shop: Shop, quantity: object = 2, product: int | None = None) -> WorkOrder:
    made = WorkOrder(product_id=product or shop.bike, quantity=Decimal(str(quantity)))
    session().add(made)
    session().flush()
    return made


def report(order: WorkOrder, step: int = 10, good: object = 0, scrap: object = 0, hours: object = 0) -> OperationReport:
    made = OperationReport(
        work_order_id=order.id, sequence=step, good=Decimal(str(good)), scrap=Decimal(str(scrap)),
        hours=Decimal(str(hours)))
    session().add(made)
    session().flush()
    return made


def test_a_work_order_says_how_far_it_is(work: Session, shop: Shop) -> None:
    made = order(shop, 2)
    release_orders([made])
    assert str(held_up("erp_mrp.work_order", [made.id])[0]) == "0 of 2 made, 2 components still to be issued"
    issue_orders([made])
    assert str(held_up("erp_mrp.work_order", [made.id])[0]) == "0 of 2 made"


def test_releasing_takes_over_the_bill_and_reserves_what_is_there(work: Session, shop: Shop) -> None:
    made = order(shop, 4)
    release_orders([made])
    assert made.state == "released"
    assert {(each.product_id, each.quantity) for each in made.components} == {(shop.frame, 4), (shop.wheel, 8)}
    assert [each.planned_cost for each in made.operations] == [1200, 600]
    assert on_hand(shop.frame) == (3, 3)
    assert on_hand(shop.wheel) == (6, 6)
    stock(shop.frame, 5)
    assert on_hand(shop.frame) == (8, 4)


@on_sqlite
def test_what_was_written_by_hand_is_not_filled_over(work: Session, shop: Shop) -> None:
    from plugins.erp_mrp.work_orders.models import WorkOrderComponent
    made = order(shop)
    made.components = [WorkOrderComponent(product_id=shop.rim, quantity=Decimal(1))]
    work.flush()
    release_orders([made])
    assert [each.product_id for each in made.components] == [shop.rim]


def test_the_cost_goes_in_with_material_and_work_and_out_with_the_goods(work: Session, shop: Shop) -> None:
    made = order(shop, 2)
    release_orders([made])
    with move_posted.overheard() as moved:
        issue_orders([made])
    assert (made.state, made.material_cost) == ("in_progress", 320)
    assert [(each.kind, each.document, sorted(line.value for line in each.lines)) for each in moved] == [
        ("issue", AnyRef.to(made), [-200, -120])]
    assert on_hand(shop.frame) == (1, 0)
    with operation_reported.overheard() as told:
        post_work([report(made, 10, good=2, hours="1.5"), report(made, 20, good=2, hours="0.1")])
    assert [(each.hours, each.good, each.cost) for each in told] == [(Decimal("1.5"), 2, 900), (Decimal("0.1"), 2, 60)]
    made.receiving = Decimal(1)
    with order_received.overheard() as came, move_posted.overheard() as moved:
        receive_orders([made])
    assert (made.state, made.received, made.received_value) == ("in_progress", 1, 640)
    assert [(each.kind, line.quantity, line.value) for each in moved for line in each.lines] == [("production", 1, 640)]
    assert [each.quantity for each in came] == [1]
    receive_orders([made])
    assert (made.state, made.received, made.received_value, made.in_progress_value) == ("completed", 2, 1280, 0)
    with order_closed.overheard() as closed:
        close_orders([made])
    assert [(each.number, each.variance) for each in closed] == [(made.number, 0)]
    assert on_hand(shop.bike) == (2, 0)


@on_sqlite
def test_an_order_completed_short_writes_the_rest_off_when_it_is_closed(work: Session, shop: Shop) -> None:
    made = order(shop, 2)
    release_orders([made])
    issue_orders([made])
    made.receiving = Decimal(1)
    receive_orders([made])
    complete_orders([made])
    with order_closed.overheard() as closed:
        close_orders([made])
    assert (closed[0].variance, made.variance, made.in_progress_value) == (160, 160, 0)


def test_missing_parts_are_all_named_and_nothing_is_issued(work: Session, shop: Shop) -> None:
    made = order(shop, 4)
    release_orders([made])
    with pytest.raises(Refusal) as refused:
        issue_orders([made])
    assert refused.value.code == "STOCK_SHORT"
    assert "1 FRAME" in str(refused.value)
    assert "2 WHEEL" in str(refused.value)
    assert on_hand(shop.frame) == (3, 3)


@on_sqlite
def test_what_others_have_reserved_is_theirs(work: Session, shop: Shop) -> None:
    first, second = order(shop, 2), order(shop, 2)
    release_orders([first, second])
    with pytest.raises(Refusal) as refused:
        issue_orders([second])
    assert "lacks 1 FRAME, 2 WHEEL" in str(refused.value)
    issue_orders([first])


@on_sqlite
def test_part_of_the_material_may_be_issued_by_entering_how_much(work: Session, shop: Shop) -> None:
    made = order(shop, 4)
    release_orders([made])
    for each in made.components:
        each.issuing = Decimal(3) if each.product_id == shop.frame else Decimal(0)
    work.flush()
    issue_orders([made])
    assert {each.product_id: each.issued for each in made.components} == {shop.frame: 3, shop.wheel: 0}
    assert {each.product_id: each.issuing for each in made.components}[shop.frame] is None


@on_sqlite
def test_more_than_needed_is_issued_only_for_a_reason(work: Session, shop: Shop) -> None:
    made = order(shop, 1)
    release_orders([made])
    frame = next(each for each in made.components if each.product_id == shop.frame)
    frame.issuing = Decimal(2)
    work.flush()
    with pytest.raises(Refusal) as refused:
        issue_orders([made])
    assert (refused.value.code, refused.value.actual, refused.value.allowed) == ("OVER_ISSUE", 2, 1)
    frame.over_reason = "One was bent"
    work.flush()
    issue_orders([made])
    assert made.material_cost == 260


@on_sqlite
def test_an_order_whose_material_is_issued_asks_for_no_more(work: Session, shop: Shop) -> None:
    made = order(shop, 1)
    release_orders([made])
    issue_orders([made])
    with pytest.raises(Refusal) as refused:
        issue_orders([made])
    assert refused.value.code == "NOTHING_TO_ISSUE"


def test_a_step_cannot_report_more_than_the_step_before_gave(work: Session, shop: Shop) -> None:
    made = order(shop, 3)
    release_orders([made])
    with pytest.raises(Refusal) as refused:
        post_work([report(made, 10, good=3, scrap=1)])
    assert (refused.value.code, refused.value.actual, refused.value.allowed) == ("OVER_REPORT", 4, 3)
    post_work([report(made, 10, good=2, scrap=1, hours=1)])
    with pytest.raises(Refusal) as refused:
        post_work([report(made, 20, good=1), report(made, 20, good=2)])
    assert (refused.value.code, refused.value.allowed) == ("OVER_REPORT", 2)
    assert (made.state, made.scrapped, made.labour_cost) == ("in_progress", 1, 600)


@on_sqlite
@pytest.mark.parametrize(("step", "good", "code"), [(15, 1, "UNKNOWN_STEP"), (10, 0, "EMPTY")])
def test_a_report_that_makes_no_sense_is_refused(work: Session, shop: Shop, step: int, good: int, code: str) -> None:
    made = order(shop)
    release_orders([made])
    with pytest.raises(Refusal) as refused:
        post_work([report(made, step, good=good)])
    assert refused.value.code == code


@on_sqlite
def test_work_is_reported_on_running_orders_only(work: Session, shop: Shop) -> None:
    made = order(shop)
    with pytest.raises(Refusal) as refused:
        post_work([report(made, 10, good=1)])
    assert refused.value.code == "NOT_RUNNING"


def test_a_report_taken_back_takes_its_cost_along(work: Session, shop: Shop) -> None:
    made = order(shop)
    release_orders([made])
    posted = report(made, 10, good=2, hours=1)
    post_work([posted])
    with operation_reported.overheard() as told:
        take_work_back([posted])
    assert (told[0].cost, told[0].good, made.labour_cost, posted.state) == (-600, -2, 0, "reversed")
    with pytest.raises(Refusal) as refused:
        take_work_back([posted])
    assert refused.value.code == "ALREADY_REVERSED"


@on_sqlite
def test_a_posted_report_is_not_edited(work: Session, shop: Shop) -> None:
    made = order(shop)
    release_orders([made])
    posted = report(made, 10, good=2, hours=1)
    post_work([posted])
    with pytest.raises(Invalid) as refused, work.begin_nested():
        posted.good = Decimal(1)
        work.flush()
    assert refused.value.code == "POSTED"


@on_sqlite
def test_no_more_is_received_than_ordered(work: Session, shop: Shop) -> None:
    made = order(shop, 2)
    release_orders([made])
    issue_orders([made])
    made.receiving = Decimal(3)
    work.flush()
    with pytest.raises(Refusal) as refused:
        receive_orders([made])
    assert (refused.value.code, refused.value.actual, refused.value.allowed) == ("OVER_RECEIVED", 3, 2)


@on_sqlite
def test_nothing_is_received_before_material_was_issued(work: Session, shop: Shop) -> None:
    made = order(shop, 2)
    release_orders([made])
    with pytest.raises(Refusal) as refused:
        receive_orders([made])
    assert refused.value.code == "NOT_ISSUED"


def test_cancelling_brings_material_back_and_writes_work_off(work: Session, shop: Shop) -> None:
    made = order(shop, 2)
    release_orders([made])
    issue_orders([made])
    post_work([report(made, 10, good=1, hours=1)])
    with order_closed.overheard() as closed:
        cancel_orders([made], "Wrong colour")
    assert (made.state, made.material_cost, made.in_progress_value, closed[0].variance) == ("cancelled", 0, 0, 600)
    assert on_hand(shop.frame) == (3, 0)
    assert {each.issued for each in made.components} == {0}


@on_sqlite
def test_cancelling_a_released_order_gives_its_parts_free(work: Session, shop: Shop) -> None:
    made = order(shop, 2)
    release_orders([made])
    with order_closed.overheard() as closed:
        cancel_orders([made], "Not wanted")
    assert (on_hand(shop.frame), closed) == ((3, 0), [])


@on_sqlite
def test_what_gave_goods_is_not_cancelled(work: Session, shop: Shop) -> None:
    made = order(shop, 2)
    release_orders([made])
    issue_orders([made])
    made.receiving = Decimal(1)
    receive_orders([made])
    with pytest.raises(Refusal) as refused:
        cancel_orders([made], "Too late")
    assert refused.value.code == "RECEIVED"


@on_sqlite
@pytest.mark.parametrize(("field", "value"), [("quantity", Decimal(9)), ("product_id", None)])
def test_a_released_order_stays_as_it_is(work: Session, shop: Shop, field: str, value: object) -> None:
    made = order(shop, 2)
    release_orders([made])
    with pytest.raises(Invalid) as refused, work.begin_nested():
        setattr(made, field, value or shop.wheel)
        work.flush()
    assert refused.value.code == "RELEASED"


@on_sqlite
def test_an_order_within_an_order_is_fed_by_the_one_below(work: Session, shop: Shop) -> None:
    stock(shop.spoke, 128)
    stock(shop.rim, 4)
    bikes, wheels = order(shop, 5), order(shop, 4, shop.wheel)
    stock(shop.frame, 2)
    release_orders([bikes, wheels])
    issue_orders([wheels])
    receive_orders([wheels])
    issue_orders([bikes])
    assert bikes.state == "in_progress"


def test_everything_is_done_for_twenty_orders_in_the_statements_of_one(
    work: Session, shop: Shop, count_statements: Callable[[], Any]
) -> None:
    stock(shop.frame, 100, 10_000)
    stock(shop.wheel, 200, 6_000)

    def through(count: int) -> int:
        orders = [order(shop, 1) for _n in range(count)]
        reports = [report(each, 10, good=1, hours=1) for each in orders]
        with count_statements() as counter:
            release_orders(orders)
            issue_orders(orders)
            post_work(reports)
            receive_orders(orders)
            close_orders(orders)
        assert {each.state for each in orders} == {"closed"}
        written = [each for each in counter.statements if not each.startswith("UPDATE erp_mrp_work_order SET")
                   and not each.startswith("UPDATE erp_mrp_operation_report SET")]
        return len(written)

    assert through(20) <= through(1) + 10  # blocks of ids and numbers


def test_a_worker_issues_reports_and_receives_without_seeing_costs(
    shipped: None, goods: Goods, system: Actor, make_user: MakeUser
) -> None:
    worker = make_user("wu", roles=["erp_mrp.worker"])
    with unit_of_work(system):
        shop = set_up(goods)
        stock(shop.frame, 3, 300)
        stock(shop.wheel, 6, 180)
        made = order(shop, 2)
        release_orders([made])
        id_ = made.id
    with unit_of_work(worker):
        mine = session().get(WorkOrder, id_)
        assert mine is not None
        issue_orders([mine])
        post_work([report(mine, 10, good=2, hours=1)])
        receive_orders([mine])
    with unit_of_work(system):
        done = session().scalars(select(WorkOrder)).one()
        assert (done.state, done.received_value) == ("completed", 920)
    with unit_of_work(worker), pytest.raises(Refusal):
        close_orders(session().scalars(select(WorkOrder)).all())
